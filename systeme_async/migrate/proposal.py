"""What is proposed to become of fields, tags and lists, and what people should know of it. Pure.

Collisions are resolved here, and each is told: two fields that fold to one slug, a field that the
account has already, tags that differ in their case alone, names that are too long.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..bulk.columns import BUILT_IN, guess, plain, word
from ..errors import ConfigurationError
from .mapping import LONGEST_TAG, LONGEST_VALUE, FieldRule, ListRule, Mapping, Names, TagRule

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from ..activecampaign.models import Field, List, Tag
    from ..models import ContactField

LIST_TAG: Final = "list: {name}"
_NAME: Final = "{name}"
NO_FIELDS: Final = frozenset({"email", "tags", "locale"})
_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")
"""What stands in no slug that a server surely takes."""


class Proposal:
    """Proposes a mapping, and notes what was not plain sailing.

    Args:
        existing: the fields that the account at Systeme.io has.
        list_tag: how the tag of a list is called; "{name}" is the list's name.
    """

    def __init__(self, existing: Iterable[ContactField], list_tag: str = LIST_TAG) -> None:
        self.notes: list[str] = []
        self._existing = list(existing)
        self._list_tag = list_tag
        self._slugs = set(Names().slugs)
        self._tags: dict[str, str] = {}
        """Names of tags as they are to be, by their small letters."""

    def mapping(
        self, fields: Iterable[Field], tags: Iterable[Tag], lists: Iterable[List]
    ) -> Mapping:
        """Propose what becomes of all."""
        return Mapping(
            fields=[self._field(field) for field in fields],
            tags=[self._tag(tag) for tag in tags if tag.kind == "contact"],
            lists=[self._list(one) for one in lists],
        )

    def _field(self, field: Field) -> FieldRule:
        title = field.title or field.perstag or f"Field {field.id}"
        wanted = self._wanted(field)
        slug = _free(wanted, self._slugs)
        if slug != wanted:
            self.notes.append(f'field "{title}" goes into "{slug}", as "{wanted}" is taken')
        self._slugs.add(slug)
        return FieldRule(field.id, title, slug, title[:LONGEST_VALUE])

    def _wanted(self, field: Field) -> str:
        """Say which slug a field should have: one that is there already, or its own name."""
        own = _slug_of(field.perstag or "") or _slug_of(field.title) or f"field_{field.id}"
        meanings = (guess(field.title), guess(field.perstag or ""))
        built_in = next((one for one in meanings if one and one not in NO_FIELDS), None)
        candidates = [built_in, *self._of_the_account(field, own)]
        return next((slug for slug in candidates if slug and slug not in self._slugs), own)

    def _of_the_account(self, field: Field, own: str) -> Iterator[str]:
        title = word(field.title)
        for one in self._existing:
            if one.slug == own or (title and word(one.field_name) == title):
                yield one.slug

    def _tag(self, tag: Tag) -> TagRule:
        return TagRule(tag.id, tag.name, self._tag_name(tag.name))

    def _list(self, one: List) -> ListRule:
        name = self._list_tag.replace(_NAME, one.name)
        return ListRule(one.id, one.name, self._tag_name(name))

    def _tag_name(self, name: str) -> str:
        """Make a name fit; what differs in its case alone is one tag to the account."""
        wanted = name.strip()[:LONGEST_TAG].strip()
        if wanted != name.strip():
            wanted = self._unlike_others(wanted)
            self.notes.append(f'tag "{name}" is cut to "{wanted}"')
        known = self._tags.setdefault(wanted.casefold(), wanted)
        if known != wanted:
            self.notes.append(f'tags "{known}" and "{wanted}" are one: their case does not count')
        return known

    def _unlike_others(self, wanted: str) -> str:
        number = 2
        name = wanted
        while name.casefold() in self._tags:
            end = f" {number}"
            name, number = f"{wanted[: LONGEST_TAG - len(end)]}{end}", number + 1
        return name


def check_list_tag(list_tag: str) -> None:
    """Raise `ConfigurationError` for a name of tags that is meant otherwise than it would work."""
    if {"{", "}"} & {*list_tag.replace(_NAME, "")}:
        msg = f"list_tag={list_tag!r}: write {_NAME} where the name of the list is to stand"
        raise ConfigurationError(msg)


def _slug_of(name: str) -> str:
    slug = _NO_SLUG.sub("_", plain(name)).strip("_")[:LONGEST_VALUE]
    return "" if slug in BUILT_IN & NO_FIELDS else slug


def _free(wanted: str, taken: Container[str]) -> str:
    slug, number = wanted, 2
    while slug in taken:
        end = f"_{number}"
        slug, number = f"{wanted[: LONGEST_VALUE - len(end)]}{end}", number + 1
    return slug

"""What is proposed to become of fields, tags and lists, and what people should know of it. Pure.

Collisions are resolved here, and each is told: two fields that fold to one slug, a field that the
account has already, tags that differ in their case alone, names that are too long.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import structs

from ..bulk.columns import BUILT_IN, guess, plain, word
from ..errors import ConfigurationError
from .mapping import (
    LONGEST_TAG,
    LONGEST_VALUE,
    NO_FIELDS,
    FieldRule,
    ListRule,
    Mapping,
    TagRule,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from ..activecampaign.models import Field, List, Tag
    from ..models import ContactField

LIST_TAG: Final = "list: {name}"
_NAME: Final = "{name}"
_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")
"""What stands in no slug that a server surely takes."""


class Proposal:
    """Proposes a mapping, and notes what was not plain sailing.

    Args:
        existing: the fields that the account at Systeme.io has.
        list_tag: how the tag of a list is called; "{name}" is the list's name.
        own: what people have decided already; of what it names nothing is proposed.
    """

    def __init__(
        self,
        existing: Iterable[ContactField],
        list_tag: str = LIST_TAG,
        own: Mapping | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._existing = list(existing)
        self._list_tag = list_tag
        self._own = own or Mapping()
        self._slugs = {slug.casefold() for slug in self._own.slugs}
        """Those that are taken, in small letters."""
        self._tags = {
            rule.tag.casefold(): (rule.tag, f'{kind} "{rule.name}"')
            for kind, rules in (("list", self._own.lists), ("tag", self._own.tags))
            for rule in rules
        }
        """Names of tags as they are to be, and what they stand for, by their small letters."""
        self._whole: set[str] = set()
        """Names that fit as they are, in small letters: what is cut gives way to them."""

    def mapping(
        self, fields: Iterable[Field], tags: Iterable[Tag], lists: Iterable[List]
    ) -> Mapping:
        """Say what becomes of all: what people have decided, and proposals for the rest."""
        own = self._own
        tags = [tag for tag in tags if tag.kind == "contact"]
        tag_names = {tag.id: tag.name for tag in _unnamed(own.tags, tags)}
        list_names = {one.id: one.name for one in _unnamed(own.lists, lists)}
        named = [*tag_names.values(), *map(self._name_of_list, list_names.values())]
        self._whole = {name.strip().casefold() for name in named if _fits(name)}
        return structs.replace(
            own,
            fields=[*own.fields, *map(self._field, _unnamed(own.fields, fields))],
            tags=own.tags
            + [
                TagRule(number, name, self._tag_name(name, f'tag "{name}"'))
                for number, name in tag_names.items()
            ],
            lists=own.lists
            + [
                ListRule(number, name, self._tag_name(self._name_of_list(name), f'list "{name}"'))
                for number, name in list_names.items()
            ],
        )

    def _field(self, field: Field) -> FieldRule:
        title = field.title.strip() or field.perstag or f"Field {field.id}"
        wanted = self._wanted(field)
        slug = _free(wanted, self._slugs)
        if slug != wanted:
            self.notes.append(f'field "{title}" goes into "{slug}", as "{wanted}" is taken')
        self._tell_other_label(title, slug)
        self._slugs.add(slug.casefold())
        return FieldRule(field.id, title, slug, title[:LONGEST_VALUE])

    def _tell_other_label(self, title: str, slug: str) -> None:
        label = next((one.field_name for one in self._existing if one.slug == slug), None)
        if label is not None and slug not in BUILT_IN and word(label) != word(title):
            self.notes.append(
                f'field "{title}" goes into "{slug}", which is there and called "{label}"'
            )

    def _wanted(self, field: Field) -> str:
        """Say which slug a field should have: one that is there already, or its own name."""
        own = _slug_of(field.perstag or "") or _slug_of(field.title) or f"field_{field.id}"
        meanings = (guess(field.title), guess(field.perstag or ""))
        built_in = next((one for one in meanings if one and one not in NO_FIELDS), None)
        candidates = [built_in, *self._of_the_account(field, own)]
        return next(
            (slug for slug in candidates if slug and slug.casefold() not in self._slugs), own
        )

    def _of_the_account(self, field: Field, own: str) -> Iterator[str]:
        title = word(field.title)
        for one in self._existing:
            if one.slug == own or (title and word(one.field_name) == title):
                yield one.slug

    def _name_of_list(self, name: str) -> str:
        return tag_of_list(self._list_tag, name)

    def _tag_name(self, name: str, what: str) -> str:
        """Make a name fit; what differs in its case alone is one tag to the account."""
        wanted = name.strip()[:LONGEST_TAG].strip()
        if not wanted:
            return ""
        if not _fits(name):
            wanted = self._unlike_others(wanted)
            self.notes.append(f'{what} is cut to "{wanted}"')
        before = self._tags.get(wanted.casefold())
        if before is None:
            self._tags[wanted.casefold()] = (wanted, what)
            return wanted
        known, other = before
        self.notes.append(f'{other} and {what} become one tag, "{known}"')
        return known

    def _unlike_others(self, wanted: str) -> str:
        number = 2
        name = wanted
        while name.casefold() in self._tags or name.casefold() in self._whole:
            end = f" {number}"
            name, number = f"{wanted[: LONGEST_TAG - len(end)]}{end}", number + 1
        return name


T = TypeVar("T", "Field", "Tag", "List")


def _unnamed(rules: Iterable[FieldRule | TagRule | ListRule], things: Iterable[T]) -> list[T]:
    """Return the things of which no rule tells."""
    named = {rule.id for rule in rules}
    return [one for one in things if one.id not in named]


def check_list_tag(list_tag: str) -> None:
    """Raise `ConfigurationError` for a name of tags that is meant otherwise than it would work."""
    if {"{", "}"} & {*list_tag.replace(_NAME, "")}:
        msg = f"list_tag={list_tag!r}: write {_NAME} where the name of the list is to stand"
        raise ConfigurationError(msg)


def tag_of_list(list_tag: str, name: str) -> str:
    """Return how the tag of a list is called that has a certain name."""
    return list_tag.replace(_NAME, name)


def _fits(name: str) -> bool:
    return 0 < len(name.strip()) <= LONGEST_TAG


def _slug_of(name: str) -> str:
    slug = _NO_SLUG.sub("_", plain(name)).strip("_")[:LONGEST_VALUE]
    return "" if slug in BUILT_IN & NO_FIELDS else slug


def _free(wanted: str, taken: Container[str]) -> str:
    slug, number = wanted, 2
    while slug.casefold() in taken:
        end = f"_{number}"
        slug, number = f"{wanted[: LONGEST_VALUE - len(end)]}{end}", number + 1
    return slug

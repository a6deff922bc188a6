"""What becomes of everything: a file that is proposed, edited by people, and then carried out.

Whatever the file does not name becomes what is proposed for it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Fate = Literal["leave", "move"]
TooLong = Literal["cut", "leave"]

LONGEST_VALUE: Final = 255
LONGEST_TAG: Final = 64
SLUG: Final = re.compile(r"\w{1,255}", re.ASCII)
NO_FIELDS: Final = frozenset({"email", "locale", "tags"})
"""What a contact has besides its fields, under the names that an import gives it."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one thing."""


class People(Rule, frozen=True):
    """Who is moved and who is written to a file instead."""

    unsubscribed: Fate = "leave"
    bounced: Fate = "leave"
    unconfirmed: Fate = "leave"
    without_list: Fate = "move"


class Names(Rule, frozen=True):
    """Into which fields the values go that every contact has; "" leaves one out."""

    first_name: str = "first_name"
    last_name: str = "surname"
    phone: str = "phone_number"
    organization: str = "company_name"

    @property
    def slugs(self) -> list[str]:
        """The fields that are written."""
        slugs = [self.first_name, self.last_name, self.phone, self.organization]
        return [slug for slug in slugs if slug]


class FieldRule(Rule, frozen=True):
    """What becomes of a custom field."""

    id: int
    title: str = ""
    slug: str = ""
    """Of the field in Systeme.io; "" leaves it out."""
    name: str = ""
    """The label, if the field has to be created."""
    too_long: TooLong = "cut"
    """What becomes of a value with more than 255 characters."""


class TagRule(Rule, frozen=True):
    """What becomes of a tag."""

    id: int
    name: str = ""
    tag: str = ""
    """Its name in Systeme.io; "" leaves it out."""


class ListRule(Rule, frozen=True):
    """What becomes of a list."""

    id: int
    name: str = ""
    tag: str = ""
    """The tag for those who are subscribed to it; "" for none."""


class Mapping(Rule, frozen=True):
    """What becomes of everything."""

    people: People = People()
    names: Names = Names()
    fields: list[FieldRule] = []
    tags: list[TagRule] = []
    lists: list[ListRule] = []

    @property
    def slugs(self) -> dict[str, str]:
        """The fields that are written, with the labels of those that may have to be created."""
        built_in = dict.fromkeys(self.names.slugs, "")
        return built_in | {rule.slug: rule.name for rule in self.fields if rule.slug}

    @property
    def tag_names(self) -> list[str]:
        """The tags that people get, each once."""
        names = [rule.tag for rule in self.tags] + [rule.tag for rule in self.lists]
        return [*dict.fromkeys(filter(None, names))]


def read_mapping(path: Path) -> Mapping:
    """Read a mapping that somebody may have edited.

    Raises `ConfigurationError` that names the place and what is wrong with it.
    """
    try:
        # Some editors put a mark in front.
        text = path.read_bytes().decode("utf-8-sig")
        mapping = msgspec.toml.decode(text, type=Mapping)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        msg = f"{path} can't be read: {error}; correct it, or remove it to have it proposed anew"
        raise ConfigurationError(msg) from None
    problem = next(chain(_problems_of_fields(mapping), _problems_of_tags(mapping)), None)
    if problem is not None:
        msg = f"{path}: {problem}"
        raise ConfigurationError(msg)
    return mapping


def _problems_of_fields(mapping: Mapping) -> Iterator[str]:
    slugs = [*mapping.names.slugs, *(rule.slug for rule in mapping.fields if rule.slug)]
    times = Counter(map(str.casefold, slugs))
    for slug in slugs:
        if times[slug.casefold()] > 1:
            yield f'several things go into the field "{slug}"; give all but one another slug, or ""'
        if not SLUG.fullmatch(slug):
            yield f'"{slug}" is no slug; give letters, digits and underscores, at most 255'
        if slug in NO_FIELDS:
            yield f'"{slug}" is no field but the contact\'s own; give another slug, or ""'
    for rule in mapping.fields:
        if rule.slug and not 1 <= len(rule.name.strip()) <= LONGEST_VALUE:
            yield f"field {rule.id} has no name, or one of more than {LONGEST_VALUE} characters"


def _problems_of_tags(mapping: Mapping) -> Iterator[str]:
    for tag in [rule.tag for rule in mapping.tags] + [rule.tag for rule in mapping.lists]:
        if len(tag) > LONGEST_TAG:
            yield f'"{tag}" is too long for a tag; give at most {LONGEST_TAG} characters'
    for kind, rules in (("field", mapping.fields), ("tag", mapping.tags), ("list", mapping.lists)):
        for number, times in Counter(rule.id for rule in rules).items():
            if times > 1:
                yield f"{kind} {number} stands there twice"


def was_edited(mapping: Mapping, carried_out: Mapping) -> bool:
    """Tell whether a mapping says anything else than the one that was carried out last."""
    return (
        (mapping.people, mapping.names) != (carried_out.people, carried_out.names)
        or any(rule not in carried_out.fields for rule in mapping.fields)
        or any(rule not in carried_out.tags for rule in mapping.tags)
        or any(rule not in carried_out.lists for rule in mapping.lists)
    )


HEAD: Final = """\
# What becomes of everything in ActiveCampaign. Edit it as you like; what is not named here becomes
# what is proposed for it. Then: systeme migrate activecampaign FOLDER (to see what it comes to).

# "leave" writes people to a file instead of moving them; "move" moves them all the same, and then
# they are active: Systeme.io has no way to say that somebody has unsubscribed.
"""
FIELDS_HEAD: Final = """\
# Custom fields. slug: the field in Systeme.io, "" leaves it out. name: the label, if the field has
# to be created. too_long: "cut" or "leave" (out) values of more than 255 characters.
"""
TAGS_HEAD: Final = '# Tags. tag: the name in Systeme.io, at most 64 characters; "" leaves it out.\n'
LISTS_HEAD: Final = '# Lists become tags of those who are subscribed; "" leaves one out.\n'


def written(mapping: Mapping) -> str:
    """Write a mapping for people to edit."""
    sections = [
        HEAD + _table("people", mapping.people),
        '# Values that every contact has, and the fields they go into; "" leaves one out.\n'
        + _table("names", mapping.names),
        FIELDS_HEAD + "\n".join(_table("[fields]", rule) for rule in mapping.fields),
        TAGS_HEAD + "\n".join(_table("[tags]", rule) for rule in mapping.tags),
        LISTS_HEAD + "\n".join(_table("[lists]", rule) for rule in mapping.lists),
    ]
    return "\n".join(sections)


def _table(name: str, rule: Rule) -> str:
    lines = [f"[{name}]"]
    for key in rule.__struct_fields__:
        value = getattr(rule, key)
        lines.append(f"{key} = {value if isinstance(value, int) else _quoted(value)}")
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    # What JSON escapes, TOML escapes in the same way; but for one sign.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

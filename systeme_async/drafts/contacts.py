"""Contacts, their fields and their tags, as they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, TypedDict, Unpack, cast, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .draft import Draft, Email, Id, Name, Text, abridged

Locale = Literal[
    "en", "fr", "es", "it", "pt", "de", "nl", "ru", "jp", "tr", "ar", "zh", "sv", "ro", "cs",
    "hu", "sk", "dk", "id", "pl", "el", "sr", "hi", "no", "th", "sq", "sl", "ua",
]  # fmt: skip
"""The languages the API takes; it has codes of its own: `jp`, `dk`, `ua`."""

Slug = Annotated[str, Meta(max_length=255, pattern=r"\A\w+\Z")]
TagName = Annotated[str, Meta(min_length=1, max_length=64)]

SLUG_RULE: Final = "give letters, digits and underscores only, at most 255 of them"
LABEL_RULE: Final = "give a label of 1 to 255 characters"


class FieldDraft(Draft, frozen=True):
    """One field of a contact, to be set or (None) cleared."""

    slug: Slug
    value: Text | None

    @property
    def fits(self) -> bool:
        """Whether this field by itself keeps the declared limits."""
        try:
            msgspec.convert(msgspec.to_builtins(self), FieldDraft)
        except msgspec.ValidationError:
            return False
        return True


class ContactDraft(Draft, frozen=True):
    """A contact to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "email": "give one address such as jane@example.com, of at most 255 characters",
        "locale": f"give one of {', '.join(get_args(Locale))}",
        "fields[...].slug": SLUG_RULE,
        "fields[...].value": "give text of at most 255 characters, or None to clear the field",
    }
    email: Email | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    fields: list[FieldDraft] | UnsetType = UNSET

    def shown(self, place: str) -> str:
        """Name the value at a place of the body; for a field, its slug too."""
        if not place.startswith("fields") or isinstance(self.fields, UnsetType):
            return super().shown(place)
        return next(
            (f"{field.slug}={abridged(field.value)}" for field in self.fields if not field.fits),
            "a field",
        )

    def complaint(self) -> str | None:
        """Refuse what is no text, and a country that is no two-letter code."""
        for field in self.fields or ():
            value = cast("object", field.value)
            if not isinstance(value, str | None):
                # Bytes and dates would pass as the text that JSON makes of them.
                return f"{field.slug}={abridged(value)} can't be sent: give text, or None"
            if field.slug == "country" and field.value and not _is_code(field.value):
                return (
                    f"country={abridged(field.value)} can't be sent: "
                    "give a two-letter code of ISO 3166-1 such as FR, or None to clear it"
                )
        return None


class TagDraft(Draft, frozen=True):
    """A tag to be created or renamed."""

    advice: ClassVar[dict[str, str]] = {"name": "give a name of 1 to 64 characters"}
    name: TagName


class TagLink(Draft, frozen=True):
    """A tag to be put on a contact."""

    advice: ClassVar[dict[str, str]] = {
        "tagId": "give the id of a tag, a whole number above zero",
    }
    tag_id: Id


class ContactFieldDraft(Draft, frozen=True):
    """A field to be created; `field_name` is the label people see."""

    advice: ClassVar[dict[str, str]] = {"fieldName": LABEL_RULE, "slug": SLUG_RULE}
    field_name: Name
    slug: Slug


class ContactFieldRename(Draft, frozen=True):
    """A new label for a field; its slug stays for ever."""

    advice: ClassVar[dict[str, str]] = {"fieldName": LABEL_RULE}
    field_name: Name


class ContactValues(TypedDict, total=False):
    """What can be written of a contact; a value left out is not sent, None clears a field."""

    first_name: str | None
    surname: str | None
    phone_number: str | None
    country: str | None
    """A two-letter code of ISO 3166-1."""
    locale: Locale
    fields: Mapping[str, str | None]
    """Any fields by their slugs; a slug given here goes before the same field given by name."""


_WRITABLE: Final = frozenset(ContactValues.__annotations__)
_NO_FIELDS: Final = frozenset({"locale", "fields"})


def contact_draft(email: str | UnsetType = UNSET, **values: Unpack[ContactValues]) -> ContactDraft:
    """Merge fields given by name with those given by slug into what travels."""
    if not values.keys() <= _WRITABLE:
        unknown = ", ".join(sorted(values.keys() - _WRITABLE))
        msg = f"no {unknown} to write; other fields than the named go into fields={{slug: value}}"
        raise TypeError(msg)
    by_slug = {slug: value for slug, value in values.items() if slug not in _NO_FIELDS}
    by_slug.update(values.get("fields", {}))
    fields = [
        FieldDraft(slug=slug, value=cast("str | None", value)) for slug, value in by_slug.items()
    ]
    return ContactDraft(email=email, locale=values.get("locale", UNSET), fields=fields or UNSET)


def _is_code(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalpha()  # noqa: PLR2004 - ISO 3166-1 alpha-2

"""Contacts, their tags, lists and values, as they are sent. Ids travel as numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated, ClassVar, Final, TypeAlias, TypedDict, Unpack, cast

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...drafts.draft import Draft, Id
from ...errors import ConfigurationError

Value: TypeAlias = str | int | float | date | Collection[str] | None
"""What a custom field is given: text, a number, a date, several texts, or None to empty it."""

Address = Annotated[str, Meta(max_length=255, pattern=r"\A[^@\s]+@[^@\s]+\Z")]
TagName = Annotated[str, Meta(min_length=1, max_length=255)]

_BAR: Final = "||"


class FieldDraft(Draft, frozen=True):
    """One value of a contact that is written."""

    field: Id
    value: str


class ContactDraft(Draft, frozen=True):
    """A contact to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "email": "give one address such as jane@example.com, of at most 255 characters",
        "fieldValues[...].field": "give the id of a field, as fields.list() shows it",
    }
    email: Address | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    field_values: list[FieldDraft] | UnsetType = UNSET


class ContactTagDraft(Draft, frozen=True):
    """A tag to be put on a contact."""

    contact: Id
    tag: Id


class SubscriptionDraft(Draft, frozen=True):
    """What a contact shall be to a list."""

    list: Id
    contact: Id
    status: int
    source_id: int | UnsetType = msgspec.field(default=UNSET, name="sourceid")


class FieldValueDraft(Draft, frozen=True):
    """The value of one field of one contact."""

    contact: Id
    field: Id
    value: str


class TagDraft(Draft, frozen=True):
    """A tag to be created or changed."""

    advice: ClassVar[dict[str, str]] = {"tag": "give a name of 1 to 255 characters"}
    name: TagName | UnsetType = msgspec.field(default=UNSET, name="tag")
    kind: str | UnsetType = msgspec.field(default=UNSET, name="tagType")
    description: str | UnsetType = UNSET


class ContactValues(TypedDict, total=False):
    """What can be written of a contact; a value left out is not sent, None empties it."""

    first_name: str | None
    last_name: str | None
    phone: str | None
    fields: Mapping[int, Value]
    """Values of custom fields by the fields' ids."""


_NAMES: Final = ("first_name", "last_name", "phone")


def contact_draft(email: str | UnsetType = UNSET, **values: Unpack[ContactValues]) -> ContactDraft:
    """Write values as they travel; an empty text empties a value."""
    unknown = values.keys() - ContactValues.__annotations__.keys()
    if unknown:
        msg = (
            f"no {', '.join(sorted(unknown))} to write; custom fields go into fields={{id: value}}"
        )
        raise TypeError(msg)
    named = {name: values.get(name) or "" for name in _NAMES if name in values}
    fields = [
        FieldDraft(field=number, value=value_text(value))
        for number, value in values.get("fields", {}).items()
    ]
    return ContactDraft(email=email, **named, field_values=fields or UNSET)


def value_text(value: Value) -> str:
    """Write a value of a custom field; several of them between bars.

    Raises `ConfigurationError` for what has no such form.
    """
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(cast("object", value), Collection):
        msg = f"{value!r} is no value of a field: give text, a number, a date or several texts"
        raise ConfigurationError(msg)
    texts = [str(one) for one in cast("Collection[object]", value)]
    if any(_BAR in text or text.startswith("|") or text.endswith("|") for text in texts):
        msg = f"{texts!r}: {_BAR} stands between values, so that none may hold or touch a bar"
        raise ConfigurationError(msg)
    return f"{_BAR}{_BAR.join(texts)}{_BAR}" if texts else ""

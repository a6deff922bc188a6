"""Contacts, their tags, lists and values, as they are sent. Ids travel as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypedDict, Unpack, cast

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...drafts.draft import Draft, Id
from ...errors import ConfigurationError
from .names import LONGEST, Name

Value: TypeAlias = str | int | float | date | Collection[str] | None
"""What a custom field is given: text, a number, a date, several texts, or None to empty it."""

_ADDRESS: Final = r"\A[^@\s]+@[^@\s]+\Z"
_ADDRESS_RULE: Final = "give one address such as jane@example.com, of at most 255 characters"
Address = Annotated[str, Meta(max_length=LONGEST, pattern=_ADDRESS)]

TagName = Name

_BAR: Final = "||"


class FieldDraft(Draft, frozen=True):
    """One value of a contact that is written."""

    field: Id
    value: str


class ContactDraft(Draft, frozen=True):
    """A contact to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "email": _ADDRESS_RULE,
        "fieldValues[...].field": "give the id of a field, as fields.list() shows it",
    }
    email: Address | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    field_values: list[FieldDraft] | UnsetType = UNSET
    allow_null_email: bool | UnsetType = UNSET
    """Sent with a new contact that has a phone alone."""


class NewContactDraft(ContactDraft, frozen=True):
    """A contact to be created: it can be reached somehow."""

    def complaint(self) -> str | None:
        """Refuse one that has neither address nor phone."""
        if self.email is UNSET and not self.phone:
            return "a contact has an address or a phone: give email=…, phone=… or both"
        return None


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


def contact_draft(
    email: str | UnsetType = UNSET, *, new: bool = False, **values: Unpack[ContactValues]
) -> ContactDraft:
    """Write values as they travel; an empty text empties a value.

    Args:
        email: the address.
        new: whether the contact is to be created.
        values: what else is written of it.
    """
    unknown = values.keys() - ContactValues.__annotations__.keys()
    if unknown:
        msg = (
            f"no {', '.join(sorted(unknown))} to write; custom fields go into fields={{id: value}}"
        )
        raise TypeError(msg)
    given = cast("dict[str, Any]", values)
    named = {name: "" if given[name] is None else given[name] for name in _NAMES if name in given}
    by_field = values.get("fields", {})
    if not isinstance(cast("object", by_field), Mapping):
        msg = f"fields={by_field!r}: give values by the ids of their fields"
        raise ConfigurationError(msg)
    fields = [
        FieldDraft(field=number, value=value_text(value)) for number, value in by_field.items()
    ]
    written = NewContactDraft if new else ContactDraft
    nobody = True if new and isinstance(email, UnsetType) else UNSET
    return written(email=email, **named, field_values=fields or UNSET, allow_null_email=nobody)


def check_address(email: object) -> None:
    """Refuse what is no address: a search for it would find somebody else, or nobody."""
    if isinstance(email, str) and len(email) <= LONGEST and re.search(_ADDRESS, email):
        return
    msg = f"email={email!r}: {_ADDRESS_RULE}"
    raise ConfigurationError(msg)


def value_text(value: Value) -> str:
    """Write a value of a custom field; several of them between bars.

    Raises `ConfigurationError` for what has no such form.
    """
    given = cast("object", value)
    if given is None:
        return ""
    if not isinstance(given, Collection) or isinstance(given, str | bytes | bytearray | Mapping):
        return _single(value)
    texts = [_single(one) for one in cast("Collection[object]", given)]
    if any(_BAR in text or text.startswith("|") or text.endswith("|") for text in texts):
        msg = f"{texts!r}: {_BAR} stands between values, so that none may hold or touch a bar"
        raise ConfigurationError(msg)
    if any(not text.strip() for text in texts):
        msg = f"{texts!r} holds a blank value: leave it out"
        raise ConfigurationError(msg)
    return f"{_BAR}{_BAR.join(texts)}{_BAR}" if texts else ""


def _single(value: object) -> str:
    """Write one value, or raise `ConfigurationError` for what would arrive as something else."""
    if isinstance(value, datetime) and value.utcoffset() is None:
        msg = f"{value.isoformat()} has no time zone; give an aware datetime, or a date"
        raise ConfigurationError(msg)
    if isinstance(value, date):
        return value.isoformat()
    finite = not isinstance(value, float) or math.isfinite(value)
    if isinstance(value, str | int | float) and not isinstance(value, bool) and finite:
        return str(value)
    msg = f"{value!r} is no value of a field: give text, a number, a date or several texts"
    raise ConfigurationError(msg)

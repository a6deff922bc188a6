"""The contact that a delivery is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ..models import FieldValue

if TYPE_CHECKING:
    from .brackets import Member

_BAR: Final = "||"
_LONGEST_ID: Final = 18
"""Digits of a number of 64 bits."""


class DeliveredContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as a delivery tells of it: all but the id may be empty or missing."""

    id: int
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    organization_name: str | None = None
    ip: str | None = None
    tags_text: str = ""
    """The names of all tags in one text, as it came: a comma may be part of a name."""
    fields: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    """Values of custom fields, as they came: by the ids of the fields, or by their perstags in
    small letters; several values between bars, "||red||blue||"."""

    @property
    def tags(self) -> list[str]:
        """The names of all tags, split at ", ": wrong for a name that holds that itself."""
        return [name for name in self.tags_text.split(", ") if name]

    @property
    def fields_by_id(self) -> dict[int, str]:
        """The values that came by the ids of their fields."""
        numbers = {key: id_in(key) for key in self.fields}
        return {number: self.fields[key] for key, number in numbers.items() if number is not None}

    @property
    def fields_by_perstag(self) -> dict[str, str]:
        """The values that came by perstags, which are in capitals here as in `Field.perstag`."""
        return {key.upper(): text for key, text in self.fields.items() if id_in(key) is None}

    def values(self, field: int | str) -> list[str]:
        """Return the values of a field, by its id or its perstag, one by one; none if empty."""
        if isinstance(field, int):
            text = self.fields.get(str(field))
        else:
            text = self.fields_by_perstag.get(field.upper())
        return FieldValue(id=0, field=0, value=text or None).values


def contact_in(member: Member | None) -> DeliveredContact | None:
    """Read a contact; None for what has no id."""
    if not isinstance(member, dict) or (number := id_in(member.get("id"))) is None:
        return None
    return DeliveredContact(
        id=number,
        email=text_in(member.get("email")),
        first_name=text_in(member.get("first_name")),
        last_name=text_in(member.get("last_name")),
        phone=text_in(member.get("phone")),
        organization_name=text_in(member.get("orgname")),
        ip=text_in(member.get("ip")),
        tags_text=_joined(member.get("tags"), ", "),
        fields=_fields(member.get("fields")),
    )


def id_in(member: Member | None) -> int | None:
    """Read an id; None for what is none, and for 0, which stands for nothing."""
    if not isinstance(member, str) or not 0 < len(member) <= _LONGEST_ID:
        return None
    return int(member) or None if member.isascii() and member.isdigit() else None


def text_in(member: Member | None) -> str | None:
    """Read a text; None where it is empty or no text."""
    return member if isinstance(member, str) and member else None


def _joined(member: Member | None, between: str) -> str:
    if isinstance(member, str):
        return member
    texts = member.values() if isinstance(member, dict) else member or ()
    return between.join(text for text in texts if isinstance(text, str))


def _fields(member: Member | None) -> dict[str, str]:
    """Read values by what they are keyed with; a list in a value is written between bars."""
    if not isinstance(member, dict):
        return {}  # A list has no keys, and the place in it is no id.
    return {key: _value(held) for key, held in member.items()}


def _value(member: Member) -> str:
    if isinstance(member, str):
        return member
    joined = _joined(member, _BAR)
    return f"{_BAR}{joined}{_BAR}" if joined else ""

"""What a comparison has found out about the contact of a row, as the journal keeps it. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from ..models import Contact


class Absent(msgspec.Struct, tag="absent"):
    """Nobody in the account has the address."""


class Seen(msgspec.Struct, tag="seen"):
    """The contact, as it was when it was seen."""

    contact: msgspec.Raw


_encode: Final = msgspec.json.Encoder().encode
_read: Final = msgspec.json.Decoder(Absent | Seen).decode
_read_contact: Final = msgspec.json.Decoder(Contact).decode


def packed(contact: Contact | None) -> bytes:
    """Word what is known: the contact as it is, or that there is none."""
    return _encode(Absent() if contact is None else Seen(msgspec.Raw(_encode(contact))))


def known(plan: bytes | None) -> Contact | Absent | None:
    """Read what is known; None is nothing."""
    if plan is None:
        return None
    found = _read(plan)
    return found if isinstance(found, Absent) else _read_contact(found.contact)

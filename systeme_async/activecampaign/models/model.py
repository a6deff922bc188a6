"""What all models share: frozen, by keyword, camelCase on the wire; and the wrappers of answers.

Ids and numbers come as texts here and as numbers there, and what stands for nothing comes in
several forms; all of that is settled before a model is made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar, cast

import msgspec

T = TypeVar("T")


class Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that the server sends."""


class Dated(Model, frozen=True):
    """Something that says when it was created."""

    id: int
    cdate: str | None = None

    @property
    def created_at(self) -> datetime | None:
        """When it was created."""
        return instant(self.cdate)


class Changing(Dated, frozen=True):
    """Something that says when it was changed, too."""

    mdate: str | None = None

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed last."""
        return instant(self.mdate)


class Meta(Model, frozen=True):
    """What a listing says of itself."""

    told: str | None = msgspec.field(default=None, name="total")

    @property
    def total(self) -> int | None:
        """Items that match, on all pages; None where that is not told, or is no number."""
        try:
            return int(float(self.told or ""))
        except (ValueError, OverflowError):
            return None


class One(Model, Generic[T], frozen=True):
    """An answer about one thing, which stands in it under a key of its own."""

    it: T


class Many(Model, Generic[T], frozen=True):
    """One page of a listing, whose items stand under a key of their own."""

    items: list[T]
    meta: Meta = Meta()


def one(kind: type[T], key: str) -> type[One[T]]:
    """Return the type of an answer that holds one thing under a key."""
    fields: Any = [("it", kind, msgspec.field(name=key))]
    return cast("type[One[T]]", msgspec.defstruct(f"One_{key}", fields, frozen=True))


def many(kind: type[T], key: str) -> type[Many[T]]:
    """Return the type of a page that holds its items under a key."""
    items: Any = list[kind]  # type: ignore[valid-type]  # It is one where it is used: at run time.
    fields: Any = [
        ("items", items, msgspec.field(name=key)),
        ("meta", Meta, msgspec.field(default=Meta())),
    ]
    return cast("type[Many[T]]", msgspec.defstruct(f"Many_{key}", fields, frozen=True))


def instant(text: str | None) -> datetime | None:
    """Read when something was; None for what is no instant.

    So is what has no offset: it is in the account's own zone, which nobody tells.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if found.utcoffset() is None else found

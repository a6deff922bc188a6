"""Contacts to do something with, as people name them: by id, by address, or as they were listed.

Pure. A file names them in a column of ids, or in one of addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from ..errors import ConfigurationError
from ..models import Contact
from .columns import guess
from .rows import key_of

if TYPE_CHECKING:
    from .steps import Step

IDS: Final = {"id", "contact_id", "contactid", "contact id"}
"""Headers of a column of ids, in any case."""
NAMES: Final = ("id", "contact_id")
"""Keys of an id in a mapping."""


@dataclass(frozen=True, slots=True)
class Target:
    """One contact, ready to be dealt with."""

    number: int
    contact_id: int | None = None
    email: str | None = None
    listed: bool = False
    """Whether a listing has shown it."""
    done: bool = False
    """Whether an earlier row has done it."""
    doubt: Step | None = None
    """A write of an earlier run of which nobody knows whether it was carried out."""

    @property
    def key(self) -> str:
        """Two rows about one contact, named alike, are one after the other."""
        return key_of(self.contact_id, self.email)


def match_columns(headers: list[str]) -> dict[str, str | None]:
    """Find the column of ids or, where there is none, the one of addresses.

    Raises `ConfigurationError` where there is neither, or several of a kind.
    """
    ids = id_columns(headers)
    chosen = ids or [header for header in headers if guess(header) == "email"]
    if len(chosen) != 1:
        found = " and ".join(repr(header) for header in chosen) or "none"
        msg = (
            f"contacts are named by one column of ids ('id') or addresses ('email'), and the file "
            f"has {found} in {', '.join(map(repr, headers))}; rename a column"
        )
        raise ConfigurationError(msg)
    name = "id" if ids else "email"
    return {header: name if header == chosen[0] else None for header in headers}


def id_columns(headers: Iterable[str]) -> list[str]:
    """Return the columns that are named as ids of contacts."""
    return [header for header in headers if header.strip().casefold() in IDS]


def values_of_target(row: object, columns: Mapping[str, str | None]) -> dict[str, Any]:
    """Read how a row names its contact.

    Raises `ConfigurationError` for what names none.
    """
    if isinstance(row, ConfigurationError):
        raise row
    if isinstance(row, Contact):
        return {"id": row.id}
    if isinstance(row, Mapping):
        cells = cast("Mapping[object, Any]", row)
        named = {columns.get(str(key), str(key)): value for key, value in cells.items()}
        number = next((named[name] for name in NAMES if named.get(name)), None)
        return {"email": named.get("email")} if number is None else {"id": number}
    if isinstance(row, str) and "@" in row:
        return {"email": row}
    return {"id": row}


def target(number: int, values: Mapping[str, Any]) -> Target:
    """Make work of a row.

    Raises `ConfigurationError` for what is neither an id nor an address.
    """
    if "id" not in values:
        email = str(values.get("email") or "").strip()
        if "@" not in email:
            msg = f"{email!r} names no contact: give an id or an address"
            raise ConfigurationError(msg)
        return Target(number, email=email)
    text = str(values["id"]).strip()
    if isinstance(values["id"], bool) or not text.isascii() or not text.isdigit() or int(text) < 1:
        msg = f"{values['id']!r} names no contact: give an id, a whole number, or an address"
        raise ConfigurationError(msg)
    return Target(number, contact_id=int(text))

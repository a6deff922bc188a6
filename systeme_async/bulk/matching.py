"""Naming the values of a row: by the header of its file, or key by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ..errors import ConfigurationError
from ..resources.contact_fields import ContactFields
from .columns import BUILT_IN, REST, doubt, guess, match, needs_fields
from .rows import values_of

if TYPE_CHECKING:
    from ..models import ContactField
    from ..resources._base import Caller


class Matching:
    """Which name of the API each column or key stands for; asks for the fields once, if ever."""

    def __init__(self, caller: Caller, chosen: Mapping[str, str | None]) -> None:
        self._caller = caller
        self._chosen = chosen
        self._names: dict[str, str | None] = {}
        self._fields: list[ContactField] | None = None

    async def read_headers(
        self, headers: list[str], caller: Caller, *, needs_email: bool = True
    ) -> dict[str, str | None]:
        """Match the header of a file; raises `ConfigurationError` where a column is left over."""
        named = [header for header in headers if header]
        fields: list[ContactField] = []
        if needs_fields(named, self._chosen):
            fields = await ContactFields(caller).list().collect()
        matched = match(named, self._chosen, fields, needs_email=needs_email)
        self._names = {"": None, **matched}
        return self._names

    async def name_values(self, row: object) -> dict[str, Any]:
        """Return the row's values by the API's names.

        Raises `ConfigurationError` for a key that no field of the account has.
        """
        if isinstance(row, ConfigurationError):
            raise row
        named: dict[str, Any] = {}
        for key, value in values_of(row).items():
            if key == "fields" and isinstance(value, Mapping):
                for slug, text in cast("Mapping[str, Any]", value).items():
                    named[await self._name(slug) or slug] = text
                continue
            name = await self._name(key)
            if name is not None:
                named[name] = value
        return named

    async def _name(self, key: str) -> str | None:
        if key not in self._names:
            self._names[key] = await self._find_name(key)
        return self._names[key]

    async def _find_name(self, key: str) -> str | None:
        if key in self._chosen:
            return self._chosen[key] or None
        if key in BUILT_IN:
            return key
        slugs = [field.slug for field in await self._own_fields()]
        if key in slugs:
            return key
        name = guess(key)
        if name is None and REST not in self._chosen:
            reason = doubt(key) or f"is no field of the account ({', '.join(slugs)})"
            msg = (
                f"{key!r} {reason}; create the field first, or map it with "
                f"columns={{{key!r}: None}} to leave it out"
            )
            raise ConfigurationError(msg)
        return name

    async def _own_fields(self) -> list[ContactField]:
        if self._fields is None:
            self._fields = await ContactFields(self._caller).list().collect()
        return self._fields

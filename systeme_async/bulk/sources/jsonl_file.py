"""Rows from a file with one JSON object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ...errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from .text import TextFile


class JsonLinesFile:
    """JSON lines, read to their end once."""

    headers: list[str] | None = None
    repeatable = True

    def __init__(self, text: TextFile) -> None:
        self._text = text
        self.fingerprint: str | None = text.fingerprint
        self.notes = text.notes
        self.description = f"JSON lines, {text.shown}"
        count = 0
        keys: dict[str, None] = {}
        for row in self._objects():
            count += 1
            if not row.keys() <= keys.keys():
                keys.update(dict.fromkeys(row))
        self.count: int | None = count
        self.heading: list[str] | None = list(keys)
        self._keys = list(keys)

    async def rows(self) -> AsyncGenerator[Mapping[str, Any], None]:
        """Begin with the first object."""
        for row in self._objects():
            yield row

    def cells(self) -> Iterator[list[str]]:
        """Begin with the first object, its values in the order of all keys there are."""
        for row in self._objects():
            yield [as_text(row.get(key)) for key in self._keys]

    def _objects(self) -> Iterator[Mapping[str, Any]]:
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        with self._text.open() as file:
            for number, line in enumerate(file, 1):
                try:
                    yield decode(line)
                except (msgspec.DecodeError, UnicodeEncodeError) as error:
                    if not line.strip():
                        continue
                    msg = f"{self._text.name}, line {number} is no JSON object: {error}"
                    raise ConfigurationError(msg) from None


def as_text(value: object) -> str:
    """Write a value as a cell: text as it is, nothing for none, else as JSON."""
    if value is None or value != value:  # noqa: PLR0124 - only NaN is not itself
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()

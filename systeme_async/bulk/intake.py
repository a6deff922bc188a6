"""From a source into the journal: every row once, ready or refused, before anything is sent."""

from __future__ import annotations

from contextlib import aclosing
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..errors import ConfigurationError, SystemeError
from .batches import BATCH
from .journal import Entry
from .lifecycle import State
from .operations import STOPPING, failed
from .report import Outcome
from .rows import values_of as row_values

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Iterator,
        Sequence,
    )

    from .journal import Journal
    from .sources import Source
    from .task import Unit


class Stored(msgspec.Struct, array_like=True):
    """What the journal keeps of a row: enough to carry it out, and to show it as it stood."""

    values: dict[str, Any]
    """By the API's names."""
    cells: list[str] | None = None
    """As they stood in a file."""


def _plain(value: object) -> str | None:
    return None if value is msgspec.UNSET else str(value)


encode: Final = msgspec.msgpack.Encoder(enc_hook=_plain).encode
decode: Final = msgspec.msgpack.Decoder(Stored).decode


def values_of(entry: Entry) -> dict[str, Any]:
    """Return the values of a row in the journal, by the API's names."""
    return decode(entry.cells).values


async def first_rows(journal: Journal, batch: Sequence[Entry]) -> dict[str, int]:
    """Return the number of the first row with each address of some entries."""
    return await journal.firsts({entry.key for entry in batch})


class Intake:
    """Reads a source to its end.

    Args:
        source: whose rows they are.
        name_values: gives a row's values by the API's names; an error refuses the row.
        prepare: makes work or a rejection of a number and values.
    """

    def __init__(
        self,
        source: Source,
        name_values: Callable[[object], Awaitable[dict[str, Any]]],
        prepare: Callable[[int, dict[str, Any]], Unit | Outcome],
    ) -> None:
        self._source = source
        self._name_values = name_values
        self._prepare = prepare
        self.count = 0
        """Rows so far."""
        self._digest = blake2b(digest_size=16)

    @property
    def fingerprint(self) -> str:
        """The file's; or, where there is none, one of the rows so far."""
        return self._source.fingerprint or self._digest.hexdigest()

    @property
    def known_in_advance(self) -> bool:
        """Whether the fingerprint is known before the rows are read."""
        return self._source.fingerprint is not None

    async def units(self) -> AsyncGenerator[Unit | Outcome, None]:
        """Give out the rows as they come, of a source that can be read but once."""
        async with aclosing(self._source.rows()) as rows:
            async for row in rows:
                self.count += 1
                try:
                    values = await self._name_values(row)
                except STOPPING:
                    raise
                except SystemeError as error:
                    yield failed(self.count, error)
                else:
                    yield self._prepare(self.count, values)

    async def batches(self) -> AsyncIterator[list[Entry]]:
        """Read all rows, some of them at a time."""
        batch: list[Entry] = []
        cells = self._cells()
        async with aclosing(self._source.rows()) as rows:
            async for row in rows:
                self.count += 1
                batch.append(await self._entry(row, next(cells, None)))
                if len(batch) == BATCH:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def _cells(self) -> Iterator[list[str]]:
        return iter(()) if self._source.heading is None else self._source.cells()

    async def _entry(self, row: object, cells: list[str] | None) -> Entry:
        outcome, values = await self._ready(row)
        stored = encode(Stored(values, cells))
        if self._source.fingerprint is None:
            self._digest.update(stored)
        return entry_of(self.count, outcome, stored)

    async def _ready(self, row: object) -> tuple[Unit | Outcome, dict[str, Any]]:
        try:
            values = await self._name_values(row)
        except ConfigurationError as error:
            return failed(self.count, error), _as_it_stands(row)
        return self._prepare(self.count, values), values


def _as_it_stands(row: object) -> dict[str, Any]:
    """Return what a row holds by its own names, for people to see; nothing of what is none."""
    try:
        return {str(name): value for name, value in row_values(row).items()}
    except ConfigurationError:
        return {}


def entry_of(number: int, ready: Unit | Outcome, stored: bytes) -> Entry:
    """Word a row for the journal."""
    if not isinstance(ready, Outcome):
        return Entry(number, ready.key, stored, State.PLANNED)
    error = ready.error
    return Entry(
        number,
        "",  # It stands before no other row with its address: nothing of it is carried out.
        stored,
        State.REJECTED,
        status=ready.status.value,
        error=None if error is None else str(error),
        error_kind=None if error is None else type(error).__name__,
    )

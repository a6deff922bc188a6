"""The journal as a job uses it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from ...errors import ConfigurationError
from ..batches import BATCH
from ..lifecycle import OPEN, IllegalMoveError, State
from . import statements, tables
from .database import Database
from .desk import Desk
from .entry import check_same_job, packed_cells, packed_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Sequence
    from pathlib import Path

    from .entry import Entry, Header
    from .tables import Facts


class Journal:
    """What a job is about to do, has done, and has yet to do, on disk before it happens.

    Every method returns when the disk has what it wrote. Where the task that called it is canceled
    meanwhile, it is written all the same, apart from an intent that has not been begun.
    """

    def __init__(self, name: str, desk: Desk, facts: Facts) -> None:
        self.name = name
        """Its path, as it is named in messages."""
        self.header: Header | None = facts.header
        """Which job it is of; None for a new journal."""
        self.complete = facts.total is not None
        """Whether all rows are in."""
        self.total = facts.total or 0
        """Rows in all, once all are in."""
        self.purged = facts.purged
        """Whether its rows have been emptied of everything personal."""
        self._desk = desk
        # For a program that forgets to close it.
        self._finalizer = weakref.finalize(self, desk.end)

    @classmethod
    async def open(cls, path: Path | str | None) -> Journal:
        """Open a journal, and make it where there is none; None is one for this process alone.

        Rows that were intents when its last process ended are unknown now. Rows that were being
        taken in are gone, as nothing of them had been sent: then it is new.

        Raises `ConfigurationError` where something else lies at the path, where another process
        has it open, and where it can't be written.
        """
        database = Database(path)
        desk = Desk(database)
        return cls(database.name, desk, await desk.open())

    async def begin(self, header: Header) -> None:
        """Note which job it is of, or see that it is of this one.

        Raises `ConfigurationError` where it is of another job, or where it has been purged before
        that one was done.
        """
        if self.header is None:
            await self._desk.carry_out(lambda connection: tables.begin(connection, header))
            self.header = header
            return
        check_same_job(self.name, self.header, header)
        if self.purged and await self.left():
            msg = (
                f"the journal {self.name} has been purged: what its rows were made of is gone, "
                "so the rest of that job can't be done; give this job a journal of its own"
            )
            raise ConfigurationError(msg)

    async def left(self) -> int:
        """Count the rows that have not ended."""
        return sum(n for (state, _), n in (await self.counts()).items() if state in OPEN)

    async def ingest(self, entries: Sequence[Entry]) -> None:
        """Take rows in, about 1,000 at a time: planned, or rejected as they stand."""
        if self.complete:
            msg = "all rows of this journal are in"
            raise IllegalMoveError(msg)
        packed = [(entry, packed_cells(entry.cells)) for entry in entries]
        await self._desk.carry_out(lambda connection: statements.add(connection, packed))

    async def ingested(self, count: int) -> None:
        """Note that all rows are in; from then on they can be carried out."""
        await self._desk.carry_out(lambda connection: tables.complete(connection, count))
        self.complete, self.total = True, count

    async def take(self, after: int, limit: int, states: Collection[State]) -> list[Entry]:
        """Return the next rows behind a number that are in one of the states, in their order."""
        found: list[Entry] = []
        place: int | None = after
        while place is not None and len(found) < limit:
            entries, place = await self._look(place, limit - len(found), states)
            found += entries
        return found

    async def entries(self) -> AsyncGenerator[Entry, None]:
        """Go through all rows in their order, some of them in memory at a time."""
        place: int | None = 0
        while place is not None:
            entries, place = await self._look(place, BATCH, tuple(State))
            for entry in entries:
                yield entry

    async def _look(
        self, after: int, limit: int, states: Collection[State]
    ) -> tuple[list[Entry], int | None]:
        return await self._desk.carry_out(
            lambda connection: statements.take(connection, after, limit, states), writes=False
        )

    async def by_keys(self, keys: Collection[str]) -> dict[str, list[Entry]]:
        """Return the rows of each of these keys that has any, in their order."""
        return await self._desk.carry_out(
            lambda connection: statements.by_keys(connection, keys), writes=False
        )

    async def alike(self, key: str, after: int) -> AsyncGenerator[Entry, None]:
        """Go through the rows with a key behind a number, some of them in memory at a time."""
        batch: list[Entry] | None = None
        while batch is None or len(batch) == BATCH:
            place = batch[-1].number if batch else after
            batch = await self._alike(key, place)
            for entry in batch:
                yield entry

    async def _alike(self, key: str, after: int) -> list[Entry]:
        return await self._desk.carry_out(
            lambda connection: statements.alike(connection, key, after, BATCH), writes=False
        )

    async def repeated(self, keys: Collection[str]) -> set[str]:
        """Return which of these keys several rows have."""
        return await self._desk.carry_out(
            lambda connection: statements.repeated(connection, keys), writes=False
        )

    async def firsts(self, keys: Collection[str]) -> dict[str, int]:
        """Return the number of the first open row of each of these keys that has any."""
        return await self._desk.carry_out(
            lambda connection: statements.firsts(connection, keys), writes=False
        )

    async def planned(self, plans: Sequence[tuple[int, bytes | None, int | None]]) -> None:
        """Note what a comparison has found: number of the row, plan, the contact's id.

        A plan that is there already stays.
        """
        await self._desk.carry_out(lambda connection: statements.find(connection, plans))

    async def intend(self, number: int, step: bytes, contact_id: int | None = None) -> None:
        """Note that a write of a row is about to leave: it may, once this returns.

        Where this is canceled, the row is as before, or an intent of which nothing has left.
        """
        if not self.complete:
            msg = "not all rows are in the journal yet"
            raise IllegalMoveError(msg)
        await self._desk.carry_out(
            lambda connection: statements.intend(connection, number, step, contact_id),
            droppable=True,
        )

    async def withdraw(self, number: int) -> None:
        """Note that the first write of a row was surely not carried out: it is planned again."""
        await self._desk.carry_out(lambda connection: statements.withdraw(connection, number))

    async def end(  # noqa: PLR0917 - in the order of the tables
        self,
        number: int,
        state: State,
        status: str | None,
        contact_id: int | None,
        error: str | None = None,
        error_kind: str | None = None,
        *,
        known: bytes | None = None,
    ) -> None:
        """Note how a row has ended: done, rejected or unknown.

        What is `known` of its contact now is a finding for the next open row with its key.
        """
        if state in {State.PLANNED, State.INTENT}:
            msg = f"row {number} can't end as {state.name}"
            raise IllegalMoveError(msg)
        end = number, state, status, contact_id, packed_text(error), error_kind
        await self._desk.carry_out(lambda connection: statements.end(connection, end, known))

    async def forget(self, notes: Collection[str]) -> None:
        """Forget what a comparison has found of open rows, and facts of these names."""
        await self._desk.carry_out(lambda connection: statements.forget(connection, notes))

    async def note(self, name: str, value: bytes) -> None:
        """Keep a small fact under a name."""
        await self._desk.carry_out(lambda connection: statements.note(connection, name, value))

    async def noted(self, name: str) -> bytes | None:
        """Return the fact under a name."""
        return await self._desk.carry_out(
            lambda connection: statements.noted(connection, name), writes=False
        )

    async def counts(self) -> dict[tuple[State, str | None], int]:
        """Count the rows by state and status; this goes through all that have begun."""
        total = self.total if self.complete else None
        return await self._desk.carry_out(
            lambda connection: statements.counts(connection, total), writes=False
        )

    async def again(self, states: Collection[State]) -> int:
        """Make rejected or unknown rows planned once more; return how many there were.

        What a comparison had found of them is forgotten; an unknown row keeps its last step.
        """
        if self.purged:
            msg = f"the journal {self.name} has been purged: what its rows were made of is gone"
            raise ConfigurationError(msg)
        return await self._desk.carry_out(
            lambda connection: statements.plan_again(connection, states)
        )

    async def purge(self) -> None:
        """Empty cells, keys, steps, plans, notes and errors; numbers, states and ids are kept.

        The file is made anew without them, for which it needs as much space again as is left.
        """
        await self._desk.carry_out_alone(tables.purge)
        self.purged = True

    async def aclose(self) -> None:
        """Write what waits, and close the file; nothing is left beside it."""
        await self._desk.aclose()
        self._finalizer.detach()

"""The rows of a job in its journal: taken in once, given out in order, ended one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from ..errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionMissingError,
    NotSentError,
    PermissionDeniedError,
    RateLimitedError,
)
from .batches import BATCH
from .intake import values_of
from .lifecycle import AGAIN, OPEN, State
from .report import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .engine import Hold, Perform
    from .intake import Intake
    from .journal import Entry, Header, Journal
    from .report import Report
    from .task import Ended, Operation, Task, Unit

NOTHING_DONE: Final = (
    AuthenticationError,
    PermissionDeniedError,
    ConnectionMissingError,
    NotSentError,
    RateLimitedError,
)
"""What an operation raises where nothing of its row was carried out; unless it is in doubt."""

STATES: Final = {Status.UNKNOWN: State.UNKNOWN, Status.REJECTED: State.REJECTED}
"""What a row's end is to the journal; everything else is done."""


class Docket:
    """What is still to be done of a job, and what has been.

    Args:
        journal: where the rows are, or are to be.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.resumed = journal.complete
        """Whether the rows were taken in by an earlier run."""

    async def fill(self, intake: Intake, header: Header) -> None:
        """Take all rows in; or, where that was done, see to it that they are the same.

        Raises `ConfigurationError` for a journal of other rows, another account or another job.
        """
        if not (self.resumed and intake.known_in_advance):
            async for batch in intake.batches():
                if not self.resumed:
                    await self.journal.ingest(batch)
        await self.journal.begin(structs.replace(header, fingerprint=intake.fingerprint))
        if not self.resumed:
            await self.journal.ingested(intake.count)

    async def units(self, task: Task) -> AsyncGenerator[Unit | Outcome, None]:
        """Give out the rows that have not ended, in order; the first time also the refused."""
        after, states = 0, OPEN if self.resumed else OPEN | {State.REJECTED}
        while batch := await self.journal.take(after, BATCH, states):
            after = batch[-1].number
            repeated = await self._repeated(batch)
            for entry in batch:
                if entry.state is State.REJECTED:
                    yield _refused(entry)
                    continue
                unit = task.unit_of(entry)
                if entry.key in repeated:
                    unit = await self._without_what_was_said_later(task, entry, unit)
                yield unit

    async def _repeated(self, batch: list[Entry]) -> set[str]:
        """Return the keys of which later rows may have been carried out by an earlier run."""
        if not self.resumed:
            return set()
        return await self.journal.repeated({entry.key for entry in batch})

    async def _without_what_was_said_later(self, task: Task, entry: Entry, unit: Unit) -> Unit:
        # A row that is carried out behind its time must not have the last word.
        async for later in self.journal.alike(entry.key, entry.number):
            if later.state is State.DONE:
                unit = task.without(unit, later)
        return unit

    async def plan_again(self) -> None:
        """Let the rows that failed be carried out once more."""
        await self.journal.again(AGAIN)

    def noting(self, operate: Operation) -> Perform[Any]:
        """Return the same, which notes what became of each row."""

        async def perform_and_note(row: Unit, hold: Hold) -> Outcome:
            # What ends the job in the middle of a row has refused the job, not the row: it stays
            # open, and the next run looks how far it came.
            try:
                ended = await operate(row, hold)
            except NOTHING_DONE as error:
                if row.doubt is None and not getattr(error, "in_doubt", False):
                    await self.journal.withdraw(row.number)
                raise
            await self._end(ended)
            return ended.outcome

        return perform_and_note

    async def _end(self, ended: Ended) -> None:
        outcome = ended.outcome
        error = outcome.error
        await self.journal.end(
            outcome.row,
            STATES.get(outcome.status, State.DONE),
            outcome.status.value,
            outcome.contact_id,
            None if error is None else str(error),
            None if error is None else type(error).__name__,
            known=ended.known,
        )

    async def sum_up(self, report: Report) -> None:
        """Add to a report what earlier runs have ended; what is open is counted when it ends."""
        if not self.resumed:
            return
        for (state, status), count in (await self.journal.counts()).items():
            if status is not None and state in {State.DONE, State.REJECTED}:
                setattr(report, status, getattr(report, status) + count)


def unnoted(operate: Operation) -> Perform[Any]:
    """Return the same for a job without a journal."""

    async def perform(row: Unit, hold: Hold) -> Outcome:
        return (await operate(row, hold)).outcome

    return perform


def _refused(entry: Entry) -> Outcome:
    """Return what became of a row when it was taken in."""
    error = ConfigurationError(entry.error or "")
    email = str(values_of(entry).get("email") or "") or None
    return Outcome(entry.number, Status.REJECTED, error=error, email=email)

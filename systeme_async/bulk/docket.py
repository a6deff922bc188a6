"""The rows of a job in its journal: taken in once, given out in order, ended one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from ..errors import ConfigurationError
from .intake import BATCH, values_of
from .lifecycle import AGAIN, OPEN, State
from .report import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from .intake import Intake
    from .journal import Entry, Header, Journal
    from .report import Report
    from .task import Unit

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

    async def units(self, unit_of: Callable[[Entry], Unit]) -> AsyncGenerator[Unit | Outcome, None]:
        """Give out the rows that have not ended, in order; the first time also the refused."""
        after, states = 0, OPEN if self.resumed else OPEN | {State.REJECTED}
        while batch := await self.journal.take(after, BATCH, states):
            after = batch[-1].number
            for entry in batch:
                yield _refused(entry) if entry.state is State.REJECTED else unit_of(entry)

    async def plan_again(self) -> None:
        """Let the rows that failed be carried out once more."""
        await self.journal.again(AGAIN)

    def noting(
        self, perform: Callable[[Any], Awaitable[Outcome]]
    ) -> Callable[[Any], Awaitable[Outcome]]:
        """Return the same, which notes what became of each row."""

        async def perform_and_note(row: Unit) -> Outcome:
            # What ends the job in the middle of a row has refused the job, not the row: it stays
            # open, and the next run looks how far it came.
            outcome = await perform(row)
            await self.end(outcome)
            return outcome

        return perform_and_note

    async def end(self, outcome: Outcome) -> None:
        """Note what became of a row."""
        error = outcome.error
        await self.journal.end(
            outcome.row,
            STATES.get(outcome.status, State.DONE),
            outcome.status.value,
            outcome.contact_id,
            None if error is None else str(error),
            None if error is None else type(error).__name__,
        )

    async def sum_up(self, report: Report) -> None:
        """Add to a report what earlier runs have ended; what is open is counted when it ends."""
        if not self.resumed:
            return
        for (state, status), count in (await self.journal.counts()).items():
            if status is not None and state in {State.DONE, State.REJECTED}:
                setattr(report, status, getattr(report, status) + count)


def _refused(entry: Entry) -> Outcome:
    """Return what became of a row when it was taken in."""
    error = ConfigurationError(entry.error or "")
    email = str(values_of(entry).get("email") or "") or None
    return Outcome(entry.number, Status.REJECTED, error=error, email=email)

"""An import as a job: describe it, run it, or take its outcomes one by one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Self, get_args

from .._core.gauge import AccountBudget
from .._core.quota import SECOND
from ..drafts import TagDraft
from ..errors import ClientStateError, ConfigurationError, SystemeError
from .engine import Engine
from .matching import Matching
from .operations import STOPPING, ImportContact, OnExisting, TagBook, failed
from .patience import PatientCaller
from .report import Report
from .rows import ContactRow, contact_row, tag_names
from .sources import open_source

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping
    from types import TracebackType

    from .._core.caller import Caller
    from .._core.session import Session
    from .report import Outcome
    from .sources import Rows, Source


class ImportJob:
    """An import that has been described and not begun.

    `await job.run()` carries it out. Or take the outcomes as the rows end:

        async with job:
            async for outcome in job: ...

    Leaving the block early begins no further row and lets those under way end.
    """

    def __init__(
        self,
        caller: Caller,
        rows: Rows,
        *,
        tags: Iterable[str] = (),
        on_existing: OnExisting = "update",
        columns: Mapping[str, str | None] | None = None,
    ) -> None:
        if on_existing not in get_args(OnExisting):
            msg = f"on_existing={on_existing!r}: give one of {', '.join(get_args(OnExisting))}"
            raise ConfigurationError(msg)
        self.count: int | None = None
        """Rows in all, once the job has begun and where a file tells."""
        self.columns: dict[str, str | None] = {}
        """Which name each column of a file stands for, once the job has begun."""
        self._caller = caller
        self._patient = PatientCaller(caller)
        self._matching = Matching(self._patient, columns or {})
        self._rows = rows
        self._tags = tag_names(tags)
        self._on_existing: OnExisting = on_existing
        self._report = Report()
        self._tally: Tally | None = None
        self._engine: Engine[ContactRow] | None = None

    @property
    def report(self) -> Report:
        """The sums so far; final once the job has ended."""
        if self._tally is not None:
            self._tally.bring_up_to_date(self._report)
        return self._report

    async def run(self) -> Report:
        """Carry the job out and return its sums.

        Raises `ConfigurationError` for a file that can't be read or mapped, before anything is
        written; `AuthenticationError`, `PermissionDeniedError` and the like where every further
        row would meet them as well. `.report` then holds what was done.
        """
        async with self:
            async for _ in self:
                pass
        return self.report

    async def __aenter__(self) -> Self:
        if self._tally is not None:
            msg = "this job has run; describe a new one to run it again"
            raise ClientStateError(msg)
        self._caller.session.open()
        for name in self._tags:
            self._caller.check(TagDraft(name=name))
        self._tally = Tally(self._caller.session)
        # In a thread: the file is read to its end, and other tasks have work to do meanwhile.
        source = await asyncio.to_thread(open_source, self._rows)
        self.count = source.count
        if source.headers is not None:
            self.columns = await self._matching.read_headers(source.headers, self._caller)
        # Without patience: what fails before the first row is more often a setting than an outage.
        first_tags = TagBook(self._caller)
        for name in self._tags:
            await first_tags.id_of(name)
        operation = ImportContact(
            self._patient,
            tags=TagBook(self._patient, first_tags),
            always=self._tags,
            on_existing=self._on_existing,
        )
        width = self._caller.session.concurrency
        self._engine = Engine(lambda: self._units(source), operation.perform, width)
        await self._engine.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._engine is not None:
                await self._engine.__aexit__(kind, error, traceback)
        finally:
            if self._tally is not None:
                self._tally.bring_up_to_date(self._report, final=True)

    def stop(self) -> None:
        """Begin no further row; the iteration goes on to the end of those under way."""
        if self._engine is not None:
            self._engine.stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        if self._engine is None:
            msg = "begin the job first: async with job: async for outcome in job: ..."
            raise ClientStateError(msg)
        outcome = await anext(self._engine)
        self._report.count(outcome)
        return outcome

    async def _units(self, source: Source) -> AsyncGenerator[ContactRow | Outcome, None]:
        number = 0
        async with aclosing(source.rows()) as rows:
            async for row in rows:
                number += 1
                yield await self._unit(number, row)

    async def _unit(self, number: int, row: object) -> ContactRow | Outcome:
        """Turn a row into work, or into its rejection; what is refused here costs no request."""
        email: str | None = None
        try:
            values = await self._matching.name_values(row)
            email = str(values.get("email") or "") or None
            unit = contact_row(number, values)
            self._caller.check(unit.draft)
            for tag in unit.tags:
                self._caller.check(TagDraft(name=tag))
        except STOPPING:
            raise
        except SystemeError as error:
            return failed(number, error, email=email)
        return unit


class Tally:
    """What the job has cost so far, read off the account's budget."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._budget = AccountBudget(session)
        self._before = self._budget.snapshot()
        self._began = session.store.now()
        self._final = False

    def bring_up_to_date(self, report: Report, *, final: bool = False) -> None:
        """Fill in requests, 429s and seconds; after the final time no more."""
        if self._final:
            return
        self._final = final
        now = self._budget.snapshot()
        report.requests = now.requests - self._before.requests
        report.throttled = now.throttled - self._before.throttled
        report.elapsed = (self._session.store.now() - self._began) / SECOND

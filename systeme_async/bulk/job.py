"""A job: plan it, run it, or take its outcomes one by one."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import anyio

from ..errors import ClientStateError
from .docket import Docket, unnoted
from .engine import Engine
from .journal import Header, Journal
from .plan import seconds_for
from .report import Report
from .resuming import check_resumable, task_of
from .sources import name_of, open_source
from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from .._core.caller import Caller
    from .plan import Plan
    from .report import Outcome
    from .sources import Rows, Source
    from .task import Task, Unit


class Job:
    """A job that has been described and not begun.

    `await job.plan()` says what it would do. `await job.run()` carries it out. Or take the
    outcomes as the rows end:

        async with job:
            async for outcome in job: ...

    Leaving the block early begins no further row and lets those under way end. With a journal,
    the same job described again goes on where this one ended, however it ended.
    """

    def __init__(
        self,
        caller: Caller,
        task: Task | None,
        rows: Rows | None,
        journal: str | os.PathLike[str] | None = None,
        *,
        again: bool = False,
    ) -> None:
        self.count: int | None = None
        """Rows in all, once the job has begun and where that is known in advance."""
        self._caller = caller
        self._task = task
        self._rows = rows
        self._path = None if journal is None else os.fspath(journal)
        self._from_journal = task is None
        self._again = again
        self._report = Report()
        self._source: Source | None = None
        self._tally: Tally | None = None
        self._docket: Docket | None = None
        self._engine: Engine[Any] | None = None
        self._comparing = anyio.CancelScope()

    @property
    def columns(self) -> Mapping[str, str | None]:
        """Which name each column of a file stands for, once the job has begun."""
        return {} if self._task is None else self._task.columns

    @property
    def description(self) -> str | None:
        """What the rows were taken for: "CSV, cp1252 (guessed), semicolons"; None until then."""
        return None if self._source is None else self._source.description

    @property
    def notes(self) -> tuple[str, ...]:
        """What looks wrong with the rows and may yet be right."""
        return () if self._source is None else self._source.notes

    @property
    def resumed(self) -> bool:
        """Whether the job goes on with rows that an earlier run has taken in."""
        return self._docket is not None and self._docket.resumed

    @property
    def report(self) -> Report:
        """The sums so far; final once the job has ended.

        With a journal its rows are those of all runs; requests and seconds are those of this one.
        """
        if self._tally is not None:
            self._tally.bring_up_to_date(self._report)
        return self._report

    async def plan(self) -> Plan:
        """Say what the job would do to the account as it is now. Nothing is written.

        It reads what it needs: listings a hundred a request, or row by row, whichever is less.
        What it has learned the job knows when it runs.

        Raises `ConfigurationError` for rows that can't be read or understood.
        """
        self._refuse_if_begun()
        session = self._caller.session
        session.open()
        tally = Tally(session)
        try:
            task, docket = await self._open()
            docket = docket or await self._take_in(task)
            way = await task.compare(docket.journal, thorough=True)
            plan = await task.plan(docket.journal)
        except BaseException:
            await self.aclose()
            raise
        plan.way, plan.spent = way, tally.requests
        plan.duration = seconds_for(plan.requests, session.store.view())
        if self._path is not None:
            await self.aclose()  # Another process may carry it out.
        return plan

    async def run(self) -> Report:
        """Carry the job out and return its sums.

        Raises `ConfigurationError` for rows that can't be read or understood, before anything is
        written; `AuthenticationError`, `PermissionDeniedError` and the like where every further
        row would meet them as well, and `JournalError` where the journal can't be written.
        `.report` then holds what was done.
        """
        async with self:
            async for _ in self:
                pass
        return self.report

    async def __aenter__(self) -> Self:
        self._refuse_if_begun()
        self._caller.session.open()
        self._tally = Tally(self._caller.session)
        try:
            task, docket = await self._open()
            self._engine = await self._begin(task, docket)
            if self._comparing.cancel_called:
                self._engine.stop()
            await self._engine.__aenter__()
        except BaseException:
            await self.aclose()
            raise
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
            await self.aclose()

    async def aclose(self) -> None:
        """Let go of the journal; needed only for a job that was planned and is not run."""
        docket, self._docket = self._docket, None
        if docket is not None:
            await docket.journal.aclose()

    def stop(self) -> None:
        """Begin no further row; the iteration goes on to the end of those under way."""
        if self._engine is not None:
            self._engine.stop()
        elif self._tally is not None:
            self._comparing.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        if self._engine is None:
            msg = "begin the job first: async with job: async for outcome in job: ..."
            raise ClientStateError(msg)
        outcome = await anext(self._engine)
        self._report.count(outcome)
        return outcome

    def _refuse_if_begun(self) -> None:
        if self._tally is not None:
            msg = "this job has run; describe a new one to run it again"
            raise ClientStateError(msg)

    async def _open(self) -> tuple[Task, Docket | None]:
        """Open the rows; in a journal, unless they are to be taken as they come."""
        if self._task is None or self._from_journal:
            return await self._open_journal()
        task = self._task
        if self._source is None:
            task.check()
            # In a thread: a file is read to its end, and other tasks have work to do meanwhile.
            source = await asyncio.to_thread(open_source, cast("Rows", self._rows))
            self.count = source.count
            await task.read(source)
            self._source = source
        if self._docket is None and (self._path is not None or self._source.repeatable):
            await self._take_in(task)
        return task, self._docket

    async def _open_journal(self) -> tuple[Task, Docket]:
        """Go on with the job of a journal, which holds its rows and says what it is."""
        if self._docket is None:
            assert self._path is not None  # noqa: S101 - there is no other way to be without rows
            journal = await check_resumable(Path(self._path), self._caller.session.account)
            self._docket = Docket(journal)
            if self._again:
                await self._docket.plan_again()
        self.count = self._docket.journal.total
        self._task = self._task or task_of(self._caller, self._docket.journal)
        return self._task, self._docket

    async def _take_in(self, task: Task) -> Docket:
        source, account = self._source, self._caller.session.account
        assert source is not None  # noqa: S101 - it has been opened
        docket = self._docket = Docket(await Journal.open(self._path))
        said = source.heading, time.time(), source.description
        header = Header(task.kind, name_of(self._rows), None, account, task.options, *said)
        await docket.fill(task.intake(source), header)
        self.count = docket.journal.total
        return docket

    async def _begin(self, task: Task, docket: Docket | None) -> Engine[Unit]:
        width = self._caller.session.concurrency
        if docket is None:
            source = self._source
            assert source is not None  # noqa: S101 - it has been opened
            await task.prepare()
            perform = unnoted(task.operation(None))
            return Engine(lambda: task.intake(source).units(), perform, width)
        await docket.sum_up(self._report)
        with self._comparing:
            # First what costs less: a setting that can't work shows here.
            await task.prepare()
            await task.compare(docket.journal, thorough=False)
        perform = docket.noting(task.operation(docket.journal))
        return Engine(lambda: docket.units(task), perform, width)

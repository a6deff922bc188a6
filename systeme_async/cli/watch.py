"""Watches a job while it is carried out, and hands what it sees to the view."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from .look import Look, counts_of, is_waiting, seconds_left, seconds_to_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from .. import Systeme
    from ..bulk import Job, Outcome
    from .render import View
    from .running import Interrupts

VIRTUAL_INTERVAL: Final = 1.0
"""Seconds between two looks on a virtual clock: they cost real time, and none of its own."""


class DayClock:
    """The time of day as the account lives it: in a sandbox it runs ahead with the loop."""

    def __init__(self, *, virtual: bool) -> None:
        self.virtual = virtual
        self._loop = asyncio.get_running_loop()
        self._began = datetime.now(UTC)
        self._zero = self._loop.time()
        self._real_zero = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds on the account's clock."""
        return self._loop.time() - self._zero

    @property
    def real_elapsed(self) -> float:
        """Seconds on ours."""
        return time.monotonic() - self._real_zero

    def local(self, seconds: float) -> datetime:
        """Return the local time in so many seconds."""
        now = self._began + timedelta(seconds=self.elapsed) if self.virtual else datetime.now(UTC)
        return (now + timedelta(seconds=seconds)).astimezone()


class Watch:
    """Shows a job as long as its block lasts.

    Args:
        job: what is shown.
        systeme: whose budget it draws on.
        view: where it is shown.
        clock: the account's.
        count: rows in all, where they do not tell themselves.
        linger: real seconds to stay at each look; everything else stands still meanwhile.
    """

    def __init__(
        self,
        job: Job,
        systeme: Systeme,
        view: View,
        clock: DayClock,
        *,
        count: int | None = None,
        linger: float = 0.0,
    ) -> None:
        self.stopping = False
        """Whether no further row is begun."""
        self.before = 0
        """Rows that an earlier run has ended."""
        self.comparing = True
        """Whether nothing is sent yet but what compares the rows with the account."""
        self.count = count
        self._job = job
        self._budget = systeme.budget
        self._view = view
        self._clock = clock
        self._began = clock.elapsed
        self._linger = linger

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_looking())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    def begin(self) -> None:
        """Tell what is about to be sent: the rows have been compared with the account."""
        self.comparing, self.before = False, self._job.report.rows
        self.tell_rows()

    def tell_rows(self) -> None:
        """Tell how many rows there are, and how their columns were matched."""
        self._view.begin(self.look().count, self._job.columns)

    def look(self) -> Look:
        """Look at the job now."""
        report, budget = self._job.report, self._budget.snapshot()
        if self._job.count is not None:
            self.count = self._job.count
        wait = seconds_to_wait(budget, datetime.now(UTC))
        left = seconds_left(report, self.count, budget, self.before)
        return Look(
            counts=counts_of(report),
            comparing=budget.requests if self.comparing else None,
            count=self.count,
            # What is only planned has no report.
            elapsed=self._clock.elapsed - self._began if self.comparing else report.elapsed,
            left=None if self.comparing else left,
            limit=budget.limit,
            remaining=budget.remaining,
            waiting=is_waiting(budget),
            wait=wait,
            until=None if wait is None else self._clock.local(wait),
            stopping=self.stopping,
        )

    def _show(self) -> None:
        self._view.show(self.look())
        if self._linger:
            time.sleep(self._linger)  # noqa: TID251 - a demonstration is there to be watched

    async def _keep_looking(self) -> None:
        interval = VIRTUAL_INTERVAL if self._clock.virtual else self._view.interval
        with suppress(OSError):  # The terminal has gone; the job goes on.
            while True:
                self._show()
                await asyncio.sleep(interval)


async def carry_out(
    job: Job,
    watch: Watch,
    view: View,
    interrupts: Interrupts,
    take: Callable[[Outcome], object],
    *,
    lines: Callable[[], Iterable[str]] = tuple,
) -> None:
    """Carry the job out under watch, and give `take` each outcome; raise what ended it.

    Once the rows are in, and before the first of them is sent, `lines` says what else is to be
    told. On the first signal no further row is begun, and those under way are let end.
    """
    problem: Exception | None = None
    async with watch, job:

        def stop() -> None:
            watch.stopping = True
            view.note("stopping: the rows under way are let end; Ctrl-C again stops at once")
            job.stop()

        with interrupts.asking(stop):
            watch.begin()
            for line in lines():
                view.note(line)
            try:
                async for outcome in job:
                    take(outcome)
            except Exception as error:  # noqa: BLE001 - the rows under way have ended well
                problem = error
    if problem is not None:
        raise problem

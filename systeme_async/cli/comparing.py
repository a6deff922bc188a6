"""Planning a job under watch: comparing rows and account may take as long as the import itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import SystemeError
from . import wording
from .carrying import read_lines, with_advice
from .look import is_waiting, seconds_to_wait
from .render import LINE_EVERY, view_of
from .watch import DayClock

if TYPE_CHECKING:
    from ..bulk import Job, Plan
    from ..systeme import Systeme
    from .render import View


async def plan_of(job: Job, systeme: Systeme, title: str, *, virtual: bool) -> Plan:
    """Plan a job; say what was read, and every now and then how far that has come."""
    clock = DayClock(virtual=virtual)
    with view_of(title) as view:
        telling = asyncio.create_task(_keep_telling(systeme, view, clock))
        try:
            plan = await job.plan()
        except SystemeError as error:
            raise with_advice(error, job) from None
        finally:
            telling.cancel()
            await asyncio.wait([telling])
        view.begin(job.count, job.columns)
        for line in read_lines(job):
            view.note(line)
        return plan


async def _keep_telling(systeme: Systeme, view: View, clock: DayClock) -> None:
    with suppress(OSError):  # The terminal has gone; the plan goes on.
        while True:
            await asyncio.sleep(LINE_EVERY)
            budget = systeme.budget.snapshot()
            wait = seconds_to_wait(budget, datetime.now(UTC))
            waiting = ", waiting for quota" if is_waiting(budget) else ""
            until = "" if wait is None else f" until {clock.local(wait):%H:%M:%S}"
            view.note(f"comparing: {wording.counted(budget.requests, 'request')}{waiting}{until}")

"""Planning a job under watch: comparing rows and account may take as long as the import itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import SystemeError
from .carrying import read_lines, with_advice
from .render import view_of
from .watch import DayClock, Watch

if TYPE_CHECKING:
    from ..bulk import Job, Plan
    from ..systeme import Systeme


async def plan_of(job: Job, systeme: Systeme, title: str, *, virtual: bool) -> Plan:
    """Plan a job; show how far that has come, and then what was read."""
    with view_of(title) as view:
        watch = Watch(job, systeme, view, DayClock(virtual=virtual))
        try:
            async with watch:
                plan = await job.plan()
        except SystemeError as error:
            raise with_advice(error, job) from None
        watch.tell_rows()
        for line in read_lines(job):
            view.note(line)
        return plan

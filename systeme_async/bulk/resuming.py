"""Going on with the job of a journal: it says which job it is, and holds its rows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError
from .acts import Delete, Enroll, Join, Tag, Untag
from .fanout import FanOut
from .importing import ImportTask
from .journal import Journal
from .updating import UpdateTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from .._core.caller import Caller
    from .acts import Act
    from .task import Task

ACTS: Final[dict[str, Callable[..., Act]]] = {
    act.kind: act for act in (Delete, Enroll, Join, Tag, Untag)
}
TASKS: Final[dict[str, Callable[..., Task]]] = {
    task.kind: task for task in (ImportTask, UpdateTask)
}
KINDS: Final = {*TASKS, *ACTS}
"""The kinds of jobs, as their journals call them."""


async def check_resumable(path: Path, account: str) -> Journal:
    """Open the journal of a job that can be gone on with.

    Raises `ConfigurationError` where there is none, or one of another account.
    """
    if not await asyncio.to_thread(path.exists):
        msg = f"there is no journal {str(path)!r}; give the path that the job was begun with"
        raise ConfigurationError(msg)
    journal = await Journal.open(path)
    try:
        _check(journal, account)
    except BaseException:
        await journal.aclose()
        raise
    return journal


def _check(journal: Journal, account: str) -> None:
    header = journal.header
    if header is None or not journal.complete:
        msg = (
            f"the journal {journal.name} ended before its rows were in, and nothing of them was "
            "sent: begin the job again with its rows and this journal"
        )
        raise ConfigurationError(msg)
    if header.account != account:
        msg = f"the journal {journal.name} is of another account: use the key of that account"
        raise ConfigurationError(msg)
    if header.kind not in KINDS:
        msg = f"the journal {journal.name} is of a job that this version does not know"
        raise ConfigurationError(msg)
    if journal.purged:
        msg = f"the journal {journal.name} has been purged: its rows can't be carried out any more"
        raise ConfigurationError(msg)


def task_of(caller: Caller, journal: Journal) -> Task:
    """Make the task that a journal is of."""
    header = journal.header
    assert header is not None  # noqa: S101 - that has been checked
    options: dict[str, Any] = header.options
    if header.kind in TASKS:
        return TASKS[header.kind](caller, **options)
    return FanOut(caller, ACTS[header.kind](**options))

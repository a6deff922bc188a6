"""Which run is next: the one that is under way, or a new one, and what earlier ones leave to it.

What was read is believed for a day. Whoever unsubscribes is not to be moved, so a run that was
interrupted for longer is left, as far as it came, and everybody is read again. That costs no
write: an import looks what is there before it writes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from anyio import to_thread
from msgspec import structs

from ..bulk.journal import Journal
from ..bulk.lifecycle import State as RowState
from .folder import Moved, RunState
from .rows import ID, moved_of, numbered_rows

if TYPE_CHECKING:
    from .folder import Folder, RunFolder, State


OVERLAP: Final = 300.0
"""Seconds before a reading began from which on the next one reads: clocks and indexes lag."""
FRESH: Final = 86_400.0
"""Seconds for which what was read and not moved yet is believed."""


async def next_run(folder: Folder, state: State, *, everything: bool) -> RunState:
    """Return the run that is under way, or a new one; with `everything` all people are read."""
    for run in state.runs:
        if run.applied and run.rejected:
            await keep_moved(folder, run)  # Some may have been moved since, by another try.
    last = state.runs[-1] if state.runs else None
    if last is None:
        state.runs.append(RunState(1))
    elif last.applied:
        await _begin(folder, state, last, everything=everything)
    elif folder.run(last.number).journal.exists():
        if not await _goes_on(folder, last):
            await keep_moved(folder, last)
            last.applied = True
            state.runs.append(RunState(last.number + 1))
            folder.keep_state(state)
    elif _is_over(folder, last, everything=everything):
        again = [] if everything else last.again
        state.runs[-1] = RunState(last.number, None if everything else last.since, again=again)
        folder.keep_state(state)
    return state.runs[-1]


async def keep_moved(folder: Folder, run: RunState) -> int:
    """Note what was moved in a run; return how many of its rows were not."""
    files = folder.run(run.number)
    if not (files.journal.exists() and files.rows.exists()):
        return 0  # Then the next run looks what is there.
    ended = await _ended(files)
    moved = folder.moved()
    both = dict(moved)
    for key, one in (await to_thread.run_sync(moved_of, files, ended.done)).items():
        before = both.get(key)
        # Later runs know better than one that was applied, unless they did not get there.
        if before is None or not run.applied or (before.again and before.digest != one.digest):
            both[key] = one
    if not run.applied:
        for key in (await to_thread.run_sync(moved_of, files, ended.begun)).keys() & both.keys():
            both[key] = structs.replace(both[key], again=True)
        for key, one in (await to_thread.run_sync(moved_of, files, ended.there)).items():
            both.setdefault(key, Moved("", one.email, again=True))
    if both != moved:
        folder.keep_moved(both)
    return len(ended.others)


@dataclass(slots=True)
class _Ended:
    """The numbers of rows, by what became of them."""

    done: list[int] = field(default_factory=list[int])
    others: list[int] = field(default_factory=list[int])
    begun: list[int] = field(default_factory=list[int])
    """Those of the others that had their turn."""
    there: list[int] = field(default_factory=list[int])
    """Those of these whose contact is at the target, or may be."""


async def _ended(files: RunFolder) -> _Ended:
    ended = _Ended()
    journal = await Journal.open(files.journal)
    try:
        async for entry in journal.entries():
            if entry.state is RowState.DONE:
                ended.done.append(entry.number)
                continue
            ended.others.append(entry.number)
            if entry.state is not RowState.PLANNED:
                ended.begun.append(entry.number)
                if entry.contact_id is not None or entry.state is not RowState.REJECTED:
                    ended.there.append(entry.number)
    finally:
        await journal.aclose()
    return ended


async def _goes_on(folder: Folder, run: RunState) -> bool:
    """Tell whether a run that was interrupted can be gone on with."""
    files = folder.run(run.number)
    needed = (files.people, files.mapping, files.rows)
    if not _is_fresh(run) or not all(path.exists() for path in needed):
        return False
    journal = await Journal.open(files.journal)
    try:
        return not journal.purged
    finally:
        await journal.aclose()


async def _begin(folder: Folder, state: State, last: RunState, *, everything: bool) -> None:
    """Begin a new run behind one that has ended."""
    new = RunState(last.number + 1, None if everything else last.began - OVERLAP)
    files = folder.run(last.number)
    if last.rejected and not everything and files.journal.exists() and files.rows.exists():
        ended = await _ended(files)
        new.again = await to_thread.run_sync(_contacts_of, files, ended.others)
    state.runs.append(new)


def _contacts_of(files: RunFolder, numbers: list[int]) -> list[int]:
    return [row[ID] for row in numbered_rows(files.rows, numbers)]


def _is_fresh(run: RunState) -> bool:
    return 0 <= time.time() - run.begun_here <= FRESH


def _is_over(folder: Folder, run: RunState, *, everything: bool) -> bool:
    """Tell whether what was read, or is being read, has to be read again."""
    if everything and (run.read or run.since is not None):
        return True
    missing = run.read and not folder.run(run.number).people.exists()
    return run.began > 0 and (missing or not _is_fresh(run))

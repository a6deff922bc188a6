"""Which run is next: the one that is under way, or a new one, and what earlier ones leave to it.

What was read is believed for a day. Whoever unsubscribes is not to be moved, so a run that was
interrupted for longer is left, as far as it came, and everybody is read again. That costs no
write: an import looks what is there before it writes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from ..bulk.journal import Journal
from ..bulk.lifecycle import State as RowState
from .folder import RunState, write_lines
from .people import encode
from .reading import people_of
from .rows import ID, moved_of, numbered_rows

if TYPE_CHECKING:
    from pathlib import Path

    from .folder import Folder, RunFolder, State

OVERLAP: Final = 300.0
"""Seconds before a reading began from which on the next one reads: clocks and indexes lag."""
FRESH: Final = 86_400.0
"""Seconds for which what was read and not moved yet is believed."""


async def next_run(folder: Folder, state: State, *, everything: bool) -> RunState:
    """Return the run that is under way, or a new one; with `everything` all people are read."""
    for run in state.runs[-2:]:
        if run.applied and run.rejected:
            await keep_moved(folder, run)  # Some may have been moved since, by another try.
    last = state.runs[-1] if state.runs else None
    if last is None:
        state.runs.append(RunState(1))
    elif folder.run(last.number).journal.exists() and not last.applied:
        if not await _goes_on(folder, last):
            await keep_moved(folder, last)
            last.applied = True
            state.runs.append(RunState(last.number + 1))
            folder.keep_state(state)
    elif last.applied:
        await _begin(folder, state, last, everything=everything)
    elif last.began and _is_over(folder, last, everything=everything):
        _read_again(folder, state, last, everything=everything)
    return state.runs[-1]


async def keep_moved(folder: Folder, run: RunState) -> int:
    """Note what was moved in a run; return how many of its rows were not."""
    files = folder.run(run.number)
    if not (files.journal.exists() and files.rows.exists()):
        return 0  # Then the next run looks what is there.
    done, others = await _rows_of(files)
    if done:
        found, moved = await to_thread.run_sync(moved_of, files, done), folder.moved()
        # Of one that was applied only who is new: later runs know better of the others.
        both = found | moved if run.applied else moved | found
        if both != moved:
            folder.keep_moved(both)
    return len(others)


async def _rows_of(files: RunFolder) -> tuple[list[int], list[int]]:
    """Return the numbers of the rows that were moved, and of the others."""
    done: list[int] = []
    others: list[int] = []
    journal = await Journal.open(files.journal)
    try:
        async for entry in journal.entries():
            (done if entry.state is RowState.DONE else others).append(entry.number)
    finally:
        await journal.aclose()
    return done, others


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
    if last.rejected and not everything:
        files, carried = folder.run(last.number), folder.run(new.number).carried
        _, others = await _rows_of(files)
        await to_thread.run_sync(_carry_over, files, others, carried)
    state.runs.append(new)


def _carry_over(files: RunFolder, numbers: list[int], carried: Path) -> None:
    ids = {row[ID] for row in numbered_rows(files.rows, numbers)}
    people = (person for person in people_of(files) if person.id in ids)
    write_lines(carried, (encode(person) + b"\n" for person in people))


def _is_fresh(run: RunState) -> bool:
    return 0 <= time.time() - run.begun_here <= FRESH


def _is_over(folder: Folder, run: RunState, *, everything: bool) -> bool:
    """Tell whether what was read, or is being read, has to be read again."""
    wanted = everything and (run.read or run.since is not None)
    missing = run.read and not folder.run(run.number).people.exists()
    return wanted or missing or not _is_fresh(run)


def _read_again(folder: Folder, state: State, run: RunState, *, everything: bool) -> None:
    files = folder.run(run.number)
    since = None if everything else run.since
    state.runs[-1] = RunState(run.number, since)
    folder.keep_state(state)  # Before the files go, so that nothing is missed in between.
    files.people.unlink(missing_ok=True)
    if since is None:
        files.carried.unlink(missing_ok=True)

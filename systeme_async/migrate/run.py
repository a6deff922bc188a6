"""One run of a migration: read who was changed, make rows, move them, note what was moved."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from ..bulk.importing import ImportTask
from ..bulk.job import Job
from ..bulk.journal import Journal
from ..bulk.lifecycle import State as RowState
from ..bulk.results import write_results
from .folder import RunState, write_whole
from .mapping import Mapping, completed, read_mapping, written
from .plan import MigrationPlan
from .reading import read_people
from .rows import ID, Sorted, moved_of, sort_people

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..bulk import Plan
    from .accounts import Accounts
    from .folder import Folder, State

OVERLAP: Final = 300.0
"""Seconds before a reading began from which on the next one reads: clocks and indexes lag."""
FRESH: Final = 86_400.0
"""Seconds for which what was read and not moved yet is believed."""


def current(folder: Folder, state: State, *, everything: bool) -> RunState:
    """Return the run that is under way, or a new one; with `everything` all people are read."""
    last = state.runs[-1] if state.runs else None
    if last is None:
        state.runs.append(RunState(1))
    elif last.applied:
        since = None if everything else last.began - OVERLAP
        state.runs.append(RunState(last.number + 1, since))
    elif last.read and (everything or not 0 <= time.time() - last.began <= FRESH):
        files = folder.run(last.number)
        if not files.journal.exists():
            # What was read is out of date, and nothing of it has been moved.
            state.runs[-1] = RunState(last.number, None if everything else last.since)
            files.people.unlink(missing_ok=True)
    return state.runs[-1]


class Run:
    """One run.

    Args:
        folder: of the migration.
        state: of the migration; it is kept after each step.
        accounts: which are read and written.
        chosen: how far it has come.
    """

    def __init__(self, folder: Folder, state: State, accounts: Accounts, chosen: RunState) -> None:
        self._folder = folder
        self._migration = state
        self._accounts = accounts
        self._state = chosen
        self.files = folder.run(self._state.number)
        self._rules = Mapping()
        self._notes: list[str] = []
        self._sorted = Sorted()

    @property
    def under_way(self) -> bool:
        """Whether people are being moved already."""
        return self.files.journal.exists()

    @property
    def rows(self) -> int:
        """How many people are to be moved."""
        return self._sorted.rows

    @property
    def withdrawn(self) -> int:
        """How many were moved before and would be left out now."""
        return self._sorted.withdrawn

    @property
    def readdressed(self) -> int:
        """How many were moved before under another address."""
        return self._sorted.readdressed

    async def read(self, list_tag: str, told: Callable[[int], object]) -> None:
        """Read what is needed of both accounts, and make rows of the people."""
        if self.under_way:
            await self._accounts.read_fields()
            self.read_rules()
        else:
            await self._read_people(list_tag, told)
        moved = self._folder.moved()
        self._sorted = await to_thread.run_sync(
            lambda: sort_people(self.files, self._rules, moved, write=not self.under_way)
        )

    async def _read_people(self, list_tag: str, told: Callable[[int], object]) -> None:
        proposed, self._notes = await self._accounts.propose(list_tag)
        state = self._state
        if not state.read:
            if not state.began:
                now = self._accounts.server_time
                state.began = time.time() if now is None else now.timestamp()
                self._folder.keep_state(self._migration)
            since = None if state.since is None else datetime.fromtimestamp(state.since, UTC)
            await read_people(self._accounts.people, self.files.people, since, told)
            state.read = True
            self._folder.keep_state(self._migration)
        path = self._folder.mapping
        if path.exists():
            self._rules = completed(read_mapping(path), proposed)
        else:
            self._rules = proposed
            write_whole(path, written(proposed).encode())

    def read_rules(self) -> None:
        """Take the mapping that this run was, or is, carried out by."""
        self._rules = read_mapping(self.files.mapping)

    async def job(self, journal: Path | None = None, rows: Path | None = None) -> Job:
        """Describe the import of the rows."""
        slugs = {slug: slug for slug in self._rules.slugs}
        task = ImportTask(self._accounts.target, columns={**slugs, ID: None})
        await self._accounts.learn_tags(task.book, self._tags())
        path = self.files.rows if rows is None else rows
        if not path.stat().st_size:
            return Job(self._accounts.target, task, [])
        return Job(self._accounts.target, task, path, journal)

    def _tags(self) -> dict[str, None]:
        names = [rule.tag for rule in self._rules.tags] + [rule.tag for rule in self._rules.lists]
        return dict.fromkeys(filter(None, names))

    async def prepare(self) -> None:
        """Fix the mapping of this run, and create the fields that are missing."""
        if not self.under_way:
            write_whole(self.files.mapping, written(self._rules).encode())
        await self._accounts.create_fields(self._rules.slugs)

    def plan(self, bulk: Plan) -> MigrationPlan:
        """Say what moving would come to."""
        found = self._sorted
        return MigrationPlan(
            read=found.read,
            moved=found.rows,
            unchanged=found.unchanged,
            left_out=dict(found.left_out),
            withdrawn=found.withdrawn,
            readdressed=found.readdressed,
            new_fields=self._accounts.new_fields(self._rules.slugs),
            notes=self._notes,
            lost=dict(found.lost),
            bulk=bulk,
            mapping=self.files.mapping if self.under_way else self._folder.mapping,
            left_out_file=self.files.left_out,
            readdressed_file=self.files.readdressed,
            under_way=self.under_way,
        )

    async def conclude(self) -> None:
        """Note what was moved, if all has ended; else it is gone on with next time."""
        if self.under_way:
            journal = await Journal.open(self.files.journal)
            try:
                if await journal.left():
                    return
                done = [
                    entry.number
                    async for entry in journal.entries()
                    if entry.state is RowState.DONE
                ]
                await write_results(journal, self.files.results)
            finally:
                await journal.aclose()
            moved = self._folder.moved()
            moved.update(await to_thread.run_sync(moved_of, self.files, iter(done)))
            self._folder.keep_moved(moved)
        self._state.applied = True
        self._folder.keep_state(self._migration)

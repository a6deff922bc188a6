"""One run of a migration: read who was changed, make rows, move them, note what was moved."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anyio import to_thread
from msgspec import structs

from ..bulk.journal import Journal
from ..bulk.results import write_results
from .beginning import keep_moved
from .folder import told_where, write_whole
from .mapping import Mapping, read_mapping, was_edited, written
from .plan import MigrationPlan
from .proposal import LIST_TAG, tag_of_list
from .reading import read_again, read_people
from .rows import Sorted, slugs_of, sort_people, withdrawn_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..bulk import Job, Plan
    from .accounts import Accounts
    from .folder import Folder, RunState, State


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
        self.notes: list[str] = []
        """Collisions and the like, and how they are resolved."""
        self._sorted = Sorted()
        self._edited = False

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
            self._rules = read_mapping(self.files.mapping)
        else:
            await self._read_people(list_tag, told)
        moved = self._folder.moved()
        self._sorted = await to_thread.run_sync(
            lambda: sort_people(self.files, self._rules, moved, write=not self.under_way)
        )

    async def _read_people(self, list_tag: str, told: Callable[[int], object]) -> None:
        own = self._own_mapping()  # What is wrong with it costs no request.
        proposed, notes = await self._accounts.propose(list_tag, own)
        self.notes += notes
        state = self._state
        if not state.read:
            if not state.began:
                with told_where(self.files.path):  # What is there is of another reading.
                    self.files.people.unlink(missing_ok=True)
                    self.files.again.unlink(missing_ok=True)
                now = self._accounts.server_time
                state.begun_here = time.time()
                state.began = state.begun_here if now is None else now.timestamp()
                self._folder.keep_state(self._migration)
            since = None if state.since is None else datetime.fromtimestamp(state.since, UTC)
            await read_people(self._accounts.people, self.files.people, since, told)
            if state.again:
                await read_again(self._accounts.people, self.files.again, state.again)
            state.read = True
            self._folder.keep_state(self._migration)
        self._rules = proposed
        if own is None:
            write_whole(self._folder.mapping, written(proposed).encode())
            return
        self._edited = self._was_edited(own)
        called = (rule.tag == tag_of_list(list_tag, rule.name) for rule in own.lists)
        if list_tag != LIST_TAG and not all(called):
            self.notes.append("the mapping says how the tags of lists are called; edit it there")

    def _own_mapping(self) -> Mapping | None:
        path = self._folder.mapping
        return read_mapping(path) if path.exists() else None

    def _was_edited(self, own: Mapping) -> bool:
        """Tell whether people who were moved before would be moved otherwise now."""
        before = self._folder.run(self._state.number - 1).mapping if self._state.since else None
        return before is not None and before.exists() and was_edited(own, read_mapping(before))

    async def job(self, journal: Path | None = None) -> Job:
        """Describe the import of the rows."""
        slugs = sorted(await to_thread.run_sync(slugs_of, self.files.rows))
        columns = {slug: slug for slug in slugs}
        return await self._accounts.job(self.files.rows, journal, columns, self._rules.tag_names)

    async def prepare(self) -> None:
        """Fix the mapping of this run, and create the fields that are missing."""
        if not self.under_way:
            write_whole(self.files.mapping, written(self._rules).encode())
        await self._accounts.create_fields(await self._used_slugs())

    async def _used_slugs(self) -> dict[str, str]:
        """Return the fields that the rows have values for, with their labels."""
        used = await to_thread.run_sync(slugs_of, self.files.rows)
        return {slug: label for slug, label in self._rules.slugs.items() if slug in used}

    async def plan(self, bulk: Plan) -> MigrationPlan:
        """Say what moving would come to."""
        found, since = self._sorted, self._state.since
        return MigrationPlan(
            read=found.read,
            moved=found.rows,
            unchanged=found.unchanged,
            left_out=dict(found.left_out),
            withdrawn=found.withdrawn,
            readdressed=found.readdressed,
            new_fields=self._accounts.new_fields(await self._used_slugs()),
            notes=self.notes,
            lost=dict(found.lost),
            bulk=bulk,
            mapping=self.files.mapping if self.under_way else self._folder.mapping,
            left_out_file=self.files.left_out,
            readdressed_file=self.files.readdressed,
            since=None if since is None else datetime.fromtimestamp(since, UTC),
            edited=self._edited,
            under_way=self.under_way,
        )

    async def conclude(self) -> None:
        """Note what was moved, if all has ended; else it is gone on with next time."""
        if self.under_way:
            journal = await Journal.open(self.files.journal)
            try:
                if await journal.left():
                    return
                await write_results(journal, self.files.results)
            finally:
                await journal.aclose()
            self._state.rejected = await keep_moved(self._folder, self._state) > 0
        await to_thread.run_sync(self._note_withdrawn)
        self._state.applied = True
        self._folder.keep_state(self._migration)

    def _note_withdrawn(self) -> None:
        """Note who would be left out now, and after a reading of all who is gone."""
        moved = self._folder.moved()
        known = withdrawn_of(self.files, self._rules, moved, everybody=self._state.since is None)
        marked = {
            key: structs.replace(one, withdrawn=known.get(key, one.withdrawn))
            for key, one in moved.items()
        }
        if marked != moved:
            self._folder.keep_moved(marked)

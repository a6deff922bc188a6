"""A migration: read one account, see what it comes to, move it to the other one, and look again."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from ..bulk.journal import Journal
from ..bulk.journal.lock import Lock
from ..bulk.verify import differences
from ..errors import ConfigurationError
from .accounts import Accounts
from .folder import Folder, write_lines
from .plan import Verification
from .proposal import LIST_TAG, check_list_tag
from .rows import last_rows
from .run import Run, current

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Generator

    from ..activecampaign import ActiveCampaign
    from ..bulk import Job, Report
    from ..systeme import Systeme
    from .folder import State
    from .plan import MigrationPlan

SHOWN: Final = 10
"""Differences that are kept."""


class Migration:
    """Moves contacts, with fields, tags and lists, from ActiveCampaign to Systeme.io.

    Everything it needs to go on, after a crash or in a month, is in its folder. Creating contacts
    runs the automations of the account at Systeme.io: switch off what must not greet them.

    Args:
        source: the account that is read; nothing is written there.
        target: the account that people are moved to.
        folder: where the migration keeps its files; a new one for a new migration.
        list_tag: how the tag of a list is called, "{name}" being the list's name; "" for none.

    Raises:
        ConfigurationError: the folder or the name for tags of lists can't be used.
    """

    def __init__(
        self,
        source: ActiveCampaign,
        target: Systeme,
        folder: str | os.PathLike[str],
        *,
        list_tag: str = LIST_TAG,
    ) -> None:
        self.read_so_far = 0
        """People read so far, while that is under way."""
        self.to_move = 0
        """People of the run that is under way, once that is known."""
        self.withdrawn = 0
        """People who were moved before and would be left out now; see the plan."""
        self.readdressed = 0
        """People who were moved before under another address; see the plan."""
        check_list_tag(list_tag)
        self._accounts = Accounts(source, target)
        self._folder = Folder(Path(folder))
        self._list_tag = list_tag

    async def plan(self, *, everything: bool = False) -> MigrationPlan:
        """Read what has changed, and say what moving it would come to. Nothing is moved.

        The first one proposes what becomes of fields, tags and lists, in `mapping.toml`, to be
        edited at will. Later ones read only who was changed since the last move.

        Args:
            everything: read all people again, as after an edit of the mapping: those for whom it
                makes no difference are left alone all the same.

        Raises `ConfigurationError` for a mapping that can't work.
        """
        with self._locked():
            run = await self._run(everything=everything)
            job = await run.job(run.files.journal if run.under_way else None)
            try:
                return run.plan(await job.plan())
            finally:
                await job.aclose()

    async def apply(self) -> Report:
        """Move who is to be moved, or go on where that was interrupted.

        Raises what ends a job; what was moved by then stays moved, and the next call goes on.
        """
        async with self.moving() as job:
            return await job.run()

    @property
    def journal(self) -> Path | None:
        """The journal of the run that is under way, or was the last one; None where none was."""
        runs = [run for run in self._folder.runs() if run.mapping.exists()]
        return runs[-1].journal if runs else None

    @asynccontextmanager
    async def moving(self) -> AsyncGenerator[Job]:
        """Prepare the job that moves people, for whoever wants its outcomes one by one.

        In the block it is run; behind it, what was moved is noted.
        """
        with self._locked():
            run = await self._run()
            self.to_move = run.rows
            self.withdrawn, self.readdressed = run.withdrawn, run.readdressed
            await run.prepare()
            yield await run.job(run.files.journal)
            await run.conclude()

    async def verify(self) -> Verification:
        """Compare all who were to be moved with the account as it is; nothing is written."""
        with self._locked(), tempfile.TemporaryDirectory() as name:
            run = self._last_run()
            rows, journal = Path(name) / "rows.jsonl", Path(name) / "verify.journal"
            count = await to_thread.run_sync(self._gather, rows)
            if not count:
                return Verification(0)
            await (await run.job(journal, rows)).plan()
            return await _compared(journal, count)

    def _gather(self, rows: Path) -> int:
        """Put the rows of all runs into one file."""
        files = [run.rows for run in self._folder.runs() if run.mapping.exists()]
        return write_lines(rows, last_rows(files))

    def _state(self) -> State:
        accounts = self._accounts
        return self._folder.state(accounts.source_account, accounts.target_account)

    async def _run(self, *, everything: bool = False) -> Run:
        state = self._state()
        chosen = current(self._folder, state, everything=everything)
        run = Run(self._folder, state, self._accounts, chosen)
        await run.read(self._list_tag, self._told)
        return run

    def _last_run(self) -> Run:
        """Return the last run of which people were moved; nothing is read."""
        state = self._state()
        begun = [one for one in state.runs if self._folder.run(one.number).mapping.exists()]
        if not begun:
            msg = f"nobody was moved yet from {str(self._folder.path)!r}: apply the migration first"
            raise ConfigurationError(msg)
        run = Run(self._folder, state, self._accounts, begun[-1])
        run.read_rules()
        return run

    def _told(self, count: int) -> None:
        self.read_so_far = count

    @contextmanager
    def _locked(self) -> Generator[None]:
        lock = Lock(self._folder.lock_name)
        try:
            yield
        finally:
            lock.release()


async def _compared(path: Path, count: int) -> Verification:
    found = Verification(count)
    journal = await Journal.open(path)
    try:
        async for one in differences(journal):
            found.counts[one.kind.value] += 1
            if len(found.first) < SHOWN:
                found.first.append(one)
    finally:
        await journal.aclose()
    return found

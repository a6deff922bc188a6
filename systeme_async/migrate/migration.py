"""A migration: read one account, see what it comes to, move it to the other one, and look again."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..bulk.journal.lock import Lock
from .accounts import Accounts
from .beginning import next_run
from .comparing import compare, nobody_moved
from .folder import Folder, told_where
from .proposal import LIST_TAG, check_list_tag
from .run import Run

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Generator

    from ..activecampaign import ActiveCampaign
    from ..bulk import Job, Report
    from ..systeme import Systeme
    from .folder import State
    from .plan import MigrationPlan, Verification


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
                return await run.plan(await job.plan())
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
        runs = self._folder.runs() if self._folder.there else []
        journals = [run.journal for run in runs if run.mapping.exists()]
        return journals[-1] if journals else None

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
        if not self._folder.there:
            raise nobody_moved(self._folder)
        with self._locked():
            return await compare(self._folder, self._accounts, self._state())

    def _state(self) -> State:
        accounts = self._accounts
        return self._folder.state(accounts.source_account, accounts.target_account)

    async def _run(self, *, everything: bool = False) -> Run:
        state = self._state()
        chosen = await next_run(self._folder, state, everything=everything)
        run = Run(self._folder, state, self._accounts, chosen)
        if everything and run.under_way:
            run.notes.append("people are being moved: to read everybody, plan again behind that")
        await run.read(self._list_tag, self._told)
        return run

    def _told(self, count: int) -> None:
        self.read_so_far = count

    @contextmanager
    def _locked(self) -> Generator[None]:
        self._folder.make()
        with told_where(self._folder.path):
            lock = Lock(self._folder.lock_name, f"the migration in {str(self._folder.path)!r}")
        try:
            yield
        finally:
            lock.release()

"""`systeme migrate activecampaign`: contacts, tags, fields and lists over to Systeme.io."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, Parameter

from ..bulk import Report
from ..errors import ConfigurationError
from ..migrate import Migration
from ..migrate.plan import WARNING
from ..migrate.proposal import LIST_TAG
from . import migration_drawing as drawing
from . import summary
from .access import Access
from .carrying import Carrying, command
from .migration_source import From
from .reading import told_meanwhile
from .running import run
from .speech import complain, say
from .status import Exit
from .words import Flag, Given

if TYPE_CHECKING:
    from collections.abc import Generator

    from ..migrate import MigrationPlan
    from ..systeme import Systeme
    from .access import Options
    from .running import Interrupts

app: Final = App(name="migrate", help="Move from another service to Systeme.io.")
SOURCE: Final = "activecampaign"

HERE: Final = From()


@app.command(name=SOURCE)
def migrate_activecampaign(
    folder: str,
    /,
    *,
    apply: Flag = False,
    verify: Flag = False,
    everything: Annotated[Flag, Parameter(name="--all")] = False,
    list_tag: str = LIST_TAG,
    source: From = HERE,
    given: Given,
) -> int:
    """Move contacts with their fields, tags and lists from ActiveCampaign to Systeme.io.

    Without --apply it is a plan: it reads the account, proposes in FOLDER/mapping.toml what
    becomes of everything, and shows what moving would come to. Edit that file and plan again, or
    apply. A second move reads and writes only what was changed since. With --sandbox all three
    steps are shown with made-up people.

    Args:
        folder: Where the migration keeps its files; a new one for a new migration.
        apply: Move them, or go on where that was interrupted.
        verify: Compare all who were moved with the account; nothing is written.
        everything: Read all people again, as after an edit of the mapping.
        list_tag: How the tag of a list is called; "" for none.
        source: The account that is read.
        given: What stood before the command.
    """
    if apply and verify:
        msg = "--apply and --verify are two steps: give them one after the other"
        raise ConfigurationError(msg)
    if everything and (apply or verify):
        msg = "--all belongs to the plan: plan with --all, then --apply without it"
        raise ConfigurationError(msg)
    access = Access(given)

    async def migrate(interrupts: Interrupts) -> int:
        async with (
            source.open(given) as activecampaign,
            access.open() as systeme,
        ):
            steps = _Steps(given, (folder, *source.words), systeme, interrupts)
            with _place(folder, lasting=not given.sandbox) as place:
                steps.migration = Migration(activecampaign, systeme, place, list_tag=list_tag)
                return await steps.take(apply=apply, verify=verify, everything=everything)

    return run(migrate, virtual=given.sandbox)


@contextmanager
def _place(folder: str, *, lasting: bool) -> Generator[str]:
    """Return where files are kept: of a sandbox nothing is left behind."""
    if lasting:
        yield folder
        return
    with TemporaryDirectory() as name:
        yield name


class _Steps:
    """The three steps, told to whoever sits at the terminal."""

    migration: Migration

    def __init__(
        self, given: Options, words: tuple[str, ...], systeme: Systeme, interrupts: Interrupts
    ) -> None:
        self._given = given
        self._words = words
        """The folder, and where people are read."""
        self._systeme = systeme
        self._interrupts = interrupts
        self._reads = True

    async def take(self, *, apply: bool, verify: bool, everything: bool) -> int:
        """Take the step that was asked for."""
        if self._given.sandbox:
            return await self.all()
        if verify:
            return await self.verify()
        try:
            return await (self.apply() if apply else self.plan(everything=everything))
        except asyncio.CancelledError:
            if self._reads:  # Else the job has told it.
                step = self._command(*(["--apply"] if apply else ["--all"] if everything else []))
                complain(f"interrupted. To go on where that was: {step}")
            raise

    async def all(self) -> int:
        """Show the whole round on two sandboxes."""
        status = await self.plan()
        if status is Exit.DONE:
            status = await self.apply()
        return await self.verify() if status is Exit.DONE else status

    async def plan(self, *, everything: bool = False) -> int:
        """Say what moving would come to."""
        plan = await told_meanwhile(
            self.migration.plan(everything=everything),
            lambda: f"read: {self.migration.read_so_far:,} people",
            virtual=self._given.sandbox,
        )
        self._tell(plan)
        return Exit.ROWS_FAILED if plan.bulk.rejects else Exit.DONE

    def _tell(self, plan: MigrationPlan) -> None:
        limit = self._systeme.budget.snapshot().limit
        if self._given.json:
            say(json.dumps(drawing.plan_as_json(plan, limit)))
            return
        say("\n".join(drawing.plan_as_text(plan, limit, lasting=not self._given.sandbox)))
        if self._given.sandbox:
            return
        complain(f"what becomes of everything, to be edited: {plan.mapping}")
        if plan.moved:
            complain(f"to move them: {self._command('--apply')}")

    async def apply(self) -> int:
        """Move them, or go on."""
        complain(WARNING)
        async with self.migration.moving() as job:
            if self.migration.withdrawn:
                complain(drawing.withdrawn_as_text(self.migration.withdrawn))
            if self.migration.readdressed:
                complain(drawing.readdressed_as_text(self.migration.readdressed))
            if not self.migration.to_move:
                self._tell_nobody()
                return Exit.DONE
            carrying = Carrying(
                self._given,
                SOURCE,
                journal=self.migration.journal,
                results=None,
                lasting=not self._given.sandbox,
                again=("migrate", SOURCE, *self._words, "--apply"),
            )
            self._reads = False
            status = await carrying.run(self._systeme, job, self._interrupts)
        if status in {Exit.DONE, Exit.ROWS_FAILED} and not self._given.sandbox:
            complain(f"to compare both accounts: {self._command('--verify')}")
        return status

    async def verify(self) -> int:
        """Say in what those who were moved and the account differ."""
        found = await self.migration.verify()
        if self._given.json:
            say(json.dumps(drawing.verification_as_json(found)))
        else:
            say("\n".join(drawing.verification_as_text(found)))
        if found.agrees:
            return Exit.DONE
        if found.under_way:
            complain(f"people are being moved; to go on: {self._command('--apply')}")
        else:
            complain(f"to move that again: {self._command('--all')}, then --apply")
        return Exit.ROWS_FAILED

    def _tell_nobody(self) -> None:
        if self._given.json:
            told = summary.as_json(Report(), 0, summary.Failures(), None)
            say(json.dumps({**told, "before": 0, "journal": None}))
        else:
            say("nobody is to be moved: nothing has changed since")

    def _command(self, *options: str) -> str:
        return command(self._given, "migrate", SOURCE, *self._words, *options)

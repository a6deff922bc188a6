"""`systeme migrate activecampaign`: contacts, tags, fields and lists over to Systeme.io."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, Parameter

from ..activecampaign import ActiveCampaign
from ..errors import ConfigurationError
from ..migrate import Migration
from ..migrate.plan import WARNING
from ..migrate.proposal import LIST_TAG
from . import migration_drawing as drawing
from .access import LATENCY, Access
from .carrying import Carrying, command
from .people import people
from .reading import told_meanwhile
from .running import run
from .speech import complain, say
from .status import Exit
from .words import Flag, Given

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..migrate import MigrationPlan
    from ..systeme import Systeme
    from .access import Options
    from .running import Interrupts

app: Final = App(name="migrate", help="Move from another service to Systeme.io.")
SOURCE: Final = "activecampaign"
MADE_UP: Final = 200
"""People in the sandbox that is moved from."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class From:
    """The account that is read."""

    from_url: Annotated[
        str | None,
        Parameter(
            help="The API URL of the account at ActiveCampaign, from Settings → Developer, in "
            "place of ACTIVECAMPAIGN_URL. The key is read from ACTIVECAMPAIGN_API_KEY."
        ),
    ] = None
    from_maton: Annotated[
        Flag, Parameter(help="Reach it through Maton, with the key in MATON_API_KEY.")
    ] = False
    from_connection: Annotated[
        str | None, Parameter(help="The connection to it, where Maton has several.")
    ] = None

    @asynccontextmanager
    async def open(self, *, sandbox: bool) -> AsyncGenerator[ActiveCampaign]:
        """Open a client of the account, or of a sandbox with made-up people."""
        if sandbox:
            async with _sandbox() as client:
                yield client
        else:
            async with self._client() as client:
                yield client

    def _client(self) -> ActiveCampaign:
        if self.from_maton:
            if self.from_url is not None:
                msg = "--from-url and --from-maton are two ways to one account: leave one out"
                raise ConfigurationError(msg)
            return ActiveCampaign.via_maton(connection=self.from_connection)
        if self.from_connection is not None:
            msg = "--from-connection is one of Maton's: give --from-maton too"
            raise ConfigurationError(msg)
        return ActiveCampaign(url=self.from_url)


@asynccontextmanager
async def _sandbox() -> AsyncGenerator[ActiveCampaign]:
    from ..testing import ActiveCampaignSandbox, Faults  # noqa: PLC0415 - a whole server

    async with ActiveCampaignSandbox(
        faults=Faults(latency=LATENCY), keep_requests=False
    ) as sandbox:
        drawing.fill(sandbox.account, people(MADE_UP))
        async with ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key) as client:
            yield client


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
            source.open(sandbox=given.sandbox) as activecampaign,
            access.open() as systeme,
        ):
            steps = _Steps(given, folder, systeme, interrupts)
            steps.migration = Migration(activecampaign, systeme, folder, list_tag=list_tag)
            if given.sandbox:
                return await steps.all()
            if verify:
                return await steps.verify()
            return await (steps.apply() if apply else steps.plan(everything=everything))

    return run(migrate, virtual=given.sandbox)


class _Steps:
    """The three steps, told to whoever sits at the terminal."""

    migration: Migration

    def __init__(
        self, given: Options, folder: str, systeme: Systeme, interrupts: Interrupts
    ) -> None:
        self._given = given
        self._folder = folder
        self._systeme = systeme
        self._interrupts = interrupts

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
        say("\n".join(drawing.plan_as_text(plan, limit)))
        complain(f"what becomes of everything, to be edited: {plan.mapping}")
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
                say("nobody is to be moved: nothing has changed since")
                return Exit.DONE
            carrying = Carrying(
                self._given,
                SOURCE,
                journal=self.migration.journal,
                results=None,
                lasting=not self._given.sandbox,
                again=("migrate", SOURCE, self._folder, "--apply"),
            )
            status = await carrying.run(self._systeme, job, self._interrupts)
        if status in {Exit.DONE, Exit.ROWS_FAILED}:
            complain(f"to compare both accounts: {self._command('--verify')}")
        return status

    async def verify(self) -> int:
        """Say in what those who were moved and the account differ."""
        found = await self.migration.verify()
        if self._given.json:
            say(json.dumps(drawing.verification_as_json(found)))
        else:
            say("\n".join(drawing.verification_as_text(found)))
        return Exit.DONE if found.agrees else Exit.ROWS_FAILED

    def _command(self, option: str) -> str:
        return command(self._given, "migrate", SOURCE, self._folder, option)

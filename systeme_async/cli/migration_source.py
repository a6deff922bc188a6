"""The account that a migration reads, as it is told on the command line."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from ..activecampaign import ActiveCampaign
from ..errors import ConfigurationError
from . import migration_drawing as drawing
from .access import LATENCY, read_budget
from .people import people
from .words import Flag

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .access import Options

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
    async def open(self, given: Options) -> AsyncGenerator[ActiveCampaign]:
        """Open a client of the account, or of a sandbox with made-up people."""
        if given.sandbox:
            async with _sandbox() as client:
                yield client
        else:
            async with self._client(read_budget(given.budget)) as client:
                yield client

    @property
    def words(self) -> list[str]:
        """The options again, for a command that is to be given next."""
        words = ["--from-maton"] if self.from_maton else []
        if self.from_url is not None:
            words += ["--from-url", self.from_url]
        if self.from_connection is not None:
            words += ["--from-connection", self.from_connection]
        return words

    def _client(self, budget: str) -> ActiveCampaign:
        if self.from_maton:
            if self.from_url is not None:
                msg = "--from-url and --from-maton are two ways to one account: leave one out"
                raise ConfigurationError(msg)
            return ActiveCampaign.via_maton(connection=self.from_connection, budget=budget)
        if self.from_connection is not None:
            msg = "--from-connection is one of Maton's: give --from-maton too"
            raise ConfigurationError(msg)
        return ActiveCampaign(url=self.from_url, budget=budget)


@asynccontextmanager
async def _sandbox() -> AsyncGenerator[ActiveCampaign]:
    from ..testing import ActiveCampaignSandbox, Faults  # noqa: PLC0415 - a whole server

    async with ActiveCampaignSandbox(
        faults=Faults(latency=LATENCY), keep_requests=False
    ) as sandbox:
        drawing.fill(sandbox.account, people(MADE_UP))
        async with ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key) as client:
            yield client

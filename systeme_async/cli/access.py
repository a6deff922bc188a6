"""Which account a command works on, which way it is reached, under which quota."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from .._core.stores import choice
from ..errors import ConfigurationError
from ..maton import Maton, gateway
from ..options import REQUESTS_BY_PLAN, Quota
from ..systeme import OFFICIAL_URL, Systeme
from . import keys

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

STARTUP: Final = Quota.of("startup")
"""What an account of the sandbox may spend, unless --quota says otherwise."""

LATENCY: Final = 0.15
"""Seconds that a request to the embedded sandbox takes, on its virtual clock."""

BUDGET_VARIABLE: Final = "SYSTEME_BUDGET"


@dataclass(frozen=True, slots=True)
class Options:
    """What all commands share, as it was given."""

    sandbox: bool = False
    api_key_stdin: bool = False
    base_url: str | None = None
    maton: bool = False
    connection: str | None = None
    quota: str | None = None
    budget: str | None = None
    json: bool = False


class Door(NamedTuple):
    """A key, and the address where it opens; None is the environment's and the official one."""

    key: str | None
    url: str | None


class Access:
    """The way to an account; what it takes is read at once, before any event loop runs.

    Args:
        options: what all commands share.
        control: the account is that of Maton itself, which keeps the connections.
    """

    def __init__(self, options: Options, *, control: bool = False) -> None:
        """Read the key, the quota and the budget, or raise `ConfigurationError`."""
        self.virtual = options.sandbox
        """Whether the account is a sandbox in this process, on a virtual clock."""
        self._options = options
        self._through_maton = options.maton or control
        self._quota = read_quota(options.quota)
        self._budget = choice.MEMORY if options.sandbox else read_budget(options.budget)
        self.shared = self._budget != choice.MEMORY
        """Whether other processes may draw on the same budget."""
        if options.connection is not None and not options.maton:
            msg = "--connection is one of Maton's: give --maton too"
            raise ConfigurationError(msg)
        self._key = _read_key(options, through_maton=self._through_maton)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Systeme]:
        """Open a client of the account, and before that the sandbox where it is one."""
        async with self._door() as door, self._client(door) as systeme:
            yield systeme

    @asynccontextmanager
    async def open_maton(self) -> AsyncGenerator[Maton]:
        """Open a client of Maton itself, and before that the sandbox where it is one."""
        async with self._door() as door:
            maton = Maton(api_key=door.key, base_url=door.url, budget=self._budget)
            async with maton:
                yield maton

    def _client(self, door: Door) -> Systeme:
        # What a sandbox grants is learnt from its answers, as a real account's quota is.
        quota = None if self.virtual else self._quota
        if not self._through_maton:
            return Systeme(api_key=door.key, base_url=door.url, quota=quota, budget=self._budget)
        connection = self._options.connection
        return Systeme.via_maton(
            api_key=door.key,
            base_url=door.url,
            connection=connection,
            quota=quota,
            budget=self._budget,
        )

    @asynccontextmanager
    async def _door(self) -> AsyncGenerator[Door]:
        if not self.virtual:
            yield Door(self._key, self._options.base_url)
            return
        from ..testing import Faults, Sandbox  # noqa: PLC0415 - only the sandbox needs it

        quota, faults = self._quota or STARTUP, Faults(latency=LATENCY)
        async with Sandbox(quota=quota, faults=faults, keep_requests=False) as sandbox:
            maton = sandbox.maton
            yield (
                Door(maton.api_key, maton.url)
                if self._through_maton
                else Door(sandbox.api_key, sandbox.url)
            )


def read_quota(text: str | None) -> Quota | None:
    """Read --quota; None where it was not given. Raises `ConfigurationError`."""
    if text is None:
        return None
    word = text.strip().lower()
    if word == "none":
        return Quota()
    if word in REQUESTS_BY_PLAN:
        return Quota.of(word)
    if word.isdecimal() and int(word) > 0:
        return Quota(int(word))
    plans = ", ".join(REQUESTS_BY_PLAN)
    msg = f"--quota {text}: give the requests a minute, or a plan ({plans}), or none"
    raise ConfigurationError(msg)


def read_budget(text: str | None) -> str:
    """Read --budget, or SYSTEME_BUDGET where it was not given. Raises `ConfigurationError`."""
    if text is not None and text.startswith(choice.REDIS) and ("@" in text or "password" in text):
        msg = (
            "a user or a password does not belong on the command line, where the shell's history "
            f"and every list of processes show it: set {BUDGET_VARIABLE}"
        )
        raise ConfigurationError(msg)
    budget = text or os.environ.get(BUDGET_VARIABLE) or choice.MEMORY
    choice.check(budget)
    return budget


def refuse_account(options: Options, who: str) -> None:
    """Refuse whatever names an account, where there is one already."""
    _refuse_key(options, who)
    if options.maton or options.connection is not None:
        msg = f"{who} brings an account: leave --maton and --connection out"
        raise ConfigurationError(msg)


def refuse_everything(options: Options, who: str) -> None:
    """Refuse all that is about an account, where none is needed."""
    if replace(options, json=False) != Options():
        msg = f"{who} needs no account: of the options for every command, only --json fits"
        raise ConfigurationError(msg)


def _refuse_key(options: Options, who: str) -> None:
    if options.base_url is not None or options.api_key_stdin:
        msg = f"{who} brings an account and a key: leave --base-url and --api-key-stdin out"
        raise ConfigurationError(msg)
    if options.budget is not None:
        msg = f"{who} brings an account that nobody shares: leave --budget out"
        raise ConfigurationError(msg)


def _read_key(options: Options, *, through_maton: bool) -> str | None:
    """Return the key from standard input; None is the sandbox's, or that of the environment."""
    if options.sandbox:
        _refuse_key(options, "--sandbox")
        return None
    if options.api_key_stdin:
        return keys.key_from_stdin()
    if through_maton:
        urls = gateway.origins(options.base_url, None)
        keys.demand_key(keys.MATON, urls, gateway.OFFICIAL_URLS)
    else:
        keys.demand_key(keys.SYSTEME, [options.base_url or OFFICIAL_URL], [OFFICIAL_URL])
    return None

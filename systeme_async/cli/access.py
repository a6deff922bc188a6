"""Which account a command works on, with which key, under which quota."""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..client import KEY_VARIABLE, OFFICIAL_URL, Systeme
from ..errors import ConfigurationError
from ..options import REQUESTS_BY_PLAN, Quota

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

STARTUP: Final = Quota.of("startup")
"""What an account of the sandbox may spend, unless --quota says otherwise."""

LATENCY: Final = 0.15
"""Seconds that a request to the embedded sandbox takes, on its virtual clock."""


@dataclass(frozen=True, slots=True)
class Options:
    """What all commands share, as it was given."""

    sandbox: bool = False
    api_key_stdin: bool = False
    base_url: str | None = None
    quota: str | None = None
    json: bool = False


class Access:
    """The way to an account; what it takes is read at once, before any event loop runs."""

    def __init__(self, options: Options) -> None:
        """Read the key and the quota, or raise `ConfigurationError`."""
        self.virtual = options.sandbox
        """Whether the account is a sandbox in this process, on a virtual clock."""
        self._base_url = options.base_url
        self._quota = read_quota(options.quota)
        self._key = _read_key(options)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Systeme]:
        """Open a client of the account, and before that the sandbox where it is one."""
        if not self.virtual:
            async with Systeme(
                api_key=self._key, base_url=self._base_url, quota=self._quota
            ) as systeme:
                yield systeme
            return
        from ..testing import Faults, Sandbox  # noqa: PLC0415 - only the sandbox needs it

        async with (
            Sandbox(
                quota=self._quota or STARTUP, faults=Faults(latency=LATENCY), keep_requests=False
            ) as sandbox,
            Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme,
        ):
            yield systeme


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


def _read_key(options: Options) -> str | None:
    """Return the key from standard input; None is the sandbox's, or that of SYSTEME_API_KEY."""
    if options.sandbox:
        refuse_key(options, "--sandbox")
        return None
    if options.api_key_stdin:
        return _key_from_stdin()
    if options.base_url is not None and options.base_url.rstrip("/") != OFFICIAL_URL:
        msg = (
            f"--base-url needs the key through --api-key-stdin: {KEY_VARIABLE} goes to "
            f"{OFFICIAL_URL} alone"
        )
        raise ConfigurationError(msg)
    if not os.environ.get(KEY_VARIABLE):
        msg = (
            f"no API key: set {KEY_VARIABLE}, or pipe the key in with --api-key-stdin "
            "(in Systeme.io: Settings → Public API keys). --sandbox needs none"
        )
        raise ConfigurationError(msg)
    return None


def refuse_key(options: Options, who: str) -> None:
    """Refuse an address and a key where there is an account without either."""
    if options.base_url is not None or options.api_key_stdin:
        msg = f"{who} brings an account and a key: leave --base-url and --api-key-stdin out"
        raise ConfigurationError(msg)


def _key_from_stdin() -> str:
    try:
        tty = sys.stdin.isatty()
        key = getpass.getpass("API key (not shown): ") if tty else sys.stdin.readline()
    except (UnicodeDecodeError, EOFError):
        key = ""
    if not key.strip():
        msg = "--api-key-stdin: nothing came in; pipe the key in, on a line of its own"
        raise ConfigurationError(msg)
    return key.strip()

"""`systeme sandbox`: a Systeme.io of one's own, served in real time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from ..errors import ConfigurationError
from . import wording
from .access import STARTUP, read_quota, refuse_account
from .running import run
from .speech import complain, say
from .status import Exit
from .words import Given, Port

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..testing import Sandbox
    from .running import Interrupts

Shape = Literal["fixed", "sliding", "continuous"]
Seconds = Annotated[float, Parameter(validator=Number(gte=0))]
Part = Annotated[float, Parameter(validator=Number(gte=0, lte=1))]


def serve_sandbox(
    *,
    host: str = "127.0.0.1",
    port: Port = 8080,
    maton_port: Port = 0,
    shape: Shape = "fixed",
    latency: Seconds = 0.0,
    lost: Part = 0.0,
    reset: Part = 0.0,
    failed: Part = 0.0,
    seed: int = 0,
    given: Given,
) -> int:
    """Serve a sandbox account, and a Maton gateway to it, until Ctrl-C.

    Standard output gets address and key of both; with --json as one object: url, api_key, quota,
    maton_url, maton_api_key.

    Args:
        host: The address to listen on. Beyond 127.0.0.1 others can reach it.
        port: The port to listen on; 0 takes any that is free.
        maton_port: The port of the Maton gateway, likewise.
        shape: Whether the quota opens whole, slides, or refills drop by drop.
        latency: Seconds that every request takes.
        lost: Part of the requests (0 to 1) that are carried out and never answered.
        reset: Part of the requests whose connection is reset before anything happens.
        failed: Part of the requests answered with 500, 502 or 503.
        seed: Of the dice for these.
        given: What stood before the command.
    """
    from ..testing import Faults, Sandbox  # noqa: PLC0415 - it brings a whole server along

    refuse_account(given, "sandbox")
    quota = STARTUP if given.quota is None else read_quota(given.quota)
    sandbox = Sandbox(
        quota=quota,
        shape=shape,
        faults=Faults(latency=latency, lost=lost, reset=reset, failed=failed),
        seed=seed,
        host=host,
        port=port,
        maton_port=maton_port,
        keep_requests=False,
    )

    async def serve(interrupts: Interrupts) -> int:
        try:
            await sandbox.start()
        except OSError as error:
            raise occupied(host, [port, maton_port], error) from error
        try:
            limit = None if quota is None else quota.requests
            return await _serve(sandbox, limit, interrupts, as_json=given.json)
        finally:
            await sandbox.aclose()

    return run(serve)


def occupied(host: str, ports: Iterable[int], error: OSError) -> ConfigurationError:
    """Say that nobody can listen there, and why."""
    # asyncio writes a sentence around the system's own word; a host's name has no such number.
    number = error.errno or 0
    reason = os.strerror(number) if number > 0 else error.strerror
    # Port 0 is any that is free, so it is to blame only where there is no other.
    where = " or ".join(f"{host}:{port}" for port in sorted(filter(None, ports)) or [0])
    return ConfigurationError(
        f"can't listen on {where}: {reason}; choose another --port (0 takes any that is free) "
        "or --host"
    )


async def _serve(
    sandbox: Sandbox, limit: int | None, interrupts: Interrupts, *, as_json: bool
) -> int:
    ended = asyncio.Event()
    with interrupts.asking(ended.set):
        maton = sandbox.maton
        if as_json:
            places = {"url": sandbox.url, "api_key": sandbox.api_key, "quota": limit}
            gateway = {"maton_url": maton.url, "maton_api_key": maton.api_key}
            say(json.dumps({**places, **gateway}))
        else:
            say(f"url        {sandbox.url}")
            say(f"api key    {sandbox.api_key}")
            say(f"quota      {'none' if limit is None else f'{limit:,} requests a minute'}")
            say(f"maton url  {maton.url}")
            say(f"maton key  {maton.api_key}")
        complain("serving until Ctrl-C; use it with --base-url URL and the key on --api-key-stdin")
        await ended.wait()
    complain(
        f"served {wording.counted(sandbox.received, 'request')}, "
        f"{sandbox.throttled:,} of them with 429"
    )
    return Exit.INTERRUPTED if interrupts.first is signal.SIGINT else Exit.DONE

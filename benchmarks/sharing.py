"""One quota for eight processes, one of which is killed every five seconds: the server's ledger.

On an SQLite file and on a Redis server of its own, or on what is named: `sqlite`, `redis`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from systeme_async import Quota, Systeme
from systeme_async.testing import Sandbox

from .redis_server import MISSING, redis_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from systeme_async.testing.quotas import Shape

PROCESSES: Final = 8
LIMIT: Final = 600
PER: Final = 30.0
PERIODS: Final = 3
KILL_EVERY: Final = 5.0
LEAST_USED: Final = 0.95
STORES: Final = ("sqlite", "redis")
SHAPES: Final[tuple[Shape, ...]] = ("fixed", "sliding")


@dataclass
class Ledger:
    """What the server saw."""

    shape: str
    budget: str
    fullest: int
    used: float
    throttled: int
    killed: int

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return self.fullest <= LIMIT and self.used >= LEAST_USED and self.throttled == 0


async def work(url: str, key: str, budget: str) -> None:
    """Call as often as the budget allows, ten calls at a time, until killed."""
    async with Systeme(api_key=key, base_url=url, budget=budget) as systeme:

        async def go_on() -> None:
            while True:
                await systeme.tags.list(limit=10).first()

        await asyncio.gather(*(go_on() for _ in range(10)))


async def start(url: str, key: str, budget: str) -> asyncio.subprocess.Process:
    """Start one of the processes."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.sharing", url, budget, env={**os.environ, "KEY": key}
    )


async def measure(shape: Shape, budget: str) -> Ledger:
    """Let eight of them work for some periods, and kill one every five seconds."""
    async with Sandbox(quota=Quota(LIMIT, PER), shape=shape) as sandbox:
        processes = [await start(sandbox.url, sandbox.api_key, budget) for _ in range(PROCESSES)]
        await asyncio.sleep(3)
        began, killed = time.monotonic(), 0
        while time.monotonic() - began < PERIODS * PER + KILL_EVERY:
            await asyncio.sleep(KILL_EVERY)
            victim = killed % PROCESSES
            processes[victim].send_signal(signal.SIGKILL)
            await processes[victim].wait()
            processes[victim] = await start(sandbox.url, sandbox.api_key, budget)
            killed += 1
        for process in processes:
            process.kill()
            await process.wait()
        return judge(sandbox, shape, budget, killed)


def judge(sandbox: Sandbox, shape: str, budget: str, killed: int) -> Ledger:
    """Count what was accepted in each window, by the server's own clock."""
    accepted = [one.at for one in sandbox.requests if one.status == 200]
    if shape == "fixed":
        windows = [int(at // PER) for at in accepted]
        counts = [windows.count(window) for window in sorted(set(windows))]
        # The first began before all were there, the last one was cut off.
        fullest, used = max(counts), sum(counts[1:-1]) / (LIMIT * len(counts[1:-1]))
    else:
        fullest, first = 0, 0
        for last, at in enumerate(accepted):
            while accepted[first] <= at - PER:
                first += 1
            fullest = max(fullest, last - first + 1)
        # So many windows long, from the first request on; what comes later was cut off.
        whole = [at for at in accepted if at < accepted[0] + PERIODS * PER]
        used = len(whole) / (LIMIT * PERIODS)
    return Ledger(shape, budget.partition(":")[0], fullest, used, sandbox.throttled, killed)


async def main(stores: Sequence[str]) -> bool:
    """Print the table; return whether all promises were kept."""
    print(f"| store | shape | killed | fullest window of {LIMIT} | used | 429s |")
    print("|---|---|---:|---:|---:|---:|")
    kept = True
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        for store in stores:
            for shape in SHAPES:
                budget = f"sqlite:///{Path(folder) / shape}.db"
                if store == "redis":
                    # A server for each row, so that none begins with what another has learned.
                    address = servers.enter_context(redis_server())
                    if address is None:
                        print(f"| redis | {shape} | not measured: {MISSING} | | | |", flush=True)
                        continue
                    budget = address
                ledger = await measure(shape, budget)
                kept = kept and ledger.kept
                print(
                    f"| {ledger.budget} | {shape} | {ledger.killed} | {ledger.fullest} | "
                    f"{ledger.used:.1%} | {ledger.throttled} |",
                    flush=True,
                )
    return kept


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("http"):
        asyncio.run(work(sys.argv[1], os.environ["KEY"], sys.argv[2]))
    elif {*sys.argv[1:]} - {*STORES}:
        sys.exit(f"python -m benchmarks.sharing [{' | '.join(STORES)}]")
    elif not asyncio.run(main(sys.argv[1:] or STORES)):
        sys.exit("a promise was not kept")

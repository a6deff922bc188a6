"""What the budget costs one call, from asking for a lease to telling what became of it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from systeme_async import Lane, Quota
from systeme_async._core.gate import Gate
from systeme_async._core.quota import SECOND, QuotaReport
from systeme_async._core.slots import Slots
from systeme_async._core.stores.choice import open_store

from .redis_server import MISSING, redis_server

if TYPE_CHECKING:
    from systeme_async._core.lease import Lease

CALLS: Final = 2_000
WARM_UP: Final = 50
APART: Final = 0.01
"""Seconds between an answer and the next call of a program that does something besides."""
MOST_SQLITE: Final = 1_000.0
"""Microseconds, the median of one call."""
MOST_REDIS: Final = 1
"""Round trips that the caller of one request waits for."""
PLENTY: Final = QuotaReport(1_000_000, 900_000, 60 * SECOND)


class Cost(NamedTuple):
    """What some calls cost, in microseconds each."""

    asking: list[float]
    telling: list[float]
    round_trips: float | None = None
    """A call's, those that nobody waits for among them."""

    @property
    def both(self) -> list[float]:
        """What the caller waits in all."""
        return [asked + told for asked, told in zip(self.asking, self.telling, strict=True)]


def now() -> int:
    """Read the loop's clock."""
    return int(asyncio.get_running_loop().time() * SECOND)


async def measure(budget: str, apart: float = 0.0, calls: int = CALLS) -> Cost:
    """Let one program make calls one after the other; what it sends is not counted."""
    store = open_store(budget, "account", Quota(), now)
    gate, cost = Gate(store, Slots(20)), Cost([], [])

    async def call() -> None:
        began = time.perf_counter()
        lease: Lease = await gate.acquire(Lane.INTERACTIVE, None)
        asked = time.perf_counter()
        await asyncio.sleep(0)  # The request; its answer counts no further.
        answered = time.perf_counter()
        await gate.settle(lambda state, at: state.answered(lease, PLENTY, at))
        told = time.perf_counter()
        cost.asking.append((asked - began) * 1e6)
        cost.telling.append((told - answered) * 1e6)
        await asyncio.sleep(apart)

    for _ in range(WARM_UP):
        await call()
    before = await round_trips(budget)
    cost.asking.clear()
    cost.telling.clear()
    for _ in range(calls):
        await call()
    await store.look()  # What was told last is carried out before; it is a round trip itself.
    after = await round_trips(budget)
    gate.close()
    await gate.drain()
    await store.aclose()
    trips = None if before is None or after is None else (after - before - 1) / calls
    return cost._replace(round_trips=trips)


async def round_trips(budget: str) -> int | None:
    """Ask the Redis server how often it has been asked to carry out a script."""
    if not budget.startswith("redis"):
        return None
    from redis.asyncio import Redis  # noqa: PLC0415 - an optional extra

    async with Redis.from_url(budget, protocol=2) as redis:
        stats: Any = await redis.info("commandstats")
    return sum(int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]) for name in SCRIPTS)


SCRIPTS: Final = ("eval", "evalsha")


def _shown(times: list[float]) -> str:
    return f"{median(times):.0f} | {quantiles(times, n=100)[98]:.0f}"


def _row(name: str, cost: Cost) -> None:
    trips = "" if cost.round_trips is None else f"{cost.round_trips:.2f}"
    print(
        f"| {name} | {_shown(cost.asking)} | {_shown(cost.telling)} | {_shown(cost.both)} "
        f"| {trips} |"
    )


def main() -> int:
    """Print medians and 99th percentiles in µs; return how many missed their figure."""
    print(
        "| store | asking | p99 | telling | p99 | both | p99 | round trips |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    missed = 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        _row("memory", asyncio.run(measure("memory")))
        sqlite = asyncio.run(measure(f"sqlite:///{Path(folder) / 'budget.db'}"))
        _row("SQLite", sqlite)
        missed += median(sqlite.both) > MOST_SQLITE
        address = servers.enter_context(redis_server())
        if address is None:
            print(f"| Redis | not measured: {MISSING} | | | | | | |")
        else:
            redis = asyncio.run(measure(address))
            _row("Redis, call after call", redis)
            missed += redis.round_trips is None or round(redis.round_trips, 2) > MOST_REDIS
            _row("Redis, 10 ms apart", asyncio.run(measure(address, APART, CALLS // 4)))
    print(f"\nSQLite at most {MOST_SQLITE:.0f} µs, Redis {MOST_REDIS} round trip", end="")
    print(f"{' MISSED' if missed else ''}\n")
    return missed


if __name__ == "__main__":
    raise SystemExit(main())

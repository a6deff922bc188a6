"""How long an interactive call waits while an import of 50,000 rows does, on the virtual clock.

The import is let run alone for the same time as well: what both together send less than that is
what people cost it beside the requests that were theirs.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Final

from systeme_async import Quota, Systeme
from systeme_async.testing import Faults, Sandbox, VirtualClockLoop
from systeme_async.testing.quotas import SHAPES

if TYPE_CHECKING:
    from systeme_async.testing.quotas import Shape

ROWS: Final = 50_000
CALLS: Final = 120
LATENCY: Final = 0.2
APART: Final = (15.0, 45.0)
"""Seconds from one interactive call to the next: at most four a minute."""


@dataclass(frozen=True)
class World:
    """An account, and whether its quota is configured or learned."""

    shape: Shape
    per_minute: int
    configured: bool

    @property
    def most(self) -> float:
        """The longest wait that is promised: two intervals and the round trip."""
        return 2 * 60 / self.per_minute + LATENCY


async def measure(world: World, calls: int) -> tuple[list[float], int, int]:
    """Return the waits of so many calls beside an import, all requests, and the 429s."""
    rows = ({"email": f"p{number}@example.com"} for number in range(ROWS))
    luck, waits = Random(1), list[float]()  # noqa: S311 - seeded luck
    time, quota = asyncio.get_running_loop().time, Quota(world.per_minute)
    async with (
        Sandbox(quota=quota, shape=world.shape, faults=Faults(latency=LATENCY)) as sandbox,
        Systeme(
            api_key=sandbox.api_key,
            base_url=sandbox.url,
            quota=quota if world.configured else None,
        ) as systeme,
    ):
        job = asyncio.create_task(systeme.bulk.import_contacts(rows).run())
        for number in range(CALLS):
            await asyncio.sleep(luck.uniform(*APART))
            if number < calls:
                began = time()
                await systeme.tags.list(limit=10).first()
                waits.append(time() - began)
            else:
                await asyncio.sleep(LATENCY)
        job.cancel()
        await asyncio.wait([job])
        return sorted(waits), len(sandbox.requests), sandbox.throttled


async def row(world: World) -> bool:
    """Measure one world and print its row; return whether the promise was kept."""
    waits, beside, throttled = await measure(world, CALLS)
    _, alone, refused = await measure(world, 0)
    middle, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    good = p99 <= world.most and not throttled + refused
    print(
        f"| {world.per_minute}, {'configured' if world.configured else 'learned'} | {world.shape} "
        f"| {middle:.2f} s | {p99:.2f} s | {world.most:.1f} s: {'kept' if good else 'MISSED'} "
        f"| {throttled + refused} | {beside} / {alone} |",
        flush=True,
    )
    return good


async def main() -> bool:
    """Print the table; return whether the promise was kept."""
    print("| quota | shape | median | p99 | at most | 429s | sent beside people / alone |")
    print("|---|---|---:|---:|---|---:|---:|")
    worlds = product((30, 60, 120), SHAPES, (False, True))
    return all([await row(World(shape, number, known)) for number, shape, known in worlds])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        if not runner.run(main()):
            sys.exit("a promise was not kept")

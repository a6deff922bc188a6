"""How long an interactive call waits while an import of 50,000 rows does, on the virtual clock."""

from __future__ import annotations

import asyncio
import sys
from random import Random
from typing import TYPE_CHECKING, Final

from systeme_async import Quota, Systeme
from systeme_async.testing import Faults, Sandbox, VirtualClockLoop

if TYPE_CHECKING:
    from systeme_async.testing.quotas import Shape

ROWS: Final = 50_000
CALLS: Final = 120
PER_MINUTE: Final = 60
LATENCY: Final = 0.2
INTERVAL: Final = 60 / PER_MINUTE
MOST: Final = 2 * INTERVAL + LATENCY
APART: Final = (15.0, 45.0)
"""Seconds from one interactive call to the next: at most four a minute."""


async def measure(shape: Shape) -> tuple[float, float, int]:
    """Return the median and the 99th percentile of the waits, and the 429s."""
    rows = ({"email": f"p{number}@example.com"} for number in range(ROWS))
    luck, waits = Random(1), list[float]()  # noqa: S311 - seeded luck
    time = asyncio.get_running_loop().time
    async with (
        Sandbox(quota=Quota(PER_MINUTE), shape=shape, faults=Faults(latency=LATENCY)) as sandbox,
        Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme,
    ):
        job = asyncio.create_task(systeme.bulk.import_contacts(rows).run())
        for _ in range(CALLS):
            await asyncio.sleep(luck.uniform(*APART))
            began = time()
            await systeme.tags.list(limit=10).first()
            waits.append(time() - began)
        job.cancel()
        await asyncio.wait([job])
        waits.sort()
        return waits[len(waits) // 2], waits[int(len(waits) * 0.99)], sandbox.throttled


async def main() -> bool:
    """Print the table; return whether the promise was kept."""
    print(f"| shape | median | p99 | at most {MOST:.1f} s | 429s |")
    print("|---|---:|---:|---|---:|")
    kept = True
    for shape in ("fixed", "sliding", "continuous"):
        middle, most, throttled = await measure(shape)
        good = most <= MOST and not throttled
        kept = kept and good
        word = "kept" if good else "MISSED"
        print(f"| {shape} | {middle:.2f} s | {most:.2f} s | {word} | {throttled} |", flush=True)
    return kept


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        if not runner.run(main()):
            sys.exit("a promise was not kept")

"""1,000 creates at once under a quota of 100 a minute, in every shape and form a server may have.

Runs on the virtual clock against the embedded sandbox. "Used" is what was accepted, in parts
of what the server would have accepted from the first request to the last: whole windows for a
fixed one, 100 at once and then 100 for every 60 s for a sliding window and a token bucket.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from systeme_async import Quota, Systeme
from systeme_async.testing import Faults, Sandbox, VirtualClockLoop

QUOTA: Final = 100
PERIOD: Final = 60.0
CREATES: Final = 1_000
SHAPES: Final = ("fixed", "sliding", "continuous")
FORMS: Final[tuple[dict[str, Any], ...]] = (
    {"headers": "seconds", "rounding": "ceil"},
    {"headers": "seconds", "rounding": "floor"},
    {"headers": "float"},
    {"headers": "epoch"},
    {"headers": "ms"},
    {"headers": "date"},
)
ROUND_TRIPS: Final = (0.0, 0.2, 0.4)
LEAST_USED: Final = {"fixed": 0.98, "sliding": 0.95, "continuous": 0.95}


@dataclass(frozen=True)
class Result:
    """What came of one run."""

    failed: int
    throttled: int
    seconds: float
    used: float


def offered(shape: str, seconds: float) -> float:
    """Return how many requests the server would have accepted in this time."""
    if shape == "fixed":
        return QUOTA * (int(seconds // PERIOD) + 1)
    return QUOTA * (1 + seconds / PERIOD)


async def run(shape: str, form: dict[str, Any], round_trip: float) -> Result:
    """Create 1,000 contacts at once and read the server's ledger."""
    faults = Faults(latency=round_trip)
    async with (
        Sandbox(quota=Quota(QUOTA, per=PERIOD), shape=shape, faults=faults, **form) as sandbox,
        Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme,
    ):
        creates = [systeme.contacts.create(f"p{n}@example.com") for n in range(CREATES)]
        results = await asyncio.gather(*creates, return_exceptions=True)
        failed = sum(isinstance(result, BaseException) for result in results)
        instants = [request.at for request in sandbox.requests]
        seconds = max(instants) - min(instants)
        accepted = len(sandbox.account.contacts)
        return Result(failed, sandbox.throttled, seconds, accepted / offered(shape, seconds))


def main() -> int:
    """Print a line for each case; return how many missed their figure."""
    print("| shape | Refill header | round trip | failed | 429s | seconds | used |")
    print("|---|---|---:|---:|---:|---:|---:|")
    missed = 0
    for shape, round_trip, form in product(SHAPES, ROUND_TRIPS, FORMS):
        with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
            result = runner.run(run(shape, form, round_trip))
        good = not result.failed and not result.throttled and result.used >= LEAST_USED[shape]
        missed += not good
        print(
            f"| {shape} | {' '.join(form.values())} | {round_trip * 1000:.0f} ms "
            f"| {result.failed} | {result.throttled} | {result.seconds:.1f} "
            f"| {result.used:.1%}{'' if good else ' MISSED'} |"
        )
    print()
    return missed

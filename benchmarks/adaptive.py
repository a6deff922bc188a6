"""An account without a quota, on servers that stand more or less: 20 in flight against adaptive.

Runs on the virtual clock, over real sockets. Each server carries out so many requests at once;
what comes beyond that waits in line there, or is answered 503. "Fixed" is the same client told
of a quota that it never reaches, so that all it is allowed is in flight.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from systeme_async import Systeme, SystemeError
from systeme_async.observing import AttemptEnded
from systeme_async.testing import VirtualClockLoop

if TYPE_CHECKING:
    from systeme_async.observing import Observation

CALLS: Final = 4_000
CALLERS: Final = 80
SECONDS: Final = (0.1, 0.3)
"""How long the server works at one request."""
CAPACITIES: Final = (8, 12, 20, 50)
MOSTS: Final = (20, 64)
LEAST_KEPT: Final = 0.8
"""Of what the fixed one gets done, where nothing is refused."""
BODY: Final = b'{"items": [], "hasMore": false}'
ENDLESS: Final = "X-RateLimit-Limit: 1000000\r\nX-RateLimit-Remaining: 900000\r\n"


@dataclass
class Server:
    """Works at `capacity` requests at once."""

    capacity: int
    refuses: bool
    told: bool
    luck: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - seeded luck
    statuses: Counter[int] = field(default_factory=Counter[int])
    working: int = 0

    def __post_init__(self) -> None:
        self.room = asyncio.Semaphore(self.capacity)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                status = await self.carry_out()
                self.statuses[status] += 1
                headers = ENDLESS if self.told else ""
                head = f"HTTP/1.1 {status} -\r\n{headers}Content-Type: application/json\r\n"
                writer.write(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY)
        except asyncio.IncompleteReadError:
            writer.close()

    async def carry_out(self) -> int:
        """Take the time that a request takes."""
        if self.refuses and self.room.locked():
            await asyncio.sleep(SECONDS[0] / 2)
            return 503
        async with self.room:
            await asyncio.sleep(self.luck.uniform(*SECONDS))
        return 200


@dataclass(frozen=True)
class Result:
    """What came of one run."""

    a_second: float
    middle: float
    most: float
    refused: float
    failed: int


async def run(capacity: int, most: int, *, refuses: bool, told: bool) -> Result:
    """Let 80 callers make 4,000 calls."""
    server, took = Server(capacity, refuses, told), list[float]()
    listening = await asyncio.start_server(server.serve, "127.0.0.1")
    url = "http://127.0.0.1:%d" % listening.sockets[0].getsockname()[1]  # noqa: UP031
    left, failed, time = iter(range(CALLS)), list[int](), asyncio.get_running_loop().time

    def observe(seen: Observation) -> None:
        if isinstance(seen, AttemptEnded) and seen.status == 200:
            took.append(seen.took)

    async with (
        listening,
        Systeme(api_key="k", base_url=url, concurrency=most, observers=[observe]) as systeme,
    ):

        async def caller() -> None:
            for number in left:
                try:
                    await systeme.tags.find("VIP")
                except SystemeError:
                    failed.append(number)

        began = time()
        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        seconds = time() - began
    took.sort()
    return Result(
        (CALLS - len(failed)) / seconds,
        took[len(took) // 2],
        took[int(len(took) * 0.99)],
        server.statuses[503] / server.statuses.total(),
        len(failed),
    )


def row(capacity: int, most: int, *, refuses: bool) -> int:
    """Print a line for each of the two; return how many missed their figure."""
    results: dict[str, Result] = {}
    for name, told in (("fixed", True), ("adaptive", False)):
        with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
            results[name] = runner.run(run(capacity, most, refuses=refuses, told=told))
    fixed, adaptive = results["fixed"], results["adaptive"]
    good = adaptive.refused <= fixed.refused and adaptive.failed <= fixed.failed
    if not refuses:
        good = good and adaptive.a_second >= LEAST_KEPT * fixed.a_second
    beyond = "503" if refuses else "wait"
    for name, result in results.items():
        print(
            f"| {capacity} | {beyond} | {most} | {name} | {result.a_second:.0f} "
            f"| {result.middle:.2f} s | {result.most:.2f} s | {result.refused:.1%} "
            f"| {result.failed}{'' if good else ' MISSED'} |",
            flush=True,
        )
    return not good


def main() -> int:
    """Print the table; return how many missed their figure."""
    # Thousands of calls fail here, and each says so.
    logging.getLogger("systeme_async").setLevel(logging.ERROR)
    print("| at once | beyond | concurrency | in flight | calls/s | median | p99 | 503s | failed |")
    print("|---:|---|---:|---|---:|---:|---:|---:|---:|")
    missed = 0
    for refuses in (False, True):
        for most in MOSTS:
            for capacity in CAPACITIES:
                missed += row(capacity, most, refuses=refuses)
    print()
    return missed


if __name__ == "__main__":
    sys.exit(min(main(), 1))

"""A model server that gets slower the more is in flight, and a client that keeps it busy."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from systeme_async._core.quota import SECOND
from systeme_async._core.width import Width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from systeme_async._core.width import Flight

ENDPOINT: Final = ("GET", "/api/tags")
UNLOADED: Final = SECOND // 5


@dataclass(frozen=True)
class Run:
    """What came of some requests."""

    a_second: float
    sizes: list[int]
    """The width after each answer."""


@dataclass
class Server:
    """Takes a fifth of a second for each request, and longer in proportion beyond a capacity.

    `spread` is how much answers differ: the deviation of the logarithm of what they take.
    """

    capacity: int
    spread: float = 0.0
    dice: Random = field(default_factory=lambda: Random(1))

    def takes(self, in_flight: int) -> int:
        """Say how long a request takes that has just arrived."""
        luck = self.dice.lognormvariate(-(self.spread**2) / 2, self.spread)
        return int(UNLOADED * luck * max(1.0, in_flight / self.capacity))


def keep_busy(server: Server, requests: int, *, most: int = 64, fixed: int | None = None) -> Run:
    """Always have as many in flight as may be, and count answers from the second half on."""
    width, sizes = Width(most), list[int]()
    answers: list[tuple[int, int, Flight]] = []
    now, half_at = 0, 0

    def room() -> Iterator[int]:
        while len(answers) < (fixed or width.size):
            yield len(answers) + 1

    for number in range(requests):
        for in_flight in room():
            flight = width.left(in_flight, now)
            heapq.heappush(answers, (now + server.takes(in_flight), flight.number, flight))
        now, _, flight = heapq.heappop(answers)
        flight.took = now - flight.left_at
        width.succeeded(flight, ENDPOINT)
        sizes.append(width.size)
        if number == requests // 2:
            half_at = now
    return Run((requests - requests // 2 - 1) * SECOND / (now - half_at), sizes)

"""How much slower a server answers now than it does while little is asked of it.

Pure. A page of a hundred contacts takes longer than one creation, so no latency is compared with
that of another endpoint: each endpoint has a usual latency of its own, measured while few
requests were in flight, and an answer counts as the multiple of it that it took. These multiples
mean the same for all endpoints, so one mean of them all tells of the server.

All means are of logarithms: one answer in a hundred that takes ten times as long as the others
moves them by two percent. And because it is means that are compared, never the smallest latency
seen, a server whose answers merely differ from one another does not seem slow.
"""

from __future__ import annotations

from math import exp, log
from typing import Final

from .quota import SECOND

QUICK: Final = SECOND // 100
"""Latencies below this one are taken for it: what they differ by is this machine's doing."""

MEMORY: Final = 32
"""How many answers a mean remembers."""

ENOUGH: Final = 8
"""Answers of an endpoint after which its usual latency is known."""


class Mean:
    """A mean that forgets: of all values at first, later mostly of the latest."""

    __slots__ = ("count", "value")

    def __init__(self) -> None:
        self.count = 0
        self.value = 0.0

    def add(self, value: float) -> None:
        """Take one more value in."""
        if self.count < MEMORY:
            self.count += 1
        self.value += (value - self.value) / self.count


class Slowdown:
    """The server's slowdown, of answers of all endpoints."""

    def __init__(self) -> None:
        self._usual: dict[tuple[str, str], Mean] = {}
        self._now = Mean()

    @property
    def factor(self) -> float:
        """How many times the usual latency answers take; 1 while that is not known yet."""
        return exp(self._now.value)

    def of(self, endpoint: tuple[str, str], took: int) -> float:
        """How many times its usual latency so many nanoseconds are; 1 while that is not known."""
        usual = self._usual.get(endpoint)
        if usual is None or usual.count < ENOUGH:
            return 1.0
        return exp(log(max(took, QUICK)) - usual.value)

    def answered(self, endpoint: tuple[str, str], took: int, *, unloaded: bool) -> None:
        """Learn from an answer after `took` nanoseconds.

        `unloaded` says that its request left while few others were in flight: what is slow then
        is not slow because of us, so that latency is the usual one from now on.
        """
        latency = log(max(took, QUICK))
        usual = self._usual.get(endpoint)
        if usual is None:
            usual = self._usual[endpoint] = Mean()
        if usual.count < ENOUGH:
            # An endpoint that is new while the server is slow is thought to be slow as well.
            usual.add(latency if unloaded else latency - self._now.value)
            return
        quicker = self._now.value < 0
        self._now.add(latency - usual.value)
        if unloaded or quicker:
            usual.add(latency)

    def eased(self, part: float) -> None:
        """Expect to be answered faster, for only that part of the requests will be in flight."""
        self._now.value = max(0.0, self._now.value + log(part))

"""The way to the server and back, and the server's side of it.

A request that has left arrives, whatever has become of its caller; its answer is on its way
for as long again. Both directions reorder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systeme_async.testing.quotas import SHAPES

from .headers import Headers, truth, twist
from .scenario import SECOND

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from random import Random

    from .scenario import Scenario
    from .trace import Trace


@dataclass(frozen=True)
class Reply:
    """How a request ended; `headers` is None without an answer."""

    kind: str
    """answered, refused, lost or returned"""
    headers: Headers | None = None


class Network:
    """One server behind one line."""

    def __init__(
        self, scenario: Scenario, random: Random, trace: Trace, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.scenario, self.random, self.trace, self.loop = scenario, random, trace, loop
        self.allowance = SHAPES[scenario.shape](scenario.requests, scenario.per)
        # The grid of fixed windows begins with the first request: one that is long forgotten.
        self.allowance.admit(scenario.opened)
        self.on_the_way = 0
        self.arrivals: list[tuple[int, int]] = []
        """When each request was seen by the server, and its number, those refused included."""
        self.counted: list[tuple[int, int]] = []
        """The same without those that were refused out of the blue."""
        self.refused: list[int] = []
        """The numbers of those that were refused for the quota."""
        self._latest_arrived = 0
        self._earlier: list[Headers] = []

    def now(self) -> int:
        """Read the clock as the session does."""
        return int(self.loop.time() * SECOND)

    def later(self, nanoseconds: int, event: Callable[[], None]) -> None:
        """Let something happen."""

        def happen() -> None:
            self.on_the_way -= 1
            event()

        self.on_the_way += 1
        self.loop.call_later(nanoseconds / SECOND, happen)

    def latency(self) -> int:
        """Draw one way."""
        return self.random.randint(*self.scenario.latency)

    def send(
        self, number: int, timeout: int, given_up: Callable[[], bool]
    ) -> asyncio.Future[Reply]:
        """Put a request on its way."""
        future: asyncio.Future[Reply] = self.loop.create_future()
        odds, met = self.scenario.odds, self.trace.met

        def end(reply: Reply) -> None:
            if not future.done():
                future.set_result(reply)

        if self.random.random() < odds.never_left:
            met["connection never made"] += 1
            self.loop.call_later(self.latency() / SECOND, end, Reply("returned"))
            return future
        self.loop.call_later(timeout / SECOND, end, Reply("lost"))
        if self.random.random() < odds.dropped:
            met["request lost"] += 1
            return future
        way = self.latency()
        met["way longer than 1 s"] += way > SECOND
        self.later(way, lambda: self._arrive(number, given_up(), end))
        return future

    def _arrive(self, number: int, given_up: bool, end: Callable[[Reply], None]) -> None:  # noqa: FBT001
        now, odds, met = self.now(), self.scenario.odds, self.trace.met
        met["requests overtaken"] += number < self._latest_arrived
        met["arrived after it was given up"] += given_up
        self._latest_arrived = max(number, self._latest_arrived)
        surprise = self.random.random() < odds.surprise
        self.arrivals.append((now, number))
        if not surprise:
            self.counted.append((now, number))
        refused = surprise or not self.allowance.admit(now)
        if refused:
            met["429 out of the blue" if surprise else "429 for the quota"] += 1
            if not surprise:
                self.refused.append(number)
        headers = self._word(now, refused=refused, surprise=surprise)
        self.trace.note(now, f"#{number} arrives, {'429' if refused else '2xx'}: {said(headers)}")
        if self.random.random() < odds.unheard:
            met["answer lost"] += 1
            return
        reply = Reply("refused" if refused else "answered", headers)
        self.later(self.latency(), lambda: end(reply))

    def _word(self, now: int, *, refused: bool, surprise: bool) -> Headers:
        scenario, hints = self.scenario, self.scenario.hints
        distance = self.allowance.refill_at(now) - now
        left = self.allowance.remaining(now)
        headers = truth(hints, scenario.requests, left, distance, now, refused=refused)
        self._earlier.append(headers)
        if surprise and self.random.random() < scenario.odds.mute:
            self.trace.met["429 without a word"] += 1
            return Headers()
        if hints.lie and self.random.random() < hints.lie_rate:
            stale = self.random.choice(self._earlier)
            headers = twist(headers, hints, self.random, now, stale)
        return headers


def said(headers: Headers) -> str:
    """Write headers into the trace."""
    return ", ".join(
        f"{name.rpartition('-')[2]} {text}" for name, text in headers.written().items()
    )

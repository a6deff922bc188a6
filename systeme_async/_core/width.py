"""How many requests one client has in flight where no quota bounds them.

Pure. Additive increase, multiplicative decrease, as TCP does it: one more after each round in
which all that was allowed was used and all went well; seven tenths after a failure, or when the
server answers markedly slower than it does while little is asked of it. Until the first sign of
load a round doubles instead: TCP's slow start.

A round is as many successes as may be in flight. A burst of failures decreases once, for what had
left before cannot have been spared by it; and successes count for nothing that left before the
last decrease or doubling: what has been doubled is tried before it is doubled again.
"""

from __future__ import annotations

from typing import Final

import msgspec

from .slowdown import Slowdown

NARROWEST: Final = 8
"""So many may always be in flight, unless the client is allowed fewer."""
DECREASE: Final = 0.7
SLOW: Final = 1.5
"""The slowdown from which on less is asked of a server. Times `DECREASE` it is about 1: where
latency grows with what is in flight, a decrease ends just where the slowdown begins."""
LOADED: Final = 1.1
"""The slowdown that ends the slow start."""
NO_ANSWER: Final = 3.0
"""How many times the usual latency a caller must have waited for giving up to tell of the server
and not of the caller."""


class Flight(msgspec.Struct, gc=False):
    """One request on its way."""

    number: int
    in_flight: int
    """Requests in flight when it left, itself included."""
    left_at: int
    took: int = 0
    """Nanoseconds until its answer was read."""


class Width:
    """So many requests may be in flight: at least 8, at most `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = min(NARROWEST, most)
        self._slowdown = Slowdown()
        self._starting = True
        self._left = 0
        self._decreased_after = 0
        """The number of the last request that left before the last decrease."""
        self._tried_after = 0
        """That of the last one before the last decrease or doubling."""
        self._successes = 0
        self._filled = False

    def left(self, in_flight: int, now: int) -> Flight:
        """Note that a request leaves; `in_flight` counts it."""
        self._left += 1
        if in_flight >= self.size:
            self._filled = True
        return Flight(self._left, in_flight, now)

    def succeeded(self, flight: Flight, endpoint: tuple[str, str]) -> None:
        """Learn from a success, and from how long it took."""
        if flight.number <= self._tried_after:
            return
        unloaded = flight.in_flight <= NARROWEST
        self._slowdown.answered(endpoint, flight.took, unloaded=unloaded)
        factor = self._slowdown.factor
        if factor > SLOW and self._filled and self.size > NARROWEST:
            self._starting = False
            self._decrease()
            return
        self._successes += 1
        if self._successes >= self.size:
            self._starting = self._starting and factor <= LOADED
            if self._filled and factor <= SLOW:
                self._increase()
            self._begin_round()

    def failed(self, flight: Flight) -> None:
        """Learn from a failure: 5xx, 429, no answer in time, or a lost connection."""
        if flight.number > self._decreased_after:
            self._starting = False
            self._decrease()

    def given_up(self, flight: Flight, endpoint: tuple[str, str]) -> None:
        """Learn from a caller that waits no longer: a failure only if it has waited long."""
        if self._slowdown.of(endpoint, flight.took) > NO_ANSWER:
            self.failed(flight)

    def _increase(self) -> None:
        before = self.size
        self.size = min(before * 2 if self._starting else before + 1, self.most)
        if self._starting and self.size > before:
            self._tried_after = self._left

    def _decrease(self) -> None:
        before = self.size
        self.size = max(min(NARROWEST, self.most), int(before * DECREASE))
        if self.size < before:
            self._slowdown.eased(self.size / before)
            self._decreased_after = self._tried_after = self._left
        self._begin_round()

    def _begin_round(self) -> None:
        self._successes, self._filled = 0, False

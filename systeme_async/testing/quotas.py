"""The three shapes that a quota of requests can have, as far as anybody outside can tell.

Pure: the time comes in as integer nanoseconds and must not run backwards. A refused request
costs nothing in any of them.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal, Protocol

Shape = Literal["fixed", "sliding", "continuous"]


class Allowance(Protocol):
    """What the account may still spend."""

    def admit(self, now: int) -> bool:
        """Spend one request, or say that there is none left."""
        ...

    def remaining(self, now: int) -> int:
        """Return how many requests would be admitted right now."""
        ...

    def refill_at(self, now: int) -> int:
        """Return the instant at which more requests come back; `now` if all are there."""
        ...


class FixedWindows:
    """Windows that follow each other back to back from the first request on; each opens whole."""

    def __init__(self, requests: int, per: int) -> None:
        self.requests = requests
        self.per = per
        self._opened: int | None = None
        self._spent = 0

    def admit(self, now: int) -> bool:
        """Spend one request of the current window, if one is left."""
        self._turn_to(now)
        if self._opened is None:
            self._opened = now
        if self._spent >= self.requests:
            return False
        self._spent += 1
        return True

    def remaining(self, now: int) -> int:
        """Return what is left of the current window."""
        self._turn_to(now)
        return self.requests - self._spent

    def refill_at(self, now: int) -> int:
        """Return when the next window opens; `now` before the first request."""
        self._turn_to(now)
        return now if self._opened is None else self._opened + self.per

    def _turn_to(self, now: int) -> None:
        if self._opened is None or now < self._opened + self.per:
            return
        # Aligned to the grid, not to the request that happens to come next.
        self._opened = now - (now - self._opened) % self.per
        self._spent = 0


class SlidingWindow:
    """The last `per` nanoseconds, whenever you look; each request comes back after its time."""

    def __init__(self, requests: int, per: int) -> None:
        self.requests = requests
        self.per = per
        self._accepted: deque[int] = deque()

    def admit(self, now: int) -> bool:
        """Spend one request, if fewer than the quota were accepted in the window."""
        self._forget(now)
        if len(self._accepted) >= self.requests:
            return False
        self._accepted.append(now)
        return True

    def remaining(self, now: int) -> int:
        """Return how many more the window can hold."""
        self._forget(now)
        return self.requests - len(self._accepted)

    def refill_at(self, now: int) -> int:
        """Return when the oldest request falls out; `now` if the window is empty."""
        self._forget(now)
        return self._accepted[0] + self.per if self._accepted else now

    def _forget(self, now: int) -> None:
        while self._accepted and self._accepted[0] + self.per <= now:
            self._accepted.popleft()


class ContinuousRefill:
    """A bucket of `requests` tokens, filled evenly at `requests` in every `per` nanoseconds."""

    def __init__(self, requests: int, per: int) -> None:
        self.requests = requests
        self.per = per
        # Counted in 1/per of a token, so that every nanosecond adds a whole number.
        self._level = requests * per
        self._filled_at: int | None = None

    def admit(self, now: int) -> bool:
        """Spend one token, if a whole one is there."""
        self._fill(now)
        if self._level < self.per:
            return False
        self._level -= self.per
        return True

    def remaining(self, now: int) -> int:
        """Return the whole tokens in the bucket."""
        self._fill(now)
        return self._level // self.per

    def refill_at(self, now: int) -> int:
        """Return when the next whole token is there; `now` if the bucket is full."""
        self._fill(now)
        if self._level >= self.requests * self.per:
            return now
        missing = self.per - self._level % self.per
        return now + -(-missing // self.requests)

    def _fill(self, now: int) -> None:
        if self._filled_at is not None:
            gained = (now - self._filled_at) * self.requests
            self._level = min(self._level + gained, self.requests * self.per)
        self._filled_at = now


SHAPES: Final[dict[Shape, type[FixedWindows | SlidingWindow | ContinuousRefill]]] = {
    "fixed": FixedWindows,
    "sliding": SlidingWindow,
    "continuous": ContinuousRefill,
}


class Shared:
    """An allowance that somebody else spends from as well, evenly: one request every `every`.

    Their requests are counted when somebody looks, in the order of time.
    """

    def __init__(self, allowance: Allowance, every: int, since: int = 0) -> None:
        self._allowance = allowance
        self._every = every
        self._due = since + every

    def admit(self, now: int) -> bool:
        """Spend one request of what the others left."""
        self._catch_up(now)
        return self._allowance.admit(now)

    def remaining(self, now: int) -> int:
        """Return what the others left."""
        self._catch_up(now)
        return self._allowance.remaining(now)

    def refill_at(self, now: int) -> int:
        """Return the instant at which more comes back, for whoever is first."""
        self._catch_up(now)
        return self._allowance.refill_at(now)

    def _catch_up(self, now: int) -> None:
        while self._due <= now:
            self._allowance.admit(self._due)
            self._due += self._every

"""Model servers: a quota in each of its shapes, worded in each form that headers may take.

Written from the reference alone; nothing is shared with the sandbox or with the client, so that
all three can be held against each other. Instants are integer nanoseconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
WALL_AT_ZERO: Final = 1_767_225_600 * SECOND + 123_456_789
"""Our own wall clock when the virtual clock stands at zero."""

Shape = Literal["fixed", "sliding", "continuous"]
SHAPES: Final[tuple[Shape, ...]] = ("fixed", "sliding", "continuous")


class Server(Protocol):
    """A quota as the server keeps it; a refused request costs nothing."""

    def accept(self, now: int) -> bool:
        """Spend one request, or refuse it."""
        ...

    def remaining(self, now: int) -> int:
        """Say how many would be accepted right now."""
        ...

    def refill_at(self, now: int) -> int:
        """Say when more comes back; `now` where nothing is missing."""
        ...

    def most(self, first: int, last: int) -> int:
        """Say how many it could have accepted from one instant to another, both included."""
        ...


class FixedWindow:
    """Windows on a grid, each opens whole; it begins at `opened`, or with the first request."""

    def __init__(self, requests: int, per: int, opened: int | None = None) -> None:
        self._requests = requests
        self._per = per
        self._opened = opened
        self._spent: dict[int, int] = {}

    def _window(self, now: int) -> int:
        return 0 if self._opened is None else (now - self._opened) // self._per

    def accept(self, now: int) -> bool:
        """Spend one of the window's, if there is one."""
        if self._opened is None:
            self._opened = now
        window = self._window(now)
        spent = self._spent.get(window, 0)
        if spent >= self._requests:
            return False
        self._spent[window] = spent + 1
        return True

    def remaining(self, now: int) -> int:
        """Say what is left in this window."""
        return self._requests - self._spent.get(self._window(now), 0)

    def refill_at(self, now: int) -> int:
        """Say when the next window opens."""
        if self._opened is None:
            return now
        return self._opened + (self._window(now) + 1) * self._per

    def most(self, first: int, last: int) -> int:
        """Count the windows touched, each at its full."""
        return (self._window(last) - self._window(first) + 1) * self._requests


class SlidingLog:
    """At most `requests` in any stretch of `per`."""

    def __init__(self, requests: int, per: int) -> None:
        self._requests = requests
        self._per = per
        self._log: deque[int] = deque()

    def accept(self, now: int) -> bool:
        """Spend one, if fewer than the quota came in the last stretch."""
        if self.remaining(now) < 1:
            return False
        self._log.append(now)
        return True

    def remaining(self, now: int) -> int:
        """Say how many the stretch that ends now still holds."""
        while self._log and self._log[0] <= now - self._per:
            self._log.popleft()
        return self._requests - len(self._log)

    def refill_at(self, now: int) -> int:
        """Say when the oldest request is forgotten."""
        self.remaining(now)
        return self._log[0] + self._per if self._log else now

    def most(self, first: int, last: int) -> int:
        """Count a full quota at the first instant and at every period after it."""
        return ((last - first) // self._per + 1) * self._requests


class TokenBucket:
    """A bucket that starts full and gets `requests` tokens in every `per`, evenly."""

    def __init__(self, requests: int, per: int) -> None:
        self._requests = requests
        self._per = per
        self._whole = requests * per
        self._level = self._whole
        self._at = 0

    def _fill(self, now: int) -> None:
        self._level = min(self._whole, self._level + (now - self._at) * self._requests)
        self._at = now

    def accept(self, now: int) -> bool:
        """Take a token, if a whole one is there."""
        if self.remaining(now) < 1:
            return False
        self._level -= self._per
        return True

    def remaining(self, now: int) -> int:
        """Count the whole tokens."""
        self._fill(now)
        return self._level // self._per

    def refill_at(self, now: int) -> int:
        """Say when the next token is whole."""
        self._fill(now)
        if self._level == self._whole:
            return now
        missing = self._per - self._level % self._per
        return now + -(-missing // self._requests)

    def most(self, first: int, last: int) -> int:
        """Count the full bucket and what dripped into it since."""
        return self._requests + (last - first) * self._requests // self._per


def server_of(shape: Shape, requests: int, per: int, opened: int | None = None) -> Server:
    """Build a server; `opened` puts the grid of fixed windows somewhere else than at the start."""
    if shape == "fixed":
        return FixedWindow(requests, per, opened)
    return SlidingLog(requests, per) if shape == "sliding" else TokenBucket(requests, per)


def _floor(instant: int, unit: int) -> int:
    return instant // unit


def _ceil(instant: int, unit: int) -> int:
    return -(-instant // unit)


@dataclass(frozen=True)
class Form:
    """How a server words its refill: a text made of the distance and of its own wall clock."""

    name: str
    refill: Callable[[int, int], str] | None
    retry_after: Callable[[int, int], str] | None
    dated: bool = False
    """Whether a Date header tells the server's clock."""
    skew: int = 0
    """How far the server's clock is ahead of ours."""

    def headers(
        self, limit: int, remaining: int, distance: int, now: int, *, refused: bool
    ) -> dict[str, str]:
        """Write the headers of one answer that leaves the server at `now`."""
        wall = WALL_AT_ZERO + now + self.skew
        written: dict[str, str] = {}
        if self.dated:
            written["Date"] = formatdate(wall // SECOND, usegmt=True)
        if self.refill is not None:
            written["X-RateLimit-Limit"] = str(limit)
            written["X-RateLimit-Remaining"] = str(remaining)
            written["X-RateLimit-Refill"] = self.refill(distance, wall)
        if refused and self.retry_after is not None:
            written["Retry-After"] = self.retry_after(distance, wall)
        return written


def _seconds_ceil(distance: int, _: int) -> str:
    return str(_ceil(distance, SECOND))


def _seconds_floor(distance: int, _: int) -> str:
    return str(_floor(distance, SECOND))


def _float(distance: int, _: int) -> str:
    return f"{distance // 1_000 / 1_000_000:.6f}"


def _tenths(distance: int, _: int) -> str:
    return f"{_floor(distance, SECOND // 10) / 10:.1f}"


def _unix_ceil(distance: int, wall: int) -> str:
    return str(_ceil(wall + distance, SECOND))


def _unix_floor(distance: int, wall: int) -> str:
    return str(_floor(wall + distance, SECOND))


def _milliseconds(distance: int, wall: int) -> str:
    return str(_floor(wall + distance, SECOND // 1_000))


def _date_ceil(distance: int, wall: int) -> str:
    return formatdate(_ceil(wall + distance, SECOND), usegmt=True)


def _date_floor(distance: int, wall: int) -> str:
    return formatdate(_floor(wall + distance, SECOND), usegmt=True)


SKEW: Final = 15 * MINUTE

FORMS: Final[dict[str, Form]] = {
    form.name: form
    for form in (
        Form("seconds, ceil", _seconds_ceil, _seconds_ceil),
        Form("seconds, floor", _seconds_floor, _seconds_ceil),
        Form("float", _float, _seconds_ceil),
        Form("float, tenths", _tenths, _seconds_ceil),
        Form("unix seconds", _unix_ceil, _seconds_ceil),
        Form("unix seconds, floor, Date", _unix_floor, _seconds_ceil, dated=True, skew=SKEW),
        Form("unix ms", _milliseconds, _seconds_ceil),
        Form("unix ms, Date", _milliseconds, _seconds_ceil, dated=True, skew=-SKEW),
        Form("HTTP date, Date ahead", _date_ceil, _date_ceil, dated=True, skew=SKEW),
        Form("HTTP date, Date behind", _date_floor, _date_ceil, dated=True, skew=-SKEW),
        Form("none", None, _seconds_ceil),
    )
}
"""What a server may say; with "none" a configured quota stands in."""

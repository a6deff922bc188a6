"""Spacing under a fixed ceiling, such as the gateway's ten requests a second.

The account's budget is learnt and knows refills; a fixed ceiling knows none. So requests are
spaced evenly, and a 429 of whoever holds the ceiling pauses them without touching the budget.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary, WeakValueDictionary

import anyio

from .pause import Pause
from .quota import SECOND

if TYPE_CHECKING:
    from .quota import QuotaReport

MARGIN: Final = 1.25
"""Requests are spaced by so much more than the ceiling asks for: eleven of them, ten gaps apart,
must not fall into one second although the network pushes them together by a quarter of one."""

BLIND_PAUSE: Final = SECOND
"""What a 429 that says nothing asks for: the ceiling is one of requests a second."""

# A float of seconds can fall short of the instant that it stands for.
_OVERSHOOT: Final = 1e-6


class Pace:
    """Lets one request after the other through, at most `per_second` of them.

    It belongs to the event loop of its first turn.
    """

    def __init__(self, per_second: float) -> None:
        from aiolimiter import AsyncLimiter  # noqa: PLC0415 - most programs meet no such ceiling

        self.gap = round(MARGIN / per_second * SECOND)
        """Nanoseconds from one turn to the next."""
        # A burst of one: AsyncLimiter(10, 1) would let nineteen through in its first second.
        self._limiter = AsyncLimiter(1, MARGIN / per_second)
        self._pause = Pause(blind=BLIND_PAUSE)
        self._turns = 0

    @property
    def paused_until(self) -> int:
        """When the last pause ends, in nanoseconds on the loop's clock."""
        return self._pause.until

    @property
    def refused_in_a_row(self) -> int:
        """Pauses since the last answer that was no 429."""
        return self._pause.in_a_row

    async def turn(self) -> int:
        """Wait for the next turn and return its number."""
        await self._wait_out_pause()
        await self._limiter.acquire()
        # It may have begun while others were let through.
        await self._wait_out_pause()
        self._turns += 1
        return self._turns

    async def _wait_out_pause(self) -> None:
        while (left := self._pause.until / SECOND - anyio.current_time()) > 0:  # noqa: ASYNC110
            # No event, but an instant; it may have been put off meanwhile.
            await anyio.sleep(left + _OVERSHOOT)

    def refused(self, turn: int, report: QuotaReport) -> None:
        """Pause after the 429 to a request: nobody has a turn before the server is ready."""
        self._pause.begin(turn, self._turns, report, int(anyio.current_time() * SECOND))

    def succeeded(self) -> None:
        """Take note of an answer that was no 429: the next pause is short again."""
        self._pause.succeeded()


_paces: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, Pace]]] = (
    WeakKeyDictionary()
)


def shared_pace(ceiling: str, per_second: float) -> Pace:
    """Return the pace of the running loop under this ceiling: one for all who share it."""
    paces = _paces.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
    pace = paces.get(ceiling)
    if pace is None:
        pace = paces[ceiling] = Pace(per_second)
    return pace

"""Ends sessions that nobody has needed for a while: one timer, and no task that waits.

A session is ended at the earliest when nothing waits or is in flight, and when all that its
budget knows is over: a window that was spent, or a pause, must not be forgotten.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import Session

LOOK_AGAIN: Final = 1.0
"""Seconds after which a session that is in use without being held is looked at again."""

# A float of seconds can fall short of the instant that it stands for.
_OVERSHOOT: Final = 1e-6


class Held:
    """A session, and how many hold it."""

    __slots__ = ("due", "holders", "queued", "session")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.holders = 0
        self.due = 0.0
        """When to look whether it can be ended, on the loop's clock."""
        self.queued = False


class Idling:
    """Looks after the sessions that nobody holds; `forget` is told of each before it is ended."""

    def __init__(self, seconds: float, forget: Callable[[Held], None]) -> None:
        self._seconds = seconds
        self._forget = forget
        self._loop = asyncio.get_running_loop()
        self._queue: list[tuple[float, int, Held]] = []
        self._pushed = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    def let_go(self, held: Held) -> None:
        """Note that one more holds a session no longer."""
        held.holders -= 1
        held.due = self._loop.time() + self._seconds
        if not held.holders and not held.queued:
            self._push(held)
            self._set_timer()

    async def stop(self) -> None:
        """End nothing more; wait for what is being ended."""
        if self._timer is not None:
            self._timer.cancel()
        self._queue.clear()
        while self._ending:
            await asyncio.wait(self._ending)

    def _push(self, held: Held) -> None:
        held.queued = True
        self._pushed += 1
        heappush(self._queue, (held.due, self._pushed, held))

    def _set_timer(self) -> None:
        if not self._queue or self._queue[0][0] == float("inf"):
            return
        at = self._queue[0][0] + _OVERSHOOT
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        # In a context of its own: the borrower's may hold a whole web request.
        self._timer = self._loop.call_at(at, self._sweep, context=Context())

    def _sweep(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._queue and self._queue[0][0] <= now:
            held = heappop(self._queue)[2]
            held.queued = False
            if held.holders:
                continue  # Whoever holds it will let go of it.
            if held.due <= now:
                self._look(held, now)
            else:
                self._push(held)
        self._set_timer()

    def _look(self, held: Held, now: float) -> None:
        needed_for = held.session.needed_for
        if needed_for == 0:
            self._forget(held)
            task = self._loop.create_task(held.session.end())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            return
        held.due = now + (LOOK_AGAIN if needed_for is None else needed_for)
        self._push(held)

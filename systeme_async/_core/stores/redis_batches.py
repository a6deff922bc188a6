"""Steps on their way to a shared server, in batches: one round trip for each.

What comes while a batch is under way shares the next one. What nobody waits for stays for a
moment, so that it can go with whatever comes then: a program that makes one call after the
other ends each call and begins the next one in the same round trip.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from .redis_state import requests_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .redis_state import Request, Work

logger: Final = logging.getLogger("systeme_async")

COMPANY: Final = 0.002
"""Seconds that what nobody waits for stays, in case that something comes to go with it."""


class Batches:
    """Hands work to `carry_out`, a batch at a time and in the order in which it came."""

    def __init__(self, carry_out: Callable[[list[Work]], Awaitable[None]]) -> None:
        self._carry_out = carry_out
        self._queue: list[Work] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.held = False
        """Whether what comes stays until it is taken."""

    def add(self, work: Work) -> None:
        """Put work at the end of the queue, to go with the next batch."""
        self._queue.append(work)
        self._begin()

    def tell(self, request: Request) -> None:
        """Put work at the end of the queue that nobody waits for; it may stay for a moment."""
        request.future.add_done_callback(_log_failure)
        self._queue.append(request)
        if self._timer is None and self._task is None:
            self._timer = asyncio.get_running_loop().call_later(COMPANY, self._begin)

    def take(self) -> list[Work]:
        """Return what is in the queue, and empty it."""
        queue, self._queue = self._queue, []
        return queue

    async def drain(self) -> None:
        """Wait until everything in the queue has been carried out."""
        self._begin()
        if self._task is not None:
            await asyncio.wait([self._task])

    def abandon(self) -> None:
        """Carry out nothing more, where nothing can be awaited."""
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is None and self._queue and not self.held:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        batch: list[Work] = []
        try:
            while self._queue:
                batch = self.take()
                await self._carry_out(batch)
        finally:
            self._task = None
            for request in requests_of(batch + self._queue):
                request.future.cancel()


def _log_failure(told: asyncio.Future[Any]) -> None:
    error = None if told.cancelled() else told.exception()
    if error is not None:
        logger.error("the shared budget was not told what became of a request: %r", error)

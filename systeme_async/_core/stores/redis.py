"""The budget of many machines: one key in Redis or Valkey, and the server's clock for all.

Steps are computed here, from the last known state, and written if nobody else wrote meanwhile:
one round trip where nobody did (`redis_batches.py`). A step that was asked for is carried to its
end, whoever is cancelled; a lease that nobody waits for any more is given back.

A caller waits for the step that gives a lease. What became of the lease is told behind its back,
before anything that is asked for later; but for a 429, whose pause has to be known.

While the server is gone each process acts on a fixed share of the quota (`fallback.py`), nobody
waits for the server but one prober, and what it missed is told to it when it is back.
"""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar, cast

from ...errors import ClientStateError, ConfigurationError
from ..lease import Lease
from .envelope import begin
from .fallback import Fallback, overhear
from .redis_batches import Batches
from .redis_link import GoneError, Link
from .redis_state import Glance, RedisState, Request, Work, requests_of
from .server_clock import ServerClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...options import Quota
    from ..line import Line
    from ..shared import SharedBudget
    from . import Step

T = TypeVar("T")

logger: Final = logging.getLogger("systeme_async")

FIRST_PROBE: Final = 0.5
"""Seconds until a server that is gone is tried again; doubled each time."""
LAST_PROBE: Final = 10.0

_MANY: Final = 64
"""So many leases given here, and those that are settled are forgotten."""


class RedisStore:
    """Shares the budget of one account among all that reach the same server.

    `account` is the credential's fingerprint; `clock` is a local one that never jumps, in
    nanoseconds. Belongs to the event loop and the process of its first step.

    Raises `ConfigurationError` for an address that is none and where redis-py is missing; so
    does the first step where the server refuses the user or the password.
    """

    suspends = True

    def __init__(self, url: str, account: str, quota: Quota, clock: Callable[[], int]) -> None:
        self.process = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._quota = quota
        self._clock = ServerClock(clock)
        self._link = Link(url, f"systeme_async:budget:{account}", self._clock)
        self._state = RedisState(self._link, self._clock, self.process, quota)
        self._blank = begin(quota, self.now())
        self._owner: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._closed = False
        self._batches = Batches(self._carry_out)
        self._prober: asyncio.Task[None] | None = None
        self._fallback: Fallback | None = None
        self._ended: list[Fallback] = []
        """Those of earlier outages that still have leases out."""
        self._mine: set[int] = set()
        """Leases given here; the state knows which of them are still held."""

    def view(self) -> SharedBudget:
        """Return the state as last seen or, in an outage, the process's own once it counts."""
        fallback, known = self._fallback, self._state.known
        if fallback is not None and (known is None or self.now() >= fallback.starts_at):
            return fallback.budget
        return self._blank if known is None else known.budget

    def latest(self) -> SharedBudget:
        """Return the same: newer news would have to be waited for."""
        return self.view()

    async def look(self) -> SharedBudget:
        """Return the state as it is on the server, which takes one round trip and no write."""
        self._check_owner()
        if self._fallback is None:
            glance = Glance()
            self._batches.add(glance)
            await glance.future
        return self.view()

    @property
    def line(self) -> Line:
        """Who waits in which process, as this process has heard it last."""
        return self.view().line

    def now(self) -> int:
        """Return the server's clock, estimated from its last answer."""
        return self._clock.now()

    async def transact(self, step: Step[T]) -> T:
        """Apply a step, to a newer state once more where another process was faster.

        A step whose caller is cancelled gives no lease; any other takes effect all the same. One
        that settles a lease is on its way when this returns, unless it tells of a 429.
        """
        self._check_owner()
        ending = overhear(step, self.now())
        if ending is not None and (giver := self._giver_of(ending.lease)) is not None:
            return self._settle_late(giver, step)
        if self._fallback is not None and not self._batches.held:
            return self._fallback.apply(step, self.now())
        request = Request(step)
        if ending is not None and ending.kind != "refused":
            self._batches.tell(request)
            return cast("T", None)
        self._batches.add(request)
        try:
            result: T = await request.future
        except asyncio.CancelledError:
            # The outcome was there already, on its way to the one who is cancelled.
            if not request.future.cancelled() and isinstance(request.result, Lease):
                self._give_back(request.result)
            raise
        return result

    def _check_owner(self) -> None:
        here = (os.getpid(), asyncio.get_running_loop())
        self._owner = self._owner or here
        if self._owner != here:
            msg = "the shared budget was opened in another process or by another event loop"
            raise ClientStateError(msg)
        if self._closed:
            msg = "the shared budget is closed"
            raise ClientStateError(msg)

    def _giver_of(self, lease: Lease) -> Fallback | None:
        """Find the outage that gave a lease."""
        outages = [*self._ended, *filter(None, [self._fallback])]
        return next((outage for outage in outages if outage.gave(lease)), None)

    def _settle_late(self, fallback: Fallback, step: Step[T]) -> T:
        result = fallback.apply(step, self.now())
        self._ended = [other for other in self._ended if not other.over]
        return result

    async def _carry_out(self, batch: list[Work]) -> None:
        try:
            if any(work.writes for work in batch):
                await self._state.write(batch)
            else:
                await self._state.look()
        except GoneError as gone:
            fallback = self._begin_outage(str(gone))
            for request in requests_of(batch + self._batches.take()):
                request.carry_out(fallback, self.now())
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            for request in requests_of(batch):
                request.fail(error)
        else:
            for request in requests_of(batch):
                self._answer(request)

    def _answer(self, request: Request) -> None:
        lease = request.result
        if isinstance(lease, Lease):
            if request.future.cancelled():
                self._give_back(lease)
                return
            self._mine.add(lease.number)
            if len(self._mine) > _MANY:
                self._mine &= self._state.held
        request.answer()

    def _give_back(self, lease: Lease) -> None:
        giver = self._giver_of(lease)
        if giver is not None:
            self._settle_late(giver, lambda budget, _: budget.returned(lease))
        else:
            self._batches.add(Request(lambda budget, _: budget.returned(lease)))

    def _begin_outage(self, reason: str) -> Fallback:
        now, known = self.now(), self._state.known
        fallback = Fallback(self._quota, self.process, known, self._mine & self._state.held, now)
        self._fallback = fallback
        self._mine.clear()
        message = "the shared budget at %s can't be used (%s); until it is back this process %s"
        logger.warning(message, self._link.name, reason, fallback.describe(now))
        self._prober = asyncio.create_task(self._probe(fallback))
        return fallback

    async def _probe(self, fallback: Fallback) -> None:
        """Try the server at growing intervals until it is back, and tell it what it missed."""
        delay = FIRST_PROBE
        while self._fallback is fallback:
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_PROBE)
            with suppress(GoneError, ConfigurationError):
                await self._state.look()
                await self._return(fallback)
        self._prober = None
        logger.warning("the shared budget at %s is back", self._link.name)

    async def _return(self, fallback: Fallback) -> None:
        """Tell the server what it missed; whoever asks meanwhile waits, a round trip long."""
        self._batches.held = True
        try:
            await self._state.write([Work(fallback.hand_over)])
            self._fallback = None
            if not fallback.over:
                self._ended.append(fallback)
        finally:
            self._batches.held = False
            for work in self._batches.take():
                if self._fallback is None:
                    self._batches.add(work)
                elif isinstance(work, Request):
                    work.carry_out(fallback, self.now())

    async def aclose(self) -> None:
        """Carry out what has been asked for, leave those who share the budget, and disconnect."""
        if self._closed:
            return
        self._closed = True
        if self._prober is not None:
            self._prober.cancel()
            await asyncio.wait([self._prober])
        await self._batches.drain()
        if self._prober is not None:  # The last steps have met an outage.
            self._prober.cancel()
            await asyncio.wait([self._prober])
        if self._fallback is None and self._state.joined:
            with suppress(GoneError, ConfigurationError):
                await self._state.write([Work(lambda shared, _: shared.leave(self.process))])
        await self._link.aclose()

    def abandon(self) -> None:
        """Let go of the connection where nothing can be awaited."""
        self._closed = True
        self._batches.abandon()
        self._link.abandon()

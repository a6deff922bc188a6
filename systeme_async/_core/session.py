"""The session manager: gate, transport, report, verdict; the one loop that sends.

```
call ─► gate (lane, deadline) ─► transport ─► report ─► budget ─► verdict ─┬─► return
          ▲                                                                ├─► raise
          └──────────────────────── backoff ◄──────────────────────────────┘
```
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Final

import anyio

from .. import errors
from .adaptive import AdaptiveConcurrency
from .answer import Answer
from .attempt import Attempts, closed_error
from .clock import Clock
from .expiry import useful_until
from .gate import Gate
from .quota import SECOND
from .retries import Retries
from .slots import Slots
from .stores.choice import open_store
from .transport import Transport
from .trip import Trip
from .verdict import Action, Fate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..observing import Observer
    from ..options import CallOptions, Quota
    from .destination import Destination
    from .observation import Observers, Watch
    from .pooled import Pooled
    from .trip import Call, Departing

logger: Final = logging.getLogger("systeme_async")


class Session:
    """Sends calls for one account. Built without an event loop, opened by its first call."""

    def __init__(
        self,
        destination: Destination,
        *,
        quota: Quota,
        concurrency: int,
        budget: str = "memory",
        keep_alive: bool = True,
        retries: Retries | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._destination = destination
        self.base_url = destination.base_url
        self._quota = quota
        self._budget = budget
        self.concurrency = concurrency
        self._keep_alive = keep_alive
        self._retries = retries or Retries()
        self._observers = _told(observers) if observers else None
        self._pinned = destination.pin is None
        self._closed = False
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pooled: Pooled | None = None

    @property
    def name(self) -> tuple[str, str]:
        """Where it sends, and what the account's budget is filed under; neither tells the key."""
        return self.base_url, self.account

    def join(self, pooled: Pooled) -> None:
        """Open it in a pool, with whose clients it shares connections and slots."""
        self._pooled = pooled
        self.open()

    def open(self) -> None:
        """Make the pool and the budget in the running loop; a second time changes nothing."""
        if self._closed:
            raise closed_error()
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
            local = Clock(loop.time)
            self._pid = os.getpid()
            to = self._destination
            self.store = open_store(self._budget, self.account, self._quota, local.now)
            self.clock = Clock(loop.time, self.store.now)
            pace = None if to.pace is None else to.pace()
            self.slots = Slots(self.concurrency)
            pooled = self._pooled
            seats = None if pooled is None else pooled.seats(pace)
            self.gate = Gate(self.store, self.slots, pace, seats)
            adaptive = AdaptiveConcurrency(self.slots, self.store, self.clock.seconds)
            self._attempts = Attempts(
                to, self.gate, self.store, pace, self.clock, concurrency=adaptive
            )
            self._transport = Transport(
                to.base_url,
                to.headers,
                keep_alive=self._keep_alive,
                shared=None if pooled is None else pooled.connections,
            )
        elif self._loop is not loop:
            msg = "this client belongs to another event loop; open one client for each loop"
            raise errors.ClientStateError(msg)
        elif self._pid != os.getpid():
            msg = "this client was opened before a fork; open a new one in the child process"
            raise errors.ClientStateError(msg)

    @property
    def account(self) -> str:
        """What the account is filed under: no key is in it, and it can't be told from it."""
        return self._destination.account or self._destination.key.fingerprint()

    @property
    def opened(self) -> bool:
        """Whether there is a budget to look at yet."""
        return self._loop is not None

    @property
    def needed_for(self) -> float | None:
        """Seconds until nothing is lost by closing; None while calls wait or are in flight."""
        if self.gate.waiting or self.slots.taken:
            return None
        if self.store.process is not None:
            return 0.0  # What the budget knows is kept elsewhere.
        return max(0.0, self.clock.until(useful_until(self.store.view())))

    async def aclose(self) -> None:
        """Close the connections; calls under way fail, later ones are refused."""
        if self._pooled is not None and not self._closed:
            msg = "this client is lent by a pool, which closes it: leave its block instead"
            raise errors.ClientStateError(msg)
        await self.end()

    async def end(self) -> None:
        """Do so also where the client is a pool's."""
        if self._loop is not None and not self._closed:
            self.open()  # Refuse to close the connections of another loop or process.
            self._closed = True
            self.gate.close()
            if self._destination.pin is not None:
                await self._destination.pin.aclose()
            await self._transport.aclose()
            await self.gate.drain()
            await self.store.aclose()
        self._closed = True

    def abandon(self) -> None:
        """Forget the connections where no loop is left to close them in."""
        self._closed = True
        if self._loop is not None:
            self._transport.abandon()
            if self._destination.pin is not None:
                self._destination.pin.abandon()

    def watch(self, call: Call, options: CallOptions) -> Watch | None:
        """Return what tells the observers of a call; None where nobody observes."""
        if self._observers is None:
            return None
        self.open()  # A closed client is refused before there is anything to observe.
        return self._observers.watch(self, call, options)

    async def send(
        self,
        call: Call,
        options: CallOptions,
        deadline: int | None = None,
        watch: Watch | None = None,
        departing: Departing | None = None,
    ) -> Answer:
        """Send a call as often as its effect allows; return its success or raise.

        A `deadline` on the budget's clock goes before the one that the options set.
        """
        self.open()
        if deadline is None:
            deadline = self.deadline_of(options)
        trip = Trip(call, options, deadline, departing, source=self._destination.home)
        if not self._pinned:
            await self._pin(trip)
        while True:
            outcome = await self._attempts.make(trip, self._transport, watch)
            gone = trip.fate is not Fate.SUCCEEDED and self._gone(trip)
            worked = gone or trip.fate is Fate.SUCCEEDED
            action = Action.RETURN if worked else self._retries.next_action(trip, self.clock.now())
            if watch is not None:
                watch.attempt_ended(trip, action)
            if worked and isinstance(outcome, Answer):
                self._retries.succeeded(trip)
                return Answer(204, outcome.headers, b"") if gone else outcome
            if action is not Action.REPEAT:
                raise trip.error(action, self.datetime_of)
            await self._back_off(trip)

    def deadline_of(self, options: CallOptions) -> int | None:
        """Return when a call that begins now must have ended, on the budget's clock."""
        if options.deadline is None:
            return None
        self.open()
        return self.clock.now() + int(options.deadline * SECOND)

    def datetime_of(self, instant: int) -> datetime:
        """Tell people when an instant of the budget's clock is."""
        return self.clock.datetime_of(instant)

    def _gone(self, trip: Trip) -> bool:
        # A 404 of the gateway's tells nothing of what is there behind it.
        return trip.already_gone and trip.source == self._destination.home

    async def _pin(self, trip: Trip) -> None:
        """Learn which account all requests go to, before the first of them leaves."""
        pin = self._destination.pin
        left = None if trip.deadline is None else self.clock.until(trip.deadline)
        with anyio.move_on_after(left):
            if pin is not None:
                self._transport.add_headers(await pin.headers())
            self._pinned = True
            return
        msg = f"{trip.call.name}: its deadline passed while the connection was looked up"
        raise errors.DeadlineExceededError(msg, request=trip.call.name)

    async def _back_off(self, trip: Trip) -> None:
        if trip.fate is Fate.THROTTLED:
            return
        seconds = trip.backoff / SECOND
        logger.info("%s: %s; again in %.1f s", trip.call.name, trip.fate.value, seconds)
        await asyncio.sleep(seconds)

    @property
    def server_time(self) -> datetime | None:
        """What time it is on the server, by its last answer's Date; None without one."""
        return None if self._loop is None else self._attempts.server_time


def _told(observers: Sequence[Observer]) -> Observers:
    from .observation import Observers  # noqa: PLC0415 - most programs are not observed

    return Observers(observers)

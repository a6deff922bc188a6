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
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import anyio
from msgspec.structs import replace

from .. import errors
from .answer import Answer, Failure
from .gate import Gate, GateClosedError, OutOfTimeError
from .quota import SECOND, read_date
from .readable import LOOKED_AT
from .retries import Retries
from .stores.memory import MemoryStore
from .transport import Transport
from .trip import Trip
from .verdict import Action, Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..options import CallOptions, Quota
    from .destination import Destination
    from .lease import Lease
    from .trip import Call

logger: Final = logging.getLogger("systeme_async")

MAYBE_THE_ACCOUNT: Final = 2
"""429s of the gateway's in a row from which on the account pauses too: one that comes without a
word may be the account's, passed through."""


class Session:
    """Sends calls for one account. Built without an event loop, opened by its first call."""

    def __init__(
        self,
        destination: Destination,
        *,
        quota: Quota,
        concurrency: int,
        keep_alive: bool = True,
        retries: Retries | None = None,
    ) -> None:
        self._destination = destination
        self.base_url = destination.base_url
        self._quota = quota
        self.concurrency = concurrency
        self._keep_alive = keep_alive
        self._retries = retries or Retries()
        self._pinned = destination.pin is None
        self._closed = False
        self._pid = 0
        self._last_headers: Mapping[str, str] = {}
        self._last_heard = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Make the pool and the budget in the running loop; a second time changes nothing."""
        if self._closed:
            raise _closed_error()
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
            self._time = loop.time
            self._pid = os.getpid()
            self.store = MemoryStore(self._quota, self._now)
            to = self._destination
            self._pace = None if to.pace is None else to.pace()
            self.gate = Gate(self.store, self.concurrency, self._pace)
            self._transport = Transport(to.base_url, to.headers, keep_alive=self._keep_alive)
        elif self._loop is not loop:
            msg = "this client belongs to another event loop; open one client for each loop"
            raise errors.ClientStateError(msg)
        elif self._pid != os.getpid():
            msg = "this client was opened before a fork; open a new one in the child process"
            raise errors.ClientStateError(msg)

    @property
    def opened(self) -> bool:
        """Whether there is a budget to look at yet."""
        return self._loop is not None

    async def aclose(self) -> None:
        """Close the connections; calls under way fail, later ones are refused."""
        if self._loop is not None and not self._closed:
            self.open()  # Refuse to close the connections of another loop or process.
            self._closed = True
            self.gate.close()
            if self._destination.pin is not None:
                await self._destination.pin.aclose()
            await self._transport.aclose()
        self._closed = True

    def abandon(self) -> None:
        """Forget the connections where no loop is left to close them in."""
        self._closed = True
        if self._loop is not None:
            self._transport.abandon()
            if self._destination.pin is not None:
                self._destination.pin.abandon()

    async def send(self, call: Call, options: CallOptions, deadline: int | None = None) -> Answer:
        """Send a call as often as its effect allows; return its success or raise.

        A `deadline` on the budget's clock goes before the one that the options set.
        """
        self.open()
        trip = Trip(call, options, self.deadline_of(options) if deadline is None else deadline)
        if not self._pinned:
            await self._pin(trip)
        while True:
            outcome = await self._attempt(trip)
            if isinstance(outcome, Answer):
                gone = trip.fate is not Fate.SUCCEEDED and self._gone(trip)
                if gone or trip.fate is Fate.SUCCEEDED:
                    self._retries.succeeded(trip)
                    return Answer(204, outcome.headers, b"") if gone else outcome
            action = self._retries.next_action(trip, self._now())
            if action is not Action.REPEAT:
                raise trip.error(action, self.datetime_of)
            await self._back_off(trip)

    def deadline_of(self, options: CallOptions) -> int | None:
        """Return when a call that begins now must have ended, on the budget's clock."""
        if options.deadline is None:
            return None
        self.open()
        return self._now() + int(options.deadline * SECOND)

    def _gone(self, trip: Trip) -> bool:
        # A 404 of the gateway's tells nothing of what is there behind it.
        return trip.already_gone and trip.source == self._destination.home

    async def _pin(self, trip: Trip) -> None:
        """Learn which account all requests go to, before the first of them leaves."""
        pin, left = self._destination.pin, None
        if trip.deadline is not None:
            left = (trip.deadline - self._now()) / SECOND
        with anyio.move_on_after(left):
            if pin is not None:
                self._transport.add_headers(await pin.headers())
            self._pinned = True
            return
        msg = f"{trip.call.name}: its deadline passed while the connection was looked up"
        raise errors.DeadlineExceededError(msg, request=trip.call.name)

    async def _attempt(self, trip: Trip) -> Answer | Failure:
        try:
            lease = await self.gate.acquire(
                trip.options.lane, trip.deadline, again=trip.attempts > 0
            )
        except OutOfTimeError as late:
            raise trip.late_error(late.at, self.datetime_of) from None
        except GateClosedError:
            raise _closed_error() from None
        trip.attempts += 1
        call = trip.call
        try:
            outcome = await self._transport.send(
                call.method, call.target, call.body, call.content, trip.timeout(self._now)
            )
            if isinstance(outcome, Answer):
                outcome = self._heard(outcome)
                trip.take(outcome, self._destination.source_of(outcome))
            else:
                trip.take(outcome)
        except BaseException:
            # Cancelled: whether the bytes had left is unknown, so the token is spent.
            await self.gate.settle(lambda budget, now: budget.lost(lease, now))
            raise
        await self._settle(trip, lease)
        return outcome

    def _heard(self, answer: Answer) -> Answer:
        self._last_headers, self._last_heard = answer.headers, self._time()
        key = self._destination.key
        # An error page may repeat the request; what is made of it ends in logs.
        if not answer.is_odd and not key.shows_in(answer.body[:LOOKED_AT]):
            return answer
        headers = key.hidden_in_values(answer.headers)
        return replace(answer, headers=headers, body=key.hidden_in(answer.body))

    async def _settle(self, trip: Trip, lease: Lease) -> None:
        """Tell budget and pace what came of an attempt; a 429 pauses the one that it is about."""
        pace = self._pace
        if trip.fate is Fate.THROTTLED and pace is not None and trip.source == "maton":
            pace.refused(lease.turn, trip.report(time.time_ns))
            if pace.refused_in_a_row < MAYBE_THE_ACCOUNT:
                # The gateway kept it to itself: nothing of the account's quota is spent.
                trip.retry_at = pace.paused_until
                await self.gate.settle(lambda budget, _: budget.returned(lease))
                self._log_pause(trip.call, pace.paused_until)
                return
        elif pace is not None and isinstance(trip.outcome, Answer):
            pace.succeeded()
        pauses = self.store.view().pause.in_a_row
        await self.gate.settle(trip.lesson(lease, time.time_ns))
        if trip.fate is Fate.THROTTLED:
            pause = self.store.view().pause
            trip.retry_at = pause.until
            if pause.in_a_row > pauses:
                self._log_pause(trip.call, pause.until)

    def _log_pause(self, call: Call, until: int) -> None:
        seconds = (until - self._now()) / SECOND
        logger.warning("429 for %s: everybody pauses for %.1f s", call.name, seconds)

    async def _back_off(self, trip: Trip) -> None:
        if trip.fate is Fate.THROTTLED:
            return
        seconds = trip.backoff / SECOND
        logger.info("%s: %s; again in %.1f s", trip.call.name, trip.fate.value, seconds)
        await asyncio.sleep(seconds)

    @property
    def server_time(self) -> datetime | None:
        """What time it is on the server, by its last answer's Date; None without one."""
        said = read_date(self._last_headers.get("Date", ""))
        if said is None:
            return None
        since = self._time() - self._last_heard
        return datetime.fromtimestamp(said / SECOND + since, UTC)

    def datetime_of(self, instant: int) -> datetime:
        """Tell people when an instant of the budget's clock is."""
        seconds = (instant - self._now()) / SECOND
        return datetime.now(UTC) + timedelta(seconds=seconds)

    def _now(self) -> int:
        return int(self._time() * SECOND)


def _closed_error() -> errors.ClientStateError:
    return errors.ClientStateError("this client is closed; open a new one")

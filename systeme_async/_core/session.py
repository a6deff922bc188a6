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
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from .. import errors
from .answer import Answer, Failure
from .gate import Gate, GateClosedError, OutOfTimeError
from .quota import SECOND, read_date, read_report
from .stores.memory import MemoryStore
from .transport import Transport
from .trip import Trip
from .verdict import Action, Fate, RetryQuota, backoff, decide, fate_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..options import CallOptions, Quota
    from .lease import Lease
    from .secret import Secret
    from .stores import Step
    from .trip import Call

logger: Final = logging.getLogger("systeme_async")

LONGEST_BACKOFF_ADVISED: Final = 60 * SECOND
"""A failing server that asks for more patience gets none: the call fails instead."""


class Session:
    """Sends calls for one account. Built without an event loop, opened by its first call."""

    def __init__(
        self,
        base_url: str,
        key: Secret,
        headers: Mapping[str, str],
        *,
        quota: Quota,
        concurrency: int,
        keep_alive: bool = True,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.base_url = base_url
        self._key = key
        self._headers = headers
        self._quota = quota
        self.concurrency = concurrency
        self._keep_alive = keep_alive
        self._jitter = jitter
        self._retry_quota = RetryQuota()
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
            self.gate = Gate(self.store, self.concurrency)
            self._transport = Transport(self.base_url, self._headers, keep_alive=self._keep_alive)
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
            await self._transport.aclose()
        self._closed = True

    def abandon(self) -> None:
        """Forget the connections where no loop is left to close them in."""
        self._closed = True
        if self._loop is not None:
            self._transport.abandon()

    async def send(self, call: Call, options: CallOptions, deadline: int | None = None) -> Answer:
        """Send a call as often as its effect allows; return its success or raise.

        A `deadline` on the budget's clock goes before the one that the options set.
        """
        self.open()
        trip = Trip(call, options, self.deadline_of(options) if deadline is None else deadline)
        while True:
            outcome = await self._attempt(trip)
            if isinstance(outcome, Answer) and (trip.fate is Fate.SUCCEEDED or trip.already_gone):
                self._retry_quota.give_back(trip.repeats_paid)
                return Answer(204, outcome.headers, b"") if trip.already_gone else outcome
            action = self._next_action(trip)
            if action is not Action.REPEAT:
                raise trip.error(action, self.datetime_of)
            await self._back_off(trip)

    def deadline_of(self, options: CallOptions) -> int | None:
        """Return when a call that begins now must have ended, on the budget's clock."""
        if options.deadline is None:
            return None
        self.open()
        return self._now() + int(options.deadline * SECOND)

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
        except BaseException:
            # Cancelled: whether the bytes had left is unknown, so the token is spent.
            await self.gate.settle(lambda budget, now: budget.lost(lease, now))
            raise
        if isinstance(outcome, Answer):
            self._last_headers, self._last_heard = outcome.headers, self._time()
            if outcome.is_odd and self._key.shows_in(outcome.body):
                # An error page may repeat the request; what is made of it ends in logs.
                outcome = replace(outcome, body=self._key.hidden_in(outcome.body))
        trip.take(outcome)
        pauses = self.store.view().pause.in_a_row
        await self.gate.settle(_told_by(outcome, lease))
        if trip.fate is Fate.THROTTLED:
            pause = self.store.view().pause
            trip.retry_at = pause.until
            if pause.in_a_row > pauses:
                self._log_pause(trip.call, pause.until)
        return outcome

    def _log_pause(self, call: Call, until: int) -> None:
        seconds = (until - self._now()) / SECOND
        logger.warning("429 for %s: everybody pauses for %.1f s", call.name, seconds)

    def _next_action(self, trip: Trip) -> Action:
        effect, fate = trip.call.effect, trip.fate
        action = decide(effect, fate, may_repeat=True)
        if action is Action.REPEAT and not self._may_repeat(trip):
            return decide(effect, fate, may_repeat=False)
        return action

    def _may_repeat(self, trip: Trip) -> bool:
        if trip.attempts >= trip.options.max_attempts:
            return False
        if trip.fate is Fate.THROTTLED:
            return True  # The gate knows when: no backoff, and no cost to the retry quota.
        trip.backoff = self._backoff(trip)
        if trip.backoff > LONGEST_BACKOFF_ADVISED:
            return False
        if trip.deadline is not None and self._now() + trip.backoff >= trip.deadline:
            return False
        if not self._retry_quota.take():
            logger.warning("too many calls fail: %s is not repeated", trip.call.name)
            return False
        trip.repeats_paid += 1
        return True

    def _backoff(self, trip: Trip) -> int:
        own = backoff(trip.attempts, self._jitter())
        if not isinstance(trip.outcome, Answer):
            return own
        return max(own, read_report(trip.outcome.headers, time.time_ns).retry_after or 0)

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


def _told_by(outcome: Answer | Failure, lease: Lease) -> Step[None]:
    """Choose how the budget learns what came of an attempt."""
    if isinstance(outcome, Answer):
        report = read_report(outcome.headers, time.time_ns)
        if fate_of(outcome.status) is Fate.THROTTLED:
            return lambda budget, now: budget.refused(lease, report, now)
        return lambda budget, now: budget.answered(lease, report, now)
    if outcome.sent:
        return lambda budget, now: budget.lost(lease, now)
    return lambda budget, _: budget.returned(lease)

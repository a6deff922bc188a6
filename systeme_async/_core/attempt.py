"""One attempt of a call: gate, transport, what was heard, and what the budget learns from it."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from .. import errors
from .answer import Answer, Failure
from .gate import GateClosedError, OutOfTimeError
from .quota import SECOND, read_date
from .readable import LOOKED_AT
from .verdict import Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .adaptive import AdaptiveConcurrency
    from .clock import Clock
    from .destination import Destination
    from .gate import Gate
    from .lease import Lease
    from .observation import Watch
    from .pace import Pace
    from .stores import Store
    from .transport import Transport
    from .trip import Departing, Trip
    from .width import Flight

logger: Final = logging.getLogger("systeme_async")

MAYBE_THE_ACCOUNT: Final = 2
"""429s of the gateway's in a row from which on the account pauses too: one that comes without a
word may be the account's, passed through."""


class Attempts:
    """Tries calls to one destination, each of them once when asked to."""

    def __init__(
        self,
        destination: Destination,
        gate: Gate,
        store: Store,
        pace: Pace | None,
        clock: Clock,
        *,
        concurrency: AdaptiveConcurrency,
    ) -> None:
        self._destination = destination
        self._gate = gate
        self._store = store
        self._pace = pace
        self._clock = clock
        self._concurrency = concurrency
        self._last_headers: Mapping[str, str] = {}
        self._last_heard = 0.0

    async def make(
        self, trip: Trip, transport: Transport, watch: Watch | None = None
    ) -> Answer | Failure:
        """Wait for a lease, send the call once, and note on the trip what came of it."""
        if watch is not None:
            watch.queued()
        try:
            patience = trip.waits_until(self._store.now)
            lease = await self._gate.acquire(trip.options.lane, patience, again=trip.attempts > 0)
        except OutOfTimeError as late:
            raise trip.late_error(late.at, self._clock.datetime_of) from None
        except GateClosedError:
            raise closed_error() from None
        if trip.departing is not None:
            await self._announce(trip.departing, lease)
        trip.attempts += 1
        call = trip.call
        if watch is not None:
            watch.left()
        flight = self._concurrency.left()
        try:
            outcome = await transport.send(
                call.method, call.target, call.body, call.content, trip.timeout(self._clock.now)
            )
            if isinstance(outcome, Answer):
                outcome = self._heard(outcome)
                trip.take(outcome, self._destination.source_of(outcome))
            else:
                trip.take(outcome)
            if watch is not None:
                watch.came_back(trip)
        except BaseException:
            # Cancelled: whether the bytes had left is unknown, so the token is spent.
            self._concurrency.given_up(flight, call)
            await self._gate.settle(lambda budget, now: budget.lost(lease, now))
            raise
        await self._settle(trip, lease, watch, flight)
        return outcome

    async def _announce(self, departing: Departing, lease: Lease) -> None:
        try:
            await departing()
        except BaseException:
            await self._gate.settle(lambda budget, _: budget.returned(lease))
            raise

    def _heard(self, answer: Answer) -> Answer:
        self._last_headers, self._last_heard = answer.headers, self._clock.seconds()
        key = self._destination.key
        # An error page may repeat the request; what is made of it ends in logs.
        if not answer.is_odd and not key.shows_in(answer.body[:LOOKED_AT]):
            return answer
        headers = key.hidden_in_values(answer.headers)
        return replace(answer, headers=headers, body=key.hidden_in(answer.body))

    async def _settle(
        self, trip: Trip, lease: Lease, watch: Watch | None, flight: Flight | None
    ) -> None:
        """Tell budget and pace what came of an attempt; a 429 pauses the one that it is about."""
        self._concurrency.landed(flight)
        pace = self._pace
        if trip.fate is Fate.THROTTLED and pace is not None and trip.source == "maton":
            pace.refused(lease.turn, trip.report(time.time_ns))
            if pace.refused_in_a_row < MAYBE_THE_ACCOUNT:
                # The gateway kept it to itself: nothing of the account's quota is spent.
                trip.retry_at = pace.paused_until
                await self._gate.settle(lambda budget, _: budget.returned(lease))
                self._tell_pause(trip, pace.paused_until, watch)
                return
        elif pace is not None and isinstance(trip.outcome, Answer):
            pace.succeeded()
        pauses = self._store.view().pause.in_a_row
        await self._gate.settle(trip.lesson(lease, time.time_ns))
        self._concurrency.learn(flight, trip)
        if trip.fate is Fate.THROTTLED:
            pause = self._store.view().pause
            trip.retry_at = pause.until
            if pause.in_a_row > pauses:
                self._tell_pause(trip, pause.until, watch)

    def _tell_pause(self, trip: Trip, until: int, watch: Watch | None) -> None:
        seconds = self._clock.until(until)
        logger.warning("429 for %s: everybody pauses for %.1f s", trip.call.name, seconds)
        if watch is not None:
            watch.paused(trip.source, seconds, self._clock.datetime_of(until))

    @property
    def server_time(self) -> datetime | None:
        """What time it is on the server, by its last answer's Date; None without one."""
        said = read_date(self._last_headers.get("Date", ""))
        if said is None:
            return None
        since = self._clock.seconds() - self._last_heard
        return datetime.fromtimestamp(said / SECOND + since, UTC)


def closed_error() -> errors.ClientStateError:
    """Explain that nothing is sent any more."""
    return errors.ClientStateError("this client is closed; open a new one")

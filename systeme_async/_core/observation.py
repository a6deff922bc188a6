"""Tells observers what becomes of a call. Loaded only where somebody observes."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from typing import TYPE_CHECKING, Final, Self

from ..observing import AttemptEnded, CallEnded, CallStarted, ObservedCall, Paused
from .answer import Answer
from .quota import SECOND
from .verdict import Action, Fate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from types import TracebackType

    from ..errors import Source
    from ..observing import FailureKind, Observation, Observer
    from ..options import CallOptions
    from .session import Session
    from .trip import Call, Trip

logger: Final = logging.getLogger("systeme_async")


class Observers:
    """Those who are told; what one of them raises is logged once and goes no further."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)
        self._failed: set[int] = set()

    def watch(self, session: Session, call: Call, options: CallOptions) -> Watch:
        """Return what tells them of one call, from its beginning to its end."""
        observed = ObservedCall(
            method=call.method,
            template=call.template,
            lane=options.lane,
            base_url=session.base_url,
        )
        return Watch(self, session, observed)

    def tell(self, observation: Observation) -> None:
        """Call one after the other."""
        for place, observer in enumerate(self._observers):
            try:
                observer(observation)
            except Exception:
                if place not in self._failed:
                    self._failed.add(place)
                    logger.exception("the observer %r failed, which is logged this once", observer)


class Watch:
    """Follows one call, within `with`; the send loop says where it is."""

    __slots__ = (
        "_attempts",
        "_began",
        "_call",
        "_failure",
        "_left",
        "_observers",
        "_queued",
        "_seconds",
        "_session",
        "_source",
        "_status",
        "_took",
        "_under_way",
    )

    def __init__(self, observers: Observers, session: Session, call: ObservedCall) -> None:
        self._observers = observers
        self._session = session
        self._seconds = session.clock.seconds
        self._call = call
        self._attempts = 0
        self._under_way = False
        self._queued = self._left = 0.0

    def __enter__(self) -> Self:
        self._began = self._seconds()
        self._observers.tell(CallStarted(call=self._call))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._under_way and kind is not None:
            self._interrupted(kind)
        took = self._seconds() - self._began
        self._observers.tell(
            CallEnded(call=self._call, error=kind, attempts=self._attempts, took=took)
        )

    def queued(self) -> None:
        """Note when the call asks for a lease."""
        self._queued = self._seconds()

    def left(self) -> None:
        """Note when it has one."""
        self._attempts += 1
        self._under_way = True
        self._left = self._seconds()
        self._took: float | None = None
        self._status: int | None = None
        self._failure: FailureKind | None = None
        self._source: Source | None = None

    def came_back(self, trip: Trip) -> None:
        """Note what the attempt ended in."""
        self._took = self._seconds() - self._left
        outcome = trip.outcome
        if isinstance(outcome, Answer):
            self._status, self._source = outcome.status, trip.source
        elif not outcome.sent:
            self._failure = "not_sent"
        else:
            self._failure = "timed_out" if outcome.timed_out else "lost"

    def attempt_ended(self, trip: Trip, action: Action) -> None:
        """Tell of an attempt, once it is decided what comes next."""
        retry_in: float | None = None
        if action is Action.REPEAT and trip.fate is not Fate.THROTTLED:
            retry_in = trip.backoff / SECOND
        elif action is Action.REPEAT:
            at = trip.retry_at
            retry_in = 0.0 if at is None else max(0.0, self._session.clock.until(at))
        self._tell_of_attempt(retry_in)

    def paused(self, by: Source, seconds: float, until: datetime) -> None:
        """Tell of the pause that this call's 429 has begun."""
        self._observers.tell(Paused(call=self._call, by=by, seconds=seconds, until=until))

    def _interrupted(self, kind: type[BaseException]) -> None:
        """Tell of the attempt that was under way when the call was cancelled."""
        if self._took is None:
            self._took = self._seconds() - self._left
            self._failure = "cancelled" if issubclass(kind, CancelledError) else "lost"
        self._tell_of_attempt(None)

    def _tell_of_attempt(self, retry_in: float | None) -> None:
        self._under_way = False
        session, credit = self._session, self._session.store.view().credit
        self._observers.tell(
            AttemptEnded(
                call=self._call,
                number=self._attempts,
                status=self._status,
                failure=self._failure,
                source=self._source,
                waited=self._left - self._queued,
                took=self._took or 0.0,
                retry_in=retry_in,
                remaining=None if credit is None else max(0, credit),
                waiting=session.gate.waiting,
            )
        )

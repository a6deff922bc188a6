"""Adapts how many requests are in flight to the server, as long as it tells of no quota.

Under a quota it is the budget that says how many may leave, and `concurrency` only bounds them;
there is nothing to be found out about the server then, and nothing is measured.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from .answer import Failure
from .quota import SECOND
from .verdict import Fate
from .width import NARROWEST, Width

if TYPE_CHECKING:
    from collections.abc import Callable

    from .budget import Budget
    from .slots import Slots
    from .stores import Store
    from .trip import Call, Trip
    from .width import Flight

logger: Final = logging.getLogger("systeme_async")

FAILURES: Final = frozenset({Fate.FAILED, Fate.THROTTLED, Fate.LOST, Fate.NOT_SENT})
"""What a server that has too much to do may answer, or not answer. Being refused for what was
asked says nothing of that, and how long it takes says nothing of how long a success takes."""


class AdaptiveConcurrency:
    """Sets the slots of one client: all of them under a quota, as many as go well without one."""

    def __init__(self, slots: Slots, store: Store, seconds: Callable[[], float]) -> None:
        self._slots = slots
        self._store = store
        self._seconds = seconds
        self._concurrency = slots.most
        self._width = Width(slots.most)
        self._adapts = False
        self._choose()

    def left(self) -> Flight | None:
        """Note that a request leaves, its slot taken; None where nothing is to be measured."""
        if not self._adapts:
            return None
        return self._width.left(self._slots.taken, int(self._seconds() * SECOND))

    def landed(self, flight: Flight | None) -> None:
        """Note when its answer has come in."""
        if flight is not None:
            flight.took = int(self._seconds() * SECOND) - flight.left_at

    def learn(self, flight: Flight | None, trip: Trip) -> None:
        """Learn from what came of an attempt, once the budget has."""
        if flight is not None:
            call, fate, outcome = trip.call, trip.fate, trip.outcome
            endpoint, before = (call.method, call.template), self._width.size
            if fate is Fate.SUCCEEDED:
                self._width.succeeded(flight, endpoint)
            elif isinstance(outcome, Failure) and outcome.timed_out and trip.cut_short:
                self._width.given_up(flight, endpoint)
            elif fate in FAILURES:
                self._width.failed(flight)
            self._tell(before, call)
        self._choose()

    def given_up(self, flight: Flight | None, call: Call) -> None:
        """Learn from a call that was cancelled under way."""
        if flight is not None:
            before = self._width.size
            self.landed(flight)
            self._width.given_up(flight, (call.method, call.template))
            self._tell(before, call)
            self._choose()

    def _tell(self, before: int, call: Call) -> None:
        now = self._width.size
        if now < before:
            logger.info("%s shows that the server is busy: %d in flight at most", call.name, now)

    def _choose(self) -> None:
        """Choose who bounds what is in flight; the budget may have heard of a quota since."""
        self._adapts = self._concurrency > NARROWEST and _tells_nothing(self._store.view())
        self._slots.most = self._width.size if self._adapts else self._concurrency


def _tells_nothing(budget: Budget) -> bool:
    """Tell whether nobody has named a quota, neither the server nor the caller."""
    return budget.credit is None and budget.limit is None and budget.ceiling is None

"""Whether a call is tried once more, and after how long: the verdict, and what repeats may cost."""

from __future__ import annotations

import logging
import random
import time
from typing import TYPE_CHECKING, Final

from .answer import Answer
from .quota import SECOND, read_report
from .verdict import Action, Fate, RetryQuota, backoff, decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from .trip import Trip

logger: Final = logging.getLogger("systeme_async")

LONGEST_BACKOFF_ADVISED: Final = 60 * SECOND
"""A failing server that asks for more patience gets none: the call fails instead."""


class Retries:
    """Decides for all calls of a session; `jitter` returns numbers in [0, 1)."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._quota = RetryQuota()

    def succeeded(self, trip: Trip) -> None:
        """Take a success into account, with what its repeats had cost."""
        self._quota.give_back(trip.repeats_paid)

    def next_action(self, trip: Trip, now: int) -> Action:
        """Say what comes after a failed attempt; where it is REPEAT, the backoff is set."""
        effect, fate = trip.call.effect, trip.fate
        action = decide(effect, fate, may_repeat=True)
        if action is Action.REPEAT and not self._may_repeat(trip, now):
            return decide(effect, fate, may_repeat=False)
        return action

    def _may_repeat(self, trip: Trip, now: int) -> bool:
        if trip.attempts >= trip.options.max_attempts:
            return False
        if trip.fate is Fate.THROTTLED:
            return True  # The gate knows when: no backoff, and no cost to the retry quota.
        trip.backoff = self._backoff(trip)
        if trip.backoff > LONGEST_BACKOFF_ADVISED:
            return False
        if trip.deadline is not None and now + trip.backoff >= trip.deadline:
            return False
        if not self._quota.take():
            logger.warning("too many calls fail: %s is not repeated", trip.call.name)
            return False
        trip.repeats_paid += 1
        return True

    def _backoff(self, trip: Trip) -> int:
        own = backoff(trip.attempts, self._jitter())
        if not isinstance(trip.outcome, Answer):
            return own
        return max(own, read_report(trip.outcome.headers, time.time_ns).retry_after or 0)

"""When a call may leave at the earliest, and for whom in line that is too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forecast import forecast

if TYPE_CHECKING:
    from .pace import Pace
    from .stores import Store
    from .waiting import Lines, Waiter


class Outlook:
    """Looks ahead for the gate, so that nobody waits in vain until a deadline is over."""

    def __init__(self, store: Store, lines: Lines, pace: Pace | None) -> None:
        self._store = store
        self._lines = lines
        self._pace = pace
        self._looked_until = 0

    def earliest(self, ahead: int) -> int:
        """Say when a call with `ahead` others before it may leave, at the earliest."""
        earliest = forecast(self._store.view(), self._store.now(), ahead)
        if self._pace is None:
            return earliest
        spaced = max(self._store.now(), self._pace.paused_until) + ahead * self._pace.gap
        return max(earliest, spaced)

    def mark_hopeless(self, until: int | None) -> None:
        """Wake those whose deadline ends before there can be room for them; once for each wait."""
        if until is None or until == self._looked_until:
            return
        self._looked_until = until
        for place, waiter in self._lines:
            if waiter.deadline is not None:
                self.mark_if_hopeless(waiter, self._lines.ahead_of(waiter.lane, place))

    def mark_if_hopeless(self, waiter: Waiter, ahead: int) -> None:
        """Wake a waiter for whom it is too late, `ahead` others being before it."""
        now, deadline = self._store.now(), waiter.deadline
        earliest = self.earliest(ahead)
        if deadline is not None and (earliest > deadline or now >= deadline):
            waiter.hopeless_before = earliest
            waiter.woken.set()

"""The calls that wait in this process: one line for each lane."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import anyio

from ..options import Lane
from .line import BULK_TURN, Waiting, ahead

if TYPE_CHECKING:
    from collections.abc import Iterator


class Waiter:
    """One call in line; instants are on the store's clock."""

    __slots__ = ("deadline", "hopeless_before", "lane", "since", "turned_away", "woken")

    def __init__(self, lane: Lane, since: int, deadline: int | None) -> None:
        self.lane = lane
        self.since = since
        self.deadline = deadline
        self.hopeless_before: int | None = None
        self.turned_away = False
        self.woken = anyio.Event()


class Lines:
    """Who waits, in the order in which they are served."""

    def __init__(self) -> None:
        self.count = 0
        """Calls in line."""
        self._lines: dict[Lane, deque[Waiter]] = {lane: deque() for lane in Lane}
        self._interactive_in_a_row = 0

    def __iter__(self) -> Iterator[tuple[int, Waiter]]:
        """Go through all waiters, each with its place in its lane."""
        for line in self._lines.values():
            yield from enumerate(line)

    def add(self, waiter: Waiter, *, in_front: bool) -> int:
        """Put a waiter at the end or in front of its lane; return its place there."""
        line = self._lines[waiter.lane]
        self.count += 1
        if not in_front:
            line.append(waiter)
            return len(line) - 1
        if line:
            waiter.since = min(waiter.since, line[0].since)
        line.appendleft(waiter)
        return 0

    def remove(self, waiter: Waiter) -> None:
        """Let a waiter go, served or not."""
        self._lines[waiter.lane].remove(waiter)
        self.count -= 1

    def first(self, lane: Lane) -> Waiter | None:
        """Return the first waiter of a lane."""
        line = self._lines[lane]
        return line[0] if line else None

    @property
    def counts(self) -> dict[Lane, int]:
        """Calls in line, by lane."""
        return {lane: len(line) for lane, line in self._lines.items()}

    def told_by(self, lane: Lane, since: int, asker: Waiter | None) -> dict[Lane, Waiting]:
        """Say who waits, as the first of a lane tells it; without an `asker` it is not in line."""
        told = {
            other: Waiting(line[0].since if line else None, len(line))
            for other, line in self._lines.items()
        }
        told[lane] = Waiting(since, told[lane].calls + (asker is None))
        return told

    def head(self) -> Waiter | None:
        """Return whose turn it is, as far as this process goes."""
        interactive, bulk = self._lines[Lane.INTERACTIVE], self._lines[Lane.BULK]
        if bulk and (not interactive or self._interactive_in_a_row >= BULK_TURN - 1):
            return bulk[0]
        return interactive[0] if interactive else None

    def pass_on(self) -> bool:
        """Let interactive calls go before bulk, which can't use its turn; tell if it had one."""
        had_turn = self._interactive_in_a_row >= BULK_TURN - 1
        self._interactive_in_a_row = 0
        return had_turn and bool(self._lines[Lane.INTERACTIVE])

    def served(self, lane: Lane) -> None:
        """Take note of a lease: bulk calls must not be overtaken for ever."""
        overtook = lane is Lane.INTERACTIVE and bool(self._lines[Lane.BULK])
        self._interactive_in_a_row = self._interactive_in_a_row + 1 if overtook else 0

    def ahead_of(self, lane: Lane, place: int) -> int:
        """Count those who will be served before the one at this place of the lane."""
        interactive, bulk = len(self._lines[Lane.INTERACTIVE]), len(self._lines[Lane.BULK])
        return ahead(lane, place, interactive, bulk, self._interactive_in_a_row)

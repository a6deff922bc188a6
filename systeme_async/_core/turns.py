"""Whose turn it is among many accounts, where only so many requests may be in flight.

Pure. Accounts take turns, however many calls each of them has: one that got a slot stands at the
end again. Interactive calls go before bulk ones, the last slots are kept for them, and while bulk
calls wait every tenth slot is bulk's. A slot is offered before it is used, so that whoever can't
use it, for its account has no quota left, hands it on at once.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from ..options import Lane
from .line import BULK_TURN

Who = TypeVar("Who", bound=Hashable)


class Turns(Generic[Who]):
    """So many slots, and the lines of those who want one: at most one place for each."""

    def __init__(self, most: int, *, kept: int = 0) -> None:
        self.most = most
        """Slots in all."""
        self.kept = kept
        """How many of them bulk calls leave free, unless it is their turn."""
        self.taken = 0
        """Slots in use or on offer."""
        self._lines: dict[Lane, dict[Who, None]] = {lane: {} for lane in Lane}
        self._offered: set[Who] = set()
        self._overtaken = 0

    @property
    def waiting(self) -> int:
        """Accounts in line."""
        return sum(map(len, self._lines.values()))

    def want(self, who: Who, lane: Lane) -> bool:
        """Tell whether a slot is on offer to one who wants it now; else it stands in line.

        A place in line is kept, and becomes an interactive one if that is asked for.
        """
        if who in self._offered:
            return True
        if lane is Lane.INTERACTIVE:
            self._lines[Lane.BULK].pop(who, None)
        if who not in self._lines[Lane.INTERACTIVE]:
            self._lines[lane].setdefault(who)
        # Nobody else can be next: everybody who could have had a slot has been offered one.
        return self._is_next(who) and self.next_up() == who

    def hurry(self, who: Who) -> None:
        """Make a place in line, if there is one, an interactive one."""
        if who in self._lines[Lane.BULK]:
            del self._lines[Lane.BULK][who]
            self._lines[Lane.INTERACTIVE][who] = None

    def use(self, who: Who) -> None:
        """Make use of the slot on offer."""
        self._offered.remove(who)

    def leave(self, who: Who) -> None:
        """Want nothing any more: give up the place in line, and the slot on offer."""
        for line in self._lines.values():
            line.pop(who, None)
        if who in self._offered:
            self._offered.remove(who)
            self.taken -= 1

    def give_back(self) -> None:
        """Free a slot that was used."""
        self.taken -= 1

    def next_up(self) -> Who | None:
        """Offer a free slot to whoever is next and return who that is; None if there is nobody.

        To be asked until it returns None, after everything but `use`.
        """
        lane = self._next_lane()
        if lane is None:
            return None
        who = self._first(lane)
        del self._lines[lane][who]
        overtakes = lane is Lane.INTERACTIVE and bool(self._lines[Lane.BULK])
        self._overtaken = self._overtaken + 1 if overtakes else 0
        self.taken += 1
        self._offered.add(who)
        return who

    def _is_next(self, who: Who) -> bool:
        lane = self._next_lane()
        return lane is not None and self._first(lane) == who

    def _first(self, lane: Lane) -> Who:
        return next(iter(self._lines[lane]))

    def _next_lane(self) -> Lane | None:
        free = self.most - self.taken
        if free < 1:
            return None
        people, jobs = self._lines[Lane.INTERACTIVE], self._lines[Lane.BULK]
        due = self._overtaken >= BULK_TURN - 1
        if jobs and (due or (not people and free > self.kept)):
            return Lane.BULK
        return Lane.INTERACTIVE if people else None

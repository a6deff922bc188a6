"""Who waits for one budget in several processes, and whose turn it is.

Pure. Each process tells since when the first waiter of each of its lanes has waited, as often as
it asks, and how many wait there: the first decides whose turn it is, the second is for people to
see. So the same rules hold between processes as within one: interactive calls before bulk, in
each lane whoever came first, and every tenth lease is bulk's while bulk calls wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from ..options import Lane
from .quota import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

BULK_TURN: Final = 10
"""While bulk calls wait, every tenth lease is theirs however many interactive ones wait."""

PLACE_LIFE: Final = 3 * SECOND
"""How long a process keeps its place without asking again: it may have been killed."""


class Waiting(NamedTuple):
    """What a process tells of one of its lanes."""

    since: int | None
    """Since when the first waiter waits, or None."""
    calls: int = 0
    """How many wait."""


class Place(msgspec.Struct):
    """Where a process stands: since when the first waiter of each lane waits, or None."""

    interactive: int | None
    bulk: int | None
    seen: int
    """When the process asked last."""
    interactive_count: int = 0
    bulk_count: int = 0

    @classmethod
    def of(cls, told: Mapping[Lane, Waiting], now: int) -> Place:
        """Take down what a process tells."""
        interactive, bulk = told[Lane.INTERACTIVE], told[Lane.BULK]
        return cls(interactive.since, bulk.since, now, interactive.calls, bulk.calls)

    def since(self, lane: Lane) -> int | None:
        """Tell since when somebody waits in a lane."""
        return self.interactive if lane is Lane.INTERACTIVE else self.bulk

    def count(self, lane: Lane) -> int:
        """Tell how many wait in a lane; a process of an earlier version tells no number."""
        told = self.interactive_count if lane is Lane.INTERACTIVE else self.bulk_count
        return told if self.since(lane) is None else max(1, told)

    def served(self, lane: Lane) -> None:
        """Take note that the first waiter of a lane has gone; the next one asks for itself."""
        left = max(0, self.count(lane) - 1)
        if lane is Lane.INTERACTIVE:
            self.interactive, self.interactive_count = None, left
        else:
            self.bulk, self.bulk_count = None, left

    @property
    def empty(self) -> bool:
        """Whether nobody waits any more."""
        return not any(self.count(lane) for lane in Lane)


class Line(msgspec.Struct):
    """The places of all processes in which somebody waits."""

    places: dict[str, Place] = msgspec.field(default_factory=dict[str, Place])
    overtaken: int = 0
    """Interactive leases in a row while bulk calls waited."""

    def stand(self, process: str, place: Place, now: int) -> None:
        """Take a place, or keep it; places of processes that ask no more are given up."""
        for other in [name for name, held in self.places.items() if held.seen + PLACE_LIFE <= now]:
            del self.places[other]
        if place.empty:
            self.places.pop(process, None)
        else:
            self.places[process] = place

    def turn(self, process: str, room: int) -> Lane | None:
        """Say which lane of a process may leave now, if one may while there is so much room.

        Where there is room for everybody ahead as well, nobody waits for those who are still
        asleep; the first in line may go in any case, if only to ask whether there is room.
        """
        mine = self.places[process]
        ahead = {
            lane: self._ahead_of(lane, since)
            for lane in Lane
            if (since := mine.since(lane)) is not None
        }
        if not ahead:
            return None
        lane = min(ahead, key=lambda one: ahead[one])
        return lane if ahead[lane] < max(1, room) else None

    def _ahead_of(self, lane: Lane, since: int) -> int:
        """Count the first waiters of other processes, and our own, that go before this one."""
        places = self.places.values()
        waiting = {
            other: [held for place in places if (held := place.since(other)) is not None]
            for other in Lane
        }
        before = sum(held < since for held in waiting[lane])
        interactive, bulk = len(waiting[Lane.INTERACTIVE]), len(waiting[Lane.BULK])
        return ahead(lane, before, interactive, bulk, self.overtaken)

    def served(self, process: str, lane: Lane) -> None:
        """Take note that a process got a lease for the first waiter of a lane."""
        place = self.places[process]
        place.served(lane)
        bulk_waits = any(held.bulk is not None for held in self.places.values())
        self.overtaken = self.overtaken + 1 if lane is Lane.INTERACTIVE and bulk_waits else 0
        if place.empty:
            del self.places[process]

    def others(self, process: str, now: int) -> dict[Lane, list[int]]:
        """Tell how many wait in each lane of each other process, as it said when it last asked."""
        places = [
            place
            for name, place in self.places.items()
            if name != process and place.seen + PLACE_LIFE > now
        ]
        return {lane: [count for place in places if (count := place.count(lane))] for lane in Lane}


def ahead(lane: Lane, place: int, interactive: int, bulk: int, overtaken: int) -> int:
    """Count those served before the one at this place of its lane, of so many in each."""
    overtaking = BULK_TURN - 1
    if lane is Lane.INTERACTIVE:
        return place + min(bulk, (overtaken + place) // overtaking)
    return place + min(interactive, max(0, overtaking * (place + 1) - overtaken))

"""What the clients of a pool share: the connections and the slots, and the way through a pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from .seats import Seat, Seats
from .transport import Connections
from .turns import Turns

if TYPE_CHECKING:
    from .pace import Pace

KEPT_FOR_PEOPLE: Final = 10
"""One slot in so many is left free by bulk calls: nobody waits for the end of one of theirs."""


class Pooled:
    """Shared by all clients of a pool; made in the event loop that they belong to."""

    def __init__(self, concurrency: int) -> None:
        self.connections = Connections()
        self.slots = Turns[Seat](concurrency, kept=concurrency // KEPT_FOR_PEOPLE)
        self._doorways = WeakKeyDictionary["Pace", Turns[Seat]]()

    def seats(self, pace: Pace | None) -> Seats:
        """Return the seats of a client whose requests go at this pace."""
        doorway = None if pace is None else self._doorways.setdefault(pace, Turns(1))
        return Seats(self.slots, doorway)

    async def aclose(self) -> None:
        """Close the connections; requests under way fail."""
        await self.connections.aclose()

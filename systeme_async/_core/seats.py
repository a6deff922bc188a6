"""One client's place among those with whom it shares slots, and a doorway where there is one.

The gate takes a seat before it asks the budget, and gives it back if there is no lease; so a call
that waits for its account's quota holds nothing that others could use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..options import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from .turns import Turns


class Alone:
    """What a client has that shares with nobody: always room."""

    def bind(self, offered: Callable[[Lane], None], *, by_lane: bool) -> None:
        """Learn whom to tell of a seat that is kept for this client."""

    def take(self, lane: Lane) -> bool:  # noqa: ARG002 - it makes no difference here
        """Take a seat, or stand in line for one: `offered` is called when it is kept for us."""
        return True

    def hurry(self, lane: Lane) -> None:
        """Stand in the interactive line, where a call of this lane waits behind the one asking."""

    def leave(self, lane: Lane) -> None:
        """Give up the place in line, or the seat that is kept for us."""

    def step_out(self) -> None:
        """Free the doorway: what left it is on its way."""

    def give_back(self) -> None:
        """Free a seat that was taken."""


class Seat:
    """One place in line; where each lane asks for itself, a client has one for each."""

    def __init__(self, offered: Callable[[], None]) -> None:
        self.offered = offered


class Seats(Alone):
    """What a client has that shares slots with others.

    Under a common ceiling of requests a second there is a doorway, too, in which one call at a
    time waits for the pace: calls of all accounts go through it, and only that one holds a slot.
    """

    def __init__(self, slots: Turns[Seat], doorway: Turns[Seat] | None) -> None:
        self._slots = slots
        self._doorway = doorway
        self._seats: dict[Lane, Seat] = {}

    def bind(self, offered: Callable[[Lane], None], *, by_lane: bool) -> None:
        """Learn whom to tell of a seat that is kept for this client."""
        one = Seat(lambda: offered(Lane.INTERACTIVE))
        other = Seat(lambda: offered(Lane.BULK)) if by_lane else one
        self._seats = {Lane.INTERACTIVE: one, Lane.BULK: other}

    def take(self, lane: Lane) -> bool:
        """Take a seat, or stand in line for one: `offered` is called when it is kept for us."""
        seat, doorway = self._seats[lane], self._doorway
        if doorway is not None:
            if not _want(doorway, seat, lane):
                return False
            # Whoever has the doorway must not keep people of other accounts from it for long.
            lane = Lane.INTERACTIVE
        if not _want(self._slots, seat, lane):
            return False
        self._slots.use(seat)
        if doorway is not None:
            doorway.use(seat)
        return True

    def hurry(self, lane: Lane) -> None:
        """Stand in the interactive line, where a call of this lane waits behind the one asking."""
        if lane is Lane.INTERACTIVE:
            for turns in self._all():
                turns.hurry(self._seats[lane])
                _offer(turns)

    def leave(self, lane: Lane) -> None:
        """Give up the place in line, or the seat that is kept for us."""
        for turns in self._all():
            turns.leave(self._seats[lane])
            _offer(turns)

    def step_out(self) -> None:
        """Free the doorway: what left it is on its way."""
        if self._doorway is not None:
            self._doorway.give_back()
            _offer(self._doorway)

    def give_back(self) -> None:
        """Free a seat that was taken."""
        self._slots.give_back()
        _offer(self._slots)

    def _all(self) -> list[Turns[Seat]]:
        return [self._slots] if self._doorway is None else [self._doorway, self._slots]


def _want(turns: Turns[Seat], seat: Seat, lane: Lane) -> bool:
    wanted = turns.want(seat, lane)
    _offer(turns)  # It may be bulk's turn now.
    return wanted


def _offer(turns: Turns[Seat]) -> None:
    while (seat := turns.next_up()) is not None:
        seat.offered()

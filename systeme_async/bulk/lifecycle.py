"""The life of one row of a job: a table of states, and of the moves between them.

Pure. A row is planned; before each of its writes leaves it is an intent; in the end it is done or
rejected. Where an intent has no end, because the process died or no answer came, nobody knows what
the server did: it is unknown until somebody has looked. What is done stays done: no move leads out.

A move that is not in the table is a mistake in the program, never in what it was given.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(IntEnum):
    """How far a row has come. The numbers stand in files, so they never change."""

    PLANNED = 0
    """Nothing of it has been sent."""
    INTENT = 1
    """A write has left, or is just about to."""
    DONE = 2
    """The account holds what the row says."""
    REJECTED = 3
    """Refused, here or by the server."""
    UNKNOWN = 4
    """A write left, and what became of it has to be looked up."""


MOVES: Final[Mapping[State, frozenset[State]]] = {
    # Some rows need no write, and some are refused before they cost one.
    State.PLANNED: frozenset({State.INTENT, State.DONE, State.REJECTED}),
    # A row may take several writes: the contact, then each of its tags. One whose first write was
    # surely not carried out, but refused to everybody, is planned as before.
    State.INTENT: frozenset(
        {State.PLANNED, State.INTENT, State.DONE, State.REJECTED, State.UNKNOWN}
    ),
    # Looking settles it, or shows that it has to be sent again, or fails in its turn.
    State.UNKNOWN: frozenset({State.INTENT, State.DONE, State.REJECTED, State.UNKNOWN}),
    State.DONE: frozenset(),
    State.REJECTED: frozenset(),
}
"""Where a job may lead a row, from each state."""

AGAIN: Final = frozenset({State.REJECTED, State.UNKNOWN})
"""Which rows become planned once more when somebody asks for that, and never by themselves."""

FIRST: Final = frozenset({State.PLANNED, State.REJECTED})
"""How a row may begin: fit to be carried out, or refused as it stands."""

OPEN: Final = frozenset(state for state, moves in MOVES.items() if moves)
"""Rows that are still to be carried out or to be settled."""


class IllegalMoveError(RuntimeError):
    """The program has led a row where no row can go; the row stays as it was."""


def check_move(number: int, before: State, after: State) -> None:
    """Raise `IllegalMoveError` where no row may go from one state to the other."""
    if after not in MOVES[before]:
        msg = f"row {number} can't go from {before.name} to {after.name}"
        raise IllegalMoveError(msg)


def check_first(number: int, state: State) -> None:
    """Raise `IllegalMoveError` where no row may begin like this."""
    if state not in FIRST:
        msg = f"row {number} can't begin as {state.name}"
        raise IllegalMoveError(msg)


def check_again(state: State) -> None:
    """Raise `IllegalMoveError` where rows in this state can't be planned once more."""
    if state not in AGAIN:
        msg = f"rows that are {state.name} can't be planned again"
        raise IllegalMoveError(msg)


def after_a_crash(state: State) -> State:
    """Say what a row is when nobody works on it any more: an intent has become a question."""
    return State.UNKNOWN if state is State.INTENT else state

"""The table of a row's states: which moves there are, and that there are no others."""

from __future__ import annotations

from itertools import product

import pytest

from systeme_async.bulk.lifecycle import (
    AGAIN,
    MOVES,
    OPEN,
    IllegalMoveError,
    State,
    after_a_crash,
    check_again,
    check_first,
    check_move,
)

LEGAL = {
    ("PLANNED", "INTENT"),
    ("PLANNED", "DONE"),
    ("PLANNED", "REJECTED"),
    ("INTENT", "PLANNED"),
    ("INTENT", "INTENT"),
    ("INTENT", "DONE"),
    ("INTENT", "REJECTED"),
    ("INTENT", "UNKNOWN"),
    ("UNKNOWN", "INTENT"),
    ("UNKNOWN", "DONE"),
    ("UNKNOWN", "REJECTED"),
    ("UNKNOWN", "UNKNOWN"),
}


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_every_move_is_in_the_table_or_refused(before: State, after: State) -> None:
    """All pairs are tried: what is no move raises, and names the row and the states."""
    if (before.name, after.name) in LEGAL:
        check_move(7, before, after)
    else:
        with pytest.raises(IllegalMoveError, match=f"row 7 .* {before.name} to {after.name}"):
            check_move(7, before, after)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_moves(state: State) -> None:
    """A state that is new has to say where it leads."""
    assert state in MOVES


@pytest.mark.parametrize("state", State)
def test_what_is_done_is_never_done_again(state: State) -> None:
    """No way leads out of it, neither by itself nor when somebody asks."""
    assert state not in MOVES[State.DONE]
    assert State.DONE not in AGAIN


@pytest.mark.parametrize("state", State)
def test_nothing_is_unknown_that_was_never_sent(state: State) -> None:
    """Only an intent, or what is unknown already, becomes unknown."""
    expected = state in {State.INTENT, State.UNKNOWN}
    assert expected == (State.UNKNOWN in MOVES[state])


@pytest.mark.parametrize("state", State)
def test_how_a_row_may_begin(state: State) -> None:
    """It is fit to be carried out, or refused as it stands."""
    if state in {State.PLANNED, State.REJECTED}:
        check_first(1, state)
    else:
        with pytest.raises(IllegalMoveError, match=f"row 1 .* begin as {state.name}"):
            check_first(1, state)


@pytest.mark.parametrize("state", State)
def test_which_rows_can_be_planned_again(state: State) -> None:
    """Those that were refused, and those of which nobody knows; no others."""
    if state in {State.REJECTED, State.UNKNOWN}:
        check_again(state)
    else:
        with pytest.raises(IllegalMoveError, match=state.name):
            check_again(state)


@pytest.mark.parametrize("state", State)
def test_what_a_crash_leaves(state: State) -> None:
    """An intent has become a question; nothing else has changed."""
    assert after_a_crash(state) is (State.UNKNOWN if state is State.INTENT else state)


def test_rows_that_are_not_over() -> None:
    """A job ends when none of these is left."""
    assert {State.PLANNED, State.INTENT, State.UNKNOWN} == OPEN


def test_the_numbers_stand_in_files() -> None:
    """They are written to disk, so a journal of last year must mean the same by them."""
    assert {"PLANNED": 0, "INTENT": 1, "DONE": 2, "REJECTED": 3, "UNKNOWN": 4} == {
        state.name: state.value for state in State
    }

"""Whose turn it is among several processes, by the table."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from systeme_async._core.line import BULK_TURN, PLACE_LIFE, Line, Place, Waiting, ahead
from systeme_async.options import Lane

INTERACTIVE, BULK = Lane.INTERACTIVE, Lane.BULK


def line_of(overtaken: int = 0, **places: tuple[int | None, int | None]) -> Line:
    """Draw up a line: for each process since when its first interactive and bulk calls wait."""
    line = Line(overtaken=overtaken)
    for process, (interactive, bulk) in places.items():
        line.stand(process, Place(interactive, bulk, 0), 0)
    return line


TURNS: Final[list[tuple[Line, int, dict[str, Any]]]] = [
    (line_of(a=(5, None)), 1, {"a": INTERACTIVE}),
    (line_of(a=(None, 5)), 1, {"a": BULK}),
    # Nothing is known to be free: the first in line asks all the same.
    (line_of(a=(5, None), b=(6, None)), 0, {"a": INTERACTIVE, "b": None}),
    # First come, first served.
    (line_of(a=(6, None), b=(5, None)), 1, {"a": None, "b": INTERACTIVE}),
    (line_of(a=(None, 6), b=(None, 5)), 1, {"a": None, "b": BULK}),
    # Interactive calls before bulk ones, wherever they are and however late they come.
    (line_of(a=(None, 1), b=(9, None)), 1, {"a": None, "b": INTERACTIVE}),
    (line_of(a=(9, 1)), 1, {"a": INTERACTIVE}),
    # Where there is room for all ahead, nobody waits for them.
    (line_of(a=(None, 1), b=(9, None)), 2, {"a": BULK, "b": INTERACTIVE}),
    (line_of(a=(1, None), b=(2, None), c=(3, None)), 2, {"a": 0, "b": 0, "c": None}),
    # The tenth lease is bulk's.
    (line_of(BULK_TURN - 1, a=(None, 9), b=(1, None)), 1, {"a": BULK, "b": None}),
    (line_of(BULK_TURN - 2, a=(None, 9), b=(1, None)), 1, {"a": None, "b": INTERACTIVE}),
    (line_of(BULK_TURN - 1, a=(1, 9)), 1, {"a": BULK}),
]


@pytest.mark.parametrize(("line", "room", "turns"), TURNS)
def test_whose_turn_it_is(line: Line, room: int, turns: dict[str, Any]) -> None:
    """Lanes and arrival decide, across processes as within one."""
    assert {process: line.turn(process, room) for process in turns} == turns


def test_bulk_is_never_starved() -> None:
    """While interactive calls never end, every tenth lease is bulk's, whichever process has it."""
    line, served = Line(), list[Lane]()
    for now in range(100):
        line.stand("web", Place(now, None, now), now)
        line.stand("import", Place(None, 0, now), now)
        for process in ("web", "import"):
            lane = line.turn(process, 1)
            if lane is not None:
                line.served(process, lane)
                served.append(lane)
                break
    assert [index for index, lane in enumerate(served) if lane is BULK] == list(range(9, 100, 10))


def test_who_asks_no_more_keeps_nobody_waiting() -> None:
    """A process that was killed in line loses its place after three seconds."""
    line = line_of(dead=(1, None))
    line.stand("alive", Place(5, None, PLACE_LIFE - 1), PLACE_LIFE - 1)
    assert line.turn("alive", 1) is None
    line.stand("alive", Place(5, None, PLACE_LIFE), PLACE_LIFE)
    assert line.turn("alive", 1) is INTERACTIVE


def test_who_waits_no_more_has_no_place() -> None:
    """A process whose waiters are all served or gone is not in line."""
    line = line_of(a=(1, 2))
    line.served("a", INTERACTIVE)
    assert line.places["a"].since(INTERACTIVE) is None
    line.served("a", BULK)
    assert line.places == {}
    line.stand("b", Place(1, None, 0), 0)
    line.stand("b", Place(None, None, 1), 1)
    assert line.places == {}


@pytest.mark.parametrize(
    ("lane", "place", "interactive", "bulk", "overtaken", "expected"),
    [
        (INTERACTIVE, 0, 5, 5, 0, 0),
        (INTERACTIVE, 8, 9, 5, 0, 8),
        (INTERACTIVE, 9, 10, 5, 0, 10),
        (INTERACTIVE, 0, 1, 5, 9, 1),
        (BULK, 0, 5, 1, 0, 5),
        (BULK, 0, 50, 1, 0, 9),
        (BULK, 1, 50, 2, 0, 19),
        (BULK, 0, 50, 1, 9, 0),
        (BULK, 0, 50, 1, 30, 0),
    ],
)
def test_how_many_go_before(
    lane: Lane, place: int, interactive: int, bulk: int, overtaken: int, expected: int
) -> None:
    """The count that forecasts and turns are made of."""
    assert ahead(lane, place, interactive, bulk, overtaken) == expected


def told(interactive: int, bulk: int, now: int = 0) -> Place:
    """Take down that so many wait in each lane of a process."""
    lanes = {
        INTERACTIVE: Waiting(5 if interactive else None, interactive),
        BULK: Waiting(6 if bulk else None, bulk),
    }
    return Place.of(lanes, now)


def test_who_waits_is_seen_by_lane() -> None:
    """Each process tells how many wait, and is told what the others said."""
    line = Line()
    line.stand("a", told(1, 40), 0)
    line.stand("b", told(0, 7), 0)
    assert line.others("c", 0) == {INTERACTIVE: [1], BULK: [40, 7]}
    assert line.others("a", 0) == {INTERACTIVE: [], BULK: [7]}


def test_who_is_served_waits_no_more_and_those_behind_are_still_seen() -> None:
    """A lease takes one off the number; the next one of the lane has no turn before it asks."""
    line = Line()
    line.stand("a", told(2, 0), 0)
    line.served("a", INTERACTIVE)
    assert line.others("b", 0) == {INTERACTIVE: [1], BULK: []}
    assert line.turn("a", 9) is None
    line.served("a", INTERACTIVE)
    assert line.places == {}


def test_a_place_without_a_since_goes_before_nobody() -> None:
    """What is only there to be seen keeps nobody waiting."""
    line = Line()
    line.stand("a", told(9, 0), 0)
    line.served("a", INTERACTIVE)
    line.stand("b", Place(7, None, 0), 0)
    assert line.turn("b", 1) is INTERACTIVE


def test_who_asks_no_more_is_not_seen() -> None:
    """What a killed process told is believed as long as its place is kept."""
    line = Line()
    line.stand("dead", told(3, 3), 0)
    assert line.others("a", PLACE_LIFE - 1) == {INTERACTIVE: [3], BULK: [3]}
    assert line.others("a", PLACE_LIFE) == {INTERACTIVE: [], BULK: []}


class EarlierPlace(msgspec.Struct):
    """A place as it was written before it had numbers."""

    interactive: int | None
    bulk: int | None
    seen: int


def test_a_place_of_an_earlier_version_is_understood() -> None:
    """It tells that somebody waits, so one is seen; and it understands what is told now."""
    encode, decode = msgspec.msgpack.encode, msgspec.msgpack.decode
    place = decode(encode(EarlierPlace(5, None, 1)), type=Place)
    assert (place.count(INTERACTIVE), place.count(BULK)) == (1, 0)
    place.served(INTERACTIVE)
    assert place.empty
    assert decode(encode(told(4, 2, 1)), type=EarlierPlace) == EarlierPlace(5, 6, 1)

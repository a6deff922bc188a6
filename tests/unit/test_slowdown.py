"""The slowdown: multiples of what each endpoint usually takes, in one mean."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from systeme_async._core.quota import SECOND
from systeme_async._core.slowdown import ENOUGH, MEMORY, QUICK, Mean, Slowdown

CREATE: Final = ("POST", "/api/contacts")
LIST: Final = ("GET", "/api/contacts")
FIFTH: Final = SECOND // 5


def taught(took: int = FIFTH, *endpoints: tuple[str, str]) -> Slowdown:
    """Make one that knows what endpoints usually take."""
    slowdown = Slowdown()
    for endpoint in endpoints or (CREATE,):
        for _ in range(4 * ENOUGH):
            slowdown.answered(endpoint, took, unloaded=True)
    return slowdown


def test_a_mean_is_of_all_values_at_first() -> None:
    """The first value counts for no more than those after it."""
    mean = Mean()
    for value in (9.0, 1.0, 2.0):
        mean.add(value)
    assert 4.0 == pytest.approx(mean.value)


def test_a_mean_forgets() -> None:
    """What was long ago weighs next to nothing."""
    mean = Mean()
    for value in [1_000.0] * MEMORY + [1.0] * (12 * MEMORY):
        mean.add(value)
    assert 1.0 == pytest.approx(mean.value, abs=0.1)


def test_nothing_is_slow_before_anything_is_known() -> None:
    """The first answers of an endpoint tell what is usual, whatever they took."""
    slowdown = Slowdown()
    for took in (1, 60 * SECOND, FIFTH):
        slowdown.answered(CREATE, took, unloaded=False)
        assert 1.0 == slowdown.factor


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.3, 2.0, 10.0])
def test_the_slowdown_is_a_multiple_of_what_is_usual(factor: float) -> None:
    """After some answers that take so many times as long, that is the slowdown."""
    slowdown = taught()
    for _ in range(20 * MEMORY):
        slowdown.answered(CREATE, int(FIFTH * factor), unloaded=False)
    assert max(1.0, factor) == pytest.approx(slowdown.factor, rel=0.02)


def test_endpoints_are_not_compared_with_each_other() -> None:
    """A listing may take fifty times as long as a creation, in any mixture of both."""
    slowdown, dice = Slowdown(), Random(1)
    for _ in range(500):
        endpoint, took = dice.choice([(CREATE, FIFTH), (LIST, 50 * FIFTH)])
        slowdown.answered(endpoint, took, unloaded=True)
        assert 1.0 == pytest.approx(slowdown.factor)


def test_all_endpoints_tell_of_one_server() -> None:
    """Two answers that take twice their usual time tell the same, whichever they are."""
    one, other = taught(FIFTH, CREATE, LIST), taught(FIFTH, CREATE, LIST)
    for _ in range(20):
        one.answered(CREATE, 2 * FIFTH, unloaded=False)
        one.answered(LIST, 2 * FIFTH, unloaded=False)
        other.answered(LIST, 2 * FIFTH, unloaded=False)
        other.answered(LIST, 2 * FIFTH, unloaded=False)
    assert one.factor == pytest.approx(other.factor)
    assert one.factor > 1.5


def test_an_endpoint_that_is_new_under_load_is_thought_slow_as_well() -> None:
    """Its first answers are divided by the slowdown of the others."""
    slowdown = taught()
    for _ in range(200):
        slowdown.answered(CREATE, 3 * FIFTH, unloaded=False)
    for _ in range(ENOUGH):
        slowdown.answered(LIST, 30 * FIFTH, unloaded=False)
    assert 1.0 == pytest.approx(slowdown.of(LIST, 10 * FIFTH), rel=0.02)


def test_what_is_slow_without_load_is_usual() -> None:
    """A server that is slow although little is asked of it is not slow because of us."""
    slowdown = taught()
    slowdown.answered(CREATE, 5 * FIFTH, unloaded=True)
    most = slowdown.factor
    for _ in range(10 * MEMORY):
        slowdown.answered(CREATE, 5 * FIFTH, unloaded=True)
    assert 1.0 == pytest.approx(slowdown.factor, rel=0.02)
    assert most > 1.04


def test_load_never_becomes_usual() -> None:
    """However long it lasts, what is slow under load stays slow."""
    slowdown = taught()
    for _ in range(100 * MEMORY):
        slowdown.answered(CREATE, 2 * FIFTH, unloaded=False)
    assert 2.0 == pytest.approx(slowdown.factor, rel=0.02)


def test_a_server_that_becomes_faster_is_believed_under_load_too() -> None:
    """Whatever is faster than usual becomes usual: the first connections cost handshakes."""
    slowdown = taught()
    for _ in range(20 * MEMORY):
        slowdown.answered(CREATE, FIFTH // 2, unloaded=False)
    assert 2.0 == pytest.approx(slowdown.of(CREATE, FIFTH), rel=0.02)


@pytest.mark.parametrize("spread", [0.3, 0.6, 1.0])
def test_answers_that_differ_are_not_slow(spread: float) -> None:
    """A server whose answers scatter widely keeps its slowdown near 1, loaded or not."""
    slowdown, dice = Slowdown(), Random(7)
    seen: list[float] = []
    for number in range(5_000):
        took = int(FIFTH * dice.lognormvariate(0, spread))
        slowdown.answered(CREATE, took, unloaded=number < 4 * ENOUGH)
        seen.append(slowdown.factor)
    later = seen[1_000:]
    assert 1.0 == pytest.approx(sum(later) / len(later), abs=0.2)


def test_one_slow_answer_in_a_hundred_is_no_slowdown() -> None:
    """A tail of answers that take ten times as long moves the mean by little."""
    slowdown = taught()
    for number in range(2_000):
        took = 10 * FIFTH if number % 100 == 0 else FIFTH
        slowdown.answered(CREATE, took, unloaded=False)
        assert slowdown.factor < 1.1


def test_quick_answers_are_all_alike() -> None:
    """From a server next door, 9 ms are not three times 3 ms."""
    slowdown = taught(QUICK // 100)
    for _ in range(100):
        slowdown.answered(CREATE, QUICK, unloaded=False)
    assert 1.0 == slowdown.factor


def test_less_in_flight_is_expected_to_be_faster() -> None:
    """With half as many in flight, half the slowdown is expected, and never less than none."""
    slowdown = taught()
    for _ in range(20 * MEMORY):
        slowdown.answered(CREATE, 3 * FIFTH, unloaded=False)
    slowdown.eased(0.5)
    assert 1.5 == pytest.approx(slowdown.factor, rel=0.02)
    slowdown.eased(0.1)
    assert 1.0 == slowdown.factor


def test_an_unknown_endpoint_is_neither_slow_nor_fast() -> None:
    """There is nothing to compare it with."""
    assert 1.0 == taught().of(LIST, 99 * SECOND)

"""The shapes of a quota, each against its own definition, spelled out by brute force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async.testing.quotas import (
    SHAPES,
    ContinuousRefill,
    FixedWindows,
    Shape,
    Shared,
    SlidingWindow,
)

if TYPE_CHECKING:
    from systeme_async.testing.quotas import Allowance

REQUESTS = st.integers(1, 8)
PER = st.integers(1, 50)
STEPS = st.lists(st.integers(0, 30), max_size=80)
ANY_SHAPE = st.sampled_from(sorted(SHAPES))


def accepted(allowance: Allowance, steps: list[int]) -> list[int]:
    """Ask for one request after each step; return when one was admitted."""
    now, times = 0, list[int]()
    for step in steps:
        now += step
        if allowance.admit(now):
            times.append(now)
    return times


@given(REQUESTS, PER, STEPS)
def test_no_fixed_window_holds_more_than_the_quota(
    requests: int, per: int, steps: list[int]
) -> None:
    """On the grid that the first request starts, each window admits the quota and no more."""
    times = accepted(FixedWindows(requests, per), steps)
    windows = [(time - times[0]) // per for time in times]
    assert all(windows.count(window) <= requests for window in windows)


@given(REQUESTS, PER, STEPS)
def test_no_stretch_of_time_holds_more_than_a_sliding_quota(
    requests: int, per: int, steps: list[int]
) -> None:
    """However the window is laid, it holds the quota and no more."""
    times = accepted(SlidingWindow(requests, per), steps)
    assert all(sum(end - per < time <= end for time in times) <= requests for end in times)


@given(REQUESTS, PER, STEPS)
def test_a_bucket_never_gives_more_than_it_held_and_what_dripped_in(
    requests: int, per: int, steps: list[int]
) -> None:
    """Between any two admissions lie at most the capacity and what the time between refilled."""
    times = accepted(ContinuousRefill(requests, per), steps)
    for first, start in enumerate(times):
        for last, end in enumerate(times[first:], first):
            assert (last - first + 1) * per <= requests * per + (end - start) * requests


@given(ANY_SHAPE, REQUESTS, PER, STEPS)
def test_what_remains_is_what_is_admitted(
    shape: Shape, requests: int, per: int, steps: list[int]
) -> None:
    """`remaining` says how often `admit` will say yes at the same instant."""
    allowance = SHAPES[shape](requests, per)
    accepted(allowance, steps)
    now = sum(steps)
    assert allowance.remaining(now) == sum(allowance.admit(now) for _ in range(requests + 1))


@given(ANY_SHAPE, REQUESTS, PER, STEPS)
def test_the_refill_comes_at_its_instant_and_not_before(
    shape: Shape, requests: int, per: int, steps: list[int]
) -> None:
    """Whoever was refused is refused until a nanosecond before the refill, and admitted at it."""
    allowance = SHAPES[shape](requests, per)
    accepted(allowance, steps)
    now = sum(steps)
    while allowance.admit(now):
        pass
    refill = allowance.refill_at(now)
    assert now < refill <= now + per
    assert refill - 1 == now or not allowance.admit(refill - 1)
    assert allowance.admit(refill)


@pytest.mark.parametrize(
    ("shape", "back"),
    [("fixed", [3, 3, 3]), ("sliding", [1, 2, 3]), ("continuous", [1, 2, 3])],
)
def test_each_shape_refills_in_its_own_way(shape: Shape, back: list[int]) -> None:
    """After a burst spread over 20, a window opens whole and the others come back in steps."""
    allowance = SHAPES[shape](3, 60)
    for now in (0, 10, 20):
        assert allowance.admit(now)
    at = {"fixed": [60, 65, 70], "sliding": [60, 70, 80], "continuous": [20, 40, 60]}[shape]
    assert [allowance.remaining(now) for now in at] == back


def test_fixed_windows_stay_on_their_grid() -> None:
    """A window that nobody used shifts nothing."""
    windows = FixedWindows(1, 60)
    assert windows.admit(7)
    assert windows.admit(7 + 200)
    assert windows.refill_at(7 + 200) == 7 + 240


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_whole_quota_has_nothing_to_wait_for(shape: Shape) -> None:
    """Before the first request, everything is there already."""
    allowance = SHAPES[shape](5, 60)
    assert (allowance.remaining(1), allowance.refill_at(1)) == (5, 1)


@given(ANY_SHAPE, REQUESTS, PER, STEPS, st.integers(1, 20))
def test_rivals_count_as_if_they_had_come_in_person(
    shape: Shape, requests: int, per: int, steps: list[int], every: int
) -> None:
    """Counting the others when somebody looks is the same as counting each at its instant."""
    shared = Shared(SHAPES[shape](requests, per), every)
    plain = SHAPES[shape](requests, per)
    mine = accepted(shared, steps)
    theirs = [(time, 0) for time in range(every, sum(steps) + 1, every)]
    ours = list[tuple[int, int]]()
    now = 0
    for step in steps:
        now += step
        ours.append((now, 1))
    expected = [time for time, who in sorted([*theirs, *ours]) if plain.admit(time) and who == 1]
    assert mine == expected

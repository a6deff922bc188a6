"""Options: what cannot work is refused, in words that say what to do."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest

from systeme_async import ConfigurationError, Lane, Quota
from systeme_async._core.endpoint import Effect
from systeme_async._core.trip import Call, Trip
from systeme_async.options import CallOptions


@pytest.mark.parametrize(
    ("name", "requests"), [("free", 30), ("startup", 60), ("webinar", 120), ("unlimited", None)]
)
def test_a_plan_has_its_quota(name: str, requests: int | None) -> None:
    """The plans' names stand for requests a minute, in any case."""
    assert Quota(requests, per=60.0, share=1.0) == Quota.of(name)
    assert Quota(requests) == Quota.of(name.upper())


def test_without_a_choice_the_quota_is_learnt() -> None:
    """None asks the answers' headers."""
    assert Quota(None, per=60.0, share=1.0) == Quota.of(None)


def test_a_quota_given_is_taken_as_it_is() -> None:
    """A `Quota` passes through."""
    quota = Quota(7, per=2.5, share=0.8)
    assert quota is Quota.of(quota)


def test_an_unknown_plan_is_refused_with_the_known_ones() -> None:
    """The message names the value and every plan there is."""
    with pytest.raises(ConfigurationError) as caught:
        Quota.of("enterprise")
    for part in ("'enterprise'", "free", "startup", "webinar", "unlimited", "Quota("):
        assert part in str(caught.value)


def test_a_bare_number_is_refused_with_the_way_to_write_it() -> None:
    """`quota=60` is the first thing people try."""
    number: Any = 60
    with pytest.raises(ConfigurationError, match=r"60.*Quota\("):
        Quota.of(number)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"requests": 0}, "requests=0"),
        ({"requests": -1}, "requests=-1"),
        ({"per": 0.0}, "per=0.0"),
        ({"per": -1.0}, "per=-1.0"),
        ({"per": math.inf}, "per=inf"),
        ({"per": math.nan}, "per=nan"),
        ({"share": 0.0}, "share=0.0"),
        ({"share": -0.1}, "share=-0.1"),
        ({"share": 1.01}, "share=1.01"),
        ({"share": math.nan}, "share=nan"),
    ],
)
def test_a_quota_that_allows_nothing_is_refused(changes: dict[str, Any], named: str) -> None:
    """The message names the option and its value."""
    with pytest.raises(ConfigurationError) as caught:
        Quota(**changes)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "quota", [Quota(1), Quota(1, per=0.001), Quota(10**6, share=1.0), Quota(share=0.001)]
)
def test_the_smallest_and_the_largest_quota_are_taken(quota: Quota) -> None:
    """The limits themselves are allowed, and a quota survives pickling."""
    assert quota == pickle.loads(pickle.dumps(quota))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": -1.0}, "timeout=-1.0"),
        ({"timeout": math.nan}, "timeout=nan"),
        ({"max_wait": -1}, "max_wait=-1"),
        ({"max_wait": math.nan}, "max_wait=nan"),
        ({"deadline": 0}, "deadline=0"),
        ({"deadline": -0.5}, "deadline=-0.5"),
        ({"deadline": math.nan}, "deadline=nan"),
        ({"max_attempts": 0}, "max_attempts=0"),
        ({"max_attempts": -5}, "max_attempts=-5"),
    ],
)
def test_call_options_that_allow_nothing_are_refused(changes: dict[str, Any], named: str) -> None:
    """The message names the option and its value."""
    with pytest.raises(ConfigurationError) as caught:
        CallOptions(**changes)
    assert named in str(caught.value)


@pytest.mark.parametrize("name", ["timeout", "deadline"])
def test_no_end_is_not_infinity(name: str) -> None:
    """An infinite time cannot be counted in nanoseconds; it is refused here, not in a call."""
    with pytest.raises(ConfigurationError, match="inf"):
        CallOptions(timeout=math.inf) if name == "timeout" else CallOptions(deadline=math.inf)


def test_call_options_have_the_documented_defaults() -> None:
    """Interactive, thirty seconds an attempt, no deadline, five attempts."""
    assert CallOptions(Lane.INTERACTIVE, 30.0, None, 5) == CallOptions()


def test_interactive_calls_come_before_bulk_ones() -> None:
    """Lanes sort by who goes first."""
    assert [Lane.INTERACTIVE, Lane.BULK] == sorted(Lane)


@pytest.mark.parametrize(("max_wait", "seconds"), [(0.0, 0.05), (0.01, 0.05), (5.0, 5.0)])
def test_a_call_that_never_waits_has_time_to_ask(max_wait: float, seconds: float) -> None:
    """The clock goes on while the budget is asked, whose file or server takes a moment."""
    trip = Trip(Call("GET", "/api/tags", Effect.READS), CallOptions(max_wait=max_wait), None)
    assert trip.waits_until(lambda: 7) == 7 + seconds * 1e9

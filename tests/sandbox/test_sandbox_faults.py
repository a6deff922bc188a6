"""Faults by chance and by order, without a socket."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.testing.faults import KINDS, Fate, Faults, Injection, Kind


def fate(faults: Faults | None = None, seed: int = 7) -> Fate:
    """Return a fate with dice of its own."""
    return Fate(faults or Faults(), Random(seed))


def order(kind: Kind, **changes: Any) -> Injection:
    """Return an injection for any one request, with some of it changed."""
    settings: dict[str, Any] = {"method": None, "path": None, "times": 1, "after": 0}
    return Injection(kind=kind, **{**settings, **changes})


def strikes(given: Fate, method: str = "GET", path: str = "/a") -> Kind | None:
    """Return what a request meets once it is counted."""
    return given.strike(method, (path,), None, counted=True)


@pytest.mark.parametrize(
    "settings",
    [
        {"lost": -0.1},
        {"reset": 1.1},
        {"failed": float("nan")},
        {"lost": 0.6, "failed": 0.6},
        {"latency": -1},
        {"latency": float("inf")},
        {"lag": -1},
        {"lag": float("inf")},
        {"lag": float("nan")},
    ],
)
def test_faults_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    """Probabilities lie between 0 and 1, together too; latency and lag are not negative."""
    with pytest.raises(ConfigurationError, match="Faults"):
        Faults(**settings)


def test_the_dice_fall_as_often_as_told() -> None:
    """Over many requests each fault comes close to its probability."""
    given = fate(Faults(lost=0.2, reset=0.1, failed=0.3))
    seen = Counter(given.throw("POST") for _ in range(10_000))
    shares = {kind: round(count / 10_000, 1) for kind, count in seen.items()}
    assert shares == {"lost": 0.2, "reset": 0.1, "failed": 0.3, None: 0.4}


def test_the_same_seed_gives_the_same_faults() -> None:
    """What went wrong once goes wrong again."""
    first, second = fate(Faults(lost=0.5)), fate(Faults(lost=0.5))
    drawn = [(first.throw("POST"), second.throw("POST")) for _ in range(100)]
    assert all(one == other for one, other in drawn)


def test_reads_can_be_spared() -> None:
    """With `writes_only` a GET meets nothing and still costs a throw of the dice."""
    both, writes = fate(Faults(lost=0.5)), fate(Faults(lost=0.5, writes_only=True))
    expected = [both.throw("POST") for _ in range(100)]
    methods = ["GET", "POST"] * 50
    found = [writes.throw(method) for method in methods]
    assert found[0::2] == [None] * 50
    assert found[1::2] == expected[1::2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"kind": "flood"}, "use one of lost"), ({"times": 0}, "times"), ({"after": -1}, "after")],
)
def test_an_order_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    """An unknown kind and senseless counts are named at once."""
    settings: dict[str, Any] = {"kind": "lost", **changes}
    with pytest.raises(ConfigurationError, match=message):
        order(**settings)


def test_an_order_strikes_after_some_and_so_many_times() -> None:
    """The next `times` that match are struck, after `after` that are spared."""
    given = fate()
    given.injections.append(order("lost", times=2, after=1))
    assert [strikes(given) for _ in range(5)] == [None, "lost", "lost", None, None]
    assert given.injections == []


def test_an_order_strikes_only_what_it_means() -> None:
    """Method and path must both match; other requests do not count."""
    given = fate()
    given.injections.append(order("lost", method="POST", path="/a"))
    assert strikes(given, "GET", "/a") is None
    assert strikes(given, "POST", "/b") is None
    assert strikes(given, "POST", "/a") == "lost"


def test_orders_are_carried_out_one_after_the_other() -> None:
    """One request meets one fault; the next order waits for the next request."""
    given = fate()
    given.injections += [order("lost"), order("failed")]
    assert [strikes(given) for _ in range(3)] == ["lost", "failed", None]


def test_an_order_goes_before_chance() -> None:
    """Where both strike, the injected fault is met."""
    given = fate()
    given.injections.append(order("hang"))
    assert given.strike("GET", ("/a",), "lost", counted=True) == "hang"


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_strikes_before_the_quota_or_after_it(kind: Kind) -> None:
    """Each kind has its one moment: those that cost no quota come first."""
    given = fate()
    given.injections.append(order(kind))
    early = given.strike("GET", ("/a",), None, counted=False)
    late = given.strike("GET", ("/a",), None, counted=True)
    free = kind in {"reset", "throttle", "unauthorized"}
    assert (early, late) == ((kind, None) if free else (None, kind))

"""A slice of `python -m benchmarks.simulate`: 200 worlds, and that the judge has teeth."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from benchmarks.simulation.judge import above, above_continuous, above_fixed, above_sliding
from benchmarks.simulation.trace import PROPERTIES
from benchmarks.simulation.world import Result, simulate
from systeme_async._core import ghosts
from systeme_async._core.budget import Budget
from systeme_async._core.ceiling import Ceiling
from systeme_async._core.lease import Lease, Wait
from systeme_async._core.quota import SECOND, QuotaReport
from systeme_async.options import Quota

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = range(200)

OPEN: Final = ("1 quota, after silence",)
"""What can't be promised for quotas of ten and less: after an answer that told nothing, nobody
can know what its request has spent, and the whole period is more than anybody would wait."""


@cache
def results() -> tuple[Result, ...]:
    """Let the worlds happen once for all tests."""
    return tuple(map(simulate, SEEDS))


def violating(what: str, found: tuple[Result, ...]) -> list[str]:
    """Name the worlds in which a property does not hold."""
    return [
        f"{result.description}: {text}"
        for result in found
        for other, text in result.violations
        if other == what
    ]


@pytest.mark.slow
@pytest.mark.parametrize("what", [what for what in PROPERTIES if what not in OPEN])
def test_what_is_promised_holds_in_every_world(what: str) -> None:
    """Quota, tokens, waiters, ceiling and hints, whatever the network and the server do."""
    assert [] == violating(what, results())


@pytest.mark.slow
def test_every_kind_of_fault_is_met_in_the_slice_already() -> None:
    """What never happens would be kept to easily."""
    met = results()[0].met
    for result in results()[1:]:
        met = met + result.met
    assert len(met) >= 50
    assert min(met.values()) >= 2


@pytest.mark.slow
def test_a_seed_happens_in_the_same_way_in_every_process() -> None:
    """The trace of a world does not depend on how Python hashes its strings."""
    traces = [
        subprocess.run(
            [sys.executable, "-m", "benchmarks.simulate", "--seed", "165"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=False,
            capture_output=True,
            text=True,
            timeout=15,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert traces[0] == traces[1]
    assert traces[0].endswith(f"digest {simulate(165).digest}\n")


def follow(self: Budget, _: object, remaining: int) -> None:
    """Believe every Remaining, whoever is in flight."""
    self.credit = remaining


def settled_twice(self: Budget, lease: object) -> None:
    """Count a lease that comes back twice."""
    del lease
    self.settled += 2
    self.unsent += 1


def forgetful(self: Ceiling, now: int) -> None:
    """Forget what has ended."""
    del self, now


@pytest.mark.parametrize(
    ("owner", "name", "broken", "what"),
    [
        (Budget, "_follow", follow, "1 quota, honest"),
        (ghosts, "GHOST_LIFE", 0, "1 quota, honest"),
        (Budget, "returned", settled_twice, "2 tokens"),
        (Ceiling, "settled", forgetful, "4 ceiling"),
    ],
)
def test_a_broken_budget_is_found_out(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, broken: object, what: str
) -> None:
    """Each of these mistakes shows within the first few worlds."""
    monkeypatch.setattr(owner, name, broken)
    assert any(violating(what, (simulate(seed),)) for seed in range(60))


@pytest.mark.parametrize(
    ("judge", "instants", "found"),
    [
        (lambda at: above_fixed(at, 2, 10, 0), [8, 9, 10, 11, 20], None),
        (lambda at: above_fixed(at, 2, 10, 0), [10, 11, 19], 19),
        (lambda at: above_sliding(at, 2, 10), [8, 9, 18, 19], None),
        (lambda at: above_sliding(at, 2, 10), [8, 9, 17], 17),
        (lambda at: above_continuous(at, 2, 10), [0, 0, 5, 10, 30, 30], None),
        (lambda at: above_continuous(at, 2, 10), [0, 0, 4], 4),
        (lambda at: above("continuous", at, 2, 10, 0), [0, 20, 20, 24], 24),
    ],
)
def test_the_judge_finds_the_first_one_too_many(
    judge: Callable[[list[int]], int | None], instants: list[int], found: int | None
) -> None:
    """A window holds what it holds, wherever the requests lie in it."""
    assert found == judge(instants)


def test_a_request_that_was_given_up_counts_until_it_can_no_longer_arrive() -> None:
    """One in ten seconds: given up at once and counted at 2 s, it has to count until 12 s."""
    one = Budget(Quota(1, per=10.0))
    lease = one.admit(0)
    assert isinstance(lease, Lease)
    one.lost(lease, 0)
    assert isinstance(one.admit(10 * SECOND), Wait)


def test_a_first_request_that_is_given_up_is_not_followed_at_once() -> None:
    """Where the quota is small, the first may have spent it."""
    unknown = Budget(Quota())
    lease = unknown.admit(0)
    assert isinstance(lease, Lease)
    unknown.lost(lease, 0)
    assert isinstance(unknown.admit(SECOND), Wait)
    assert isinstance(unknown.admit(2 * SECOND), Lease)


def test_a_first_request_that_never_left_is_followed_at_once() -> None:
    """It has spent nothing, so nobody waits for it."""
    unknown = Budget(Quota())
    lease = unknown.admit(0)
    assert isinstance(lease, Lease)
    unknown.returned(lease)
    assert isinstance(unknown.admit(0), Lease)


@pytest.mark.parametrize(("limit", "drop"), [(1, 60), (10, 6), (30, 2), (120, 0.5)])
def test_a_probe_that_is_lost_may_have_spent_what_came_back(limit: int, drop: float) -> None:
    """It is followed when even a bucket that fills drop by drop has got one more."""
    one = Budget(Quota())
    first = one.admit(0)
    assert isinstance(first, Lease)
    one.answered(first, QuotaReport(limit, 0, 60 * SECOND), 0)
    probe = one.admit(60 * SECOND)
    assert isinstance(probe, Lease)
    one.lost(probe, 60 * SECOND)
    then = 60 * SECOND + round(drop * SECOND)
    assert isinstance(one.admit(then - 1), Wait)
    assert isinstance(one.admit(then), Lease)

"""Verdicts: the whole table, written out a second time by hand."""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async._core.endpoint import Effect
from systeme_async._core.quota import SECOND
from systeme_async._core.verdict import (
    RETRY_COST,
    RETRY_TOKENS,
    Action,
    Fate,
    RetryQuota,
    already_gone,
    backoff,
    decide,
    fate_of,
)

EXPECTED: Final = """
                        once more allowed   not allowed
    READS     SUCCEEDED     RETURN            RETURN
    READS     REDIRECTED    RAISE             RAISE
    READS     REFUSED       RAISE             RAISE
    READS     THROTTLED     REPEAT            RAISE
    READS     FAILED        REPEAT            RAISE
    READS     NOT_SENT      REPEAT            RAISE
    READS     LOST          REPEAT            RAISE
    CONVERGES SUCCEEDED     RETURN            RETURN
    CONVERGES REDIRECTED    RAISE             RAISE
    CONVERGES REFUSED       RAISE             RAISE
    CONVERGES THROTTLED     REPEAT            RAISE
    CONVERGES FAILED        REPEAT            RAISE
    CONVERGES NOT_SENT      REPEAT            RAISE
    CONVERGES LOST          REPEAT            DOUBT
    CREATES   SUCCEEDED     RETURN            RETURN
    CREATES   REDIRECTED    RAISE             RAISE
    CREATES   REFUSED       RAISE             RAISE
    CREATES   THROTTLED     REPEAT            RAISE
    CREATES   FAILED        DOUBT             DOUBT
    CREATES   NOT_SENT      REPEAT            RAISE
    CREATES   LOST          DOUBT             DOUBT
"""

ROWS: Final = [line.split() for line in EXPECTED.strip().splitlines()[1:]]


@pytest.mark.parametrize(("effect", "fate", "allowed", "forbidden"), ROWS)
def test_the_verdict_on_every_attempt(effect: str, fate: str, allowed: str, forbidden: str) -> None:
    """What a second delivery would do, and what is known of the first, decide alone."""
    assert Action[allowed] is decide(Effect[effect], Fate[fate], may_repeat=True)
    assert Action[forbidden] is decide(Effect[effect], Fate[fate], may_repeat=False)


def test_no_case_is_missing_from_the_table() -> None:
    """Every effect meets every fate exactly once."""
    assert sorted(product(Effect.__members__, Fate.__members__)) == sorted(
        (effect, fate) for effect, fate, _, _ in ROWS
    )


def test_a_creation_that_may_have_happened_is_never_sent_again() -> None:
    """A doubled write may mail a real person twice."""
    for fate in (Fate.LOST, Fate.FAILED):
        assert Action.REPEAT is not decide(Effect.CREATES, fate, may_repeat=True)


def test_every_status_has_a_fate() -> None:
    """429 and 408 stand out from their class; nothing else does."""
    classes = {2: Fate.SUCCEEDED, 3: Fate.REDIRECTED, 4: Fate.REFUSED, 5: Fate.FAILED}
    expected = {status: classes[status // 100] for status in range(200, 600)}
    expected |= {429: Fate.THROTTLED, 408: Fate.FAILED}
    assert expected == {status: fate_of(status) for status in range(200, 600)}


@pytest.mark.parametrize(
    ("method", "status", "gone"),
    [
        ("DELETE", 404, True),
        ("DELETE", 204, False),
        ("DELETE", 403, False),
        ("DELETE", 500, False),
        ("GET", 404, False),
        ("PATCH", 404, False),
        ("POST", 404, False),
        ("PUT", 404, False),
    ],
)
def test_only_a_deletion_succeeds_by_finding_nothing(
    method: str, status: int, *, gone: bool
) -> None:
    """The second try of a deletion that worked answers 404."""
    assert gone is already_gone(method, status)


@pytest.mark.parametrize(
    ("attempt", "bound"),
    [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 20), (8, 20), (100, 20)],
)
def test_backoff_doubles_up_to_its_end(attempt: int, bound: float) -> None:
    """Half a second, one, two … and never more than twenty."""
    assert 0 == backoff(attempt, 0.0)
    assert round(bound * SECOND / 2) == backoff(attempt, 0.5)
    assert round(bound * SECOND) - backoff(attempt, 1 - 2**-53) in (0, 1)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_stays_within_its_bounds(attempt: int, jitter: float) -> None:
    """Any jitter gives a pause between nothing and twenty seconds."""
    assert 0 <= backoff(attempt, jitter) <= 20 * SECOND


def test_the_retry_quota_runs_out() -> None:
    """When most calls fail, a client stops repeating them."""
    quota = RetryQuota()
    paid = 0
    while quota.take():
        paid += 1
    assert RETRY_TOKENS // RETRY_COST == paid
    assert not quota.take()


def test_a_refusal_to_repeat_costs_nothing() -> None:
    """An empty quota does not go below zero."""
    quota = RetryQuota()
    while quota.take():
        pass
    left = quota.tokens
    assert not quota.take()
    assert left == quota.tokens


def test_a_success_gives_back_what_its_repeats_had_cost() -> None:
    """Repeats that work in the end are free."""
    quota = RetryQuota()
    assert quota.take()
    assert quota.take()
    quota.give_back(2)
    assert RETRY_TOKENS == quota.tokens


def test_a_success_at_once_gives_back_one_token() -> None:
    """A client that failed recovers while its calls succeed."""
    quota = RetryQuota()
    assert quota.take()
    quota.give_back(0)
    assert RETRY_TOKENS - RETRY_COST + 1 == quota.tokens


@given(st.lists(st.sampled_from(["take", 0, 1, 3])))
def test_the_retry_quota_stays_within_its_bounds(moves: list[str | int]) -> None:
    """Whatever fails and succeeds, there are never less than none nor more than all tokens."""
    quota = RetryQuota()
    for move in moves:
        if isinstance(move, int):
            quota.give_back(move)
        else:
            quota.take()
        assert 0 <= quota.tokens <= RETRY_TOKENS

"""The wording of hints: every form, rounded either way."""

from __future__ import annotations

import pytest

from systeme_async.testing.hints import Form, RetryForm, Rounding, Wording

WAIT = 12_345_678_901  # 12.3 seconds
WALL = 1_700_000_000_400_000_000  # 2023-11-14 22:13:20.4


@pytest.mark.parametrize(
    ("form", "rounding", "words"),
    [
        ("seconds", "ceil", "13"),
        ("seconds", "floor", "12"),
        ("float", "ceil", "12.345679"),
        ("epoch", "ceil", "1700000013"),
        ("epoch", "floor", "1700000012"),
        ("ms", "ceil", "1700000012746"),
        ("ms", "floor", "1700000012745"),
        ("date", "ceil", "Tue, 14 Nov 2023 22:13:33 GMT"),
        ("date", "floor", "Tue, 14 Nov 2023 22:13:32 GMT"),
    ],
)
def test_the_refill_has_many_forms(form: Form, rounding: Rounding, words: str) -> None:
    """One instant, in each unit that a server may have chosen."""
    wording = Wording(form, rounding=rounding)
    assert wording.quota(60, 4, WAIT, WALL) == {
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "4",
        "X-RateLimit-Refill": words,
    }


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("seconds", {"Retry-After": "13"}),
        ("date", {"Retry-After": "Tue, 14 Nov 2023 22:13:33 GMT"}),
    ],
)
def test_a_refusal_says_when_to_come_back(form: RetryForm, words: dict[str, str]) -> None:
    """`Retry-After` in both forms that HTTP knows."""
    assert Wording(retry_after=form).retry(WAIT, WALL) == words


@pytest.mark.parametrize("wording", [Wording(None), Wording(retry_after=None)])
def test_hints_can_be_left_out(wording: Wording) -> None:
    """Without hints at all, or without this one, a refusal says nothing."""
    assert wording.retry(WAIT, WALL) == {}


def test_a_whole_number_is_not_rounded() -> None:
    """Exactly twelve seconds are twelve, rounded up or down."""
    for rounding in ("ceil", "floor"):
        words = Wording(rounding=rounding).retry(12_000_000_000, WALL)
        assert words == {"Retry-After": "12"}

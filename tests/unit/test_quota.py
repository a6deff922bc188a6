"""Rate-limit headers: whatever they hold, what is read of them is safe."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async._core.quota import DAY, SECOND, SILENT, QuotaReport, read_report

if TYPE_CHECKING:
    from collections.abc import Callable

WALL = 1_767_225_600 * SECOND + 250_000_000
"""2026-01-01 00:00:00.25 UTC."""

MILLISECOND = SECOND // 1_000
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
SKEW = 15 * 60 * SECOND


def read(headers: dict[str, str], wall: int = WALL) -> QuotaReport:
    """Read a report at one moment of our own clock."""
    return read_report(headers, lambda: wall)


def test_an_answer_without_hints_says_nothing() -> None:
    """Other headers, a Date among them, are no hint."""
    assert SILENT == read({"Date": DATE, "Content-Type": "application/json"})


def test_all_hints_of_a_usual_answer_are_read() -> None:
    """Limit, remaining and refill come out together, and nothing is ignored."""
    headers = {
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "41",
        "X-RateLimit-Refill": "17",
        "Retry-After": "9",
    }
    assert QuotaReport(60, 41, 18 * SECOND, 9 * SECOND) == read(headers)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("60", 60),
        (" 60 ", 60),
        ("007", 7),
        ("999999999", 999_999_999),
        ("1000000000", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("0x10", None),
        ("1,000", None),
        ("60, 60;w=60", None),
        ("unlimited", None),
        ("nan", None),
        ("²", None),
        ("", None),
    ],
)
def test_a_count_is_a_whole_number_or_nothing(text: str, count: int | None) -> None:
    """What is no whole number of at most nine digits is ignored, and counted as such."""
    report = read({"X-RateLimit-Remaining": text})
    assert QuotaReport(remaining=count, ignored=int(count is None)) == report


def test_a_limit_of_nothing_is_not_believed() -> None:
    """An account that may send nothing would not have answered."""
    assert QuotaReport(ignored=1) == read({"X-RateLimit-Limit": "0"})


def test_more_left_than_there_ever_is_counts_as_the_limit() -> None:
    """Of two numbers that contradict each other the smaller does no harm."""
    report = read({"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "600"})
    assert QuotaReport(limit=60, remaining=60, ignored=1) == report


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 1),
        ("59", 60),
        (" 59 ", 60),
        ("86400", 86_401),
        ("59.5", 59.6),
        ("0.25", 0.26),
        ("0.000001", 0.000_002),
        ("0.0000000001", 0.000_000_001),
        ("1767225659", 59.75),
        ("1767225659.5", 59.35),
        ("1767225659123", 58.874),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.75),
        ("Thursday, 01-Jan-26 00:01:00 GMT", 60.75),
        ("Thu Jan  1 00:01:00 2026", 60.75),
        ("Thu, 01 Jan 2026 01:01:00 +0100", 60.75),
    ],
)
def test_a_refill_is_read_in_every_unit(text: str, seconds: float) -> None:
    """The distance is rounded up by what the form could not express."""
    assert QuotaReport(refill_in=round(seconds * SECOND)) == read({"X-RateLimit-Refill": text})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("30", 30),
        ("0.5", 0.5),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 29.75),
    ],
)
def test_retry_after_is_taken_at_its_word(text: str, seconds: float) -> None:
    """The server itself says when to come back; nothing is added."""
    assert QuotaReport(retry_after=round(seconds * SECOND)) == read({"Retry-After": text})


@pytest.mark.parametrize("name", ["X-RateLimit-Refill", "Retry-After"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-1",
        "-0",
        "1e3",
        "inf",
        "nan",
        "1.",
        ".5",
        "1_000",
        "86401",
        "999999999",
        "1767312001",
        "1767312001000",
        "1767220000",
        "9999999999999999",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sat, 03 Jan 2026 00:00:00 GMT",
        "Thu, 99 Jan 2026 00:00:00 GMT",
        "Thu, 01 Jan 99999 00:00:00 GMT",
        "Thu, 01 Jan 2026 00:01:00 +99999999999",
    ],
)
def test_a_hint_that_cannot_be_is_ignored_and_counted(name: str, text: str) -> None:
    """No number, negative, long past or more than a day away: as if it were not there."""
    assert QuotaReport(ignored=1) == read({name: text})


@pytest.mark.parametrize("late", [1, 100, 1_000, 4_000])
def test_an_instant_that_passed_on_its_way_here_is_now(late: int) -> None:
    """A refill due before the answer was heard has happened; it is not a hint to ignore.

    A server that refills every 0.6 s names such instants all the time.
    """
    refill = str(WALL // MILLISECOND - late)
    report = read({"X-RateLimit-Remaining": "0", "X-RateLimit-Refill": refill})
    assert report.refill_in is not None
    assert 0 <= report.refill_in <= SECOND
    assert 0 == report.ignored


@pytest.mark.parametrize("skew", [-SKEW, SKEW])
@pytest.mark.parametrize("text", ["{}", "{}000"])
def test_an_instant_is_read_against_the_servers_own_date(text: str, skew: int) -> None:
    """A server whose clock is fifteen minutes off is understood by its Date."""
    now = (WALL + skew) // SECOND
    headers = {
        "Date": formatdate(now, usegmt=True),
        "X-RateLimit-Refill": text.format(now + 20),
        "Retry-After": formatdate(now + 21, usegmt=True),
    }
    report = read(headers)
    assert report.refill_in is not None
    assert 20 * SECOND < report.refill_in <= 21 * SECOND
    assert 21 * SECOND == report.retry_after


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Jan 2026 00:00:00 GMT"])
def test_a_date_that_is_none_leaves_us_our_own_clock(date: str) -> None:
    """An unreadable Date is no worse than none."""
    report = read({"Date": date, "X-RateLimit-Refill": "1767225610"})
    assert QuotaReport(refill_in=10_750 * MILLISECOND) == report


# What no table can list

anything = st.one_of(
    st.text(),
    st.text(st.characters(exclude_categories=())),
    st.from_regex(r"-?\d{0,20}(\.\d{0,12})?", fullmatch=True),
    st.datetimes().map(lambda moment: f"{moment:%a, %d %b %Y %H:%M:%S} GMT"),
    st.integers().map(str),
    st.floats().map(str),
)


@given(
    headers=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            (
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Refill",
                "Retry-After",
                "Date",
            ),
            anything,
        ),
    ),
    wall=st.integers(min_value=0, max_value=1 << 62),
)
def test_no_text_in_any_header_can_hurt(headers: dict[str, str], wall: int) -> None:
    """Nothing raises, no number is negative, no instant is more than a day away."""
    report = read(headers, wall)
    for distance in (report.refill_in, report.retry_after):
        assert distance is None or 0 <= distance <= DAY + SECOND
    assert report.limit is None or report.limit > 0
    assert report.remaining is None or report.remaining >= 0
    assert None in (report.limit, report.remaining) or (report.remaining or 0) <= (
        report.limit or 0
    )
    assert 0 <= report.ignored <= 4


def floor_of(unit: int) -> Callable[[int], int]:
    """Round down to whole units."""
    return lambda instant: instant // unit


def ceiling_of(unit: int) -> Callable[[int], int]:
    """Round up to whole units."""
    return lambda instant: -(-instant // unit)


ROUNDINGS = pytest.mark.parametrize(
    ("rounding", "steps"), [(floor_of, 1), (ceiling_of, 2)], ids=["floor", "ceil"]
)
"""How the server rounds, and by how many steps of its form our bound may then be late."""

distances = st.integers(min_value=0, max_value=DAY - 2 * SECOND)


def check_bound(true: int, headers: dict[str, str], wall: int, *, late: int) -> None:
    """Check that what is read is never too early, and at most so much too late."""
    report = read(headers, wall)
    assert 0 == report.ignored
    assert report.refill_in is not None
    assert true <= report.refill_in <= true + late


@ROUNDINGS
@given(true=distances)
def test_whole_seconds_are_an_upper_bound(
    rounding: Callable[[int], Callable[[int], int]], steps: int, true: int
) -> None:
    """Never too early, whichever way the server rounds its seconds."""
    headers = {"X-RateLimit-Refill": str(rounding(SECOND)(true))}
    check_bound(true, headers, WALL, late=steps * SECOND)


@ROUNDINGS
@given(true=distances, digits=st.integers(min_value=1, max_value=9))
def test_decimal_seconds_are_an_upper_bound(
    rounding: Callable[[int], Callable[[int], int]], steps: int, true: int, digits: int
) -> None:
    """The more decimals a server gives, the nearer the bound."""
    unit = SECOND // 10**digits
    units = rounding(unit)(true)
    headers = {"X-RateLimit-Refill": f"{units // 10**digits}.{units % 10**digits:0{digits}}"}
    check_bound(true, headers, WALL, late=steps * unit)


@ROUNDINGS
@given(true=distances, wall=st.integers(WALL, WALL + SECOND))
@pytest.mark.parametrize("unit", [SECOND, MILLISECOND], ids=["s", "ms"])
def test_unix_time_is_an_upper_bound(
    rounding: Callable[[int], Callable[[int], int]], steps: int, unit: int, true: int, wall: int
) -> None:
    """Without a Date both clocks are taken to agree."""
    headers = {"X-RateLimit-Refill": str(rounding(unit)(wall + true))}
    check_bound(true, headers, wall, late=steps * unit)


@ROUNDINGS
@given(true=distances, wall=st.integers(WALL, WALL + SECOND), skew=st.integers(-SKEW, SKEW))
@pytest.mark.parametrize("unit", [SECOND, MILLISECOND], ids=["s", "ms"])
def test_unix_time_beside_a_date_is_an_upper_bound(
    rounding: Callable[[int], Callable[[int], int]],
    steps: int,
    unit: int,
    true: int,
    wall: int,
    skew: int,
) -> None:
    """With a Date the server's clock may be anywhere; the Date's own second comes on top."""
    there = wall + skew
    headers = {
        "Date": formatdate(there // SECOND, usegmt=True),
        "X-RateLimit-Refill": str(rounding(unit)(there + true)),
    }
    check_bound(true, headers, wall, late=steps * unit + SECOND)


@ROUNDINGS
@given(true=distances, wall=st.integers(WALL, WALL + SECOND), skew=st.integers(-SKEW, SKEW))
def test_an_http_date_is_an_upper_bound(
    rounding: Callable[[int], Callable[[int], int]], steps: int, true: int, wall: int, skew: int
) -> None:
    """A date is as good as unix seconds."""
    there = wall + skew
    headers = {
        "Date": formatdate(there // SECOND, usegmt=True),
        "X-RateLimit-Refill": formatdate(rounding(SECOND)(there + true), usegmt=True),
    }
    check_bound(true, headers, wall, late=(steps + 1) * SECOND)

"""What the rate-limit headers of one answer say, with nothing taken on trust.

Pure. Here live the rules for reading `X-RateLimit-Limit`, `-Remaining`, `-Refill` and
`Retry-After`; what follows from them is the budget's business. The unit of Refill is unproven:
seconds, unix seconds, unix milliseconds and HTTP dates are all read. A hint that is no number,
negative, past or more than a day away is ignored and counted.

Instants come out as a distance from the moment of the answer, rounded up by the resolution they
were given in: a server that says 59 may mean 59.99, and a request sent a moment too early is
a 429.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECOND: Final = 1_000_000_000
"""Nanoseconds; the core counts in nothing else."""

MILLISECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND

TRANSIT: Final = 60 * SECOND
"""How long ago an instant may be for the answer that names it to have been slow."""

_COUNT: Final = re.compile(r"\d{1,9}")
_NUMBER: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,9})\d*)?")

# Relative seconds end at a day; unix seconds have ten digits, unix milliseconds thirteen.
_UNIX_SECONDS: Final = 1_000_000_000
_UNIX_MILLISECONDS: Final = 1_000_000_000_000


class QuotaReport(msgspec.Struct, frozen=True, gc=False):
    """What one answer says of the account's quota; None where it says nothing believable."""

    limit: int | None = None
    remaining: int | None = None
    refill_in: int | None = None
    """Nanoseconds from the answer until the next refill has surely happened."""
    retry_after: int | None = None
    """Nanoseconds from the answer until the server wants to be asked again."""
    ignored: int = 0
    """Hints that were there and could not be believed."""


SILENT: Final = QuotaReport()


def read_report(headers: Mapping[str, str], wall: Callable[[], int]) -> QuotaReport:
    """Read the headers of one answer; `wall` tells our own time, in unix nanoseconds."""
    limit = headers.get("X-RateLimit-Limit")
    remaining = _smallest(headers, "X-RateLimit-Remaining")
    refill = headers.get("X-RateLimit-Refill")
    retry = headers.get("Retry-After")
    if limit is None and remaining is None and refill is None and retry is None:
        return SILENT
    ceiling, left = _count(limit), _count(remaining)
    # More left than there ever is: one of the two is wrong, the smaller does no harm.
    believed = ceiling if ceiling is not None and left is not None and left > ceiling else left
    refill_in = _distance(refill, headers, wall, rounded_down=True)
    retry_after = _distance(retry, headers, wall, rounded_down=False)
    ignored = (
        (limit is not None and not ceiling)
        + (remaining is not None and (left is None or left is not believed))
        + (refill is not None and refill_in is None)
        + (retry is not None and retry_after is None)
    )
    return QuotaReport(ceiling or None, believed, refill_in, retry_after, ignored)


def _smallest(headers: Mapping[str, str], name: str) -> str | None:
    """Of a header that came more than once, take the number that does no harm."""
    getall: Callable[[str, list[str]], list[str]] | None = getattr(headers, "getall", None)
    values = headers.get(name) if getall is None else getall(name, [])
    if not isinstance(values, list):
        return values
    return min(values, key=lambda text: _count(text) or 0, default=None)


@lru_cache(maxsize=512)
def _count(text: str | None) -> int | None:
    if text is None or not _COUNT.fullmatch(text.strip()):
        return None
    return int(text)


def _distance(
    text: str | None, headers: Mapping[str, str], wall: Callable[[], int], *, rounded_down: bool
) -> int | None:
    """Nanoseconds until what the hint names; the upper bound if it may be rounded down."""
    hint = _hint(text)
    if hint is None:
        return None
    distance = hint.at
    if hint.absolute:
        # Read against the server's own clock, however wrong that is.
        date = read_date(headers.get("Date", ""))
        distance -= wall() if date is None else date
    rounding = hint.resolution if rounded_down else 0
    # An instant may pass while the answer that names it is on its way: that is now, not a lie.
    if not -TRANSIT <= distance + rounding <= DAY + rounding:
        return None
    return max(0, distance + rounding)


class _Hint(msgspec.Struct, frozen=True, gc=False):
    """A hint as it was written: a distance, or (absolute) an instant in unix time."""

    at: int
    resolution: int
    absolute: bool


@lru_cache(maxsize=512)
def _hint(text: str | None) -> _Hint | None:
    if text is None:
        return None
    number = _NUMBER.fullmatch(text.strip())
    if number is None:
        instant = read_date(text)
        return None if instant is None else _Hint(instant, SECOND, absolute=True)
    whole, decimals = int(number[1]), number[2] or ""
    if whole >= _UNIX_MILLISECONDS:
        return _Hint(whole * MILLISECOND, MILLISECOND, absolute=True)
    at = whole * SECOND + int(decimals.ljust(9, "0"))
    return _Hint(at, SECOND // 10 ** len(decimals), absolute=whole >= _UNIX_SECONDS)


@lru_cache(maxsize=64)
def read_date(text: str) -> int | None:
    """Read an HTTP date as unix nanoseconds; None for what is none."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp()) * SECOND
    except (ValueError, OverflowError, TypeError, IndexError):
        return None

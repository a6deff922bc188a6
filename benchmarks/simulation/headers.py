"""The headers of one answer, true or not, and what has to be made of each of them.

Pure, and shares nothing with the client: whoever writes a header knows what it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from multidict import CIMultiDict

from .scenario import SECOND

if TYPE_CHECKING:
    from random import Random

    from .scenario import Hints

WALL_AT_ZERO: Final = 1_767_225_600 * SECOND + 123_456_789
"""Our own wall clock when the virtual one stands at zero."""
DAY: Final = 86_400 * SECOND
MINUTE: Final = 60 * SECOND

BAD: Final = {
    "negative": ("-1", "-5", "-60"),
    "text": ("soon", "", "ten", "1e3", "0x10", "5 s"),
    "NaN": ("NaN", "nan", "inf", "-inf"),
}
"""What no hint can be read from."""


@dataclass(frozen=True)
class Moment:
    """An instant as it was written: what stands there, in nanoseconds, and how finely."""

    text: str
    value: int = 0
    resolution: int = 0
    absolute: bool = False
    readable: bool = True

    def believed(self, reference: int, *, rounded: bool) -> int | None:
        """Return the distance that has to be read; None for one that nobody should believe."""
        if not self.readable:
            return None
        distance = self.value - reference if self.absolute else self.value
        slack = self.resolution if rounded else 0
        within = distance + slack >= -MINUTE and distance <= DAY
        return max(0, distance + slack) if within else None


@dataclass
class Headers:
    """What one answer carries, and what is true."""

    limit: str | None = None
    remaining: list[str] | None = None
    refill: Moment | None = None
    retry: Moment | None = None
    date: int | None = None
    copies: int = 1
    refill_at: int | None = None
    """When more truly comes back, on the virtual clock."""
    lies: tuple[str, ...] = ()

    def written(self) -> CIMultiDict[str]:
        """Return them as they arrive."""
        said: CIMultiDict[str] = CIMultiDict()
        if self.date is not None:
            said["Date"] = formatdate(self.date // SECOND, usegmt=True)
        for _ in range(self.copies):
            if self.limit is not None:
                said.add("X-RateLimit-Limit", self.limit)
            if self.refill is not None:
                said.add("X-RateLimit-Refill", self.refill.text)
        for text in self.remaining or ():
            said.add("X-RateLimit-Remaining", text)
        if self.retry is not None:
            said["Retry-After"] = self.retry.text
        return said

    def expected(self, now: int) -> tuple[int | None, int | None, int | None, int | None, int]:
        """Return limit, remaining, refill and retry as they have to be read, and how many not."""
        reference = WALL_AT_ZERO + now if self.date is None else self.date
        limit, remaining = number(self.limit), None
        ignored = int(self.limit is not None and not limit)
        if self.remaining is not None:
            counts = [number(text) for text in self.remaining]
            known = [count for count in counts if count is not None]
            remaining = min(known) if len(known) == len(counts) else None
            above = remaining is not None and limit is not None and remaining > limit
            ignored += remaining is None or above
            remaining = limit if above else remaining
        refill = retry = None
        if self.refill is not None:
            refill = self.refill.believed(reference, rounded=True)
            ignored += refill is None
        if self.retry is not None:
            retry = self.retry.believed(reference, rounded=False)
            ignored += retry is None
        return limit or None, remaining, refill, retry, ignored


def number(text: str | None) -> int | None:
    """Read a count; all that is written here is either digits or none."""
    return int(text) if text is not None and text.isdecimal() else None


def moment(form: str, rounding: str, distance: int, wall: int) -> Moment:
    """Write when something happens `distance` from now, which is `wall` for the server."""
    unit = {"float": 1_000, "tenths": SECOND // 10, "ms": 1_000_000}.get(form, SECOND)
    absolute = form in {"epoch", "ms", "date"}
    exact = distance + wall if absolute else distance
    units = -(-exact // unit) if rounding == "ceil" else exact // unit
    value = units * unit
    if form == "date":
        text = formatdate(units, usegmt=True)
    elif form in {"float", "tenths"}:
        digits = 6 if form == "float" else 1
        text = f"{units // 10**digits}.{units % 10**digits:0{digits}d}"
    else:
        text = str(units)
    return Moment(text, value, unit, absolute)


def truth(
    hints: Hints, limit: int, remaining: int, distance: int, now: int, *, refused: bool
) -> Headers:
    """Write what is true, in this server's words."""
    wall = WALL_AT_ZERO + now + hints.skew
    headers = Headers(refill_at=now + distance)
    if hints.dated:
        headers.date = wall // SECOND * SECOND
    if hints.left_out != "all":
        headers.limit = str(limit) if hints.left_out != "Limit" else None
        headers.remaining = [str(remaining)] if hints.left_out != "Remaining" else None
        if hints.left_out != "Refill":
            headers.refill = moment(hints.form, hints.rounding, distance, wall)
    if refused and hints.retry_form != "none":
        headers.retry = moment(hints.retry_form, "ceil", distance, wall)
    if hints.duplicated:
        headers.copies = 2
        if headers.remaining is not None:
            headers.remaining = [str(remaining + 1), str(remaining)]
            if limit < remaining + 1:
                headers.remaining = [str(remaining)] * 2
    return headers


def twist(headers: Headers, hints: Hints, random: Random, now: int, stale: Headers) -> Headers:
    """Turn the truth into this server's kind of lie, in some of its headers."""
    lie = hints.lie or ""
    wall = WALL_AT_ZERO + now + hints.skew
    match lie:
        case "silent":
            headers = Headers(date=headers.date)
        case "stale":
            headers = stale
        case "contradictory":
            headers.limit = random.choice(("0", "1", "3"))
            headers.remaining = [random.choice(("4", "9", "999"))]
        case "too many":
            headers.remaining = [str(random.randint(1, 1_000))]
        case "too early":
            headers.refill = moment(hints.form, hints.rounding, 0, wall)
        case "hours away":
            headers.refill = moment(hints.form, hints.rounding, random.randrange(DAY // 2), wall)
        case "years away" | "years ago":
            years = random.randint(2, 9) * 365 * DAY
            form = random.choice(("epoch", "ms", "date"))
            away = years if lie == "years away" else -years
            headers.refill = moment(form, "floor", away, wall)
            if headers.retry is not None and random.random() < 0.5:
                headers.retry = moment(form, "floor", away, wall)
        case _:
            _spoil(headers, random, BAD[lie])
    headers.lies = (lie,)
    return headers


def _spoil(headers: Headers, random: Random, bad: tuple[str, ...]) -> None:
    which = random.randrange(1, 16)
    if which & 1 and headers.limit is not None:
        headers.limit = random.choice(bad)
    if which & 2 and headers.remaining is not None:
        headers.remaining[-1] = random.choice(bad)
    if which & 4 and headers.refill is not None:
        headers.refill = Moment(random.choice(bad), readable=False)
    if which & 8 and headers.retry is not None:
        headers.retry = Moment(random.choice(bad), readable=False)

"""What a job came to, as text and as JSON. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from . import wording
from .look import MINUTE, counts_of
from .status import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..bulk import Outcome, Report

MOST_SHOWN: Final = 10
"""Failed rows that are shown as text."""
MOST_KEPT: Final = 1000
"""Failed rows that are kept for JSON: a file of a million bad ones must not fill the memory."""


@dataclass(slots=True)
class Failures:
    """The rows that were rejected or are unknown: the first of them, and how many."""

    first: list[Outcome] = field(default_factory=list["Outcome"])
    total: int = 0

    def take(self, outcome: Outcome) -> None:
        """Keep an outcome if it is a failure."""
        if outcome.error is None:
            return
        self.total += 1
        if len(self.first) < MOST_KEPT:
            self.first.append(outcome)

    def lines(self) -> Iterator[str]:
        """Say the first rows that failed, in the order of the file."""
        shown = sorted(self.first[:MOST_SHOWN], key=lambda outcome: outcome.row)
        if shown:
            yield "rows that failed, counted from 1 without the header:"
        for outcome in shown:
            reason, email = _reason(outcome), wording.printable(outcome.email or "")
            whose = "" if email in reason else f" ({email})"
            yield f"  row {outcome.row}{whose} {outcome.status}: {reason}"
        if self.total > len(shown):
            yield f"  and {wording.counted(self.total - len(shown), 'more row')}; --json lists them"


def requests_a_minute(report: Report) -> float:
    """Return the pace at which requests left."""
    return report.requests / report.elapsed * MINUTE if report.elapsed else 0.0


def as_text(
    report: Report, count: int | None, failures: Failures, before: int = 0
) -> Iterator[str]:
    """Say what a job came to, line by line; `before` are rows that an earlier run has ended."""
    rows = wording.counted(report.rows, "row")
    if count is not None and count != report.rows:
        rows = f"{report.rows:,} of {wording.counted(count, 'row')}"
    if before:
        rows += f", {before:,} of them before this run,"
    counts = wording.sums(counts_of(report))
    yield f"{rows} in {wording.duration(report.elapsed)}{f': {counts}' if counts else ''}"
    pace = f" ({requests_a_minute(report):.1f} a minute)" if report.elapsed >= MINUTE else ""
    yield (
        f"{wording.counted(report.requests, 'request')}{pace}, "
        f"{wording.counted(report.throttled, 'time') if report.throttled else 'never'} told to "
        "slow down (429)"
    )
    yield from failures.lines()


def as_json(
    report: Report, count: int | None, failures: Failures, ended_by: str | None
) -> dict[str, Any]:
    """Return what an import came to as one object; `ended_by` is what kept it from its end."""
    return {
        "rows": count,
        **counts_of(report),
        "requests": report.requests,
        "throttled": report.throttled,
        "elapsed": round(report.elapsed, 3),
        "requests_a_minute": round(requests_a_minute(report), 1),
        "ended_by": ended_by,
        "errors_total": failures.total,
        "errors": [
            {
                "row": outcome.row,
                "email": outcome.email,
                "status": outcome.status.value,
                "error": str(outcome.error),
            }
            for outcome in failures.first
        ],
    }


def _reason(outcome: Outcome) -> str:
    return explain(outcome.error) if outcome.error is not None else ""

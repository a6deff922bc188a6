"""What is to be seen of a job at one moment: rows, quota, time left, waiting. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .._core.reserve import PEOPLES_PART

if TYPE_CHECKING:
    from datetime import datetime

    from .. import BudgetSnapshot
    from ..bulk import Report

MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a job."""

    counts: dict[str, int]
    """Rows by what became of them."""
    comparing: int | None
    """Requests spent so far on comparing the rows with the account; None once that is over."""
    count: int | None
    """Rows in all, where that is known."""
    elapsed: float
    """Seconds on the account's clock."""
    left: float | None
    """Seconds that it will take from here, as far as can be said."""
    limit: int | None
    remaining: int | None
    waiting: bool
    """Whether nothing can be sent now."""
    wait: float | None
    """Seconds until something can be sent again, where that is known."""
    until: datetime | None
    """The local time of that."""
    stopping: bool
    """Whether no further row is begun."""

    @property
    def rows(self) -> int:
        """Rows that have ended."""
        return sum(self.counts.values())


def counts_of(report: Report) -> dict[str, int]:
    """Return the rows by what became of them, in the order in which people want to know."""
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "unknown": report.unknown,
    }


def seconds_left(
    report: Report, count: int | None, budget: BudgetSnapshot, before: int = 0
) -> float | None:
    """Guess how long the rows to come will take; those that had ended `before` tell nothing.

    They need as many requests each as those before them did, and the account's limit (a minute)
    says how fast these can leave; where the pace so far is slower than that, it counts. Of the
    rows under way, one for each call, half the work is done.
    """
    done = report.rows - before + (budget.waiting + budget.in_flight) / 2
    if count is None or report.rows <= before:
        return None
    to_come = max(0.0, count - before - done)
    by_pace = report.elapsed / done * to_come
    if not budget.limit:
        return by_pace
    requests = report.requests / done * to_come
    by_quota = max(0.0, requests - (budget.remaining or 0)) / budget.limit * MINUTE
    return max(by_pace, by_quota)


def is_waiting(budget: BudgetSnapshot) -> bool:
    """Tell whether nothing can be sent now: calls wait, and no answer is under way to change it."""
    if budget.paused_until is not None:
        return True
    return budget.waiting > 0 and not budget.in_flight


def seconds_to_wait(budget: BudgetSnapshot, now: datetime) -> float | None:
    """Return how long nothing can be sent; None where that is unknown, or something can."""
    until = budget.paused_until
    if until is None and budget.remaining is not None and budget.remaining <= for_people(budget):
        until = budget.refill_at
    if until is None or until <= now or not is_waiting(budget):
        return None
    return (until - now).total_seconds()


def for_people(budget: BudgetSnapshot) -> int:
    """Return what a job may not use before its window ends: it is left to interactive calls."""
    return 0 if budget.limit is None else max(1, budget.limit // PEOPLES_PART)

"""The account's budget in words, in lines and as an object. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..options import Lane
from . import wording

if TYPE_CHECKING:
    from datetime import datetime

    from .. import BudgetSnapshot

GAUGE_WIDTH: Final = 20
NO_QUOTA: Final = "the account shows no quota: its answers have no rate-limit headers"
UNKNOWN: Final = "nothing is known of the quota yet"


def as_text(budget: BudgetSnapshot, now: datetime) -> str:
    """Draw the gauge, and say when the refill is."""
    text = left(budget)
    if not known(budget) or budget.refill_at is None or budget.refill_at <= now:
        return text
    seconds = (budget.refill_at - now).total_seconds()
    return f"{text}, refill at {budget.refill_at.astimezone():%H:%M:%S} (in {seconds:.0f} s)"


def as_line(budget: BudgetSnapshot, now: datetime) -> str:
    """Write everything in one line: the gauge, and what goes on."""
    parts = [
        left(budget),
        f"refill {refill(budget, now)}" if known(budget) else "",
        pause(budget, now),
        f"{budget.in_flight:,} in flight",
        f"waiting: {waiting(budget)}",
        sent(budget),
    ]
    return "; ".join(filter(None, parts))


def known(budget: BudgetSnapshot) -> bool:
    """Tell whether there is anything to draw a gauge of."""
    return budget.limit is not None and budget.remaining is not None


def left(budget: BudgetSnapshot) -> str:
    """Draw the gauge."""
    if budget.limit is None or budget.remaining is None:
        return NO_QUOTA if budget.requests else UNKNOWN
    filled = round(GAUGE_WIDTH * min(1.0, budget.remaining / budget.limit))
    gauge = f"[{'#' * filled}{'.' * (GAUGE_WIDTH - filled)}]"
    return f"{gauge} {budget.remaining:,} of {wording.counted(budget.limit, 'request')} left"


def waiting(budget: BudgetSnapshot) -> str:
    """Write who waits in which lane, and in how many processes."""
    lanes = [
        f"{budget.waiting_everywhere[lane]:,} {lane.name.lower()}"
        f" in {_processes(budget.processes_waiting[lane])}"
        for lane in Lane
        if budget.waiting_everywhere[lane]
    ]
    return ", ".join(lanes) or "nobody"


def refill(budget: BudgetSnapshot, now: datetime) -> str:
    """Write when the next requests come back."""
    if budget.refill_at is None:
        return "not known"
    seconds = (budget.refill_at - now).total_seconds()
    return f"in {seconds:.0f} s" if seconds > 0 else "due, the next request brings it"


def pause(budget: BudgetSnapshot, now: datetime) -> str:
    """Write how long nobody sends after a 429; nothing where there is no pause."""
    if budget.paused_until is None:
        return ""
    seconds = max(0.0, (budget.paused_until - now).total_seconds())
    return f"paused for {seconds:.0f} s after a 429"


def sent(budget: BudgetSnapshot) -> str:
    """Write what has been counted so far."""
    ignored = f", {wording.counted(budget.ignored, 'hint')} ignored" if budget.ignored else ""
    return f"{wording.counted(budget.requests, 'request')}, {budget.throttled:,} times 429{ignored}"


def as_json(budget: BudgetSnapshot, now: datetime) -> dict[str, Any]:
    """Return what is known as one object; null is not known."""
    refill_at, paused_until = budget.refill_at, budget.paused_until
    return {
        "limit": budget.limit,
        "remaining": budget.remaining,
        "refill_at": _instant(refill_at),
        "refill_in": None if refill_at is None else round((refill_at - now).total_seconds(), 3),
        "in_flight": budget.in_flight,
        "waiting": {lane.name.lower(): budget.waiting_everywhere[lane] for lane in Lane},
        "processes_waiting": {lane.name.lower(): budget.processes_waiting[lane] for lane in Lane},
        "paused_until": _instant(paused_until),
        "throttled": budget.throttled,
        "requests": budget.requests,
        "ignored": budget.ignored,
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count:,} processes"

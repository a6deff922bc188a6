"""`systeme quota`: what the account may still spend, as a gauge."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from . import wording
from .access import Access
from .render import PlainView, warnings_shown
from .running import run
from .speech import say
from .status import Exit
from .words import Given

if TYPE_CHECKING:
    from .. import BudgetSnapshot


GAUGE_WIDTH: Final = 20
NO_QUOTA: Final = "the account shows no quota: its answers have no rate-limit headers"


def show_quota(*, given: Given) -> int:
    """Show what is left of the account's quota; it costs one request.

    With --json, standard output gets one object: limit, remaining, refill_at, refill_in.

    Args:
        given: What stood before the command.
    """
    access = Access(given)

    async def ask(_: object) -> int:
        with warnings_shown(PlainView("quota", sys.stderr)):
            async with access.open() as systeme:
                await systeme.tags.list(limit=10).first()
                snapshot = systeme.budget.snapshot()
        now = datetime.now(UTC)
        say(json.dumps(as_json(snapshot, now)) if given.json else as_text(snapshot, now))
        return Exit.DONE

    return run(ask, virtual=access.virtual)


def as_text(budget: BudgetSnapshot, now: datetime) -> str:
    """Draw the gauge."""
    if budget.limit is None or budget.remaining is None:
        return NO_QUOTA
    filled = round(GAUGE_WIDTH * min(1.0, budget.remaining / budget.limit))
    gauge = f"[{'#' * filled}{'.' * (GAUGE_WIDTH - filled)}]"
    text = f"{gauge} {budget.remaining:,} of {wording.counted(budget.limit, 'request')} left"
    if budget.refill_at is None or budget.refill_at <= now:
        return text
    seconds = (budget.refill_at - now).total_seconds()
    return f"{text}, refill at {budget.refill_at.astimezone():%H:%M:%S} (in {seconds:.0f} s)"


def as_json(budget: BudgetSnapshot, now: datetime) -> dict[str, Any]:
    """Return what is known as one object; null is not known."""
    refill_at = budget.refill_at
    return {
        "limit": budget.limit,
        "remaining": budget.remaining,
        "refill_at": None if refill_at is None else refill_at.isoformat(timespec="milliseconds"),
        "refill_in": None if refill_at is None else round((refill_at - now).total_seconds(), 3),
    }

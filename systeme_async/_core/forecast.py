"""When a call may leave at the earliest: enough to refuse one that can't be in time. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .budget import Budget


def forecast(budget: Budget, now: int, ahead: int = 0) -> int:
    """Say the earliest instant at which a call with `ahead` others before it may leave.

    A bound from below: never later than the truth, so that no call is refused in vain.
    """
    start, ceiling = max(now, budget.pause.until), budget.ceiling
    # Those in flight may come back unsent, or bring better news than was feared.
    room = max(budget.room(now), 0) + budget.in_flight if start == now else 0
    if ahead < room:
        return start
    missing = ahead - room + 1
    if ceiling is not None and ceiling.room(now, budget.in_flight) < missing:
        start = max(start, ceiling.opens_at(missing) or 0)
    if budget.credit is None:
        return start
    start = max(start, budget.refill_at or 0)
    return start + budget.rate.time_for(max(0, missing - (budget.limit or missing)))

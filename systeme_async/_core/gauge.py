"""The budget as people may see it: a snapshot, with instants as datetimes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from .session import Session


@dataclass(frozen=True, slots=True)
class BudgetSnapshot:
    """What is known of the account's quota at one moment, and what of it is under way."""

    limit: int | None
    """Requests the account may send in one period; None while unknown or without a quota."""
    remaining: int | None
    """Requests that may surely still be sent, those in flight taken off; None while unknown."""
    refill_at: datetime | None
    """When the next refill has surely happened (UTC)."""
    in_flight: int
    """Requests sent and not answered yet."""
    waiting: int
    """Calls waiting for the budget in this process."""
    paused_until: datetime | None
    """Nobody sends before this, for the server said 429 (UTC)."""
    throttled: int
    """429s met so far."""
    requests: int
    """Requests sent so far."""
    ignored: int
    """Rate-limit hints that could not be believed."""


class AccountBudget:
    """What the account's calls draw on; shared by all copies of a client."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def snapshot(self) -> BudgetSnapshot:
        """Take down what is known now; no request."""
        session = self._session
        if not session.opened:
            return BudgetSnapshot(None, None, None, 0, 0, None, 0, 0, 0)
        budget, now, when = session.store.latest(), session.store.now(), session.datetime_of
        left = None if budget.credit is None else max(0, budget.credit)
        return BudgetSnapshot(
            limit=budget.limit if budget.limit is not None else budget.quota.requests,
            remaining=left,
            refill_at=None if budget.refill_at is None else when(budget.refill_at),
            in_flight=budget.in_flight,
            waiting=session.gate.waiting,
            paused_until=when(budget.pause.until) if budget.pause.until > now else None,
            throttled=budget.throttled,
            requests=budget.sent - budget.unsent,
            ignored=budget.ignored,
        )

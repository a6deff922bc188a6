"""The budget as people may see it: a snapshot, with instants as datetimes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..options import Lane

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .session import Session


def _nobody() -> Mapping[Lane, int]:
    return dict.fromkeys(Lane, 0)


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
    waiting_by_lane: Mapping[Lane, int] = field(default_factory=_nobody, hash=False)
    """Calls waiting for the budget in this process, by lane."""
    waiting_everywhere: Mapping[Lane, int] = field(default_factory=_nobody, hash=False)
    """The same in all processes that share the budget; the others' as each told it last."""
    processes_waiting: Mapping[Lane, int] = field(default_factory=_nobody, hash=False)
    """In how many processes somebody waits, by lane."""


class AccountBudget:
    """What the account's calls draw on; shared by all copies of a client."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def refresh(self) -> BudgetSnapshot:
        """Look at what is shared, and take down what is known then; no request to the API.

        With a budget in Redis this is one round trip to it; elsewhere `snapshot` knows as much.
        Raises `ClientStateError` where the client is closed.
        """
        self._session.open()
        await self._session.store.look()
        return self.snapshot()

    def snapshot(self) -> BudgetSnapshot:
        """Take down what is known now; no request.

        What other processes did is seen as well where the budget is in a file; where it is in
        Redis, as far as this process has heard. `refresh` asks.
        """
        session = self._session
        if not session.opened:
            return BudgetSnapshot(None, None, None, 0, 0, None, 0, 0, 0)
        budget, now, when = session.store.latest(), session.store.now(), session.datetime_of
        left = None if budget.credit is None else max(0, budget.credit)
        mine, others = session.gate.waiting_by_lane, self._others(now)
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
            waiting_by_lane=mine,
            waiting_everywhere={lane: mine[lane] + sum(others[lane]) for lane in Lane},
            processes_waiting={lane: (mine[lane] > 0) + len(others[lane]) for lane in Lane},
        )

    def _others(self, now: int) -> dict[Lane, list[int]]:
        """Tell how many wait in each lane of each other process."""
        line, me = self._session.store.line, self._session.store.process
        if line is None or me is None:
            return {lane: [] for lane in Lane}
        return line.others(me, now)

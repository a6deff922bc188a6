"""What a job has cost so far, read off the account's budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.gauge import AccountBudget
from .._core.quota import SECOND

if TYPE_CHECKING:
    from .._core.session import Session
    from .report import Report


class Tally:
    """Counts from the moment it is made."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._budget = AccountBudget(session)
        self._before = self._budget.snapshot()
        self._began = session.store.now()
        self._final = False

    @property
    def requests(self) -> int:
        """Requests that left since."""
        return self._budget.snapshot().requests - self._before.requests

    def bring_up_to_date(self, report: Report, *, final: bool = False) -> None:
        """Fill in requests, 429s and seconds; after the final time no more."""
        if self._final:
            return
        self._final = final
        now = self._budget.snapshot()
        report.requests = now.requests - self._before.requests
        report.throttled = now.throttled - self._before.throttled
        report.elapsed = (self._session.store.now() - self._began) / SECOND

"""What a row is about to do to the account, committed before its bytes leave.

A row's calls go through a caller of its own. Before each one that writes, what it will do is
told to the journal; the call leaves when the journal has it. So whatever happens to the process
then, the next run knows which rows to look after before it sends anything for them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TypeVar

from .._core.endpoint import Effect
from .relay import Relay
from .steps import Step, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.codec import QueryValue
    from .._core.endpoint import Endpoint
    from ..resources._base import Caller
    from .journal import Journal

T = TypeVar("T")


class RowCaller(Relay):
    """Sends for one row, and tells the journal of each write before it leaves."""

    def __init__(self, caller: Caller, journal: Journal, number: int) -> None:
        self.change: str | None = None
        """What became of the row's contact so far."""
        self.contact_id: int | None = None
        super().__init__(caller)
        self._journal = journal
        self._number = number

    def as_one(self) -> Self:
        """Return this one: the calls of a row have no deadline to share."""
        return self

    async def call(
        self,
        endpoint: Endpoint[T],
        draft: object = None,
        query: Mapping[str, QueryValue] | None = None,
        segments: Mapping[str, object] | None = None,
    ) -> T:
        """Send one call; a write only once the journal has it."""
        if endpoint.effect is not Effect.READS:
            self.check(draft)
            step = Step(endpoint.method, endpoint.path, time.time(), self.change)
            await self._journal.intend(self._number, encode(step), self.contact_id)
        return await self._caller.call(endpoint, draft, query, segments)

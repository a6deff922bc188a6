"""What a row is about to do to the account, committed before its bytes leave.

A row's calls go through a caller of its own. When one that writes has its turn, and before any of
it leaves, what it will do is told to the journal. So whatever happens to the process then, the
next run knows which rows to look after before it sends anything for them; a row that only waits
for quota is none of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TypeVar

from anyio.lowlevel import checkpoint_if_cancelled
from msgspec.structs import replace

from .._core.endpoint import Effect
from .patience import PatientCaller
from .steps import Step, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.caller import Caller
    from .._core.codec import QueryValue
    from .._core.endpoint import Endpoint
    from .engine import Hold
    from .journal import Journal

T = TypeVar("T")


class RowCaller(PatientCaller):
    """Sends for one row, and tells of each write before it leaves.

    Args:
        caller: sends for all rows.
        number: of the row.
        journal: is told, unless the job has none.
        hold: keeps the row from the first write on, and lets it go while it sits out an outage
            with what the next run needs in the journal.
    """

    def __init__(self, caller: Caller, number: int, journal: Journal | None, hold: Hold) -> None:
        super().__init__(caller.announcing(self._announce))
        self.change: str | None = None
        """What became of the row's contact so far."""
        self.contact_id: int | None = None
        self._number = number
        self._journal = journal
        self._hold = hold
        self._held = False
        self._step: Step | None = None

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
            self._step = Step(endpoint.method, endpoint.path, 0.0, self.change)
        try:
            return await super().call(endpoint, draft, query, segments)
        finally:
            self._step = None

    async def _pause(self, seconds: float) -> None:
        if not self._held or self._journal is None:
            await super()._pause(seconds)
            return
        self._hold.let_go()
        try:
            await super()._pause(seconds)
        finally:
            self._hold.keep()

    async def _announce(self) -> None:
        if self._step is None:
            return
        # Once begun it is let end: where the job was stopped a moment ago, this is the last chance.
        await checkpoint_if_cancelled()
        self._held = True
        self._hold.keep()
        if self._journal is not None:
            step = replace(self._step, at=time.time())
            await self._journal.intend(self._number, encode(step), self.contact_id)

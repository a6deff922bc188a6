"""Follows batches that were taken until the server has carried them out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import anyio
import msgspec

from ...errors import DecodeError, NotFoundError
from ..models import ImportStatus
from .report import ImportBatch

if TYPE_CHECKING:
    from .report import Tally

FIRST_LOOK: Final = 3.0
"""Seconds; in the first one the server knows nothing, and a batch of one took six."""
LONGEST_BETWEEN_LOOKS: Final = 30.0
PATIENCE: Final = 3_600.0
"""Seconds after which a batch that has not ended is left to itself."""
MOST_UNDER_WAY: Final = 100
"""Batches; a server that is so far behind gets no more before one of them has ended."""

Look = Callable[[str], Awaitable[ImportStatus]]
"""Asks how far a batch has come."""


class _Followed(msgspec.Struct):
    batch: ImportBatch
    since: float
    due: float
    pause: float = FIRST_LOOK


class Following:
    """Looks after batches, one look at a time.

    Args:
        look: asks how far a batch has come.
        tally: is told what became of each.
    """

    def __init__(self, look: Look, tally: Tally) -> None:
        self._look = look
        self._tally = tally
        self._under_way: list[_Followed] = []

    def add(self, batch: ImportBatch) -> None:
        """Follow a batch that was taken just now."""
        now = anyio.current_time()
        self._under_way.append(_Followed(batch, now, now + FIRST_LOOK))

    async def keep_up(self) -> None:
        """Look at what is due, and wait while too much is under way."""
        await self._look_at_due()
        while len(self._under_way) >= MOST_UNDER_WAY:
            await self._wait()

    async def finish(self) -> None:
        """Wait until all have ended."""
        while self._under_way:
            await self._wait()

    async def _wait(self) -> None:
        due = min(one.due for one in self._under_way)
        await anyio.sleep(max(0.0, due - anyio.current_time()))
        await self._look_at_due()

    async def _look_at_due(self) -> None:
        for one in [one for one in self._under_way if one.due <= anyio.current_time()]:
            status = await self._status_of(one)
            if status.ended or anyio.current_time() - one.since > PATIENCE:
                self._under_way.remove(one)
                self._tally.ended(one.batch, status)
            else:
                one.pause = min(one.pause * 2, LONGEST_BETWEEN_LOOKS)
                one.due = anyio.current_time() + one.pause

    async def _status_of(self, one: _Followed) -> ImportStatus:
        self._tally.requests += 1
        try:
            return await self._look(one.batch.batch_id)
        except (NotFoundError, DecodeError) as error:
            if isinstance(error, DecodeError) and error.redirected:
                raise
            return ImportStatus()  # It does not know the batch yet, or says so in another form.

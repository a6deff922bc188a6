"""Follows batches that were taken until the server has carried them out.

A look that fails says nothing of the batch, and ends nothing: it is taken again until patience
ends. Only what no look will get past is an error: a redirect, a gateway without a way in.
"""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import anyio
import msgspec

from ...errors import (
    APIError,
    ConnectionMissingError,
    DeadlineExceededError,
    DecodeError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    SystemeError,
    TransportError,
)
from ..models import ImportStatus
from .report import ImportBatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .report import Tally

FIRST_LOOK: Final = 3.0
"""Seconds; in the first one the server knows nothing, and a batch of one took six."""
LONGEST_BETWEEN_LOOKS: Final = 30.0
PATIENCE: Final = 3_600.0
"""Seconds after which a batch that has not ended is left to itself."""
MOST_UNDER_WAY: Final = 100
"""Batches; a server that is so far behind gets no more before one of them has ended."""
MOST_ODD: Final = 6
"""Looks in a row, more than a minute of them, that find no such batch or can't be read: what is
said then is no passing trouble, and is believed."""

Look = Callable[[str], Awaitable[ImportStatus]]
"""Asks how far a batch has come."""


class _Followed(msgspec.Struct):
    batch: ImportBatch
    rows: array[int]
    since: float
    due: float
    pause: float = FIRST_LOOK
    status: ImportStatus = ImportStatus()
    """What was told last."""
    odd: int = 0
    unknown: bool = False
    """Whether the last look found no such batch."""
    trouble: str = ""
    """What the last look was answered, where that was no status."""


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

    def add(self, batch: ImportBatch, rows: Iterable[int]) -> None:
        """Follow a batch of these rows that was taken just now."""
        now = anyio.current_time()
        # Numbers alone, eight bytes each: a hundred batches of rows would not be small.
        self._under_way.append(_Followed(batch, array("Q", rows), now, now + FIRST_LOOK))

    async def keep_up(self) -> None:
        """Look at what is due, and wait while too much is under way."""
        await self._look_at_due()
        while len(self._under_way) >= MOST_UNDER_WAY:
            await self._wait()

    async def finish(self) -> None:
        """Wait until all have ended."""
        while self._under_way:
            await self._wait()

    def leave_all(self) -> None:
        """Look no more: what is under way is told as it was seen last."""
        under_way, self._under_way = self._under_way, []
        for one in under_way:
            self._tally.ended(one.batch, one.status, one.trouble)

    async def _wait(self) -> None:
        due = min(one.due for one in self._under_way)
        await anyio.sleep(max(0.0, due - anyio.current_time()))
        await self._look_at_due()

    async def _look_at_due(self) -> None:
        for one in [one for one in self._under_way if one.due <= anyio.current_time()]:
            await self._look_at(one)
            patient = one.odd < MOST_ODD and anyio.current_time() - one.since <= PATIENCE
            if patient and not one.status.ended:
                one.pause = min(one.pause * 2, LONGEST_BETWEEN_LOOKS)
                one.due = anyio.current_time() + one.pause
            else:
                self._under_way.remove(one)
                self._end(one)

    async def _look_at(self, one: _Followed) -> None:
        self._tally.requests += 1
        try:
            status = await self._look(one.batch.batch_id)
        except SystemeError as error:
            if not _tells_nothing(error):
                raise
            one.unknown = isinstance(error, NotFoundError)
            one.odd = one.odd + 1 if one.unknown or not _passes(error) else 0
            one.trouble = str(error)
        else:
            one.status, one.odd, one.unknown, one.trouble = status, 0, False, ""

    def _end(self, one: _Followed) -> None:
        if one.unknown and one.odd >= MOST_ODD:
            self._tally.lost(one.batch, one.rows, one.trouble)
        else:
            self._tally.ended(one.batch, one.status, one.trouble)


def _tells_nothing(error: SystemeError) -> bool:
    """Tell whether a batch may be well for all that a look at it failed so."""
    if isinstance(error, DecodeError):
        return not error.redirected  # Somebody else would answer for the account.
    if isinstance(error, ConnectionMissingError):
        return False
    if isinstance(error, APIError):
        return error.status != HTTPStatus.UNAUTHORIZED
    return isinstance(error, TransportError | DeadlineExceededError)


def _passes(error: SystemeError) -> bool:
    """Tell whether another look may get an answer: a 403 comes now and then without a cause."""
    if isinstance(error, DecodeError):
        return error.no_json  # Empty and torn answers come, too.
    if isinstance(error, APIError):
        passing = isinstance(error, ServerError | RateLimitedError)
        return passing or error.status == HTTPStatus.FORBIDDEN
    return True

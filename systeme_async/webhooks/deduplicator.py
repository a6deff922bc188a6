"""Lets a delivery be handled once, though it arrives several times.

A retry comes whenever an answer was lost or late, so it may come while the first attempt is
still at work. Two notes are kept for each delivery: that it is at work, which is taken back
whatever happens, and that it is done, which is made only behind a handler that succeeded.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from ..errors import ConfigurationError, ReplayError
from .automation import AutomationEvent
from .events import SignedEvent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

Known: TypeAlias = SignedEvent | AutomationEvent | str
"""A delivery: its event, or a key of your own."""

CAPACITY: Final = 10_000
KEPT: Final = 6 * 86_400.0
"""Seconds. Retries end after five days."""
LEASE: Final = 300.0
"""Seconds."""


class InProgressError(ReplayError):
    """The same delivery is being handled right now: answer without a 2xx, so that it is retried.

    It is neither handled nor lost yet. A 2xx would end the retries, and if the handler at work
    fails, nobody would hear of the event again.
    """


class Store(Protocol):
    """Where a `Deduplicator` keeps its notes: in Redis, in a table, wherever processes share."""

    async def add(self, key: str, ttl: float) -> bool:
        """Note a key for so many seconds; False, and nothing else, if it is noted already.

        It must be one step: of two callers at once, one gets True. In Redis: `SET … NX PX`.
        """
        ...

    async def has(self, key: str) -> bool:
        """Tell whether a key is noted."""
        ...

    async def discard(self, key: str) -> None:
        """Forget a key, if it is noted."""
        ...


class MemoryStore:
    """Notes in the memory of one process; beyond its capacity the oldest is forgotten.

    It needs no clock: `ttl` is not looked at, and when the process ends all notes end with it.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 1:
            msg = f"capacity={capacity!r} leaves room for nothing; give 1 or more"
            raise ConfigurationError(msg)
        self._capacity = capacity
        self._noted: dict[str, None] = {}

    async def add(self, key: str, ttl: float) -> bool:
        """Note a key; False if it is noted already."""
        del ttl
        if key in self._noted:
            return False
        if len(self._noted) >= self._capacity:
            del self._noted[next(iter(self._noted))]
        self._noted[key] = None
        return True

    async def has(self, key: str) -> bool:
        """Tell whether a key is noted."""
        return key in self._noted

    async def discard(self, key: str) -> None:
        """Forget a key."""
        self._noted.pop(key, None)

    def __len__(self) -> int:
        return len(self._noted)


class Deduplicator:
    """Recognizes deliveries that come again.

    Args:
        store: where notes are kept; unless given, in the memory of this process, which forgets
            them when it ends and shares them with no other.
        capacity: how many notes the memory holds.
        kept: seconds for which a store is asked to remember what is done.
        lease: seconds after which a store may take a handler at work for dead, as when its
            process was killed; longer than any handler takes.
        key: what makes two deliveries the same; unless given, `event.key`: the message id, or
            the body's digest where that is missing.

    Message ids are not authenticated. They recognize the server's own retries; somebody who
    has seen a genuine delivery can send it again under a new id. `key=lambda event:
    event.digest` recognizes that too, and takes for one what was said twice in the same words,
    such as a tag added again. What must never happen twice for a sale belongs behind a unique
    index on `SaleNew.order_item_id`.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        capacity: int = CAPACITY,
        kept: float = KEPT,
        lease: float = LEASE,
        key: Callable[[SignedEvent | AutomationEvent], str] | None = None,
    ) -> None:
        self._store: Store = MemoryStore(capacity) if store is None else store
        self._kept = kept
        self._lease = lease
        self._key = key
        # Of this process. Between a look at it and a note in it nothing awaits, so it holds
        # even where a store is slow or its lease is over.
        self._at_work: set[str] = set()

    @asynccontextmanager
    async def once(self, event: Known) -> AsyncGenerator[None]:
        """Handle a delivery within `async with`: it is done when the block ends well.

        Raises `ReplayError` before the block where it has been handled, which deserves a 2xx,
        and `InProgressError` where it is being handled, which does not. A block that fails or
        is cancelled leaves no note, so a retry is handled.
        """
        key = self._key_of(event)
        if key in self._at_work:
            raise _in_progress(key)
        self._at_work.add(key)
        try:
            async with self._claim(key):
                yield
        finally:
            self._at_work.discard(key)

    @asynccontextmanager
    async def _claim(self, key: str) -> AsyncGenerator[None]:
        """Hold the note that a delivery is at work, and leave the one that it is done."""
        claim, done = f"at-work:{key}", _done(key)
        if not await self._store.add(claim, self._lease):
            raise _in_progress(key)
        try:
            if await self._store.has(done):
                msg = f"the delivery {key!r} has been handled; answer 200 and do nothing"
                raise ReplayError(msg)
            yield
            await self._store.add(done, self._kept)
        finally:
            await self._store.discard(claim)

    async def seen(self, event: Known) -> bool:
        """Tell whether a delivery was seen before, and note it at once.

        It is for those who put events somewhere safe before they handle them: if what follows
        fails, call `forget`, or a retry is taken for done.
        """
        return not await self._store.add(_done(self._key_of(event)), self._kept)

    async def forget(self, event: Known) -> None:
        """Take the note back, so that a retry is handled."""
        await self._store.discard(_done(self._key_of(event)))

    def _key_of(self, event: Known) -> str:
        if isinstance(event, str):
            return event
        return event.key if self._key is None else self._key(event)


def _done(key: str) -> str:
    return f"done:{key}"


def _in_progress(key: str) -> InProgressError:
    msg = f"the delivery {key!r} is being handled right now; answer 409, and it comes again"
    return InProgressError(msg)

"""Listings: items one by one, fetched page by page, the next page on its way in time.

A listing is followed by the id of its last item. A server that ignores the cursor would send
the same page for ever (an app once read one page 32,000 times), so a cursor seen before, or a
page that promises more and holds nothing, ends in `PaginationError` at that very page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .errors import PaginationError

if TYPE_CHECKING:
    from .models import Page

T = TypeVar("T")

Fetch = Callable[[int | None], Coroutine[Any, Any, "Page[T]"]]
"""Fetches the page after the item with the given id; None is the first page."""

CursorOf = Callable[[T], int]
"""Names the id by which the listing goes on after an item."""


class Pager(AsyncIterator[T], Generic[T]):
    """A listing that has not been fetched yet; every `async for` begins it anew.

    Raises `PaginationError` where the server's pages would never end.
    """

    def __init__(
        self, fetch: Fetch[T], cursor_of: CursorOf[T] | None, starting_after: int | None = None
    ) -> None:
        self._fetch = fetch
        self._cursor_of = cursor_of
        self._starting_after = starting_after
        self._own_walk: _Walk[T] | None = None

    def __aiter__(self) -> AsyncIterator[T]:  # noqa: PYI034 - each loop is a walk of its own
        return self._walk()

    async def __anext__(self) -> T:
        """Return the next item of one walk of the pager's own, for use with `anext()`."""
        if self._own_walk is None:
            self._own_walk = self._walk()
        return await anext(self._own_walk)

    def pages(self) -> AsyncIterator[list[T]]:
        """Iterate the pages as lists of items."""
        return _Pages(self._reader())

    async def first(self) -> T | None:
        """Return the first item, or None; one request."""
        page = await self._reader().read()
        return page[0] if page else None

    async def collect(self) -> list[T]:
        """Return all items in one list, in memory."""
        reader = self._reader()
        items: list[T] = []
        while not reader.exhausted:
            items += await reader.read()
        return items

    def _walk(self) -> _Walk[T]:
        return _Walk(self._reader())

    def _reader(self) -> Reader[T]:
        return Reader(self._fetch, self._cursor_of, self._starting_after)


class Reader(Generic[T]):
    """Reads page after page, at most one ahead of its user. Not for users of the library."""

    def __init__(
        self, fetch: Fetch[T], cursor_of: CursorOf[T] | None, starting_after: int | None
    ) -> None:
        self._fetch = fetch
        self._cursor_of = cursor_of
        self._cursor = starting_after
        self._seen: set[int] = set() if starting_after is None else {starting_after}
        self._ahead: asyncio.Task[Page[T]] | None = None
        self.exhausted = False

    async def read(self) -> list[T]:
        """Return the next page: the one fetched ahead, if there is one."""
        ahead, self._ahead = self._ahead, None
        # Whoever is cancelled while awaiting the fetch ahead takes it down with him.
        page = await (self._fetch(self._cursor) if ahead is None else ahead)
        complaint = self._move(page)
        if complaint:
            self.exhausted = True
            raise PaginationError(complaint)
        return page.items

    def look_ahead(self) -> None:
        """Begin to fetch the next page, unless it is under way or there is none."""
        if self._ahead is None and not self.exhausted:
            self._ahead = asyncio.create_task(self._fetch(self._cursor))

    def _move(self, page: Page[T]) -> str:
        """Move the cursor behind this page, or say why the listing would never end."""
        self.exhausted = not page.has_more
        if self.exhausted:
            return ""
        if not page.items:
            return "the server promises more items and sends an empty page; stopped here"
        if self._cursor_of is None:
            return "the server promises a second page where its API has no cursor; stopped here"
        cursors = [self._cursor_of(item) for item in page.items]
        # Any item: the last one may be another by now, if something was deleted meanwhile.
        again = self._seen.intersection(cursors)
        if again or _turns_back(self._cursor, cursors):
            back = again.pop() if again else cursors[0]
            return f"the listing came back to item {back}: the server ignores the cursor"
        self._cursor = cursors[-1]
        self._seen.add(self._cursor)
        return ""

    def __del__(self) -> None:
        # A loop left early drops its iterator, and with it this reader. Nobody is there to
        # await then: cancelling is all that is needed, and the fetch ends in the next turn.
        ahead = self._ahead
        if ahead is None or ahead.get_loop().is_closed():
            return
        if not ahead.cancel() and not ahead.cancelled():
            ahead.exception()  # Seen, so that asyncio does not report it as forgotten.


def _turns_back(cursor: int | None, page: list[int]) -> bool:
    """Tell whether a page that is sorted by its cursors lies on the wrong side of the last one.

    It is what a server that ignores the cursor sends while new items keep coming in.
    """
    if cursor is None:
        return False
    if all(one > other for one, other in pairwise(page)):
        return len(page) > 1 and page[0] > cursor
    return page[0] < cursor and all(one < other for one, other in pairwise(page))


class _Walk(AsyncIterator[T]):
    """Item by item; the next page is asked for once half of this one is used up.

    Not sooner: a loop that only looks at the first items must not cost a second request.
    """

    def __init__(self, reader: Reader[T]) -> None:
        self._reader = reader
        self._items: list[T] = []
        self._next = 0
        self._turning = asyncio.Lock()

    async def __anext__(self) -> T:
        while self._next >= len(self._items):
            # Several tasks may take items from one walk; one of them reads the next page.
            async with self._turning:
                if self._next < len(self._items):
                    break
                if self._reader.exhausted:
                    raise StopAsyncIteration
                self._items, self._next = await self._reader.read(), 0
        item = self._items[self._next]
        self._next += 1
        if self._next * 2 > len(self._items):
            self._reader.look_ahead()
        return item


class _Pages(AsyncIterator[list[T]]):
    """Page by page; from the second on, the next one is fetched while this one is used."""

    def __init__(self, reader: Reader[T]) -> None:
        self._reader = reader
        self._read = 0

    async def __anext__(self) -> list[T]:
        if self._reader.exhausted:
            raise StopAsyncIteration
        page = await self._reader.read()
        self._read += 1
        if self._read > 1:
            self._reader.look_ahead()
        return page

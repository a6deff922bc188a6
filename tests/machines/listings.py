"""A model of a server's listing: ids in order, a cursor, and several ways of getting it wrong."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from systeme_async.models import Page, Tag

Fault = Literal["ignores the cursor", "repeats the page", "cycles", "empty and more"]
FAULTS: Final[tuple[Fault, ...]] = (
    "ignores the cursor",
    "repeats the page",
    "cycles",
    "empty and more",
)


class Listing:
    """Tags by id, in pages; from the moment a fault is set it answers wrongly for ever."""

    def __init__(self, count: int, size: int, *, descending: bool = True) -> None:
        self.ids = list(range(10, 10 * count + 1, 10))
        self.size = size
        self.descending = descending
        self.requests: list[int | None] = []
        self.fault: Fault | None = None
        self.since_fault = 0
        """Answers since then that no honest server could have given."""
        self.failures: list[Exception] = []
        self.delay = 0.0
        self._served: list[list[int]] = []

    async def fetch(self, cursor: int | None) -> Page[Tag]:
        """Answer as `GET /api/tags?startingAfter=…` does."""
        self.requests.append(cursor)
        await asyncio.sleep(self.delay)
        if self.failures:
            raise self.failures.pop(0)
        if self.fault is None:
            return self._page(*self._after(cursor))
        page = self._wrong_page()
        self.since_fault += self._is_visibly_wrong(page, cursor)
        return page

    def _after(self, cursor: int | None) -> tuple[list[int], bool]:
        ids = sorted(self.ids, reverse=self.descending)
        if cursor is not None:
            ids = [one for one in ids if (one < cursor) is self.descending and one != cursor]
        return ids[: self.size], len(ids) > self.size

    def _wrong_page(self) -> Page[Tag]:
        ids = self._after(None)[0]
        if self.fault == "repeats the page" and self._served:
            ids = self._served[-1]
        if self.fault == "cycles" and self._served:
            ids = self._served[len(self.requests) % len(self._served)]
        # One item alone would not show in which direction its listing goes.
        if self.fault == "empty and more" or len(ids) == 1:
            ids = []
        return self._page(ids, more=True)

    def _is_visibly_wrong(self, page: Page[Tag], cursor: int | None) -> bool:
        ids = [item.id for item in page.items]
        if not ids or cursor in ids:
            return True
        return cursor is not None and (ids[0] > cursor) is self.descending

    def _page(self, ids: list[int], more: bool) -> Page[Tag]:  # noqa: FBT001 - the API's own flag
        if self.fault is None:
            self._served.append(ids)
        return Page(items=[Tag(id=one, name=str(one)) for one in ids], has_more=more)

"""Listings by place: what the API offers where it knows no listing by id.

Items move from page to page while others come and go, so that one may be met twice; it is given
out once. One that moved forward meanwhile may be missed: only contacts can be listed surely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..paging import Pager, Reader

if TYPE_CHECKING:
    from ..models import Page

T = TypeVar("T")


class OffsetPager(Pager[T]):
    """A listing that goes on behind so many items."""

    def _reader(self) -> Reader[T]:
        return _OffsetReader(self._fetch, self._cursor_of, self._starting_after)


class _OffsetReader(Reader[T]):
    """Reads page after page by their places."""

    async def read(self) -> list[T]:
        page = await super().read()
        if self._cursor_of is None:
            return page
        new = [item for item in page if self._cursor_of(item) not in self._seen]
        self._seen.update(map(self._cursor_of, new))
        return new

    def _move(self, page: Page[T]) -> str:
        self.exhausted = not page.has_more
        if page.items and self._cursor_of is not None:
            again = self._seen.issuperset(map(self._cursor_of, page.items))
            if again and not self.exhausted:
                return "the same page came a second time: the server ignores the offset"
        self._cursor = (self._cursor or 0) + len(page.items)
        return ""

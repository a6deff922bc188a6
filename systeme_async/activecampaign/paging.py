"""Pages: what comes behind one, and whether one can be what was asked for.

Listings by place are what the API offers where it knows none by id. Items move from page to page
while others come and go, so that one may be met twice; it is given out once. One that moved
forward meanwhile may be missed: only contacts can be listed surely.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..errors import PaginationError
from ..paging import Pager, Reader
from .filters import LARGEST_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..models import Page
    from .models.model import Meta

T = TypeVar("T")


class Answered(Protocol):
    """A page, whatever stands beside its items."""

    @property
    def items(self) -> list[Any]:
        """What is listed."""
        ...

    @property
    def meta(self) -> Meta:
        """What the page says of the listing."""
        ...


def has_more(answer: Answered, limit: int, before: int = 0) -> bool:
    """Tell whether there are items behind a page that was asked for with a limit.

    It is the last one if it is not full, unless the server says that more match: it may allow
    less than was asked for. A full one is never the last one, whatever the server says: it keeps
    totals for a while, and one that is old would hide what has come since.
    """
    count, total = len(answer.items), answer.meta.total
    behind = total is not None and total > before + count
    if count > limit and (total is not None or count > LARGEST_PAGE):
        return behind  # It sends all at once, whatever is asked for.
    return bool(count) and (count >= limit or behind)


def check_order(ids: Iterable[int], cursor: int) -> None:
    """Raise `PaginationError` unless a page by id lies behind the cursor, each id above the last.

    Otherwise the listing would never end, or not meet everything once.
    """
    for before, number in pairwise((cursor, *ids)):
        if number <= before:
            msg = (
                f"item {number} came behind item {before}: the server ignores the order or the "
                "cursor, so that the listing can't go on; stopped here"
            )
            raise PaginationError(msg)


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

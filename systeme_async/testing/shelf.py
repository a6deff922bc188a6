"""Records by id, and the paging that all listings share. Pure.

A page costs what it holds and what the filters skip, never a sort of everything: ids only
grow, so a list of them stays sorted by itself and a cursor is found by bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from .call import Complaint, not_found, refuse, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

R = TypeVar("R")

SMALLEST_PAGE: Final = 10
LARGEST_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts, how much it holds and which way it goes."""

    limit: int = SMALLEST_PAGE
    after: int | None = None
    descending: bool = True

    @classmethod
    def read(cls, query: Mapping[str, str], largest: int = LARGEST_PAGE) -> Cursor:
        """Read `limit`, `startingAfter` and `order`, or raise a 422; the rest is ignored."""
        limit = whole(query.get("limit", str(SMALLEST_PAGE)))
        after = whole(query["startingAfter"]) if "startingAfter" in query else None
        order = query.get("order", "desc").lower()
        sized = limit is not None and SMALLEST_PAGE <= limit <= largest
        refuse(_complaints(query, after, order, sized=sized))
        return cls(limit or SMALLEST_PAGE, after, order == "desc")

    def reaches(self, number: int) -> bool:
        """Say whether an id lies beyond the cursor."""
        if self.after is None:
            return True
        return number < self.after if self.descending else number > self.after


def _complaints(
    query: Mapping[str, str], after: int | None, order: str, *, sized: bool
) -> Iterator[Complaint]:
    if not sized:
        yield _wrong("limit", "limit")
    if "startingAfter" in query and not after:
        yield _wrong("startingAfter", "starting after")
    if order not in {"asc", "desc"}:
        yield _wrong("order", "order")


def _wrong(name: str, words: str) -> Complaint:
    return Complaint(f"pagination.{name}", f"Wrong value of pagination {words} parameter")


def page(items: list[object], *, more: bool = False) -> dict[str, object]:
    """Return one page as it travels."""
    return {"items": items, "hasMore": more}


class Shelf(Generic[R]):
    """Records by id, in the order of their ids; an id is never given twice."""

    def __init__(self, first_id: int) -> None:
        self._records: dict[int, R] = {}
        self._ids: list[int] = []
        self.next_id = first_id

    def __len__(self) -> int:
        return len(self._records)

    @property
    def view(self) -> Mapping[int, R]:
        """The records by id, to look at."""
        return MappingProxyType(self._records)

    def put(self, build: Callable[[int], R]) -> R:
        """Build a record around the next id and keep it."""
        number = self.next_id
        self.next_id += 1
        record = self._records[number] = build(number)
        self._ids.append(number)
        return record

    def get(self, number: int) -> R:
        """Return one record, or raise a 404."""
        try:
            return self._records[number]
        except KeyError:
            raise not_found() from None

    def drop(self, number: int) -> R:
        """Take one record off the shelf and return it, or raise a 404."""
        record = self.get(number)
        del self._records[number]
        del self._ids[bisect_left(self._ids, number)]
        return record

    def drop_if(self, matches: Callable[[R], bool]) -> None:
        """Take the records that match off the shelf."""
        for number in [number for number, record in self._records.items() if matches(record)]:
            self.drop(number)

    def page(
        self, cursor: Cursor, matches: Callable[[R], bool], render: Callable[[R], object]
    ) -> dict[str, object]:
        """Return the page at the cursor, of the records that match."""
        # One more than the page holds tells whether there is another.
        found = list(islice(filter(matches, self._walk(cursor)), cursor.limit + 1))
        items = [render(record) for record in found[: cursor.limit]]
        return page(items, more=len(found) > cursor.limit)

    def between(self, after: int | None, before: int | None) -> list[int]:
        """Return the ids above `after` and below `before`, the smallest first."""
        start = 0 if after is None else bisect_right(self._ids, after)
        end = len(self._ids) if before is None else bisect_left(self._ids, before)
        return self._ids[start:end]

    def _walk(self, cursor: Cursor) -> Iterator[R]:
        ids = self._ids
        if cursor.descending:
            end = len(ids) if cursor.after is None else bisect_left(ids, cursor.after)
            return (self._records[ids[index]] for index in range(end - 1, -1, -1))
        start = 0 if cursor.after is None else bisect_right(ids, cursor.after)
        return (self._records[ids[index]] for index in range(start, len(ids)))

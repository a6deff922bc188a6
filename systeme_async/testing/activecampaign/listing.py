"""Pages: how much of what was found is shown, in which order, and how much there is. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from ..call import Answer, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..call import Call


class Numbered(Protocol):
    """Something that has an id."""

    id: int


R = TypeVar("R", bound=Numbered)

USUAL_PAGE: Final = 20
LARGEST_PAGE: Final = 100
NUMBERED_TOTALS: Final = frozenset({"deals", "dealGroups", "dealStages", "notes"})
"""The listings whose total is a number; that of all others is a text."""

_ORDER: Final = re.compile(r"orders\[([\w-]+)\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts and how much it holds."""

    limit: int
    offset: int

    @classmethod
    def read(cls, query: Mapping[str, str], usual: int = USUAL_PAGE) -> Place:
        """Read `limit` and `offset`; too much is capped, what is no number is ignored."""
        limit = whole(query.get("limit", "")) or usual
        return cls(min(limit, LARGEST_PAGE), whole(query.get("offset", "")) or 0)

    def of(self, found: Sequence[R]) -> Sequence[R]:
        """Return what the page shows."""
        return found[self.offset : self.offset + self.limit]


def ordered(
    records: Iterable[R], query: Mapping[str, str], keys: Mapping[str, Callable[[R], Any]]
) -> list[R]:
    """Sort by `orders[name]`, the first most; without any, by id."""
    found = sorted(records, key=lambda one: one.id)
    wanted = [
        (keys[match[1]], value.lower() == "desc")
        for name, value in query.items()
        if (match := _ORDER.fullmatch(name)) and match[1] in keys
    ]
    for key, descending in reversed(wanted):
        found.sort(key=key, reverse=descending)
    return found


def total(key: str, count: int) -> object:
    """Return how many match, as a listing tells it."""
    return count if key in NUMBERED_TOTALS else str(count)


def page_of(
    call: Call,
    key: str,
    records: Iterable[R],
    render: Callable[[R], object],
    *,
    orders: Mapping[str, Callable[[R], Any]] | None = None,
    usual: int = USUAL_PAGE,
    meta: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return one page of records under a key; `meta` is what is said of it besides the total."""
    keys: dict[str, Callable[[R], Any]] = {"id": lambda one: one.id, **(orders or {})}
    found = ordered(records, call.query, keys)
    shown = [render(one) for one in Place.read(call.query, usual).of(found)]
    return {key: shown, "meta": {**(meta or {}), "total": total(key, len(found))}}


def children(call: Call, key: str, found: Sequence[object], *, paged: bool) -> Answer:
    """Answer what hangs on one contact: a page of it, or all at once and without a total."""
    if not paged:
        return Answer(200, {key: found})
    place = Place.read(call.query)
    shown = found[place.offset : place.offset + place.limit]
    return Answer(200, {key: shown, "meta": {"total": total(key, len(found))}})


def listing(
    call: Call,
    key: str,
    records: Iterable[R],
    render: Callable[[R], object],
    *,
    orders: Mapping[str, Callable[[R], Any]] | None = None,
    meta: Mapping[str, object] | None = None,
) -> Answer:
    """Answer one page of records under a key."""
    return Answer(200, page_of(call, key, records, render, orders=orders, meta=meta))

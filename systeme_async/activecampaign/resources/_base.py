"""What every resource has: one way to send, three ways to list."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from msgspec import UNSET

from ..._core.endpoint import Effect
from ...drafts import Draft
from ...errors import ConfigurationError, DecodeError, PaginationError
from ...models import Page
from ...paging import Pager
from ...resources._base import check_id
from ..filters import LARGEST_PAGE, check_limit
from ..paging import Answered, OffsetPager, check_order, has_more

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ..._core.codec import QueryValue
    from ...resources._base import Caller
    from ..models.model import Many, One
    from ..operation import Operation

__all__ = ["LARGEST_PAGE", "READS", "Resource"]

T = TypeVar("T")
P = TypeVar("P", bound=Answered)

_CHANGES: Final = frozenset({"PUT", "PATCH"})
_TEXTS: Final = frozenset({"email"})
"""The slots of paths that hold no id."""
READS: Final = 3
"""How often something is read whose answer is empty or torn, which this server's are at times."""


class Resource:
    """A group of calls; get one from a client, such as `activecampaign.contacts`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def as_one(self) -> Self:
        """Return the same for a method of several calls, which keep one deadline together."""
        return type(self)(self._caller.as_one())

    async def send(self, operation: Operation[T], draft: object = None, **segments: object) -> T:
        """Send what an operation describes; for the methods of resources, as all here is."""
        return await self._call(operation, draft, None, segments)

    async def _one(
        self, operation: Operation[One[T]], draft: object = None, **segments: object
    ) -> T:
        """Send what is answered with one thing, and return that."""
        return (await self._call(operation, draft, None, segments)).it

    async def items_of(self, operation: Operation[Many[T]], **segments: object) -> list[T]:
        """Fetch what one page holds, whatever there is: a listing that has no other."""
        return (await self._call(operation, None, None, segments)).items

    async def all_of(self, operation: Operation[Many[T]], **segments: object) -> list[T]:
        """Fetch a listing to its end, which one request mostly brings.

        What hangs on one contact comes in pages or all at once: that is not documented. Where it
        comes all at once, a second request brings the same again, and that is the end.
        """
        one, id_of = self.as_one(), attrgetter("id")
        found: dict[int, T] = {}
        read = 0
        while True:
            query = {"limit": LARGEST_PAGE, "offset": read}
            page = await one._call(  # noqa: SLF001 - it is one of us
                operation, None, query, segments
            )
            known = len(found)
            found |= {id_of(item): item for item in page.items}
            if not has_more(page, LARGEST_PAGE, read):
                return [*found.values()]
            read += len(page.items)
            if len(found) == known:
                if page.meta.total is None or page.meta.total <= known:
                    return [*found.values()]
                msg = f"{operation.path}: the same page came twice; the server ignores the offset"
                raise PaginationError(msg)

    async def _call(
        self,
        operation: Operation[T],
        draft: object,
        query: Mapping[str, QueryValue] | None,
        segments: Mapping[str, object],
        beside: Mapping[str, object] | None = None,
    ) -> T:
        """Send an operation; `beside` travels next to a draft, outside its wrapper."""
        for name in segments.keys() - _TEXTS:
            check_id(f"{name}_id", segments[name])
        body = draft
        if draft is not None and operation.key:
            self._caller.check(draft)  # Inside its wrapper nobody looks for its limits.
            self._check_change(operation, draft)
            body = {operation.key: draft, **(beside or {})}
        if operation.effect is not Effect.READS:
            return await self._caller.call(operation, body, query, segments)
        caller = self._caller.as_one()
        for _ in range(min(READS, self._caller.max_attempts) - 1):
            try:
                return await caller.call(operation, body, query, segments)
            except DecodeError as error:
                if not error.no_json:
                    raise
        return await caller.call(operation, body, query, segments)

    def _check_change(self, operation: Operation[Any], draft: object) -> None:
        """Refuse a change of nothing: its wrapper alone would be sent."""
        if self._caller.validate and operation.method in _CHANGES and _is_empty(draft):
            msg = f"{operation.method} {operation.path}: there is nothing to change; give a value"
            raise ConfigurationError(msg)

    def _by_id(
        self,
        operation: Operation[P],
        query: Mapping[str, QueryValue],
        limit: int,
        after: int | None,
        complete: Callable[[P], Awaitable[list[T]]],
    ) -> Pager[T]:
        """List in the order of ids, behind an id: nothing is met twice, nothing missed."""
        check_limit(limit)
        if after is not None:
            check_id("after", after)
        ordered = {**query, "limit": limit, "orders[id]": "ASC"}

        async def fetch(cursor: int | None) -> Page[T]:
            last = cursor or 0
            while True:
                answer = await self._call(operation, None, {**ordered, "id_greater": last}, {})
                ids = [item.id for item in answer.items]
                check_order(ids, last)
                items, more = await complete(answer), has_more(answer, limit)
                if items or not more:
                    return Page(items=items, has_more=more)
                last = ids[-1]  # All of them were deleted meanwhile.

        return Pager(fetch, attrgetter("id"), after)

    def _by_place(
        self,
        operation: Operation[Many[T]],
        query: Mapping[str, QueryValue],
        limit: int,
        **segments: object,
    ) -> Pager[T]:
        """List by place, for want of anything better; what is met twice is given out once.

        Without an order, items move between pages while data changes. Where none is documented,
        that of the ids is asked for: whoever does not know it leaves it unheeded.
        """
        check_limit(limit)
        if not any(name.startswith("orders[") for name in query):
            query = {**query, "orders[id]": "ASC"}

        async def fetch(cursor: int | None) -> Page[T]:
            page = {**query, "limit": limit, "offset": cursor or 0}
            answer = await self._call(operation, None, page, segments)
            return Page(items=answer.items, has_more=has_more(answer, limit, cursor or 0))

        return OffsetPager(fetch, attrgetter("id"))


def _is_empty(draft: object) -> bool:
    return isinstance(draft, Draft) and all(
        getattr(draft, name) is UNSET for name in draft.__struct_fields__
    )

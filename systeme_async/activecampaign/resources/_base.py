"""What every resource has: one way to send, two ways to list."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from msgspec import UNSET

from ..._core.endpoint import Effect
from ...drafts import Draft
from ...errors import ConfigurationError, DecodeError
from ...models import Page
from ...paging import Pager
from ...resources._base import check_id
from ..paging import OffsetPager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ..._core.codec import QueryValue
    from ...resources._base import Caller
    from ..models.model import Many, Meta, One
    from ..operation import Operation

T = TypeVar("T")

LARGEST_PAGE: Final = 100
_CHANGES: Final = frozenset({"PUT", "PATCH"})
READS: Final = 3
"""How often something is read whose answer is empty or torn, which this server's are at times."""


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


P = TypeVar("P", bound=Answered)


class Resource:
    """A group of calls; get one from a client, such as `activecampaign.contacts`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def send(self, operation: Operation[T], draft: object = None, **segments: object) -> T:
        """Send what an operation describes; for the methods of resources, as all here is."""
        return await self._call(operation, draft, None, segments)

    async def _one(
        self, operation: Operation[One[T]], draft: object = None, **segments: object
    ) -> T:
        """Send what is answered with one thing, and return that."""
        return (await self._call(operation, draft, None, segments)).it

    async def items_of(
        self,
        operation: Operation[Many[T]],
        query: Mapping[str, QueryValue] | None = None,
        **segments: object,
    ) -> list[T]:
        """Fetch a listing that is one page."""
        return (await self._call(operation, None, query, segments)).items

    async def _call(
        self,
        operation: Operation[T],
        draft: object,
        query: Mapping[str, QueryValue] | None,
        segments: Mapping[str, object],
    ) -> T:
        body = draft
        if draft is not None and operation.key:
            self._caller.check(draft)  # Inside its wrapper nobody looks for its limits.
            self._check_change(operation, draft)
            body = {operation.key: draft}
        for _ in range(READS - 1 if operation.effect is Effect.READS else 0):
            try:
                return await self._caller.call(operation, body, query, segments)
            except DecodeError as error:
                if not error.no_json:
                    raise
        return await self._caller.call(operation, body, query, segments)

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
        _check_page(limit, after)
        ordered = {**query, "limit": limit, "orders[id]": "ASC"}

        async def fetch(cursor: int | None) -> Page[T]:
            last = cursor or 0
            while True:
                answer = await self._call(operation, None, {**ordered, "id_greater": last}, {})
                items, more = await complete(answer), has_more(answer, limit)
                if items or not more:
                    return Page(items=items, has_more=more)
                last = answer.items[-1].id  # All of them were deleted meanwhile.

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
        _check_page(limit, None)
        if not any(name.startswith("orders[") for name in query):
            query = {**query, "orders[id]": "ASC"}

        async def fetch(cursor: int | None) -> Page[T]:
            page = {**query, "limit": limit, "offset": cursor or 0}
            answer = await self._call(operation, None, page, segments)
            return Page(items=answer.items, has_more=has_more(answer, limit, cursor or 0))

        return OffsetPager(fetch, attrgetter("id"))


def has_more(answer: Answered, limit: int, before: int = 0) -> bool:
    """Tell whether there are items behind a page that was asked for with a limit.

    It is the last one if it is not full, unless the server says that more match: it may allow
    less than was asked for.
    """
    count, total = len(answer.items), answer.meta.total
    behind = total is not None and total > before + count
    return bool(count) and (count >= limit or behind)


def _is_empty(draft: object) -> bool:
    return isinstance(draft, Draft) and all(
        getattr(draft, name) is UNSET for name in draft.__struct_fields__
    )


def _check_page(limit: Any, after: int | None) -> None:  # noqa: ANN401 - whatever was given
    if not isinstance(limit, int) or not 1 <= limit <= LARGEST_PAGE:
        msg = f"limit={limit!r}: the API takes 1 to {LARGEST_PAGE} items a page"
        raise ConfigurationError(msg)
    if after is not None:
        check_id("after", after)

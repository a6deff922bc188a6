"""What every resource has: one way to send, one way to page."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar, cast

from .._core.endpoint import segment
from ..errors import (
    AlreadyExistsError,
    ConfigurationError,
    DecodeError,
    OutcomeUnknownError,
    SystemeError,
)
from ..paging import Pager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from .._core.codec import QueryValue
    from .._core.endpoint import Endpoint
    from ..models import Page

T = TypeVar("T")

LARGEST_PAGE: Final = 100
SMALLEST_PAGE: Final = 10
LOOK_AGAIN: Final = (0.5, 1.5, 3.0, 6.0)
"""Seconds before each further look for what is there, as the server says, and does not show."""


class Caller(Protocol):
    """Sends what an endpoint describes and decodes what is answered."""

    @property
    def validate(self) -> bool:
        """Whether values are checked before they cost a request."""
        ...

    @property
    def max_attempts(self) -> int:
        """How often one call is tried, the first time included."""
        ...

    @property
    def server_time(self) -> datetime | None:
        """What time it is on the server, once it has said so."""
        ...

    def check(self, draft: object) -> None:
        """Refuse a draft that could not be sent, at no cost."""
        ...

    def as_one(self) -> Self:
        """Return a caller whose calls share one deadline, which begins to run now."""
        ...

    async def call(
        self,
        endpoint: Endpoint[T],
        draft: object = None,
        query: Mapping[str, QueryValue] | None = None,
        segments: Mapping[str, object] | None = None,
    ) -> T:
        """Send one call, with retries, within the account's budget."""
        ...


async def settled(doubt: SystemeError | None, look: Awaitable[T]) -> T:
    """Look what became of a write; where even that fails, the doubt is what remains."""
    try:
        return await look
    except SystemeError as blind:
        if doubt is None:
            raise
        raise doubt from blind


def _frozen(name: str, value: QueryValue) -> QueryValue:
    """Keep a filter as it is now: a listing sends it again with each page.

    A collection that is empty, or used up, would be no filter at all.
    """
    if value is None or isinstance(value, str | bytes | int | datetime):
        return value
    try:
        numbers = tuple(value)
    except TypeError:
        return value  # Refused, in words, when it is to be sent.
    return checked_ids(name, numbers)


def checked_ids(name: str, numbers: tuple[object, ...]) -> tuple[int, ...]:
    """Return several ids that are a filter, or raise `ConfigurationError`."""
    if not numbers:
        msg = f"{name} is empty: leave it out to list without this filter"
        raise ConfigurationError(msg)
    for number in numbers:
        check_id(name, number)
    return cast("tuple[int, ...]", numbers)


def check_id(name: str, value: object) -> None:
    """Refuse what is no id before it is sent as a filter, where it would find nothing."""
    if not isinstance(value, int):
        msg = f"{name}={value!r}: give ids, which are whole numbers"
        raise ConfigurationError(msg)
    segment(name, value)


class Resource:
    """A group of calls; get one from a client, such as `systeme.contacts`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _as_one(self) -> Self:
        """Return the same for a method of several calls, which keep one deadline together."""
        return type(self)(self._caller.as_one())

    def _send(
        self, endpoint: Endpoint[T], draft: object = None, **segments: object
    ) -> Awaitable[T]:
        return self._caller.call(endpoint, draft, None, segments)

    async def _ensure(
        self, find: Callable[[], Awaitable[T | None]], create: Callable[[], Awaitable[T]]
    ) -> T:
        """Return what is there, or create it; somebody else may do so at the same moment.

        A creation whose answer got lost is looked for and, if it does not show, sent again:
        names and slugs are unique, so that the server refuses a second one.
        """
        doubt: SystemeError | None = None
        pauses = iter((0.0, *LOOK_AGAIN))
        while True:
            found = await settled(doubt, find())
            if found is not None:
                return found
            try:
                return await create()
            except (AlreadyExistsError, OutcomeUnknownError, DecodeError) as error:
                if isinstance(error, DecodeError) and error.redirected:
                    raise
                pause = next(pauses, None)
                if pause is None:
                    raise
                if not isinstance(error, AlreadyExistsError):
                    doubt = error
            await asyncio.sleep(pause)

    def _pager(
        self,
        endpoint: Endpoint[Page[T]],
        query: Mapping[str, QueryValue],
        cursor_of: Callable[[T], int] | None,
        starting_after: int | None = None,
        **segments: object,
    ) -> Pager[T]:
        self._check_page(query.get("limit"), starting_after)
        filters = {name: _frozen(name, value) for name, value in query.items()}

        async def fetch(cursor: int | None) -> Page[T]:
            page = {**filters, "startingAfter": cursor}
            return await self._caller.call(endpoint, None, page, segments)

        return Pager(fetch, cursor_of, starting_after)

    @staticmethod
    async def _among(listing: Pager[T], is_ours: Callable[[T], bool]) -> T | None:
        """Find an item on the first page; a server that ignores the filters offers others too."""
        page: list[T] = await anext(listing.pages())
        return next(filter(is_ours, page), None)

    def _check_page(self, limit: Any, starting_after: int | None) -> None:  # noqa: ANN401
        if not self._caller.validate:
            return
        if limit is not None and not (
            isinstance(limit, int) and SMALLEST_PAGE <= limit <= LARGEST_PAGE
        ):
            msg = f"limit={limit!r}: the API takes {SMALLEST_PAGE} to {LARGEST_PAGE} items a page"
            raise ConfigurationError(msg)
        if starting_after is not None:
            check_id("starting_after", starting_after)

    @staticmethod
    def _ids(name: str, values: Collection[int] | None) -> Collection[int] | None:
        """Refuse one text where several ids are meant."""
        if isinstance(values, str | bytes):
            check_id(name, values)
        return values

    @staticmethod
    def _needed_id(name: str, value: int) -> int:
        """Check an id without which a listing would be one of everything."""
        check_id(name, value)
        return value

    @staticmethod
    def _id(name: str, value: int | None) -> int | None:
        """Check an id that travels among the filters, where there is one."""
        if value is not None:
            check_id(name, value)
        return value

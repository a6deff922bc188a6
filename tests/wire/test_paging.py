"""Listings over the wire: how many requests they cost, and what is left when a loop ends early."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import ConfigurationError, Pager, PaginationError, ServerError, Tag
from systeme_async.testing import Faults, Sandbox

from .pair import client, now, tasks, turns
from .raw import NO_TAGS, RawServer, answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio


def filled(contacts: int, **options: Any) -> Sandbox:
    """Open an account with so many contacts, 1001 the first of them."""
    sandbox = Sandbox(**options)
    for number in range(contacts):
        sandbox.account.add_contact(f"p{number}@example.com")
    return sandbox


@pytest.fixture
def complaints() -> Generator[list[str]]:
    """Collect what the loop complains of: forgotten tasks, exceptions nobody looked at."""
    heard: list[str] = []
    yield heard
    gc.collect()
    assert heard == []


def listen(complaints: list[str]) -> None:
    """Let the running loop complain into a list."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(str(context["message"])))


# Whole listings


@pytest.mark.parametrize(
    ("contacts", "limit", "requests"),
    [(0, 100, 1), (1, 100, 1), (100, 100, 1), (101, 100, 2), (250, 100, 3), (45, 10, 5)],
)
async def test_a_listing_costs_its_pages(contacts: int, limit: int, requests: int) -> None:
    """Item by item, page by page and in one list: the same items, one request a page."""
    async with filled(contacts) as sandbox, client(sandbox) as systeme:
        expected = sorted(sandbox.account.contacts, reverse=True)
        pager = systeme.contacts.list(limit=limit)
        assert expected == [contact.id async for contact in pager]
        assert sandbox.received == requests
        assert expected == [contact.id async for page in pager.pages() for contact in page]
        assert sandbox.received == 2 * requests
        assert expected == [contact.id for contact in await pager.collect()]
        assert sandbox.received == 3 * requests


async def test_the_cursor_is_the_last_item() -> None:
    """Each page is asked for after the last item of the one before, with the same filters."""
    async with filled(25) as sandbox, client(sandbox) as systeme:
        await systeme.contacts.list(limit=10, order="asc").collect()
    assert [request.query for request in sandbox.requests] == [
        {"order": "asc", "limit": "10"},
        {"order": "asc", "limit": "10", "startingAfter": "1010"},
        {"order": "asc", "limit": "10", "startingAfter": "1020"},
    ]


async def test_a_listing_goes_on_from_a_cursor() -> None:
    """Whoever noted the last id goes on there."""
    async with filled(25) as sandbox, client(sandbox) as systeme:
        pager = systeme.contacts.list(order="asc", starting_after=1020)
        assert [contact.id async for contact in pager] == [1021, 1022, 1023, 1024, 1025]
        first = await pager.first()
    assert first is not None
    assert first.id == 1021


async def test_first_costs_one_request() -> None:
    """The first item of many pages, or None."""
    async with filled(250) as sandbox, client(sandbox) as systeme:
        first = await systeme.contacts.list().first()
        assert await systeme.contacts.list(email="nobody@example.com").first() is None
        await turns()
    assert first is not None
    assert first.id == 1250
    assert sandbox.received == 2


async def test_anext_walks() -> None:
    """`anext(pager)` goes item by item, and stops at the end for good."""
    async with filled(12) as sandbox, client(sandbox) as systeme:
        pager = systeme.contacts.list(limit=10, order="asc")
        found = [(await anext(pager)).id for _ in range(12)]
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await anext(pager)
        assert await anext(pager, None) is None
    assert list(range(1001, 1013)) == found
    assert sandbox.received == 2


async def test_every_loop_begins_anew() -> None:
    """Two loops over one pager are two listings, one inside the other too."""
    async with filled(15) as sandbox, client(sandbox) as systeme:
        pager = systeme.contacts.list(limit=10)
        pairs = [(a.id, b.id) async for a in pager async for b in pager]
    assert len(set(pairs)) == len(pairs) == 15 * 15


@pytest.mark.parametrize("limit", [0, 9, 101, -1])
async def test_a_limit_that_is_refused(limit: int) -> None:
    """The API takes 10 to 100 items a page, so nothing else is sent."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="limit"):
            systeme.contacts.list(limit=limit)
        with pytest.raises(ConfigurationError, match="starting_after"):
            systeme.tags.list(starting_after=0)
    assert sandbox.received == 0


# Ahead


async def test_looking_at_the_first_half_costs_one_request() -> None:
    """The next page is not asked for by a loop that only looks at the first items."""
    async with filled(300) as sandbox, client(sandbox) as systeme:
        seen = 0
        async for _ in systeme.contacts.list():
            seen += 1
            await asyncio.sleep(1)
            if seen == 50:
                break
        await turns()
    assert sandbox.received == 1


async def test_at_most_one_page_ahead() -> None:
    """However slow the loop, one page is fetched ahead of it and no more."""
    async with filled(45) as sandbox, client(sandbox) as systeme:
        seen = 0
        async for _ in systeme.contacts.list(limit=10):
            seen += 1
            await asyncio.sleep(5)
            page_in_use = -(-seen // 10)
            assert sandbox.received <= page_in_use + 1
    assert (seen, sandbox.received) == (45, 5)


async def test_pages_look_one_ahead() -> None:
    """Page by page, too, at most one is fetched ahead, and none before the second."""
    async with filled(50) as sandbox, client(sandbox) as systeme:
        asked: list[int] = []
        async for _ in systeme.contacts.list(limit=10).pages():
            await asyncio.sleep(5)
            asked.append(sandbox.received)
    assert asked == [1, 3, 4, 5, 5]


async def test_reading_ahead_hides_the_latency() -> None:
    """A loop that is as slow as the server waits for the first page alone."""
    async with filled(100, faults=Faults(latency=1)) as sandbox, client(sandbox) as systeme:
        async for _ in systeme.contacts.list(limit=10):
            await asyncio.sleep(0.25)
        assert now() == pytest.approx(1 + 100 * 0.25)


async def test_an_error_ahead_waits_for_its_turn() -> None:
    """What fails on the way to the second page does not keep the items of the first."""
    async with filled(20) as sandbox, client(sandbox, max_attempts=1) as systeme:
        sandbox.inject("failed", after=1)
        seen: list[int] = []

        async def read() -> None:
            async for contact in systeme.contacts.list(limit=10):
                await asyncio.sleep(1)
                seen.append(contact.id)

        with pytest.raises(ServerError):
            await read()
    assert list(range(1020, 1010, -1)) == seen


async def test_a_listing_goes_on_after_an_error() -> None:
    """The walk of `anext` keeps its place: the page that failed is asked for again."""
    async with filled(20) as sandbox, client(sandbox, max_attempts=1) as systeme:
        sandbox.inject("failed", after=1)
        pager = systeme.contacts.list(limit=10, order="asc")
        found: list[int] = []
        failures = 0
        while len(found) < 20:
            try:
                found.append((await anext(pager)).id)
            except ServerError:
                failures += 1
    assert (list(range(1001, 1021)), 1) == (found, failures)


@pytest.mark.parametrize("seconds", [0.5, 1.5, 2.5, 3.0])
async def test_an_impatient_walk_loses_nothing(seconds: float) -> None:
    """Whoever is cut off while waiting for an item gets just that item the next time."""
    async with filled(45, faults=Faults(latency=2)) as sandbox, client(sandbox) as systeme:
        pager = systeme.contacts.list(limit=10, order="asc")
        found: list[int] = []
        patience = seconds
        while len(found) < 45:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    found.append((await anext(pager)).id)
                    patience = seconds
                    continue
            patience += 1
    assert list(range(1001, 1046)) == found


async def test_a_walk_is_shared() -> None:
    """Tasks that take from one walk get each item once between them."""
    async with filled(45, faults=Faults(latency=0.1)) as sandbox, client(sandbox) as systeme:
        walk = aiter(systeme.contacts.list(limit=10, order="asc"))

        async def take() -> list[int]:
            taken: list[int] = []
            async for contact in walk:
                taken.append(contact.id)
                await asyncio.sleep(0.05)
            return taken

        shares = await asyncio.gather(take(), take(), take())
    assert list(range(1001, 1046)) == sorted(number for share in shares for number in share)
    assert sandbox.received == 5


# Early ends


async def leave_by_break(systeme: Systeme) -> None:
    """Leave while the second page is on its way."""
    seen = 0
    async for _ in systeme.contacts.list(limit=10):
        seen += 1
        if seen == 8:
            await turns()
            break


async def leave_by_error(systeme: Systeme) -> None:
    """Leave by an exception while the second page is on its way."""
    seen = 0
    with suppress(KeyError):
        async for _ in systeme.contacts.list(limit=10):
            seen += 1
            if seen == 8:
                await turns()
                raise KeyError


async def leave_pages(systeme: Systeme) -> None:
    """Leave while the third page is on its way."""
    read = 0
    async for _ in systeme.contacts.list(limit=10).pages():
        read += 1
        if read == 2:
            await turns()
            break


async def leave_anext(systeme: Systeme) -> None:
    """Drop a pager while the second page is on its way."""
    pager = systeme.contacts.list(limit=10)
    for _ in range(8):
        await anext(pager)
    await turns()


async def leave_a_generator(systeme: Systeme) -> None:
    """Close a generator around a listing while the second page is on its way."""

    async def addresses() -> AsyncIterator[str | None]:
        async for contact in systeme.contacts.list(limit=10):
            yield contact.email

    seen = 0
    async with aclosing(addresses()) as walk:  # type: ignore[type-var]
        async for _ in walk:
            seen += 1
            if seen == 8:
                await turns()
                break


async def leave_by_timeout(systeme: Systeme) -> None:
    """Be cut off while waiting for the second page."""
    with suppress(TimeoutError):
        async with asyncio.timeout(2.5):
            async for _ in systeme.contacts.list(limit=10):
                pass


WAYS = [
    leave_by_break,
    leave_by_error,
    leave_pages,
    leave_anext,
    leave_a_generator,
    leave_by_timeout,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_nothing_is_left_of_a_loop(way: Any, complaints: list[str]) -> None:
    """A loop that is left early leaves no task, no request and no lease behind."""
    listen(complaints)
    async with filled(100, faults=Faults(latency=2)) as sandbox, client(sandbox) as systeme:
        await way(systeme)
        await turns()
        assert tasks() == []
        budget = systeme.budget.snapshot()
        assert (budget.in_flight, budget.waiting) == (0, 0)
        await asyncio.sleep(3)
        assert sandbox.in_flight == 0
        asked = sandbox.received
        await systeme.contacts.list().first()
        assert sandbox.received == asked + 1


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_closing_right_after_a_loop(way: Any, complaints: list[str]) -> None:
    """The client may be closed in the very turn in which a loop was left."""
    listen(complaints)
    async with filled(100, faults=Faults(latency=2)) as sandbox:
        async with client(sandbox) as systeme:
            await way(systeme)
        await turns()
        assert tasks() == []


async def test_an_error_ahead_of_a_loop_that_left(complaints: list[str]) -> None:
    """A page that failed to come and is not wanted any more is nobody's error."""
    listen(complaints)
    async with filled(100) as sandbox, client(sandbox, max_attempts=1) as systeme:
        sandbox.inject("failed", after=1)
        seen = 0
        async for _ in systeme.contacts.list(limit=10):
            seen += 1
            if seen == 9:
                await asyncio.sleep(5)
                break
        await turns()
        assert tasks() == []


# Listings that never end


def page(*ids: int, more: bool = True) -> bytes:
    """Write a page of tags."""
    return answer(200, {"items": [{"id": number} for number in ids], "hasMore": more})


async def items(pager: Pager[Tag]) -> list[Tag]:
    """Read a listing item by item."""
    return [tag async for tag in pager]


async def pages(pager: Pager[Tag]) -> list[Tag]:
    """Read a listing page by page."""
    return [tag async for tags in pager.pages() for tag in tags]


HOWS = {"items": items, "pages": pages, "collect": Pager[Tag].collect}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize(
    "script",
    [
        (page(3, 2, 1),),
        (page(3, 2, 1), page()),
        (page(),),
        (page(3, 2, 1), page(9, 8, 1)),
    ],
    ids=["same page for ever", "empty second page", "empty first page", "same cursor"],
)
async def test_a_cursor_that_does_not_move(script: tuple[bytes, ...], how: str) -> None:
    """A listing that would never end is an error within two requests."""
    async with RawServer(*script) as server, client(server) as systeme:
        pager = systeme.tags.list()
        with pytest.raises(PaginationError):
            await HOWS[how](pager)
        await turns()
    assert len(server.deliveries) <= 2


async def test_a_cycle_of_cursors() -> None:
    """A listing that comes back to an earlier item ends as well."""
    script = (page(6, 5), page(4, 3), page(2, 1), page(6, 5))
    async with RawServer(*script) as server, client(server) as systeme:
        with pytest.raises(PaginationError, match="5"):
            await systeme.tags.list().collect()
    assert len(server.deliveries) == 4


async def test_the_cursor_that_was_given_does_not_come_back() -> None:
    """A listing that goes on after an item and leads to that item does not move either."""
    async with RawServer(page(9, 8, 7)) as server, client(server) as systeme:
        with pytest.raises(PaginationError):
            await systeme.tags.list(starting_after=7).collect()
    assert len(server.deliveries) == 1


async def test_fields_promise_no_second_page() -> None:
    """A listing without a cursor that promises more is an error, not half a listing."""
    fields = {"items": [{"slug": "city", "fieldName": "City"}], "hasMore": True}
    async with RawServer(answer(200, fields)) as server, client(server) as systeme:
        with pytest.raises(PaginationError):
            await systeme.contact_fields.list().collect()
    assert len(server.deliveries) == 1


async def test_a_walk_that_failed_stays_ended() -> None:
    """After the error there is nothing more, and no further request."""
    async with RawServer(page(2, 1)) as server, client(server) as systeme:
        pager = systeme.tags.list()
        assert [2, 1] == [(await anext(pager)).id for _ in range(2)]
        with pytest.raises(PaginationError):
            await anext(pager)
        assert await anext(pager, None) is None
    assert len(server.deliveries) == 2


async def test_an_answer_without_has_more_is_the_last() -> None:
    """A server that leaves `hasMore` out has no further page."""
    script = answer(200, {"items": [{"id": 1}]})
    async with RawServer(script) as server, client(server) as systeme:
        assert [tag.id async for tag in systeme.tags.list()] == [1]
    assert len(server.deliveries) == 1


async def test_an_empty_listing_ends() -> None:
    """No items and no more to come is a listing without items."""
    async with RawServer(answer(200, NO_TAGS)) as server, client(server) as systeme:
        assert [tag async for tag in systeme.tags.list()] == []


async def test_items_deleted_meanwhile() -> None:
    """What is there all the time is seen once, whatever is deleted or added around it."""
    async with filled(60) as sandbox, client(sandbox) as systeme:
        lasting = set(sandbox.account.contacts) - {1031, 1020, 1060}
        seen: list[int] = []
        async for contact in systeme.contacts.list(limit=10):
            seen.append(contact.id)
            await asyncio.sleep(1)
            if len(seen) == 5:
                for doomed in (1060, 1031, 1020):
                    await systeme.contacts.delete(doomed)
                await systeme.contacts.create("late@example.com")
    assert len(set(seen)) == len(seen)
    assert lasting <= set(seen)

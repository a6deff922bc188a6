"""The pager, story by story: what it fetches, and what it leaves behind."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager, suppress
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import PaginationError
from systeme_async.paging import Pager

from .listings import FAULTS, Fault, Listing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from systeme_async.models import Tag

pytestmark = pytest.mark.anyio


def pager_of(listing: Listing, starting_after: int | None = None) -> Pager[Tag]:
    """Read a listing as the resources do."""
    return Pager(listing.fetch, attrgetter("id"), starting_after)


async def ids_of(items: AsyncIterator[Tag]) -> list[int]:
    """Read to the end."""
    return [item.id async for item in items]


async def turns(count: int = 2) -> None:
    """Let the loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)


def others() -> set[asyncio.Task[Any]]:
    """Return the tasks that are not this one."""
    current = asyncio.current_task()
    return {task for task in asyncio.all_tasks() if task is not current}


@asynccontextmanager
async def leaving_nothing_behind() -> AsyncGenerator[None]:
    """Check that two turns later no task is left, and that asyncio does not complain."""
    loop = asyncio.get_running_loop()
    heard: list[str] = []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: heard.append(str(context["message"])))
    tasks = others()
    yield
    await turns()
    assert set() == others() - tasks
    gc.collect()
    await turns()
    loop.set_exception_handler(before)
    assert [] == heard


# Reading


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 20, 25])
@pytest.mark.parametrize("descending", [True, False])
async def test_every_item_is_read_once(count: int, *, descending: bool) -> None:
    """In the server's order, however the pages fall."""
    listing = Listing(count, 10, descending=descending)
    expected = sorted(listing.ids, reverse=descending)
    assert expected == await ids_of(aiter(pager_of(listing)))
    assert expected == [item.id for item in await pager_of(listing).collect()]
    pages = [page async for page in pager_of(listing).pages()]
    assert expected == [item.id for page in pages for item in page]
    assert max(1, -(-count // 10)) == len(pages)


async def test_each_page_costs_one_request() -> None:
    """Three pages, three requests, each with the last id before it."""
    listing = Listing(25, 10, descending=False)
    await pager_of(listing).collect()
    assert [None, 100, 200] == listing.requests


async def test_a_listing_goes_on_from_a_cursor() -> None:
    """`starting_after` is the last item seen."""
    listing = Listing(25, 10, descending=False)
    assert [210, 220, 230, 240, 250] == await ids_of(aiter(pager_of(listing, 200)))
    assert [200] == listing.requests


async def test_every_loop_begins_anew() -> None:
    """One pager, two loops, twice all items."""
    listing = Listing(12, 10)
    pager = pager_of(listing)
    assert await ids_of(aiter(pager)) == await ids_of(aiter(pager))
    assert 4 == len(listing.requests)


async def test_anext_walks_on_by_itself() -> None:
    """`await anext(pager)` again and again reads item by item, to the end."""
    pager = pager_of(Listing(3, 2, descending=False))
    assert [10, 20, 30] == [(await anext(pager)).id for _ in range(3)]
    with pytest.raises(StopAsyncIteration):
        await anext(pager)


async def test_the_first_item_costs_one_request() -> None:
    """No page is fetched ahead for a single look."""
    listing = Listing(25, 10)
    first = await pager_of(listing).first()
    assert first is not None
    assert 250 == first.id
    await turns()
    assert 1 == len(listing.requests)
    assert await pager_of(Listing(0, 10)).first() is None


async def test_looking_at_the_first_half_costs_one_request() -> None:
    """The next page is asked for once half of this one is used up."""
    listing = Listing(25, 10)
    items = aiter(pager_of(listing))
    for _ in range(5):
        await anext(items)
    await turns()
    assert 1 == len(listing.requests)
    await anext(items)
    await turns()
    assert 2 == len(listing.requests)


async def test_never_more_than_one_page_is_fetched_ahead() -> None:
    """A slow reader does not make the server send everything."""
    listing = Listing(100, 10)
    items = aiter(pager_of(listing))
    for read in range(1, 60):
        await anext(items)
        await turns(5)
        assert len(listing.requests) <= (read - 1) // 10 + 2


async def test_the_last_page_is_the_end() -> None:
    """Nothing is fetched ahead where there is nothing."""
    listing = Listing(10, 10)
    await ids_of(aiter(pager_of(listing)))
    await turns()
    assert 1 == len(listing.requests)


async def test_an_end_stays_an_end() -> None:
    """An exhausted walk does not begin anew."""
    listing = Listing(2, 10)
    items = aiter(pager_of(listing))
    await ids_of(items)
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(items)
    assert 1 == len(listing.requests)


# Servers that would go on for ever


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("way", ["items", "pages", "collect"])
async def test_a_listing_without_end_is_stopped(fault: Fault, after: int, way: str) -> None:
    """A `PaginationError` at two wrong pages at the latest, and no item twice."""
    listing = Listing(60, 10)
    listing.fault = fault if after == 0 or way == "collect" else None
    seen: list[int] = []

    async def read() -> None:
        if way == "collect":
            await pager_of(listing).collect()
        elif way == "items":
            async for item in pager_of(listing):
                seen.append(item.id)
                if len(seen) >= after * 10 - 6:
                    listing.fault = fault
        else:
            async for page in pager_of(listing).pages():
                seen.extend(item.id for item in page)
                if len(seen) >= after * 10:
                    listing.fault = fault

    with pytest.raises(PaginationError):
        await read()
    assert listing.since_fault <= 2
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("descending", [True, False])
async def test_a_listing_that_changes_while_its_cursor_is_ignored_is_stopped(
    *, descending: bool
) -> None:
    """The first page again, but for one contact more or less: its last id is a new one.

    The busier an account, the likelier; the loop would go on as long as something changes.
    """
    listing = Listing(100, 10, descending=descending)
    listing.fault = "ignores the cursor"
    seen: list[int] = []

    async def read() -> None:
        async for page in pager_of(listing).pages():
            seen.extend(item.id for item in page)
            if descending:
                listing.ids.append(max(listing.ids) + 10)
            else:
                listing.ids.remove(min(listing.ids))
            assert len(seen) < 500

    with pytest.raises(PaginationError):
        await read()
    assert listing.since_fault <= 2
    assert len(set(seen)) == len(seen)


async def test_a_second_page_without_a_cursor_is_an_error() -> None:
    """Contact fields have no integer id: one page is all there can be."""
    listing = Listing(25, 10)
    pager: Pager[Tag] = Pager(listing.fetch, None)
    with pytest.raises(PaginationError, match="no cursor"):
        await pager.collect()
    assert 1 == len(listing.requests)


async def test_after_an_endless_listing_nothing_more_is_fetched() -> None:
    """The error is the end of that walk."""
    listing = Listing(25, 10)
    listing.fault = "empty and more"
    items = aiter(pager_of(listing))
    with pytest.raises(PaginationError):
        await anext(items)
    with pytest.raises(StopAsyncIteration):
        await anext(items)
    assert 1 == len(listing.requests)


# Failures


@pytest.mark.parametrize("failing", [0, 1])
async def test_a_failed_page_can_be_tried_again(failing: int) -> None:
    """The walk goes on where it stopped, and loses nothing."""
    listing = Listing(15, 10, descending=False)
    items = aiter(pager_of(listing))
    seen: list[int] = []
    while len(seen) < 10 * failing:
        if len(seen) == 5:
            listing.failures.append(ConnectionError("lost"))
        seen.append((await anext(items)).id)
    if not failing:
        listing.failures.append(ConnectionError("lost"))
    with pytest.raises(ConnectionError):
        await anext(items)
    seen += await ids_of(items)
    assert listing.ids == seen


# Leaving


@pytest.mark.parametrize("read", [1, 5, 6, 9, 10, 11, 16])
@pytest.mark.parametrize("ended", [False, True], ids=["under way", "done"])
async def test_a_loop_left_early_leaves_no_task(read: int, *, ended: bool) -> None:
    """Whether the page ahead is still under way or has come."""
    listing = Listing(50, 10)
    listing.delay = 0.0 if ended else 1.0
    count = 0
    async with leaving_nothing_behind():
        async for _ in pager_of(listing):
            count += 1
            if ended:
                await turns()
            if count == read:
                break


async def test_a_loop_left_by_an_error_leaves_no_task() -> None:
    """Once nobody holds the error any more."""
    listing = Listing(50, 10)
    listing.delay = 1.0

    async def fail() -> None:
        async for _ in pager_of(listing):
            if len(listing.requests) > 1:
                raise ValueError
            await turns(1)

    async with leaving_nothing_behind():
        with suppress(ValueError):
            await fail()


async def test_a_page_ahead_that_failed_is_nobodys_loss() -> None:
    """The loop was left before it was needed: asyncio has nothing to complain about."""
    listing = Listing(50, 10)
    async with leaving_nothing_behind():
        async for _ in pager_of(listing):
            listing.failures = [ConnectionError("lost")]
            await turns(3)
            if len(listing.requests) > 1:
                break


async def test_pages_left_early_leave_no_task() -> None:
    """From the second page on one is fetched ahead."""
    listing = Listing(50, 10)
    listing.delay = 1.0
    pages = 0
    async with leaving_nothing_behind():
        async for _ in pager_of(listing).pages():
            pages += 1
            if pages == 2:
                break


@pytest.mark.parametrize("read", [0, 10], ids=["first page", "page fetched ahead"])
async def test_cancelling_a_reader_takes_its_request_down(read: int) -> None:
    """Nobody waits for a page that nobody wants; and the walk can go on later."""
    listing = Listing(25, 10, descending=False)
    items = aiter(pager_of(listing))
    seen = [(await anext(items)).id for _ in range(read)]
    listing.delay = 60.0
    async with leaving_nothing_behind():
        reader = asyncio.create_task(ids_of(items))
        await asyncio.sleep(0.1)
        reader.cancel()
        await turns(2)
        assert reader.cancelled()
    listing.delay = 0.0
    assert listing.ids == seen + await ids_of(items)


async def test_two_readers_of_one_walk_share_its_items() -> None:
    """Workers that take items from one iterator: each item once, or a clear refusal."""
    listing = Listing(50, 10, descending=False)
    listing.delay = 0.1
    items = aiter(pager_of(listing))
    workers = [asyncio.create_task(ids_of(items)) for _ in range(3)]
    outcomes = await asyncio.gather(*workers, return_exceptions=True)
    if any(isinstance(outcome, RuntimeError) for outcome in outcomes):
        return  # What an asynchronous generator does.
    for outcome in outcomes:
        assert not isinstance(outcome, BaseException), repr(outcome)
    shares = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert listing.ids == sorted(one for share in shares for one in share)


async def test_a_walk_dropped_after_its_loop_is_silent() -> None:
    """An iterator that outlives its event loop is collected without a word."""
    runner = asyncio.Runner()

    async def main() -> AsyncIterator[Tag]:
        listing = Listing(50, 10)
        listing.delay = 1.0
        items = aiter(pager_of(listing))
        listing.delay = 0.0
        for _ in range(6):
            await anext(items)
        return items

    def elsewhere() -> None:
        items = runner.run(main())
        runner.close()
        del items
        gc.collect()

    await asyncio.to_thread(elsewhere)

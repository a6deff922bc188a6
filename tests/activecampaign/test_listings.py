"""Listings by id and by place, while the server changes, caps its pages or does not listen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.raw import RawServer, answer

from systeme_async import (
    ConfigurationError,
    DeadlineExceededError,
    DecodeError,
    PaginationError,
)

from .servers import Items, client, page, path_of, query_of, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from wire.raw import Delivery

    from systeme_async import ActiveCampaign, Pager

pytestmark = pytest.mark.anyio

EMPTY = answer(200)
ONE = page("tags", [{"id": "1", "tag": "a"}], 1)
LISTINGS: dict[str, Callable[[ActiveCampaign], Pager[Any]]] = {
    "contacts": lambda ac: ac.contacts.list(),
    "tags": lambda ac: ac.tags.list(),
}


async def ids_of(items: Items, kind: str, **options: Any) -> tuple[list[int], list[dict[str, str]]]:
    """Read a whole listing; return the ids, and the queries that it took."""
    async with RawServer(items.act) as server, client(server, **options) as activecampaign:
        found = [one.id async for one in LISTINGS[kind](activecampaign)]
    return found, [query_of(delivery) for delivery in server.deliveries]


@pytest.mark.parametrize("kind", LISTINGS)
@pytest.mark.parametrize(
    ("count", "requests"), [(0, 1), (1, 1), (99, 1), (101, 2), (250, 3), (399, 4)]
)
async def test_a_listing_costs_its_pages(kind: str, count: int, requests: int) -> None:
    """Each item comes once, at one request for a hundred of them."""
    found, queries = await ids_of(Items(kind, count), kind)
    assert list(range(1, count + 1)) == found
    assert requests == len(queries)


@pytest.mark.parametrize("kind", LISTINGS)
@pytest.mark.parametrize("total", [True, False])
async def test_a_full_last_page_ends_all_the_same(kind: str, *, total: bool) -> None:
    """The page behind it is empty, and that is the end."""
    found, queries = await ids_of(Items(kind, 200, total=total), kind)
    assert (200, 3) == (len(found), len(queries))


async def test_contacts_go_on_behind_the_last_id() -> None:
    """The order is explicit, and no offset is ever sent."""
    _, queries = await ids_of(Items("contacts", 150), "contacts")
    common = {"limit": "100", "orders[id]": "ASC"}
    assert [{**common, "id_greater": "0"}, {**common, "id_greater": "100"}] == queries


async def test_others_go_on_behind_so_many() -> None:
    """The offset is what was read so far, in an order of the listing's own."""
    _, queries = await ids_of(Items("tags", 150), "tags")
    assert ["0", "100"] == [query["offset"] for query in queries]
    assert {"asc"} == {query["orders[search]"] for query in queries}


async def test_contacts_go_on_from_an_id() -> None:
    """Whoever noted the last one goes on there."""
    async with RawServer(Items("contacts", 150).act) as server, client(server) as activecampaign:
        pager = activecampaign.contacts.list(after=148)
        assert [149, 150] == [contact.id for contact in await pager.collect()]


# A server that caps its pages


@pytest.mark.parametrize("kind", LISTINGS)
async def test_a_server_that_allows_less_a_page(kind: str) -> None:
    """It says how many match, so that a page of twenty is not taken for the last one."""
    found, queries = await ids_of(Items(kind, 50, largest=20), kind)
    assert list(range(1, 51)) == found
    assert 3 == len(queries)


# Items that come and go


async def test_contacts_are_met_once_whatever_happens() -> None:
    """What is deleted before it is read is not met, what stays is, and what is new is too."""
    items = Items("contacts", 250)
    items.before[2] = lambda ids: (ids.remove(1), ids.remove(150), ids.append(251))
    items.before[3] = lambda ids: (ids.remove(100), ids.append(252))
    found, _ = await ids_of(items, "contacts")
    assert [one for one in range(1, 253) if one != 150] == found


async def test_what_is_met_twice_is_given_out_once() -> None:
    """An item that is inserted in front moves the last of a page onto the next one."""
    items = Items("tags", 150)
    items.before[2] = lambda ids: ids.insert(0, 999)
    found, _ = await ids_of(items, "tags")
    assert list(range(1, 151)) == found


async def test_a_listing_by_place_may_miss_what_moves_forward() -> None:
    """What is deleted in front moves an item off the next page: the API has no remedy."""
    items = Items("tags", 150)
    items.before[2] = lambda ids: ids.remove(1)
    found, _ = await ids_of(items, "tags")
    assert [one for one in range(1, 151) if one != 101] == found


async def test_a_page_that_is_half_known_is_no_end() -> None:
    """Fifty that were inserted in front show half of a page again, and the rest behind it."""
    items = Items("tags", 150)
    items.before[2] = lambda ids: ids.__setitem__(slice(0, 0), range(1_000, 1_050))
    found, queries = await ids_of(items, "tags")
    assert list(range(1, 151)) == found
    assert ["0", "100", "200"] == [query["offset"] for query in queries]


# A server that does not listen


@pytest.mark.parametrize("kind", LISTINGS)
async def test_a_server_that_ignores_where_to_go_on(kind: str) -> None:
    """The same page a second time ends the listing at once, instead of never."""
    items = Items(kind, 300)
    items.deaf = True
    async with RawServer(items.act) as server, client(server) as activecampaign:
        with pytest.raises(PaginationError, match="ignores the"):
            await LISTINGS[kind](activecampaign).collect()
    assert 2 == len(server.deliveries)


@pytest.mark.parametrize("second", [[4, 5], [2, 4], [5, 4], [3, 2, 1], [4, 4], [-1, 4]])
async def test_a_page_by_id_lies_behind_the_last_one(second: list[int]) -> None:
    """Otherwise something would be met twice, or never."""
    script = [page("contacts", [{"id": one} for one in ids], 9) for ids in ([2, 4], second)]
    async with RawServer(*script) as server, client(server) as activecampaign:
        with pytest.raises(PaginationError, match="ignores the order"):
            await activecampaign.contacts.list(limit=2).collect()
    assert 2 == len(server.deliveries)


async def test_a_server_that_shows_the_dead_for_ever() -> None:
    """Contacts that are gone when they are asked for, on the same page again and again."""

    def respond(delivery: Delivery) -> bytes:
        if path_of(delivery).endswith("/contacts"):
            return page("contacts", [{"id": "1"}, {"id": "2"}], 500)
        return answer(404, {"message": "No Result found for Subscriber with id 1"})

    async with RawServer(serving(respond)) as server, client(server) as activecampaign:
        with pytest.raises(PaginationError, match="ignores the"):
            await activecampaign.contacts.list(details=True, limit=2).collect()
    assert 4 == len(server.deliveries)


@pytest.mark.parametrize("total", [150, "150", None])
async def test_a_server_that_sends_all_at_once(total: int | str | None) -> None:
    """More than a page can hold is all that there is."""
    script = page("users", [{"id": str(one)} for one in range(1, 151)], total)
    async with RawServer(script) as server, client(server) as activecampaign:
        assert 150 == len(await activecampaign.users.list().collect())
    assert 1 == len(server.deliveries)


async def test_more_than_was_asked_for_and_not_all() -> None:
    """A server with a smallest page of its own says that more match."""
    script = [
        page("users", [{"id": one} for one in range(first, last)], 25)
        for first, last in ((1, 21), (21, 26))
    ]
    async with RawServer(*script) as server, client(server) as activecampaign:
        assert 25 == len(await activecampaign.users.list(limit=10).collect())
    assert ["0", "20"] == [query_of(delivery)["offset"] for delivery in server.deliveries]


# Answers that are empty or torn


@pytest.mark.parametrize("bad", [EMPTY, answer(200, None, "Content-Type: text/html")])
async def test_an_empty_answer_is_asked_for_again(bad: bytes) -> None:
    """A 200 with nothing in it happens; the listing goes on."""
    async with RawServer(bad, bad, ONE) as server, client(server) as activecampaign:
        assert 1 == len(await activecampaign.tags.list().collect())
    assert 3 == len(server.deliveries)


@pytest.mark.parametrize("text", ['{"tags": [{"id": "1"', "<html>", '{"tags": []}{"tags": []}'])
async def test_a_torn_answer_is_asked_for_again(text: str) -> None:
    """So is JSON that ends early, or is none."""
    torn = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
    async with RawServer(torn, ONE) as server, client(server) as activecampaign:
        assert 1 == len(await activecampaign.tags.list().collect())
    assert 2 == len(server.deliveries)


async def test_answers_that_stay_empty_are_an_error() -> None:
    """Three times is enough."""
    async with RawServer(EMPTY) as server, client(server) as activecampaign:
        with pytest.raises(DecodeError):
            await activecampaign.tags.list().collect()
    assert 3 == len(server.deliveries)


@pytest.mark.parametrize(("attempts", "requests"), [(1, 1), (2, 2), (3, 3), (5, 3)])
async def test_no_more_is_read_than_was_allowed(attempts: int, requests: int) -> None:
    """Whoever allows one attempt pays for one."""
    async with RawServer(EMPTY) as server, client(server, max_attempts=attempts) as activecampaign:
        with pytest.raises(DecodeError):
            await activecampaign.users.me()
    assert requests == len(server.deliveries)


async def test_the_deadline_is_for_all_readings_together() -> None:
    """It does not begin anew with each of them."""

    async def act(_: Delivery, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.8)
        writer.write(EMPTY)
        await writer.drain()

    async with RawServer(act) as server, client(server, deadline=1.0) as activecampaign:
        start = asyncio.get_running_loop().time()
        with pytest.raises(DeadlineExceededError):
            await activecampaign.users.me()
        assert 1.1 > asyncio.get_running_loop().time() - start
    assert 2 == len(server.deliveries)


async def test_a_write_whose_answer_is_empty_is_not_repeated() -> None:
    """It was carried out, or nobody knows; a second one could double it."""
    async with RawServer(EMPTY) as server, client(server) as activecampaign:
        with pytest.raises(DecodeError):
            await activecampaign.notes.create("x", relid=1)
    assert 1 == len(server.deliveries)


async def test_an_answer_of_another_shape_is_not_asked_for_again() -> None:
    """It would have the same shape."""
    async with RawServer(answer(200, {"labels": []})) as server, client(server) as activecampaign:
        with pytest.raises(DecodeError, match="tags is missing"):
            await activecampaign.tags.list().collect()
    assert 1 == len(server.deliveries)


# What is asked for


@pytest.mark.parametrize("limit", [0, 101, -1, "10"])
async def test_a_limit_that_is_refused(limit: Any) -> None:
    """The API takes 1 to 100 items a page, so nothing else is sent."""
    async with RawServer(EMPTY) as server, client(server) as activecampaign:
        with pytest.raises(ConfigurationError, match="limit"):
            activecampaign.tags.list(limit=limit)
        with pytest.raises(ConfigurationError, match="limit"):
            activecampaign.contacts.list(limit=limit)
    assert [] == server.deliveries


@pytest.mark.parametrize("after", [0, -1, "7"])
async def test_a_place_to_go_on_from_that_is_refused(after: Any) -> None:
    """Ids are whole numbers from 1 on."""
    async with RawServer(EMPTY) as server, client(server) as activecampaign:
        with pytest.raises(ConfigurationError, match="after"):
            activecampaign.contacts.list(after=after)
    assert [] == server.deliveries


async def test_first_costs_one_request() -> None:
    """The first item of many pages, or None."""
    async with RawServer(Items("tags", 250).act) as server, client(server) as activecampaign:
        first = await activecampaign.tags.list().first()
        pages = [len(one) async for one in activecampaign.tags.list().pages()]
    assert first is not None
    assert (1, [100, 100, 50], 4) == (first.id, pages, len(server.deliveries))

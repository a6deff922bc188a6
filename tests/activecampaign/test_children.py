"""What hangs on one contact is read to its end, whether it comes in pages or all at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.raw import RawServer, answer

from systeme_async import (
    ActiveCampaign,
    DeadlineExceededError,
    OutcomeUnknownError,
    PaginationError,
)
from systeme_async.testing import ActiveCampaignAccount, ActiveCampaignSandbox

from .servers import body_of, client, page, path_of, query_of, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wire.raw import Act, Delivery

pytestmark = pytest.mark.anyio


class Tagged:
    """A contact with so many tags, numbered from 1 on, of a server that does what it likes.

    Args:
        count: how many tags there are.
        largest: how many come at most in one answer; None is all, whatever is asked for.
        total: whether an answer says how many there are.
    """

    def __init__(self, count: int, *, largest: int | None = None, total: bool = True) -> None:
        self.deaf = False
        """Whether the offset is ignored."""
        self._links = [{"id": one, "tag": one, "contact": "5"} for one in range(1, count + 1)]
        self._largest = largest
        self._total = total

    def answer(self, delivery: Delivery) -> bytes:
        """Answer the links that are asked for, or let go of one."""
        if delivery.method == "DELETE":
            return answer(200, {})
        shown = self._links
        if self._largest is not None:
            query = query_of(delivery)
            first = 0 if self.deaf else int(query.get("offset", "0"))
            shown = shown[first : first + min(self._largest, int(query.get("limit", "20")))]
        return page("contactTags", shown, len(self._links) if self._total else None)

    @property
    def act(self) -> Act:
        """The script of a server."""
        return serving(self.answer)


@pytest.mark.parametrize(
    ("count", "largest", "total", "requests"),
    [
        (30, None, True, 1),
        (30, None, False, 1),
        (30, 100, True, 1),
        (30, 20, True, 2),
        (250, 100, True, 3),
        (250, 100, False, 3),
        (250, None, True, 1),
        (250, None, False, 1),
        (0, None, False, 1),
        # A full page may be a page of many: it is asked once more.
        (100, None, False, 2),
        (100, None, True, 2),
        (200, 100, False, 3),
    ],
)
async def test_all_tags_of_a_contact(
    count: int, largest: int | None, requests: int, *, total: bool
) -> None:
    """Each comes once; a server that sends all at once costs one request."""
    tagged = Tagged(count, largest=largest, total=total)
    async with RawServer(tagged.act) as server, client(server) as account:
        found = await account.contacts.tags(5)
    assert list(range(1, count + 1)) == [link.tag for link in found]
    assert requests == len(server.deliveries)


async def test_a_tag_behind_the_first_page_is_taken_off() -> None:
    """It is found where it is."""
    async with RawServer(Tagged(30, largest=20).act) as server, client(server) as account:
        assert await account.contacts.remove_tag(5, 25)
    assert "/api/3/contactTags/25" == path_of(server.deliveries[-1])


async def test_a_server_that_hides_the_rest_is_noticed() -> None:
    """It says that there are more and shows the same again: nothing is taken for all."""
    tagged = Tagged(150, largest=100)
    tagged.deaf = True
    async with RawServer(tagged.act) as server, client(server) as account:
        with pytest.raises(PaginationError, match="ignores the offset"):
            await account.contacts.tags(5)
    assert 2 == len(server.deliveries)


@pytest.mark.parametrize("paged", [False, True])
@pytest.mark.parametrize("side_loading", [False, True])
async def test_the_sandbox_does_it_either_way(*, paged: bool, side_loading: bool) -> None:
    """Contacts come with all that they have, in pages or at once."""
    held = ActiveCampaignAccount(paged_details=paged, side_loading=side_loading)
    names = [f"t{number}" for number in range(120)]
    jane = held.add_contact("jane@example.com", tags=names)
    for number in range(3):
        held.add_note(f"n{number}", jane.id)
    async with (
        ActiveCampaignSandbox(account=held, quota=None) as sandbox,
        ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key, quota="unlimited") as account,
    ):
        [contact] = await account.contacts.list(details=True).collect()
        assert 120 == len(contact.tags) == len(await account.contacts.tags(jane.id))
        assert ["n0", "n1", "n2"] == [one.note for one in await account.contacts.notes(jane.id)]
        assert await account.contacts.remove_tag(jane.id, "t119")
    assert names[:-1] == held.tags_of(jane.id)


def slowly(respond: Callable[[Delivery], bytes]) -> Act:
    """Answer after 0.8 seconds."""

    async def act(delivery: Delivery, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.8)
        writer.write(respond(delivery))
        await writer.drain()

    return act


def whatever(delivery: Delivery) -> bytes:
    """Answer each of several calls as if all were well; a listing is a full page."""
    path = path_of(delivery).rpartition("/")[2]
    if delivery.method == "GET":
        links = [{"id": one, "tag": "x", "perstag": "x"} for one in range(1, 101)]
        return page(path, [{**link, "tag": "7"} for link in links] if "Tags" in path else links)
    key = {"tags": "tag", "fields": "field", "fieldRels": "fieldRel"}.get(path, "contactTag")
    assert body_of(delivery) is not None
    return answer(200, {key: {"id": "9", "tag": "9", "field": "9"}})


SEVERAL: dict[str, Callable[[ActiveCampaign], Awaitable[Any]]] = {
    "contacts.tags": lambda ac: ac.contacts.tags(5),
    "contacts.add_tag": lambda ac: ac.contacts.add_tag(5, "VIP"),
    "contacts.remove_tag": lambda ac: ac.contacts.remove_tag(5, "x"),
    "tags.find": lambda ac: ac.tags.find("VIP"),
    "lists.find": lambda ac: ac.lists.find("News"),
    "fields.find": lambda ac: ac.fields.find("Color"),
    "fields.create": lambda ac: ac.fields.create("Color"),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
async def test_several_calls_keep_one_deadline(name: str) -> None:
    """It is for the whole method, and does not begin anew with each call of it."""
    clock = asyncio.get_running_loop().time
    async with RawServer(slowly(whatever)) as server, client(server, deadline=1.0) as account:
        start = clock()
        with pytest.raises((DeadlineExceededError, OutcomeUnknownError)):
            await SEVERAL[name](account)
        assert 1.1 > clock() - start
    assert 2 == len(server.deliveries)

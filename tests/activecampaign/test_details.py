"""Contacts with everything: in one request a hundred, or, where the server can't, one by one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.raw import RawServer, answer

from systeme_async import DeadlineExceededError

from .servers import client, path_of, query_of, serving

if TYPE_CHECKING:
    from wire.raw import Delivery

    from systeme_async.activecampaign import Contact

pytestmark = pytest.mark.anyio

VALUES: list[dict[str, Any]] = [{"id": "90", "contact": "1", "field": "3", "value": "Blue"}]
TAGS: list[dict[str, Any]] = [{"id": "55", "contact": "1", "tag": "4"}]
LISTS: list[dict[str, Any]] = [{"id": "7", "contact": "2", "list": "2", "status": "1"}]
KINDS = {"fieldValues": VALUES, "contactTags": TAGS, "contactLists": LISTS}


class Account:
    """Two contacts of which a server tells more or less.

    Args:
        includes: the kinds of details that it puts beside a listing.
        beside: those that it puts beside a single contact.
        gone: contacts that are deleted after they were listed.
    """

    def __init__(
        self, *, includes: set[str], beside: set[str] | None = None, gone: set[int] | None = None
    ) -> None:
        self.asked: list[str] = []
        self.silent_behind: int | None = None
        """The id behind which a listing tells less, `silent` of all kinds."""
        self.silent = set(KINDS)
        self._includes = includes
        self._beside = {"fieldValues", "contactLists"} if beside is None else beside
        self._gone = gone or set()

    def answer(self, delivery: Delivery) -> bytes:
        """Answer as much as this server does."""
        path = path_of(delivery).removeprefix("/api/3/contacts")
        self.asked.append(path)
        if not path:
            return self._listing(query_of(delivery))
        number, _, kind = path[1:].partition("/")
        if int(number) in self._gone:
            return answer(404, {"message": f"No Result found for Subscriber with id {number}"})
        if kind:
            return answer(200, {kind: self._of(kind, number)})
        beside = {kind: self._of(kind, number) for kind in self._beside}
        return answer(200, {"contact": {"id": number}, **beside})

    def _listing(self, query: dict[str, str]) -> bytes:
        behind = [one for one in (1, 2) if one > int(query["id_greater"])][: int(query["limit"])]
        asked = set(query.get("include", "").split(",")) & self._includes
        if self.silent_behind is not None and int(query["id_greater"]) >= self.silent_behind:
            asked -= self.silent
        beside = {kind: KINDS[kind] for kind in asked}
        contacts = [{"id": str(one)} for one in behind]
        return answer(200, {"contacts": contacts, "meta": {"total": str(len(behind))}, **beside})

    @staticmethod
    def _of(kind: str, number: str) -> list[dict[str, Any]]:
        return [one for one in KINDS[kind] if one["contact"] == number]


async def listed(account: Account, **options: Any) -> list[Contact]:
    """Read all contacts with everything."""
    async with RawServer(serving(account.answer)) as server, client(server) as activecampaign:
        return await activecampaign.contacts.list(details=True, **options).collect()


def shape(contact: Contact) -> tuple[int, list[str | None], list[int], list[int]]:
    """Return what there is to know of a contact."""
    return (
        contact.id,
        [value.value for value in contact.field_values],
        [tag.tag for tag in contact.tags],
        [one.list for one in contact.lists],
    )


EVERYTHING = [(1, ["Blue"], [4], []), (2, [], [], [2])]


@pytest.mark.parametrize(
    ("includes", "beside", "requests"),
    [
        (set(KINDS), None, [""]),
        # The contact by itself tells values and lists; the tags are a request more.
        (set(), None, ["", "/1", "/1/contactTags", "/2", "/2/contactTags"]),
        (set(), set(KINDS), ["", "/1", "/2"]),
        (
            {"fieldValues"},
            None,
            ["", "/1/contactTags", "/1/contactLists", "/2/contactTags", "/2/contactLists"],
        ),
        ({"fieldValues", "contactLists"}, None, ["", "/1/contactTags", "/2/contactTags"]),
    ],
)
async def test_what_is_not_told_is_asked_for(
    includes: set[str], beside: set[str] | None, requests: list[str]
) -> None:
    """Whatever the server leaves out, everything is there, for as few requests as can be."""
    account = Account(includes=includes, beside=beside)
    assert EVERYTHING == [shape(contact) for contact in await listed(account)]
    assert requests == account.asked


async def test_a_contact_that_is_deleted_meanwhile_is_left_out() -> None:
    """It was there when it was listed and is not when it is asked for."""
    account = Account(includes=set(), gone={1})
    assert [(2, [], [], [2])] == [shape(contact) for contact in await listed(account)]


async def test_a_page_of_contacts_that_are_all_gone_is_no_end() -> None:
    """The listing goes on behind them."""
    account = Account(includes=set(), gone={1})
    assert [2] == [contact.id for contact in await listed(account, limit=1)]


async def test_without_details_nothing_is_asked_for() -> None:
    """One request, and no include in it."""
    account = Account(includes=set(KINDS))
    async with RawServer(serving(account.answer)) as server, client(server) as activecampaign:
        contacts = await activecampaign.contacts.list().collect()
    assert [(1, [], [], []), (2, [], [], [])] == [shape(contact) for contact in contacts]
    assert "include" not in query_of(server.deliveries[0])


async def test_what_a_later_page_does_not_tell_is_asked_for() -> None:
    """A server that stops to tell must not cost anybody his tags."""
    account = Account(includes=set(KINDS))
    account.silent_behind = 1
    assert EVERYTHING == [shape(contact) for contact in await listed(account, limit=1)]
    assert ["", "", "/2", "/2/contactTags", ""] == account.asked


async def test_a_kind_that_a_later_page_leaves_out_is_asked_for() -> None:
    """Also where the others are told."""
    account = Account(includes=set(KINDS))
    account.silent_behind, account.silent = 1, {"contactLists"}
    assert EVERYTHING == [shape(contact) for contact in await listed(account, limit=1)]
    assert ["", "", "/2/contactLists", ""] == account.asked


async def test_an_empty_kind_is_told() -> None:
    """Nobody on the page has any: nothing is asked for."""
    empty: dict[str, Any] = {kind: [] for kind in KINDS}
    script = answer(200, {"contacts": [{"id": "1"}], "meta": {"total": "1"}, **empty})
    async with RawServer(script) as server, client(server) as activecampaign:
        found = await activecampaign.contacts.list(details=True).collect()
    assert [(1, [], [], [])] == [shape(contact) for contact in found]
    assert 1 == len(server.deliveries)


async def test_each_contact_has_a_deadline_of_its_own() -> None:
    """The requests for one share it, and a page of many does not run out of it."""
    account = Account(includes=set(), beside=set())

    async def act(delivery: Delivery, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.write(account.answer(delivery))
        await writer.drain()

    async with RawServer(act) as server, client(server, deadline=2.0) as activecampaign:
        assert 2 == len(await activecampaign.contacts.list(details=True).collect())
        hurried = activecampaign.with_options(deadline=1.0)
        with pytest.raises(DeadlineExceededError):
            await hurried.contacts.list(details=True).collect()

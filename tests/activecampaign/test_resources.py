"""Each method sends what the API wants, once, and reads what it answers."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from wire.raw import RawServer, answer

from systeme_async import (
    ActiveCampaign,
    AlreadyExistsError,
    ConfigurationError,
    NotFoundError,
    OutcomeUnknownError,
    ValidationError,
    activecampaign,
)
from systeme_async._core.endpoint import Effect, Endpoint
from systeme_async.activecampaign import endpoints

from .rows import ROWS
from .servers import body_of, client, page, path_of, query_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

PACKAGE: Final = Path(inspect.getfile(activecampaign)).parent
OPERATIONS: Final = {
    name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint)
}
LISTINGS: Final = {
    name: row for name, row in ROWS.items() if "offset" in row.query or name == "contacts.list"
}


@pytest.mark.parametrize("name", ROWS)
async def test_a_method_sends_what_the_api_wants(name: str) -> None:
    """Method, path, filters and body are the API's, and one request is enough."""
    row = ROWS[name]
    async with RawServer(answer(200, row.answer)) as server, client(server) as account:
        found = await row.call(account)
    [delivery] = server.deliveries
    assert (row.method, f"/api/3/{row.path}") == (delivery.method, path_of(delivery))
    assert row.query == query_of(delivery)
    assert row.body == body_of(delivery)
    if isinstance(row.expected, type):
        assert [(row.expected, 5)] == [(type(one), one.id) for one in found]
    else:
        assert row.expected == found


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.body])
async def test_any_success_will_do(name: str) -> None:
    """The documentation says 200 where the server says 201, and the other way round."""
    row = ROWS[name]
    async with RawServer(answer(201, row.answer)) as server, client(server) as account:
        await row.call(account)
    assert 1 == len(server.deliveries)


async def test_the_key_travels_in_its_header() -> None:
    """Nothing else of the account is told, and no cookie is kept."""
    cookie = "Set-Cookie: PHPSESSID=abc; path=/"
    script = answer(200, {"user": {"id": "1"}}, cookie)
    async with RawServer(script) as server, client(server) as account:
        for _ in range(2):
            await account.users.me()
    first, second = server.deliveries
    assert "key-of-the-account" == first.headers["api-token"]
    assert "cookie" not in second.headers


# Completeness


def named_in(node: ast.AST) -> list[str]:
    """List the operations that a piece of code names."""
    return [
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == "api"
    ]


def users_of_operations() -> dict[str, list[str]]:
    """Return the methods that name each operation, helpers for few rows or pages apart."""
    found: dict[str, list[str]] = {name: [] for name in OPERATIONS}
    for path in sorted((PACKAGE / "resources").glob("[!_]*.py")):
        for owner in ast.parse(path.read_text(encoding="utf-8")).body:
            for method in owner.body if isinstance(owner, ast.ClassDef) else ():
                for name in set(named_in(method)):
                    found[name].append(f"{path.stem}.{getattr(method, 'name', '')}")
    return found


TWICE: Final = {
    "LIST_CONTACTS": ["contacts.find", "contacts.list"],
    "GET_CONTACT": ["contacts.get", "details._complete"],
    "IMPORT_CONTACTS": ["bulk_imports._submit", "bulk_imports._submit_again"],
}
"""What more than one method needs, and why it may: the details and the finding of contacts, and
an import that may be repeated or not."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_one_method(name: str) -> None:
    """A line of the table is used, and in one place."""
    used = sorted(users_of_operations()[name])
    assert TWICE.get(name, used[:1]) == used
    assert used


def test_no_operation_stands_twice() -> None:
    """Method and path name one operation, below the API's own path."""
    pairs = [(operation.method, operation.path) for operation in OPERATIONS.values()]
    assert len(pairs) == len(set(pairs))
    assert all(path.startswith("/api/3/") and not path.endswith("/") for _, path in pairs)


def resources() -> dict[str, type[Any]]:
    """Return the resources of the client by their names."""
    names = [name for name, hint in ActiveCampaign.__annotations__.items() if hint[0].isupper()]
    account = ActiveCampaign(url="https://acme.api-us1.com", api_key="k")
    return {name: type(getattr(account, name)) for name in names}


COVERED_ELSEWHERE: Final = {
    "bulk_imports.run",
    "contacts.find",
    "contacts.remove_tag",
    "contacts.unsubscribe",
    "tags.find",
    "tags.ensure",
    "fields.find",
    "lists.find",
}


def test_every_method_is_tested() -> None:
    """Each public method of each resource has a row, or tests of its own."""
    methods = {
        f"{name}.{method}"
        for name, kind in resources().items()
        for method, member in vars(kind).items()
        if not method.startswith("_") and inspect.isroutine(member)
    }
    assert methods == {*ROWS, *COVERED_ELSEWHERE}


def test_every_resource_has_a_file_of_its_name() -> None:
    """And each file that is a resource hangs on the client."""
    stems = {path.stem for path in (PACKAGE / "resources").glob("[!_]*.py")} - {"details"}
    assert stems == set(resources())


# Changes of nothing


NOTHING: Final[dict[str, Callable[[ActiveCampaign], Awaitable[Any]]]] = {
    "contacts": lambda ac: ac.contacts.update(1),
    "tags": lambda ac: ac.tags.update(1),
    "fields": lambda ac: ac.fields.update(1),
    "lists": lambda ac: ac.lists.update(1),
    "deals": lambda ac: ac.deals.update(1),
    "deal_stages": lambda ac: ac.deal_stages.update(1),
    "deal_groups": lambda ac: ac.deal_groups.update(1),
    "accounts": lambda ac: ac.accounts.update(1),
    "webhooks": lambda ac: ac.webhooks.update(1),
}


@pytest.mark.parametrize("name", NOTHING)
async def test_a_change_of_nothing_is_refused(name: str) -> None:
    """The empty wrapper is not sent: it would be answered like a change."""
    async with RawServer(answer(200, {})) as server, client(server) as account:
        with pytest.raises(ConfigurationError, match="nothing to change"):
            await NOTHING[name](account)
    assert [] == server.deliveries


WRONG: Final[dict[str, Callable[[ActiveCampaign], Awaitable[Any]]]] = {
    "give whole cents": lambda ac: ac.deals.create("D", value=-5, currency="eur", contact=1),
    "give contact=…": lambda ac: ac.deals.create("D", value=5, currency="eur", group=1),
    "give one of open": lambda ac: ac.deals.update(1, status="done"),  # type: ignore[arg-type]
    "give one of any": lambda ac: ac.contacts.list(status="gone").collect(),  # type: ignore[arg-type]
    "ids start at 1": lambda ac: ac.deals.get(0),
    "give a list": lambda ac: ac.webhooks.create("w", "https://example.com", "subscribe"),
    "are none of": lambda ac: ac.webhooks.create("w", "https://example.com", ["contact_created"]),
    "give stringid=…": lambda ac: ac.lists.create("日本", sender_url="u", sender_reminder="r"),
    "has no options": lambda ac: ac.fields.create("T", options=["a"]),
    "1 to 255 characters": lambda ac: ac.fields.create("T", type="radio", options=[""]),
    "options is empty": lambda ac: ac.fields.add_options(1, []),
    "write something": lambda ac: ac.notes.update(1, ""),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
async def test_what_can_not_be_sent_costs_no_request(words: str) -> None:
    """It is refused here, with a word on what to give."""
    async with RawServer(answer(200, {})) as server, client(server) as account:
        with pytest.raises(ConfigurationError, match=words):
            await WRONG[words](account)
    assert [] == server.deliveries


async def test_without_validation_the_server_decides() -> None:
    """An event that is not known here may be known there."""
    script = answer(200, {"webhook": {"id": "1"}})
    async with RawServer(script) as server, client(server, validate=False) as account:
        await account.webhooks.create("w", "https://example.com", ["brand_new"])
    assert ["brand_new"] == body_of(server.deliveries[0])["webhook"]["events"]


# Finding


TAGS: Final = page("tags", [{"id": "1", "tag": "VIP 2026"}, {"id": "2", "tag": "vip"}], 2)
NOBODY: Final = page("contacts", [], 0)


@pytest.mark.parametrize(("name", "expected"), [("VIP", 2), ("vip 2026", 1), ("vi", None)])
async def test_a_tag_is_found_by_its_whole_name(name: str, expected: int | None) -> None:
    """The search of the API finds parts too."""
    async with RawServer(TAGS) as server, client(server) as account:
        found = await account.tags.find(name)
    assert expected == (None if found is None else found.id)


async def test_a_list_is_found_by_its_whole_name() -> None:
    """In any case."""
    lists = page("lists", [{"id": "1", "name": "News 2"}, {"id": "2", "name": "NEWS"}], 2)
    async with RawServer(lists) as server, client(server) as account:
        found = await account.lists.find("News")
        assert await account.lists.find("New") is None
    assert found is not None
    assert 2 == found.id


FIELDS: Final = page(
    "fields",
    [
        {"id": "1", "title": "COLOR_2", "perstag": "COLOR"},
        {"id": "2", "title": "Second color", "perstag": "COLOR_2"},
    ],
    2,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("color", 1), ("%COLOR%", 1), ("color_2", 2), ("second COLOR", 2), ("colour", None)],
)
async def test_a_field_is_found_by_perstag_or_title(name: str, expected: int | None) -> None:
    """A perstag goes before a title of the same letters."""
    async with RawServer(FIELDS) as server, client(server) as account:
        found = await account.fields.find(name)
    assert expected == (None if found is None else found.id)


@pytest.mark.parametrize(("email", "expected"), [("Jane@Example.com", 1), ("j@example.com", None)])
async def test_a_contact_is_found_by_its_address(email: str, expected: int | None) -> None:
    """A server that ignores the filter offers others, who are not taken."""
    contacts = page("contacts", [{"id": "1", "email": "jane@example.com"}], 1)
    async with RawServer(contacts) as server, client(server) as account:
        found = await account.contacts.find(email)
    assert expected == (None if found is None else found.id)


# Tags and lists of a contact


async def test_a_tag_is_put_on_by_its_name() -> None:
    """It is created if missing: the API answers a name that exists with what exists."""
    script = [
        answer(200, {"tag": {"id": "9", "tag": "VIP"}}),
        answer(201, {"contactTag": {"id": "1", "tag": "9", "contact": "5"}}),
    ]
    async with RawServer(*script) as server, client(server) as account:
        link = await account.contacts.add_tag(5, "VIP")
    assert 9 == link.tag
    assert ["/api/3/tags", "/api/3/contactTags"] == [path_of(one) for one in server.deliveries]


HELD: Final = answer(200, {"contactTags": [{"id": "55", "tag": "2", "contact": "5"}]})


@pytest.mark.parametrize(
    ("tag", "script", "removed", "paths"),
    [
        (2, [HELD, answer(200, {})], True, ["contacts/5/contactTags", "contactTags/55"]),
        (3, [HELD], False, ["contacts/5/contactTags"]),
        (
            "vip",
            [TAGS, HELD, answer(200, {})],
            True,
            ["tags", "contacts/5/contactTags", "contactTags/55"],
        ),
        ("nobody's", [TAGS], False, ["tags"]),
        (2, [HELD, answer(404, {})], False, ["contacts/5/contactTags", "contactTags/55"]),
    ],
)
async def test_a_tag_is_taken_off(
    tag: int | str, script: list[bytes], paths: list[str], *, removed: bool
) -> None:
    """By the id of the link, which is looked up; a contact without it costs no more."""
    async with RawServer(*script) as server, client(server) as account:
        assert removed is await account.contacts.remove_tag(5, tag)
    assert [f"/api/3/{path}" for path in paths] == [path_of(one) for one in server.deliveries]


async def test_a_contact_is_unsubscribed() -> None:
    """It stays on the list, with another status."""
    script = answer(200, {"contactList": {"id": "1", "list": "3", "status": "2"}})
    async with RawServer(script) as server, client(server) as account:
        assert 2 == (await account.contacts.unsubscribe(5, 3)).status
    assert 2 == body_of(server.deliveries[0])["contactList"]["status"]


# Fields that people see


CREATED: Final = answer(201, {"field": {"id": "8", "title": "Color", "type": "radio"}})
SHOWN: Final = answer(201, {"fieldRel": {"id": "1", "field": "8", "relid": "0"}})
OPTIONS: Final = answer(
    201,
    {
        "fieldOptions": [
            {"id": "1", "field": "8", "orderid": 1, "value": "red"},
            {"id": "2", "field": "8", "orderid": 2, "value": "blue"},
        ]
    },
)


async def test_a_field_is_created_so_that_it_is_seen() -> None:
    """The field, its relation to all lists, and all its options: three requests."""
    async with RawServer(CREATED, SHOWN, OPTIONS) as server, client(server) as account:
        field = await account.fields.create("Color", type="radio", options=["red", "blue"])
    assert (8, [0], ["red", "blue"]) == (
        field.id,
        [relation.list for relation in field.relations],
        [option.value for option in field.options],
    )
    assert ["fields", "fieldRels", "fieldOption/bulk"] == [
        path_of(one).removeprefix("/api/3/") for one in server.deliveries
    ]


@pytest.mark.parametrize("last", [answer(422, {"errors": ["no"]}), None])
async def test_a_field_that_is_half_done_is_told(last: bytes | None) -> None:
    """Where a later request fails, the error says which field is there, and how to go on."""
    async with RawServer(CREATED, SHOWN, last) as server, client(server) as account:
        with pytest.raises((ValidationError, OutcomeUnknownError)) as caught:
            await account.fields.create("Color", type="radio", options=["red"])
    [note] = caught.value.__notes__
    assert "the id 8" in note
    assert "fields.add_options(8" in note


# Doubts


CREATING: Final = [name for name, one in OPERATIONS.items() if one.effect is Effect.CREATES]


@pytest.mark.parametrize(
    "name",
    ["contacts.create", "fields.create", "lists.create", "deals.create", "automations.start",
     "accounts.create", "notes.create", "webhooks.create"],
)  # fmt: skip
@pytest.mark.parametrize("last", [None, answer(502, None)])
async def test_a_creation_is_never_sent_twice(name: str, last: bytes | None) -> None:
    """Neither after a lost answer nor after a failure: nobody knows whether it worked."""
    async with RawServer(last) as server, client(server) as account:
        with pytest.raises(OutcomeUnknownError):
            await ROWS[name].call(account)
    assert 1 == len(server.deliveries)


@pytest.mark.parametrize(
    "name",
    ["contacts.sync", "contacts.add_tag", "contacts.subscribe", "tags.create", "field_values.set",
     "deals.update", "lists.update", "contacts.delete"],
)  # fmt: skip
async def test_what_brings_the_same_state_is_repeated(name: str) -> None:
    """A second delivery changes nothing."""
    row = ROWS[name]
    script = [None, answer(503, None), answer(200, row.answer)]
    async with RawServer(*script) as server, client(server) as account:
        assert row.expected == await row.call(account)
    assert 3 == len(server.deliveries)


@pytest.mark.parametrize(
    "second", [answer(404, {}), answer(403, {"message": "No Result found for _List with id 5"})]
)
async def test_a_deletion_that_was_lost_and_finds_nothing_has_worked(second: bytes) -> None:
    """Also where a thing that is gone is a 403."""
    async with RawServer(None, second) as server, client(server) as account:
        await account.lists.delete(5)
    assert 2 == len(server.deliveries)


async def test_a_first_deletion_of_nothing_is_an_error() -> None:
    """Nobody has deleted it before."""
    script = answer(403, {"message": "No Result found for _List with id 5"})
    async with RawServer(script) as server, client(server) as account:
        with pytest.raises(NotFoundError):
            await account.lists.delete(5)
    assert 1 == len(server.deliveries)


async def test_an_address_that_is_taken() -> None:
    """It is told apart from other values that are refused."""
    body = {"errors": [{"title": "Email address already exists", "code": "duplicate"}]}
    async with RawServer(answer(422, body)) as server, client(server) as account:
        with pytest.raises(AlreadyExistsError):
            await account.contacts.create("jane@example.com")


async def test_a_429_is_waited_out() -> None:
    """As long as the server asks for."""
    row = ROWS["notes.create"]
    script = [answer(429, {}, "Retry-After: 30"), answer(201, row.answer)]
    async with RawServer(*script) as server, client(server) as account:
        await row.call(account)
    first, second = server.deliveries
    assert second.at - first.at >= 30


async def test_five_requests_a_second_unless_told_otherwise() -> None:
    """The quota of every account, on every plan."""
    script = answer(200, {"user": {"id": "1"}})
    async with RawServer(script) as server, client(server, quota=None) as account:
        for _ in range(16):
            await account.users.me()
    times = [delivery.at for delivery in server.deliveries]
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[5:], strict=False))

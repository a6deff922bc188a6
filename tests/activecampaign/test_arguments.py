"""What can't be meant is refused before anything is sent: no filter may find everybody."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from wire.raw import RawServer, answer

from systeme_async import ConfigurationError

from .servers import body_of, client, path_of, query_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import ActiveCampaign

pytestmark = pytest.mark.anyio

NAIVE: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - what is to be refused


@pytest.mark.parametrize(
    ("resource", "filters"),
    [
        *(("contacts.list", {"ids": ids}) for ids in ([], (), "12", b"12", 5, [0], [True], ["x"])),
        *(("contacts.list", {"tag_id": one}) for one in (0, -4, True, "VIP", "", 1.5)),
        *(
            ("contacts.list", {name: 0})
            for name in (
                *("list_id", "segment_id", "automation_id", "wait_id", "form_id"),
                *("exclude", "before", "after"),
            )
        ),
        *(
            ("contacts.list", {name: text})
            for name in ("email", "email_like", "search", "phone")
            for text in ("", "  ", 5)
        ),
        *(
            ("contacts.list", {name: when})
            for name in ("created_after", "created_before", "updated_after", "updated_before")
            for when in ("yesterday", 5, date(2026, 1, 1), NAIVE)
        ),
        *(("contacts.list", {"status": one}) for one in (1, [], "", "gone")),
        *(("contacts.list", {"limit": one}) for one in (True, None, 1.0, 0, 101)),
        ("contacts.list", {"details": "no"}),
        *(("deals.list", {name: 0}) for name in ("stage", "group", "owner", "tag")),
        *(("deals.list", {"search_field": one}) for one in ("bogus", "", 1)),
        *(("deals.list", {"minimum_value": one}) for one in ("a", -1, True, 1.5)),
        *(("deals.list", {"maximum_value": one}) for one in ("a", -1, True, 1.5)),
        *(("deals.list", {name: " "}) for name in ("search", "title")),
        *(("deals.list", {"status": one}) for one in (0, [], "done")),
        ("deals.list", {"updated_after": NAIVE}),
        *(("field_values.list", {"field_id": one}) for one in (0, "COLOR", True)),
        *(("field_values.list", {"value": one}) for one in ("", [], " ", b"x", [None])),
        *(("accounts.contacts", {name: 0}) for name in ("account_id", "contact_id")),
        ("accounts.list", {"search": ""}),
        ("accounts.list", {"count_deals": 1}),
        ("campaigns.list", {"automation_id": 0}),
        ("deal_stages.list", {"group": 0}),
        *((name, {"title": ""}) for name in ("deal_stages.list", "deal_groups.list")),
        ("lists.list", {"name": ""}),
        ("tags.list", {"search": " "}),
        *(("webhooks.list", {"list_id": one}) for one in ("x", -1, True)),
        *(("webhooks.list", {name: ""}) for name in ("name", "url")),
    ],
)
async def test_a_filter_that_is_none_is_refused(resource: str, filters: dict[str, Any]) -> None:
    """The server would ignore it and list everybody."""
    group, method = resource.split(".")
    async with RawServer(answer(200, {})) as server, client(server) as account:
        with pytest.raises(ConfigurationError, match=next(iter(filters))):
            getattr(getattr(account, group), method)(**filters)
    assert [] == server.deliveries


async def test_ids_are_those_of_the_beginning() -> None:
    """What becomes of the list afterwards is another matter."""
    ids = [1, 2]
    async with RawServer(answer(200, {"contacts": []})) as server, client(server) as account:
        pager = account.contacts.list(ids=ids)
        ids.clear()
        await pager.collect()
    assert 2 == server.deliveries[0].target.count("ids%5B%5D=")


async def test_zero_is_a_list_where_it_means_all() -> None:
    """Webhooks have 0 for all lists, and deals may be worth nothing."""
    script = [answer(200, {"webhooks": []}), answer(200, {"deals": []})]
    async with RawServer(*script) as server, client(server) as account:
        await account.webhooks.list(list_id=0).collect()
        await account.deals.list(maximum_value=0).collect()
    first, second = map(query_of, server.deliveries)
    assert ("0", "0") == (first["filters[listid]"], second["filters[maximum_value]"])


WRONG: Final[dict[str, Callable[[Any], Awaitable[Any]]]] = {
    **{
        f"find {email!r}": lambda ac, email=email: ac.contacts.find(email)
        for email in (None, 5, "", " ", " a@b.c ", "jane")
    },
    **{
        f"user {email!r}": lambda ac, email=email: ac.users.find(email)
        for email in (None, "", "..", "../me")
    },
    **{
        f"{group} named {name!r}": lambda ac, group=group, name=name: getattr(ac, group).find(name)
        for group in ("tags", "lists", "fields")
        for name in (None, 5, "", "  ")
    },
    **{
        f"contact {number!r}": lambda ac, number=number: ac.contacts.get(number)
        for number in (0, -1, True, "7", "../users", 1.0, None)
    },
    "tags of a text": lambda ac: ac.contacts.tags("7"),
    "a user's slug": lambda ac: ac.users.get("me"),
    "stage 0": lambda ac: ac.deal_stages.move_deals(0, 1),
    "to stage 0": lambda ac: ac.deal_stages.move_deals(1, 0),
    "to the stage of a text": lambda ac: ac.deal_stages.move_deals(1, "2"),
    **{
        f"{verb} {contact!r} {tag!r}": lambda ac, verb=verb, contact=contact, tag=tag: getattr(
            ac.contacts, verb
        )(contact, tag)
        for verb in ("add_tag", "remove_tag")
        for contact, tag in (
            *((0, "VIP"), ("1", "VIP"), (True, 2), (None, "VIP")),
            *((1, ""), (1, "  "), (1, None), (1, True), (1, 0), (1, 1.5), (1, b"VIP")),
        )
    },
    "blank tag": lambda ac: ac.tags.create(" "),
    "blank list": lambda ac: ac.lists.create(
        " ", sender_url="u", sender_reminder="r", stringid="x"
    ),
    "no list": lambda ac: ac.lists.create(None, sender_url="u", sender_reminder="r"),
    "blank note": lambda ac: ac.notes.create("  ", relid=1),
    "visible no": lambda ac: ac.fields.create("T", visible="no"),
    "visible None": lambda ac: ac.fields.create("T", visible=None),
    "visible 1": lambda ac: ac.fields.update(1, visible=1),
    "required yes": lambda ac: ac.fields.update(1, is_required="yes"),
    "fields None": lambda ac: ac.contacts.sync("a@b.c", fields=None),
    "fields list": lambda ac: ac.contacts.update(1, fields=[1]),
    "no name but 0": lambda ac: ac.contacts.sync("a@b.c", first_name=0),
    "no name but False": lambda ac: ac.contacts.update(1, last_name=False),
    "nobody": lambda ac: ac.contacts.create(),
    "no address any more": lambda ac: ac.contacts.update(1, email=None),
    "defaults": lambda ac: ac.field_values.set(1, 2, "x", use_defaults="yes"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_what_can_not_be_meant_costs_no_request(name: str) -> None:
    """Nothing is looked up, and nothing is created on the way."""
    async with RawServer(answer(200, {})) as server, client(server) as account:
        with pytest.raises(ConfigurationError):
            await WRONG[name](account)
    assert [] == server.deliveries


async def test_who_has_no_address_is_not_found_by_one() -> None:
    """Contacts with a phone alone may stand among what the server offers."""
    contacts = answer(200, {"contacts": [{"id": "1", "email": ""}, {"id": "2", "email": "A@b.c"}]})
    async with RawServer(contacts) as server, client(server) as account:
        found = await account.contacts.find("a@B.c")
    assert found is not None
    assert 2 == found.id


async def test_a_field_without_a_name_in_mails_is_not_found_by_none() -> None:
    """Two percent signs are around a name, and around nothing too."""
    fields = answer(200, {"fields": [{"id": "1", "title": "Color", "perstag": ""}]})
    async with RawServer(fields) as server, client(server) as account:
        assert await account.fields.find("%%") is None


SENT: Final[dict[str, tuple[Callable[[ActiveCampaign], Awaitable[Any]], str, Any]]] = {
    "another address": (
        lambda ac: ac.contacts.update(5, email="new@b.c"),
        "contact",
        {"contact": {"email": "new@b.c"}},
    ),
    "a phone alone": (
        lambda ac: ac.contacts.create(phone="+331"),
        "contact",
        {"contact": {"phone": "+331", "allowNullEmail": True}},
    ),
    "a field that is needed": (
        lambda ac: ac.fields.update(5, is_required=True),
        "field",
        {"field": {"isrequired": 1}},
    ),
    "values by default": (
        lambda ac: ac.field_values.set(1, 2, "x", use_defaults=True),
        "fieldValue",
        {"fieldValue": {"contact": 1, "field": 2, "value": "x"}, "useDefaults": True},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SENT)
async def test_what_is_given_besides_is_sent(name: str) -> None:
    """As the API wants it."""
    call, key, body = SENT[name]
    script = answer(200, {key: {"id": "5", "field": "2"}})
    async with RawServer(script) as server, client(server) as account:
        await call(account)
    assert body == body_of(server.deliveries[0])


async def test_contacts_between_two_ids() -> None:
    """Filters that few need travel under the API's names."""
    async with RawServer(answer(200, {"contacts": []})) as server, client(server) as account:
        await account.contacts.list(after=3, before=9, exclude=5, wait_id=7).collect()
    query = query_of(server.deliveries[0])
    assert ("3", "9", "5", "7") == tuple(
        query[name] for name in ("id_greater", "id_less", "exclude", "waitid")
    )


@pytest.mark.parametrize("counted", [True, False])
async def test_companies_with_or_without_their_counts(*, counted: bool) -> None:
    """In small letters, as the API has it."""
    async with RawServer(answer(200, {"accounts": []})) as server, client(server) as account:
        await account.accounts.list(count_deals=counted).collect()
    assert str(counted).lower() == query_of(server.deliveries[0])["count_deals"]


async def test_a_user_who_is_not_there_is_none() -> None:
    """A 404 is the answer, and no error."""
    script = answer(404, {"message": "No Result found"})
    async with RawServer(script) as server, client(server) as account:
        assert await account.users.find("nobody@example.com") is None
    assert "/api/3/users/email/nobody%40example.com" == path_of(server.deliveries[0])

"""Deliveries of ActiveCampaign: forms without a signature, sent once, by source and by list."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from systeme_async.testing import ActiveCampaignAccount, ActiveCampaignSandbox

if TYPE_CHECKING:
    from conftest import Line

pytestmark = pytest.mark.anyio

EVERYTHING = [
    *("subscribe", "unsubscribe", "update", "contact_tag_added", "contact_tag_removed"),
    *("list_add", "deal_add", "deal_update", "subscriber_note", "account_add", "open"),
]


class Receiver:
    """Takes deliveries on loopback and answers with each status in turn, at last with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.forms: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    async def __aenter__(self) -> Self:
        self._server = web.Server(self._handle, access_log=None)
        loop = asyncio.get_running_loop()
        self._socket = await loop.create_server(self._server, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.sockets[0].getsockname()[1]}/hook?secret=s"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()
        await self._server.shutdown(0.01)

    @property
    def types(self) -> list[str]:
        """What was delivered."""
        return [form["type"] for form in self.forms]

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        body = (await request.read()).decode()
        self.forms.append(dict(parse_qsl(body, keep_blank_values=True)))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


def person(account: ActiveCampaignAccount, **more: Any) -> None:
    """Put Robert there, with two tags and a value."""
    field = account.add_field("Favorite color").id
    account.add_contact(
        "robert@example.com",
        first_name="Robert",
        phone="+1 555-010-1234",
        fields={field: "||red||blue||"},
        tags=["Tag A", "Tag, B"],
        **more,
    )


async def tag(line: Line, name: str = "VIP") -> None:
    """Put a tag on the first contact by a request, and wait until that is delivered."""
    number = line.account.add_tag(name).id
    await line.post("contactTags", {"contactTag": {"contact": 1001, "tag": number}})
    await line.sandbox.deliveries_done()


async def test_a_delivery_is_a_form_in_brackets(line: Line) -> None:
    """It names the tag, has all tags in one text, and values by the ids of their fields."""
    person(line.account)
    async with Receiver() as there:
        webhook = line.account.add_webhook(there.url, EVERYTHING)
        await tag(line)
        [form] = there.forms
        assert form.pop("date_time").endswith("-05:00")
        assert form == {
            "type": "contact_tag_added",
            "initiated_from": "api",
            "initiated_by": "api",
            "list": "0",
            "tag": "VIP",
            "contact[id]": "1001",
            "contact[email]": "robert@example.com",
            "contact[first_name]": "Robert",
            "contact[last_name]": "",
            "contact[phone]": "+1 555-010-1234",
            "contact[ip]": "127.0.0.1",
            "contact[tags]": "Tag A, Tag, B, VIP",
            "contact[fields][201]": "||red||blue||",
        }
        [headers] = there.headers
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        assert not any("signature" in name for name in headers)
        [record] = line.sandbox.deliveries
        assert (record.event, record.webhook_id, record.attempt, record.status) == (
            *("contact_tag_added", str(webhook.id)),
            *(1, 200),
        )
        assert record.delivered


async def test_values_may_go_by_their_perstags(line: Line) -> None:
    """In small letters, as other deliveries had them."""
    person(line.account)
    line.account.perstag_keys = True
    async with Receiver() as there:
        line.account.add_webhook(there.url, EVERYTHING)
        await tag(line)
        assert there.forms[0]["contact[fields][favorite_color]"] == "||red||blue||"


@pytest.mark.parametrize(("status", "active"), [(500, True), (404, True), (410, False)])
async def test_what_fails_is_never_tried_again(line: Line, status: int, active: bool) -> None:  # noqa: FBT001
    """And who answers that he is gone is told nothing any more."""
    person(line.account)
    async with Receiver(status) as there:
        webhook = line.account.add_webhook(there.url, EVERYTHING)
        await tag(line)
        await asyncio.sleep(100_000)
        assert len(there.forms) == 1
        assert webhook.active is active
        await tag(line, "Next")
        assert len(there.forms) == (2 if active else 1)
        assert line.sandbox.deliveries[0].failure == f"answered {status}"


async def test_a_webhook_that_was_switched_off_is_switched_on_again(line: Line) -> None:
    """By changing it."""
    async with Receiver() as there:
        webhook = line.account.add_webhook(there.url, EVERYTHING)
        webhook.active = False
        person(line.account)
        await tag(line)
        assert there.forms == []
        await line.send("PUT", f"webhooks/{webhook.id}", {"webhook": {"name": "Again"}})
        await tag(line, "Next")
        assert there.types == ["contact_tag_added"]


@pytest.mark.parametrize(
    ("sources", "heard"),
    [
        (["api"], ["VIP"]),
        (["admin"], ["Theirs"]),
        (["public", "system"], []),
        (["public", "admin", "api", "system"], ["VIP", "Theirs"]),
    ],
)
async def test_whoever_leaves_out_the_api_hears_no_echo(
    line: Line, sources: list[str], heard: list[str]
) -> None:
    """What requests bring about comes from the api, what people do comes from elsewhere."""
    person(line.account)
    async with Receiver() as there:
        line.account.add_webhook(there.url, EVERYTHING, sources=sources)
        await tag(line)
        line.account.happen("contact_tag_added", 1001, source="admin", tag="Theirs")
        await line.sandbox.deliveries_done()
        assert [form["tag"] for form in there.forms] == heard


async def test_a_webhook_may_be_for_one_list(line: Line) -> None:
    """It hears of subscriptions to that one, and of what has no list all the same."""
    person(line.account)
    news, offers = line.account.add_list("News").id, line.account.add_list("Offers").id
    async with Receiver() as there:
        line.account.add_webhook(there.url, EVERYTHING, list_id=news)
        for number in (news, offers):
            body = {"contactList": {"contact": 1001, "list": number, "status": 1}}
            await line.post("contactLists", body)
        await tag(line)
        heard = sorted((form["type"], form["list"]) for form in there.forms)
        assert heard == [("contact_tag_added", "0"), ("subscribe", str(news))]


async def test_who_leaves_by_himself_is_told_as_public(line: Line) -> None:
    """It is delivered with the next request, or when asked for."""
    news = line.account.add_list("News").id
    person(line.account, lists={news: 1})
    async with Receiver() as there:
        line.account.add_webhook(there.url, EVERYTHING, sources=["public"])
        line.account.leave(1001, news)
        assert line.account.lists_of(1001) == {news: 2}
        await line.get("contacts")
        await line.sandbox.deliveries_done()
        [form] = there.forms
        assert (form["type"], form["initiated_from"]) == ("unsubscribe", "public")
        assert form["list"] == str(news)


async def test_each_request_tells_what_it_brought_about(line: Line) -> None:
    """There is no event for a contact that is created or deleted, nor for a status again."""
    async with Receiver() as there:
        line.account.add_webhook(there.url, EVERYTHING)
        line.account.add_tag("VIP")
        line.account.add_pipeline("Sales")
        body = {"contact": {"email": "jane@example.com"}}
        subscription = {"contactList": {"contact": 1001, "list": 101, "status": 1}}
        note = {"note": {"note": "Hello", "reltype": "Subscriber", "relid": 1001}}
        deal = {"title": "Big", "value": 1, "currency": "usd", "contact": 1001, "group": 501}
        news = dict.fromkeys(("name", "stringid", "sender_url", "sender_reminder"), "News")
        requests: list[tuple[str, str, Any]] = [
            ("POST", "contacts", body),
            ("POST", "contact/sync", body),
            ("POST", "lists", {"list": news}),
            ("POST", "contactLists", subscription),
            ("POST", "contactLists", subscription),
            ("POST", "contactTags", {"contactTag": {"contact": 1001, "tag": 11}}),
            ("POST", "contactTags", {"contactTag": {"contact": 1001, "tag": 11}}),
            ("DELETE", "contactTags/2000001", None),
            ("POST", "notes", note),
            ("POST", "deals", {"deal": deal}),
            ("PUT", "deals/20001", {"deal": {"status": 1}}),
            ("POST", "accounts", {"account": {"name": "Acme"}}),
            ("DELETE", "contacts/1001", None),
        ]
        for method, path, sent in requests:
            status, _ = await line.send(method, path, sent)
            assert status < 300
            await line.sandbox.deliveries_done()
        assert there.types == [
            *("update", "list_add", "subscribe", "contact_tag_added", "contact_tag_removed"),
            *("subscriber_note", "deal_add", "deal_update", "account_add"),
        ]


async def test_nothing_leaves_this_machine(line: Line) -> None:
    """An address elsewhere is recorded as undeliverable."""
    person(line.account)
    webhook = line.account.add_webhook("https://example.com/hook", EVERYTHING)
    await tag(line)
    [record] = line.sandbox.deliveries
    assert (record.status, record.failure) == (None, "undeliverable: not on this machine")
    assert webhook.active


async def test_a_webhook_deleted_meanwhile_is_told_nothing() -> None:
    """What has not left yet stays where it is."""
    account = ActiveCampaignAccount()
    person(account)
    async with ActiveCampaignSandbox(account=account) as sandbox, Receiver() as there:
        webhook = account.add_webhook(there.url, EVERYTHING)
        account.happen("open", 1001)
        sandbox.deliver()
        webhook.active = False
        await sandbox.deliveries_done()
        assert (there.forms, sandbox.deliveries) == ([], [])

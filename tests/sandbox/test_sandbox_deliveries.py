"""Signed deliveries: what a webhook gets, when it gets it again, and when no more."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import pytest
from aiohttp import web

from systeme_async.errors import ConfigurationError
from systeme_async.testing import Account, Sandbox
from systeme_async.testing.deliveries import Record, delays, signature, uuid7
from systeme_async.testing.happenings import Happening
from systeme_async.testing.hints import SECOND
from systeme_async.testing.service import Instant
from systeme_async.testing.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async.testing import HeldWebhook

    Connect = Callable[[Sandbox], aiohttp.ClientSession]

pytestmark = pytest.mark.anyio

SECRET = "s3cret"
DAY = 86_400
SCHEDULE = [0, 4, 20, 84, 340, 1364, 5460, 21844, 87380, 173780, 260180, 346580, 432980]
"""Seconds from the event to each of thirteen attempts, as long as none succeeds."""
HANG = 0
"""In place of a status: no answer."""


@dataclass
class Received:
    """A delivery as it came in."""

    at: float
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Takes deliveries on loopback and answers with each status in turn, at last with 200."""

    def __init__(self, *statuses: int, location: str = "") -> None:
        self.statuses = list(statuses)
        self.received: list[Received] = []
        self._location = location

    async def __aenter__(self) -> Self:
        self._server = web.Server(self._handle, access_log=None)
        loop = asyncio.get_running_loop()
        self._socket = await loop.create_server(self._server, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.sockets[0].getsockname()[1]}/hooks?a=b"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()
        await self._server.shutdown(0.01)

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        at = asyncio.get_running_loop().time()
        self.received.append(Received(at, headers, await request.read()))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == HANG:
            await asyncio.get_running_loop().create_future()
        return web.Response(status=status, headers={"Location": self._location or self.url})


def through(sandbox: Sandbox) -> aiohttp.ClientSession:
    """Give a session to the sandbox's Maton that sends its key."""
    headers = {"Authorization": f"Bearer {sandbox.maton.api_key}"}
    return aiohttp.ClientSession(sandbox.maton.url, headers=headers)


def hook(account: Account, url: str, *events: str, name: str = "hook") -> HeldWebhook:
    """Register a webhook without a request, at an address that others may have too."""
    webhook = account.add_webhook(
        f"https://example.com/{name}", SECRET, events or ("SALE_NEW",), name=name
    )
    webhook.url = url
    return webhook


def names(sandbox: Sandbox, account: Account | None = None) -> list[str]:
    """Return to which webhooks anything was delivered, in the order of the alphabet."""
    webhooks = (account or sandbox.account).webhooks
    return sorted(webhooks[one.webhook_id].name for one in sandbox.deliveries)


async def test_a_delivery_looks_like_the_real_ones() -> None:
    """All headers of a captured one are there, and the signature is that of the very bytes."""
    async with Sandbox() as sandbox, Receiver() as there:
        webhook = hook(sandbox.account, there.url)
        sandbox.emit("SALE_NEW", {"order": {"vat": 0.0}, "url": "https://é.example"})
        await sandbox.deliveries_done()
        [one] = there.received
        assert one.body == b'{"order":{"vat":0.0},"url":"https:\\/\\/\\u00e9.example"}'
        expected = hmac.new(SECRET.encode(), one.body, hashlib.sha256).hexdigest()
        assert one.headers["x-webhook-signature"] == expected
        assert one.headers["content-type"] == "application/json"
        assert one.headers["user-agent"] == "SystemeIO-Webhook"
        assert one.headers["x-webhook-event"] == "SALE_NEW"
        assert one.headers["x-webhook-schema-version"] == "2"
        assert one.headers["x-webhook-subscription-id"] == webhook.subscriptions[0].id
        ids = [one.headers[f"x-webhook-{name}-id"] for name in ("message", "delivery-attempt")]
        assert all(
            re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab].*", one) for one in ids
        )
        for name in ("event", "delivery-attempt"):
            stamp = one.headers[f"x-webhook-{name}-timestamp"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", stamp)
            assert abs(datetime.fromisoformat(stamp) - datetime.now(UTC)) < timedelta(seconds=60)
        [record] = sandbox.deliveries
        assert (record.url, record.webhook_id, record.event) == (there.url, webhook.id, "SALE_NEW")
        assert (record.attempt, record.status, record.failure) == (1, 200, "")
        assert record.delivered
        assert record.body == one.body
        assert record.headers.items() <= one.headers.items()


async def test_only_who_wants_an_event_gets_it() -> None:
    """Whoever is not subscribed, not active or disabled for it is left alone."""
    async with Sandbox() as sandbox, Receiver() as there:
        hook(sandbox.account, there.url, "SALE_NEW", "CONTACT_CREATED", name="both")
        hook(sandbox.account, there.url, "CONTACT_CREATED", name="other")
        hook(sandbox.account, there.url, name="inactive").active = False
        disabled = hook(sandbox.account, there.url, "SALE_NEW", "CONTACT_CREATED", name="half")
        disabled.subscriptions[0].disabled_at = datetime.now(UTC)
        sandbox.emit("SALE_NEW", {})
        sandbox.emit("CONTACT_CREATED", {})
        sandbox.emit("NOBODY_KNOWS", {})
        await sandbox.deliveries_done()
        assert names(sandbox) == ["both", "both", "half", "other"]
        events = sorted(one.event for one in sandbox.deliveries)
        assert events == ["CONTACT_CREATED"] * 3 + ["SALE_NEW"]
        assert len({one.message_id for one in sandbox.deliveries}) == 4


async def test_requests_tell_what_they_brought_about(connect: Connect) -> None:
    """A webhook that was registered over the API hears of the next contact and of its tag."""
    async with Sandbox() as sandbox, connect(sandbox) as http, Receiver() as there:
        events = ["CONTACT_CREATED", "CONTACT_TAG_ADDED"]
        wishes = [{"event": event, "schemaVersion": 1} for event in events]
        body = {"name": "CRM", "url": there.url, "secret": SECRET, "subscriptions": wishes}
        async with http.post("/api/webhooks", json=body) as answer:
            assert answer.status == 201
        await http.post("/api/tags", json={"name": "VIP"})
        await http.post("/api/contacts", json={"email": "jane@example.com"})
        await sandbox.deliveries_done()
        await http.post("/api/contacts/1001/tags", json={"tagId": 1})
        await sandbox.deliveries_done()
        assert [one.headers["x-webhook-event"] for one in there.received] == events
        for one in there.received:
            assert json.loads(one.body)["contact"]["email"] == "jane@example.com"
            assert one.headers["x-webhook-signature"] == signature(SECRET, one.body)


async def test_what_happens_without_a_request_is_taken_along(connect: Connect) -> None:
    """A sale goes out with the next request of either kind, or when it is asked for."""
    async with (
        Sandbox() as sandbox,
        connect(sandbox) as http,
        through(sandbox) as other,
        Receiver() as there,
    ):
        hook(sandbox.account, there.url)
        buyer = sandbox.account.add_contact("jane@example.com").id
        sold = [sandbox.account.sell(buyer), sandbox.account.sell(buyer)]
        await asyncio.sleep(1)
        assert there.received == []
        await http.get("/api/tags")
        await asyncio.sleep(1)
        assert len(there.received) == 2
        sold.append(sandbox.account.sell(buyer))
        await other.get("/systeme/api/tags")
        await asyncio.sleep(1)
        sold.append(sandbox.account.sell(buyer))
        sandbox.deliver()
        await asyncio.sleep(1)
        sold.append(sandbox.account.sell(buyer))
        await sandbox.deliveries_done()
        items = [json.loads(one.body)["orderItem"]["id"] for one in there.received]
        assert (sorted(items[:2]), items[2:]) == (sold[:2], sold[2:])
        assert sandbox.account.happenings == []


async def test_each_account_tells_its_own_webhooks() -> None:
    """What happens in an account behind another connection is none of the first one's affair."""
    other = Account()
    async with Sandbox() as sandbox, through(sandbox) as http, Receiver() as there:
        hook(sandbox.account, there.url, name="mine")
        hook(other, there.url, name="theirs")
        other.happenings.append(Happening("SALE_NEW", {}))
        pinned = sandbox.maton.add_connection(account=other)
        await http.get("/systeme/api/tags", headers={"Maton-Connection": pinned.id})
        await sandbox.deliveries_done()
        assert names(sandbox, other) == ["theirs"]


async def test_who_refuses_is_tried_again_twelve_times() -> None:
    """The waits grow by four up to a day; the message stays the same, the attempt does not."""
    async with Sandbox() as sandbox, Receiver(*[500] * 13) as there:
        hook(sandbox.account, there.url)
        sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        await asyncio.sleep(8 * DAY)
        assert [one.at - there.received[0].at for one in there.received] == SCHEDULE
        seen = {
            name: {one.headers[name] for one in there.received}
            for name in there.received[0].headers
        }
        changing = {name for name, values in seen.items() if len(values) > 1}
        assert changing == {
            "x-webhook-delivery-attempt-id",
            "x-webhook-delivery-attempt-timestamp",
        }
        assert all(len(seen[name]) == 13 for name in changing)
        assert [one.attempt for one in sandbox.deliveries] == list(range(1, 14))
        assert {(one.status, one.failure) for one in sandbox.deliveries} == {(500, "answered 500")}
        assert sandbox.pending_deliveries == 0


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_success_ends_it(status: int) -> None:
    """Whatever a receiver says with a 2xx, it has taken the delivery."""
    async with Sandbox() as sandbox, Receiver(404, 503, status) as there:
        hook(sandbox.account, there.url)
        sandbox.emit("SALE_NEW", {})
        await asyncio.sleep(3)
        assert sandbox.pending_deliveries == 1
        await sandbox.deliveries_done()
        assert [one.status for one in sandbox.deliveries] == [404, 503, status]
        assert [one.delivered for one in sandbox.deliveries] == [False, False, True]


async def test_redirects_are_not_followed() -> None:
    """Another address in the answer is a failure like any other."""
    async with (
        Sandbox() as sandbox,
        Receiver() as lured,
        Receiver(301, 307, location=lured.url) as there,
    ):
        hook(sandbox.account, there.url)
        sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert [one.status for one in sandbox.deliveries] == [301, 307, 200]
        assert lured.received == []


async def test_who_hangs_is_left_after_ten_seconds() -> None:
    """No answer in time is a failure, and the wait begins after it."""
    async with Sandbox() as sandbox, Receiver(HANG, HANG) as there:
        hook(sandbox.account, there.url)
        sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert [one.at for one in sandbox.deliveries] == pytest.approx([0, 14, 40])
        assert [one.failure for one in sandbox.deliveries[:2]] == [
            "no answer within 10 seconds"
        ] * 2


async def test_who_is_not_there_is_tried_again() -> None:
    """A port on which nobody listens is a failure with its reason on record."""
    async with Receiver() as gone:
        pass
    async with Sandbox() as sandbox:
        hook(sandbox.account, gone.url)
        sandbox.emit("SALE_NEW", {})
        await asyncio.sleep(60)
        assert [one.at for one in sandbox.deliveries] == pytest.approx([0, 4, 20])
        assert all(one.status is None for one in sandbox.deliveries)
        assert sandbox.deliveries[0].failure.startswith("ClientConnectorError")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a",
        "http://192.0.2.1/",
        "http://0.0.0.0:80/",
        "http://[2001:db8::1]/",
        "http://127.0.0.1@hooks.example.com/",
        "http://localhost.example.com/",
        "http:///nowhere",
        "nonsense",
    ],
)
async def test_nothing_leaves_this_machine(url: str) -> None:
    """Any other place is undeliverable, at once and for good, and the record is still complete."""
    async with Sandbox() as sandbox:
        hook(sandbox.account, url)
        sandbox.emit("SALE_NEW", {"a": 1})
        await sandbox.deliveries_done()
        [one] = sandbox.deliveries
        assert (one.status, one.failure) == (None, "undeliverable: not on this machine")
        assert one.headers["x-webhook-signature"] == signature(SECRET, b'{"a":1}')
        assert sandbox.pending_deliveries == 0


async def test_localhost_is_this_machine() -> None:
    """It may be called by its name."""
    async with Sandbox() as sandbox, Receiver() as there:
        hook(sandbox.account, there.url.replace("127.0.0.1", "localhost"))
        sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert len(there.received) == 1


async def test_who_fails_too_often_is_given_up() -> None:
    """Of five days' attempts fewer than 80% succeed, and there are enough to tell."""
    async with Sandbox() as sandbox, Receiver(*[500] * 40) as there:
        webhook = hook(sandbox.account, there.url, "SALE_NEW", "SALE_CANCELED")
        for _ in range(2):
            sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert len(there.received) == 20
        given_up, other = webhook.subscriptions
        assert other.disabled_at is None
        assert given_up.disabled_at is not None
        assert given_up.disabled_at.tzinfo is UTC
        assert given_up.disabled_reason == "The success rate of the last 5 days is below 80%."
        sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert len(there.received) == 20
        given_up.disabled_at = given_up.disabled_reason = None
        there.statuses.clear()
        sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert sandbox.deliveries[-1].delivered
        assert given_up.disabled_at is None


def test_four_of_five_are_enough() -> None:
    """At 80% exactly a subscription stays, below that it goes, and it may start afresh."""
    record, hour = Record(), 3_600 * SECOND
    assert not any(record.note(now * hour, delivered=now % 5 < 4) for now in range(100))
    assert record.note(100 * hour, delivered=False)
    assert not record.note(101 * hour, delivered=False)


def test_only_five_days_count() -> None:
    """What failed before them is forgotten."""
    record = Record()
    assert not any(record.note(now, delivered=False) for now in range(19))
    later = 5 * DAY * SECOND
    assert not any(record.note(later + now, delivered=now > 3) for now in range(20))


async def test_an_outage_of_hours_costs_nothing() -> None:
    """However much fails at once, it is delivered when the receiver is back."""
    async with Sandbox() as sandbox, Receiver(*[503] * 200) as there:
        webhook = hook(sandbox.account, there.url)
        for number in range(40):
            sandbox.emit("SALE_NEW", {"n": number})
        await sandbox.deliveries_done()
        assert len({one.message_id for one in sandbox.deliveries if one.delivered}) == 40
        assert sandbox.deliveries[-1].at == SCHEDULE[5]
        assert webhook.subscriptions[0].disabled_at is None


async def test_a_webhook_that_is_gone_gets_nothing_more(connect: Connect) -> None:
    """Deleting, deactivating or unsubscribing ends the attempts that are still to come."""
    async with Sandbox() as sandbox, connect(sandbox) as http, Receiver(*[500] * 20) as there:
        deleted, inactive, changed = (
            f"/api/webhooks/{hook(sandbox.account, there.url, name=name).id}" for name in "abc"
        )
        sandbox.emit("SALE_NEW", {})
        await asyncio.sleep(5)
        assert len(there.received) == 6
        headers = {"Content-Type": "application/merge-patch+json"}
        wishes = b'{"subscriptions":[{"event":"SALE_CANCELED","schemaVersion":2}]}'
        statuses = [
            (await http.delete(deleted)).status,
            (await http.patch(inactive, data=b'{"active":false}', headers=headers)).status,
            (await http.patch(changed, data=wishes, headers=headers)).status,
        ]
        await sandbox.deliveries_done()
        assert statuses == [204, 200, 200]
        assert len(there.received) == 6


async def test_a_new_secret_signs_what_is_tried_again() -> None:
    """A secret that was changed between two attempts signs the second."""
    async with Sandbox() as sandbox, Receiver(500) as there:
        webhook = hook(sandbox.account, there.url)
        sandbox.emit("SALE_NEW", {})
        await asyncio.sleep(1)
        webhook.secret = "new \ud800"
        await sandbox.deliveries_done()
        first, second = (one.headers["x-webhook-signature"] for one in there.received)
        assert first == signature(SECRET, b"{}")
        assert second == signature("new \ud800", b"{}") != first


async def test_closing_drops_what_is_pending() -> None:
    """Attempts under way are cut off and those to come are forgotten; nothing is left behind."""
    async with Receiver(500, HANG) as there:
        async with Sandbox() as sandbox:
            hook(sandbox.account, there.url)
            sandbox.emit("SALE_NEW", {"n": 1})
            await asyncio.sleep(1)
            sandbox.emit("SALE_NEW", {"n": 2})
            await asyncio.sleep(1)
            assert sandbox.pending_deliveries == 2
        assert sandbox.pending_deliveries == 0
        assert [(one.status, one.failure) for one in sandbox.deliveries] == [
            (500, "answered 500"),
            (None, "cut off"),
        ]
        await asyncio.sleep(DAY)
        assert len(there.received) == 2
        for act in (sandbox.deliver, lambda: sandbox.emit("SALE_NEW", {})):
            with pytest.raises(ConfigurationError, match="async with Sandbox"):
                act()


async def test_deliveries_need_not_be_kept() -> None:
    """With `keep_requests=False` they are made and not recorded."""
    async with Sandbox(keep_requests=False) as sandbox, Receiver() as there:
        hook(sandbox.account, there.url)
        sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert (len(there.received), sandbox.deliveries) == (1, [])


async def test_many_deliveries_at_once() -> None:
    """Receivers that hang keep nobody waiting for so long that it counts against them."""
    async with Sandbox() as sandbox, Receiver(*[HANG] * 50) as slow, Receiver() as quick:
        hook(sandbox.account, slow.url, "SALE_CANCELED", name="slow")
        hook(sandbox.account, quick.url, "SALE_NEW", name="quick")
        for _ in range(50):
            sandbox.emit("SALE_CANCELED", {})
        for _ in range(120):
            sandbox.emit("SALE_NEW", {})
        await sandbox.deliveries_done()
        assert [one.at for one in quick.received] == pytest.approx([10] * 120)
        tries = [one.attempt for one in sandbox.deliveries if one.delivered]
        assert sorted(tries) == [1] * 120 + [2] * 50
        assert len(slow.received) == 100


async def test_what_cannot_be_written_as_json_is_the_callers_error() -> None:
    """The error is raised where it was made."""
    async with Sandbox() as sandbox:
        with pytest.raises(TypeError, match="not JSON serializable"):
            sandbox.emit("SALE_NEW", {"at": datetime.now(UTC)})


async def test_a_webhooks_secret_is_not_on_record(connect: Connect) -> None:
    """Neither of what was sent when it was created nor of what was changed."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        body: dict[str, Any] = {"name": "hook", "secret": "hush"}
        await http.post("/api/webhooks", json=body)
        await http.patch("/api/webhooks/x", json=body)
        assert [one.body for one in sandbox.requests] == [{"name": "hook", "secret": "***"}] * 2
        assert "hush" not in repr(sandbox.requests)


def test_the_same_run_has_the_same_ids() -> None:
    """Ids tell their time, differ from each other, and can be repeated."""
    moments = [Instant(since, 7) for since in (0, 1, SECOND, DAY * SECOND)]
    ids = [[uuid7(one, dice) for one in moments] for dice in (Random(3), Random(3))]
    assert ids[0] == ids[1]
    assert [one[:13] for one in ids[0]] == sorted(one[:13] for one in ids[0])
    assert len(set(ids[0])) == 4


def test_the_waits_end_after_five_days() -> None:
    """Twelve waits between thirteen attempts, none longer than a day."""
    assert len(list(delays())) == 12
    assert max(delays()) == DAY
    assert sum(delays()) == SCHEDULE[-1]


def test_a_sandbox_in_a_thread_delivers_to_another() -> None:
    """Events can be let happen, and waited for, from where there is another event loop or none."""

    async def main(sandbox: Sandbox) -> list[bytes]:
        async with Receiver() as there:
            hook(sandbox.account, there.url)
            sandbox.emit("SALE_NEW", {"n": 1})
            sandbox.account.happenings.append(Happening("SALE_NEW", {"n": 2}))
            await sandbox.deliveries_done()
            return sorted(one.body for one in there.received)

    with SandboxThread(Sandbox()) as sandbox:
        assert asyncio.run(main(sandbox)) == [b'{"n":1}', b'{"n":2}']
        sandbox.emit("SALE_NEW", {"n": 3})
    assert sandbox.pending_deliveries == 0

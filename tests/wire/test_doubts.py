"""Answers that could be taken for more than they say: nothing is claimed that is not known."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async import (
    APIError,
    ConfigurationError,
    ConnectionMissingError,
    DecodeError,
    Maton,
    NotFoundError,
    OutcomeUnknownError,
    Systeme,
    TransportError,
)
from systeme_async.testing import Account, Sandbox

from .contract import COMMUNITY, COURSE, MODULE, NEWSLETTER, prepared
from .pair import calls, client, now
from .raw import RawServer, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

JOE: Final = 1002


def via(sandbox: Sandbox, **options: Any) -> Systeme:
    """Make a client that goes through the sandbox's gateway."""
    maton = sandbox.maton
    return Systeme.via_maton(**{"api_key": maton.api_key, "base_url": maton.url, **options})


def control(sandbox: Sandbox, **options: Any) -> Maton:
    """Make a client of the sandbox's Maton account."""
    maton = sandbox.maton
    return Maton(**{"api_key": maton.api_key, "base_url": maton.url, **options})


# Whose word it is


@pytest.mark.parametrize("body", [{"detail": [{"msg": "x"}]}, {"message": {"a": 1}}, [1], "x", 7])
async def test_an_odd_error_of_the_gateways_leaks_nothing(body: Any) -> None:
    """Whatever shape its words have, it is an APIError, and the next call finds room."""
    async with RawServer(*[answer(401, body)] * 30) as server:
        options = {"api_key": "k" * 32, "base_url": server.url, "connection": "x"}
        async with Systeme.via_maton(**options, concurrency=1) as systeme:
            for _ in range(3):
                with pytest.raises(APIError):
                    await systeme.tags.get(1)
            snapshot = systeme.budget.snapshot()
    assert (snapshot.in_flight, snapshot.waiting) == (0, 0)


async def test_a_404_of_the_gateways_is_no_deletion() -> None:
    """After a doubt, only the account itself can say that something is gone."""
    async with prepared() as sandbox, via(sandbox) as systeme:
        await systeme.tags.get(2)
        sandbox.maton.missing_status = 404
        sandbox.maton.inject("failed", method="DELETE")
        sandbox.maton.fail(next(iter(sandbox.maton.connections)))
        with pytest.raises(ConnectionMissingError):
            await systeme.tags.delete(2)
    assert [500, 404] == [request.status for request in sandbox.maton.requests[2:]]
    assert 2 in sandbox.account.tags


async def test_two_clients_of_one_maton_account_keep_its_ceiling_together() -> None:
    """Ten requests a second are the Maton account's, however many clients there are."""
    async with (
        Sandbox() as sandbox,
        via(sandbox) as one,
        via(sandbox) as other,
        control(sandbox) as maton,
    ):
        await asyncio.gather(
            *(one.tags.list().first() for _ in range(30)),
            *(other.tags.list().first() for _ in range(30)),
            *(maton.connections.list().first() for _ in range(30)),
        )
    assert sandbox.maton.throttled == 0


async def test_a_429_without_a_word_may_be_the_accounts() -> None:
    """The second one in a row pauses the account too: the call outlasts its minute."""
    bare = answer(429)
    async with RawServer(bare, bare, bare, answer(200, {"id": 1})) as server:
        options = {"api_key": "k" * 32, "base_url": server.url, "connection": "x"}
        async with Systeme.via_maton(**options) as systeme:
            assert (await systeme.tags.get(1)).id == 1
            assert systeme.budget.snapshot().throttled == 2


async def test_the_default_gateway_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Naming the default gateway leaves the control plane where it is by default."""
    monkeypatch.delenv("MATON_API_URL", raising=False)
    maton = Maton(api_key="k" * 32, base_url="https://gateway.maton.ai")
    assert "https://ctrl.maton.ai" in repr(maton)


async def test_a_new_connection_whose_url_cannot_be_fetched() -> None:
    """It is there: its id is returned, or somebody would create a second one."""
    async with Sandbox() as sandbox, control(sandbox, max_attempts=1) as maton:
        sandbox.maton.answer_form = "bare"
        sandbox.maton.inject("failed", method="GET")
        created = await maton.connections.create("systeme")
        assert created.id in sandbox.maton.connections
        assert created.url is None


async def test_the_lookup_keeps_the_clients_own_limits() -> None:
    """A gateway that hangs costs a client of one attempt one timeout."""
    async with Sandbox() as sandbox, via(sandbox, timeout=1, max_attempts=1) as systeme:
        sandbox.maton.inject("hang")
        with pytest.raises(Exception, match="no answer"):
            await systeme.tags.list().first()
        assert now() < 2


# What is found is what was asked for


async def test_an_older_partial_enrollment_settles_nothing() -> None:
    """The answer names no modules, so that nobody knows to which of them the access is."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        await systeme.enrollments.create(
            COURSE, JOE, access_type="partial_access", modules=[MODULE]
        )
        sandbox.inject("reset", method="POST")
        with pytest.raises(OutcomeUnknownError):
            await systeme.enrollments.create(
                COURSE, JOE, access_type="partial_access", modules=[MODULE + 1]
            )


def enrollment(contact: int, *, active: bool = True) -> dict[str, Any]:
    """Write an enrollment as it travels."""
    return {
        "id": 1,
        "accessType": "full_access",
        "active": active,
        "course": {"id": COURSE},
        "contact": {"id": contact},
    }


@pytest.mark.parametrize("found", [enrollment(9), enrollment(JOE, active=False), {"id": 1}])
async def test_somebody_elses_enrollment_settles_nothing(found: dict[str, Any]) -> None:
    """A server that ignores the filters offers others; one that is inactive lets nobody in."""
    page = answer(200, {"items": [found], "hasMore": False})
    async with RawServer(answer(500), page) as server, client(server) as systeme:
        with pytest.raises(OutcomeUnknownError):
            await systeme.enrollments.create(COURSE, JOE)


async def test_somebody_elses_membership_is_not_ours() -> None:
    """It is looked for until it is there, among whatever the server offers."""
    other = {"id": 1, "community": {"id": COMMUNITY}, "contact": {"id": 9}}
    ours = {"id": 2, "community": {"id": COMMUNITY}, "contact": {"id": JOE}}
    first = answer(200, {"items": [other], "hasMore": False})
    second = answer(200, {"items": [other, ours], "hasMore": False})
    async with RawServer(answer(202), first, second) as server, client(server) as systeme:
        membership = await systeme.memberships.create(COMMUNITY, JOE, wait=30)
    assert membership.id == 2


async def test_a_membership_that_was_ordered_and_cannot_be_looked_for() -> None:
    """The error says that it was ordered, so that nobody orders it again."""
    async with prepared() as sandbox, client(sandbox, max_attempts=1) as systeme:
        sandbox.inject("failed", method="GET")
        with pytest.raises(OutcomeUnknownError, match="was ordered") as caught:
            await systeme.memberships.create(COMMUNITY, JOE, wait=5)
    assert isinstance(caught.value.__cause__, APIError)


async def test_waiting_for_a_membership_ends_in_time_whatever_the_server_does() -> None:
    """Also where a look hangs, or stands in line for quota."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject("hang", method="GET")
        with pytest.raises(Exception, match="after 5 s"):
            await systeme.memberships.create(COMMUNITY, JOE, wait=5)
        assert now() == pytest.approx(5, abs=0.1)


async def test_an_unknown_newsletter_is_what_is_said() -> None:
    """The error is the one to the first method, not that of the fallback."""
    async with RawServer(answer(404), answer(405)) as server, client(server) as systeme:
        with pytest.raises(NotFoundError) as caught:
            await systeme.newsletters.include_tags(NEWSLETTER, [1])
    assert caught.value.request is not None
    assert caught.value.request.startswith("PUT ")


async def test_no_tags_are_no_choice_by_accident() -> None:
    """An iterable that is used up must not address everybody."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="None to choose no tags"):
            await systeme.newsletters.include_tags(NEWSLETTER, iter([]))
    assert calls(sandbox) == []


# Filters stay what they were


@pytest.mark.parametrize("once", [True, False])
async def test_a_filter_holds_for_every_page(*, once: bool) -> None:
    """Tags given by a generator, or in a list that changes meanwhile, filter to the end."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for number in range(25):
            sandbox.account.add_contact(f"p{number}@example.com", tags=["VIP"])
        sandbox.account.add_contact("other@example.com")
        tags = [1]
        listing = systeme.contacts.list(tags=iter(tags) if once else tags, limit=10)  # type: ignore[arg-type]
        tags.clear()
        assert len(await listing.collect()) == 25
    assert {"1"} == {request.query["tags"] for request in sandbox.requests}


FILTERS: Final[dict[str, Callable[[Systeme], Any]]] = {
    "no tags": lambda s: s.contacts.list(tags=[]).first(),
    "tags by name": lambda s: s.contacts.list(tags=["VIP"]).first(),
    "tags in one text": lambda s: s.contacts.list(tags="1,2").first(),
    "a course by name": lambda s: s.enrollments.list(course="Cooking").first(),
    "tags that are no ids": lambda s: s.contacts.list(tags=[0]).first(),
    "a page size in words": lambda s: s.tags.list(limit="50").first(),
    "half a page": lambda s: s.tags.list(limit=50.5).first(),
    "a cursor in words": lambda s: s.tags.list(starting_after="..").first(),
    "a date": lambda s: s.contacts.list(registered_after=date(2026, 1, 1)).first(),
    "bytes": lambda s: s.tags.list(query=b"vip").first(),
    "a number that is none": lambda s: s.tags.list(query=1.5).first(),
    "subscriptions of nobody": lambda s: s.subscriptions.list(None).first(),
    "modules of no course": lambda s: s.courses.modules(None).first(),
    "a tag of bytes": lambda s: s.tags.create(b"VIP"),
    "a newsletter of bytes": lambda s: s.newsletters.create("Hi", body_html=b"<p>Hi</p>"),
    "nothing to change": lambda s: s.contacts.update(1001),
    "nothing to change of a webhook": lambda s: s.webhooks.update("x"),
    "a pair in place of a list": lambda s: s.webhooks.update("x", events=("SALE_NEW", 2)),
    "an event of three parts": lambda s: s.webhooks.update("x", events=[("SALE_NEW", 2, 3)]),
    "events by name": lambda s: s.webhooks.update("x", events={"SALE_NEW": 2}),
}


@pytest.mark.parametrize("call", FILTERS.values(), ids=FILTERS)
async def test_a_wrong_value_is_no_missing_one(call: Callable[[Any], Awaitable[Any]]) -> None:
    """It is refused in words, before a request that would ask for everything."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await call(systeme)
    assert calls(sandbox) == []


# Nulls


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        (dict[str, int], {"a": 1, "b": None}, None),
        (dict[str, int | None], {"a": 1, "b": None}, {"a": 1, "b": None}),
    ],
)
async def test_a_null_is_left_alone_in_types_of_the_callers(
    kind: Any, value: Any, result: Any
) -> None:
    """What `request` decodes into is not ours: there a null may mean something."""
    async with RawServer(answer(200, value)) as server, client(server) as systeme:
        if result is None:
            with pytest.raises(DecodeError, match="null"):
                await systeme.request("GET", "/api/x", into=kind)
        else:
            assert await systeme.request("GET", "/api/x", into=kind) == result


async def test_a_tolerated_null_is_not_blamed() -> None:
    """Where something else is wrong as well, that is what the message names."""
    page = {"items": [{"id": 1, "name": None}, {"name": "x"}], "hasMore": False}
    async with RawServer(answer(200, page)) as server, client(server) as systeme:
        with pytest.raises(DecodeError, match=r"\$\.items\[1\]\.id is missing"):
            await systeme.tags.list().first()


async def test_a_wrong_shape_twice_is_no_empty_page() -> None:
    """Of two properties of one name the first must fit too, or nothing is believed."""
    body = b'{"items": [{"id": "x"}], "items": []}'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    async with RawServer(head % len(body) + body) as server, client(server) as systeme:
        with pytest.raises(DecodeError):
            await systeme.tags.list().first()


# What must not show


def told(error: BaseException) -> str:
    """Write what a debugger would: the error, and the locals of all frames behind it."""
    parts = [repr(error), str(error)]
    traceback = error.__traceback__
    while traceback is not None:
        if "systeme_async" in traceback.tb_frame.f_code.co_filename:
            parts += [repr(value) for value in traceback.tb_frame.f_locals.values()]
        traceback = traceback.tb_next
    return "\n".join(parts)


async def test_a_webhooks_secret_is_in_no_frame() -> None:
    """Neither a refusal of ours nor one of the server's shows it to a debugger."""
    secret = "a-secret-of-some-length"
    async with prepared() as sandbox, client(sandbox) as systeme:
        for url in ("https://example.com/hook", "http://example.com"):
            with pytest.raises((APIError, ConfigurationError)) as caught:
                await systeme.webhooks.create("Hook", url, secret, ["SALE_NEW"])
            assert secret not in told(caught.value)


@pytest.mark.parametrize("status", [200, 302, 401])
async def test_an_echoed_key_does_not_show(status: int) -> None:
    """In a body of any kind, in a header, in the place of a redirect: it is masked."""
    key = "k3y-" * 8
    body = f"  hello {key}".encode()
    head = (
        f"HTTP/1.1 {status} Odd\r\nContent-Type: text/plain\r\nX-Echo: {key}\r\n"
        f"Location: https://example.com/?session_token=tok&key={key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    async with RawServer(head + body) as server, client(server, api_key=key) as systeme:
        with pytest.raises((APIError, DecodeError)) as caught:
            await systeme.tags.get(1)
    shown = told(caught.value) + json.dumps(dict(getattr(caught.value, "headers", {})))
    assert key not in shown
    assert "tok&" not in str(caught.value)


async def test_a_connections_url_is_hidden_from_rich_too() -> None:
    """What prints structs by their fields is told as little as repr is."""
    pretty = pytest.importorskip("rich.pretty")
    async with Sandbox() as sandbox, control(sandbox) as maton:
        created = await maton.connections.create("systeme")
    assert created.url is not None
    assert "session_token" not in pretty.pretty_repr(created)
    assert "session_token" not in repr(created)


async def test_another_account_is_never_written_to() -> None:
    """The oldest connection is another account's: what is pinned decides, not the gateway."""
    async with Sandbox() as sandbox:
        mine = Account()
        connection = sandbox.maton.add_connection(account=mine)
        async with via(sandbox, connection=connection.id) as systeme:
            await systeme.contacts.create("jane@example.com")
    assert sandbox.account.contacts == {}
    assert len(mine.contacts) == 1


BROKEN: Final = {
    "no HTTP": b"what is this\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "hung up": None,
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
async def test_an_address_in_a_filter_is_in_no_message(script: bytes | None) -> None:
    """What goes wrong on the wire is told without the query, which may name a person."""
    async with RawServer(script) as server, client(server, max_attempts=1) as systeme:
        with pytest.raises(TransportError) as caught:
            await systeme.contacts.find("jane@example.com")
    shown = f"{caught.value} {caught.value.__cause__}"
    assert "jane" not in str(caught.value), shown

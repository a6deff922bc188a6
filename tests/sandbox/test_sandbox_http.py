"""The sandbox over HTTP: keys, quota headers, content types and the forms of its answers."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from yarl import URL

from systeme_async._core.endpoint import Endpoint
from systeme_async.endpoints import ASSIGN_TAG, GET_TAG
from systeme_async.errors import ConfigurationError
from systeme_async.models import Page, Tag
from systeme_async.options import Quota
from systeme_async.testing import Account, Sandbox
from systeme_async.testing.routes import Routes, table

if TYPE_CHECKING:
    from collections.abc import Callable

    Connect = Callable[[Sandbox], aiohttp.ClientSession]

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"


async def test_a_contact_is_created_and_found(connect: Connect) -> None:
    """What one request creates, the next one finds, and both are in the log."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        async with http.post("/api/contacts", json={"email": "jane@example.com"}) as answer:
            assert answer.status == 201
        async with http.get("/api/contacts", params={"email": "JANE@example.com"}) as answer:
            page = await answer.json()
        assert [contact["email"] for contact in page["items"]] == ["jane@example.com"]
        assert [contact.email for contact in sandbox.account.contacts.values()] == [
            "jane@example.com"
        ]


async def test_what_was_received_is_on_record(connect: Connect) -> None:
    """A record holds the request, the answer's status and its effect, and never the key."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        await asyncio.sleep(2.5)
        body = {"email": "jane@example.com"}
        async with http.post("/api/contacts", json=body, params={"x": "1"}):
            pass
        async with http.get("/api/contacts/%2F"):
            pass
        first, second = sandbox.requests
        assert (first.number, first.at) == (1, 2.5)
        assert (first.method, first.path, first.query) == ("POST", "/api/contacts", {"x": "1"})
        assert (first.content_type, first.body) == ("application/json", body)
        assert (first.status, first.effect, first.fault) == (201, "created contact 1001", "")
        assert first.headers["x-api-key"] == "***"
        assert sandbox.api_key not in repr(sandbox.requests)
        assert (second.number, second.path, second.status) == (2, "/api/contacts/%2F", 404)
        assert (second.body, second.effect) == (None, "")


async def test_a_closed_sandbox_still_tells_what_it_received(connect: Connect) -> None:
    """Records and counters can be read after the end."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        await http.get("/api/tags")
    assert [request.path for request in sandbox.requests] == ["/api/tags"]
    assert sandbox.in_flight == 0


async def test_requests_can_be_counted_without_being_kept(connect: Connect) -> None:
    """For long runs nothing but the number stays in memory."""
    async with Sandbox(keep_requests=False) as sandbox, connect(sandbox) as http:
        for _ in range(3):
            await http.get("/api/tags")
        assert (sandbox.received, sandbox.requests) == (3, [])


@pytest.mark.parametrize(
    ("headers", "detail", "challenge"),
    [
        ({}, "Full authentication is required to access this resource.", None),
        ({"X-API-Key": "wrong"}, "Invalid API Key.", "API Key"),
    ],
)
async def test_a_wrong_key_is_refused(
    headers: dict[str, str], detail: str, challenge: str | None
) -> None:
    """Without the key nothing is said about the account, not even its quota."""
    async with Sandbox(quota=Quota(60)) as sandbox, aiohttp.ClientSession(sandbox.url) as http:
        async with http.get("/api/tags", headers=headers) as answer:
            assert (answer.status, (await answer.json())["detail"]) == (401, detail)
            assert answer.headers.get("WWW-Authenticate") == challenge
            assert "X-RateLimit-Limit" not in answer.headers
        async with http.get("/api/tags", headers={"X-API-Key": sandbox.api_key}) as answer:
            assert answer.headers["X-RateLimit-Remaining"] == "59"


async def test_errors_are_problem_documents(connect: Connect) -> None:
    """A refusal has type, title, detail, and on a 422 its violations."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        async with http.post("/api/tags", json={"name": ""}) as answer:
            assert (answer.status, answer.content_type) == (422, PROBLEM)
            problem = await answer.json()
        code = problem["violations"][0].pop("code")
        assert problem == {
            "type": "https://tools.ietf.org/html/rfc2616#section-10",
            "title": "An error occurred",
            "detail": "name: This value should not be blank.",
            "violations": [{"propertyPath": "name", "message": "This value should not be blank."}],
        }
        assert len(code) == 36


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/tags/", 404),
        ("GET", "/api/tags/%2e%2e", 404),
        ("GET", "/api/tags/1", 404),
        ("PATCH", "/api/tags/1", 405),
        ("HEAD", "/api/tags", 405),
    ],
)
async def test_wrong_turns_are_named(connect: Connect, method: str, path: str, status: int) -> None:
    """An unknown path or id is a 404, another method a 405."""
    async with (
        Sandbox() as sandbox,
        connect(sandbox) as http,
        http.request(method, path) as answer,
    ):
        assert (answer.status, answer.content_type) == (status, PROBLEM)
        assert ("Allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("PATCH", "/api/contacts/1001", "application/merge-patch+json"),
        ("PATCH", "/api/contact_fields/shoe", "application/merge-patch+json"),
        ("POST", "/api/tags", "application/json"),
        ("PUT", "/api/tags/1", "application/json"),
    ],
)
async def test_only_the_right_content_type_is_read(
    connect: Connect, method: str, path: str, wanted: str
) -> None:
    """Each endpoint takes the one content type of the table, anything else is a 415."""
    account = Account()
    account.add_contact("jane@example.com", tags=["VIP"])
    account.add_field("shoe", "Shoe size")
    body = json.dumps({"name": "New", "fieldName": "New", "locale": "fr"})
    async with Sandbox(account=account) as sandbox, connect(sandbox) as http:
        statuses = dict[str, int]()
        for given in ("application/json", "application/merge-patch+json", "text/plain"):
            headers = {"Content-Type": f"{given}; charset=utf-8"}
            async with http.request(method, path, data=body, headers=headers) as answer:
                statuses[given] = answer.status
        assert {given for given, status in statuses.items() if status != 415} == {wanted}
        assert statuses[wanted] in {200, 201}


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[1]", b"NaN", b"[" * 100_000])
async def test_malformed_json_is_a_bad_request(connect: Connect, body: bytes) -> None:
    """Whatever is no JSON object is a 400, and never a failure of the server."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        headers = {"Content-Type": "application/json"}
        async with http.post("/api/tags", data=body, headers=headers) as answer:
            assert answer.status == 400
        assert sandbox.account.effects == []


async def test_bodies_are_written_as_the_api_does(connect: Connect) -> None:
    """JSON is compact, its slashes and all that is not ASCII escaped; a 204 has none."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        async with http.post("/api/tags", json={"name": "é/ü"}) as answer:
            body = await answer.read()
        assert body.startswith(b'{"id":1,"name":"\\u00e9\\/\\u00fc","createdAt":"')
        async with http.delete("/api/tags/1") as answer:
            assert (answer.status, await answer.read()) == (204, b"")


async def test_slugs_travel_encoded(connect: Connect) -> None:
    """Segments of a path are decoded one by one."""
    account = Account()
    account.fields["a/b c"] = "Odd"  # no request could make it
    async with Sandbox(account=account) as sandbox, connect(sandbox) as http:
        path = URL("/api/contact_fields/a%2Fb%20c", encoded=True)
        async with http.delete(path) as answer:
            assert answer.status == 204
    assert "a/b c" not in account.fields


async def test_every_answer_says_what_is_left(connect: Connect) -> None:
    """Successes and refusals alike count, and tell it; a 429 costs nothing and tells when."""
    async with Sandbox(quota=Quota(3)) as sandbox, connect(sandbox) as http:
        seen = list[tuple[int, str, str, str | None]]()
        for path in ("/api/tags", "/api/nothing", "/api/tags/9", "/api/tags", "/api/tags"):
            async with http.get(path) as answer:
                hints = answer.headers
                seen.append(
                    (
                        answer.status,
                        hints["X-RateLimit-Remaining"],
                        hints["X-RateLimit-Refill"],
                        hints.get("Retry-After"),
                    )
                )
            await asyncio.sleep(10)
        assert seen == [
            (200, "2", "60", None),
            (404, "1", "50", None),
            (404, "0", "40", None),
            (429, "0", "30", "30"),
            (429, "0", "20", "20"),
        ]
        assert sandbox.throttled == 2
        await asyncio.sleep(10)
        async with http.get("/api/tags") as answer:
            assert (answer.status, answer.headers["X-RateLimit-Remaining"]) == (200, "2")


async def test_without_a_quota_nothing_is_said(connect: Connect) -> None:
    """An unlimited account has no rate-limit headers at all."""
    async with (
        Sandbox(quota="unlimited") as sandbox,
        connect(sandbox) as http,
        http.get("/api/tags") as answer,
    ):
        assert not [name for name in answer.headers if "ratelimit" in name.lower()]


async def test_hints_can_be_withheld(connect: Connect) -> None:
    """With `headers=None` the quota is there and nobody is told."""
    async with Sandbox(quota=Quota(1), headers=None) as sandbox, connect(sandbox) as http:
        await http.get("/api/tags")
        async with http.get("/api/tags") as answer:
            assert answer.status == 429
            hints = {name.lower() for name in answer.headers}
        assert not hints & {"retry-after", "x-ratelimit-limit", "x-ratelimit-refill"}


async def test_the_plan_names_the_quota(connect: Connect) -> None:
    """`quota="free"` is 30 requests a minute."""
    async with (
        Sandbox(quota="free") as sandbox,
        connect(sandbox) as http,
        http.get("/api/tags") as answer,
    ):
        assert answer.headers["X-RateLimit-Limit"] == "30"


async def test_the_date_is_the_virtual_clocks(connect: Connect) -> None:
    """`Date`, `registeredAt` and absolute hints follow the loop's clock, skew included."""
    quota = Quota(60, per=100)
    settings: dict[str, Any] = {"quota": quota, "headers": "epoch", "rounding": "floor"}
    async with (
        Sandbox(**settings) as plain,
        Sandbox(**settings, clock_skew=3600) as skewed,
        connect(plain) as http,
        connect(skewed) as ahead,
    ):
        dates = list[float]()
        for session in (http, ahead, http):
            async with session.get("/api/tags") as answer:
                date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
                dates.append(date)
                left = int(answer.headers["X-RateLimit-Refill"]) - date
            assert left == pytest.approx(100 - asyncio.get_running_loop().time() % 100, abs=1)
            if session is ahead:
                await asyncio.sleep(500)
        assert dates[1] - dates[0] == pytest.approx(3600, abs=2)
        assert dates[2] - dates[0] == pytest.approx(500, abs=1)
        async with http.post("/api/tags", json={"name": "VIP"}) as answer:
            created = (await answer.json())["createdAt"]
            date = parsedate_to_datetime(answer.headers["Date"])
        assert created == date.isoformat()


async def test_rivals_spend_the_same_quota(connect: Connect) -> None:
    """Half a request a second by somebody else is gone before we look."""
    async with Sandbox(quota=Quota(60), rivals=0.5) as sandbox, connect(sandbox) as http:
        await asyncio.sleep(20)
        async with http.get("/api/tags") as answer:
            assert answer.headers["X-RateLimit-Remaining"] == "49"
        assert sandbox.received == 1


async def test_prepared_accounts_are_served(connect: Connect) -> None:
    """An account given at the start is the one that is served and changed."""
    account = Account()
    contact = account.add_contact("jane@example.com")
    tag = account.add_tag("VIP")
    async with (
        Sandbox(account=account) as sandbox,
        connect(sandbox) as http,
        http.post(f"/api/contacts/{contact.id}/tags", json={"tagId": tag.id}) as answer,
    ):
        assert (answer.status, await answer.read()) == (204, b"")
    assert contact.tags == [tag.id]
    assert account.effects == [("assigned tag", f"{tag.id} to contact {contact.id}")]


def test_every_endpoint_of_the_table_is_answered() -> None:
    """Each constant finds its method; one without would keep the sandbox from starting."""
    Routes(Account())
    with pytest.raises(ConfigurationError, match="no answer to NEW_ENDPOINT, OTHER"):
        Routes(Account(), {**table(), "NEW_ENDPOINT": ASSIGN_TAG, "OTHER": ASSIGN_TAG})


def test_a_word_goes_before_a_slot() -> None:
    """Of two templates that match a path, the one that names it wins."""
    popular = Endpoint("GET", "/api/tags/popular", Page[Tag])
    routes = Routes(Account(), {"GET_TAG": GET_TAG, "LIST_TAGS": popular})
    assert routes.template("/api/tags/7") == "/api/tags/{tag}"
    assert routes.template("/api/tags/popular") == "/api/tags/popular"
    assert routes.find("GET", "/api/tags/popular")[0].endpoint is popular
    assert routes.template("/api/other") is None

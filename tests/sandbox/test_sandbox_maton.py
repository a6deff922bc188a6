"""Maton's gateway in front of the sandbox: key, limit, choice of connection, way upstream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.options import Quota
from systeme_async.testing import Account, Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async.testing.faults import Kind

    Connect = Callable[[Sandbox], aiohttp.ClientSession]

pytestmark = pytest.mark.anyio

TAGS = "/systeme/api/tags"
JSON = "application/json"
PROBLEM = "application/problem+json"


def through(sandbox: Sandbox) -> aiohttp.ClientSession:
    """Give a session to the sandbox's Maton that sends its key."""
    headers = {"Authorization": f"Bearer {sandbox.maton.api_key}"}
    return aiohttp.ClientSession(sandbox.maton.url, headers=headers)


async def get(http: aiohttp.ClientSession, path: str = TAGS, **options: Any) -> tuple[int, Any]:
    """Return the status and the JSON of a GET."""
    async with http.get(path, allow_redirects=False, **options) as answer:
        return answer.status, await answer.json(content_type=None)


async def create_tag(http: aiohttp.ClientSession, name: str = "VIP") -> tuple[int, str, Any]:
    """Create a tag through the gateway; return status, content type and JSON."""
    async with http.post(TAGS, json={"name": name}, allow_redirects=False) as answer:
        return answer.status, answer.content_type, await answer.json(content_type=None)


async def test_a_request_passes_through() -> None:
    """Method, query and body reach the account under its own key, and the answer comes back."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        assert (await create_tag(http, "a/b"))[0] == 201
        assert (await get(http, f"{TAGS}?query=A%2Fb&limit=10"))[1]["items"][0]["name"] == "a/b"
        assert sandbox.account.effects == [("created tag", "1")]
        first, second = sandbox.requests
        assert (first.method, first.path, first.body) == ("POST", "/api/tags", {"name": "a/b"})
        assert second.query == {"query": "A/b", "limit": "10"}
        assert not {"host", "authorization", "maton-connection"} & first.headers.keys()
        [connection] = sandbox.maton.connections
        for record in sandbox.maton.requests:
            assert (record.path, record.connection, record.forwarded) == (TAGS, connection, True)
        assert sandbox.maton.requests[0].effect == "created tag 1"


async def test_patches_keep_their_content_type() -> None:
    """A merge-patch goes through as it is, a plain one is the upstream's own 415."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        contact = sandbox.account.add_contact("jane@example.com")
        path = f"/systeme/api/contacts/{contact.id}"
        headers = {"Content-Type": "application/merge-patch+json"}
        async with http.patch(path, data=b'{"locale":"fr"}', headers=headers) as answer:
            assert (answer.status, contact.locale) == (200, "fr")
        async with http.patch(path, json={"locale": "en"}) as answer:
            assert (answer.status, answer.content_type, contact.locale) == (415, PROBLEM, "fr")


@pytest.mark.parametrize("value", [None, "Bearer wrong", "Basic {}", "{}", "Bearer", "Bearer  {}"])
@pytest.mark.parametrize("path", [TAGS, "/connections", "/nothing"])
async def test_a_wrong_key_is_refused(path: str, value: str | None) -> None:
    """Whoever has not Maton's key hears so in Maton's words, and nothing goes upstream."""
    async with Sandbox() as sandbox, aiohttp.ClientSession(sandbox.maton.url) as http:
        headers = {"Authorization": value.format(sandbox.maton.api_key)} if value else {}
        async with http.get(path, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (401, JSON)
            assert await answer.json() == {"message": "Invalid API key"}
        assert sandbox.received == 0
        assert sandbox.maton.api_key not in repr(sandbox.maton.requests)


async def test_each_plane_has_its_own_key() -> None:
    """The account's key opens nothing at Maton, nor Maton's at the account."""
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        assert sandbox.maton.api_key.startswith("sandbox-maton-")
        headers = {"Authorization": f"Bearer {sandbox.api_key}", "X-API-Key": sandbox.api_key}
        async with http.get(sandbox.maton.url + TAGS, headers=headers) as answer:
            assert answer.status == 401
        headers = {"X-API-Key": sandbox.maton.api_key}
        async with http.get(sandbox.url + "/api/tags", headers=headers) as answer:
            assert answer.status == 401


async def test_a_key_of_the_callers_own_is_noticed_and_replaced() -> None:
    """The record tells that there was one, and never which."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        assert (await get(http))[0] == 200
        assert (await get(http, headers={"X-API-Key": "mine"}))[0] == 200
        assert [one.own_key for one in sandbox.maton.requests] == [False, True]
        assert "mine" not in repr(sandbox.maton.requests) + repr(sandbox.requests)


async def test_the_oldest_active_connection_is_chosen() -> None:
    """Of several connections the first that is active stands for all who name none."""
    async with Sandbox(connections=0) as sandbox, through(sandbox) as http:
        maton = sandbox.maton
        other, third = Account(), Account()
        pending = maton.add_connection(status="PENDING")
        maton.add_connection("active-campaign")
        oldest = maton.add_connection(account=other)
        maton.add_connection(account=third)
        await create_tag(http)
        assert [len(account.tags) for account in (sandbox.account, other, third)] == [0, 1, 0]
        maton.activate(pending.id)
        await create_tag(http)
        assert [len(account.tags) for account in (sandbox.account, other, third)] == [1, 1, 0]
        assert [one.connection for one in maton.requests] == [oldest.id, pending.id]
        assert sandbox.received == 1


async def test_a_connection_can_be_named() -> None:
    """The right header chooses, a misspelled one is ignored and the wrong account is written to."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        account = Account()
        account.add_tag("theirs")
        pinned = sandbox.maton.add_connection(account=account)
        names = list[list[str]]()
        for header in ("Maton-Connection", "maton-connection", "X-Maton-Connection"):
            _, page = await get(http, headers={header: pinned.id})
            names.append([tag["name"] for tag in page["items"]])
        assert names == [["theirs"], ["theirs"], []]


@pytest.mark.parametrize("status", [400, 404])
async def test_without_a_connection_nothing_is_reached(status: int) -> None:
    """None at all, an unknown one, one of another app, one that is not active: all are missing."""
    async with Sandbox(connections=0) as sandbox, through(sandbox) as http:
        maton = sandbox.maton
        maton.missing_status = status
        found = [await get(http)]
        maton.add_connection()
        inactive = maton.add_connection()
        maton.fail(inactive.id)
        other = maton.add_connection("active-campaign")
        for wanted in ("unknown", inactive.id, other.id, ""):
            found += [await get(http, headers={"Maton-Connection": wanted})]
        assert {code for code, _ in found} == {status}
        assert all(
            body["message"].startswith("No active connection found for app 'systeme'")
            for _, body in found
        )
        assert (sandbox.received, maton.received) == (0, 5)
        assert not any(one.forwarded or one.connection for one in maton.requests)


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/systemes/api/tags", "/api/tags", "/active-campaign/api/3/contacts"]
)
async def test_only_known_apps_are_routed(path: str) -> None:
    """An app that nobody serves is a 404 of Maton's."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.add_connection("active-campaign")
        status, body = await get(http, path)
        assert (status, list(body)) == (404, ["message"])
        assert sandbox.received == 0


@pytest.mark.parametrize("path", ["/systeme", "/systeme/", "/systeme/api/nothing"])
async def test_unknown_native_paths_are_the_upstreams_affair(path: str) -> None:
    """Below a known app every 404 is a problem document."""
    async with Sandbox() as sandbox, through(sandbox) as http, http.get(path) as answer:
        assert (answer.status, answer.content_type) == (404, PROBLEM)


async def test_headers_pass_through_unless_told_otherwise() -> None:
    """The upstream's hints arrive with its answer, or all that arrives is status and body."""
    async with Sandbox(quota=Quota(2)) as sandbox, through(sandbox) as http:
        seen = list[tuple[int, str, bool, bool]]()
        for passes in (True, False, True, False):
            sandbox.maton.passes_headers = passes
            async with http.get(TAGS) as answer:
                hints = {name.lower() for name in answer.headers}
                limit, again = "x-ratelimit-limit" in hints, "retry-after" in hints
                seen.append((answer.status, answer.content_type, limit, again))
                assert await answer.json()
        assert seen == [
            (200, JSON, True, False),
            (200, JSON, False, False),
            (429, PROBLEM, True, True),
            (429, PROBLEM, False, False),
        ]
        assert (sandbox.throttled, sandbox.maton.throttled) == (2, 2)


async def test_both_ways_share_the_accounts_quota(connect: Connect) -> None:
    """What goes through Maton is spent for those who call the account directly, too."""
    async with (
        Sandbox(quota=Quota(60)) as sandbox,
        connect(sandbox) as direct,
        through(sandbox) as http,
    ):
        await get(http)
        sandbox.maton.add_connection(account=sandbox.account)
        async with direct.get("/api/tags") as answer:
            assert answer.headers["X-RateLimit-Remaining"] == "58"


async def test_other_accounts_have_quotas_of_their_own() -> None:
    """Each account behind a connection is like the sandbox's unless it is told otherwise."""
    async with Sandbox(quota=Quota(60)) as sandbox, through(sandbox) as http:
        maton = sandbox.maton
        like = maton.add_connection(account=Account())
        free = maton.add_connection(account=Account(), quota="free")
        endless = maton.add_connection(account=Account(), quota="unlimited")
        left = list[str | None]()
        for connection in (like, free, endless):
            async with http.get(TAGS, headers={"Maton-Connection": connection.id}) as answer:
                left.append(answer.headers.get("X-RateLimit-Remaining"))
        assert left == ["59", "29", None]
        with pytest.raises(ConfigurationError, match="has a quota already"):
            maton.add_connection(account=free.account, quota="free")


async def test_ten_a_second_over_both_planes() -> None:
    """No second, wherever it begins, holds more than ten; a refused one costs nothing anywhere."""
    async with Sandbox(quota=Quota(60)) as sandbox, through(sandbox) as http:
        maton = sandbox.maton
        await asyncio.sleep(0.3)
        for path in [TAGS, "/connections"] * 5:
            assert (await get(http, path))[0] == 200
        async with http.get(TAGS) as answer:
            assert (answer.status, answer.content_type) == (429, JSON)
            assert await answer.json() == {"message": "Rate limit exceeded"}
            hints = {name.lower() for name in answer.headers}
            assert not {"retry-after", "x-ratelimit-limit"} & hints
        await asyncio.sleep(0.999)
        assert (await get(http, "/connections"))[0] == 429
        await asyncio.sleep(0.001)
        async with http.get(TAGS) as answer:
            assert (answer.status, answer.headers["X-RateLimit-Remaining"]) == (200, "54")
        assert (maton.received, maton.throttled) == (13, 2)
        assert (sandbox.received, sandbox.throttled) == (6, 0)


async def test_the_limit_can_be_another() -> None:
    """It may be lower, be none, and say when to come back."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        maton = sandbox.maton
        assert (maton.rate, maton.retry_after) == (10.0, False)
        maton.rate, maton.retry_after = 0.5, True
        assert (await get(http))[0] == 200
        async with http.get(TAGS) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
        await asyncio.sleep(2)
        assert (await get(http))[0] == 200
        maton.rate = None
        assert {(await get(http))[0] for _ in range(30)} == {200}
        maton.inject("throttle")
        async with http.get(TAGS) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
async def test_a_limit_that_allows_nothing_is_refused(rate: float) -> None:
    """A rate is above zero or None."""
    with pytest.raises(ConfigurationError, match=r"maton\.rate"):
        Sandbox().maton.rate = rate


async def test_each_side_fails_in_its_own_words() -> None:
    """An expired authorization is Maton's 500, a stored key that was deleted the upstream's 401."""
    async with Sandbox(quota=Quota(60)) as sandbox, through(sandbox) as http:
        maton = sandbox.maton
        [connection] = maton.connections
        maton.expire(connection)
        status, kind, body = await create_tag(http)
        assert (status, kind, list(body), list(body["error"])) == (
            500,
            JSON,
            ["error"],
            ["message"],
        )
        assert sandbox.received == 0
        maton.activate(connection)
        maton.revoke(connection)
        async with http.get(TAGS) as answer:
            assert (answer.status, answer.content_type) == (401, PROBLEM)
            assert answer.headers["WWW-Authenticate"] == "API Key"
            assert (await answer.json())["detail"] == "Invalid API Key."
        assert maton.connections[connection].status == "ACTIVE"
        maton.activate(connection)
        assert (await create_tag(http))[0] == 201
        assert [one.forwarded for one in maton.requests] == [False, True, True]


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "keys", "forwarded"),
    [
        ("throttle", 429, JSON, ["message"], False),
        ("failed", 500, JSON, ["error"], False),
        ("unauthorized", 401, JSON, ["message"], False),
        ("failed_after", 500, JSON, ["error"], True),
        ("redirect", 307, "application/octet-stream", None, False),
        ("empty", 201, "application/octet-stream", None, True),
    ],
)
async def test_matons_own_faults(
    kind: Kind, status: int, content_type: str, keys: list[str] | None, *, forwarded: bool
) -> None:
    """What Maton does wrong it says in its own form, once, and only some of it goes upstream."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.inject(kind, method="post", path="/systeme")
        assert (await get(http))[0] == 200
        found = await create_tag(http)
        assert found[:2] == (status, content_type)
        assert (found[2] and list(found[2])) == keys
        record = sandbox.maton.requests[1]
        assert (record.fault, record.forwarded) == (kind, forwarded)
        assert len(sandbox.account.tags) == forwarded
        assert (await create_tag(http, "other"))[0] == 201


async def test_maton_sends_a_web_page() -> None:
    """A page of somebody on the way is a success that is none."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.inject("html", times=1, after=1)
        await create_tag(http)
        async with http.get(TAGS) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        assert sandbox.received == 1


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    ("kind", "carried_out", "error"),
    [
        ("lost", True, aiohttp.ServerDisconnectedError),
        ("reset", False, aiohttp.ClientOSError),
        ("truncated", True, aiohttp.ClientPayloadError),
    ],
)
async def test_cuts_of_either_side_are_cuts_here(
    kind: Kind, error: type[Exception], *, own: bool, carried_out: bool
) -> None:
    """Whether Maton cuts the connection or the upstream does, the caller sees the same."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        (sandbox.maton if own else sandbox).inject(kind)
        with pytest.raises(error):
            await create_tag(http)
        assert len(sandbox.account.tags) == carried_out
        [record] = sandbox.maton.requests
        assert (record.fault, record.status) == (kind, 201 if kind == "truncated" else None)
        assert sandbox.received == (carried_out or not own)


async def test_the_upstreams_faults_are_the_sandboxs() -> None:
    """What is injected into the sandbox strikes behind the gateway and comes through as it is."""
    async with Sandbox(quota=Quota(60)) as sandbox, through(sandbox) as http:
        sandbox.inject("failed", path="/api/tags")
        assert (await create_tag(http))[:2] == (500, PROBLEM)
        sandbox.inject("throttle")
        assert (await create_tag(http))[:2] == (429, PROBLEM)
        sandbox.maton.passes_headers = False
        sandbox.inject("redirect")
        async with http.get(TAGS, allow_redirects=False) as answer:
            assert answer.headers["Location"].startswith("http://localhost:")
            assert answer.headers["Location"].endswith("/api/tags")
        sandbox.inject("huge")
        async with http.get(TAGS) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"


async def test_a_throttled_request_uses_up_no_fault_of_matons() -> None:
    """A fault waits for a request that is let in."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.rate = 1
        await get(http)
        sandbox.maton.inject("failed")
        assert (await get(http))[0] == 429
        await asyncio.sleep(1)
        assert (await get(http))[0] == 500


async def test_who_hangs_at_maton_is_let_go_at_the_end() -> None:
    """A request without an answer counts as under way until the sandbox closes."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.inject("hang")
        waiting = asyncio.create_task(create_tag(http))
        await asyncio.sleep(60)
        assert (sandbox.maton.in_flight, sandbox.maton.peak_in_flight) == (1, 1)
        await sandbox.aclose()
        with pytest.raises(aiohttp.ClientError):
            await waiting
        assert sandbox.maton.in_flight == 0


async def test_latency_is_felt_at_maton_too() -> None:
    """The round trip takes as long as one to the sandbox."""
    loop = asyncio.get_running_loop()
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, through(sandbox) as http:
        start = loop.time()
        await get(http)
        assert loop.time() - start == pytest.approx(0.5)
        assert sandbox.maton.requests[0].at == pytest.approx(0.25)


async def test_requests_to_maton_can_be_counted_without_being_kept() -> None:
    """For long runs only the numbers stay."""
    async with Sandbox(keep_requests=False) as sandbox, through(sandbox) as http:
        await get(http)
        assert (sandbox.maton.received, sandbox.maton.requests) == (1, [])


async def test_maton_has_no_address_before_it_is_open() -> None:
    """Asking too early says what to do."""
    with pytest.raises(ConfigurationError, match="async with Sandbox"):
        Sandbox().maton.url  # noqa: B018 - reading it is the test


async def test_where_maton_cannot_open_nothing_does() -> None:
    """If its port is taken, the account's is given back, and the start can be repeated."""
    async with Sandbox() as first:
        taken = int(first.maton.url.rpartition(":")[2])
        second = Sandbox(maton_port=taken, maton_api_key="mine")
        with pytest.raises(OSError, match="in use"):
            await second.start()
    async with second, aiohttp.ClientSession() as http:
        headers = {"Authorization": "bearer mine"}
        async with http.get(second.maton.url + TAGS, headers=headers) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"connections": -1}, "connections=-1"),
        ({"maton_port": -1}, "maton_port=-1"),
        ({"maton_api_key": ""}, "maton_api_key"),
        ({"maton_api_key": " secret "}, "maton_api_key"),
    ],
)
async def test_what_maton_cannot_be_told(options: dict[str, Any], words: str) -> None:
    """An option that cannot work is named, and a key is not shown."""
    with pytest.raises(ConfigurationError, match=words) as excinfo:
        Sandbox(**options)
    assert "secret" not in str(excinfo.value)

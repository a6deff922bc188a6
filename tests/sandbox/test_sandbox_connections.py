"""Maton's control plane: connections are listed, created, authorized, shown and deleted."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.testing import Sandbox

if TYPE_CHECKING:
    from systeme_async.testing.connections import AnswerForm

pytestmark = pytest.mark.anyio

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def through(sandbox: Sandbox) -> aiohttp.ClientSession:
    """Give a session to the sandbox's Maton that sends its key."""
    headers = {"Authorization": f"Bearer {sandbox.maton.api_key}"}
    return aiohttp.ClientSession(sandbox.maton.url, headers=headers)


async def call(
    http: aiohttp.ClientSession, method: str, path: str = "/connections", **options: Any
) -> tuple[int, Any]:
    """Return the status and the JSON of an answer, None where it has no body."""
    async with http.request(method, path, **options) as answer:
        return answer.status, await answer.json() if await answer.read() else None


async def test_a_fresh_maton_has_one_connection() -> None:
    """It is active, stands for the account, and is written as Maton writes it."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        status, body = await call(http, "GET")
        [connection] = body["connections"]
        held = sandbox.maton.connections[connection["connection_id"]]
        assert held.account is sandbox.account
        assert status == 200
        assert connection.keys() == {
            "connection_id",
            "status",
            "creation_time",
            "last_updated_time",
            "url",
            "app",
            "method",
            "metadata",
        }
        assert (connection["status"], connection["app"]) == ("ACTIVE", "systeme")
        assert UUID.fullmatch(connection["connection_id"])
        assert STAMP.fullmatch(connection["creation_time"])
        assert connection["url"] == held.url
        assert held.url.startswith("https://connect.maton.ai/?session_token=")
        assert held.url not in repr(held)
        assert held.key not in repr(held)


async def test_the_number_of_connections_can_be_chosen() -> None:
    """None, or several that all stand for the account; the same seed gives the same ids."""
    assert not Sandbox(connections=0).maton.connections
    assert len(Sandbox(connections=3).maton.connections) == 3
    ids = [list(Sandbox(connections=2, seed=seed).maton.connections) for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("?app=systeme", [0, 2, 3]),
        ("?app=systeme&status=ACTIVE", [0, 3]),
        ("?status=FAILED", [1]),
        ("?method=API_KEY", [0, 1, 2, 3]),
        ("?method=OAUTH2", []),
        ("?app=hubspot", []),
        ("?limit=2", [0, 1]),
        ("?app=systeme&limit=2", [0, 2]),
    ],
)
async def test_listings_can_be_filtered(query: str, expected: list[int]) -> None:
    """App, status and method select, the limit cuts off; the oldest comes first."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.add_connection("active-campaign", "FAILED")
        sandbox.maton.add_connection(status="PENDING")
        sandbox.maton.add_connection()
        ids = list(sandbox.maton.connections)
        _, body = await call(http, "GET", f"/connections{query}")
        assert [ids.index(one["connection_id"]) for one in body["connections"]] == expected


@pytest.mark.parametrize("limit", ["0", "-1", "many", ""])
async def test_a_limit_is_positive(limit: str) -> None:
    """Anything else is refused."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        status, body = await call(http, "GET", f"/connections?limit={limit}")
        assert (status, list(body)) == (400, ["message"])


@pytest.mark.parametrize(
    ("form", "keys"),
    [("wrapped", {"connection"}), ("flat", None), ("bare", {"connection_id"})],
)
async def test_the_whole_life_of_a_connection(form: AnswerForm, keys: set[str] | None) -> None:
    """It is asked for, pending, authorized, used and deleted, however the answers are laid out."""
    async with Sandbox(connections=0) as sandbox, through(sandbox) as http:
        sandbox.maton.answer_form = form
        status, body = await call(http, "POST", json={"app": "systeme"})
        [held] = sandbox.maton.connections.values()
        path = f"/connections/{held.id}"
        _, shown = await call(http, "GET", path)
        assert (status, body.keys()) == (200, keys or shown["connection"].keys())
        assert body.get("connection", body)["connection_id"] == held.id
        assert (shown["connection"]["status"], shown["connection"]["url"]) == ("PENDING", held.url)
        assert (await call(http, "GET", "/systeme/api/tags"))[0] == 400
        sandbox.maton.activate(held.id)
        assert (await call(http, "GET", path))[1]["connection"]["status"] == "ACTIVE"
        assert (await call(http, "GET", "/systeme/api/tags"))[0] == 200
        assert await call(http, "DELETE", path) == ((204, None) if form == "bare" else (200, {}))
        assert (await call(http, "GET", "/systeme/api/tags"))[0] == 400
        assert await call(http, "DELETE", path) == (404, {"message": "Connection not found"})
        effects = [one.effect for one in sandbox.maton.requests if one.effect]
        assert effects == [f"created connection {held.id}", f"deleted connection {held.id}"]
        assert not any(one.forwarded for one in sandbox.maton.requests if "connections" in one.path)


async def test_a_connection_becomes_active_after_its_delay() -> None:
    """It does so by itself, to the microsecond, and counts from when it was asked for."""
    async with Sandbox(connections=0) as sandbox, through(sandbox) as http:
        sandbox.maton.activation_delay = 90.5
        await asyncio.sleep(10)
        _, body = await call(http, "POST", json={"app": "systeme", "method": "BASIC"})
        connection = body["connection"]
        assert (connection["status"], connection["method"]) == ("PENDING", "BASIC")
        assert connection["creation_time"] == connection["last_updated_time"]
        path = f"/connections/{connection['connection_id']}"
        await asyncio.sleep(90.4)
        assert (await call(http, "GET", path))[1]["connection"]["status"] == "PENDING"
        await asyncio.sleep(20)
        [held] = sandbox.maton.connections.values()
        assert held.status == "ACTIVE"
        shown = (await call(http, "GET", path))[1]["connection"]
        moments = [
            datetime.fromisoformat(shown[name]) for name in ("creation_time", "last_updated_time")
        ]
        assert moments[1] - moments[0] == timedelta(seconds=90.5)
        assert abs(moments[0] - datetime.now(UTC)) < timedelta(seconds=60)


async def test_a_pending_connection_can_fail() -> None:
    """Once it has failed it does not become active any more."""
    async with Sandbox(connections=0) as sandbox, through(sandbox) as http:
        sandbox.maton.activation_delay = 5
        held = sandbox.maton.add_connection(status="PENDING")
        sandbox.maton.fail(held.id)
        await asyncio.sleep(60)
        _, body = await call(http, "GET", f"/connections/{held.id}")
        assert body["connection"]["status"] == "FAILED"


async def test_without_a_delay_somebody_must_authorize() -> None:
    """A pending connection stays so until a test says otherwise."""
    async with Sandbox(connections=0) as sandbox, through(sandbox) as http:
        await call(http, "POST", json={"app": "active-campaign"})
        await asyncio.sleep(86_400)
        [held] = sandbox.maton.connections.values()
        assert (held.app, held.status) == ("active-campaign", "PENDING")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"app":"hubspots"}', b'{"app":7}'])
async def test_only_known_apps_can_be_connected(body: bytes) -> None:
    """Anything else is a 400 of Maton's, and no connection is made."""
    async with Sandbox(connections=0) as sandbox, through(sandbox) as http:
        status, answer = await call(http, "POST", data=body)
        assert (status, list(answer)) == (400, ["message"])
        assert not sandbox.maton.connections


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/connections/unknown", 404),
        ("DELETE", "/connections/unknown", 404),
        ("GET", "/connections/", 404),
        ("GET", "/connections/a/b", 404),
        ("GET", "/connectionss", 404),
        ("PUT", "/connections", 405),
        ("DELETE", "/connections", 405),
        ("POST", "/connections/unknown", 405),
    ],
)
async def test_wrong_turns_are_matons(method: str, path: str, status: int) -> None:
    """Unknown ids and paths are a 404, other methods a 405, all in Maton's form."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        found, body = await call(http, method, path)
        assert (found, list(body)) == (status, ["message"])
        assert len(sandbox.maton.connections) == 1


async def test_a_plane_can_fail_alone() -> None:
    """A fault for the control plane leaves the data plane as it is."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.inject("failed", path="/connections", times=2)
        assert (await call(http, "GET", "/systeme/api/tags"))[0] == 200
        status, body = await call(http, "GET")
        assert (status, list(body["error"])) == (500, ["message"])
        assert (await call(http, "GET", "/connections/unknown"))[0] == 500
        assert (await call(http, "GET"))[0] == 200


async def test_what_a_test_cannot_ask_of_maton() -> None:
    """Unknown apps and unknown ids are errors of the test."""
    maton = Sandbox().maton
    with pytest.raises(ConfigurationError, match="use one of active-campaign, systeme"):
        maton.add_connection("hubspot")
    for change in (maton.activate, maton.fail, maton.expire, maton.revoke):
        with pytest.raises(ConfigurationError, match="no connection 'unknown'"):
            change("unknown")

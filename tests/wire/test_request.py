"""`request()`: endpoints without a method, under the same rules as all others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from systeme_async import (
    ConfigurationError,
    DecodeError,
    NotFoundError,
    OutcomeUnknownError,
    Tag,
    ValidationError,
)
from systeme_async.testing import Sandbox

from .pair import client
from .raw import RawServer, answer

pytestmark = pytest.mark.anyio


class Label(msgspec.Struct):
    """A type of the caller's own."""

    id: int
    name: str


async def test_untyped() -> None:
    """Without `into` the answer comes as JSON has it."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        page = await systeme.request("GET", "/api/tags", params={"limit": 10})
    assert (page["items"][0]["name"], page["hasMore"]) == ("VIP", False)
    assert sandbox.requests[0].query == {"limit": "10"}


@pytest.mark.parametrize("kind", [Tag, Label])
async def test_typed(kind: type[Any]) -> None:
    """With `into` it is decoded into that, one of ours or the caller's own."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        tag = await systeme.request("GET", "/api/tags/1", into=kind)
    assert type(tag) is kind
    assert (tag.id, tag.name) == (1, "VIP")


async def test_typed_as_a_mapping() -> None:
    """Any type that JSON can become will do."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        tag = await systeme.request("GET", "/api/tags/1", into=dict[str, str | int])
    assert tag["name"] == "VIP"


async def test_another_type_than_came() -> None:
    """An answer that is not of the type is a DecodeError."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(DecodeError):
            await systeme.request("GET", "/api/tags", into=Label)


async def test_a_type_that_json_cannot_become() -> None:
    """A type that can't be decoded is refused before the write leaves, not after it."""
    undecodable: Any = list[int] | set[int]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await systeme.request("POST", "/api/tags", json={"name": "VIP"}, into=undecodable)
    assert sandbox.received == 0


@pytest.mark.parametrize(
    ("method", "path", "content_type"),
    [
        ("POST", "/api/tags", "application/json"),
        ("put", "/api/tags/1", "application/json"),
        ("PATCH", "/api/contacts/1001", "application/merge-patch+json"),
    ],
)
async def test_bodies(method: str, path: str, content_type: str) -> None:
    """What is sent travels as the API wants it for the method."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        sandbox.account.add_contact("jane@example.com")
        body = {"name": "Gold", "locale": "fr"}
        assert "id" in await systeme.request(method, path, json=body)
    [request] = sandbox.requests
    assert (request.method, request.path) == (method.upper(), path)
    assert (request.content_type, request.body) == (content_type, body)


async def test_no_body_comes_back() -> None:
    """A 204 is None."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        assert await systeme.request("DELETE", "/api/tags/1") is None


async def test_a_lost_deletion_comes_back_as_a_deletion() -> None:
    """Where the repeat finds nothing, what comes back is not its 404."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        sandbox.inject("lost")
        assert await systeme.request("DELETE", "/api/tags/1") is None
    assert sandbox.received == 2


async def test_parameters() -> None:
    """Filters are encoded as in all listings: None is left out, dates and ids as the API reads."""
    async with RawServer(answer(200, {})) as server, client(server) as systeme:
        await systeme.request(
            "GET",
            "/api/contacts",
            params={
                "email": "a+b@example.com",
                "tags": [1, 2],
                "bounced": True,
                "since": datetime(2026, 1, 1, tzinfo=UTC),
                "none": None,
                "é &": "=",
            },
        )
    assert server.deliveries[0].target == (
        "/api/contacts?email=a%2Bb%40example.com&tags=1%2C2&bounced=true"
        "&since=2026-01-01T00%3A00%3A00%2B00%3A00&%C3%A9+%26=%3D"
    )


async def test_errors_are_the_same() -> None:
    """The tree of errors and what their attributes say hold here too."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(NotFoundError) as missing:
            await systeme.request("GET", "/api/nowhere")
        with pytest.raises(ValidationError):
            await systeme.request("POST", "/api/tags", json={"name": ""})
    assert missing.value.request == "GET /api/nowhere"


async def test_a_post_is_sent_once() -> None:
    """An unknown POST is taken for a creation."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("lost")
        with pytest.raises(OutcomeUnknownError):
            await systeme.request("POST", "/api/tags", json={"name": "VIP"})
    assert sandbox.received == 1


@pytest.mark.parametrize(
    "path",
    [
        "",
        "api/tags",
        "//evil.example.com/api",
        "https://evil.example.com/api",
        "/api/../admin",
        "/api/./tags",
        "/api/%2e%2e/admin",
        "/api/%2E./admin",
        "/api/..",
        "/api/tags?limit=10",
        "/api/tags#top",
        "/api\\..\\admin",
        "\\\\evil.example.com",
    ],
)
async def test_a_path_that_leads_elsewhere(path: str) -> None:
    """No path leaves the base URL, and filters belong into `params`."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await systeme.request("GET", path)
    assert sandbox.received == 0


@pytest.mark.parametrize("path", ["/api/tags/1\r\nX-Evil: 1", "/api/a b", "/api/é", "/api/\0"])
async def test_a_path_of_odd_characters(path: str) -> None:
    """What has no place in a URL is percent-encoded, so that no header can be smuggled in."""
    async with RawServer(answer(200, {})) as server, client(server) as systeme:
        await systeme.request("GET", path)
    [delivery] = server.deliveries
    assert "x-evil" not in delivery.headers
    assert delivery.target.isascii()
    assert " " not in delivery.target


@pytest.mark.parametrize("method", ["", "HEAD", "OPTIONS", "CONNECT", "GET\r\n", "TRACE"])
async def test_a_method_that_the_api_does_not_have(method: str) -> None:
    """Five methods are known; another is refused, not guessed."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await systeme.request(method, "/api/tags")
    assert sandbox.received == 0


@pytest.mark.parametrize("value", [object(), {1, object()}, float("nan"), {"a": lambda: 1}, 1j])
async def test_a_body_that_is_no_json(value: object) -> None:
    """What JSON has no form for costs no request."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        if value != value:  # noqa: PLR0124 - NaN, which travels as null
            with pytest.raises(ValidationError):
                await systeme.request("POST", "/api/tags", json={"name": value})
        else:
            with pytest.raises(ConfigurationError):
                await systeme.request("POST", "/api/tags", json=value)
            assert sandbox.received == 0

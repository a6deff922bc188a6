"""The transport: nothing is followed, sent twice, kept or inflated behind our back."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import aiohttp
import pytest

from systeme_async import (
    ConfigurationError,
    DecodeError,
    OutcomeUnknownError,
    ServerError,
    SystemeError,
    TransportError,
)
from systeme_async.testing import Sandbox

from .pair import client, now, tasks, turns
from .raw import NO_TAGS, RawServer, answer, never, slowly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme

    from .raw import Delivery

pytestmark = pytest.mark.anyio

CALLS: dict[str, Callable[[Systeme], Awaitable[object]]] = {
    "GET": lambda s: s.tags.get(1),
    "PUT": lambda s: s.tags.rename(1, "Gold"),
    "PATCH": lambda s: s.contacts.update(1, first_name="Jo"),
    "DELETE": lambda s: s.tags.delete(1),
    "POST": lambda s: s.tags.create("Gold"),
}
TAG = answer(200, {"id": 1, "name": "VIP"})


# Redirects


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int, name: str) -> None:
    """A redirect is an error that names its target, and the other origin never hears of us."""
    async with RawServer(TAG) as other:
        script = answer(status, None, f"Location: {other.url}/api/tags/1")
        async with RawServer(script) as server, client(server) as systeme:
            with pytest.raises(DecodeError, match=other.url) as caught:
                await CALLS[name](systeme)
    assert other.deliveries == []
    assert other.connections == 0
    assert len(server.deliveries) == 1
    assert caught.value.status == status


@pytest.mark.parametrize("location", ["/api/tags/2", "", "http://[", "javascript:alert(1)"])
async def test_a_redirect_to_nowhere(location: str) -> None:
    """A redirect within the origin, or to no place at all, is an error just the same."""
    script = answer(302, None, f"Location: {location}")
    async with RawServer(script) as server, client(server) as systeme:
        with pytest.raises(DecodeError):
            await systeme.tags.get(1)
    assert len(server.deliveries) == 1


async def test_a_redirect_without_location() -> None:
    """A 304 that nobody asked for is an error too."""
    async with RawServer(answer(304)) as server, client(server) as systeme:
        with pytest.raises(DecodeError) as caught:
            await systeme.tags.get(1)
    assert caught.value.status == 304


# Deliveries


@pytest.mark.parametrize("name", CALLS)
async def test_a_dying_connection_gets_one_delivery(name: str) -> None:
    """A kept-alive connection that dies under a request is not silently replaced."""
    async with (
        RawServer(TAG, None, TAG) as server,
        client(server, max_attempts=1) as systeme,
    ):
        await systeme.tags.get(1)
        with pytest.raises(TransportError):
            await CALLS[name](systeme)
        assert server.connections == 1
    assert ["GET", name] == [delivery.method for delivery in server.deliveries]


async def test_a_dying_connection_costs_one_attempt() -> None:
    """The repeat is ours: counted, paid for, and on a new connection."""
    async with RawServer(TAG, None, TAG) as server, client(server) as systeme:
        await systeme.tags.get(1)
        await systeme.tags.get(1)
        assert systeme.budget.snapshot().requests == 3
    assert [1, 1, 2] == [delivery.connection for delivery in server.deliveries]


async def test_the_guard_against_silent_repeats_exists() -> None:
    """The private switch that we turn off is still there, and on by default."""
    async with aiohttp.ClientSession() as session:
        assert session._retry_connection is True


async def test_why_the_guard_is_needed() -> None:
    """Without the guard the client library delivers a request twice."""
    async with RawServer(TAG, None, TAG) as server, aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.delete(server.url) as reply:
                await reply.read()
    assert len(server.deliveries) == 3


async def test_connections_are_kept() -> None:
    """Calls one after the other share one connection."""
    async with RawServer(TAG) as server, client(server) as systeme:
        for call in CALLS.values():
            if call is not CALLS["DELETE"]:
                await call(systeme)
    assert server.connections == 1


async def test_idle_connections_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that nobody used for half a minute is not used any more."""
    async with RawServer(TAG) as server, client(server) as systeme:
        # The pool reads the age of a connection from the machine's clock.
        monkeypatch.setattr("aiohttp.connector.monotonic", asyncio.get_running_loop().time)
        await systeme.tags.get(1)
        await asyncio.sleep(31)
        await systeme.tags.get(1)
    assert [1, 2] == [delivery.connection for delivery in server.deliveries]


# What is not kept and not read


async def test_cookies_are_not_kept() -> None:
    """What a server sets is never sent back."""
    script = answer(200, {"id": 1}, "Set-Cookie: session=1; Path=/", "Set-Cookie: b=2")
    async with RawServer(script) as server, client(server) as systeme:
        for _ in range(3):
            await systeme.tags.get(1)
    assert all("cookie" not in delivery.headers for delivery in server.deliveries)


async def test_proxies_in_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes to the origin and to nobody whom the environment names."""
    async with RawServer(TAG) as proxy, RawServer(TAG) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.upper(), proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        async with client(server) as systeme:
            await systeme.tags.get(1)
    assert (proxy.connections, len(server.deliveries)) == (0, 1)


@pytest.mark.parametrize("prefix", ["/gateway", "/gateway/systeme-io", "/gateway/"])
async def test_a_base_url_with_a_path(prefix: str) -> None:
    """Paths are appended to the one of the base URL, escapes and queries included."""
    async with RawServer(answer(200, NO_TAGS)) as server:
        async with client(server, base_url=f"{server.url}{prefix}") as systeme:
            await systeme.tags.find("a b&c/é")
            await systeme.contact_fields.delete("a/b c")
        root = prefix.rstrip("/")
    assert [
        f"{root}/api/tags?query=a+b%26c%2F%C3%A9&limit=100",
        f"{root}/api/contact_fields/a%2Fb%20c",
    ] == [delivery.target for delivery in server.deliveries]


async def test_the_key_goes_out_as_a_header() -> None:
    """The key is the header X-API-Key, byte for byte, and stands nowhere else."""
    async with RawServer(TAG) as server, client(server) as systeme:
        await systeme.tags.rename(1, "Gold")
    [delivery] = server.deliveries
    assert delivery.headers["x-api-key"] == server.api_key
    rest = {name: value for name, value in delivery.headers.items() if name != "x-api-key"}
    assert server.api_key not in f"{rest}{delivery.target}{delivery.body!r}"


async def test_headers_name_nobody_else() -> None:
    """Python, system and other libraries are nobody's business."""
    async with RawServer(TAG) as server, client(server) as systeme:
        await systeme.tags.get(1)
    assert "aiohttp" not in str(server.deliveries[0].headers).lower()


# Large bodies


MEGABYTE = 2**20


def bomb(megabytes: int, encoding: str) -> bytes:
    """Pack blanks into an answer that is a thousandth of their size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    block = b" " * MEGABYTE
    packed = b"".join([*(packer.compress(block) for _ in range(megabytes)), packer.flush()])
    return head(200, f"Content-Encoding: {encoding}", f"Content-Length: {len(packed)}") + packed


def head(status: int, *lines: str) -> bytes:
    """Write the head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, "", ""]).encode()


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_not_inflated(encoding: str) -> None:
    """300 MB that travel as 300 kB are an error, and never stand in memory."""
    script = bomb(300, encoding)
    async with RawServer(script, TAG) as server, client(server) as systeme:
        tracemalloc.start()
        try:
            with pytest.raises(DecodeError, match="16 MB"):
                await systeme.tags.get(1)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 80 * MEGABYTE
        assert (await systeme.tags.get(1)).name == "VIP"
    assert len(server.deliveries) == 2


@pytest.mark.slow
async def test_a_bomb_as_an_error() -> None:
    """An error page that inflates without end is the error of its status."""
    script = bomb(60, "gzip").replace(b"200 X", b"500 X")
    async with RawServer(script) as server, client(server, max_attempts=1) as systeme:
        with pytest.raises(ServerError):
            await systeme.tags.get(1)
    assert len(server.deliveries) == 1


@pytest.mark.slow
async def test_a_stream_without_end_is_cut() -> None:
    """A server that never stops sending is stopped being listened to."""
    block = b" " * MEGABYTE

    async def pour(_: Delivery, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, "Content-Type: application/json"))
        while True:
            writer.write(block)
            await writer.drain()

    async with RawServer(pour) as server, client(server) as systeme:
        with pytest.raises(DecodeError, match="16 MB"):
            await systeme.tags.get(1)
        await asyncio.sleep(1)
        assert server.open == 0


async def test_a_large_answer_is_read() -> None:
    """What is large and below the cap is read to its end."""
    page = {"items": [{"id": n, "name": "x" * 60} for n in range(1, 40_000)], "hasMore": False}
    body = gzip.compress(answer(200, page).partition(b"\r\n\r\n")[2])
    script = head(200, "Content-Encoding: gzip", f"Content-Length: {len(body)}") + body
    async with RawServer(script) as server, client(server) as systeme:
        assert len(await systeme.tags.list().collect()) == 39_999


# Broken bodies


BROKEN = {
    "html": head(200, "Content-Length: 6") + b"<html>",
    "empty": answer(200),
    "list": answer(200, []),
    "no id": answer(200, {"name": "VIP"}),
    "id is text": answer(200, {"id": "one"}),
    "null": head(200, "Content-Length: 4") + b"null",
    "half": head(200, "Content-Length: 7") + b'{"id": ',
    "not utf-8": head(200, "Content-Length: 21") + b'{"id":1,"name":"\xff\xff\xff"}',
    "two values": head(200, "Content-Length: 18") + b'{"id": 1}{"id": 2}',
    "deep": head(200, "Content-Length: 200000") + b"[" * 200_000,
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_success_that_cannot_be_read(kind: str) -> None:
    """Whatever stands in a 200 instead of the tag is a DecodeError, and not asked for again."""
    async with RawServer(BROKEN[kind]) as server, client(server) as systeme:
        with pytest.raises(DecodeError) as caught:
            await systeme.tags.get(1)
    assert (caught.value.status, caught.value.request) == (200, "GET /api/tags/1")
    assert len(server.deliveries) == 1


CUT = {
    "body": slowly(head(200, "Content-Length: 50") + b'{"id": 1', close=True),
    "head": slowly(b"HTTP/1.1 200 OK\r\nContent-", close=True),
    "status": slowly(b"HTTP/1", close=True),
    "chunk": slowly(head(200, "Transfer-Encoding: chunked") + b"40\r\n{", close=True),
    "last chunk": slowly(
        head(200, "Transfer-Encoding: chunked") + b'9\r\n{"id": 1}\r\n', close=True
    ),
    "no gzip": slowly(head(200, "Content-Encoding: gzip", "Content-Length: 9") + b'{"id": 1}'),
    "nonsense": slowly(b"220 mail.example.com ESMTP\r\n\r\n"),
    "length": slowly(head(200, "Content-Length: many") + b'{"id": 1}'),
    "two lengths": slowly(head(200, "Content-Length: 9", "Content-Length: 8") + b'{"id": 1}'),
    "long line": slowly(head(200, f"X-Long: {'x' * 100_000}") + b'{"id": 1}'),
    "folded": slowly(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n b\0c\r\n\r\n"),
}


@pytest.mark.parametrize("kind", CUT)
@pytest.mark.parametrize("name", ["GET", "PUT", "POST"])
async def test_an_answer_that_is_no_http(name: str, kind: str) -> None:
    """What is cut or garbled is no answer: a read is repeated, a creation is in doubt."""
    async with RawServer(CUT[kind]) as server, client(server, max_attempts=2) as systeme:
        with pytest.raises(TransportError) as caught:
            await CALLS[name](systeme)
    error = TransportError if name == "GET" else OutcomeUnknownError
    attempts = 1 if name == "POST" else 2
    assert (error, attempts) == (type(caught.value), caught.value.attempts)
    assert len(server.deliveries) == attempts


@pytest.mark.parametrize("name", CALLS)
async def test_silence(name: str) -> None:
    """A server that says nothing is given up after the timeout, whoever may repeat does."""
    async with (
        RawServer(never()) as server,
        client(server, timeout=3, max_attempts=2) as systeme,
    ):
        with pytest.raises(TransportError) as caught:
            await CALLS[name](systeme)
        attempts = 1 if name == "POST" else 2
        assert now() <= attempts * 3 + 0.6
    assert len(server.deliveries) == caught.value.attempts == attempts
    assert type(caught.value) is (TransportError if name == "GET" else OutcomeUnknownError)


async def test_a_body_that_drips() -> None:
    """A body that never ends is given up after the timeout of the whole attempt."""
    drops: list[bytes | float] = [head(200, "Content-Length: 9")]
    for byte in b'{"id": 1}':
        drops += [10.0, bytes([byte])]
    async with RawServer(slowly(*drops)) as server, client(server, max_attempts=1) as systeme:
        with pytest.raises(TransportError):
            await systeme.tags.get(1)
        assert now() == pytest.approx(30, abs=0.1)
    assert len(server.deliveries) == 1


# Leaks


async def test_errors_leak_no_connection() -> None:
    """After many failures of all kinds no connection is left open."""
    scripts = [
        answer(500),
        answer(404, {"detail": "x" * 5_000}),
        None,
        BROKEN["html"],
        answer(302, None, "Location: /"),
        slowly(head(200, "Content-Length: 50") + b"{", close=True),
        never(),
    ]
    async with (
        RawServer(*(scripts * 10), TAG) as server,
        client(server, max_attempts=1, timeout=2) as systeme,
    ):
        for _ in range(10):
            ended = await asyncio.gather(
                *(systeme.tags.get(1) for _ in range(7)), return_exceptions=True
            )
            assert all(isinstance(error, SystemeError) for error in ended)
        await asyncio.sleep(35)
        assert server.open <= 7
        assert systeme.budget.snapshot().in_flight == 0
        assert (await systeme.tags.get(1)).id == 1
    await turns()
    assert server.open == 0


@pytest.mark.parametrize("after", [0.0, 0.5, 1.5])
async def test_cancellations_leak_no_connection(after: float) -> None:
    """A call that is cut off closes its connection: its answer must not meet the next call."""
    script = slowly(1.0, head(200, "Content-Length: 9") + b'{"id"', 1.0, b": 1}")
    async with RawServer(*[script] * 10, TAG) as server, client(server) as systeme:
        calls = [asyncio.create_task(systeme.tags.get(1)) for _ in range(10)]
        await asyncio.sleep(after)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(5)
        assert server.open == 0
        assert tasks() == []
        assert systeme.budget.snapshot().in_flight == 0


async def test_closing_ends_all_connections() -> None:
    """Nothing stays open at the server after the client is closed."""
    async with RawServer(TAG) as server:
        async with client(server) as systeme:
            await asyncio.gather(*(systeme.tags.get(1) for _ in range(10)))
        await turns()
        assert server.open == 0


# Addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_loopback_by_every_name(host: str) -> None:
    """A server of this machine is reached over http, by number or by name."""
    try:
        sandbox = Sandbox(host=host)
        await sandbox.start()
    except OSError:
        pytest.skip(f"this machine has no {host}")
    async with client(sandbox) as systeme:
        assert await systeme.tags.find("VIP") is None
    await sandbox.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.systeme.io",
        "ftp://127.0.0.1",
        "127.0.0.1:8000",
        "http://user:pass@127.0.0.1",
        "http://127.0.0.1?x=1",
        "http://127.0.0.1/#x",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1:99999",
        "https://127.0.0.1:port",
        "https://",
        "",
    ],
)
async def test_an_address_that_is_refused(url: str) -> None:
    """No client is made of an address that cannot work or would show the key."""
    async with RawServer(TAG) as server:
        with pytest.raises(ConfigurationError):
            await client(server, base_url=url, max_attempts=1).tags.get(1)

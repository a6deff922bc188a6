"""Servers and proxies that speak HTTP as few do: nothing of it may lose or double a call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from systeme_async import (
    NotFoundError,
    OutcomeUnknownError,
    SystemeError,
    TransportError,
    ValidationError,
)

from .pair import client, now, turns
from .raw import NO_TAGS, RawServer, answer, slowly

if TYPE_CHECKING:
    from .raw import Delivery, Script

pytestmark = pytest.mark.anyio

BODY = b'{"id": 1, "name": "VIP"}'
TAG = answer(200, {"id": 1, "name": "VIP"})
NEW = answer(201, {"id": 1, "name": "VIP"})


def head(status: str, *lines: str, version: str = "1.1") -> bytes:
    """Write the head of an answer."""
    return "\r\n".join([f"HTTP/{version} {status}", *lines, "", ""]).encode()


CHUNKED = head("200 OK", "Transfer-Encoding: chunked")
GOOD: dict[str, Script] = {
    "chunked": CHUNKED + b"18\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunked in pieces": slowly(
        CHUNKED, 0.5, b"8\r\n" + BODY[:8], 0.5, b"\r\n1", b"0\r\n", BODY[8:], 0.5, b"\r\n0\r\n\r\n"
    ),
    "chunk extensions": CHUNKED + b"18;a=b\r\n" + BODY + b"\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"18\r\n" + BODY + b"\r\n0\r\nX-Trailer: 1\r\n\r\n",
    "byte by byte": slowly(*(bytes([byte]) for byte in TAG)),
    "http/1.0": slowly(head("200 OK", version="1.0") + BODY, close=True),
    "http/1.0 kept": answer(200, {"id": 1}, "Connection: keep-alive", version="1.0"),
    "until it closes": slowly(head("200 OK", "Connection: close"), BODY, close=True),
    "100 first": head("100 Continue") + TAG,
    "102 first": head("102 Processing") + head("102 Processing") + TAG,
    "103 first": head("103 Early Hints", "Link: </a.css>; rel=preload") + TAG,
    "100 and a pause": slowly(head("100 Continue"), 5.0, TAG),
    "no reason": head("200 ", f"Content-Length: {len(BODY)}") + BODY,
    "shouted": head("200 OK", f"CONTENT-LENGTH: {len(BODY)}", "CONTENT-TYPE: TEXT/PLAIN") + BODY,
    "whispered": head("200 OK", f"content-length: {len(BODY)}") + BODY,
    "no content type": head("200 OK", f"Content-Length: {len(BODY)}") + BODY,
    "padded": head("200 OK", f"Content-Length: {len(BODY) + 4}") + b"\r\n" + BODY + b"\r\n",
    "other success": head("203 Well", f"Content-Length: {len(BODY)}") + BODY,
    "equal lengths": head(
        "200 OK", "Connection: keep-alive", "Keep-Alive: timeout=5", "Via: 1.1 p"
    ).replace(b"\r\n\r\n", f"\r\nContent-Length: {len(BODY)}\r\n\r\n".encode())
    + BODY,
}


@pytest.mark.parametrize("kind", GOOD)
async def test_a_lawful_answer_is_read(kind: str) -> None:
    """However an answer is framed, it is one delivery and one tag; call after call."""
    async with RawServer(GOOD[kind]) as server, client(server) as systeme:
        assert (await systeme.tags.get(1)).id == 1
        assert (await systeme.tags.rename(1, "VIP")).id == 1
        assert (await systeme.tags.create("VIP")).id == 1
    assert ["GET", "PUT", "POST"] == [delivery.method for delivery in server.deliveries]


async def test_a_connection_closed_after_each_answer() -> None:
    """A server that announces the end of each connection costs no delivery."""
    script = slowly(answer(201, {"id": 1}, "Connection: close"), close=True)
    async with RawServer(script) as server, client(server) as systeme:
        for number in range(20):
            await systeme.tags.create(str(number))
    assert (len(server.deliveries), server.connections) == (20, 20)


@pytest.mark.parametrize("pause", [0.0, 0.01, 5.0])
async def test_a_connection_closed_without_a_word(pause: float) -> None:
    """A server that hangs up after each answer without saying so costs no delivery either."""
    async with RawServer(slowly(NEW, close=True)) as server, client(server) as systeme:
        for number in range(20):
            await systeme.tags.create(str(number))
            await asyncio.sleep(pause)
    assert (len(server.deliveries), server.connections) == (20, 20)


async def test_an_answer_before_the_body_was_read() -> None:
    """A server that refuses on seeing the head has refused: the answer counts."""
    big = {f"slug_{number}": "x" * 255 for number in range(3_000)}
    script = slowly(answer(422, {"detail": "too large"}, "Connection: close"), 1.0, close=True)
    async with (
        RawServer(script, read_bodies=False) as server,
        client(server, max_attempts=1) as systeme,
    ):
        with pytest.raises((ValidationError, OutcomeUnknownError)):
            await systeme.contacts.create("jane@example.com", fields=big)
        assert systeme.budget.snapshot().in_flight == 0
    assert len(server.deliveries) == 1


async def test_an_early_answer_to_a_small_body() -> None:
    """An early answer is taken, and the connection serves nobody else."""
    script = slowly(answer(404, {"detail": "no"}, "Connection: close"), close=True)
    async with RawServer(script, read_bodies=False) as server, client(server) as systeme:
        for _ in range(3):
            with pytest.raises((NotFoundError, TransportError)):
                await systeme.contacts.update(1, first_name="Jane")


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_an_answer_that_nobody_asked_for(when: str) -> None:
    """A second answer on a connection is never taken for that to the next call."""
    stray = answer(200, {"id": 666, "name": "stray"})

    async def twice(_: Delivery, writer: asyncio.StreamWriter) -> None:
        writer.write(TAG + stray if when == "at once" else TAG)
        await writer.drain()
        if when == "later":
            asyncio.get_running_loop().call_later(1, writer.write, stray)

    async with RawServer(twice, TAG) as server, client(server) as systeme:
        ids = [(await systeme.tags.get(1)).id]
        await asyncio.sleep(2)
        for _ in range(3):
            try:
                ids.append((await systeme.tags.get(1)).id)
            except SystemeError:
                ids.append(0)
    assert 666 not in ids


async def test_a_large_body_is_sent_in_pieces() -> None:
    """More than a megabyte goes out as well as less, and without a warning."""
    async with RawServer(TAG) as server, client(server) as systeme:
        await systeme.request("POST", "/api/tags", json={"name": "x" * 1_200_000})
    assert len(server.deliveries[0].body) > 1_200_000


async def test_a_server_that_says_100_for_ever() -> None:
    """Interim answers without end are ended by the timeout."""

    async def stall(_: Delivery, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(head("100 Continue"))
            await writer.drain()
            await asyncio.sleep(1)

    async with RawServer(stall) as server, client(server, max_attempts=1) as systeme:
        with pytest.raises(TransportError):
            await systeme.tags.get(1)
        assert now() == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("status", ["101 Switching Protocols", "199 Odd", "999 Odd", "0 None"])
async def test_a_status_that_means_nothing(status: str) -> None:
    """A status from nowhere ends in an error of the tree."""
    async with (
        RawServer(head(status, "Content-Length: 0")) as server,
        client(server, max_attempts=1, timeout=2) as systeme,
    ):
        with pytest.raises(SystemeError):
            await systeme.tags.get(1)


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "compress", "identity", "gzip, gzip", "nonsense"]
)
async def test_an_encoding_we_did_not_ask_for(encoding: str) -> None:
    """A body in an encoding that was not asked for is read as it is or is an error."""
    script = head("200 OK", f"Content-Encoding: {encoding}", f"Content-Length: {len(BODY)}") + BODY
    async with RawServer(script) as server, client(server, max_attempts=1) as systeme:
        [read] = await asyncio.gather(systeme.tags.get(1), return_exceptions=True)
    if isinstance(read, BaseException):
        assert isinstance(read, SystemeError)
    else:
        assert read.id == 1


# Headers of the quota


def tags(*lines: str, status: int = 200) -> bytes:
    """Write an empty listing under certain headers."""
    return answer(status, NO_TAGS, *lines)


async def test_quota_headers_in_any_case() -> None:
    """Names of headers match however they are written."""
    script = tags("x-RATELIMIT-limit: 5", "X-Ratelimit-remaining: 0", "x-ratelimit-refill: 10")
    async with RawServer(script) as server, client(server) as systeme:
        await systeme.tags.find("a")
        budget = systeme.budget.snapshot()
        assert (budget.limit, budget.remaining, budget.ignored) == (5, 0, 0)
        await systeme.tags.find("b")
    assert server.deliveries[1].at >= 10


@pytest.mark.parametrize(("first", "second"), [("40", "0"), ("0", "40")])
async def test_doubled_quota_headers(first: str, second: str) -> None:
    """Of two words on what is left the smaller one does no harm."""
    script = tags(
        "X-RateLimit-Limit: 60",
        f"X-RateLimit-Remaining: {first}",
        f"X-RateLimit-Remaining: {second}",
        "X-RateLimit-Refill: 10",
    )
    async with RawServer(script) as server, client(server) as systeme:
        await systeme.tags.find("a")
        await systeme.tags.find("b")
    assert server.deliveries[1].at >= 10


@pytest.mark.parametrize(
    "lines",
    [
        ("X-RateLimit-Remaining: -1",),
        ("X-RateLimit-Remaining: many", "X-RateLimit-Limit: few"),
        ("X-RateLimit-Limit: 0",),
        ("X-RateLimit-Remaining: 5", "X-RateLimit-Refill: -3"),
        ("X-RateLimit-Refill: 99999999999999999999",),
        ("X-RateLimit-Refill: 0", "X-RateLimit-Remaining: 0"),
        ("X-RateLimit-Limit: 1", "X-RateLimit-Remaining: 0"),
        ("Retry-After: 9",),
        ("X-RateLimit-Remaining: 0", "X-RateLimit-Refill: Wed, 32 Foo 2026 99:99:99 GMT"),
        ("X-RateLimit-Remaining: ١٢", "Date: nonsense"),
    ],
    ids=str,
)
async def test_quota_headers_that_mean_nothing(lines: tuple[str, ...]) -> None:
    """Whatever stands in the headers of a success, twenty calls get through in twenty minutes."""
    script = tags(*lines)
    async with RawServer(script) as server, client(server) as systeme:
        await asyncio.gather(*(systeme.tags.find("a") for _ in range(20)))
        assert now() <= 1200 + 60
    assert len(server.deliveries) == 20


async def test_a_quota_that_shrinks() -> None:
    """A limit that is lowered while we send is kept from the next answer on."""
    script = (
        tags("X-RateLimit-Limit: 60", "X-RateLimit-Remaining: 59", "X-RateLimit-Refill: 60"),
        tags("X-RateLimit-Limit: 2", "X-RateLimit-Remaining: 0", "X-RateLimit-Refill: 30"),
        tags("X-RateLimit-Limit: 2", "X-RateLimit-Remaining: 1", "X-RateLimit-Refill: 30"),
    )
    async with RawServer(*script) as server, client(server) as systeme:
        for _ in range(3):
            await systeme.tags.find("a")
        assert systeme.budget.snapshot().limit == 2
    assert server.deliveries[2].at >= 30


# Under load


async def test_a_server_that_dies_under_everybody() -> None:
    """When all connections break at once, reads come through and creations end in doubt."""
    stall = slowly(2.0, close=True)
    roomy = answer(200, {"id": 1}, "X-RateLimit-Limit: 600", "X-RateLimit-Remaining: 599")
    async with RawServer(roomy, *[stall] * 20, TAG) as server, client(server) as systeme:
        await systeme.tags.get(1)
        ended = await asyncio.gather(
            *(systeme.tags.get(1) for _ in range(10)),
            *(systeme.tags.create(f"{number}") for number in range(10)),
            return_exceptions=True,
        )
        assert [1] * 10 == [getattr(tag, "id", tag) for tag in ended[:10]]
        assert {OutcomeUnknownError} == {type(error) for error in ended[10:]}
        budget = systeme.budget.snapshot()
        assert (budget.in_flight, budget.waiting) == (0, 0)
    created = [delivery.json["name"] for delivery in server.deliveries if delivery.body]
    assert len(created) == len(set(created)) == 10


async def test_a_flapping_server() -> None:
    """Answers, failures and hang-ups in turn: every read ends well, nothing is left over."""
    scripts: list[Script] = [TAG, None, answer(503), slowly(TAG, close=True), answer(502)]
    async with (
        RawServer(*(scripts * 40), TAG) as server,
        client(server, max_attempts=12) as systeme,
    ):
        found = await asyncio.gather(*(systeme.tags.get(1) for _ in range(12)))
        assert {1} == {tag.id for tag in found}
        assert systeme.budget.snapshot().in_flight == 0
    await turns()
    assert server.open == 0

"""Faults over a real connection: what was carried out, and what the caller gets to see."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp
import pytest

from systeme_async.options import Quota
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async.testing.faults import Kind

    Connect = Callable[[Sandbox], aiohttp.ClientSession]

pytestmark = pytest.mark.anyio


async def create_tag(http: aiohttp.ClientSession, name: str = "VIP") -> tuple[int, bytes]:
    """Send a write, which aiohttp never repeats by itself; return status and body."""
    async with http.post("/api/tags", json={"name": name}, allow_redirects=False) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize(
    ("kind", "carried_out", "error"),
    [
        ("lost", True, aiohttp.ServerDisconnectedError),
        ("reset", False, aiohttp.ClientOSError),
        ("truncated", True, aiohttp.ClientPayloadError),
    ],
)
async def test_a_cut_connection(
    connect: Connect, kind: Kind, error: type[Exception], *, carried_out: bool
) -> None:
    """The caller gets an error, and the account knows whether anything happened."""
    async with Sandbox(quota=Quota(60)) as sandbox, connect(sandbox) as http:
        sandbox.inject(kind)
        with pytest.raises(error):
            await create_tag(http)
        assert [tag.name for tag in sandbox.account.tags.values()] == ["VIP"] * carried_out
        [record] = sandbox.requests
        assert (record.fault, bool(record.effect)) == (kind, carried_out)
        assert record.status == (201 if kind == "truncated" else None)
        async with http.get("/api/tags") as answer:
            left = answer.headers["X-RateLimit-Remaining"]
        assert left == ("59" if kind == "reset" else "58")


async def test_an_answer_without_a_body_is_cut_within_its_head(connect: Connect) -> None:
    """A truncated 204 has been carried out and reads as nonsense."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        contact = sandbox.account.add_contact("jane@example.com")
        tag = sandbox.account.add_tag("VIP")
        sandbox.inject("truncated")
        with pytest.raises(aiohttp.ClientError):
            await http.post(f"/api/contacts/{contact.id}/tags", json={"tagId": tag.id})
        assert contact.tags == [tag.id]


@pytest.mark.parametrize(
    ("kind", "status", "carried_out", "body"),
    [
        ("failed", 500, False, b'{"type":'),
        ("failed_after", 500, True, b'{"type":'),
        ("redirect", 307, False, b""),
        ("html", 200, False, b"<!doctype html>"),
        ("empty", 201, True, b""),
        ("throttle", 429, False, b'{"type":'),
        ("unauthorized", 401, False, b'{"type":'),
    ],
)
async def test_a_spoiled_answer(
    connect: Connect, kind: Kind, status: int, body: bytes, *, carried_out: bool
) -> None:
    """The answer is another than it should be, once, and the next one is right again."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        sandbox.inject(kind, method="post", path="/api/tags")
        found, content = await create_tag(http)
        assert (found, content[: len(body)]) == (status, body)
        assert bool(body) == bool(content)
        assert bool(sandbox.account.effects) == carried_out
        assert (sandbox.requests[0].status, sandbox.requests[0].fault) == (status, kind)
        assert (await create_tag(http, "Other"))[0] == 201


async def test_failures_take_turns(connect: Connect) -> None:
    """A failing server answers as itself, as a proxy, and not at all."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        sandbox.inject("failed", times=3)
        answers = [await create_tag(http) for _ in range(3)]
        assert [status for status, _ in answers] == [500, 502, 503]
        assert [body[:6] for _, body in answers] == [b'{"type', b"<html>", b""]
        assert sandbox.account.effects == []


async def test_a_redirect_shows_who_follows_it_with_the_key(connect: Connect) -> None:
    """It leads to another origin where the sandbox sees what is sent."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        sandbox.inject("redirect")
        async with http.get("/api/tags", params={"query": "é&"}) as answer:
            assert answer.url.host == "localhost"
        hosts = [request.headers["host"].partition(":")[0] for request in sandbox.requests]
        assert hosts == ["127.0.0.1", "localhost"]
        assert [request.query for request in sandbox.requests] == [{"query": "é&"}] * 2


async def test_a_bomb_is_small_on_the_wire(connect: Connect) -> None:
    """Half a megabyte of gzip stands for more than a hundred."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        sandbox.inject("huge")
        async with http.get("/api/tags") as answer:
            assert int(answer.headers["Content-Length"]) < 600_000
            size = 0
            async for chunk in answer.content.iter_chunked(2**20):
                size += len(chunk)
        assert size > 100 * 2**20


async def test_whoever_hangs_is_let_go_at_the_end(connect: Connect) -> None:
    """No answer comes, the request counts as under way, and closing cuts it off."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        sandbox.inject("hang")
        waiting = asyncio.create_task(create_tag(http))
        await asyncio.sleep(60)
        assert not waiting.done()
        assert sandbox.in_flight == 1
        await sandbox.aclose()
        with pytest.raises(aiohttp.ClientError):
            await waiting
        assert sandbox.in_flight == 0
        assert (sandbox.requests[0].status, sandbox.requests[0].effect) == (None, "created tag 1")


async def test_a_throttled_request_uses_up_no_injection(connect: Connect) -> None:
    """A fault waits for a request that is let in."""
    async with Sandbox(quota=Quota(1)) as sandbox, connect(sandbox) as http:
        sandbox.inject("failed_after", after=1)
        statuses = list[int]()
        for name in "abc":
            statuses.append((await create_tag(http, name))[0])
        await asyncio.sleep(60)
        statuses.append((await create_tag(http, "d"))[0])
        assert statuses == [201, 429, 429, 500]
        assert [tag.name for tag in sandbox.account.tags.values()] == ["a", "d"]


async def test_an_injected_429_asks_for_half_a_minute(connect: Connect) -> None:
    """It comes although there is quota left, and costs none."""
    async with Sandbox(quota=Quota(5)) as sandbox, connect(sandbox) as http:
        sandbox.inject("throttle")
        async with http.get("/api/tags") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
            assert answer.headers["X-RateLimit-Remaining"] == "5"
        assert sandbox.throttled == 1


async def test_injections_can_be_meant_for_an_endpoint(connect: Connect) -> None:
    """A template of the table stands for every path that fills it."""
    async with Sandbox() as sandbox, connect(sandbox) as http:
        sandbox.inject("html", path="/api/tags/{tag}", times=2)
        statuses = list[int]()
        for path in ("/api/tags", "/api/tags/1", "/api/tags/2", "/api/tags/3"):
            async with http.get(path) as answer:
                statuses.append(answer.status)
        assert statuses == [200, 200, 200, 404]


async def test_latency_is_half_on_the_way_there(connect: Connect) -> None:
    """The request arrives after half the round trip and is under way all the time."""
    loop = asyncio.get_running_loop()
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, connect(sandbox) as http:
        start = loop.time()
        await asyncio.gather(*(create_tag(http, str(number)) for number in range(4)))
        assert loop.time() - start == pytest.approx(0.5)
        assert [request.at for request in sandbox.requests] == pytest.approx([0.25] * 4)
        assert (sandbox.in_flight, sandbox.peak_in_flight) == (0, 4)


async def test_chance_can_be_repeated(connect: Connect) -> None:
    """The same seed gives the same faults, and what was lost has happened."""
    runs = list[list[str]]()
    for _ in range(2):
        faults = Faults(lost=0.2, reset=0.1, failed=0.2)
        async with Sandbox(faults=faults, seed=7) as sandbox, connect(sandbox) as http:
            for number in range(40):
                with suppress(aiohttp.ClientError):
                    await create_tag(http, str(number))
        runs.append([request.fault for request in sandbox.requests])
        done = [request.effect != "" for request in sandbox.requests]
        assert done == [fault in {"", "lost"} for fault in runs[-1]]
        assert len(sandbox.account.effects) == sum(done)
    assert runs[0] == runs[1]
    assert set(runs[0]) == {"", "lost", "reset", "failed"}


async def test_whoever_hangs_up_while_waiting_is_served_all_the_same(connect: Connect) -> None:
    """A request that was sent is carried out even if nobody waits for the answer."""
    async with Sandbox(faults=Faults(latency=2)) as sandbox, connect(sandbox) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await create_tag(http)
        assert sandbox.account.effects == []
        await asyncio.sleep(5)
        assert sandbox.account.effects == [("created tag", "1")]
        assert sandbox.in_flight == 0


async def test_half_a_request_never_arrives() -> None:
    """Whoever hangs up before the whole body was sent has asked for nothing."""
    async with Sandbox() as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /api/tags HTTP/1.1\r\nHost: x\r\nX-API-Key: {sandbox.api_key}\r\n"
        writer.write(f'{head}Content-Length: 100\r\n\r\n{{"name":'.encode())
        await writer.drain()
        await asyncio.sleep(1)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(1)
        assert (sandbox.received, sandbox.in_flight) == (0, 0)

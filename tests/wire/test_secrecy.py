"""The key never shows: in no error, no traceback with its locals, no repr and no log."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest

import systeme_async
from systeme_async import (
    ClientStateError,
    ConfigurationError,
    DecodeError,
    PaginationError,
    Systeme,
    SystemeError,
)
from systeme_async.testing import Account, Faults, Sandbox
from systeme_async.testing.faults import KINDS

from .pair import calls, client, turns
from .raw import RawServer, answer, never, slowly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .raw import Script

pytestmark = pytest.mark.anyio

KEY = "sk4f1c9d77a0be5512"


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Log all that anybody here has to say."""
    caplog.set_level(logging.DEBUG)
    for name in ("asyncio", "aiohttp", "aiohttp.client", "aiohttp.internal", "systeme_async"):
        caplog.set_level(logging.DEBUG, name)


def told(error: BaseException) -> str:
    """Write down all that a tool for errors may show of one: locals, reprs, causes, notes."""
    lines = list(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        link = chain.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        lines += [str(link), repr(link), repr(link.args), repr(vars(link))]
        lines += [
            repr(getattr(link, name, None)) for name in ("request_info", "history", "os_error")
        ]
        lines.append("".join(traceback.format_exception(link)))
        chain += [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]
    return "\n".join(lines)


def hidden(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """Assert that the key is in none of it."""
    assert KEY not in told(error)
    assert KEY not in caplog.text
    assert all(KEY not in repr(vars(record)) for record in caplog.records)


CALLS: dict[str, Callable[[Systeme], Awaitable[Any]]] = {
    "GET": lambda s: s.tags.get(1),
    "PUT": lambda s: s.tags.rename(1, "Gold"),
    "DELETE": lambda s: s.tags.delete(1),
    "POST": lambda s: s.tags.create("Gold"),
    "upsert": lambda s: s.contacts.upsert("jane@example.com"),
    "ensure": lambda s: s.tags.ensure("VIP"),
    "list": lambda s: s.contacts.list().collect(),
    "import": lambda s: s.bulk.import_contacts([{"email": "jane@example.com"}], tags=["a"]).run(),
}


@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("name", CALLS)
async def test_faults_show_no_key(name: str, fault: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a server does, what comes out names no key."""
    async with Sandbox(api_key=KEY) as sandbox:
        options = {"timeout": 3, "max_attempts": 2, "deadline": 100}
        async with client(sandbox, **options) as systeme:
            sandbox.inject(fault, times=99)
            try:
                await CALLS[name](systeme)
            except (SystemeError, ExceptionGroup) as error:
                hidden(error, caplog)
            else:
                assert KEY not in caplog.text


RAW: dict[str, Script] = {
    "nonsense": slowly(b"220 mail.example.com ESMTP\r\n\r\n"),
    "bad header": slowly(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
    "long header": slowly(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n"),
    "bad length": slowly(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
    "bad gzip": slowly(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
    "bad chunk": slowly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "cut": slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", close=True),
    "hang up": None,
    "silence": never(),
    "redirect": answer(307, None, "Location: https://evil.example.com/"),
    "switch": slowly(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "other shape": answer(200, {"items": 7}),
    "refusal": answer(403, {"detail": "no"}),
    "failure": answer(500),
}


@pytest.mark.parametrize("kind", RAW)
@pytest.mark.parametrize("name", CALLS)
async def test_broken_http_shows_no_key(
    name: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Errors of the HTTP library carry the request along; ours do not."""
    async with RawServer(RAW[kind]) as server:
        server.api_key = KEY
        options = {"timeout": 3, "max_attempts": 2}
        async with client(server, **options) as systeme:
            try:
                await CALLS[name](systeme)
            except (SystemeError, ExceptionGroup) as error:
                hidden(error, caplog)
            else:
                assert KEY not in caplog.text


async def test_an_echo_shows_no_key() -> None:
    """A server that repeats our headers in its error does not make us repeat them."""
    async with RawServer(answer(400, {"detail": f"bad request, x-api-key: {KEY}"})) as server:
        server.api_key = KEY
        async with client(server) as systeme:
            with pytest.raises(SystemeError) as caught:
                await systeme.tags.get(1)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("turn", range(30))
async def test_cancelling_shows_no_key(turn: int, caplog: pytest.LogCaptureFixture) -> None:
    """Cut off at any turn of the loop, the stack down to the socket names no key."""
    async with (
        Sandbox(api_key=KEY, faults=Faults(latency=1)) as sandbox,
        client(sandbox) as systeme,
    ):
        task = asyncio.ensure_future(CALLS["POST"](systeme))
        await turns(turn)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        hidden(caught.value, caplog)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("seconds", [0, 0.001, 0.5, 1.5, 2.5])
async def test_timeouts_show_no_key(
    name: str, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    """A timeout from outside leaves a stack that names no key."""
    async with (
        Sandbox(api_key=KEY, faults=Faults(latency=1)) as sandbox,
        client(sandbox) as systeme,
    ):
        try:
            async with asyncio.timeout(seconds):
                await CALLS[name](systeme)
        except (TimeoutError, SystemeError) as error:
            hidden(error, caplog)


async def test_closing_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """Calls that meet a closed client, or are met by its end, name no key."""
    async with Sandbox(api_key=KEY, faults=Faults(latency=5)) as sandbox:
        systeme = client(sandbox)
        under_way = asyncio.ensure_future(systeme.tags.create("VIP"))
        waiting = asyncio.ensure_future(systeme.tags.get(1))
        await asyncio.sleep(1)
        await systeme.aclose()
        ended = await asyncio.gather(under_way, waiting, return_exceptions=True)
        with pytest.raises(ClientStateError) as caught:
            await systeme.tags.get(1)
        for error in (*ended, caught.value):
            assert isinstance(error, BaseException)
            hidden(error, caplog)


async def test_a_port_that_is_closed_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody to connect to: the error and its causes name no key."""
    async with RawServer(answer()) as server:
        url = server.url
    for target in (url, "https://127.0.0.1:1", "https://no-such-host.invalid"):
        systeme = Systeme(api_key=KEY, base_url=target, max_attempts=1, timeout=5)
        with pytest.raises(SystemeError) as caught:
            await systeme.tags.create("VIP")
        hidden(caught.value, caplog)
        await systeme.aclose()


async def test_a_wrong_protocol_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """TLS spoken to a server that has none: the error names no key."""
    async with RawServer(answer()) as server:
        url = server.url.replace("http://", "https://")
        async with Systeme(api_key=KEY, base_url=url, max_attempts=1) as systeme:
            with pytest.raises(SystemeError) as caught:
                await systeme.tags.create("VIP")
            hidden(caught.value, caplog)


CONSTRUCTIONS: dict[str, dict[str, Any]] = {
    "base_url": {"base_url": "http://example.com"},
    "base_url type": {"base_url": 7},
    "quota": {"quota": "platinum"},
    "quota type": {"quota": 7.5},
    "budget": {"budget": "etcd://"},
    "timeout": {"timeout": -1},
    "timeout type": {"timeout": "soon"},
    "deadline": {"deadline": 0},
    "max_attempts": {"max_attempts": 0},
    "concurrency": {"concurrency": 0},
    "unknown": {"colour": "red"},
}


@pytest.mark.parametrize("name", CONSTRUCTIONS)
@pytest.mark.parametrize("key", [KEY, f"{KEY} {KEY}", f"{KEY}\n", f"{KEY}é"])
def test_construction_shows_no_key(name: str, key: str, caplog: pytest.LogCaptureFixture) -> None:
    """A client that can't be made says why, and not with which key."""
    options = CONSTRUCTIONS[name]
    with pytest.raises((ConfigurationError, TypeError, AttributeError, ValueError)) as caught:
        Systeme(api_key=key, **options)
    del key
    # The frame of this test holds the key; what is ours begins below it.
    below = caught.value.__traceback__
    assert below is not None
    hidden(caught.value.with_traceback(below.tb_next), caplog)


async def test_a_refused_key_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """The key that the server does not know is not in the error about it."""
    async with Sandbox() as sandbox:
        sandbox_key, sandbox.api_key = sandbox.api_key, KEY
        async with client(sandbox) as systeme:
            with pytest.raises(SystemeError) as caught:
                await systeme.tags.get(1)
            hidden(caught.value, caplog)
        assert sandbox_key


async def test_reprs_show_no_key() -> None:
    """Nothing that a program holds of us prints the key, not even when looked into."""
    async with Sandbox(api_key=KEY, account=Account()) as sandbox:
        systeme = client(sandbox)
        job = systeme.bulk.import_contacts([{"email": "jane@example.com"}])
        things: list[object] = [
            systeme,
            systeme.with_options(timeout=3),
            systeme.contacts,
            systeme.contacts.list(),
            systeme.tags,
            systeme.contact_fields,
            systeme.budget,
            systeme.budget.snapshot(),
            systeme.bulk,
            job,
            await job.run(),
            systeme.contacts.list().pages(),
            sandbox.requests,
        ]
        for thing in things:
            assert (
                KEY
                not in f"{thing!r} {thing!s} {vars(thing) if hasattr(thing, '__dict__') else ''}"
            )
        session = systeme._caller.session
        for inner in (session, session._transport, session.gate, session.store):
            assert KEY not in f"{inner!r} {vars(inner)!r}"
        assert len(calls(sandbox)) == 1
        await systeme.aclose()


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy])
async def test_a_client_does_not_travel_with_its_key(way: Callable[[object], object]) -> None:
    """Neither pickling nor copying hands the key to somebody else in the clear."""
    async with Sandbox(api_key=KEY) as sandbox, client(sandbox) as systeme:
        try:
            result = way(systeme)
        except (TypeError, SystemeError, pickle.PicklingError):
            return
        assert KEY not in repr(result)
        assert not isinstance(result, bytes)


def test_every_error_can_be_shown(caplog: pytest.LogCaptureFixture) -> None:
    """All classes of the tree are listed, so that no new one goes untested here."""
    tree = {
        name
        for name in systeme_async.__all__
        if isinstance(kind := getattr(systeme_async, name), type) and issubclass(kind, SystemeError)
    }
    assert {"DecodeError", "PaginationError"} <= tree
    for kind in (DecodeError, PaginationError):
        hidden(kind("gone wrong", request="GET /api/tags"), caplog)

"""The ASGI receiver and its server, message by message."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from webhooks.deliveries import SALE, SECRET, headers

from systeme_async import ConfigurationError, ReplayError
from systeme_async.integrations import asgi
from systeme_async.integrations.asgi import WebhookApp
from systeme_async.webhooks import AutomationHook, Deduplicator, Webhook

pytestmark = pytest.mark.anyio

ROOT: Final = Path(asgi.__file__).parents[2]
BODY: Final = {"type": "http.request", "body": SALE, "more_body": False}
GONE: Final = {"type": "http.disconnect"}


async def ignore(_: object) -> None:
    """Handle an event."""


def scope(**changed: Any) -> dict[str, Any]:
    """Write the scope of a delivery."""
    raw = [(name.encode(), value.encode()) for name, value in headers("SALE_NEW", SALE).items()]
    return {"type": "http", "method": "POST", "headers": raw, "query_string": b"", **changed}


async def talk(app: WebhookApp, of: dict[str, Any], *messages: dict[str, Any]) -> list[Any]:
    """Let the server send messages, and return the application's."""
    coming = iter(messages)
    sent: list[Any] = []

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        sent.append(message)

    await app(of, receive, send)
    return sent


async def status(app: WebhookApp, of: dict[str, Any], *messages: dict[str, Any]) -> int:
    """Return the status that the application answers with."""
    start, end = await talk(app, of, *messages)
    assert ("http.response.start", "http.response.body") == (start["type"], end["type"])
    assert (b"content-length", b"0") in start["headers"]
    return int(start["status"])


APP: Final = WebhookApp(Webhook(secret=SECRET), ignore)


async def test_a_request_is_answered_in_two_messages() -> None:
    """A start and an empty body."""
    assert 200 == await status(APP, scope(), BODY)


async def test_a_body_comes_in_any_pieces() -> None:
    """Empty ones and left out properties are allowed."""
    pieces = [
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": SALE[:10], "more_body": True},
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.request", "body": SALE[10:]},
    ]
    assert 200 == await status(APP, scope(), *pieces)


async def test_nobody_is_answered_who_has_gone() -> None:
    """Half a body is no delivery, and there is no one to talk to."""
    half = {"type": "http.request", "body": SALE[:10], "more_body": True}
    assert [] == await talk(APP, scope(), half, GONE)
    assert [] == await talk(APP, scope(), GONE)


@pytest.mark.parametrize("length", [b"1048577", b"9" * 19])
async def test_an_announced_length_is_believed_if_it_is_too_much(length: bytes) -> None:
    """Nothing is read of what will be refused."""
    of = scope(headers=[(b"content-length", length)])
    assert 413 == await status(APP, of)


@pytest.mark.parametrize("length", [b"", b"-1", b"x", b"\xff", b"9" * 5_000, b"1e9"])
async def test_an_odd_length_is_not_looked_at(length: bytes) -> None:
    """What comes is counted in any case."""
    of = scope()
    of["headers"].append((b"content-length", length))
    assert 200 == await status(APP, of, BODY)


async def test_other_methods_learn_which_is_allowed() -> None:
    """405 has its header."""
    start, _ = await talk(APP, scope(method="GET"))
    assert (b"allow", b"POST") in start["headers"]


async def test_the_lifespan_starts_and_stops() -> None:
    """A server that asks is told that all is well."""
    sent = await talk(
        APP, {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
    )
    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == [
        message["type"] for message in sent
    ]


async def test_a_websocket_is_closed() -> None:
    """It is refused before it is accepted."""
    sent = await talk(APP, {"type": "websocket"}, {"type": "websocket.connect"})
    assert [{"type": "websocket.close"}] == sent


async def test_another_protocol_is_a_mistake() -> None:
    """As ASGI asks for."""
    with pytest.raises(ConfigurationError, match="'smtp'"):
        await talk(APP, {"type": "smtp"})


@pytest.mark.parametrize(
    "query",
    [b"", b"token", b"token=%ff%fe", b"token=x;token=y", b"\xff", b"&" * 5_000, b"a=b&" * 99],
)
async def test_an_odd_query_brings_no_token(query: bytes) -> None:
    """Whatever it is, it is not the token."""
    app = WebhookApp(AutomationHook(token="token"), ignore)
    assert 401 == await status(app, scope(query_string=query), BODY)


async def test_a_replay_error_of_the_callback_is_a_failure() -> None:
    """Only the deduplicator's own says that a delivery is done."""

    async def fail(_: object) -> None:
        msg = "of another delivery"
        raise ReplayError(msg)

    app = WebhookApp(Webhook(secret=SECRET), fail, deduplicator=Deduplicator())
    assert [500, 500] == [await status(app, scope(), BODY) for _ in range(2)]


async def test_a_store_that_is_gone_is_a_failure() -> None:
    """A delivery that can't be noted is not handled, and comes again."""

    class GoneStore:
        async def add(self, key: str, ttl: float) -> bool:
            """Fail as a network does."""
            raise ConnectionError(key, ttl)

        has = discard = add  # type: ignore[assignment]

    deduplicator = Deduplicator(GoneStore())  # type: ignore[arg-type]
    app = WebhookApp(Webhook(secret=SECRET), ignore, deduplicator=deduplicator)
    assert 500 == await status(app, scope(), BODY)


@pytest.mark.parametrize("max_bytes", [0, -1, (1 << 20) + 1])
def test_the_largest_body_has_a_measure(max_bytes: int) -> None:
    """More than the library reads can't be asked for."""
    with pytest.raises(ConfigurationError, match="max_bytes"):
        WebhookApp(Webhook(secret=SECRET), ignore, max_bytes=max_bytes)


@pytest.mark.slow
def test_no_framework_is_imported() -> None:
    """The module stands on ASGI alone."""
    source = Path(asgi.__file__).read_text(encoding="utf-8")
    code = "import sys, systeme_async; before = set(sys.modules); "
    code += "import systeme_async.integrations.asgi; print(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"aiohttp", "starlette", "fastapi", "litestar", "uvicorn"})
    assert "aiohttp" not in source

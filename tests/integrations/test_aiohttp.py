"""The aiohttp receiver where it differs from the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
from aiohttp import web
from webhooks.deliveries import SALE, SECRET, headers

from systeme_async import ConfigurationError
from systeme_async.integrations.aiohttp import webhook_handler
from systeme_async.webhooks import Webhook

from .apps import PATH, serving_aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

WEBHOOK: Final = Webhook(secret=SECRET)


class Desk:
    """Remembers events."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    async def handle(self, event: Any) -> None:
        """Take an event in."""
        self.events.append(event)


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """Send a body without telling its length."""
    yield body


async def post(url: str, body: Any = SALE) -> int:
    """Send a delivery and return the status."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers("SALE_NEW", SALE)) as answer,
    ):
        return answer.status


async def test_a_body_that_was_read_before_is_still_there() -> None:
    """A middleware in front may look at the body; aiohttp keeps it."""

    @web.middleware
    async def look(request: web.Request, handler: Any) -> Any:
        assert await request.json()
        return await handler(request)

    desk = Desk()
    async with serving_aiohttp(webhook_handler(WEBHOOK, desk.handle), look) as url:
        assert 200 == await post(url)
    assert 1 == len(desk.events)


async def test_a_large_body_that_was_read_before_is_too_large() -> None:
    """Whoever read it, the measure is ours."""

    @web.middleware
    async def look(request: web.Request, handler: Any) -> Any:
        await request.read()
        return await handler(request)

    handler = webhook_handler(WEBHOOK, Desk().handle, max_bytes=100)
    async with serving_aiohttp(handler, look) as url:
        assert 413 == await post(url)
        assert 413 == await post(url, in_pieces(SALE))


async def test_the_router_may_choose_the_method() -> None:
    """`add_post` is all that is needed; other methods never reach the handler."""
    desk = Desk()
    app = web.Application()
    app.router.add_post(PATH, webhook_handler(WEBHOOK, desk.handle))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    assert 200 == await post(url)
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert 405 == answer.status
    await runner.cleanup()
    assert 1 == len(desk.events)


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 500\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{",
        b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzi",
    ],
)
async def test_a_body_that_breaks_off_is_no_delivery(sent: bytes) -> None:
    """Whoever hangs up, or sends broken chunks, is answered and leaves nothing behind."""
    answered: list[int] = []

    @web.middleware
    async def look(request: web.Request, handler: Any) -> Any:
        answer = await handler(request)
        answered.append(answer.status)
        return answer

    desk = Desk()
    async with serving_aiohttp(webhook_handler(WEBHOOK, desk.handle), look) as url:
        port = int(url.split(":")[2].partition("/")[0])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /systeme HTTP/1.1\r\nHost: x\r\n" + sent)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert 200 == await post(url)
    assert 1 == len(desk.events)
    # Some of it aiohttp refuses before a handler hears of it.
    assert answered in [[400, 200], [200]]


def test_the_largest_body_has_a_measure() -> None:
    """More than the library reads can't be asked for."""
    with pytest.raises(ConfigurationError, match="max_bytes"):
        webhook_handler(WEBHOOK, Desk().handle, max_bytes=1 << 21)

"""Deliveries over HTTP into real applications: the same answers in every framework."""

from __future__ import annotations

import asyncio
import json
import logging
import zlib
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
from webhooks.deliveries import AUTOMATION, SALE, SECRET, headers, php

from systeme_async.webhooks import (
    AutomationEvent,
    AutomationHook,
    Deduplicator,
    SaleNew,
    Webhook,
)
from systeme_async.webhooks.body import MAX_BODY_BYTES

from .apps import FRAMEWORKS, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("framework", FRAMEWORKS)]

WEBHOOK: Final = Webhook(secret=SECRET)
HOOK: Final = AutomationHook(token="a token/of+the rule")


class Desk:
    """Handles events as it is told to, and remembers them."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.failing = False
        self.busy_for = 0.0

    async def handle(self, event: Any) -> None:
        """Take an event in."""
        await asyncio.sleep(self.busy_for)
        if self.failing:
            msg = "the database is gone"
            raise OSError(msg)
        self.events.append(event)


async def deliver(url: str, body: Any = SALE, **options: Any) -> tuple[int, bytes]:
    """Send a delivery as the server does, and return what it would look at."""
    signed = headers("SALE_NEW", body) if isinstance(body, bytes) else {}
    method = options.pop("method", "POST")
    written = {**signed, **options.pop("headers", {})}
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, url, data=body, headers=written, allow_redirects=False, **options
        ) as answer,
    ):
        return answer.status, await answer.read()


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """Send a body without telling its length."""
    for part in parts:
        yield part
        await asyncio.sleep(0)


async def test_a_delivery_becomes_an_event(framework: str) -> None:
    """It is answered with an empty 200, and the callback has the event."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        assert (200, b"") == await deliver(url)
    (event,) = desk.events
    assert isinstance(event, SaleNew)
    assert (15460129, "SALE_NEW") == (event.order_item_id, event.delivery.event)


async def test_a_body_in_pieces_is_put_together(framework: str) -> None:
    """Chunks say nothing about the body."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        body = pieces(SALE[:7], SALE[7:500], SALE[500:])
        assert (200, b"") == await deliver(url, body, headers=headers("SALE_NEW", SALE))
    assert 1 == len(desk.events)


@pytest.mark.parametrize(
    "changed",
    [
        {"x-webhook-signature": "0" * 64},
        {"x-webhook-signature": ""},
        {"x-webhook-signature": "x" * 4_000},
        {"x-webhook-event": "CONTACT_CREATED"},
    ],
)
async def test_what_is_not_genuine_is_unauthorized(
    framework: str, changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """It is answered without a word of why; the log has it."""
    desk = Desk()
    with caplog.at_level(logging.WARNING, "systeme_async"):
        async with serving(framework, WEBHOOK, desk.handle) as url:
            assert (401, b"") == await deliver(url, headers=changed)
    assert [] == desk.events
    assert "a delivery was refused" in caplog.text


async def test_a_stranger_is_unauthorized(framework: str) -> None:
    """Whoever happens upon the address learns nothing."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        assert (401, b"") == await deliver(url, json.dumps({"contact": {"id": 1}}))
        assert (401, b"") == await deliver(url, b"", headers={"x-webhook-signature": "0" * 64})
    assert [] == desk.events


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"orderItem":{}}', b"[" * 100_000])
async def test_what_is_genuine_and_makes_no_sense_is_bad(framework: str, body: bytes) -> None:
    """400: it comes again, until somebody has looked at it."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        assert (400, b"") == await deliver(url, body)
    assert [] == desk.events


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_not_allowed(framework: str, method: str) -> None:
    """Deliveries are POSTs."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        assert (405, b"") == await deliver(url, method=method)
    assert [] == desk.events


async def test_a_large_body_is_too_large(framework: str) -> None:
    """Announced or not, it is not read to its end, and the next delivery is served."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle, max_bytes=2_000) as url:
        large = b" " * 2_001
        assert (413, b"") == await deliver(url, large)
        assert (413, b"") == await deliver(url, pieces(*[b" " * 500] * 5))
        assert (200, b"") == await deliver(url)
        assert (400, b"") == await deliver(url, b" " * 2_000)


async def test_the_largest_body_is_read(framework: str) -> None:
    """Up to 1 MiB, unless told otherwise."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        body = php({"orderItem": {"id": 1}, "x": "y" * (MAX_BODY_BYTES - 29)})
        assert len(body) == MAX_BODY_BYTES
        assert (200, b"") == await deliver(url, body)
        assert (413, b"") == await deliver(url, pieces(body, b" "))


async def test_a_callback_that_fails_is_logged_and_called_again(
    framework: str, caplog: pytest.LogCaptureFixture
) -> None:
    """500 makes the server repeat the delivery, and then it is handled."""
    desk = Desk()
    options = {"deduplicator": Deduplicator()}
    with caplog.at_level(logging.ERROR, "systeme_async"):
        async with serving(framework, WEBHOOK, desk.handle, **options) as url:
            desk.failing = True
            assert (500, b"") == await deliver(url)
            desk.failing = False
            assert (200, b"") == await deliver(url)
    assert 1 == len(desk.events)
    assert "the database is gone" in caplog.text
    assert {"systeme_async"} == {record.name for record in caplog.records}


async def test_a_duplicate_is_answered_and_not_handled(framework: str) -> None:
    """200 ends the retries."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle, deduplicator=Deduplicator()) as url:
        assert [(200, b"")] * 3 == [await deliver(url) for _ in range(3)]
    assert 1 == len(desk.events)


async def test_without_a_deduplicator_each_is_handled(framework: str) -> None:
    """Nothing is remembered that nobody asked for."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        assert [(200, b"")] * 2 == [await deliver(url) for _ in range(2)]
    assert 2 == len(desk.events)


async def test_a_retry_beside_the_first_attempt_comes_again(framework: str) -> None:
    """409 is no 2xx: if the attempt at work fails, the event is not lost."""
    desk = Desk()
    desk.busy_for = 5.0
    async with serving(framework, WEBHOOK, desk.handle, deduplicator=Deduplicator()) as url:
        answers = await asyncio.gather(*[deliver(url) for _ in range(4)])
        assert [200, 409, 409, 409] == sorted(status for status, _ in answers)
        assert (200, b"") == await deliver(url)
    assert 1 == len(desk.events)


async def test_automation_rules_bring_a_token(framework: str) -> None:
    """It is looked for in the address, once and to the letter."""
    desk = Desk()
    body = json.dumps(AUTOMATION)
    async with serving(framework, HOOK, desk.handle, deduplicator=Deduplicator()) as url:
        good = {"token": "a token/of+the rule"}
        assert (200, b"") == await deliver(url, body, params={**good, "x": "y"})
        assert (200, b"") == await deliver(url, body, params=good)
        assert (401, b"") == await deliver(url, body)
        assert (401, b"") == await deliver(url, body, params={"token": ""})
        assert (401, b"") == await deliver(url, body, params={"token": "wrong"})
        assert (401, b"") == await deliver(url, body, params=[*good.items(), *good.items()])
        assert (400, b"") == await deliver(url, "{}", params=good)
    (event,) = desk.events
    assert isinstance(event, AutomationEvent)
    assert "contact.course.enrolled" == event.type


async def test_a_compressed_body_does_no_harm(framework: str) -> None:
    """Little that inflates to much is too much, or not what was signed."""
    desk = Desk()
    async with serving(framework, WEBHOOK, desk.handle) as url:
        bomb = zlib.compress(b" " * 50_000_000)
        status, said = await deliver(url, bomb, headers={"content-encoding": "deflate"})
        assert (status, said) in {(413, b""), (401, b""), (400, b"")}
        assert (200, b"") == await deliver(url)

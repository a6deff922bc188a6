"""The postman: takes to the webhooks of an account what has happened there, again and again.

He leaves this machine for nobody: a url that is not on loopback is recorded as undeliverable.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from . import wire
from .deliveries import (
    DISABLED,
    TIMEOUT,
    Delivery,
    Message,
    Record,
    delays,
    uuid7,
    verdict,
)
from .hints import SECOND
from .rules import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .account import Account
    from .records import HeldEvent, HeldWebhook
    from .watch import Watch

AT_A_TIME: Final = 50
"""Attempts under way at once; who has to wait for one that hangs is not to blame for it."""
ELSEWHERE: Final = "undeliverable: not on this machine"


class Postman:
    """Delivers in the background from `start` to `aclose`."""

    def __init__(self, watch: Watch, *, seed: int, keep: bool) -> None:
        self.records: list[Delivery] = []
        self._watch = watch
        self._keep = keep
        self._dice = Random(seed)  # noqa: S311 - ids, not secrets
        self._standing: dict[tuple[Account, str], Record] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin; whatever is to be delivered from now on is delivered in this event loop."""
        self._loop = asyncio.get_running_loop()
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._http: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Drop what is not delivered yet."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    @property
    def pending(self) -> int:
        """How many messages are under way or waiting for their next attempt."""
        return len(self._tasks)

    def post(self, account: Account, event: str, body: Mapping[str, object]) -> None:
        """Send an event to every webhook of an account that wants to know."""
        content = wire.encode(body)
        self._in_loop(lambda: self._post(account, event, content))

    def collect(self, account: Account) -> None:
        """Send what has happened in an account since it was last asked."""
        self._in_loop(lambda: self._collect(account))

    async def done(self) -> None:
        """Wait until nothing is under way nor waiting for another attempt."""
        if asyncio.get_running_loop() is not self._loop:
            elsewhere = asyncio.run_coroutine_threadsafe(self.done(), self._loop)
            await asyncio.wrap_future(elsewhere)
            return
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _in_loop(self, act: Callable[[], None]) -> None:
        """Act in our own event loop, now or, from another thread, very soon."""
        if _running_loop() is self._loop:
            act()
        else:
            self._loop.call_soon_threadsafe(act)

    def _collect(self, account: Account) -> None:
        while account.happenings:
            happening = account.happenings.pop(0)
            self._post(account, happening.event, wire.encode(happening.body))

    def _post(self, account: Account, event: str, body: bytes) -> None:
        now = self._watch.now()
        for webhook in account.webhooks.values():
            subscription = webhook.subscription(event)
            if subscription is None or not _wanted(webhook, subscription):
                continue
            message = Message(
                id=uuid7(now, self._dice),
                event=event,
                schema_version=subscription.schema_version,
                happened=now,
                webhook_id=webhook.id,
                subscription_id=subscription.id,
                url=webhook.url,
                body=body,
            )
            task = self._loop.create_task(self._carry(account, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, account: Account, message: Message) -> None:
        """Take a message where it belongs until it is taken there or nobody wants it any more."""
        for attempt, delay in enumerate([*delays(), None], 1):
            async with self._turns:
                found = _addressee(account, message)
                if found is None:
                    return
                delivery = await self._attempt(message, attempt, found[0].secret)
            if delivery.failure == ELSEWHERE:
                return
            self._judge(account, message, delivered=delivery.delivered)
            if delivery.delivered:
                return
            if delay is not None:
                await asyncio.sleep(delay)

    def _judge(self, account: Account, message: Message, *, delivered: bool) -> None:
        now = self._watch.now()
        record = self._standing.setdefault((account, message.subscription_id), Record())
        too_often = record.note(now.since, delivered=delivered)
        found = _addressee(account, message)
        if too_often and found is not None:
            found[1].disabled_at = now.date
            found[1].disabled_reason = DISABLED

    async def _attempt(self, message: Message, attempt: int, secret: str) -> Delivery:
        now = self._watch.now()
        delivery = Delivery(
            at=now.since / SECOND,
            event=message.event,
            url=message.url,
            webhook_id=message.webhook_id,
            subscription_id=message.subscription_id,
            message_id=message.id,
            attempt=attempt,
            headers=message.headers(uuid7(now, self._dice), now, secret),
            body=message.body,
            failure="cut off",
        )
        try:
            delivery = await self._send(delivery)
        finally:
            if self._keep:
                self.records.append(delivery)
        return delivery

    async def _send(self, delivery: Delivery) -> Delivery:
        try:
            url = URL(delivery.url)
            if not stays_here(url):
                return replace(delivery, failure=ELSEWHERE)
            async with (
                asyncio.timeout(TIMEOUT),
                self._session().post(
                    url,
                    data=delivery.body,
                    headers=delivery.headers,
                    allow_redirects=False,
                ) as answer,
            ):
                return replace(delivery, status=answer.status, failure=verdict(answer.status))
        except TimeoutError:
            return replace(delivery, failure=f"no answer within {TIMEOUT:.0f} seconds")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return replace(delivery, failure=f"{type(error).__name__}: {error}")

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(),
            )
        return self._http


def stays_here(url: URL) -> bool:
    """Say whether a url leads to this machine."""
    return is_loopback(url.host or "")


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _wanted(webhook: HeldWebhook, subscription: HeldEvent) -> bool:
    return webhook.active and subscription.disabled_at is None


def _addressee(account: Account, message: Message) -> tuple[HeldWebhook, HeldEvent] | None:
    """Return who is still to get a message, or None where nobody is."""
    webhook = account.webhooks.get(message.webhook_id)
    subscription = None if webhook is None else webhook.subscription(message.event)
    if webhook is None or subscription is None or subscription.id != message.subscription_id:
        return None
    return (webhook, subscription) if _wanted(webhook, subscription) else None

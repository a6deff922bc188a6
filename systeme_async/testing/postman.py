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
from .deliveries import TIMEOUT, Office, verdict
from .errands import signed_errands
from .rules import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .account import Account
    from .books import Books
    from .deliveries import Delivery, Errand
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
        self._office = Office(Random(seed))  # noqa: S311 - ids, not secrets
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
        self._in_loop(
            lambda: self._run(
                signed_errands(account, event, content, self._office, self._watch.now())
            )
        )

    def collect(self, account: Books) -> None:
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

    def _collect(self, account: Books) -> None:
        while account.happenings:
            happening = account.happenings.pop(0)
            self._run(account.errands(happening, self._office, self._watch.now()))

    def _run(self, errands: Sequence[Errand]) -> None:
        for errand in errands:
            task = self._loop.create_task(self._carry(errand))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, errand: Errand) -> None:
        """Take a message where it belongs until it is taken there or nobody wants it any more."""
        for number, delay in enumerate([*errand.delays(), None], 1):
            async with self._turns:
                delivery = errand.attempt(number, self._watch.now())
                if delivery is None:
                    return
                delivery = await self._attempt(delivery)
            if delivery.failure == ELSEWHERE:
                return
            errand.judge(delivery, self._watch.now())
            if delivery.delivered:
                return
            if delay is not None:
                await asyncio.sleep(delay)

    async def _attempt(self, delivery: Delivery) -> Delivery:
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

"""Where no quota is told: as many in flight as the server carries, between eight and all."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import (
    ClientStateError,
    Lane,
    NotSentError,
    OutcomeUnknownError,
    Quota,
    SystemeError,
)
from systeme_async._core.adaptive import AdaptiveConcurrency
from systeme_async._core.budget import Budget
from systeme_async._core.slots import Slots
from systeme_async._core.stores.memory import MemoryStore
from systeme_async.testing import Faults, Sandbox

from .pair import client, now, turns
from .raw import NO_TAGS, Delivery, RawServer, answer
from .test_maton import via

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio

TOLD = ("X-RateLimit-Limit: 1000", "X-RateLimit-Remaining: 900", "X-RateLimit-Refill: 60")


def width(systeme: Systeme) -> int:
    """Look how many may be in flight."""
    return systeme._caller.session.slots.most


async def demand(systeme: Systeme, calls: int) -> list[Any]:
    """Make calls, all at once."""
    return await asyncio.gather(
        *(systeme.tags.find("VIP") for _ in range(calls)), return_exceptions=True
    )


class Loaded:
    """A server that works at so many requests at once, and lets the others wait in line."""

    api_key = RawServer.api_key

    def __init__(self, capacity: int, *lines: str) -> None:
        self.room = asyncio.Semaphore(capacity)
        self.seconds = 0.2
        self.lines = lines
        self.in_flight = 0
        self.peaks: list[int] = []

    async def __call__(self, _: Delivery, writer: asyncio.StreamWriter) -> None:
        """Work at one request."""
        self.in_flight += 1
        self.peaks.append(self.in_flight)
        async with self.room:
            await asyncio.sleep(self.seconds)
        self.in_flight -= 1
        writer.write(answer(200, NO_TAGS, *self.lines))


# Between eight and all


async def test_a_client_begins_with_eight() -> None:
    """Until the server has shown that it carries them, no more than eight are in flight."""
    async with (
        Sandbox(faults=Faults(latency=1)) as sandbox,
        client(sandbox, concurrency=64) as systeme,
    ):
        calls = asyncio.create_task(demand(systeme, 100))
        await asyncio.sleep(2.5)
        assert 8 == sandbox.peak_in_flight == width(systeme)
        await calls
        assert 32 <= sandbox.peak_in_flight <= 64
    assert sandbox.received == 100


@pytest.mark.parametrize("concurrency", [1, 3, 8, 9, 20])
async def test_concurrency_is_reached_and_never_exceeded(concurrency: int) -> None:
    """A server that stays quick has all of them in flight, soon."""
    async with (
        Sandbox(faults=Faults(latency=0.2)) as sandbox,
        client(sandbox, concurrency=concurrency) as systeme,
    ):
        await demand(systeme, 100)
    assert sandbox.peak_in_flight == concurrency


@pytest.mark.parametrize("quota", [Quota(1_000), "webinar"])
async def test_a_configured_quota_has_all_of_them_from_the_beginning(quota: Any) -> None:
    """It is a quota that nobody needs to find out, though the server says nothing."""
    async with (
        Sandbox(faults=Faults(latency=1)) as sandbox,
        client(sandbox, quota=quota, concurrency=40) as systeme,
    ):
        assert 40 == width(systeme)
        calls = asyncio.create_task(demand(systeme, 100))
        await asyncio.sleep(7.5)
        assert sandbox.peak_in_flight == 40
        await calls


async def test_a_quota_that_is_told_opens_all_of_them() -> None:
    """The answer that tells of a quota says how many may leave; they do so at once."""
    async with (
        Sandbox(quota=Quota(1_000), faults=Faults(latency=1)) as sandbox,
        client(sandbox, concurrency=40) as systeme,
    ):
        calls = asyncio.create_task(demand(systeme, 100))
        await asyncio.sleep(1.9)
        assert 40 == sandbox.in_flight == width(systeme)
        await calls


async def test_a_quota_that_is_told_late_opens_all_of_them() -> None:
    """A server that begins to send the headers is understood from then on."""
    script = [answer(200, NO_TAGS)] * 5 + [answer(200, NO_TAGS, *TOLD)]
    async with RawServer(*script) as server, client(server, concurrency=50) as systeme:
        await demand(systeme, 5)
        assert 8 == width(systeme)
        await demand(systeme, 1)
        assert 50 == width(systeme)


async def test_a_quota_under_which_the_server_is_slow_or_fails_is_used_all_the_same() -> None:
    """With a quota it is the quota that says how many leave, as ever."""
    server = Loaded(2, *TOLD)
    async with RawServer(server) as raw, client(raw, concurrency=30) as systeme:
        await demand(systeme, 100)
        assert 30 == width(systeme) == max(server.peaks)


async def test_all_copies_of_a_client_share_the_width() -> None:
    """`with_options` makes no room of its own, in neither lane."""
    async with Sandbox(faults=Faults(latency=1)) as sandbox, client(sandbox) as systeme:
        copies = [systeme.with_options(lane=lane, timeout=5 + lane) for lane in Lane]
        calls = [asyncio.create_task(demand(copy, 50)) for copy in copies]
        await asyncio.sleep(2.5)
        assert 8 == sandbox.peak_in_flight
        await asyncio.gather(*calls)
        assert 20 == sandbox.peak_in_flight


# What narrows


@pytest.fixture
async def busy() -> AsyncIterator[tuple[Sandbox, Systeme]]:
    """Open a sandbox without a quota, and a client that has grown to forty in flight."""
    async with (
        Sandbox(faults=Faults(latency=0.2)) as sandbox,
        client(sandbox, concurrency=40) as systeme,
    ):
        await demand(systeme, 200)
        assert 40 == width(systeme)
        yield sandbox, systeme


async def test_a_storm_of_5xx_narrows_it_and_calm_widens_it(busy: tuple[Sandbox, Systeme]) -> None:
    """Down to eight within some round trips, and up by one in each after that."""
    sandbox, systeme = busy
    sandbox.inject("failed", times=80)
    await demand(systeme, 60)
    assert 80 == sum(request.status in (500, 502, 503) for request in sandbox.requests)
    narrow = width(systeme)
    assert 8 <= narrow <= 16
    await demand(systeme, 300)
    assert narrow + 8 <= width(systeme) <= 40


async def test_one_burst_narrows_it_once(busy: tuple[Sandbox, Systeme]) -> None:
    """Forty failures of requests that were under way together take three tenths, no more."""
    sandbox, systeme = busy
    sandbox.inject("failed", times=40)
    await asyncio.gather(
        *(systeme.with_options(max_attempts=1).tags.find("VIP") for _ in range(40)),
        return_exceptions=True,
    )
    assert 28 == width(systeme)


@pytest.mark.parametrize(
    "fault", ["lost", "reset", "failed_after", "truncated", "hang", "throttle"]
)
async def test_whatever_a_busy_server_does_narrows_it(
    busy: tuple[Sandbox, Systeme], fault: Any
) -> None:
    """A lost connection, a 5xx, a 429, and an answer that does not come."""
    sandbox, systeme = busy
    sandbox.inject(fault)
    await demand(systeme.with_options(timeout=2), 1)
    assert 28 == width(systeme)


@pytest.mark.parametrize("fault", ["unauthorized", "redirect", "html", "empty"])
async def test_a_refusal_says_nothing_of_load(busy: tuple[Sandbox, Systeme], fault: Any) -> None:
    """What was wrong with the request, or odd about the answer, narrows nothing."""
    sandbox, systeme = busy
    sandbox.inject(fault)
    [error] = await demand(systeme, 1)
    assert isinstance(error, SystemeError)
    assert 40 == width(systeme)


async def test_a_server_that_nobody_reaches_narrows_it() -> None:
    """A connection that is refused is a failure as well."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(RawServer(answer(200, NO_TAGS)))
        async with client(server, concurrency=16, max_attempts=1) as systeme:
            await demand(systeme, 100)
            before = width(systeme)
            await stack.aclose()
            await turns()
            [error] = await demand(systeme, 1)
            assert isinstance(error, NotSentError)
            assert (16, 11) == (before, width(systeme))


@pytest.mark.parametrize("capacity", [8, 12, 20])
async def test_a_server_that_gets_slow_has_less_in_flight(capacity: int) -> None:
    """It has enough to do all the time, and no long line; that is what latency tells."""
    server = Loaded(capacity)
    async with RawServer(server) as raw, client(raw, concurrency=64) as systeme:
        began = now()
        await demand(systeme, 1_000)
        seconds = now() - began
    assert max(server.peaks) <= 4 * capacity
    assert max(server.peaks[500:]) <= 2 * capacity
    assert 1_000 / seconds >= 0.85 * capacity / 0.2


async def test_who_is_narrowed_can_read_it_in_the_log(
    busy: tuple[Sandbox, Systeme], caplog: pytest.LogCaptureFixture
) -> None:
    """One line, with method and path and what is left."""
    sandbox, systeme = busy
    sandbox.inject("failed")
    with caplog.at_level(logging.INFO, "systeme_async"):
        await demand(systeme, 1)
    lines = [record.getMessage() for record in caplog.records]
    assert "GET /api/tags shows that the server is busy: 28 in flight at most" in lines


# What does not


async def test_a_deadline_that_is_too_short_narrows_nothing(busy: tuple[Sandbox, Systeme]) -> None:
    """A caller that waits less than an answer usually takes says nothing of the server."""
    _, systeme = busy
    with pytest.raises(SystemeError):
        await systeme.with_options(deadline=0.1).tags.find("VIP")
    assert 40 == width(systeme)


async def test_a_timeout_narrows_it_however_short_it_is(busy: tuple[Sandbox, Systeme]) -> None:
    """What is given to one attempt is what the caller holds to be enough for an answer."""
    sandbox, systeme = busy
    sandbox.inject("hang")
    await demand(systeme.with_options(timeout=0.5, max_attempts=1), 1)
    assert 28 == width(systeme)


async def test_a_deadline_that_is_long_narrows_it(busy: tuple[Sandbox, Systeme]) -> None:
    """One that has waited much longer than usual does."""
    sandbox, systeme = busy
    sandbox.inject("hang")
    with pytest.raises(SystemeError):
        await systeme.with_options(deadline=2).tags.find("VIP")
    assert 28 == width(systeme)


@pytest.mark.parametrize(("seconds", "left"), [(0.1, 40), (3, 28)])
async def test_cancelled_calls_leave_their_place(
    busy: tuple[Sandbox, Systeme], seconds: float, left: int
) -> None:
    """Who is cancelled makes room at once; only who has waited long tells of the server."""
    sandbox, systeme = busy
    sandbox.inject("hang", times=40)
    calls = [asyncio.create_task(systeme.tags.find("VIP")) for _ in range(60)]
    await asyncio.sleep(seconds)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert left == width(systeme)
    assert 0 == systeme._caller.session.slots.taken
    assert [None] * 60 == await demand(systeme, 60)


async def test_the_gateways_own_429_narrows_nothing() -> None:
    """It is about requests a second, and the pace keeps those."""
    async with Sandbox(faults=Faults(latency=0.2)) as sandbox, via(sandbox) as systeme:
        await demand(systeme, 20)
        sandbox.maton.rate = 1
        await demand(systeme, 3)
        assert sandbox.maton.throttled
        assert 8 <= width(systeme)
        sandbox.maton.rate = None
        await demand(systeme, 20)


async def test_a_closed_client_leaves_nobody_behind() -> None:
    """Those under way and those who wait for the width end with an error, and at once."""
    async with Sandbox(faults=Faults(latency=1)) as sandbox:
        systeme = client(sandbox)
        calls = asyncio.create_task(demand(systeme, 40))
        await asyncio.sleep(2.5)
        assert 8 == sandbox.in_flight
        await systeme.aclose()
        ended = await calls
    assert all(result is None or isinstance(result, SystemeError) for result in ended)
    assert sum(isinstance(result, ClientStateError) for result in ended) >= 15
    assert now() < 3


# Together with the window of a quota that nobody tells


async def test_eight_do_not_leave_in_a_pause() -> None:
    """After a 429 without a hint the pause holds, then one goes ahead; the eight wait for it."""
    refusal = answer(429)
    seconds = 0.5

    def script(value: bytes) -> Callable[[Delivery, asyncio.StreamWriter], Awaitable[None]]:
        async def act(_: Delivery, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(seconds)
            writer.write(value)

        return act

    good = script(answer(200, NO_TAGS))
    async with RawServer(*[good] * 30, script(refusal), good) as server, client(server) as systeme:
        await demand(systeme, 30)
        assert width(systeme) > 8
        assert [None] * 60 == await demand(systeme, 60)
        assert 1 == systeme.budget.snapshot().throttled
        at = [delivery.at for delivery in server.deliveries]
    refused_at = at[30] + seconds
    under_way = [instant for instant in at if instant <= refused_at]
    later = at[len(under_way) :]
    assert later[0] - refused_at >= 4
    assert later[1] - later[0] >= seconds
    assert sum(instant < later[1] + seconds / 2 for instant in later[1:]) < 8


@pytest.mark.parametrize("shape", ["fixed", "sliding", "continuous"])
async def test_a_quota_that_nobody_tells_hangs_nobody(shape: Any) -> None:
    """Pauses, windows and width together let all calls through."""
    async with (
        Sandbox(quota=Quota(30), shape=shape, headers=None, retry_after=None) as sandbox,
        client(sandbox, max_attempts=20) as systeme,
    ):
        assert [None] * 200 == await demand(systeme, 200)
    assert sandbox.received - sandbox.throttled == 200


async def test_a_write_in_doubt_narrows_it_too(busy: tuple[Sandbox, Systeme]) -> None:
    """A creation that is not repeated has failed all the same."""
    sandbox, systeme = busy
    sandbox.inject("lost")
    with pytest.raises(OutcomeUnknownError):
        await systeme.tags.create("VIP")
    assert 28 == width(systeme)


# Switching


async def test_it_switches_when_a_quota_appears_and_when_it_is_forgotten() -> None:
    """A shared budget can be begun anew, with nothing known; what was learnt stays learnt."""
    slots, store = Slots(20), MemoryStore(Quota(), lambda: 0)
    adaptive = AdaptiveConcurrency(slots, store, now)
    call: Any = None
    trip: Any = None
    assert 8 == slots.most
    flight = adaptive.left()
    assert flight is not None
    store._budget.credit = 5
    adaptive.learn(None, trip)
    assert 20 == slots.most
    assert adaptive.left() is None
    adaptive.given_up(None, call)
    adaptive.landed(None)
    store._budget = Budget(Quota())
    adaptive.learn(None, trip)
    assert 8 == slots.most
    store._budget.limit = 60
    adaptive.learn(None, trip)
    assert 20 == slots.most

"""The budget on the wire: one pause for everybody, deadlines, lanes, copies that share."""

from __future__ import annotations

import asyncio
import cProfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import (
    DeadlineExceededError,
    Lane,
    NotSentError,
    OutcomeUnknownError,
    Quota,
    RateLimitedError,
    SystemeError,
)
from systeme_async.testing import Faults, Sandbox

from .pair import client, now, turns
from .raw import NO_TAGS, RawServer, answer

if TYPE_CHECKING:
    from systeme_async import Systeme

pytestmark = pytest.mark.anyio


def seconds_until(moment: datetime | None) -> float:
    """Say how far ahead of now an instant for people is."""
    assert moment is not None
    assert moment.tzinfo is UTC
    return (moment - datetime.now(UTC)).total_seconds()


async def spend(systeme: Systeme, requests: int) -> None:
    """Send so many requests, one after the other."""
    for _ in range(requests):
        await systeme.tags.find("VIP")


# 429


async def test_one_pause_for_everybody() -> None:
    """After a 429 nobody sends until it is over; then one request goes ahead of the others."""
    async with (
        Sandbox(quota=Quota(60), faults=Faults(latency=1)) as sandbox,
        client(sandbox) as systeme,
    ):
        await spend(systeme, 1)
        sandbox.inject("throttle")
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(30)))
        throttled = next(request for request in sandbox.requests if request.status == 429)
        later = [request for request in sandbox.requests if request.at > throttled.at + 1]
        probe, *others = later
        assert probe.at >= throttled.at + 30
        assert all(other.at >= probe.at + 1 for other in others)
        assert len(others) >= 10
        assert sandbox.throttled == 1
        assert systeme.budget.snapshot().throttled == 1


async def test_a_pause_can_be_seen() -> None:
    """While everybody waits, the budget says until when."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("throttle")
        call = asyncio.create_task(systeme.tags.find("VIP"))
        await asyncio.sleep(1)
        budget = systeme.budget.snapshot()
        assert (budget.waiting, budget.in_flight, budget.throttled) == (1, 0, 1)
        assert seconds_until(budget.paused_until) == pytest.approx(29, abs=2)
        await call
        assert systeme.budget.snapshot().paused_until is None


@pytest.mark.parametrize("headers", ["seconds", "float", "epoch", "ms", "date"])
@pytest.mark.parametrize("shape", ["fixed", "sliding", "continuous"])
async def test_no_quota_is_overrun(shape: Any, headers: Any) -> None:
    """Whatever the shape of the quota and the form of its hints, all calls get through."""
    async with (
        Sandbox(
            quota=Quota(20), shape=shape, headers=headers, faults=Faults(latency=0.2)
        ) as sandbox,
        client(sandbox) as systeme,
    ):
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(70)))
        assert sandbox.throttled == 0
        assert sandbox.received == 70
        assert now() <= 4.2 * 60


@pytest.mark.parametrize("shape", ["fixed", "sliding", "continuous"])
async def test_a_quota_without_any_hint_costs_no_call(shape: Any) -> None:
    """A server that says 429 and nothing else is waited for: waiting was not forbidden."""
    async with (
        Sandbox(quota=Quota(20), shape=shape, headers=None) as sandbox,
        client(sandbox) as systeme,
    ):
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(70)))
        assert now() <= 600
    assert sandbox.received - sandbox.throttled == 70


async def test_neighbors_are_noticed() -> None:
    """Where others spend of the same quota, a 429 now and then costs nobody a call."""
    async with (
        Sandbox(quota=Quota(30), rivals=0.25, faults=Faults(latency=0.1)) as sandbox,
        client(sandbox) as systeme,
    ):
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(60)))
        assert sandbox.throttled <= 3


async def test_a_call_that_may_not_wait() -> None:
    """With one attempt a 429 comes out at once and says when there will be room."""
    async with Sandbox() as sandbox, client(sandbox, max_attempts=1) as systeme:
        sandbox.inject("throttle")
        with pytest.raises(RateLimitedError) as caught:
            await systeme.tags.find("VIP")
        assert now() < 1
    error = caught.value
    assert seconds_until(error.retry_at) == pytest.approx(30, abs=2)
    assert (error.status, error.attempts, error.request) == (429, 1, "GET /api/tags")
    assert error.headers["RETRY-AFTER"] == "30"
    assert sandbox.received == 1


async def test_a_429_without_a_hint() -> None:
    """A server that does not say how long is asked again after a pause of our own."""
    script = (answer(429), answer(429), answer(200, NO_TAGS))
    async with RawServer(*script) as server, client(server) as systeme:
        await systeme.tags.find("VIP")
    first, second, third = (delivery.at for delivery in server.deliveries)
    assert 0.9 <= second - first <= 60
    assert second - first < third - second <= 60


@pytest.mark.parametrize("hint", ["-5", "nonsense", "1e9", "99999999999999999999", "", "NaN"])
async def test_a_hint_that_cannot_be_believed(hint: str) -> None:
    """A Retry-After that makes no sense neither hangs the client nor lets it hammer."""
    script = (answer(429, None, f"Retry-After: {hint}"), answer(200, NO_TAGS))
    async with RawServer(*script) as server, client(server) as systeme:
        await systeme.tags.find("VIP")
        assert systeme.budget.snapshot().ignored == 1
    first, second = (delivery.at for delivery in server.deliveries)
    assert 0.9 <= second - first <= 60


# Deadlines


async def test_no_room_before_the_deadline() -> None:
    """A call that can't start in time fails at once, unsent, and says when to come again."""
    async with Sandbox(quota=Quota(3)) as sandbox, client(sandbox) as systeme:
        await spend(systeme, 3)
        began = now()
        with pytest.raises(DeadlineExceededError) as caught:
            await systeme.with_options(deadline=10).tags.create("VIP")
        assert now() - began == 0
        assert systeme.budget.snapshot().waiting == 0
        assert sandbox.received == 3
        await asyncio.sleep(61)
        await systeme.with_options(deadline=10).tags.create("VIP")
    error = caught.value
    assert isinstance(error, TimeoutError)
    assert error.request == "POST /api/tags"
    assert seconds_until(error.retry_at) == pytest.approx(60, abs=3)


async def test_room_before_the_deadline() -> None:
    """A call that can start in time waits for it."""
    async with Sandbox(quota=Quota(3)) as sandbox, client(sandbox, deadline=70) as systeme:
        await spend(systeme, 4)
        assert 60 <= now() <= 62
    assert sandbox.received == 4


async def test_a_deadline_during_a_pause() -> None:
    """A 429 that asks for more than there is time for comes out at once."""
    async with Sandbox() as sandbox, client(sandbox, deadline=10) as systeme:
        sandbox.inject("throttle")
        began = now()
        with pytest.raises(RateLimitedError) as caught:
            await systeme.tags.find("VIP")
        assert now() - began < 0.1
        assert seconds_until(caught.value.retry_at) == pytest.approx(30, abs=2)
        with pytest.raises(DeadlineExceededError) as later:
            await systeme.tags.find("VIP")
    assert sandbox.received == 1
    assert seconds_until(later.value.retry_at) == pytest.approx(30, abs=2)


async def test_a_deadline_behind_others() -> None:
    """Standing behind more calls than the next refill serves, a call ends by its deadline."""
    async with Sandbox(quota=Quota(5)) as sandbox, client(sandbox) as systeme:
        await spend(systeme, 5)
        others = [asyncio.create_task(systeme.tags.find("VIP")) for _ in range(12)]
        await turns()
        with pytest.raises(DeadlineExceededError):
            await systeme.with_options(deadline=70).tags.find("VIP")
        assert now() <= 70.1
        await asyncio.gather(*others)
    assert sandbox.received == 17
    assert sandbox.throttled == 0


async def test_a_deadline_cuts_a_read_off() -> None:
    """A read that has no answer by then ends then, as DeadlineExceededError."""
    async with (
        Sandbox(faults=Faults(latency=20)) as sandbox,
        client(sandbox, deadline=5) as systeme,
    ):
        with pytest.raises(DeadlineExceededError) as caught:
            await systeme.tags.find("VIP")
        assert 5 <= now() <= 5.1
        assert systeme.budget.snapshot().in_flight == 0
    assert caught.value.request == "GET /api/tags"


async def test_a_deadline_cuts_a_write_off() -> None:
    """A write that has no answer by then ends then, in doubt."""
    async with (
        Sandbox(faults=Faults(latency=20)) as sandbox,
        client(sandbox, deadline=5) as systeme,
    ):
        for call in (systeme.tags.create("VIP"), systeme.contacts.update(1, first_name="Jo")):
            began = now()
            with pytest.raises(OutcomeUnknownError):
                await call
            assert 5 <= now() - began <= 5.1


async def test_a_deadline_ends_the_repeats() -> None:
    """Repeats and their backoff happen within the deadline or not at all."""
    async with (
        RawServer(answer(503)) as server,
        client(server, deadline=3, max_attempts=99) as systeme,
    ):
        with pytest.raises(SystemeError) as caught:
            await systeme.tags.get(1)
        assert now() <= 3.1
    assert caught.value.attempts == len(server.deliveries) > 1  # type: ignore[attr-defined]


async def test_a_deadline_with_nobody_to_connect_to() -> None:
    """A port that stays closed ends by the deadline, and says that nothing left."""
    async with RawServer(answer()) as server:
        url = server.url
    server.url = url
    async with client(server, deadline=3, max_attempts=99) as systeme:
        with pytest.raises(NotSentError):
            await systeme.tags.create("VIP")
        assert now() <= 3.1


async def test_deadlines_of_many() -> None:
    """Of many calls with one deadline those go through that fit, and all others end in time."""
    async with Sandbox(quota=Quota(10)) as sandbox, client(sandbox, deadline=90) as systeme:
        ended = await asyncio.gather(
            *(systeme.tags.find("VIP") for _ in range(50)), return_exceptions=True
        )
        assert now() <= 90.1
        late = [result for result in ended if isinstance(result, DeadlineExceededError)]
        assert len(late) == 30
        assert ended.count(None) == 20
        assert sandbox.received == 20
        await asyncio.sleep(60)
        await systeme.tags.find("VIP")


# Copies and lanes


async def test_copies_share_everything() -> None:
    """A copy has its own options and the same session, budget and end."""
    async with Sandbox(quota=Quota(5)) as sandbox, client(sandbox) as systeme:
        copy = systeme.with_options(timeout=3, max_attempts=1, lane=Lane.BULK)
        await spend(systeme, 2)
        await spend(copy, 2)
        mine, its = systeme.budget.snapshot(), copy.budget.snapshot()
        assert (mine.requests, mine.remaining) == (its.requests, its.remaining) == (4, 1)
        sandbox.inject("failed", times=2)
        with pytest.raises(SystemeError):
            await copy.tags.find("VIP")
    assert sandbox.received == 5


async def test_interactive_calls_go_first() -> None:
    """A person waits behind none of 500 bulk calls."""
    async with Sandbox(quota=Quota(30)) as sandbox, client(sandbox, concurrency=5) as systeme:
        bulk = systeme.with_options(lane=Lane.BULK)
        jobs = [asyncio.create_task(bulk.tags.find("bulk")) for _ in range(500)]
        await asyncio.sleep(1)
        assert systeme.budget.snapshot().waiting >= 450
        before = sandbox.received
        await systeme.tags.find("mine")
        names = [request.query["query"] for request in sandbox.requests[before:]]
        assert names.index("mine") <= 1
        assert now() <= 62
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def test_interactive_calls_starve_nobody() -> None:
    """While interactive calls keep coming, a bulk call gets its turn now and then."""
    async with (
        Sandbox(faults=Faults(latency=1)) as sandbox,
        client(sandbox, concurrency=1) as systeme,
    ):
        calls = [asyncio.create_task(systeme.tags.find("mine")) for _ in range(100)]
        await turns()
        bulk = asyncio.create_task(systeme.with_options(lane=Lane.BULK).tags.find("bulk"))
        await bulk
        assert now() <= 15
        await asyncio.gather(*calls)
    assert sandbox.received == 101


async def test_first_come_first_served() -> None:
    """Calls of one lane leave in the order in which they came."""
    async with Sandbox(quota=Quota(7)) as sandbox, client(sandbox, concurrency=1) as systeme:
        await asyncio.gather(*(systeme.tags.find(f"{number:02}") for number in range(40)))
    names = [request.query["query"] for request in sandbox.requests]
    assert sorted(names) == names


@pytest.mark.parametrize("concurrency", [1, 3, 20])
async def test_concurrency_is_a_ceiling(concurrency: int) -> None:
    """So many requests are under way and never more."""
    async with (
        Sandbox(faults=Faults(latency=1)) as sandbox,
        client(sandbox, concurrency=concurrency) as systeme,
    ):
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(100)))
    assert sandbox.peak_in_flight == concurrency


@pytest.mark.parametrize("max_wait", [0, 5])
async def test_a_call_that_would_wait_too_long_is_told_at_once(max_wait: float) -> None:
    """Nothing of it is sent, and it says when there will be room."""
    async with Sandbox(quota=Quota(10)) as sandbox, client(sandbox) as systeme:
        await spend(systeme, 10)
        began = now()
        with pytest.raises(RateLimitedError) as caught:
            await systeme.with_options(max_wait=max_wait).tags.find("VIP")
        assert now() == pytest.approx(began, abs=0.1)
        assert seconds_until(caught.value.retry_at) == pytest.approx(60, abs=2)
        assert (caught.value.attempts, caught.value.status) == (0, 429)
        assert sandbox.received == 10
        assert systeme.budget.snapshot().waiting == 0


async def test_a_call_that_never_waits_goes_where_there_is_room() -> None:
    """Also as the first of all, and as the last that there is room for."""
    async with Sandbox(quota=Quota(10)) as sandbox, client(sandbox, max_wait=0) as systeme:
        await spend(systeme, 10)
        with pytest.raises(RateLimitedError):
            await spend(systeme, 1)
        await asyncio.sleep(61)
        await spend(systeme, 1)
    assert sandbox.received == 11


async def test_a_refusal_is_not_waited_for_longer_than_allowed() -> None:
    """A 429 whose pause is longer is the caller's error; a shorter one is waited for."""
    async with Sandbox(quota=Quota(60)) as sandbox, client(sandbox) as systeme:
        await spend(systeme, 1)
        sandbox.inject("throttle")
        with pytest.raises(RateLimitedError) as caught:
            await systeme.with_options(max_wait=2).tags.find("VIP")
        assert caught.value.attempts == 1
        assert seconds_until(caught.value.retry_at) > 2
        await systeme.with_options(max_wait=90).tags.find("VIP")


async def test_the_shorter_of_wait_and_deadline_counts() -> None:
    """A deadline that ends first is a deadline's error."""
    async with Sandbox(quota=Quota(10)) as sandbox, client(sandbox) as systeme:
        await spend(systeme, 10)
        with pytest.raises(DeadlineExceededError):
            await systeme.with_options(max_wait=5, deadline=2).tags.find("VIP")
        with pytest.raises(RateLimitedError):
            await systeme.with_options(max_wait=2, deadline=5).tags.find("VIP")


async def test_a_share_leaves_room_for_others() -> None:
    """With a share of 0.8 the client sends four fifths of the quota in a window."""
    async with (
        Sandbox(quota=Quota(20), faults=Faults(latency=0.1)) as sandbox,
        client(sandbox, quota=Quota(share=0.8)) as systeme,
    ):
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(40)))
        first_window = [request for request in sandbox.requests if request.at < 59]
    assert len(first_window) == 16
    assert sandbox.throttled == 0


async def test_a_configured_quota_needs_no_headers() -> None:
    """Where the server is silent, the plan that was named is kept."""
    async with RawServer(answer(200, NO_TAGS)) as server, client(server, quota="free") as systeme:
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(90)))
    times = [delivery.at for delivery in server.deliveries]
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[30:], strict=False))
    assert len(times) == 90


async def work_of_waiting(calls: int, deadline: float | None) -> int:
    """Count the function calls that it takes to bring so many calls into line, and out again."""
    async with Sandbox(quota=Quota(2)) as sandbox, client(sandbox, deadline=deadline) as systeme:
        await spend(systeme, 2)
        profile = cProfile.Profile()
        profile.enable()
        waiting = [asyncio.create_task(systeme.tags.get(1)) for _ in range(calls)]
        await turns(3)
        assert systeme.budget.snapshot().waiting == calls
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        profile.disable()
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.slow
@pytest.mark.parametrize("deadline", [None, 1e6])
async def test_waiting_costs_each_call_the_same(deadline: float | None) -> None:
    """Twice as many calls in line are twice the work, not four times."""
    few, many = [await work_of_waiting(count, deadline) for count in (300, 600)]
    assert many < 3 * few


# Cancelling


async def test_a_cancelled_waiter_gives_way() -> None:
    """Who leaves the line leaves no gap: the others get through at the next refill."""
    async with Sandbox(quota=Quota(5)) as sandbox, client(sandbox) as systeme:
        await spend(systeme, 5)
        waiting = [asyncio.create_task(systeme.tags.find("VIP")) for _ in range(10)]
        await turns()
        for task in waiting[::2]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert now() <= 62
        budget = systeme.budget.snapshot()
        assert (budget.requests, budget.in_flight, budget.waiting) == (10, 0, 0)


async def test_a_cancelled_call_counts_as_sent() -> None:
    """The server may have counted it, so that the next window starts with no surprise."""
    async with (
        Sandbox(quota=Quota(5), faults=Faults(latency=2)) as sandbox,
        client(sandbox) as systeme,
    ):
        await spend(systeme, 1)
        under_way = [asyncio.create_task(systeme.tags.find("VIP")) for _ in range(4)]
        await asyncio.sleep(0.5)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(7)))
        assert sandbox.throttled == 0
        assert systeme.budget.snapshot().in_flight == 0


@pytest.mark.parametrize("turn", range(12))
async def test_cancelled_at_any_turn(turn: int) -> None:
    """Wherever a call is when it is cancelled, nothing hangs afterwards."""
    async with (
        Sandbox(quota=Quota(4)) as sandbox,
        client(sandbox, concurrency=1) as systeme,
    ):
        tasks = [asyncio.create_task(systeme.tags.find("VIP")) for _ in range(6)]
        await turns(turn)
        for task in tasks[:3]:
            task.cancel()
        async with asyncio.timeout(600):
            await asyncio.gather(*tasks, return_exceptions=True)
            await spend(systeme, 6)
        budget = systeme.budget.snapshot()
        assert (budget.in_flight, budget.waiting) == (0, 0)
        assert sandbox.throttled == 0


async def test_a_storm_of_cancellations() -> None:
    """Under hundreds of calls cut off at all times the quota is kept and nobody is forgotten."""
    async with (
        Sandbox(quota=Quota(40), faults=Faults(latency=0.7, lost=0.1, failed=0.1)) as sandbox,
        client(sandbox, concurrency=7) as systeme,
    ):

        async def impatient(number: int) -> None:
            async with asyncio.timeout(0.1 + number * 37 % 101):
                await systeme.tags.find("VIP")

        async with asyncio.timeout(3600):
            await asyncio.gather(
                *(impatient(number) for number in range(300)), return_exceptions=True
            )
            await asyncio.sleep(60)
            await asyncio.gather(
                *(systeme.tags.find("VIP") for _ in range(50)), return_exceptions=True
            )
        budget = systeme.budget.snapshot()
        assert (budget.in_flight, budget.waiting) == (0, 0)
        assert sandbox.throttled == 0

"""What observers are told of a call: every way it can go, and nothing that names a person."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import weakref
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest

from systeme_async import (
    AuthenticationError,
    ClientStateError,
    ConfigurationError,
    DeadlineExceededError,
    DecodeError,
    Lane,
    Maton,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    Quota,
    RateLimitedError,
    Systeme,
    SystemeError,
)
from systeme_async.observing import (
    AttemptEnded,
    CallEnded,
    CallStarted,
    Observation,
    ObservedCall,
    Paused,
)
from systeme_async.testing import Faults, Sandbox

from .pair import client, now
from .raw import NO_TAGS, RawServer, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

pytestmark = pytest.mark.anyio


class Diary:
    """An observer that writes everything down."""

    def __init__(self) -> None:
        self.entries: list[Observation] = []

    def __call__(self, observation: Observation) -> None:
        """Write it down."""
        self.entries.append(observation)

    @property
    def kinds(self) -> list[str]:
        """What happened, by name and in order."""
        return [type(entry).__name__ for entry in self.entries]

    @property
    def attempts(self) -> list[AttemptEnded]:
        """The attempts alone."""
        return [entry for entry in self.entries if isinstance(entry, AttemptEnded)]

    @property
    def pauses(self) -> list[Paused]:
        """The pauses alone."""
        return [entry for entry in self.entries if isinstance(entry, Paused)]

    @property
    def end(self) -> CallEnded:
        """The end of the last call."""
        entry = self.entries[-1]
        assert isinstance(entry, CallEnded)
        return entry


class Observed:
    """A sandbox with contact 1001 and tag 1, its client, and what is observed."""

    def __init__(self, sandbox: Sandbox | None = None, **options: Any) -> None:
        self.sandbox = sandbox or Sandbox()
        self.sandbox.account.add_contact("jane@example.com", tags=["VIP"])
        self.diary = Diary()
        self._options = {"observers": [self.diary], **options}

    async def __aenter__(self) -> Self:
        """Open both."""
        await self.sandbox.start()
        self.systeme = client(self.sandbox, **self._options)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close both."""
        await self.systeme.aclose()
        await self.sandbox.aclose()


# One call


async def test_a_success() -> None:
    """A call that works starts, tries once and ends, and the times are those of the clock."""
    async with Observed(Sandbox(quota=Quota(60), faults=Faults(latency=2))) as it:
        await it.systeme.contacts.get(1001)
    started, attempt, ended = it.diary.entries
    assert isinstance(started, CallStarted)
    call = started.call
    assert ("GET", "/api/contacts/{contact}") == (call.method, call.template)
    assert "GET /api/contacts/{contact}" == call.name
    assert (Lane.INTERACTIVE, it.sandbox.url) == (call.lane, call.base_url)
    assert isinstance(attempt, AttemptEnded)
    assert (1, 200, None, "systeme") == (
        attempt.number,
        attempt.status,
        attempt.failure,
        attempt.source,
    )
    assert (0, None, 0, False) == (
        attempt.waited,
        attempt.retry_in,
        attempt.waiting,
        attempt.throttled,
    )
    assert pytest.approx(2) == attempt.took
    assert 59 == attempt.remaining == it.systeme.budget.snapshot().remaining
    assert isinstance(ended, CallEnded)
    assert (None, 1) == (ended.error, ended.attempts)
    assert pytest.approx(2) == ended.took
    assert call is attempt.call is ended.call


@pytest.mark.parametrize(
    ("fault", "status", "failure"),
    [("failed", 500, None), ("lost", None, "lost"), ("hang", None, "timed_out")],
)
async def test_a_repeat(fault: Any, status: int | None, failure: str | None) -> None:
    """The first attempt says what it ended in and when the next one comes, the second does."""
    async with Observed(timeout=7) as it:
        it.sandbox.inject(fault)
        await it.systeme.tags.get(1)
    first, second = it.diary.attempts
    assert (1, status, failure) == (first.number, first.status, first.failure)
    assert (None if status is None else "systeme") == first.source
    assert (2, 200, None) == (second.number, second.status, second.retry_in)
    assert first.retry_in is not None
    assert 0 <= first.retry_in <= 0.5
    assert pytest.approx(7 if fault == "hang" else 0, abs=0.1) == first.took
    # Where nothing is known yet, a request that told nothing may have spent what there is.
    assert (second.waited > 1) == (fault == "lost")
    total = first.took + first.retry_in + second.waited + second.took
    assert (None, 2) == (it.diary.end.error, it.diary.end.attempts)
    assert pytest.approx(total, abs=0.1) == it.diary.end.took


async def test_a_429() -> None:
    """The pause is told before the attempt, and the wait for its end after it."""
    async with Observed() as it:
        it.sandbox.inject("throttle")
        before = datetime.now(UTC)
        await it.systeme.tags.get(1)
    assert ["CallStarted", "Paused", "AttemptEnded", "AttemptEnded", "CallEnded"] == it.diary.kinds
    [pause] = it.diary.pauses
    first, second = it.diary.attempts
    assert (True, 429) == (first.throttled, first.status)
    assert first.retry_in == pytest.approx(pause.seconds) == pytest.approx(second.waited, abs=0.1)
    assert pause.seconds > 0
    assert "systeme" == pause.by
    assert pause.call is first.call
    assert timedelta(0) <= pause.until - before - timedelta(seconds=pause.seconds)
    assert UTC is pause.until.tzinfo


async def test_one_pause_for_a_burst_of_429s() -> None:
    """Those refused together pause once; each of them is counted."""
    async with Observed(Sandbox(quota=Quota(60))) as it:
        await it.systeme.tags.get(1)
        it.sandbox.inject("throttle", times=5)
        await asyncio.gather(*(it.systeme.tags.get(1) for _ in range(5)))
    assert 1 == len(it.diary.pauses)
    assert 5 == sum(attempt.throttled for attempt in it.diary.attempts)


async def test_waiting_for_the_quota() -> None:
    """Who waits for a refill says for how long, and how many stood in line."""
    async with Observed(Sandbox(quota=Quota(30)), quota=Quota(30)) as it:
        await asyncio.gather(*(it.systeme.tags.get(1) for _ in range(40)))
    waited = sorted(attempt.waited for attempt in it.diary.attempts)
    assert [0.0] * 20 == waited[:20]
    assert 59 <= waited[-1] < 62
    assert 39 == max(attempt.waiting for attempt in it.diary.attempts)
    assert 0 == min(attempt.remaining or 0 for attempt in it.diary.attempts)


# How it can end badly


@pytest.mark.parametrize(
    ("fault", "call", "error", "last"),
    [
        (None, lambda s: s.tags.get(9), NotFoundError, (404, None)),
        ("lost", lambda s: s.tags.create("Gold"), OutcomeUnknownError, (None, "lost")),
        ("failed", lambda s: s.tags.create("Gold"), OutcomeUnknownError, (500, None)),
        ("unauthorized", lambda s: s.tags.get(1), AuthenticationError, (401, None)),
        ("throttle", lambda s: s.tags.get(1), RateLimitedError, (429, None)),
        ("html", lambda s: s.tags.get(1), DecodeError, (200, None)),
    ],
)
async def test_an_error(
    fault: Any,
    call: Callable[[Systeme], Awaitable[object]],
    error: type[SystemeError],
    last: tuple[int | None, str | None],
) -> None:
    """The call ends with the class of what is raised, and no attempt promises another."""
    async with Observed(max_attempts=2) as it:
        if fault is not None:
            it.sandbox.inject(fault, times=99)
        with pytest.raises(error):
            await call(it.systeme)
    attempt = it.diary.attempts[-1]
    assert last == (attempt.status, attempt.failure)
    assert None is attempt.retry_in
    assert (error, len(it.sandbox.requests)) == (it.diary.end.error, it.diary.end.attempts)


async def test_a_closed_port() -> None:
    """What never left is an attempt too."""
    async with RawServer(answer()) as gone:
        pass
    diary = Diary()
    async with client(gone, max_attempts=2, observers=[diary]) as systeme:
        with pytest.raises(NotSentError):
            await systeme.tags.get(1)
    assert ["not_sent", "not_sent"] == [attempt.failure for attempt in diary.attempts]
    assert (NotSentError, 2) == (diary.end.error, diary.end.attempts)


async def test_a_deadline_without_room() -> None:
    """A call that can't start in time has no attempt."""
    async with Observed(quota=Quota(1)) as it:
        await it.systeme.tags.get(1)
        with pytest.raises(DeadlineExceededError):
            await it.systeme.with_options(deadline=2).tags.get(1)
    assert ["CallStarted", "CallEnded"] == it.diary.kinds[-2:]
    assert (DeadlineExceededError, 0, 0) == (
        it.diary.end.error,
        it.diary.end.attempts,
        it.diary.end.took,
    )


async def test_a_deadline_under_way() -> None:
    """A read that is cut short by its deadline was timed out."""
    async with Observed(deadline=3) as it:
        it.sandbox.inject("hang", times=9)
        with pytest.raises(DeadlineExceededError):
            await it.systeme.tags.get(1)
    [attempt] = it.diary.attempts
    assert ("timed_out", None) == (attempt.failure, attempt.retry_in)
    assert pytest.approx(3, abs=0.1) == attempt.took == it.diary.end.took


async def test_a_cancelled_attempt() -> None:
    """The attempt ends with the call, after the time that it had."""
    async with Observed() as it:
        it.sandbox.inject("hang")
        call = asyncio.create_task(it.systeme.tags.get(1))
        await asyncio.sleep(5)
        call.cancel()
        await asyncio.wait([call])
    [attempt] = it.diary.attempts
    assert (None, "cancelled", None) == (attempt.status, attempt.failure, attempt.retry_in)
    assert pytest.approx(5, abs=0.1) == attempt.took
    assert (asyncio.CancelledError, 1) == (it.diary.end.error, it.diary.end.attempts)


async def test_a_cancelled_wait() -> None:
    """Who is cancelled in line has tried nothing."""
    async with Observed(quota=Quota(1)) as it:
        await it.systeme.tags.get(1)
        call = asyncio.create_task(it.systeme.tags.get(1))
        await asyncio.sleep(5)
        call.cancel()
        await asyncio.wait([call])
    assert ["CallStarted", "CallEnded"] == it.diary.kinds[-2:]
    assert (asyncio.CancelledError, 0) == (it.diary.end.error, it.diary.end.attempts)
    assert pytest.approx(5) == it.diary.end.took


async def test_closing_the_client() -> None:
    """A call in line ends when the client is closed; a later one does not even start."""
    async with Observed(quota=Quota(1)) as it:
        await it.systeme.tags.get(1)
        call = asyncio.create_task(it.systeme.tags.get(1))
        await asyncio.sleep(5)
        await it.systeme.aclose()
        with pytest.raises(ClientStateError):
            await call
        assert (ClientStateError, 0) == (it.diary.end.error, it.diary.end.attempts)
        told = len(it.diary.entries)
        with pytest.raises(ClientStateError):
            await it.systeme.tags.get(1)
    assert told == len(it.diary.entries)


async def test_a_deletion_found_done() -> None:
    """A 404 that means success is an attempt with its status, and no error of the call."""
    async with Observed() as it:
        it.sandbox.inject("lost")
        await it.systeme.tags.delete(1)
    assert [None, 404] == [attempt.status for attempt in it.diary.attempts]
    assert None is it.diary.end.error


# Many calls


async def test_calls_are_told_apart() -> None:
    """Two calls of one method at once have one object each, which is equal to no other."""
    async with Observed() as it:
        await asyncio.gather(it.systeme.tags.get(1), it.systeme.tags.get(1))
    calls = {entry.call for entry in it.diary.entries}
    assert 2 == len(calls)
    for call in calls:
        told = [type(entry) for entry in it.diary.entries if entry.call is call]
        assert [CallStarted, AttemptEnded, CallEnded] == told


async def test_pages_are_calls() -> None:
    """A listing makes a call for each page; a job's calls travel in their lane."""
    async with Observed(Sandbox()) as it:
        for number in range(250):
            it.sandbox.account.add_contact(f"p{number}@example.com")
        await it.systeme.with_options(lane=Lane.BULK).contacts.list().collect()
    assert {(Lane.BULK, "/api/contacts")} == {
        (entry.call.lane, entry.call.template) for entry in it.diary.entries
    }
    assert 3 == it.diary.kinds.count("CallEnded")


async def test_what_is_refused_before_it_is_sent_is_no_call() -> None:
    """A value that can't be sent is nobody's business."""
    async with Observed() as it:
        with pytest.raises(ConfigurationError):
            await it.systeme.tags.get(-1)
        with pytest.raises(ConfigurationError):
            await it.systeme.contacts.create("nobody")
    assert [] == it.diary.entries


async def test_nothing_of_a_person_is_told() -> None:
    """Neither ids nor addresses nor filters nor the key are in what is told."""
    async with Observed() as it:
        await it.systeme.contacts.find("jane@example.com")
        await it.systeme.contact_fields.create("Shoe size", "shoe_size")
        await it.systeme.contact_fields.rename("shoe_size", "Shoes")
        await it.systeme.contacts.delete(1001)
        await it.systeme.request("GET", "/api/tags/1", params={"query": "jane"})
        await asyncio.gather(it.systeme.contacts.get(1001), return_exceptions=True)
    told = repr(it.diary.entries)
    for secret in ("jane", "1001", "shoe", "Shoe", "tags/1", it.sandbox.api_key):
        assert secret not in told
    assert {""} == {entry.call.template for entry in it.diary.entries[-6:-3]}
    assert "GET" == it.diary.entries[-6].call.name


async def test_the_lookup_of_a_connection_is_told_too() -> None:
    """Through a gateway, the request that nobody has asked for is seen as well."""
    diary = Diary()
    async with Sandbox() as sandbox:
        origin = {"api_key": sandbox.maton.api_key, "base_url": sandbox.maton.url}
        async with Systeme.via_maton(**origin, observers=[diary]) as systeme:
            await systeme.tags.list().first()
        async with Maton(**origin, observers=[diary]) as maton:
            await maton.connections.list().collect()
    names = [entry.call.template for entry in diary.entries if isinstance(entry, CallEnded)]
    assert ["/connections", "/api/tags", "/connections"] == names
    assert ["maton", "systeme", "maton"] == [attempt.source for attempt in diary.attempts]


async def test_a_pause_of_the_gateway_names_it() -> None:
    """A 429 that the gateway kept to itself is its own."""
    diary = Diary()
    refusal = answer(429, {"error": "slow down"}, "Retry-After: 3")
    async with (
        RawServer(refusal, answer(200, NO_TAGS)) as server,
        Systeme.via_maton(
            api_key="k", connection="c", base_url=server.url, observers=[diary]
        ) as systeme,
    ):
        await systeme.tags.list().first()
    [pause] = diary.pauses
    assert "maton" == pause.by == diary.attempts[0].source
    assert pytest.approx(3, abs=0.1) == pause.seconds == diary.attempts[0].retry_in


# Observers


async def test_an_observer_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged once, breaks nothing, and the others are told all the same."""

    def broken(observation: Observation) -> None:
        raise ValueError(type(observation).__name__)

    diary = Diary()
    async with Observed(observers=[broken, diary]) as it:
        with caplog.at_level(logging.ERROR, "systeme_async"):
            assert "VIP" == (await it.systeme.tags.get(1)).name
            assert "VIP" == (await it.systeme.tags.get(1)).name
    [record] = caplog.records
    assert "broken" in record.getMessage()
    assert record.exc_info is not None
    assert 6 == len(diary.entries)


async def test_two_observers_that_raise(caplog: pytest.LogCaptureFixture) -> None:
    """Each of them is logged, also where both are the same."""

    def broken(_: Observation) -> None:
        raise ValueError

    async with Observed(observers=[broken, broken]) as it:
        await it.systeme.tags.get(1)
    assert 2 == len(caplog.records)


async def test_copies_and_jobs_have_the_same_observers() -> None:
    """They belong to the session."""
    async with Observed() as it:
        await it.systeme.with_options(timeout=3).tags.get(1)
        await it.systeme.bulk.import_contacts([{"email": "joe@example.com"}]).run()
    assert {Lane.INTERACTIVE, Lane.BULK} == {entry.call.lane for entry in it.diary.entries}


async def test_nobody_observes() -> None:
    """Without observers nothing is made to tell them."""
    async with Observed(observers=()) as it:
        await it.systeme.tags.get(1)
        assert None is it.systeme._caller.session._observers
    assert [] == it.diary.entries


async def a_coroutine(_: Observation) -> None:
    """Do what no observer can."""


@pytest.mark.parametrize(
    "observers",
    [print, "print", ["print"], {print}, [a_coroutine], [functools.partial(a_coroutine)], 1, None],
)
async def test_what_cannot_observe(observers: Any) -> None:
    """What is no list of plain functions is refused at once."""
    with pytest.raises(ConfigurationError, match="observers"):
        Systeme(api_key="k", observers=observers)


async def test_what_is_told_can_not_be_changed() -> None:
    """Observers share the object."""
    async with Observed() as it:
        await it.systeme.tags.get(1)
    for entry in it.diary.entries:
        with pytest.raises(AttributeError):
            entry.call = None  # type: ignore[assignment, misc]
        with pytest.raises(AttributeError):
            entry.call.method = "x"  # type: ignore[misc]


async def test_nothing_is_kept_of_a_call_that_ended() -> None:
    """Only whoever observes holds on to it, and not even a cycle does."""
    kept: list[weakref.ref[ObservedCall]] = []

    def note(observation: Observation) -> None:
        if isinstance(observation, CallStarted):
            kept.append(weakref.ref(observation.call))

    async with Observed(observers=[note]) as it:
        gc.disable()
        try:
            for _ in range(3):
                await it.systeme.tags.get(1)
        finally:
            gc.enable()
        assert [None] * 3 == [reference() for reference in kept]
        assert now() < 1


def test_a_client_without_a_loop() -> None:
    """It can be made and shown, and nobody is told of it."""
    diary = Diary()
    assert "https://api.systeme.io" in repr(Systeme(api_key="k", observers=[diary]))
    assert [] == diary.entries

"""The send loop: every fault of the server met by every effect a call can have."""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import (
    APIError,
    AuthenticationError,
    DecodeError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitedError,
    ServerError,
    SystemeError,
    TransportError,
    ValidationError,
)
from systeme_async.testing import Faults, Sandbox
from systeme_async.testing.faults import KINDS

from .pair import client, now
from .raw import NO_TAGS, RawServer, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Effect:
    """A call, and what it does to the account that `prepared` opens."""

    call: Callable[[Systeme], Awaitable[object]]
    request: str
    kind: str
    done: str
    """The change it makes, as the sandbox words it."""


CALLS = {
    "GET": Effect(lambda s: s.tags.get(1), "GET /api/tags/1", "READS", ""),
    "PUT": Effect(
        lambda s: s.tags.rename(1, "Gold"), "PUT /api/tags/1", "CONVERGES", "renamed tag 1"
    ),
    "PATCH": Effect(
        lambda s: s.contacts.update(1001, first_name="Jo"),
        "PATCH /api/contacts/1001",
        "CONVERGES",
        "updated contact 1001",
    ),
    "DELETE": Effect(
        lambda s: s.tags.delete(1), "DELETE /api/tags/1", "CONVERGES", "deleted tag 1"
    ),
    "POST": Effect(
        lambda s: s.contacts.create("new@example.com"),
        "POST /api/contacts",
        "CREATES",
        "created contact 1002",
    ),
}

REPEATED = {"lost", "reset", "failed", "failed_after", "truncated", "hang"}
"""Faults after which nobody knows, or only the server does, what became of the request."""

CARRIED_OUT = {"lost", "failed_after", "truncated", "hang", "empty"}


def prepared() -> Sandbox:
    """Open an account with contact 1001 and tag 1."""
    sandbox = Sandbox()
    sandbox.account.add_contact("jane@example.com", tags=["VIP"])
    return sandbox


def expected_of_one(effect: Effect, fault: str) -> tuple[int, type[SystemeError] | None]:
    """Say how often a request is delivered that meets a fault once, and what error comes out."""
    if fault in REPEATED:
        return (1, OutcomeUnknownError) if effect.kind == "CREATES" else (2, None)
    match fault:
        case "throttle":
            return 2, None
        case "unauthorized":
            return 1, AuthenticationError
        case "empty" if effect.request.startswith("DELETE"):
            return 1, None  # A 204 has no body anyway.
        case _:
            return 1, DecodeError


@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("name", CALLS)
async def test_one_fault(name: str, fault: Any) -> None:
    """What may be repeated is repeated once and works; what may not is delivered once."""
    effect = CALLS[name]
    deliveries, error = expected_of_one(effect, fault)
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault)
        if error is None:
            await effect.call(systeme)
        else:
            with pytest.raises(error) as caught:
                await effect.call(systeme)
            assert type(caught.value) is error
            assert caught.value.request == effect.request
        assert len(sandbox.requests) == deliveries
        changes = [str(change) for change in sandbox.account.effects]
        assert set(changes) <= {effect.done}
        carried_out = fault in CARRIED_OUT or error is None
        assert bool(changes) == (carried_out and effect.done != "")
        budget = systeme.budget.snapshot()
        assert (budget.requests, budget.in_flight) == (deliveries, 0)


def expected_in_the_end(effect: Effect, fault: str) -> tuple[int, type[SystemeError]]:
    """Say how often, of three tries, a request is delivered that meets a fault every time."""
    if fault == "throttle":
        return 3, RateLimitedError
    if fault in {"failed", "failed_after"}:
        return (1, OutcomeUnknownError) if effect.kind == "CREATES" else (3, ServerError)
    if fault in REPEATED:
        if effect.kind == "CREATES":
            return 1, OutcomeUnknownError
        return (3, TransportError) if effect.kind == "READS" else (3, OutcomeUnknownError)
    return (1, AuthenticationError) if fault == "unauthorized" else (1, DecodeError)


LASTING = [
    (name, fault)
    for name in CALLS
    for fault in KINDS
    # A DELETE with a carried-out fault finds nothing the second time, and empty is no fault to it.
    if not (name == "DELETE" and fault in CARRIED_OUT)
]


@pytest.mark.parametrize(("name", "fault"), LASTING)
async def test_a_lasting_fault(name: str, fault: Any) -> None:
    """The tries are counted, and the error says what is known of the last of them."""
    effect = CALLS[name]
    deliveries, error = expected_in_the_end(effect, fault)
    async with prepared() as sandbox, client(sandbox, max_attempts=3) as systeme:
        sandbox.inject(fault, times=99)
        with pytest.raises(error) as caught:
            await effect.call(systeme)
        assert systeme.budget.snapshot().in_flight == 0
    assert type(caught.value) is error
    assert len(sandbox.requests) == deliveries
    raised = caught.value
    assert raised.request == effect.request
    if isinstance(raised, APIError | TransportError):
        assert raised.attempts == deliveries
    if isinstance(raised, APIError):
        assert raised.status == sandbox.requests[-1].status
    if isinstance(raised, DecodeError):
        assert raised.status == sandbox.requests[-1].status


@pytest.mark.parametrize(("name", "fault"), LASTING)
async def test_errors_survive_pickling(name: str, fault: Any) -> None:
    """What comes out of a worker process says as much as inside it."""
    effect = CALLS[name]
    async with prepared() as sandbox, client(sandbox, max_attempts=2) as systeme:
        sandbox.inject(fault, times=99)
        with pytest.raises(SystemeError) as caught:
            await effect.call(systeme)
    error = caught.value
    copy = pickle.loads(pickle.dumps(error))
    assert (type(error), str(error)) == (type(copy), str(copy))
    assert vars(error).keys() == vars(copy).keys()
    assert error.request == copy.request
    if isinstance(error, APIError):
        assert dict(error.headers) == dict(copy.headers)
        assert error.violations == copy.violations


@pytest.mark.parametrize("fault", ["failed", "failed_after"])
async def test_the_doubt_names_the_answer(fault: Any) -> None:
    """An answer that leaves the caller in doubt is kept as the cause."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault)
        with pytest.raises(OutcomeUnknownError) as caught:
            await systeme.tags.create("Gold")
    assert caught.value.attempts == 1
    assert isinstance(caught.value.__cause__, ServerError)
    assert caught.value.__cause__.status == 500


@pytest.mark.parametrize("fault", ["lost", "truncated", "reset", "hang"])
async def test_a_creation_is_delivered_once(fault: Any) -> None:
    """Under many lost answers at once nothing is created twice."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, times=10)
        ended = await asyncio.gather(
            *(systeme.contacts.create(f"p{number}@example.com") for number in range(20)),
            return_exceptions=True,
        )
    addresses = [request.body["email"] for request in sandbox.requests]  # type: ignore[index]
    assert len(set(addresses)) == len(addresses) == 20
    assert sum(isinstance(result, OutcomeUnknownError) for result in ended) == 10


# Deleting


@pytest.mark.parametrize("fault", ["lost", "failed_after", "truncated", "hang"])
async def test_a_lost_deletion_is_settled_by_its_repeat(fault: Any) -> None:
    """A repeated DELETE that finds nothing has worked the first time."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault)
        assert await systeme.contacts.delete(1001) is None
    assert [404] == [request.status for request in sandbox.requests[1:]]
    assert list(sandbox.account.contacts) == []


async def test_a_404_after_a_throttled_deletion() -> None:
    """A 429 deleted nothing, so that a 404 after it is an error."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("throttle")
        with pytest.raises(NotFoundError) as caught:
            await systeme.contacts.delete(1001)
    assert caught.value.attempts == 2


@pytest.mark.parametrize("name", ["GET", "PUT", "PATCH"])
async def test_a_404_after_a_lost_answer_is_an_error_to_others(name: str) -> None:
    """Only for a deletion is nothing there what was wanted."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("lost")
        with pytest.raises(NotFoundError) as caught:
            await CALLS[name].call(systeme)
    assert caught.value.attempts == 2


# Nothing there to connect to


async def free_port() -> str:
    """Return an origin on which nobody listens."""
    async with RawServer(answer()) as server:
        return server.url


@pytest.mark.parametrize("attempts", [1, 2, 5])
@pytest.mark.parametrize("name", CALLS)
async def test_a_closed_port(name: str, attempts: int) -> None:
    """What never left is tried as often as allowed, creations too, and costs no budget."""
    effect = CALLS[name]
    url = await free_port()
    async with RawServer(answer()) as origin:
        origin.url = url
        async with client(origin, max_attempts=attempts) as systeme:
            with pytest.raises(NotSentError) as caught:
                await effect.call(systeme)
            budget = systeme.budget.snapshot()
    assert (caught.value.attempts, caught.value.request) == (attempts, effect.request)
    assert (budget.requests, budget.in_flight, budget.waiting) == (0, 0, 0)


@pytest.mark.parametrize("name", ["PUT", "PATCH", "DELETE"])
async def test_a_doubt_outlives_a_closed_port(name: str) -> None:
    """A write that was lost once may have happened, even if later tries never left."""
    async with prepared() as sandbox, client(sandbox, timeout=5) as systeme:
        sandbox.inject("hang")
        call = asyncio.ensure_future(CALLS[name].call(systeme))
        await asyncio.sleep(1)
        await sandbox.aclose()
        with pytest.raises(OutcomeUnknownError):
            await call
    assert [CALLS[name].done] == [str(change) for change in sandbox.account.effects]


async def test_a_server_that_comes_back() -> None:
    """A port that opens between two tries is found."""
    url = await free_port()
    port = int(url.rpartition(":")[2])
    async with RawServer(answer()) as origin:
        origin.url, origin.api_key = url, "the-key"
        async with client(origin, max_attempts=20) as systeme:
            call = asyncio.create_task(systeme.tags.create("VIP"))
            await asyncio.sleep(3)
            async with Sandbox(port=port, api_key="the-key") as sandbox:
                assert (await call).name == "VIP"
                assert sandbox.received == 1


# Patience


async def test_the_retry_quota_stops_a_storm() -> None:
    """When everything fails, a hundred calls cost 35 repeats, not four hundred."""
    async with RawServer(answer(503)) as server, client(server) as systeme:
        ended = await asyncio.gather(
            *(systeme.tags.get(number) for number in range(1, 101)), return_exceptions=True
        )
    assert {ServerError} == {type(result) for result in ended}
    assert len(server.deliveries) == 100 + 500 // 14


async def test_successes_fill_the_retry_quota() -> None:
    """A client whose calls work again repeats those that fail again."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject("failed", times=200)
        await asyncio.gather(*(systeme.tags.get(1) for _ in range(100)), return_exceptions=True)
        while sandbox.requests[-1].fault:
            await asyncio.gather(systeme.tags.get(1), return_exceptions=True)
        for _ in range(60):
            await systeme.tags.get(1)
        sandbox.inject("failed", times=4)
        assert (await systeme.tags.get(1)).id == 1


async def test_throttled_repeats_cost_no_retry_quota() -> None:
    """A 429 is the budget's business: after many of them failures are still repeated."""
    async with prepared() as sandbox, client(sandbox, max_attempts=100) as systeme:
        sandbox.inject("throttle", times=60)
        await systeme.tags.get(1)
        sandbox.inject("failed", times=20)
        await systeme.tags.get(1)
    assert sandbox.received == 61 + 21


@pytest.mark.parametrize(
    "lines",
    [
        ("Retry-After: 30",),
        ("Retry-After: Wed, 01 Jan 2025 00:00:30 GMT", "Date: Wed, 01 Jan 2025 00:00:00 GMT"),
    ],
    ids=["seconds", "date"],
)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failing_server_is_left_alone_as_long_as_it_asks(
    status: int, lines: tuple[str, ...]
) -> None:
    """The repeat never comes before Retry-After."""
    script = (answer(status, None, *lines), answer(200, NO_TAGS))
    async with RawServer(*script) as server, client(server) as systeme:
        await systeme.tags.find("VIP")
    first, second = server.deliveries
    assert second.at - first.at >= 30


async def test_a_failing_server_may_ask_for_long() -> None:
    """Two minutes are two minutes, unless the call gives up before."""
    script = (answer(503, None, "Retry-After: 120"), answer(200, NO_TAGS))
    async with RawServer(*script) as server, client(server) as systeme:
        await asyncio.gather(systeme.tags.find("VIP"), return_exceptions=True)
    first, *others = server.deliveries
    assert all(other.at - first.at >= 120 for other in others)


async def test_backoff_grows() -> None:
    """Repeats come at once at the soonest and after a bounded time at the latest."""
    async with RawServer(answer(500)) as server, client(server, max_attempts=10) as systeme:
        with pytest.raises(ServerError) as caught:
            await systeme.tags.get(1)
    gaps = [
        later.at - earlier.at
        for earlier, later in zip(server.deliveries, server.deliveries[1:], strict=False)
    ]
    assert caught.value.attempts == 10
    assert all(gap <= min(0.5 * 2**number, 20) for number, gap in enumerate(gaps))


def refusal(status: int) -> bytes:
    """Write an answer of a status that HTTP may not know."""
    return f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("status", [400, 402, 404, 405, 409, 410, 415, 422, 499])
async def test_a_refusal_is_final(status: int) -> None:
    """What the server refuses is not repeated."""
    async with RawServer(refusal(status)) as server, client(server) as systeme:
        for effect in CALLS.values():
            with pytest.raises(APIError) as caught:
                await effect.call(systeme)
            assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert len(server.deliveries) == len(CALLS)


async def test_the_timeout_is_for_one_attempt() -> None:
    """An attempt that hangs is given up after its timeout, and the next one works."""
    async with prepared() as sandbox, client(sandbox, timeout=7) as systeme:
        sandbox.inject("hang")
        await systeme.tags.get(1)
        assert 7 <= sandbox.requests[1].at <= 7.51


async def test_a_body_that_drips_is_timed_as_well() -> None:
    """Latency that stays below the timeout is no fault at all."""
    async with Sandbox(faults=Faults(latency=29)) as sandbox, client(sandbox) as systeme:
        assert await systeme.tags.list().collect() == []
        assert now() == pytest.approx(29)
    assert sandbox.received == 1


async def test_validation_errors_list_every_violation() -> None:
    """A 422 tells each property that is wrong."""
    async with Sandbox() as sandbox, client(sandbox, validate=False) as systeme:
        with pytest.raises(ValidationError) as caught:
            await systeme.contacts.create("jane", country="XX", fields={"nope": "x"})
    assert ["email", "fields[0].value", "fields[1].slug"] == [
        violation.property_path for violation in caught.value.violations
    ]
    assert caught.value.headers["content-type"].startswith("application/problem+json")

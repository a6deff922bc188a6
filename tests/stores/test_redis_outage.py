"""When the server dies: nobody waits for it, nobody spends more than a share, and it comes back."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async._core.lease import Lease
from systeme_async._core.line import Waiting
from systeme_async._core.quota import SECOND, SILENT
from systeme_async._core.shared import admission_of
from systeme_async._core.stores import redis as module
from systeme_async._core.stores.envelope import LATELY, Envelope, Member, begin
from systeme_async._core.stores.fallback import Fallback
from systeme_async.options import Lane, Quota

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from systeme_async._core.budget import Budget
    from systeme_async._core.lease import Wait
    from systeme_async._core.stores.redis import RedisStore

    from .conftest import Server

    Opened = Callable[..., RedisStore]

MINUTE = 60 * SECOND
START = 1_800_000_000 * SECOND


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Run in the server's own time."""
    return "asyncio", {}


@pytest.fixture(autouse=True)
def _quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PROBE", 0.05)
    monkeypatch.setattr(module, "LAST_PROBE", 0.1)


def admission(process: str, now: int) -> Callable[[Budget, int], Lease | Wait]:
    """Ask for a lease as the gate does."""
    lanes = {Lane.INTERACTIVE: Waiting(now, 1), Lane.BULK: Waiting(None)}
    return admission_of(process, Lane.INTERACTIVE, lanes)


def answering(lease: Lease) -> Callable[[Budget, int], None]:
    """Make the step that settles a lease by an answer that tells nothing."""
    return lambda budget, now: budget.answered(lease, SILENT, now)


async def ask(store: RedisStore) -> Lease | Wait:
    """Ask a store for a lease."""
    return await store.transact(admission(store.process, store.now()))


async def until_back(store: RedisStore) -> None:
    """Wait until the prober has found the server."""
    if store._prober is not None:
        await asyncio.wait([store._prober], timeout=10)


def said(caplog: pytest.LogCaptureFixture, text: str) -> int:
    """Count the messages with a text."""
    return sum(text in record.getMessage() for record in caplog.records)


def said_back(caplog: pytest.LogCaptureFixture) -> int:
    """Count the messages that say that the server is back."""
    return sum(record.getMessage().endswith("is back") for record in caplog.records)


@pytest.mark.anyio
@pytest.mark.slow
async def test_a_server_that_dies_and_comes_back(
    mortal: Server, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """Who asks is answered at once, both changes are logged once, leases are settled."""
    store = opened(mortal, Quota(10))
    lease = await ask(store)
    assert isinstance(lease, Lease)
    mortal.kill()
    begun = time.monotonic()
    results = await asyncio.gather(*(ask(store) for _ in range(20)))
    assert time.monotonic() - begun < 5
    assert not any(isinstance(result, Lease) for result in results)  # The period may be spent.
    await store.transact(answering(lease))
    mortal.start()
    await until_back(store)
    again = await ask(store)
    assert not isinstance(again, Lease)  # The server forgot all, so all may be spent.
    assert said(caplog, "can't be used") == said_back(caplog) == 1
    assert store.view().in_flight == 0


@pytest.mark.anyio
@pytest.mark.slow
@pytest.mark.parametrize("forgets", [True, False])
async def test_three_processes_keep_the_quota_before_during_and_after(
    mortal: Server, opened: Opened, *, forgets: bool
) -> None:
    """Killed or only hanging: no period of any kind holds more than the quota."""
    quota, per = Quota(6, per=0.4), 400_000_000
    stores = [opened(mortal, quota) for _ in range(3)]
    sent: list[int] = []

    async def use(store: RedisStore, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            lease = await ask(store)
            if isinstance(lease, Lease):
                sent.append(time.monotonic_ns())
                await store.transact(answering(lease))
            await asyncio.sleep(0.005)

    async def all_use(seconds: float) -> None:
        await asyncio.gather(*(use(store, seconds) for store in stores))

    await all_use(0.5)
    (mortal.kill if forgets else mortal.suspend)()
    before = len(sent)
    await all_use(2.2)
    assert len(sent) > before
    (mortal.start if forgets else mortal.resume)()
    await all_use(1)
    sent.sort()
    assert all(sum(first <= at < first + per for at in sent) <= 6 for first in sent)


@pytest.mark.anyio
@pytest.mark.slow
async def test_what_nobody_waits_for_is_told_when_the_server_is_back(
    mortal: Server, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """The outage is met by what is told behind the caller's back; no lease stays held by it."""
    store, other = opened(mortal, Quota(10)), opened(mortal, Quota(10))
    leases = [await ask(store)]
    assert isinstance(leases[0], Lease)
    await store.transact(answering(leases[0]))
    leases = [await ask(store), await ask(store)]
    mortal.suspend()
    for lease in leases:
        assert isinstance(lease, Lease)
        await store.transact(answering(lease))
    while not said(caplog, "can't be used"):
        await store.transact(lambda *_: None)
    mortal.resume()
    await until_back(store)
    assert (await other.look()).held == {}
    assert (await other.look()).in_flight == 0
    assert said(caplog, "was not told") == 0


@pytest.mark.anyio
@pytest.mark.slow
async def test_a_server_that_hangs_keeps_callers_for_a_second(
    mortal: Server, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds the connection and answers nothing; afterwards the state is as it was."""
    store, other = opened(mortal, Quota(10)), opened(mortal, Quota(10))
    first = await ask(store)
    assert isinstance(first, Lease)
    await store.transact(answering(first))
    lease = await ask(store)
    assert isinstance(lease, Lease)
    mortal.suspend()
    begun = time.monotonic()
    await ask(store)
    assert 0.5 < time.monotonic() - begun < 5
    await store.transact(answering(lease))
    begun = time.monotonic()
    await asyncio.gather(*(ask(store) for _ in range(100)))
    assert time.monotonic() - begun < 0.9
    mortal.resume()
    await until_back(store)
    assert await other.transact(lambda budget, _: (budget.in_flight, budget.unsent))
    assert other.view().in_flight == 0
    assert said_back(caplog) == 1


@pytest.mark.anyio
async def test_a_server_that_was_never_there(
    opened: Opened, mortal: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody else is known: the process acts as if it were alone, and says so."""
    mortal.kill()
    store = opened(mortal, Quota(2))
    lease = await ask(store)
    assert isinstance(lease, Lease)
    assert said(caplog, "nothing is shared") == 1
    mortal.start()
    await until_back(store)
    await store.transact(answering(lease))
    assert isinstance(await ask(store), Lease)
    assert store._ended == []


@pytest.mark.anyio
@pytest.mark.slow
async def test_a_server_that_restarts_unnoticed(
    mortal: Server, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that died while nobody used it is opened again at once."""
    store = opened(mortal)
    assert isinstance(await ask(store), Lease)
    mortal.kill()
    mortal.start()
    await ask(store)
    assert said(caplog, "can't be used") == 0


@pytest.mark.anyio
async def test_a_replica_is_an_outage(
    mortal: Server, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """READONLY comes after a failover; the text of the answer is not repeated."""
    store = opened(mortal, Quota(10))
    assert isinstance(await ask(store), Lease)
    await mortal.ask("REPLICAOF", "127.0.0.1", "1")
    await ask(store)
    await asyncio.sleep(0.2)  # Some probes, which must not take what can be read for usable.
    assert (said(caplog, "can't be used"), said_back(caplog)) == (1, 0)
    await mortal.ask("REPLICAOF", "NO", "ONE")
    await until_back(store)
    assert said_back(caplog) == 1


@pytest.mark.anyio
async def test_closing_in_an_outage(mortal: Server, opened: Opened) -> None:
    """Nothing is left running."""
    before = asyncio.all_tasks()
    store = opened(mortal)
    await ask(store)
    mortal.kill()
    await ask(store)
    assert asyncio.all_tasks() > before
    await store.aclose()
    assert asyncio.all_tasks() == before


def envelope(quota: Quota, names: list[str], now: int, limit: int | None = None) -> Envelope:
    """Build a state in which all members know of each other."""
    budget = begin(quota, now - MINUTE)
    budget.limit = limit
    members = {name: Member(now - MINUTE, now - index) for index, name in enumerate(names)}
    return Envelope(budget, members)


@pytest.mark.parametrize("limit", [1, 2, 7, 30, 120])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_all_shares_together_are_the_quota(limit: int, count: int) -> None:
    """Configured or learned, no request is given twice and none is wasted."""
    names = [f"process-{number}" for number in range(count)]
    for state in (
        envelope(Quota(limit), names, START),
        envelope(Quota(), names, START, limit),
    ):
        assert sum(state.share(name) or 0 for name in names) == limit


def test_who_is_not_known_to_all_waits_longer() -> None:
    """A process that the others have not seen yet may not count on them to leave it a share."""
    state = envelope(Quota(30), ["a", "b"], START)
    assert state.knows_all("a", START)
    state.members["c"] = Member(START, START)
    assert not state.knows_all("c", START)
    late = Fallback(Quota(30), "c", state, (), START)
    assert late.starts_at >= START + LATELY


@given(
    st.integers(1, 40),
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3 * SECOND)), max_size=200),
    st.integers(0, 5),
)
def test_fallbacks_together_never_exceed_the_quota(
    limit: int, count: int, asks: list[tuple[int, int]], in_flight: int
) -> None:
    """In no period from the outage on do all processes together send more than the quota."""
    names = [f"process-{number}" for number in range(count)]
    state = envelope(Quota(limit, per=10.0), names, START)
    own = range(1, min(in_flight, limit) + 1)
    fallbacks = [
        Fallback(Quota(limit, per=10.0), name, state, own if name == names[0] else (), START)
        for name in names
    ]
    now, sent = START, []
    for who, later in asks:
        now += later
        fallback = fallbacks[who % count]
        result = fallback.apply(admission(fallback.process, now), now)
        if isinstance(result, Lease):
            sent.append(now)
            fallback.apply(answering(result), now)
    assert all(at >= START + 10 * SECOND for at in sent)
    for first in sent:
        assert sum(first <= at < first + 10 * SECOND for at in sent) <= limit


def test_an_earlier_lease_is_settled_in_both_places() -> None:
    """In the share it counts as in flight until then; the shared budget is told later."""
    state = envelope(Quota(4), ["a"], START)
    lease = state.budget._lease(START)
    state.budget.held[lease.number] = START + 10 * SECOND
    fallback = Fallback(Quota(4), "a", state, [lease.number], START)
    assert fallback.budget.in_flight == 1
    fallback.apply(answering(lease), START + SECOND)
    assert fallback.budget.in_flight == 0
    fallback.hand_over(state, START + 2 * SECOND)
    assert (state.budget.in_flight, state.budget.held) == (0, {})


def test_what_a_share_spent_is_spent_when_the_server_is_back() -> None:
    """Its own requests count, and those that the other process may have sent."""
    state = envelope(Quota(10), ["a", "b"], START)
    fallback = Fallback(Quota(10), "a", state, (), START)
    now = START + 2 * MINUTE
    for _ in range(5):
        lease = fallback.apply(admission("a", now), now)
        assert isinstance(lease, Lease)
        fallback.apply(answering(lease), now)
    assert not isinstance(fallback.apply(admission("a", now), now), Lease)
    fallback.hand_over(state, now)
    assert state.budget.ceiling is not None
    assert state.budget.ceiling.room(now, 0) == 0
    assert state.budget.ceiling.room(now + MINUTE, 0) == 10


@pytest.fixture(autouse=True)
def _no_leaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.WARNING, "systeme_async")
    yield
    assert not [record for record in caplog.records if record.name == "asyncio"]

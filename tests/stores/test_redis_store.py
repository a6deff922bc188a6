"""The budget in Redis, against a real server: nothing is lost, nothing counted twice."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from systeme_async import ClientStateError, ConfigurationError
from systeme_async._core.lease import Lease
from systeme_async._core.line import Waiting
from systeme_async._core.quota import SECOND, QuotaReport
from systeme_async._core.shared import SharedBudget, admission_of
from systeme_async._core.stores.envelope import Envelope, Member, begin, decode, encode
from systeme_async._core.stores.redis import RedisStore
from systeme_async._core.stores.redis_link import EXPIRY
from systeme_async.options import Lane, Quota

from .conftest import PASSWORD, Server, local_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async._core.budget import Budget
    from systeme_async._core.lease import Wait

    Opened = Callable[..., RedisStore]

pytestmark = pytest.mark.anyio

PLENTY = Quota(1_000_000)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Run in the server's own time."""
    return "asyncio", {}


def take(budget: Budget, now: int) -> Lease:
    """Take a lease in any case, so that what is counted is the store's business alone."""
    assert isinstance(budget, SharedBudget)
    lease = budget._lease(now)
    budget.held[lease.number] = now + 60 * SECOND
    return lease


def returning(lease: Lease) -> Callable[[Budget, int], None]:
    """Make the step that gives a lease back."""
    return lambda budget, _: budget.returned(lease)


async def ask(store: RedisStore) -> Lease | Wait:
    """Ask for a lease as the gate does."""
    lanes = {Lane.INTERACTIVE: Waiting(store.now(), 1), Lane.BULK: Waiting(None)}
    return await store.transact(admission_of(store.process, Lane.INTERACTIVE, lanes))


def key(account: str) -> str:
    """Return where the state of an account is."""
    return f"systeme_async:budget:{account}"


async def calls(server: Server, command: str) -> int:
    """Count how often the server has carried out a command."""
    stats: Any = await server.ask("INFO", "commandstats")
    return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])


async def test_no_update_is_lost(server: Server, opened: Opened) -> None:
    """150 tasks in three processes get 150 different leases, and all are counted."""
    stores = [opened(server, PLENTY) for _ in range(3)]
    leases = await asyncio.gather(*(store.transact(take) for store in stores for _ in range(50)))
    assert len({lease.number for lease in leases}) == 150
    await asyncio.gather(
        *(stores[i % 3].transact(returning(lease)) for i, lease in enumerate(leases))
    )
    for store in stores:
        await store.look()  # What was told before is carried out before.
    in_flight = await stores[0].transact(lambda budget, _: budget.in_flight)
    assert in_flight == 0
    assert stores[0].view().held == {}


async def test_alone_a_step_is_one_round_trip(server: Server, opened: Opened) -> None:
    """Nobody else writes, so 100 steps are 100 commands and nothing besides."""
    store = opened(server)
    await store.transact(take)
    before = await calls(server, "evalsha"), await calls(server, "eval")
    for _ in range(100):
        await store.transact(take)
    after = await calls(server, "evalsha"), await calls(server, "eval")
    assert (after[0] - before[0], after[1] - before[1]) == (100, 0)


async def test_steps_at_once_share_round_trips(server: Server, opened: Opened) -> None:
    """100 tasks of one process need far fewer than 100 commands."""
    store = opened(server)
    await store.transact(take)
    before = await calls(server, "evalsha")
    await asyncio.gather(*(store.transact(take) for _ in range(100)))
    assert await calls(server, "evalsha") - before <= 2


async def test_a_call_after_the_other_costs_one_round_trip_each(
    server: Server, opened: Opened
) -> None:
    """What became of a lease is told together with the question for the next one."""
    store = opened(server, PLENTY)
    lease = await store.transact(take)
    before = await calls(server, "evalsha")
    for _ in range(100):
        await store.transact(returning(lease))
        lease = await store.transact(take)
    assert await calls(server, "evalsha") - before == 100
    assert store.view().in_flight == 1


async def test_what_is_told_is_written_though_nothing_comes_after_it(
    server: Server, opened: Opened
) -> None:
    """Other processes see it a moment later."""
    one, other = opened(server, PLENTY), opened(server, PLENTY)
    lease = await one.transact(take)
    await one.transact(returning(lease))
    while (await other.look()).in_flight:
        pass
    assert (await other.look()).unsent == (await other.look()).sent


async def test_what_is_told_goes_before_what_is_asked_for_later(
    server: Server, opened: Opened
) -> None:
    """A step or a look sees all that the same process has told before."""
    store = opened(server, PLENTY)
    for ask_for in (store.look, lambda: store.transact(lambda budget, _: budget)):
        lease = await store.transact(take)
        await store.transact(returning(lease))
        assert (await ask_for()).in_flight == 0


async def test_closing_carries_out_what_was_told(server: Server, opened: Opened) -> None:
    """Nothing is left to expire by a process that ends well."""
    one, other = opened(server, PLENTY), opened(server, PLENTY)
    leases = await asyncio.gather(*(one.transact(take) for _ in range(10)))
    for lease in leases:
        await one.transact(returning(lease))
    await one.aclose()
    assert (await other.look()).held == {}


async def test_a_429_is_known_when_it_has_been_told(server: Server, opened: Opened) -> None:
    """Whoever tells of it must know how long the pause is before the retry is decided."""
    store = opened(server, PLENTY)
    lease = await store.transact(take)
    await store.transact(
        lambda budget, now: budget.refused(lease, QuotaReport(retry_after=9 * SECOND), now)
    )
    assert store.view().pause.until > store.now() + 8 * SECOND


async def test_what_cannot_be_told_is_logged(
    server: Server, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in a step that nobody waits for reaches nobody else."""
    store = opened(server, PLENTY)
    lease = await store.transact(take)

    def broken(budget: Budget, _: int) -> None:
        budget.returned(lease)
        if budget.sent:  # What only listens has sent nothing.
            msg = "broken"
            raise ValueError(msg)

    await store.transact(broken)
    again = await store.transact(take)
    assert again.number == lease.number + 1
    assert [record.message for record in caplog.records if "was not told" in record.message]


async def test_a_look_writes_nothing(server: Server, opened: Opened, account: str) -> None:
    """It is one round trip, and whoever writes at that moment is not overtaken by it."""
    busy, idle = opened(server, PLENTY), opened(server, PLENTY)
    await busy.transact(take)
    written = await server.ask("GET", key(account))
    before = await calls(server, "evalsha"), await calls(server, "set")
    for _ in range(10):
        assert (await idle.look()).in_flight == 1
    assert (await calls(server, "evalsha"), await calls(server, "set")) == (
        before[0] + 10,
        before[1],
    )
    assert await server.ask("GET", key(account)) == written
    await idle.aclose()
    assert await server.ask("GET", key(account)) == written


async def test_looks_and_steps_at_once(server: Server, opened: Opened) -> None:
    """Those of one process take turns on its connection, and none is lost."""
    store = opened(server, PLENTY)
    looks = [store.look() for _ in range(50)]
    leases = await asyncio.gather(*(store.transact(take) for _ in range(50)), *looks)
    assert len({lease.number for lease in leases if isinstance(lease, Lease)}) == 50
    assert (await store.look()).in_flight == 50


async def test_a_look_where_nothing_is_known(server: Server, opened: Opened) -> None:
    """An account that nobody has used yet has a blank budget, and stays without a state."""
    budget = await opened(server).look()
    assert (budget.limit, budget.credit, budget.in_flight) == (None, None, 0)


async def test_a_look_counts_no_lease_that_has_run_out(server: Server, opened: Opened) -> None:
    """What a killed process held is seen as lost, though nobody has asked for a lease since."""
    dead, alive = opened(server, PLENTY), opened(server, PLENTY)

    def take_for_a_moment(budget: Budget, now: int) -> Lease:
        lease = take(budget, now)
        assert isinstance(budget, SharedBudget)
        budget.held[lease.number] = now + SECOND // 20
        return lease

    await dead.transact(take_for_a_moment)
    assert (await alive.look()).in_flight == 1
    while (await alive.look()).in_flight:
        pass
    assert alive.view().held == {}


async def test_the_time_is_the_servers(server: Server, opened: Opened) -> None:
    """A process whose clock says something else computes with the server's time."""
    ahead = 0

    def clock() -> int:
        return local_clock() + ahead

    store = opened(server, clock=clock)
    await store.transact(take)
    ahead = 3_600 * SECOND
    instant = await store.transact(lambda _, now: now)
    assert abs(instant - time.time_ns()) < SECOND
    assert abs(store.now() - time.time_ns()) < SECOND


async def test_an_estimate_that_fits_stays(server: Server, opened: Opened) -> None:
    """Between answers the clock goes on evenly and never goes back by a visible amount."""
    store = opened(server)
    seen = []
    for _ in range(200):
        await store.transact(lambda *_: None)
        seen.append(store.now())
    assert all(later - earlier > -SECOND // 1_000 for earlier, later in zip(seen, seen[1:]))  # noqa: B905, RUF007


async def test_an_overtaken_step_is_computed_again(server: Server, opened: Opened) -> None:
    """A process that was idle while another wrote sees what that one wrote."""
    one, other = opened(server), opened(server)
    first = await one.transact(take)
    second = await other.transact(take)
    third = await one.transact(take)
    assert [second.number - first.number, third.number - second.number] == [1, 1]


async def test_a_flushed_script_is_sent_again(server: Server, opened: Opened) -> None:
    """The server may forget scripts at any time; that is no outage."""
    store = opened(server)
    first = await store.transact(take)
    await server.ask("SCRIPT", "FLUSH")
    second = await store.transact(take)
    assert second.number == first.number + 1


async def test_the_state_expires(server: Server, opened: Opened, account: str) -> None:
    """A day without use and the server forgets the account."""
    await opened(server).transact(take)
    assert EXPIRY - 5 <= await server.ask("TTL", key(account)) <= EXPIRY


@pytest.mark.parametrize(
    "state", [b"\xc1nonsense", b"", b"x" * 16, b"x" * 16 + b"\x81\xa4form\x09"]
)
async def test_an_unreadable_state_is_begun_anew(
    server: Server, opened: Opened, account: str, state: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """What another version wrote is thrown away, and that is said once."""
    await server.ask("SET", key(account), state)
    store = opened(server)
    assert isinstance(await ask(store), Lease)
    await server.ask("SET", key(account), state)
    await store.transact(lambda *_: None)
    said = [record for record in caplog.records if "another version" in record.message]
    assert len(said) == bool(state)


async def test_a_state_that_got_lost_is_not_taken_for_an_unused_quota(
    server: Server, opened: Opened, account: str
) -> None:
    """A restarted server knows nothing; where answers tell nothing, all may be spent."""
    store = opened(server, Quota(3))
    lease = await ask(store)
    assert isinstance(lease, Lease)
    await store.transact(lambda budget, now: budget.answered(lease, QuotaReport(), now))
    await server.ask("DEL", key(account))
    assert not isinstance(await ask(store), Lease)


async def test_a_wrong_password_is_a_configuration_error(
    locked: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """It would not get better by waiting; no word of it shows the password."""
    for password in ("", ":wrong-horse@", "nobody:wrong-horse@"):
        url = locked.url.replace("//", f"//{password}")
        store = RedisStore(url, "account", Quota(), local_clock)
        with pytest.raises(ConfigurationError, match="refuses the user or the password") as caught:
            await store.transact(take)
        assert "wrong-horse" not in f"{caught.value!r}{store!r}{caplog.text}"
        assert caught.value.__context__ is None
        await store.aclose()
    url = locked.url.replace("//", f"//:{PASSWORD}@")
    store = RedisStore(url, "account", Quota(), local_clock)
    assert isinstance(await store.transact(take), Lease)
    await store.aclose()


@pytest.mark.parametrize(
    "url", ["http://localhost", "redis://host:port/0", "redis", "redis://h/0?nonsense=1"]
)
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Before anything is sent, and without repeating what may hold a password."""
    with pytest.raises(ConfigurationError):
        RedisStore(url, "account", Quota(), local_clock)


async def test_a_step_that_raises_harms_nobody_else(server: Server, opened: Opened) -> None:
    """Its caller gets the error; what it had changed already is not written."""
    store = opened(server)
    await store.transact(take)

    def fail(budget: Budget, now: int) -> None:
        take(budget, now)
        raise LookupError

    sent = store.view().sent
    results = await asyncio.gather(
        store.transact(take), store.transact(fail), store.transact(take), return_exceptions=True
    )
    assert [type(result) for result in results] == [Lease, LookupError, Lease]
    assert store.view().sent == sent + 2


async def test_storms_of_cancelling_lose_no_lease(server: Server, opened: Opened) -> None:
    """Whenever a task is cancelled, it gets no lease or the lease comes back."""
    store, other = opened(server), opened(server)
    kept: list[Lease] = []

    async def one() -> None:
        kept.append(await store.transact(take))

    for pause in range(60):
        tasks = [asyncio.create_task(one()) for _ in range(5)]
        for _ in range(pause % 12):
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await store.transact(lambda *_: None)
    await store.transact(lambda *_: None)
    held = await other.transact(lambda budget, _: sorted(budget.held))  # type: ignore[attr-defined]
    assert held == sorted(lease.number for lease in kept)
    assert other.view().in_flight == len(kept)


async def test_closing_leaves_the_others_alone(server: Server, opened: Opened) -> None:
    """What was asked for is carried out; the process is no member any more."""
    one, other = opened(server), opened(server)
    await other.transact(take)
    asked = asyncio.gather(*(one.transact(take) for _ in range(5)))
    await asyncio.sleep(0)
    await one.aclose()
    assert len(await asked) == 5
    await other.transact(take)
    assert other._state.known is not None
    assert set(other._state.known.members) == {other.process}
    with pytest.raises(ClientStateError, match="closed"):
        await one.transact(take)


def test_another_loop_is_refused(server: Server) -> None:
    """A connection belongs to the loop that opened it."""

    async def open_store() -> RedisStore:
        store = RedisStore(server.url, "loops", Quota(), time.monotonic_ns)
        await store.transact(take)
        return store

    with asyncio.Runner() as runner:
        store = runner.run(open_store())

        async def elsewhere() -> None:
            with pytest.raises(ClientStateError, match="another event loop"):
                await store.transact(take)

        with asyncio.Runner() as second:
            second.run(elsewhere())
        runner.run(store.aclose())


def test_an_abandoned_store_warns_of_nothing(server: Server) -> None:
    """Where no loop is left, the connection is dropped without a word."""

    async def use() -> RedisStore:
        store = RedisStore(server.url, "abandoned", Quota(), time.monotonic_ns)
        await store.transact(take)
        return store

    store = asyncio.run(use())
    store.abandon()
    del store
    gc.collect()


def test_the_state_survives_the_wire() -> None:
    """Whatever a budget has learned is there again on the other side."""
    budget = begin(Quota(30, per=10.0, share=0.5), 5 * SECOND)
    lease = take(budget, 6 * SECOND)
    budget.answered(lease, QuotaReport(30, 12, 3 * SECOND), 7 * SECOND)
    budget.refused(take(budget, 8 * SECOND), QuotaReport(), 9 * SECOND)
    budget.lost(take(budget, 10 * SECOND), 11 * SECOND)
    take(budget, 12 * SECOND)
    envelope = Envelope(budget, {"a": Member(1, 2, 3)})
    assert decode(encode(envelope)) == envelope
    assert decode(msgspec.msgpack.encode({"form": 9})) is None

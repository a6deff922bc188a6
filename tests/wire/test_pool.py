"""A pool of clients: one for each account, no key mixed up, everybody in turn, idle ones closed."""

from __future__ import annotations

import asyncio
import gc
import os
import tracemalloc
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import (
    AuthenticationError,
    ClientPool,
    ClientStateError,
    ConfigurationError,
    Lane,
    Quota,
    Secret,
    Systeme,
    SystemeError,
)
from systeme_async.testing import Account, Faults, Sandbox, VirtualClockLoop

from .pair import now, tasks
from .raw import RawServer, answer, slowly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from .raw import Delivery

pytestmark = pytest.mark.anyio

TAG = answer(200, {"id": 1, "name": "VIP"})
SLOW_TAG = slowly(1.0, TAG)


def borrowed(
    pool: ClientPool, server: RawServer | Sandbox, key: str | None = None, **options: Any
) -> AbstractAsyncContextManager[Systeme]:
    """Borrow the client of an account of this server's."""
    return pool.systeme(api_key=key or server.api_key, base_url=server.url, **options)


@pytest.fixture
async def pool() -> AsyncIterator[ClientPool]:
    """Open a pool."""
    async with ClientPool() as pool:
        yield pool


# One client for each account


async def test_the_same_account_is_the_same_client(pool: ClientPool) -> None:
    """Whoever borrows an account gets its client, one after the other or at the same time."""
    async with Sandbox() as sandbox:
        async with borrowed(pool, sandbox) as one, borrowed(pool, sandbox) as other:
            assert one is other
        async with borrowed(pool, sandbox) as later:
            assert one is later
            await later.tags.find("VIP")
        assert 1 == len(pool)
        assert 1 == one.budget.snapshot().requests


async def test_other_keys_and_other_places_are_other_accounts(pool: ClientPool) -> None:
    """The key, the origin and the connection make an account."""
    async with Sandbox(connections=2) as sandbox, Sandbox() as other:
        first, second = sandbox.maton.connections
        through: dict[str, Any] = {"api_key": sandbox.maton.api_key, "base_url": sandbox.maton.url}
        async with (
            borrowed(pool, sandbox, "one") as a,
            borrowed(pool, sandbox, "two") as b,
            borrowed(pool, other, "one") as c,
            pool.via_maton(connection=first, **through) as d,
            pool.via_maton(connection=second, **through) as e,
            pool.via_maton(connection=first, **through) as again,
        ):
            assert 5 == len({a, b, c, d, e}) == len(pool)
            assert d is again
            await asyncio.gather(d.tags.find("VIP"), e.tags.find("VIP"))
        assert [first, second] == sorted(
            (request.connection or "" for request in sandbox.maton.requests),
            key=[first, second].index,
        )


async def test_a_connection_must_be_named(pool: ClientPool) -> None:
    """Nobody is let in to whichever account the gateway would choose."""
    nobody: Any = None
    for connection in (nobody, ""):
        with pytest.raises(ConfigurationError, match="connection"):
            pool.via_maton(api_key="key", connection=connection)
    with pytest.raises(ConfigurationError):
        pool.systeme(api_key=nobody)
    assert 0 == len(pool)


async def test_the_key_to_maton_may_come_from_the_environment(
    pool: ClientPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agency has one key to Maton and many connections."""
    monkeypatch.setenv("MATON_API_KEY", "key-of-the-agency")
    async with pool.via_maton(connection="one"), pool.via_maton(connection="two"):
        assert 2 == len(pool)


async def test_copies_are_the_same_account(pool: ClientPool) -> None:
    """A borrowed client is copied as any other, on the same budget."""
    async with Sandbox() as sandbox, borrowed(pool, sandbox) as systeme:
        await systeme.with_options(lane=Lane.BULK, deadline=5).tags.find("VIP")
        await systeme.tags.find("VIP")
        assert 2 == systeme.budget.snapshot().requests
        assert 1 == len(pool)


async def test_the_accounts_can_be_looked_at(pool: ClientPool) -> None:
    """Name, place, borrowers and budget are shown, and no key."""
    key = "sk4f1c9d77a0be5512"
    async with Sandbox(api_key=key, quota="free") as sandbox:
        async with borrowed(pool, sandbox) as systeme:
            await systeme.tags.find("VIP")
            [account] = pool.accounts
            assert 1 == account.borrowers
        [account] = pool.accounts
        assert 0 == account.borrowers
        assert (Secret(key).fingerprint(), sandbox.url) == (account.name, account.url)
        assert 29 == account.budget.remaining
        assert key not in f"{pool!r} {pool.accounts!r} {vars(pool)!r} {systeme!r}"


# Options


async def test_options_of_the_pool_are_those_of_its_clients() -> None:
    """What is not said for an account holds as it was said for all."""
    async with (
        Sandbox(faults=Faults(latency=5)) as sandbox,
        ClientPool(timeout=2, max_attempts=1) as pool,
    ):
        async with borrowed(pool, sandbox) as systeme:
            with pytest.raises(SystemeError):
                await systeme.tags.find("VIP")
            assert 2 == round(now())
        async with borrowed(pool, sandbox, "other", quota="free", timeout=20) as other:
            with pytest.raises(AuthenticationError):
                await other.tags.find("VIP")
            assert 30 == other.budget.snapshot().limit


async def test_options_that_contradict_are_refused(pool: ClientPool) -> None:
    """An account can't have two quotas; whoever says nothing has what there is."""
    async with Sandbox() as sandbox:
        async with (
            borrowed(pool, sandbox, quota=Quota(30), timeout=5) as one,
            borrowed(pool, sandbox, quota="free") as same,
            borrowed(pool, sandbox) as silent,
        ):
            assert one is same is silent
            with pytest.raises(ConfigurationError, match=r"quota is .*30.* and .*60.*with_options"):
                async with borrowed(pool, sandbox, quota="startup"):
                    pass
            with pytest.raises(ConfigurationError, match=r"timeout is 5 there and 6 here"):
                async with borrowed(pool, sandbox, timeout=6):
                    pass
            password = "redis://user:secret@127.0.0.1:1/0"
            with pytest.raises(ConfigurationError, match="budget differs") as caught:
                async with borrowed(pool, sandbox, budget=password):
                    pass
            assert "secret" not in str(caught.value)
        assert [0] == [account.borrowers for account in pool.accounts]


@pytest.mark.parametrize(
    "options",
    [
        {"concurrency": 0},
        {"per_account": 0},
        {"idle": -1.0},
        {"idle": float("nan")},
        {"quota": "huge"},
        {"timeout": 0.0},
        {"budget": "nowhere"},
    ],
)
def test_a_setting_that_cannot_work(options: Any) -> None:
    """A pool refuses at once what it could not use."""
    with pytest.raises(ConfigurationError):
        ClientPool(**options)


async def test_a_key_that_cannot_work(pool: ClientPool) -> None:
    """A key with a blank is refused where it is given, and not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        pool.systeme(api_key="two words")
    assert "two words" not in str(caught.value)
    frame = caught.traceback[1].frame
    assert "two words" not in repr(frame.f_locals)


# States


async def test_before_and_after_its_block() -> None:
    """A pool lends within its block and nowhere else."""
    pool = ClientPool()
    with pytest.raises(ClientStateError, match="async with"):
        async with pool.systeme(api_key="key"):
            pass
    async with pool:
        pass
    with pytest.raises(ClientStateError, match="closed"):
        async with pool.systeme(api_key="key"):
            pass
    with pytest.raises(ClientStateError, match="opened before"):
        async with pool:
            pass
    await pool.aclose()
    assert "<ClientPool of 0 accounts>" == repr(pool)
    assert 0 == ClientPool().in_flight


async def test_a_pool_that_was_never_opened_is_closed() -> None:
    """Closing needs no opening, and is for good."""
    pool = ClientPool()
    await pool.aclose()
    with pytest.raises(ClientStateError):
        async with pool:
            pass


async def test_a_loan_is_for_one_block(pool: ClientPool) -> None:
    """What was borrowed once is not borrowed again by the same token."""
    loan = pool.systeme(api_key="key")
    async with loan:
        pass
    with pytest.raises(ClientStateError, match="again"):
        async with loan:
            pass


def test_another_loop() -> None:
    """A pool stays with the loop that opened it, and says so elsewhere."""

    async def borrow(pool: ClientPool) -> None:
        async with pool.systeme(api_key="key"):
            pass

    with asyncio.Runner(loop_factory=VirtualClockLoop) as first:
        pool = ClientPool()
        first.run(pool.__aenter__())
        with asyncio.Runner(loop_factory=VirtualClockLoop) as second:
            for use in (borrow(pool), pool.aclose()):
                with pytest.raises(ClientStateError, match="loop"):
                    second.run(use)
        first.run(borrow(pool))
        first.run(pool.aclose())


async def test_another_process(pool: ClientPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked child is told to open a pool of its own."""
    mine = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: mine + 1)
    with pytest.raises(ClientStateError, match="fork"):
        async with pool.systeme(api_key="key"):
            pass
    monkeypatch.undo()


async def test_a_borrowed_client_is_not_the_borrowers_to_close(pool: ClientPool) -> None:
    """Closing it would close it for others, and forget what the account has spent."""
    async with Sandbox() as sandbox, borrowed(pool, sandbox) as systeme:
        with pytest.raises(ClientStateError, match="lent by a pool"):
            await systeme.with_options(timeout=3).aclose()
        await systeme.tags.find("VIP")


async def test_closing_ends_everything() -> None:
    """Calls that wait and calls on their way end in errors of the tree, and nothing is left."""
    async with RawServer(SLOW_TAG) as server:
        pool = await ClientPool(concurrency=5).__aenter__()
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(borrowed(pool, server, f"key-{number}"))
                for number in range(20)
            ]
            calls = [asyncio.create_task(client.tags.get(1)) for client in clients for _ in "abc"]
            await asyncio.sleep(1.5)
            await pool.aclose()
            ended = await asyncio.gather(*calls, return_exceptions=True)
            for client in clients:
                with pytest.raises(ClientStateError, match="closed"):
                    await client.tags.get(1)
                await client.aclose()
        assert [] == tasks()
        assert 0 == pool.in_flight == len(pool)
        failed = [error for error in ended if isinstance(error, BaseException)]
        assert 55 == len(failed)
        assert all(isinstance(error, SystemeError) for error in failed)
        await asyncio.sleep(2)  # Until the server looks up from what it was at.
        assert 0 == server.open


# One pool of connections


@pytest.mark.slow
async def test_no_key_travels_with_another_request() -> None:
    """900 calls of 30 accounts over a handful of connections each carry the key of their own."""

    async def lagging(_: Delivery, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.01 * (len(server.deliveries) % 7))
        writer.write(TAG)

    async with RawServer(lagging) as server, ClientPool(concurrency=4) as pool:

        async def call(number: int) -> None:
            account = number % 30
            async with borrowed(pool, server, f"key-of-{account}") as systeme:
                if number % 11 == 3:  # Some are cut off: theirs must not be used again.
                    cut_off = asyncio.create_task(systeme.tags.get(1000 + account))
                    await asyncio.sleep(0.005 * (number % 3))
                    cut_off.cancel()
                await systeme.tags.get(1000 + account)

        await asyncio.gather(*map(call, range(900)))
        assert server.open <= 4
    assert 900 <= len(server.deliveries)
    assert {f"/api/tags/{1000 + account}" for account in range(30)} == {
        delivery.target for delivery in server.deliveries
    }
    for delivery in server.deliveries:
        account = int(delivery.target.rpartition("/")[2]) - 1000
        assert f"key-of-{account}" == delivery.headers["x-api-key"]
        assert "cookie" not in delivery.headers


async def test_accounts_share_connections(pool: ClientPool) -> None:
    """A connection that served one account serves the next."""
    async with RawServer(TAG) as server:
        for number in range(50):
            async with borrowed(pool, server, f"key-{number}") as systeme:
                await systeme.tags.get(1)
        assert 1 == server.connections


async def test_a_wrong_key_is_its_own_accounts_trouble(pool: ClientPool) -> None:
    """An account that is refused does not disturb the one beside it."""
    async with Sandbox() as sandbox:

        async def refused() -> None:
            async with borrowed(pool, sandbox, "wrong") as systeme:
                with pytest.raises(AuthenticationError):
                    await systeme.tags.find("VIP")

        async def served() -> None:
            async with borrowed(pool, sandbox) as systeme:
                assert await systeme.tags.find("VIP") is None

        await asyncio.gather(*(refused() for _ in range(20)), *(served() for _ in range(20)))


# Turns


async def times_of(client: Systeme, count: int, into: list[float]) -> None:
    """Make so many calls at once, and note when each has ended."""

    async def call() -> None:
        await client.tags.get(1)
        into.append(now())

    await asyncio.gather(*(call() for _ in range(count)))


async def test_one_call_beside_a_thousand() -> None:
    """An account with one call is served in the next turn, whatever another one has queued."""
    many, one = list[float](), list[float]()
    async with (
        RawServer(SLOW_TAG) as server,
        ClientPool(concurrency=10, per_account=100, quota="unlimited") as pool,
        borrowed(pool, server, "a") as a,
        borrowed(pool, server, "b") as b,
    ):
        queued = asyncio.create_task(times_of(a, 1_000, many))
        await asyncio.sleep(20.5)
        began = now()
        await times_of(b, 1, one)
        assert one[0] - began <= 1.6
        await queued
    assert 1_000 == len(many)


async def test_accounts_take_turns() -> None:
    """With one slot, twenty accounts are served once each before anybody is served twice."""
    async with (
        RawServer(slowly(0.1, TAG)) as server,
        ClientPool(concurrency=1) as pool,
        AsyncExitStack() as stack,
    ):
        clients = [
            await stack.enter_async_context(borrowed(pool, server, f"key-{number}"))
            for number in range(20)
        ]
        # The first has a hundred calls, those behind it have fewer and fewer.
        await asyncio.gather(
            *(times_of(client, 100 // (place + 1), []) for place, client in enumerate(clients))
        )
    keys = [delivery.headers["x-api-key"] for delivery in server.deliveries]
    assert 20 == len(set(keys[1:21]))


async def test_people_go_before_the_jobs_of_others() -> None:
    """While imports of ten accounts run, somebody's call finds a slot kept for it."""
    async with (
        RawServer(SLOW_TAG) as server,
        ClientPool(concurrency=20, quota="unlimited") as pool,
        AsyncExitStack() as stack,
    ):
        clients = [
            await stack.enter_async_context(borrowed(pool, server, f"key-{number}"))
            for number in range(10)
        ]
        jobs = [
            asyncio.create_task(times_of(client.with_options(lane=Lane.BULK), 60, []))
            for client in clients
        ]
        await asyncio.sleep(5.5)
        assert 18 == pool.in_flight
        async with borrowed(pool, server, "somebody") as person:
            for _ in range(3):
                began = now()
                await person.tags.get(1)
                assert now() - began <= 1.001
        await asyncio.gather(*jobs)


async def test_jobs_are_not_starved_by_people_of_others() -> None:
    """However many people call, every tenth slot is a job's."""
    done = list[float]()
    async with (
        RawServer(slowly(0.1, TAG)) as server,
        ClientPool(concurrency=2, per_account=50, quota="unlimited") as pool,
        borrowed(pool, server, "people") as people,
        borrowed(pool, server, "job") as job,
    ):
        others = asyncio.create_task(times_of(people, 500, []))
        await asyncio.sleep(1)
        await times_of(job.with_options(lane=Lane.BULK), 10, done)
        assert now() <= 1 + 10 * 10 * 0.1 / 2 + 1
        await others


async def test_whoever_waits_for_quota_holds_no_slot() -> None:
    """An account without quota leaves all slots to the others."""
    async with (
        Sandbox(quota=Quota(5)) as poor,
        Sandbox(quota=Quota(1000)) as rich,
        ClientPool(concurrency=2) as pool,
        borrowed(pool, poor) as a,
        borrowed(pool, rich) as b,
    ):
        waiting = [asyncio.create_task(a.tags.find("VIP")) for _ in range(20)]
        await asyncio.sleep(1)
        assert 0 == pool.in_flight
        for _ in range(20):
            await b.tags.find("VIP")
        assert now() < 2
        for call in waiting:
            call.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_429_pauses_one_account_alone() -> None:
    """Whom the server throttles waits; the account beside it does not."""
    async with (
        Sandbox(quota=Quota(1000)) as throttled,
        Sandbox(quota=Quota(1000)) as other,
        ClientPool(concurrency=2) as pool,
        borrowed(pool, throttled) as a,
        borrowed(pool, other) as b,
    ):
        throttled.inject("throttle")
        waiting = [asyncio.create_task(a.tags.find("VIP")) for _ in range(10)]
        await asyncio.sleep(1)
        await asyncio.gather(*(b.tags.find("VIP") for _ in range(50)))
        assert now() < 2
        await asyncio.gather(*waiting)
        assert now() > 30
        assert (1, 0) == (throttled.throttled, other.throttled)


@pytest.mark.parametrize("seed", range(5))
async def test_a_storm_of_cancellations_loses_no_slot(seed: int) -> None:
    """After hundreds of calls were cut off at odd moments, all slots are free and all is served."""
    async with (
        RawServer(slowly(0.05, TAG)) as server,
        ClientPool(concurrency=3, quota="unlimited") as pool,
        AsyncExitStack() as stack,
    ):
        clients = [
            await stack.enter_async_context(borrowed(pool, server, f"key-{number}"))
            for number in range(10)
        ]
        calls = [
            asyncio.create_task(
                clients[number % 10].with_options(lane=Lane(number % 2)).tags.get(1)
            )
            for number in range(300)
        ]
        for number, call in enumerate(calls):
            if number % 3 != seed % 3:
                await asyncio.sleep(0.001 * ((number * (seed + 7)) % 13))
                call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert 0 == pool.in_flight
        await asyncio.gather(*(client.tags.get(1) for client in clients))
        assert 0 == pool.in_flight


async def test_accounts_behind_one_ceiling_leave_slots_to_others() -> None:
    """Of fifty accounts behind Maton's ten a second, one holds a slot while it waits for that."""
    async with Sandbox(connections=0) as sandbox, ClientPool(concurrency=3) as pool:
        connections = [
            sandbox.maton.add_connection(account=Account(), quota=Quota(1000)).id for _ in range(50)
        ]
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(
                    pool.via_maton(
                        api_key=sandbox.maton.api_key,
                        connection=connection,
                        base_url=sandbox.maton.url,
                    )
                )
                for connection in connections
            ]
            jobs = [
                asyncio.create_task(client.with_options(lane=Lane.BULK).tags.find("VIP"))
                for client in clients
                for _ in "ab"
            ]
            await asyncio.sleep(2)
            async with borrowed(pool, sandbox) as direct:
                began = now()
                await asyncio.gather(*(direct.tags.find("VIP") for _ in range(20)))
                assert now() - began < 0.1
            # People are next in the doorway, whoever's jobs stand before it.
            began = now()
            await clients[-1].tags.find("VIP")
            assert now() - began < 0.5
            await asyncio.gather(*jobs)
        assert 0 == sandbox.maton.throttled
        assert 101 == sandbox.maton.received


# Idle clients


async def test_an_idle_client_is_closed() -> None:
    """Nobody has borrowed it for so long: it is closed, and the next borrower gets a new one."""
    async with RawServer(TAG) as server, ClientPool(idle=100) as pool:
        async with borrowed(pool, server) as systeme:
            await systeme.tags.get(1)
        await asyncio.sleep(99)
        assert 1 == len(pool)
        await systeme.tags.get(1)  # It works as long as it is there.
        await asyncio.sleep(2)
        assert 0 == len(pool)
        with pytest.raises(ClientStateError, match="closed"):
            await systeme.tags.get(1)
        async with borrowed(pool, server) as later:
            assert later is not systeme
            await later.tags.get(1)
        assert [] == tasks()


async def test_a_borrowed_client_is_not_closed() -> None:
    """However long it is held, and by whomever of several."""
    async with RawServer(TAG) as server, ClientPool(idle=10) as pool:
        async with borrowed(pool, server) as systeme:
            async with borrowed(pool, server):
                await asyncio.sleep(50)
            await asyncio.sleep(50)
            await systeme.tags.get(1)
            assert 1 == len(pool)
        await asyncio.sleep(5)
        async with borrowed(pool, server) as again:
            assert again is systeme
        await asyncio.sleep(9)
        assert 1 == len(pool)
        await asyncio.sleep(2)
        assert 0 == len(pool)


async def test_spent_quota_is_not_forgotten() -> None:
    """With a configured quota, opening and closing again and again sends no more than it allows."""
    async with RawServer(TAG) as server, ClientPool(idle=0, quota=Quota(5)) as pool:
        for _ in range(20):
            async with borrowed(pool, server) as systeme:
                await systeme.tags.get(1)
            await asyncio.sleep(0.1)
    times = [delivery.at for delivery in server.deliveries]
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[5:], strict=False))


async def test_a_pause_is_not_forgotten() -> None:
    """An account that was told to wait is asked by nobody before, whoever borrows it."""
    script = (answer(429, None, "Retry-After: 500"), TAG)
    async with RawServer(*script) as server, ClientPool(idle=1) as pool:
        for _ in range(3):
            async with borrowed(pool, server) as systeme:
                with pytest.raises(SystemeError):
                    await systeme.with_options(deadline=5).tags.get(1)
            await asyncio.sleep(100)
        assert 1 == len(server.deliveries) == len(pool)
        await asyncio.sleep(250)
        assert 0 == len(pool)


async def test_a_client_in_use_behind_its_block_is_not_closed_under_its_call() -> None:
    """A call that is still under way is let to its end."""
    async with RawServer(slowly(20.0, TAG)) as server, ClientPool(idle=1) as pool:
        async with borrowed(pool, server) as systeme:
            call = asyncio.create_task(systeme.tags.get(1))
            await asyncio.sleep(0.1)
        assert 1 == (await call).id
        await asyncio.sleep(3)
        assert 0 == len(pool)


async def test_clients_that_are_kept_for_ever() -> None:
    """An endless `idle` closes nothing before the end."""
    async with RawServer(TAG) as server, ClientPool(idle=float("inf")) as pool:
        async with borrowed(pool, server) as systeme:
            await systeme.tags.get(1)
        await asyncio.sleep(1e6)
        assert 1 == len(pool)


async def test_a_budget_in_a_file_is_let_go(tmp_path: Path) -> None:
    """What is kept elsewhere need not be kept here, and is there for the next borrower."""
    async with (
        Sandbox(quota=Quota(10)) as sandbox,
        ClientPool(idle=1, budget=f"sqlite:///{tmp_path}/budget") as pool,
    ):
        for number in range(3):
            async with borrowed(pool, sandbox) as systeme:
                await systeme.tags.find("VIP")
                assert 9 - number == systeme.budget.snapshot().remaining
            await asyncio.sleep(2)
            assert 0 == len(pool)


@pytest.mark.slow
async def test_a_thousand_idle_accounts() -> None:
    """They cost little while they are open, and nothing is left of them once they are closed."""
    async with RawServer(TAG) as server, ClientPool(idle=100) as pool:
        await use_all(pool, server, range(50))
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            await use_all(pool, server, range(50, 1050))
            server.deliveries.clear()
            gc.collect()
            open_, _ = tracemalloc.get_traced_memory()
            assert 1050 == len(pool)
            assert (open_ - before) / 1000 < 40_000
            await asyncio.sleep(300)
            assert 0 == len(pool)
            gc.collect()
            closed, _ = tracemalloc.get_traced_memory()
            assert closed - before < 500_000
        finally:
            tracemalloc.stop()


async def use_all(pool: ClientPool, server: RawServer, numbers: range) -> None:
    """Let each of these accounts make one call."""
    for number in numbers:
        async with borrowed(pool, server, f"key-{number}") as systeme:
            await systeme.tags.get(1)

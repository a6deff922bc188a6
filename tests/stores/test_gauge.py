"""Who waits, as every client sees it: by lane, in its own process and in all that share."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import ClientStateError, Lane, Quota, Systeme
from systeme_async.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from .conftest import Server

pytestmark = pytest.mark.anyio

INTERACTIVE, BULK = Lane.INTERACTIVE, Lane.BULK


def client(sandbox: Sandbox, **options: Any) -> Systeme:
    """Make a client of the sandbox."""
    return Systeme(api_key=sandbox.api_key, base_url=sandbox.url, **options)


def waiters(systeme: Systeme, interactive: int, bulk: int) -> list[Coroutine[Any, Any, object]]:
    """Make calls in both lanes."""
    job = systeme.with_options(lane=BULK)
    return [
        *(systeme.tags.find("mine") for _ in range(interactive)),
        *(job.tags.find("bulk") for _ in range(bulk)),
    ]


async def cancel(*calls: asyncio.Task[object]) -> None:
    """Send callers home."""
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_one_process_sees_its_own_lanes() -> None:
    """Without sharing, all who wait are those of this process."""
    async with Sandbox(quota=Quota(1)) as sandbox, client(sandbox) as systeme:
        await systeme.tags.find("first")
        calls = [asyncio.create_task(call) for call in waiters(systeme, 2, 5)]
        await asyncio.sleep(1)
        budget = systeme.budget.snapshot()
        assert budget.waiting == 7
        assert budget.waiting_by_lane == budget.waiting_everywhere == {INTERACTIVE: 2, BULK: 5}
        assert budget.processes_waiting == {INTERACTIVE: 1, BULK: 1}
        assert hash(budget) == hash(replace(budget))
        await cancel(*calls)
        gone = systeme.budget.snapshot()
        assert gone.waiting_everywhere == gone.processes_waiting == {INTERACTIVE: 0, BULK: 0}


async def test_what_shares_a_file_is_seen(tmp_path: Path) -> None:
    """Each client counts its own calls, and all see those of all; waiting costs no request."""
    budget = f"sqlite:///{tmp_path / 'budget.db'}"
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox(quota=Quota(1)))
        web, job, watcher = [
            await stack.enter_async_context(client(sandbox, budget=budget)) for _ in range(3)
        ]
        await web.tags.find("first")
        calls = [asyncio.create_task(call) for call in waiters(web, 2, 1) + waiters(job, 0, 30)]
        await asyncio.sleep(5)
        seen = await watcher.budget.refresh()
        assert (seen.limit, seen.remaining, seen.waiting, seen.requests) == (1, 0, 0, 1)
        assert seen.waiting_by_lane == {INTERACTIVE: 0, BULK: 0}
        assert seen.waiting_everywhere == {INTERACTIVE: 2, BULK: 31}
        assert seen.processes_waiting == {INTERACTIVE: 1, BULK: 2}
        mine = web.budget.snapshot()
        assert (mine.waiting_by_lane, mine.waiting) == ({INTERACTIVE: 2, BULK: 1}, 3)
        assert mine.waiting_everywhere == seen.waiting_everywhere
        await cancel(*calls)
        assert sandbox.received == 1


async def test_what_a_process_told_that_asks_no_more_is_forgotten(tmp_path: Path) -> None:
    """It was killed or stopped: its waiters are seen for three seconds more."""
    budget = f"sqlite:///{tmp_path / 'budget.db'}"
    async with Sandbox(quota=Quota(1)) as sandbox, client(sandbox, budget=budget) as watcher:
        doomed = client(sandbox, budget=budget)
        await doomed.tags.find("first")
        calls = [asyncio.create_task(call) for call in waiters(doomed, 0, 9)]
        await asyncio.sleep(3)
        store, goes_on = doomed._caller.session.store, asyncio.Event()
        transact = store.transact

        async def stopped(step: Any) -> Any:
            await goes_on.wait()
            return await transact(step)

        store.transact = stopped  # type: ignore[method-assign]
        assert (await watcher.budget.refresh()).waiting_everywhere[BULK] == 9
        await asyncio.sleep(3)
        assert (await watcher.budget.refresh()).waiting_everywhere[BULK] == 0
        goes_on.set()
        await cancel(*calls)
        await doomed.aclose()


async def test_a_look_at_a_closed_client_is_refused() -> None:
    """What is closed looks at nothing any more; what is not opened yet is opened."""
    async with Sandbox() as sandbox:
        systeme = client(sandbox)
        assert (await systeme.budget.refresh()).limit is None
        await systeme.aclose()
        with pytest.raises(ClientStateError, match="closed"):
            await systeme.budget.refresh()


@pytest.mark.parametrize("concurrency", [1, 20])
async def test_both_lanes_of_a_process_wait_at_rest(tmp_path: Path, concurrency: int) -> None:
    """A lane that gets no lease wakes no other that knows as much; that would never end."""
    options: Any = {"budget": f"sqlite:///{tmp_path / 'budget.db'}", "concurrency": concurrency}
    async with Sandbox(quota=Quota(1)) as sandbox, client(sandbox, **options) as systeme:
        await systeme.tags.find("first")
        calls = [asyncio.create_task(call) for call in waiters(systeme, 3, 3)]
        await asyncio.sleep(1)
        store, asked = systeme._caller.session.store, 0
        transact = store.transact

        async def counted(step: Any) -> Any:
            nonlocal asked
            asked += 1
            return await transact(step)

        store.transact = counted  # type: ignore[method-assign]
        await asyncio.sleep(10)
        # Each lane's first one asks about once a second.
        assert 18 <= asked <= 22
        await asyncio.gather(*calls)
        assert sandbox.throttled == 0


class TestInRedis:
    """The same where the state is on a server, in real time."""

    @pytest.fixture
    def anyio_backend(self) -> tuple[str, dict[str, Any]]:
        """Run in the server's own time."""
        return "asyncio", {}

    async def test_a_look_brings_what_others_did(self, server: Server) -> None:
        """A snapshot shows what was heard last, a refresh what is there."""
        async with AsyncExitStack() as stack:
            sandbox = await stack.enter_async_context(Sandbox(quota=Quota(2)))
            job, watcher = [
                await stack.enter_async_context(client(sandbox, budget=server.url))
                for _ in range(2)
            ]
            assert (await watcher.budget.refresh()).limit is None
            await job.tags.find("first")
            assert (await job.budget.refresh()).remaining == 1
            await job.tags.find("second")
            calls = [asyncio.create_task(call) for call in waiters(job, 1, 4)]
            while sum((await watcher.budget.refresh()).waiting_everywhere.values()) < 5:
                pass
            seen = watcher.budget.snapshot()
            assert (seen.limit, seen.remaining, seen.requests) == (2, 0, 2)
            assert seen.waiting_everywhere == {INTERACTIVE: 1, BULK: 4}
            assert seen.processes_waiting == {INTERACTIVE: 1, BULK: 1}
            assert seen.refill_at is not None
            await cancel(*calls)
            assert sandbox.received == 2

"""Several gates on one file: one quota, leases that come back, lanes across all of them."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any, Final

import anyio
import pytest

from systeme_async import ConfigurationError, Lane, Quota
from systeme_async._core.gate import Gate, OutOfTimeError
from systeme_async._core.lease import Lease
from systeme_async._core.quota import SECOND, QuotaReport
from systeme_async._core.shared import LEASE_TIME, SharedBudget
from systeme_async._core.slots import Slots
from systeme_async._core.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

MINUTE: Final = 60 * SECOND


def now() -> int:
    """Read the virtual clock in nanoseconds."""
    return int(asyncio.get_running_loop().time() * SECOND)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Name the file that is shared."""
    return str(tmp_path / "budget.db")


class Server:
    """A fixed window of the account's quota, as the server keeps it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.seen: list[int] = []
        self.refused = 0

    def answer(self) -> QuotaReport | None:
        """Count a request; None is a 429."""
        window = now() // MINUTE
        used = sum(at // MINUTE == window for at in self.seen)
        if used >= self.limit:
            self.refused += 1
            return None
        self.seen.append(now())
        left = self.limit - used - 1
        return QuotaReport(self.limit, left, (window + 1) * MINUTE - now())

    @property
    def fullest(self) -> int:
        """How much the fullest window held."""
        windows = [at // MINUTE for at in self.seen]
        return max(windows.count(window) for window in windows)


class Process:
    """One of the processes: a store of its own on the shared file, and a gate before it."""

    def __init__(self, path: str, server: Server, quota: Quota | None = None) -> None:
        self.store = SqliteStore(path, "account", quota or Quota(), now)
        self.gate = Gate(self.store, Slots(20))
        self.server = server

    async def call(
        self, lane: Lane = Lane.BULK, deadline: int | None = None, latency: float = 0.2
    ) -> int:
        """Make one call; return when it left."""
        lease = await self.gate.acquire(lane, deadline)
        left = now()
        await asyncio.sleep(latency / 2)
        report = self.server.answer()
        await asyncio.sleep(latency / 2)
        if report is None:
            await self.gate.settle(lambda budget, at: budget.refused(lease, QuotaReport(), at))
        else:
            await self.gate.settle(lambda budget, at: budget.answered(lease, report, at))
        return left

    async def aclose(self) -> None:
        """End as a client does."""
        self.gate.close()
        await self.gate.drain()
        await self.store.aclose()


async def closed(*processes: Process) -> SharedBudget:
    """Close them all, and return the state that they leave."""
    budget = processes[0].store
    state = await budget.transact(lambda held, _: held)
    for process in processes:
        await process.aclose()
    assert isinstance(state, SharedBudget)
    return state


async def test_eight_processes_keep_one_quota(path: str) -> None:
    """400 calls from eight of them fit into the windows to the last request, without a 429."""
    server = Server(60)
    processes = [Process(path, server) for _ in range(8)]
    async with anyio.create_task_group() as group:
        for process in processes:
            for _ in range(50):
                group.start_soon(process.call)
    assert server.refused == 0
    assert len(server.seen) == 400
    assert server.fullest == 60
    assert now() <= 7 * MINUTE
    state = await closed(*processes)
    assert (state.in_flight, state.line.places, state.held) == (0, {}, {})


async def test_what_a_killed_process_held_comes_back(path: str) -> None:
    """Its leases expire, and count as lost: nobody knows whether the server has seen them."""
    server = Server(10)
    dead, alive = Process(path, server), Process(path, server)
    await alive.call()
    for _ in range(4):
        await dead.gate.acquire(Lane.BULK, None)
    await alive.call()
    assert alive.store.view().in_flight == 4
    await asyncio.sleep(LEASE_TIME / SECOND)
    await alive.call()
    assert alive.store.view().in_flight == 0
    await closed(alive, dead)


async def test_an_answer_after_its_lease_expired_is_learned_from(path: str) -> None:
    """A request slower than its lease is counted once, and its Remaining is heard."""
    server = Server(10)
    slow, other = Process(path, server), Process(path, server)
    await other.call()
    late = asyncio.create_task(slow.call(latency=40))
    await asyncio.sleep(20)
    await other.call()
    await late
    state = await closed(slow, other)
    assert (state.in_flight, state.sent - state.unsent) == (0, 3)
    assert server.refused == 0


@pytest.mark.parametrize("deaths", [1, 3])
async def test_a_killed_process_in_line_blocks_nobody_for_long(path: str, deaths: int) -> None:
    """Its place is given up after three seconds; the others go on."""
    server = Server(60)
    dead = [Process(path, server) for _ in range(deaths)]
    alive = Process(path, server)
    first = asyncio.create_task(alive.call())
    await asyncio.sleep(0)
    ghosts = [asyncio.create_task(one.gate.acquire(Lane.INTERACTIVE, None)) for one in dead]
    await asyncio.sleep(0)
    for ghost in ghosts:
        ghost.cancel()
    await first
    for _ in range(20):
        await alive.call(latency=0.1)
    assert now() < 10 * SECOND
    await closed(alive, *dead)


async def test_interactive_calls_of_one_process_pass_the_bulk_calls_of_another(path: str) -> None:
    """A web request waits for one token, while an import waits in another process."""
    server = Server(60)
    web, job = Process(path, server), Process(path, server)
    async with anyio.create_task_group() as group:
        for _ in range(300):
            group.start_soon(job.call)
        await asyncio.sleep(70)
        for _ in range(5):
            began = now()
            await web.call(Lane.INTERACTIVE)
            assert now() - began < MINUTE
            await asyncio.sleep(13)
        group.cancel_scope.cancel()
    assert server.refused == 0
    await closed(web, job)


async def test_first_come_first_served_across_processes(path: str) -> None:
    """Calls that wait in three processes leave in the order in which they came."""
    server = Server(2)
    processes = [Process(path, server) for _ in range(3)]
    order: list[int] = []

    async def call(number: int) -> None:
        await processes[number % 3].call()
        order.append(number)

    await processes[0].call()
    await processes[0].call()
    async with anyio.create_task_group() as group:
        for number in range(9):
            group.start_soon(call, number)
            await asyncio.sleep(0.01)
    assert order == list(range(9))
    assert server.refused == 0
    await closed(*processes)


async def test_deadlines_hold_across_processes(path: str) -> None:
    """A call that can't leave in time is told so, and leaves no place behind."""
    server = Server(3)
    one, other = Process(path, server), Process(path, server)
    for _ in range(3):
        await one.call(Lane.INTERACTIVE)
    with pytest.raises(OutOfTimeError):
        await other.call(Lane.INTERACTIVE, now() + 5 * SECOND)
    assert now() < 2 * SECOND
    state = await closed(one, other)
    assert state.in_flight == 0


async def test_a_configured_quota_is_one_for_all(path: str) -> None:
    """Three processes that know the number and hear nothing keep it together."""
    server = Server(1_000)
    processes = [Process(path, server, Quota(30)) for _ in range(3)]

    async def quiet(process: Process) -> int:
        lease = await process.gate.acquire(Lane.BULK, None)
        left = now()
        await asyncio.sleep(0.1)
        await process.gate.settle(lambda budget, at: budget.answered(lease, QuotaReport(), at))
        return left

    times: list[int] = []

    async def note(process: Process) -> None:
        times.append(await quiet(process))

    async with anyio.create_task_group() as group:
        for number in range(75):
            group.start_soon(note, processes[number % 3])
    times.sort()
    fullest = max(sum(start <= other < start + MINUTE for other in times) for start in times)
    assert 29 <= fullest <= 30  # One may be left standing for people.
    await closed(*processes)


async def test_a_storm_of_cancellations_loses_no_lease(path: str) -> None:
    """Half of the callers give up, also while the file is asked; every token is accounted for."""
    server = Server(60)
    processes = [Process(path, server) for _ in range(4)]
    tasks = [asyncio.create_task(processes[number % 4].call()) for number in range(200)]
    for number, task in enumerate(tasks):
        if number % 2:
            await asyncio.sleep(0.003)
            task.cancel()
    await asyncio.wait(tasks)
    # A call that was cancelled on its way never settled: its lease expires.
    await asyncio.sleep(2 * LEASE_TIME / SECOND)
    await processes[0].call()
    state = await closed(*processes)
    assert state.in_flight == 0
    assert server.refused == 0


async def test_processes_told_of_different_quotas_forget_nothing(path: str) -> None:
    """What is spent stays spent, whichever process was told what."""
    strict = Process(path, Server(1_000), Quota(10))
    loose = Process(path, Server(1_000), Quota(20))
    for process in (strict, loose) * 4:
        lease = await process.gate.acquire(Lane.BULK, None)
        await process.gate.settle(
            lambda budget, at, lease=lease: budget.answered(lease, QuotaReport(), at)
        )
    ceiling = loose.store.view().ceiling
    assert ceiling is not None
    assert len(ceiling.free_at) == 8
    await closed(strict, loose)


# The file


async def test_a_cancelled_step_is_carried_to_its_end(path: str) -> None:
    """A lease given to a call that is gone by then is given back."""
    one = Process(path, Server(60))
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    asking = asyncio.create_task(one.gate.acquire(Lane.BULK, None))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    blocker.execute("ROLLBACK")
    blocker.close()
    await one.gate.drain()
    assert one.store.view().in_flight == 0
    assert one.store.view().unsent == one.store.view().sent
    await one.aclose()


Spoil = "Callable[[sqlite3.Connection], object]"

SPOILED: Final[dict[str, Callable[[sqlite3.Connection], object]]] = {
    "another form": lambda file: file.execute("UPDATE budgets SET version = 99"),
    "another boot": lambda file: file.execute("UPDATE budgets SET boot = 'before'"),
    "no state": lambda file: file.execute("UPDATE budgets SET state = x'00'"),
    "nothing": lambda file: file.execute("DELETE FROM budgets"),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
async def test_a_state_of_no_use_is_begun_anew(path: str, spoil: Callable[..., Any]) -> None:
    """What another version wrote, or what is older than the machine's clock, is thrown away."""
    one = Process(path, Server(60))
    await one.call()
    with sqlite3.connect(path) as file:
        spoil(file)
    file.close()
    await one.call()
    view = one.store.view()
    assert (view.sent - view.unsent, view.in_flight) == (1, 0)
    await one.aclose()


async def test_a_file_that_breaks_ends_nobody(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """The process goes on with what it knows, and says so once."""
    server = Server(60)
    one = Process(path, server)
    await one.call()
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE budgets")
    file.close()
    for _ in range(3):
        await one.call()
    assert len(server.seen) == 4
    assert len([record for record in caplog.records if "shared budget" in record.message]) == 1
    await one.aclose()


@pytest.mark.parametrize("name", ["missing/budget.db", "folder", "text.txt"])
async def test_a_file_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    """It is refused when the client is opened, with its path."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("This is no database, and long enough to be seen as none.")
    with pytest.raises(ConfigurationError, match="can't be used"):
        SqliteStore(str(tmp_path / name), "account", Quota(), now)


async def test_accounts_do_not_share(path: str) -> None:
    """Two accounts in one file have a budget each."""
    one = SqliteStore(path, "one", Quota(), now)
    other = SqliteStore(path, "other", Quota(), now)
    lease = await one.transact(lambda budget, at: budget.admit(at))
    assert isinstance(lease, Lease)
    assert (await other.transact(lambda budget, _: budget.in_flight)) == 0
    for store in (one, other):
        await store.aclose()


async def test_the_file_is_for_its_owner(path: str) -> None:
    """Nobody else may read or write it."""
    store = SqliteStore(path, "account", Quota(), now)
    import os  # noqa: PLC0415 - for this one look

    assert os.stat(path).st_mode & 0o077 == 0  # noqa: PTH116 - the mode is what is asked for
    await store.aclose()

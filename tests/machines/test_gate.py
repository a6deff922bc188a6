"""The gate, story by story: who goes next, who waits, who gives up and what that costs."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

from systeme_async import ClientStateError
from systeme_async._core.destination import Destination
from systeme_async._core.endpoint import Effect
from systeme_async._core.forecast import forecast
from systeme_async._core.gate import Gate, OutOfTimeError
from systeme_async._core.line import BULK_TURN
from systeme_async._core.quota import SILENT, QuotaReport
from systeme_async._core.secret import Secret
from systeme_async._core.session import Session
from systeme_async._core.slots import Slots
from systeme_async._core.source import always
from systeme_async._core.stores.memory import MemoryStore
from systeme_async._core.trip import Call
from systeme_async.options import CallOptions, Lane, Quota

from .servers import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from systeme_async._core.budget import Lease

pytestmark = pytest.mark.anyio

LIMIT: Final = 10


def now() -> int:
    """Read the loop's clock."""
    return int(asyncio.get_running_loop().time() * SECOND)


class Line:
    """A gate with everybody who ever stood before it."""

    def __init__(self, concurrency: int = 20, quota: Quota | None = None) -> None:
        self.store = MemoryStore(Quota() if quota is None else quota, now)
        self.gate = Gate(self.store, Slots(concurrency))
        self.served: list[str] = []
        self.late: dict[str, int] = {}
        self.leases: list[Lease] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def come(
        self,
        name: str,
        lane: Lane = Lane.INTERACTIVE,
        seconds: float | None = None,
        *,
        again: bool = False,
    ) -> None:
        """Ask for a lease, with so many seconds to get one."""
        deadline = None if seconds is None else now() + round(seconds * SECOND)
        self.tasks[name] = asyncio.create_task(self._ask(name, lane, deadline, again=again))

    async def _ask(self, name: str, lane: Lane, deadline: int | None, *, again: bool) -> None:
        try:
            lease = await self.gate.acquire(lane, deadline, again=again)
        except OutOfTimeError as error:
            self.late[name] = error.at
        else:
            self.served.append(name)
            self.leases.append(lease)

    async def answer(self, remaining: int | None = None, refill: int = MINUTE) -> None:
        """Let the answer to the oldest request come in."""
        lease = self.leases.pop(0)
        report = SILENT if remaining is None else QuotaReport(LIMIT, remaining, refill)
        await self.gate.settle(lambda budget, at: budget.answered(lease, report, at))
        await turns()

    async def refuse(self, seconds: int) -> None:
        """Let the oldest request be refused."""
        lease = self.leases.pop(0)
        report = QuotaReport(retry_after=seconds * SECOND)
        await self.gate.settle(lambda budget, at: budget.refused(lease, report, at))
        await turns()

    async def give_back(self) -> None:
        """Let the oldest request come back unsent."""
        lease = self.leases.pop(0)
        await self.gate.settle(lambda budget, _: budget.returned(lease))
        await turns()

    async def lose(self) -> None:
        """Let the oldest request get lost."""
        lease = self.leases.pop(0)
        await self.gate.settle(lambda budget, at: budget.lost(lease, at))
        await turns()


async def turns(count: int = 4) -> None:
    """Let everybody run who can."""
    for _ in range(count):
        await asyncio.sleep(0)


async def taught(remaining: int, concurrency: int = 20) -> Line:
    """Open a gate whose first answer has told what is left for a minute."""
    line = Line(concurrency)
    line.come("first")
    await turns()
    await line.answer(remaining)
    line.served.clear()
    return line


async def shut(concurrency: int = 20) -> Line:
    """Open a gate behind which nothing is left for a minute."""
    return await taught(0, concurrency)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep each test honest: no task may outlive it."""
    del request
    yield
    with suppress(RuntimeError):
        assert not asyncio.all_tasks()


async def leave_all(line: Line) -> None:
    """Cancel whoever still waits."""
    for task in line.tasks.values():
        task.cancel()
    await asyncio.gather(*line.tasks.values(), return_exceptions=True)


async def test_who_comes_first_is_served_first() -> None:
    """First come, first served, however many leave at once."""
    line = await taught(5)
    names = [str(number) for number in range(8)]
    for name in names:
        line.come(name)
    await turns(40)
    assert names[:5] == line.served
    assert 3 == line.gate.waiting
    await leave_all(line)


async def test_interactive_calls_overtake_bulk_ones() -> None:
    """A person waits for the answer."""
    line = await shut()
    line.come("bulk", Lane.BULK)
    await turns()
    line.come("person")
    await turns()
    await asyncio.sleep(61)
    await line.answer(9)
    await turns()
    assert ["person", "bulk"] == line.served


async def test_every_tenth_lease_is_the_bulk_lanes() -> None:
    """However many people wait, a job moves on."""
    line = await shut(concurrency=100)
    for number in range(3):
        line.come(f"bulk {number}", Lane.BULK)
    for number in range(40):
        line.come(f"person {number}")
    await asyncio.sleep(61)
    await line.answer(100)
    await turns(200)
    bulk = [place for place, name in enumerate(line.served) if name.startswith("bulk")]
    assert [BULK_TURN - 1, 2 * BULK_TURN - 1, 3 * BULK_TURN - 1] == bulk
    people = [name for name in line.served if name.startswith("person")]
    assert [f"person {number}" for number in range(40)] == people


async def test_nobody_waits_behind_a_turn_that_bulk_can_not_use() -> None:
    """What is left to people in the window is theirs, also when the tenth lease is bulk's."""
    line = Line(concurrency=100)
    line.come("first")
    await turns()
    lease = line.leases.pop()
    report = QuotaReport(200, 20, MINUTE)
    line.come("bulk", Lane.BULK)
    await turns()
    await line.gate.settle(lambda budget, at: budget.answered(lease, report, at))
    for number in range(20):
        line.come(f"person {number}")
    await turns(200)
    assert ["first", *(f"person {number}" for number in range(20))] == line.served
    assert line.gate.waiting == 1


async def test_no_more_are_under_way_than_allowed() -> None:
    """Concurrency is a cap, and each answer lets one follow."""
    line = await taught(9, concurrency=2)
    for number in range(4):
        line.come(str(number))
    await turns(20)
    assert ["0", "1"] == line.served
    await line.answer(8)
    assert ["0", "1", "2"] == line.served
    await line.lose()
    assert ["0", "1", "2", "3"] == line.served


async def test_a_waiter_cancelled_costs_nothing() -> None:
    """The next one gets what he would have got."""
    line = await shut()
    sent = line.store.view().sent
    for name in ("leaves", "stays"):
        line.come(name)
    await turns()
    line.tasks["leaves"].cancel()
    await turns()
    assert sent == line.store.view().sent
    assert 1 == line.gate.waiting
    await asyncio.sleep(61)
    assert ["stays"] == line.served
    assert sent + 1 == line.store.view().sent


async def test_a_waiter_cancelled_while_being_served_passes_it_on() -> None:
    """He was woken and is cancelled before he could run."""
    line = await taught(9, concurrency=1)
    for name in ("in flight", "woken", "next"):
        line.come(name)
    await turns()
    lease = line.leases.pop(0)
    settled = line.gate.settle(
        lambda budget, at: budget.answered(lease, QuotaReport(LIMIT, 8, MINUTE), at)
    )
    await settled
    line.tasks["woken"].cancel()
    await turns()
    assert ["in flight", "next"] == line.served
    assert 1 == line.store.view().in_flight


async def test_cancelling_the_first_in_line_does_not_strand_the_second() -> None:
    """He takes over asking, timer and all."""
    line = await shut()
    for name in ("head", "second", "third"):
        line.come(name)
    await turns()
    await asyncio.sleep(30)
    line.tasks["head"].cancel()
    await asyncio.sleep(31)
    assert ["second"] == line.served
    await line.answer(5)
    assert ["second", "third"] == line.served


async def test_all_cancelled_at_once_leaves_an_open_gate() -> None:
    """Nobody is left in line, and the next one comes through."""
    line = await shut()
    for number in range(50):
        line.come(str(number), Lane(number % 2))
    await turns()
    for task in line.tasks.values():
        task.cancel()
    await turns()
    assert 0 == line.gate.waiting
    await asyncio.sleep(61)
    line.come("new")
    await turns()
    assert ["new"] == line.served


async def test_a_call_tried_before_goes_to_the_front_of_its_lane() -> None:
    """It has stood in line already."""
    line = await shut()
    for name in ("one", "two"):
        line.come(name)
    await turns()
    line.come("again", again=True)
    await turns()
    await asyncio.sleep(61)
    await line.answer(5)
    assert ["again", "one", "two"] == line.served


async def test_everybody_waits_out_a_pause() -> None:
    """A 429 stops all; then one probe goes, and its answer opens the gate."""
    line = await taught(9)
    for name in ("refused", "other"):
        line.come(name)
    await turns()
    await line.refuse(30)
    for name in ("a", "b"):
        line.come(name)
    await asyncio.sleep(29)
    assert ["refused", "other"] == line.served
    await line.answer(5)
    await asyncio.sleep(1.1)
    assert ["refused", "other", "a"] == line.served
    await line.answer(5)
    assert ["refused", "other", "a", "b"] == line.served


# Deadlines


async def test_a_call_that_cannot_start_in_time_fails_at_once() -> None:
    """It is told when it could have started; no time passes."""
    line = await shut()
    started = now()
    refill = line.store.view().refill_at
    line.come("late", seconds=10)
    await turns()
    assert {"late": refill} == line.late
    assert started == now()
    assert 0 == line.gate.waiting


async def test_a_call_that_may_start_in_time_waits() -> None:
    """The refill comes before its deadline."""
    line = await shut()
    line.come("patient", seconds=90)
    await turns()
    assert 1 == line.gate.waiting
    await asyncio.sleep(61)
    assert ["patient"] == line.served


async def test_a_call_whose_hope_ends_while_it_waits_fails_then() -> None:
    """Whoever is ahead is refused, and the pause outlasts the deadline."""
    line = await taught(9, concurrency=1)
    line.come("ahead")
    line.come("waits", seconds=10)
    await turns()
    before = now()
    await line.refuse(30)
    await turns()
    assert ["waits"] == list(line.late)
    assert before + 30 * SECOND <= line.late["waits"]
    assert before == now()


async def test_a_deadline_ends_a_wait_for_concurrency() -> None:
    """Nobody knows when an answer comes; the deadline is known."""
    line = await taught(9, concurrency=1)
    line.come("slow")
    line.come("waits", seconds=5)
    await asyncio.sleep(4.9)
    assert {} == line.late
    await asyncio.sleep(0.2)
    assert ["waits"] == list(line.late)
    assert 0 == line.gate.waiting


@pytest.mark.parametrize("seconds", [0, -1])
async def test_a_deadline_that_has_passed_lets_nothing_leave(seconds: float) -> None:
    """Even where there is room: a request with no time for its answer is a doubtful write."""
    line = await taught(9)
    line.come("too late", seconds=seconds)
    await turns()
    assert [] == line.served
    assert ["too late"] == list(line.late)


async def test_a_deadline_of_one_does_not_hold_up_the_others() -> None:
    """He leaves the line from its middle."""
    line = await taught(9, concurrency=1)
    line.come("in flight")
    line.come("first")
    line.come("short", seconds=1)
    line.come("last")
    await asyncio.sleep(2)
    assert 2 == line.gate.waiting
    await line.answer(8)
    await line.answer(7)
    assert ["in flight", "first", "last"] == line.served


async def learnt_rate(line: Line) -> None:
    """Let the budget see two windows waited for and used, so that it knows the rate."""
    for _ in range(4):
        line.come("probe")
        await asyncio.sleep(60.5)
        await line.answer(LIMIT - 1)
        for number in range(LIMIT - 1):
            line.come(f"filler {number}")
        await turns(40)
        for left in range(LIMIT - 2, -1, -1):
            await line.answer(left)
    line.served.clear()
    refill = line.store.view().refill_at
    assert refill is not None
    assert refill + 2 * MINUTE < forecast(line.store.view(), now(), 5 * LIMIT)


async def test_a_person_is_not_refused_for_a_job_that_waits() -> None:
    """Forty rows of a job in line cost an interactive call at most one turn."""
    line = await shut(concurrency=100)
    await learnt_rate(line)
    for number in range(5 * LIMIT):
        line.come(f"bulk {number}", Lane.BULK)
    for number in range(BULK_TURN - 1):
        line.come(f"person {number}")
    await asyncio.sleep(61)
    await line.answer(BULK_TURN - 2)
    await turns(60)
    # Nine people in a row have been served: the next turn is the job's, but for one lease only.
    assert [f"person {number}" for number in range(BULK_TURN - 1)] == line.served
    line.come("another person", seconds=70)
    await turns()
    assert {} == line.late
    await asyncio.sleep(62)
    await line.answer(LIMIT - 1)
    await turns(60)
    assert "another person" in line.served
    await leave_all(line)


async def test_a_row_of_a_job_is_not_refused_for_people_that_wait() -> None:
    """Every tenth lease is its own, so fewer are ahead of it than stand in line."""
    line = await shut(concurrency=100)
    await learnt_rate(line)
    for number in range(5 * LIMIT):
        line.come(f"person {number}")
    await turns(60)
    # At 10 a minute the tenth lease from now is within the next two windows, not after 50.
    line.come("row", Lane.BULK, seconds=150)
    await turns()
    assert {} == line.late
    await leave_all(line)


# Closing


async def test_closing_the_client_wakes_whoever_waits() -> None:
    """A call in line when the client is closed fails at once, as any later call does."""
    session = Session(
        Destination("http://127.0.0.1:9", Secret("k"), {}, always("systeme")),
        quota=Quota(1),
        concurrency=20,
    )
    session.open()
    lease = await session.gate.acquire(Lane.INTERACTIVE, None)
    await session.gate.settle(lambda budget, at: budget.answered(lease, SILENT, at))
    call = asyncio.create_task(session.send(Call("GET", "/api/tags", Effect.READS), CallOptions()))
    await turns()
    assert 1 == session.gate.waiting
    before = now()
    await session.aclose()
    with pytest.raises(ClientStateError):
        await call
    assert now() - before < SECOND

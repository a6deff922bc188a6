"""The pace: even spacing, no second above the ceiling, pauses for everybody, lanes kept."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import anyio
import pytest

from systeme_async._core.gate import Gate, GateClosedError, OutOfTimeError
from systeme_async._core.pace import MARGIN, Pace, shared_pace
from systeme_async._core.quota import SECOND, SILENT, QuotaReport
from systeme_async._core.slots import Slots
from systeme_async._core.stores.memory import MemoryStore
from systeme_async.options import Lane, Quota

pytestmark = pytest.mark.anyio

PER_SECOND: Final = 10
GAP: Final = MARGIN / PER_SECOND


def now() -> float:
    """Read the virtual clock."""
    return asyncio.get_running_loop().time()


def now_ns() -> int:
    """Read it as the gate does."""
    return int(now() * SECOND)


def most_in_a_second(instants: list[float]) -> int:
    """Return how many fall into the fullest second, its ends included."""
    return max(sum(start <= other <= start + 1 for other in instants) for start in instants)


async def turns(pace: Pace, count: int) -> list[float]:
    """Take turns at once, and return when each came."""
    instants: list[float] = []

    async def take() -> None:
        await pace.turn()
        instants.append(now())

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(take)
    return instants


async def test_no_second_holds_more_than_the_ceiling() -> None:
    """A hundred callers at once leave evenly, never eleven of them within one second."""
    instants = await turns(Pace(PER_SECOND), 100)
    assert most_in_a_second(instants) <= PER_SECOND
    assert max(instants) - min(instants) == pytest.approx(99 * GAP)


async def test_idle_time_saves_up_no_burst() -> None:
    """After a quiet minute the first ten are spaced like any others."""
    pace = Pace(PER_SECOND)
    await pace.turn()
    await asyncio.sleep(60)
    assert most_in_a_second(await turns(pace, 30)) <= PER_SECOND


async def test_a_single_call_waits_for_nothing() -> None:
    """Whoever comes alone leaves at once."""
    began = now()
    await Pace(PER_SECOND).turn()
    assert now() == began


async def test_a_429_pauses_all() -> None:
    """Nobody has a turn before Retry-After is over, and then they are spaced again."""
    pace = Pace(PER_SECOND)
    await pace.turn()
    pace.refused(1, QuotaReport(retry_after=5 * SECOND))
    began = now()
    instants = await turns(pace, 20)
    assert min(instants) >= began + 5
    assert most_in_a_second(instants) <= PER_SECOND


async def test_a_429_without_a_word_pauses_for_longer_each_time() -> None:
    """One second, then two, then four; a success makes it one again."""
    pace, waited = Pace(PER_SECOND), list[float]()
    for _ in range(3):
        turn = await pace.turn()
        began = now()
        pace.refused(turn, SILENT)
        await pace.turn()
        waited.append(round(now() - began))
    pace.succeeded()
    began = now()
    pace.refused(turn + 2, SILENT)
    await pace.turn()
    assert [1, 2, 4] == waited
    assert round(now() - began) == 1


async def test_a_pause_that_is_prolonged_meanwhile_is_waited_for() -> None:
    """Whoever sleeps through the first pause sees the second one."""
    pace = Pace(PER_SECOND)
    await pace.turn()
    pace.refused(1, QuotaReport(retry_after=2 * SECOND))
    turn = asyncio.create_task(pace.turn())
    await asyncio.sleep(1)
    pace.refused(1, QuotaReport(retry_after=9 * SECOND))
    began = now()
    await turn
    assert now() >= began + 9


# Behind the gate


def gate_with(pace: Pace, quota: Quota | None = None) -> tuple[Gate, MemoryStore]:
    """Put a pace behind a gate that lets everybody through."""
    store = MemoryStore(quota or Quota(100_000), now_ns)
    store.view().heard = True
    return Gate(store, Slots(20), pace), store


async def passing(gate: Gate, lane: Lane, into: list[str], name: str) -> None:
    """Pass the gate, note it, and be done at once."""
    lease = await gate.acquire(lane, None)
    into.append(name)
    await gate.settle(lambda budget, _: budget.returned(lease))


async def test_an_interactive_call_waits_behind_one_bulk_call_at_most() -> None:
    """The lanes hold although requests are spaced: a web request passes fifty waiting rows."""
    gate, _ = gate_with(Pace(PER_SECOND))
    order: list[str] = []
    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(passing, gate, Lane.BULK, order, f"row {number}")
        await asyncio.sleep(5 * GAP + GAP / 2)
        began = now()
        await passing(gate, Lane.INTERACTIVE, order, "person")
        assert now() - began <= 2 * GAP
    assert order.index("person") <= 8


async def test_out_of_time_in_the_doorway() -> None:
    """A call whose deadline falls into a pause is refused, and gives its lease back."""
    pace = Pace(PER_SECOND)
    gate, store = gate_with(pace)
    await pace.turn()
    pace.refused(1, QuotaReport(retry_after=30 * SECOND))
    with pytest.raises(OutOfTimeError) as caught:
        await gate.acquire(Lane.INTERACTIVE, now_ns() + 2 * SECOND)
    assert caught.value.at >= now_ns() + 27 * SECOND
    assert store.view().in_flight == 0
    assert store.view().unsent == store.view().sent


async def test_a_deadline_within_a_pause_is_hopeless_at_once() -> None:
    """Whoever stands behind a pause that ends too late is told so without waiting."""
    pace = Pace(PER_SECOND)
    gate, _ = gate_with(pace)
    await pace.turn()
    pace.refused(1, QuotaReport(retry_after=30 * SECOND))
    first = asyncio.create_task(gate.acquire(Lane.INTERACTIVE, None))
    await asyncio.sleep(0.01)
    began = now()
    with pytest.raises(OutOfTimeError):
        await gate.acquire(Lane.INTERACTIVE, now_ns() + 2 * SECOND)
    assert now() == began
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.parametrize("delay", [0.0, GAP / 2, GAP])
async def test_whoever_is_cancelled_in_the_doorway_frees_it(delay: float) -> None:
    """Its lease goes back to the budget, and the next one steps out."""
    gate, store = gate_with(Pace(PER_SECOND))
    order: list[str] = []
    await passing(gate, Lane.INTERACTIVE, order, "first")
    second = asyncio.create_task(passing(gate, Lane.INTERACTIVE, order, "second"))
    third = asyncio.create_task(passing(gate, Lane.INTERACTIVE, order, "third"))
    await asyncio.sleep(delay)
    second.cancel()
    await asyncio.wait([second, third])
    assert order[-1] == "third"
    assert store.view().in_flight == 0
    assert gate.waiting == 0


async def test_a_storm_of_cancellations_strands_nobody() -> None:
    """Half of two hundred callers give up at odd moments; all others pass, spaced."""
    gate, store = gate_with(Pace(PER_SECOND))
    order: list[str] = []
    tasks: list[asyncio.Task[Any]] = []
    for number in range(200):
        lane = Lane.BULK if number % 3 else Lane.INTERACTIVE
        tasks.append(asyncio.create_task(passing(gate, lane, order, str(number))))
    for number, task in enumerate(tasks):
        if number % 2:
            await asyncio.sleep(GAP / 7)
            task.cancel()
    await asyncio.wait(tasks)
    survivors = [task for task in tasks if not task.cancelled()]
    assert len(order) == len(survivors) >= 100
    assert store.view().in_flight == 0


async def test_a_burst_of_429s_is_one_pause() -> None:
    """Requests that left before the first refusal are part of its burst, and prolong nothing."""
    pace = Pace(PER_SECOND)
    turns_taken = [await pace.turn() for _ in range(5)]
    for turn in turns_taken:
        pace.refused(turn, SILENT)
    assert pace.refused_in_a_row == 1


async def test_nobody_slips_through_as_a_pause_begins() -> None:
    """Whoever waits for a turn when a 429 comes in waits for the pause too."""
    pace = Pace(PER_SECOND)
    await pace.turn()
    waiting = asyncio.create_task(pace.turn())
    await asyncio.sleep(GAP / 2)
    pace.refused(1, QuotaReport(retry_after=30 * SECOND))
    await waiting
    assert now() >= 30


async def test_closing_reaches_the_doorway() -> None:
    """Whoever stands there during a long pause is sent home at once, its lease given back."""
    pace = Pace(PER_SECOND)
    gate, store = gate_with(pace)
    await pace.turn()
    pace.refused(1, QuotaReport(retry_after=3_600 * SECOND))
    waiting = [asyncio.create_task(gate.acquire(Lane.BULK, None)) for _ in range(3)]
    await asyncio.sleep(1)
    gate.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {GateClosedError} == {type(result) for result in results}
    assert now() < 2
    assert store.view().in_flight == 0


async def test_whoever_stands_in_the_doorway_respects_the_accounts_pause() -> None:
    """A pause of the account's that begins meanwhile holds for the lease that was given before."""
    pace = Pace(PER_SECOND)
    gate, store = gate_with(pace)
    first = await gate.acquire(Lane.BULK, None)
    second = asyncio.create_task(gate.acquire(Lane.BULK, None))
    await asyncio.sleep(GAP / 2)
    report = QuotaReport(retry_after=60 * SECOND)
    await gate.settle(lambda budget, at: budget.refused(first, report, at))
    await second
    assert now() >= 60
    assert store.view().in_flight == 1


async def test_a_deadline_behind_many_others_is_hopeless_at_once() -> None:
    """Who could only leave after its deadline, spaced as all are, does not wait for it."""
    gate, _ = gate_with(Pace(PER_SECOND))
    order: list[str] = []
    async with anyio.create_task_group() as group:
        for number in range(100):
            group.start_soon(passing, gate, Lane.INTERACTIVE, order, str(number))
        await asyncio.sleep(0.01)
        began = now()
        with pytest.raises(OutOfTimeError) as caught:
            await gate.acquire(Lane.INTERACTIVE, now_ns() + 5 * SECOND)
        assert now() == began
        assert caught.value.at > now_ns() + 5 * SECOND


async def test_one_pace_for_all_under_one_ceiling() -> None:
    """The same ceiling is the same pace within a loop, another ceiling another one."""
    one, same, other = (shared_pace(name, 10) for name in ("a", "a", "b"))
    assert one is same
    assert one is not other

"""Shared slots, story by story: who goes first across accounts, and what is not forgotten."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Final

import pytest

from systeme_async._core.budget import Budget
from systeme_async._core.expiry import useful_until
from systeme_async._core.gate import Gate
from systeme_async._core.lease import Lease
from systeme_async._core.line import BULK_TURN
from systeme_async._core.quota import SILENT, QuotaReport
from systeme_async._core.seats import Seat, Seats
from systeme_async._core.slots import Slots
from systeme_async._core.stores.memory import MemoryStore
from systeme_async._core.turns import Turns
from systeme_async.options import Lane, Quota

from .servers import SECOND

pytestmark = pytest.mark.anyio

ENOUGH: Final = Quota(1_000)


def now() -> int:
    """Read the loop's clock."""
    return int(asyncio.get_running_loop().time() * SECOND)


async def settled() -> None:
    """Let everybody run who can."""
    for _ in range(20):
        await asyncio.sleep(0)


class Street:
    """Accounts that share one slot, and in which order their calls left."""

    def __init__(self) -> None:
        self.turns = Turns[Seat](1)
        self.gates: dict[str, Gate] = {}
        self.left: list[str] = []
        self.under_way: list[tuple[Gate, Lease]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, account: str, lane: Lane, count: int = 1) -> None:
        """Let calls of an account stand in line."""
        if account not in self.gates:
            store = MemoryStore(ENOUGH, now)
            self.gates[account] = Gate(store, Slots(20), None, Seats(self.turns, None))
        gate = self.gates[account]
        self.tasks += [asyncio.create_task(self._leave(account, gate, lane)) for _ in range(count)]
        await settled()

    async def _leave(self, account: str, gate: Gate, lane: Lane) -> None:
        lease = await gate.acquire(lane, None)
        self.left.append(f"{account} {lane.name.lower()}")
        self.under_way.append((gate, lease))

    async def answer(self, count: int = 1) -> None:
        """Answer those who left, one after the other."""
        for _ in range(count):
            gate, lease = self.under_way.pop(0)
            await gate.settle(lambda budget, at, lease=lease: budget.answered(lease, SILENT, at))
            await settled()

    async def serve_all(self) -> None:
        """Answer until nobody is left."""
        while self.under_way:
            await self.answer()
        assert all(task.done() for task in self.tasks)


async def test_people_go_before_bulk_calls_of_other_accounts() -> None:
    """A job that came first stands behind somebody else's person."""
    street = Street()
    await street.come("a", Lane.INTERACTIVE)
    await street.come("b", Lane.BULK)
    await street.come("c", Lane.INTERACTIVE)
    await street.serve_all()
    assert ["a interactive", "c interactive", "b bulk"] == street.left


async def test_somebody_behind_a_bulk_call_of_the_same_account_makes_it_hurry() -> None:
    """It is the bulk call's turn in its account, and a person who comes then does not suffer."""
    street = Street()
    await street.come("a", Lane.INTERACTIVE, BULK_TURN)
    await street.come("a", Lane.BULK)
    await street.answer(BULK_TURN - 1)
    await street.come("c", Lane.INTERACTIVE)
    await street.answer()
    # All of a's people have been answered, and its bulk call is its next whoever comes.
    await street.come("b", Lane.INTERACTIVE, 5)
    await street.come("a", Lane.INTERACTIVE)
    street.left.clear()
    await street.serve_all()
    assert ["b interactive", "a bulk", "b interactive", "a interactive"] == street.left[:4]


async def test_a_bulk_call_with_people_behind_it_does_not_cost_them_turns() -> None:
    """Each tenth call of the account is a bulk one, and the account has every other turn."""
    street = Street()
    await street.come("a", Lane.INTERACTIVE, 12)
    await street.come("a", Lane.BULK, 2)
    await street.come("b", Lane.INTERACTIVE, 40)
    await street.serve_all()
    turns = [place for place, who in enumerate(street.left) if who.startswith("a")]
    assert "a bulk" == street.left[turns[BULK_TURN]]
    assert {2} == {later - one for one, later in pairwise(turns[1:13])}


async def test_a_job_gets_every_tenth_turn() -> None:
    """People of three accounts do not keep a fourth one's job from its turn."""
    street = Street()
    for account in "abc":
        await street.come(account, Lane.INTERACTIVE, 20)
    await street.come("d", Lane.BULK, 3)
    await street.serve_all()
    turns = [place for place, who in enumerate(street.left) if who == "d bulk"]
    assert [BULK_TURN] * 2 == [later - one for one, later in pairwise(turns)]


# What a budget knows


def told(remaining: int, refill_in: int | None = None) -> QuotaReport:
    """Word an answer's headers."""
    return QuotaReport(60, remaining, None if refill_in is None else refill_in * SECOND)


def one_of(budget: Budget, at: int = 0) -> Lease:
    """Let one request leave."""
    lease = budget.admit(at)
    assert isinstance(lease, Lease)
    return lease


def test_a_budget_that_knows_nothing() -> None:
    """A fresh one can be forgotten at once, and so can one under no quota."""
    budget = Budget(Quota())
    assert 0 == useful_until(budget)
    budget.answered(one_of(budget), SILENT, 5 * SECOND)
    assert useful_until(budget) <= 5 * SECOND + 60 * SECOND


def test_a_window_that_is_not_over() -> None:
    """What is left of a window is known until the refill."""
    budget = Budget(Quota())
    budget.answered(one_of(budget), told(3, 40), 5 * SECOND)
    assert 45 * SECOND == useful_until(budget)


def test_a_configured_quota() -> None:
    """A request counts until a period after its answer."""
    budget = Budget(Quota(5, per=90.0))
    budget.answered(one_of(budget), SILENT, 5 * SECOND)
    assert 95 * SECOND == useful_until(budget)


def test_a_pause() -> None:
    """That the server said 429 is known as long as it asked."""
    budget = Budget(Quota())
    budget.refused(one_of(budget), QuotaReport(retry_after=500 * SECOND), 5 * SECOND)
    assert 505 * SECOND == useful_until(budget)


def test_a_request_that_got_lost() -> None:
    """It may still travel, and arrive after others."""
    budget = Budget(Quota())
    budget.lost(one_of(budget), 5 * SECOND)
    assert useful_until(budget) > 5 * SECOND

"""Gates of several accounts that share slots: no slot is lost, none is held without a call.

Each account has a budget of its own, in memory or shared with other processes, and some go at
one pace through one doorway. Anybody may come, leave, answer or run out of time at any moment.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from systeme_async._core.gate import Gate, GateClosedError, OutOfTimeError
from systeme_async._core.lease import Lease
from systeme_async._core.pace import Pace
from systeme_async._core.quota import QuotaReport
from systeme_async._core.seats import Seat, Seats
from systeme_async._core.slots import Slots
from systeme_async._core.stores.memory import MemoryStore
from systeme_async._core.stores.sqlite import SqliteStore
from systeme_async._core.turns import Turns
from systeme_async.options import Lane, Quota
from systeme_async.testing import VirtualClockLoop

from .servers import SECOND, FixedWindow

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from systeme_async._core.stores import Store

pytestmark = pytest.mark.slow

ACCOUNTS: Final = 4
LIMIT: Final = 6
PERIOD: Final = 10 * SECOND


@dataclass(eq=False)
class Caller:
    """A call of one account."""

    task: asyncio.Task[None]
    waits: bool = True


@dataclass(eq=False)
class Account:
    """A gate, the server behind it, and what is under way between them."""

    store: Store
    gate: Gate
    slots: Slots
    server: FixedWindow
    callers: list[Caller] = field(default_factory=list[Caller])
    under_way: list[Lease] = field(default_factory=list[Lease])
    closed: bool = False


class SeatsMachine(RuleBasedStateMachine):
    """Some gates on a virtual clock, and a few slots for all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualClockLoop)
        self.loop = self.runner.get_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.accounts: list[Account] = []

    @initialize(
        most=st.sampled_from([1, 2, 3, 10]),
        kept=st.sampled_from([0, 1]),
        each=st.sampled_from([1, 2, 20]),
        kinds=st.lists(
            st.sampled_from(["memory", "memory", "shared", "paced"]),
            min_size=ACCOUNTS,
            max_size=ACCOUNTS,
        ),
        quota=st.sampled_from([Quota(), Quota(3, per=10.0)]),
    )
    def open(self, most: int, kept: int, each: int, kinds: list[str], quota: Quota) -> None:
        """Draw the accounts."""
        self.turns = Turns[Seat](most, kept=min(kept, most - 1))
        self.doorway = Turns[Seat](1)
        pace = Pace(10)
        for number, kind in enumerate(kinds):
            store: Store = MemoryStore(quota, self.now)
            if kind == "shared":
                store = SqliteStore(f"{self.folder.name}/budget", f"{number}", quota, self.now)
            paced = kind == "paced"
            seats = Seats(self.turns, self.doorway if paced else None)
            slots = Slots(each)
            gate = Gate(store, slots, pace if paced else None, seats)
            server = FixedWindow(LIMIT, PERIOD, opened=0)
            self.accounts.append(Account(store, gate, slots, server))

    def now(self) -> int:
        """Read the loop's clock."""
        return int(self.loop.time() * SECOND)

    def run(self, coroutine: Coroutine[Any, Any, None], seconds: float = 0.0) -> None:
        """Run something in the loop, and let all follow who can."""

        async def main() -> None:
            await coroutine
            if seconds:
                await asyncio.sleep(seconds)
            for _ in range(8 * sum(len(account.callers) for account in self.accounts) + 20):
                await asyncio.sleep(0)

        self.runner.run(main())

    # What may happen

    @rule(
        number=st.integers(0, ACCOUNTS - 1),
        count=st.integers(1, 8),
        lane=st.sampled_from(Lane),
        seconds=st.sampled_from([None, None, 0.05, 3, 11]),
        again=st.booleans(),
    )
    def come(
        self, number: int, count: int, lane: Lane, seconds: float | None, *, again: bool
    ) -> None:
        """Some calls of an account come in at once."""
        account = self.accounts[number]
        deadline = None if seconds is None else self.now() + round(seconds * SECOND)
        for _ in range(0 if account.closed else count):
            task = self.loop.create_task(self._ask(account, lane, deadline, again=again))
            account.callers.append(Caller(task))
        self.run(asyncio.sleep(0))

    async def _ask(
        self, account: Account, lane: Lane, deadline: int | None, *, again: bool
    ) -> None:
        me = asyncio.current_task()
        try:
            with suppress(OutOfTimeError, GateClosedError):
                lease = await account.gate.acquire(lane, deadline, again=again)
                account.under_way.append(lease)
        finally:
            account.callers = [caller for caller in account.callers if caller.task is not me]

    @precondition(lambda self: any(account.callers for account in self.accounts))
    @rule(places=st.sets(st.integers(0, 1 << 16), min_size=1, max_size=6), turns=st.integers(0, 3))
    def cancel(self, places: set[int], turns: int) -> None:
        """Some give up, all at once, in the middle of whatever they are at."""
        waiting = [caller for account in self.accounts for caller in account.callers]
        doomed = {waiting[place % len(waiting)].task for place in places}

        async def storm() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in doomed:
                task.cancel()

        self.run(storm())

    @precondition(lambda self: any(account.under_way for account in self.accounts))
    @rule(
        places=st.lists(st.integers(0, 1 << 16), min_size=1, max_size=6),
        how=st.sampled_from(["answered", "answered", "refused", "lost"]),
        cancelled=st.integers(0, 2),
    )
    def settle(self, places: list[int], how: str, cancelled: int) -> None:
        """Some requests end, and some of those who wait give up before they could leave."""

        async def several() -> None:
            for place in places:
                busy = [account for account in self.accounts if account.under_way]
                if busy:
                    account = busy[place % len(busy)]
                    await self._end(account, account.under_way.pop(0), how)
            for account in self.accounts:
                for caller in account.callers[:cancelled]:
                    caller.task.cancel()

        self.run(several())

    async def _end(self, account: Account, lease: Lease, how: str) -> None:
        now, server = self.now(), account.server
        if not server.accept(now):
            how = "refused"
        report = QuotaReport(LIMIT, server.remaining(now), server.refill_at(now) - now)
        if how == "lost":
            await account.gate.settle(lambda budget, at: budget.lost(lease, at))
        elif how == "refused":
            await account.gate.settle(lambda budget, at: budget.refused(lease, report, at))
        else:
            await account.gate.settle(lambda budget, at: budget.answered(lease, report, at))

    @rule(seconds=st.sampled_from([0.001, 0.13, 1, 11, 61]))
    def elapse(self, seconds: float) -> None:
        """Time passes."""
        self.run(asyncio.sleep(seconds))

    @rule(most=st.sampled_from([1, 2, 20]))
    def adapt(self, most: int) -> None:
        """Servers show that they bear fewer requests, or more; the next answers find it so."""
        for account in self.accounts:
            account.slots.most = most
        self.run(self._answer_one_each())

    @rule(number=st.integers(0, ACCOUNTS - 1))
    def close(self, number: int) -> None:
        """A client is closed under its calls."""
        account = self.accounts[number]
        account.closed = True

        async def close() -> None:
            account.gate.close()

        self.run(close())
        assert [] == account.callers, "a call outlives the gate"

    # What must hold

    @invariant()
    def every_slot_belongs_to_a_call(self) -> None:
        """Slots are counted right, and are as many as requests are on their way, no more."""
        if not self.accounts:
            return
        reserved = sum(account.slots.taken for account in self.accounts)
        under_way = sum(len(account.under_way) for account in self.accounts)
        assert reserved == self.turns.taken <= self.turns.most
        assert self.doorway.taken <= 1
        assert 0 <= reserved - under_way <= self.doorway.taken

    @invariant()
    def nobody_waits_without_reason(self) -> None:
        """Where slots are free, whoever waits does so for its own account or for the pace."""
        if not self.accounts or self.turns.most - self.turns.taken <= self.turns.kept:
            return
        assert not self.turns.waiting
        for account in self.accounts:
            if not account.callers or account.slots.taken >= account.slots.most:
                continue
            if self.doorway.taken or not isinstance(account.store, MemoryStore):
                continue  # What comes next there takes its time.
            budget = deepcopy(account.store.view())
            assert not isinstance(budget.admit(self.now(), Lane.BULK), Lease), "nobody was woken"

    def teardown(self) -> None:
        """In the end everybody has been served, and all slots are free."""
        try:
            self._finish()
        finally:
            for account in self.accounts:
                self.run(account.store.aclose())
            self.runner.close()
            self.folder.cleanup()

    def _finish(self) -> None:
        for account in self.accounts:
            account.slots.most = 20
        for _ in range(200):
            self.run(self._answer_all(), seconds=11)
            if not any(account.callers or account.under_way for account in self.accounts):
                break
        assert not any(account.callers for account in self.accounts), "somebody waits for ever"
        if self.accounts:
            assert (0, 0) == (self.turns.taken, self.turns.waiting)
            assert (0, 0) == (self.doorway.taken, self.doorway.waiting)

    async def _answer_one_each(self) -> None:
        for account in self.accounts:
            if account.under_way:
                await self._end(account, account.under_way.pop(0), "answered")

    async def _answer_all(self) -> None:
        for account in self.accounts:
            while account.under_way:
                await self._end(account, account.under_way.pop(0), "answered")


TestSeats = SeatsMachine.TestCase
TestSeats.settings = settings(stateful_step_count=40)

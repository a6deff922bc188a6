"""The gate as a state machine: anybody may come, leave, answer or run out of time at any moment."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from systeme_async._core.budget import Lease, Wait
from systeme_async._core.gate import Gate, OutOfTimeError
from systeme_async._core.line import BULK_TURN
from systeme_async._core.quota import SILENT, QuotaReport
from systeme_async._core.slots import Slots
from systeme_async._core.stores.memory import MemoryStore
from systeme_async.options import Lane, Quota
from systeme_async.testing import VirtualClockLoop

from .servers import SECOND, FixedWindow

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

SLACK: Final = 20_000
"""Nanoseconds by which a float of seconds may miss an instant."""


@dataclass
class Caller:
    """Somebody before the gate."""

    number: int
    lane: Lane
    deadline: int | None
    task: asyncio.Task[None] | None = None
    came: bool = False
    """The task has begun: it stands in line."""
    left: bool = False
    """Served, cancelled or out of time."""


pytestmark = pytest.mark.slow


class GateMachine(RuleBasedStateMachine):
    """A gate on a virtual clock, a fixed window behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualClockLoop)
        self.loop = self.runner.get_loop()
        self.callers: list[Caller] = []
        self.under_way: list[Lease] = []
        self.people_in_a_row = 0
        self.people_since_bulk = 0

    @initialize(
        concurrency=st.sampled_from([1, 2, 20]),
        limit=st.sampled_from([1, 3, 15, 40]),
        quota=st.sampled_from([Quota(), Quota(5, per=10.0), Quota(share=0.5)]),
        silent=st.booleans(),
    )
    def open(self, concurrency: int, limit: int, quota: Quota, *, silent: bool) -> None:
        """Draw an account."""
        self.concurrency = concurrency
        self.limit = limit
        self.silent = silent
        self.server = FixedWindow(limit, 10 * SECOND, opened=0)
        self.store = MemoryStore(quota, self.now)
        self.gate = Gate(self.store, Slots(concurrency))

    def now(self) -> int:
        """Read the loop's clock."""
        return int(self.loop.time() * SECOND)

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something in the loop, and let all follow who can."""

        async def main() -> None:
            await coroutine
            for _ in range(2 * len(self.waiting) + 8):
                await asyncio.sleep(0)
            # A timer rings a microsecond late, and whoever it wakes needs his turns.
            await asyncio.sleep(0.000_005)
            for _ in range(2 * len(self.waiting) + 8):
                await asyncio.sleep(0)

        self.runner.run(main())

    @property
    def waiting(self) -> list[Caller]:
        """Those who have not left the line."""
        return [caller for caller in self.callers if not caller.left]

    # What may happen

    @rule(
        count=st.integers(1, 12),
        lane=st.sampled_from(Lane),
        seconds=st.sampled_from([None, None, None, 0.5, 3, 11, 45]),
        again=st.booleans(),
    )
    def come(self, count: int, lane: Lane, seconds: float | None, *, again: bool) -> None:
        """Some calls come in at once; a repeated one comes alone."""
        deadline = None if seconds is None else self.now() + round(seconds * SECOND)
        again = again and count == 1
        for _ in range(count):
            caller = Caller(len(self.callers), lane, deadline)
            if again:
                ahead = [other.number for other in self.callers if other.lane is lane]
                caller.number = min(ahead, default=0) - 1
            self.callers.append(caller)
            caller.task = self.loop.create_task(self._ask(caller, again=again))
        self.run(asyncio.sleep(0))

    async def _ask(self, caller: Caller, *, again: bool) -> None:
        caller.came = True
        try:
            lease = await self.gate.acquire(caller.lane, caller.deadline, again=again)
        except OutOfTimeError as error:
            self._refused(caller, error.at)
        else:
            self._served(caller, lease)

    def _refused(self, caller: Caller, at: int) -> None:
        caller.left = True
        assert caller.deadline is not None
        assert self.now() <= caller.deadline + SLACK, "told too late that it is too late"
        if self.now() < caller.deadline:
            assert at > caller.deadline, "refused although there was hope"

    def _served(self, caller: Caller, lease: Lease) -> None:
        others = [other for other in self.waiting if other.came and other is not caller]
        caller.left = True
        self.under_way.append(lease)
        before = [other for other in others if other.lane is caller.lane]
        assert all(caller.number < other.number for other in before), "out of order in its lane"
        if not others:
            self.people_in_a_row = 0  # Nobody to overtake: whose turn it is does not matter.
            return
        people = any(other.lane is Lane.INTERACTIVE for other in others)
        jobs = any(other.lane is Lane.BULK for other in others)
        if caller.lane is Lane.BULK:
            turn = self.people_since_bulk >= BULK_TURN - 1
            assert turn or not people, "bulk before its turn"
            self.people_in_a_row = self.people_since_bulk = 0
            return
        self.people_since_bulk += 1
        self.people_in_a_row = self.people_in_a_row + 1 if jobs else 0
        if self.people_in_a_row == BULK_TURN:
            assert self._left_to_people(lease), "bulk never gets its turn"
            self.people_in_a_row = 0

    def _left_to_people(self, lease: Lease) -> bool:
        """Whether what a lease was given for could not have been bulk's."""
        budget = deepcopy(self.store.view())
        budget.returned(lease)
        return isinstance(budget.admit(self.now(), Lane.BULK), Wait)

    @precondition(lambda self: self.waiting)
    @rule(places=st.sets(st.integers(0, 1 << 16), min_size=1, max_size=4))
    def cancel(self, places: set[int]) -> None:
        """Some of those in line give up, all at once."""
        sent = self.store.view().sent
        held = len(self.under_way)
        waiting = self.waiting
        for place in places:
            caller = waiting[place % len(waiting)]
            caller.left = True
            assert caller.task is not None
            caller.task.cancel()
        self.run(asyncio.sleep(0))
        assert self.store.view().sent - sent == len(self.under_way) - held, "a cancel cost a lease"

    @precondition(lambda self: self.under_way)
    @rule(
        places=st.lists(st.integers(0, 1 << 16), min_size=1, max_size=5),
        how=st.sampled_from(["answered", "answered", "refused", "lost", "returned"]),
        cancelled=st.sampled_from([None, 0, 1, 2, 3]),
    )
    def settle(self, places: list[int], how: str, cancelled: int | None) -> None:
        """Some requests end, and maybe the one who would be next is cancelled meanwhile."""

        async def several() -> None:
            for place in places:
                if self.under_way:
                    lease = self.under_way.pop(place % len(self.under_way))
                    await self._end(lease, how)
            for _ in range(cancelled or 0):
                await asyncio.sleep(0)
            heads = self.waiting
            if cancelled is not None and heads:
                head = min(heads, key=lambda caller: (caller.lane, caller.number))
                head.left = True
                assert head.task is not None
                head.task.cancel()

        self.run(several())

    async def _end(self, lease: Lease, how: str) -> None:
        if how == "returned":
            await self.gate.settle(lambda budget, _: budget.returned(lease))
            return
        self.server.accept(self.now())
        if how == "lost":
            await self.gate.settle(lambda budget, at: budget.lost(lease, at))
            return
        until = self.server.refill_at(self.now()) - self.now()
        if how == "refused":
            report = SILENT if self.silent else QuotaReport(self.limit, 0, until, until)
            await self.gate.settle(lambda budget, at: budget.refused(lease, report, at))
            return
        left = self.server.remaining(self.now())
        report = SILENT if self.silent else QuotaReport(self.limit, left, until)
        await self.gate.settle(lambda budget, at: budget.answered(lease, report, at))

    @rule(seconds=st.sampled_from([0.001, 0.5, 1, 5, 10, 61]))
    def elapse(self, seconds: float) -> None:
        """Time passes."""
        self.run(asyncio.sleep(seconds))

    # What must hold

    @invariant()
    def the_line_is_as_long_as_it_looks(self) -> None:
        """`waiting` counts those in line, no more and no less."""
        if hasattr(self, "gate"):
            assert len(self.waiting) == self.gate.waiting

    @invariant()
    def the_cap_holds(self) -> None:
        """No more are under way than allowed, and the budget knows of each."""
        if hasattr(self, "gate"):
            assert len(self.under_way) <= self.concurrency
            assert self.store.view().in_flight == len(self.under_way)

    @invariant()
    def nobody_waits_without_reason(self) -> None:
        """Whoever waits, waits for an answer, for the budget or for nothing at all."""
        if not hasattr(self, "gate") or not self.waiting:
            return
        if len(self.under_way) < self.concurrency:
            for lane in {caller.lane for caller in self.waiting}:
                admission = deepcopy(self.store.view()).admit(self.now(), lane)
                assert not isinstance(admission, Lease), "there is room, and nobody was woken"

    @invariant()
    def nobody_waits_beyond_his_deadline(self) -> None:
        """Time is up when it is up."""
        for caller in self.waiting:
            assert caller.deadline is None or self.now() <= caller.deadline + SLACK

    def teardown(self) -> None:
        """In the end everybody has been served."""
        try:
            if hasattr(self, "gate"):
                self._finish()
        finally:
            self.runner.close()

    def _finish(self) -> None:
        for _ in range(10 * len(self.callers) + 20):
            if not self.waiting and not self.under_way:
                break
            self.settle_all()
            self.elapse(61)
        assert not self.waiting, "somebody waits for ever"
        failed = [
            caller.task.exception()
            for caller in self.callers
            if caller.task is not None and not caller.task.cancelled()
        ]
        assert [None] * len(failed) == failed

    def settle_all(self) -> None:
        """All requests under way are answered."""

        async def answers() -> None:
            while self.under_way:
                await self._end(self.under_way.pop(0), "answered")

        self.run(answers())


TestGate = GateMachine.TestCase
TestGate.settings = settings(stateful_step_count=40)

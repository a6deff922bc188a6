"""Waiting for the budget: two lanes, first come first served in each, nobody forgotten.

Only the waiter at the head asks the budget; whoever leaves the line, served, cancelled or out
of time, wakes the next head. So there is no timer and no task besides those of the callers,
and cancelling one of them can't strand the others.

Where requests are spaced as well, one at a time stands in the doorway, its lease in hand, until
its turn comes. So whoever comes next is still chosen by lane, and not by who came first.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import anyio
from msgspec.structs import replace

from ..options import Lane
from .budget import Budget
from .lease import Lease
from .quota import SECOND

if TYPE_CHECKING:
    from .pace import Pace
    from .stores import Step, Store

BULK_TURN: Final = 10
"""While bulk calls wait, every tenth lease is theirs however many interactive ones wait."""

# A float of seconds can fall short of the instant it stands for; a waiter that wakes that
# much too early would find the gate still shut and spin.
_OVERSHOOT: Final = 1e-6


class OutOfTimeError(Exception):
    """The call can't leave before its deadline; `at` is when it could, on the store's clock."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class GateClosedError(Exception):
    """Nobody leaves any more."""


class _Waiter:
    """One call in line."""

    __slots__ = ("deadline", "hopeless_before", "lane", "woken")

    def __init__(self, lane: Lane, deadline: int | None) -> None:
        self.lane = lane
        self.deadline = deadline
        self.hopeless_before: int | None = None
        self.woken = anyio.Event()


class Gate:
    """Lets requests of one process through as the budget and `concurrency` allow."""

    def __init__(self, store: Store, concurrency: int, pace: Pace | None = None) -> None:
        self._store = store
        self._concurrency = concurrency
        self._pace = pace
        self._doorway_taken = False
        self._doorway: anyio.CancelScope | None = None
        self._under_way = 0
        self.waiting = 0
        """Calls in line."""
        self._lines: dict[Lane, deque[_Waiter]] = {lane: deque() for lane in Lane}
        self._interactive_in_a_row = 0
        self._closed = False
        self._looked_until = 0

    async def acquire(self, lane: Lane, deadline: int | None, *, again: bool = False) -> Lease:
        """Wait for a lease, or raise `OutOfTimeError` as soon as it can't come in time.

        A call that has been tried before (`again`) goes to the front of its lane: it has
        stood in line already.
        """
        lease = await self._stand_in_line(lane, deadline, again=again)
        while self._pace is not None:
            lease = await self._step_out(self._pace, lease, deadline)
            if self._store.now() >= self._store.view().pause.until:
                break
            # The account was paused meanwhile: back into the line, at its head.
            await self._give_back(lease)
            lease = await self._stand_in_line(lane, deadline, again=True)
        return lease

    async def _stand_in_line(self, lane: Lane, deadline: int | None, *, again: bool) -> Lease:
        if deadline is not None and self._store.now() >= deadline:
            raise OutOfTimeError(self._earliest(self.waiting))
        if not self.waiting and self._has_room and not self._closed:
            admission = await self._store.transact(Budget.admit)
            if isinstance(admission, Lease):
                return self._pass(lane, admission)
        waiter = _Waiter(lane, deadline)
        line = self._lines[lane]
        (line.appendleft if again else line.append)(waiter)
        self.waiting += 1
        try:
            if deadline is not None:
                ahead = self._ahead_of(lane, 0 if again else len(line) - 1)
                self._mark_if_hopeless(waiter, ahead)
            return await self._serve(waiter)
        finally:
            line.remove(waiter)
            self.waiting -= 1
            self._wake_head()

    def close(self) -> None:
        """Send everybody who waits home with `GateClosedError`."""
        self._closed = True
        if self._doorway is not None:
            self._doorway.cancel()
        for line in self._lines.values():
            for waiter in line:
                waiter.woken.set()

    async def settle(self, step: Step[None]) -> None:
        """End what a lease began, by a step that tells the budget how it went."""
        self._under_way -= 1
        try:
            await self._store.transact(step)
        finally:
            self._wake_head()

    async def _step_out(self, pace: Pace, lease: Lease, deadline: int | None) -> Lease:
        """Wait in the doorway for a turn; a lease that gets none is given back."""
        hopeless = deadline is not None and pace.paused_until > deadline
        left = None if deadline is None else (deadline - self._store.now()) / SECOND
        turn = 0
        try:
            with anyio.move_on_after(0 if hopeless else left) as self._doorway:
                turn = await pace.turn()
        finally:
            self._doorway = None
            self._doorway_taken = False
            self._wake_head()
            if not turn:
                await self._give_back(lease)
        if not turn:
            raise GateClosedError if self._closed else OutOfTimeError(self._earliest(0))
        return replace(lease, turn=turn)

    async def _give_back(self, lease: Lease) -> None:
        with anyio.CancelScope(shield=True):
            await self.settle(lambda budget, _: budget.returned(lease))

    @property
    def _has_room(self) -> bool:
        return self._under_way < self._concurrency and not self._doorway_taken

    def _earliest(self, ahead: int) -> int:
        """Say when a call with `ahead` others before it may leave, at the earliest."""
        earliest = self._store.view().forecast(self._store.now(), ahead)
        if self._pace is None:
            return earliest
        spaced = max(self._store.now(), self._pace.paused_until) + ahead * self._pace.gap
        return max(earliest, spaced)

    async def _serve(self, waiter: _Waiter) -> Lease:
        while waiter.hopeless_before is None:
            if self._closed:
                raise GateClosedError
            until: int | None = None
            if self._has_room and waiter is self._head():
                admission = await self._store.transact(Budget.admit)
                if isinstance(admission, Lease):
                    return self._pass(waiter.lane, admission)
                until = admission.until
                self._mark_hopeless(until)
            await self._sleep(waiter, until)
        raise OutOfTimeError(waiter.hopeless_before)

    async def _sleep(self, waiter: _Waiter, until: int | None) -> None:
        """Sleep until woken, until the given instant or until the deadline has passed."""
        limits = [limit for limit in (until, waiter.deadline) if limit is not None]
        if limits:
            seconds = (min(limits) - self._store.now()) / SECOND + _OVERSHOOT
            with anyio.move_on_after(max(0.0, seconds)):
                await waiter.woken.wait()
        else:
            await waiter.woken.wait()
        waiter.woken = anyio.Event()
        if waiter.deadline is not None and self._store.now() >= waiter.deadline:
            self._mark_if_hopeless(waiter, 0)

    def _pass(self, lane: Lane, lease: Lease) -> Lease:
        self._under_way += 1
        self._doorway_taken = self._pace is not None
        if not self.waiting:
            return lease
        overtook = lane is Lane.INTERACTIVE and bool(self._lines[Lane.BULK])
        self._interactive_in_a_row = self._interactive_in_a_row + 1 if overtook else 0
        return lease

    def _head(self) -> _Waiter | None:
        interactive, bulk = self._lines[Lane.INTERACTIVE], self._lines[Lane.BULK]
        if bulk and (not interactive or self._interactive_in_a_row >= BULK_TURN - 1):
            return bulk[0]
        return interactive[0] if interactive else None

    def _ahead_of(self, lane: Lane, place: int) -> int:
        """Count those who will be served before the one at this place of the lane."""
        row, overtaking = self._interactive_in_a_row, BULK_TURN - 1
        if lane is Lane.INTERACTIVE:
            return place + min(len(self._lines[Lane.BULK]), (row + place) // overtaking)
        waiting = len(self._lines[Lane.INTERACTIVE])
        return place + min(waiting, overtaking * (place + 1) - row)

    def _wake_head(self) -> None:
        if not self.waiting:
            return
        head = self._head()
        if head is not None:
            head.woken.set()

    def _mark_hopeless(self, until: int | None) -> None:
        """Wake those whose deadline ends before there can be room for them; once for each wait."""
        if until is None or until == self._looked_until:
            return
        self._looked_until = until
        for lane, line in self._lines.items():
            for place, waiter in enumerate(line):
                if waiter.deadline is not None:
                    self._mark_if_hopeless(waiter, self._ahead_of(lane, place))

    def _mark_if_hopeless(self, waiter: _Waiter, ahead: int) -> None:
        now, deadline = self._store.now(), waiter.deadline
        earliest = self._earliest(ahead)
        if deadline is not None and (earliest > deadline or now >= deadline):
            waiter.hopeless_before = earliest
            waiter.woken.set()

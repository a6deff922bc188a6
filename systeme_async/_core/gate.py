"""Waiting for the budget: two lanes, first come first served in each, nobody forgotten.

Only the waiter at the head asks the budget; whoever leaves the line, served, cancelled or out
of time, wakes the next head. So there is no timer and no task besides those of the callers,
and cancelling one of them can't strand the others.

Where several processes draw on one budget, it is the budget that says whose turn it is; then the
head of each lane asks for itself. What can be interrupted while it asks gives back what it gets.

Where requests are spaced as well, one at a time stands in the doorway, its lease in hand, until
its turn comes. So whoever comes next is still chosen by lane, and not by who came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from msgspec.structs import replace

from ..options import Lane
from .lease import Lease, Wait
from .quota import SECOND
from .shared import admission_of
from .transactions import Transactions
from .waiting import Lines, Waiter

if TYPE_CHECKING:
    from typing import Final

    from .pace import Pace
    from .slots import Slots
    from .stores import Step, Store

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


class Gate:
    """Lets requests of one client through as the budget and the slots allow."""

    def __init__(self, store: Store, slots: Slots, pace: Pace | None = None) -> None:
        self._store = store
        self._steps = Transactions(store)
        self._slots = slots
        self._pace = pace
        self._doorway_taken = False
        self._doorway: anyio.CancelScope | None = None
        self._lines = Lines()
        self._closed = False
        self._looked_until = 0

    @property
    def waiting(self) -> int:
        """Calls in line."""
        return self._lines.count

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
        now = self._store.now()
        if deadline is not None and now >= deadline:
            raise OutOfTimeError(self._earliest(self.waiting))
        if not self.waiting and self._has_room and not self._closed:
            admission = await self._ask(lane, now)
            if isinstance(admission, Lease):
                return admission
        waiter = Waiter(lane, now, deadline)
        place = self._lines.add(waiter, in_front=again)
        try:
            if deadline is not None:
                self._mark_if_hopeless(waiter, self._lines.ahead_of(lane, place))
            return await self._serve(waiter)
        finally:
            self._lines.remove(waiter)
            self._wake()

    def close(self) -> None:
        """Send everybody who waits home with `GateClosedError`."""
        self._closed = True
        if self._doorway is not None:
            self._doorway.cancel()
        for _, waiter in self._lines:
            waiter.woken.set()

    async def drain(self) -> None:
        """Wait until the budget has been told what became of every lease."""
        await self._steps.drain()

    async def settle(self, step: Step[None]) -> None:
        """End what a lease began, by a step that tells the budget how it went."""
        self._slots.give_back()
        try:
            await self._steps.apply(step)
        finally:
            self._wake()

    async def _ask(self, lane: Lane, since: int, asker: Waiter | None = None) -> Lease | Wait:
        """Ask the budget for a lease for the first of a lane, who may not be in line yet."""
        heads = {**self._lines.since, lane: since}
        step = admission_of(self._store.process, lane, heads)
        # Reserved: others may come while the store is asked.
        self._slots.take()
        self._doorway_taken = self._pace is not None
        try:
            admission = await self._steps.apply(step)
        except BaseException:
            self._release(asker)
            raise
        if isinstance(admission, Wait):
            self._release(asker)
        elif self.waiting:
            self._lines.served(lane)
        return admission

    def _release(self, asker: Waiter | None) -> None:
        """Free what was reserved for a call that got no lease."""
        self._slots.give_back()
        self._doorway_taken = False
        if self._store.suspends:
            self._wake(but=asker)  # There may have been no room for them meanwhile.

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
            self._wake()
            if not turn:
                await self._give_back(lease)
        if not turn:
            raise GateClosedError if self._closed else OutOfTimeError(self._earliest(0))
        return replace(lease, turn=turn)

    async def _give_back(self, lease: Lease) -> None:
        await self.settle(lambda budget, _: budget.returned(lease))

    @property
    def _has_room(self) -> bool:
        return self._slots.free and not self._doorway_taken

    def _earliest(self, ahead: int) -> int:
        """Say when a call with `ahead` others before it may leave, at the earliest."""
        earliest = self._store.view().forecast(self._store.now(), ahead)
        if self._pace is None:
            return earliest
        spaced = max(self._store.now(), self._pace.paused_until) + ahead * self._pace.gap
        return max(earliest, spaced)

    async def _serve(self, waiter: Waiter) -> Lease:
        while waiter.hopeless_before is None:
            if self._closed:
                raise GateClosedError
            until: int | None = None
            if self._has_room and self._may_ask(waiter):
                admission = await self._ask(waiter.lane, waiter.since, waiter)
                if isinstance(admission, Lease):
                    return admission
                until = admission.until
                self._mark_hopeless(until)
            await self._sleep(waiter, until)
        raise OutOfTimeError(waiter.hopeless_before)

    async def _sleep(self, waiter: Waiter, until: int | None) -> None:
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

    def _may_ask(self, waiter: Waiter) -> bool:
        """Whether it is this waiter who asks: with other processes, the head of each lane does."""
        if self._store.process is not None:
            return waiter is self._lines.first(waiter.lane)
        return waiter is self._lines.head()

    def _wake(self, but: Waiter | None = None) -> None:
        if self._store.process is None:
            heads = [self._lines.head()]
        else:
            heads = [self._lines.first(lane) for lane in Lane]
        for head in heads:
            if head is not None and head is not but:
                head.woken.set()

    def _mark_hopeless(self, until: int | None) -> None:
        """Wake those whose deadline ends before there can be room for them; once for each wait."""
        if until is None or until == self._looked_until:
            return
        self._looked_until = until
        for place, waiter in self._lines:
            if waiter.deadline is not None:
                self._mark_if_hopeless(waiter, self._lines.ahead_of(waiter.lane, place))

    def _mark_if_hopeless(self, waiter: Waiter, ahead: int) -> None:
        now, deadline = self._store.now(), waiter.deadline
        earliest = self._earliest(ahead)
        if deadline is not None and (earliest > deadline or now >= deadline):
            waiter.hopeless_before = earliest
            waiter.woken.set()

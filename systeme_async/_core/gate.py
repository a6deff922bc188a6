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
from .outlook import Outlook
from .quota import SECOND
from .seats import Alone
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

    def __init__(
        self, store: Store, slots: Slots, pace: Pace | None = None, seats: Alone | None = None
    ) -> None:
        self._store = store
        self._steps = Transactions(store)
        self._slots = slots
        self._pace = pace
        self._doorway_taken = False
        self._doorway: anyio.CancelScope | None = None
        self._lines = Lines()
        self._outlook = Outlook(store, self._lines, pace)
        self._seats = Alone() if seats is None else seats
        self._seats.bind(self._offered, by_lane=store.process is not None)
        self._closed = False

    @property
    def waiting(self) -> int:
        """Calls in line."""
        return self._lines.count

    @property
    def waiting_by_lane(self) -> dict[Lane, int]:
        """Calls in line, by lane."""
        return self._lines.counts

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
            raise OutOfTimeError(self._outlook.earliest(self.waiting))
        if not self.waiting and not self._closed and self._has_room and self._seats.take(lane):
            admission = await self._ask(lane, now)
            if isinstance(admission, Lease):
                return admission
        waiter = Waiter(lane, now, deadline)
        place = self._lines.add(waiter, in_front=again)
        try:
            if deadline is not None:
                self._outlook.mark_if_hopeless(waiter, self._lines.ahead_of(lane, place))
            return await self._serve(waiter)
        finally:
            self._lines.remove(waiter)
            if self._asker(lane) is None:
                self._seats.leave(lane)
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
        self._seats.give_back()
        try:
            await self._steps.apply(step)
        finally:
            self._wake()

    async def _ask(self, lane: Lane, since: int, asker: Waiter | None = None) -> Lease | Wait:
        """Ask the budget for a lease for the first of a lane, who may not be in line yet."""
        process = self._store.process
        told = {} if process is None else self._lines.told_by(lane, since, asker)
        # Reserved: others may come while the store is asked.
        self._slots.take()
        self._doorway_taken = self._pace is not None
        try:
            admission = await self._steps.apply(admission_of(process, lane, told))
        except BaseException:
            self._release()
            raise
        if isinstance(admission, Wait):
            self._release()
        elif self.waiting:
            self._lines.served(lane)
        return admission

    def _release(self) -> None:
        """Free what was reserved for a call that got no lease."""
        self._slots.give_back()
        self._leave_doorway()
        self._seats.give_back()
        if self._store.suspends:
            # Those alone who found no room meanwhile: each lane's head would wake the other's.
            self._wake(turned_away=True)

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
            self._leave_doorway()
            self._wake()
            if not turn:
                await self._give_back(lease)
        if not turn:
            raise GateClosedError if self._closed else OutOfTimeError(self._outlook.earliest(0))
        return replace(lease, turn=turn)

    def _leave_doorway(self) -> None:
        self._doorway_taken = False
        self._seats.step_out()

    async def _give_back(self, lease: Lease) -> None:
        await self.settle(lambda budget, _: budget.returned(lease))

    @property
    def _has_room(self) -> bool:
        return self._slots.free and not self._doorway_taken

    async def _serve(self, waiter: Waiter) -> Lease:
        while waiter.hopeless_before is None:
            if self._closed:
                raise GateClosedError
            until: int | None = None
            if self._may_ask(waiter):
                admission = await self._ask(waiter.lane, waiter.since, waiter)
                if isinstance(admission, Lease):
                    return admission
                until = admission.until
                if admission.reserved and self._lines.pass_on() and self._store.process is None:
                    self._wake()  # Interactive calls go before a turn that bulk can't use.
                self._outlook.mark_hopeless(until)
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
            self._outlook.mark_if_hopeless(waiter, 0)

    def _may_ask(self, waiter: Waiter) -> bool:
        """Whether this waiter asks the budget now; if so, its seat is taken."""
        if waiter is not self._asker(waiter.lane):
            self._seats.hurry(waiter.lane)
            return False
        waiter.turned_away = not self._has_room
        if waiter.turned_away:
            self._seats.leave(waiter.lane)
            return False
        # Whoever stands behind it waits no longer for being behind a bulk call.
        people = self._store.process is None and self._lines.first(Lane.INTERACTIVE) is not None
        return self._seats.take(Lane.INTERACTIVE if people else waiter.lane)

    def _asker(self, lane: Lane) -> Waiter | None:
        """Return who asks next: with other processes, the head of each lane asks for itself."""
        return self._lines.head() if self._store.process is None else self._lines.first(lane)

    def _offered(self, lane: Lane) -> None:
        """Let the next one know that a seat is kept for it."""
        asker = self._asker(lane)
        assert asker is not None  # noqa: S101 - the last one who leaves takes our place along
        asker.woken.set()

    def _wake(self, *, turned_away: bool = False) -> None:
        for asker in dict.fromkeys(map(self._asker, Lane if self.waiting else ())):
            if asker is not None and (asker.turned_away or not turned_away):
                asker.woken.set()

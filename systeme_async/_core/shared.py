"""The budget of several processes: leases that expire, and a line through all of them.

Pure. A process that is killed settles nothing, so each lease is held for a limited time only.
One that is settled later than that is counted in again first: what became of it is learned all
the same, and nothing is counted twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from .budget import Budget
from .lease import Lease, Wait
from .line import Line, Place
from .quota import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..options import Lane
    from .line import Waiting
    from .quota import QuotaReport
    from .stores import Step

LEASE_TIME: Final = 10 * SECOND
"""How long a lease is held; after that its request counts as lost: the server may have seen it."""

SOON: Final = SECOND // 20
"""How long to wait for something that another process is about to do."""

HEARTBEAT: Final = SECOND
"""How long a waiter may sleep at most: others' news reach it no other way."""


class SharedBudget(Budget):
    """A budget on which several processes draw; the rules of the quota are `Budget`'s."""

    line: Line = msgspec.field(default_factory=Line)
    held: dict[int, int] = msgspec.field(default_factory=dict[int, int])
    """Until when each lease is held, by its number."""

    def admit_for(
        self, process: str, lane: Lane, lanes: Mapping[Lane, Waiting], now: int
    ) -> Lease | Wait:
        """Give a lease for a lane of a process, or say how long there is none.

        `lanes` tells since when the first waiter of each of its lanes has waited, and how many.
        """
        self.expire(now)
        self.line.stand(process, Place.of(lanes, now), now)
        if self.line.turn(process, self.room(now)) is not lane:
            return Wait(self._look_again(now, self._opens_at(now)))
        admission = self.admit(now, lane)
        if isinstance(admission, Wait):
            if admission.reserved:
                self.line.overtaken = 0  # Bulk can't use its turn: nobody waits behind it.
            return Wait(self._look_again(now, admission.until), admission.reserved)
        self.held[admission.number] = now + LEASE_TIME
        self.line.served(process, lane)
        return admission

    def leave(self, process: str) -> None:
        """Give up the place of a process in which nobody waits any more."""
        self.line.places.pop(process, None)

    def _opens_at(self, now: int) -> int | None:
        """Say when whoever is first may leave; None is soon."""
        if now < self.pause.until:
            return self.pause.until
        if not self.probe.due and self.room(now) > 0:
            return None
        kept_back = self._keeps_probe_back(now)
        return None if kept_back is None else kept_back.until

    def _look_again(self, now: int, until: int | None = None) -> int:
        """Say when to ask again: what others learn meanwhile is seen only by asking."""
        if until is None or self.probe.since is not None:
            return now + SOON
        return min(max(until, now + 1), now + HEARTBEAT)

    def expire(self, now: int) -> None:
        """Count what a killed process held as lost, once its leases have run out."""
        for number in [number for number, until in self.held.items() if until <= now]:
            self.lost(Lease(number, 0), now)

    def answered(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Learn from an answer that was not a 429."""
        self._take_back(lease)
        super().answered(lease, report, now)

    def refused(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Learn from a 429: everybody pauses, then one probe goes ahead."""
        self._take_back(lease)
        super().refused(lease, report, now)

    def lost(self, lease: Lease, now: int) -> None:
        """Count a request that left and brought no answer: the server may have counted it."""
        self._take_back(lease)
        super().lost(lease, now)

    def returned(self, lease: Lease) -> None:
        """Take back a lease whose request never left."""
        self._take_back(lease)
        super().returned(lease)

    def _take_back(self, lease: Lease) -> None:
        if self.held.pop(lease.number, None) is None:
            self.settled -= 1  # It had expired, and been settled as lost.


def admission_of(
    process: str | None, lane: Lane, lanes: Mapping[Lane, Waiting]
) -> Step[Lease | Wait]:
    """Choose how a lane asks for a lease: alone, or as one of several processes."""
    if process is None:
        return lambda budget, now: budget.admit(now, lane)

    def admit(budget: Budget, now: int) -> Lease | Wait:
        assert isinstance(budget, SharedBudget)  # noqa: S101 - where processes have names
        return budget.admit_for(process, lane, lanes, now)

    return admit

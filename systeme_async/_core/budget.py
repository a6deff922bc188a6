"""The account's token bucket: when the next request may leave.

Pure: state and arithmetic, `now` comes in as an argument (integer nanoseconds of one steady
clock), and a store decides where the state lives. Nothing is assumed of the quota's shape.

What is known is one number, `credit`: **so many requests may leave now, and the server still
has room for every one of them.** A request debits it by one when it leaves; one that never
left gives it back. An answer to the latest request heard of so far moves it by its `Remaining`:

- less every request that may have been counted after it, that is surely left: `credit` is raised
  to it. This is how a refill shows, whether the window opens whole or in steps;
- less those that left after it, that is all there should be: `credit` is lowered to it. This is
  how a neighbor on the account shows.

Requests that overtook each other make the second figure too low. The lowest `Remaining` since
the line was last silent, less the requests in flight, is surely left as well and mends that.

When the credit is spent, or stale, one request goes ahead as a probe once the refill instant has
passed, and tells how much came back. So does one after a 429's pause, and the first of all.
A configured quota is a ceiling in any case.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ..options import Lane, Quota
from .ceiling import Ceiling
from .ghosts import GHOST_LIFE, Ghosts
from .lease import Lease, Wait
from .pause import Pause
from .probe import Probe
from .quota import SECOND, QuotaReport
from .refill_rate import RefillRate
from .reserve import Reserve, for_others
from .window import Window

SMALLEST_QUOTA: Final = 30
"""Requests in a period under the smallest plan: what is assumed while nothing is known."""
HEARSAY: Final = 5 * SECOND
"""How long after a refill the credit from before it is believed."""


class Budget(msgspec.Struct):
    """The state, complete and serializable; the methods are its only rules."""

    quota: Quota
    ceiling: Ceiling | None = None
    limit: int | None = None
    credit: int | None = None
    """None as long as no answer has told a Remaining."""
    refill_at: int | None = None
    refill_told: int = 0
    """Requests settled when that was told."""
    pause: Pause = msgspec.field(default_factory=Pause)
    sent: int = 0
    """Leases given, which numbers them."""
    settled: int = 0
    unsent: int = 0
    """Leases given back: their requests never left."""
    lowest: int | None = None
    """The lowest Remaining heard since no request was in flight."""
    ghosts: Ghosts = msgspec.field(default_factory=Ghosts)
    newest: int = 0
    """The highest number whose answer has been heard; lower ones are stale."""
    heard: bool = False
    window: Window = msgspec.field(default_factory=Window)
    probe: Probe = msgspec.field(default_factory=Probe)
    throttled: int = 0
    ignored: int = 0
    rate: RefillRate = msgspec.field(default_factory=RefillRate)
    reserve: Reserve = msgspec.field(default_factory=Reserve)

    def __post_init__(self) -> None:
        if self.ceiling is None:
            self.ceiling = Ceiling.of(self.quota)

    @property
    def per(self) -> int:
        """The period of the quota."""
        return int(self.quota.per * SECOND)

    @property
    def in_flight(self) -> int:
        """Requests that left and are not settled."""
        return self.sent - self.settled

    def admit(self, now: int, lane: Lane = Lane.INTERACTIVE) -> Lease | Wait:
        """Give a lease, or say how long there is none."""
        bulk = lane is Lane.BULK
        if now < self.pause.until:
            return Wait(self.pause.until)
        room = 0 if self.probe.due else self.room(now)
        if bulk and (opens_at := self._bulk_opens_at(room, now)) > now:
            self.reserve.held_back = True
            return Wait(opens_at, reserved=True)
        if room <= 0 and (wait := self._keeps_probe_back(now, bulk=bulk)):
            return wait
        if bulk:
            self.reserve.leave(now, self.per)
        return self._lease(now, probe=not self.heard) if room > 0 else self._lease_probe(now)

    def _bulk_opens_at(self, room: int, now: int) -> int:
        ceiling, opens_at = self.ceiling, now
        if ceiling is not None and (left := ceiling.room(now, self.in_flight)) > 0:
            opens_at = self.reserve.opens_at(
                ceiling.allowed, self.per, left, ceiling.opens_at() or now, now, sliding=True
            )
        if room <= 0 or self.limit is None or self.refill_at is None:
            return opens_at
        left, refill_at = self._known(now), self.refill_at
        return max(opens_at, self.reserve.opens_at(self.limit, self.per, left, refill_at, now))

    def _keeps_probe_back(self, now: int, *, bulk: bool = False) -> Wait | None:
        if awaited_until := self.probe.awaited_until(now, self._drop()):
            return Wait(awaited_until)
        ceiling = self.ceiling
        if ceiling is not None and (room := ceiling.room(now, self.in_flight)) < 1:
            standing = bulk and self.reserve.standing(ceiling.allowed, sliding=True)
            return Wait(ceiling.opens_at(1 - room + standing), bool(standing))
        if self.probe.since is None and now < self.probe.again_at:
            return Wait(self.probe.again_at)
        if self.probe.due:
            return None
        delay = self.reserve.delay(self.limit or 1, self.per) if bulk else 0
        if self.refill_at is not None and now < self.refill_at + delay:
            return Wait(self.refill_at + delay, reserved=delay > 0)
        return Wait() if self.credit is None and self.probe.since is None else None

    def room(self, now: int) -> int:
        """How many requests may leave at once, without asking first."""
        known = self._known(now)
        return known if self.ceiling is None else min(known, self.ceiling.room(now, self.in_flight))

    def _known(self, now: int) -> int:
        if not self.heard:
            return 1 - self.in_flight if now >= self.probe.again_at else 0
        if self.credit is None:
            return self.window.size - self.in_flight
        if self.refill_at is not None and now >= self.refill_at + HEARSAY:
            return 0  # Somebody may have spent it since: a probe asks first.
        return self.credit - self._left_to_others()

    def _left_to_others(self) -> int:
        # A configured quota has its share taken off already.
        return for_others(self.quota, self.limit) if self.ceiling is None else 0

    def _lease(self, now: int, *, probe: bool = False) -> Lease:
        if self.sent == self.settled:
            self.lowest = None
        self.sent += 1
        if self.credit is not None:
            self.credit -= 1
        if probe:
            self.probe.leave(self.sent, now, self._drop())
        return Lease(self.sent, self.settled, probe)

    def _drop(self) -> int:
        """Say how long a bucket takes to get one request more; the learnt rate may flatter."""
        most = SMALLEST_QUOTA if self.ceiling is None else min(SMALLEST_QUOTA, self.ceiling.allowed)
        return max(self.per // (self.limit or most), self.rate.time_for(1))

    def _lease_probe(self, now: int) -> Lease:
        if self.credit is not None:
            if self.credit <= self._left_to_others():
                self.rate.refilled(now, self.refill_at or 0, self.sent, self.limit or 1)
            self.credit = min(self.credit, 0)
        return self._lease(now, probe=True)

    def answered(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Learn from an answer that was not a 429."""
        self._settle(lease, now)
        self.ignored += report.ignored
        self.pause.succeeded()
        self.heard = True
        if lease.probe:
            self.probe.due = False
        if report.remaining is not None:
            self._learn(lease, report, report.remaining, now)
        elif self.credit is None:
            self.probe.told(lease.number)
            if lease.number > self.pause.sent_before:  # It knows more than the last 429.
                self.window.widen()
        else:
            self.ghosts.add(now)

    def refused(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Learn from a 429: everybody pauses, then one probe goes ahead."""
        self._settle(lease, now)
        self.ignored += report.ignored
        self.throttled += 1
        self.probe.told(lease.number)
        self.pause.begin(lease.number, self.sent, report, now)
        if report.remaining is not None or self.credit is not None:
            self.credit = self.lowest = 0
            self.refill_at = self.pause.until
        self.limit = report.limit or self.limit
        self.window.shut()
        self.probe.due = True
        self.newest = self.sent  # Whatever left before the pause is stale by now.

    def lost(self, lease: Lease, now: int) -> None:
        """Count a request that left and brought no answer: the server may have counted it."""
        self._settle(lease, now + GHOST_LIFE)  # It may arrive even later than now.
        self.ghosts.add(now)

    def returned(self, lease: Lease) -> None:
        """Take back a lease whose request never left."""
        self.settled += 1
        self.unsent += 1
        if self.credit is not None:
            self.credit += 1
        self.probe.never_left(lease.number)

    def _settle(self, lease: Lease, now: int) -> None:
        self.settled += 1
        self.probe.end(lease.number)
        if self.ceiling is not None:
            self.ceiling.settled(now)

    def _learn(self, lease: Lease, report: QuotaReport, remaining: int, now: int) -> None:
        self.probe.told(lease.number)
        self.ghosts.forget(now)
        self.lowest = remaining if self.lowest is None else min(self.lowest, remaining)
        if lease.number > self.newest:
            self.newest = lease.number
            self.limit = report.limit or max(self.limit or 0, remaining + 1)
            self._follow(lease, remaining)
            found = remaining + 1 + self.in_flight
            if lease.probe or found >= self.limit:
                self.reserve.refilled(found, self.limit)
        held = self.lowest - len(self.ghosts) - self.in_flight
        if self.credit is not None and held > self.credit:
            self.credit = held
        self._expect_refill(lease, report.refill_in, now)

    def _follow(self, lease: Lease, remaining: int) -> None:
        under_way_with_it = self.sent - lease.heard - 1
        surely = remaining - under_way_with_it - len(self.ghosts)
        credit = surely if self.credit is None else max(self.credit, surely)
        self.credit = min(credit, remaining - (self.sent - lease.number))

    def _expect_refill(self, lease: Lease, refill_in: int | None, now: int) -> None:
        told = now + (self.per if refill_in is None else refill_in)
        # Two answers that were under way together may have been given in either order, and the
        # later one speaks of a later refill: the earlier refill is in its Remaining already.
        if self.refill_at is None or self.refill_told <= lease.heard or told > self.refill_at:
            self.refill_at, self.refill_told = told, self.settled

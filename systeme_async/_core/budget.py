"""The account's token bucket: when the next request may leave.

Pure: state and arithmetic, `now` comes in as an argument (integer nanoseconds of one steady
clock), and a store decides where the state lives. Nothing is assumed of the quota's shape.

What is known is one number, `credit`: **so many requests may leave now, and the server still
has room for every one of them.** A request debits it by one when it leaves; one that never
left gives it back. An answer to the latest request heard of so far moves it by its `Remaining`:

- less every request that may have been counted after it, that is surely left: `credit` is
  raised to it. This is how a refill shows, whether the window opens whole or in steps;
- less the requests that left after it, that is all there should be: `credit` is lowered to it.
  This is how a neighbor on the account shows.

Requests that overtook each other make the second figure too low. The lowest `Remaining` since
the line was last silent, less the requests in flight, is surely left as well and mends that.

When the credit is spent, or stale, one request goes ahead as a probe once the refill instant
has passed, and its `Remaining` says how much came back. After a 429's pause one probe goes ahead
too, and so does the first request of all. A configured quota is a ceiling in any case.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

from ..options import Lane, Quota
from .ceiling import Ceiling
from .lease import Lease, Wait
from .pause import Pause
from .quota import SECOND, QuotaReport
from .refill_rate import RefillRate
from .reserve import bulk_opens_at, for_others
from .window import Window

PATIENCE: Final = 5 * SECOND
"""How long a probe may stay unanswered before a second one goes out."""
HEARSAY: Final = 5 * SECOND
"""How long after a refill the credit from before it is believed."""
GHOST_LIFE: Final = 5 * SECOND
"""How long a request that was given up, as by a cancelled task, may go on traveling."""


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
    ghosts: list[int] = msgspec.field(default_factory=list[int])
    """Until when each request that ended without a Remaining may still reach the server."""
    newest: int = 0
    """The highest number whose answer has been heard; lower ones are stale."""
    heard: bool = False
    window: Window = msgspec.field(default_factory=Window)
    probe: int = 0
    probe_again_at: int = 0
    probing_since: int | None = None
    must_probe: bool = False
    throttled: int = 0
    ignored: int = 0
    rate: RefillRate = msgspec.field(default_factory=RefillRate)

    def __post_init__(self) -> None:
        if self.ceiling is None:
            self.ceiling = Ceiling.of(self.quota)

    @property
    def in_flight(self) -> int:
        """Requests that left and are not settled."""
        return self.sent - self.settled

    def admit(self, now: int, lane: Lane = Lane.INTERACTIVE) -> Lease | Wait:
        """Give a lease, or say how long there is none."""
        if now < self.pause.until:
            return Wait(self.pause.until)
        if not self.must_probe and (room := self.room(now)) > 0:
            if lane is Lane.BULK and self.credit is not None and self.refill_at is not None:
                opens_at = bulk_opens_at(self.quota, self.limit, room, self.refill_at, now)
                if opens_at > now:
                    return Wait(opens_at)
            return self._lease(now, probe=not self.heard)
        return self._keeps_probe_back(now) or self._lease_probe(now)

    def _keeps_probe_back(self, now: int) -> Wait | None:
        if self.probing_since is not None and now < self.probing_since + PATIENCE:
            return Wait(self.probing_since + PATIENCE)
        if self.ceiling is not None and self.ceiling.room(now, self.in_flight) < 1:
            return Wait(self.ceiling.opens_at())
        if now < self.probe_again_at and self.probing_since is None:
            return Wait(self.probe_again_at)
        if self.must_probe:
            return None
        if self.refill_at is not None and now < self.refill_at:
            return Wait(self.refill_at)
        return Wait() if self.credit is None and self.probing_since is None else None

    def room(self, now: int) -> int:
        """How many requests may leave at once, without asking first."""
        if not self.heard:
            known = 1 - self.in_flight
        elif self.credit is None:
            known = self.window.size - self.in_flight
        elif self.refill_at is not None and now >= self.refill_at + HEARSAY:
            known = 0  # Somebody may have spent it since: a probe asks first.
        else:
            known = self.credit - self._left_to_others()
        if self.ceiling is None:
            return known
        return min(known, self.ceiling.room(now, self.in_flight))

    def forecast(self, now: int, ahead: int = 0) -> int:
        """Say the earliest instant at which a call with `ahead` others before it may leave.

        A bound from below: never later than the truth, so that no call is refused in vain.
        """
        start = max(now, self.pause.until)
        # Those in flight may come back unsent, or bring better news than was feared.
        room = max(self.room(now), 0) + self.in_flight if start == now else 0
        if ahead < room:
            return start
        missing = ahead - room + 1
        if self.ceiling is not None and self.ceiling.room(now, self.in_flight) < missing:
            start = max(start, self.ceiling.opens_at(missing) or 0)
        if self.credit is None:
            return start
        start = max(start, self.refill_at or 0)
        return start + self.rate.time_for(max(0, missing - (self.limit or missing)))

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
            self.probing_since, self.probe = now, self.sent
        return Lease(self.sent, self.settled, probe)

    def _lease_probe(self, now: int) -> Lease:
        if self.credit is not None:
            if self.credit <= self._left_to_others():
                self.rate.refilled(now, self.refill_at or 0, self.sent, self.limit or 1)
            self.credit = min(self.credit, 0)
        # The probe may spend all that this refill has brought. If it tells nothing, the next one
        # goes when a bucket that fills drop by drop would have got one more.
        drop = self.rate.time_for(1) or int(self.quota.per * SECOND) // (self.limit or 60)
        self.probe_again_at = now + min(drop, PATIENCE)
        return self._lease(now, probe=True)

    def answered(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Learn from an answer that was not a 429."""
        self._settle(lease, now)
        self.ignored += report.ignored
        self.pause.succeeded()
        self.heard = True
        if lease.probe:
            self.must_probe = False
        if report.remaining is not None:
            self._learn(lease, report, report.remaining, now)
            return
        if self.credit is None:
            self.window.widen()
        else:
            self._haunt(now)

    def refused(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Learn from a 429: everybody pauses, then one probe goes ahead."""
        self._settle(lease, now)
        self.ignored += report.ignored
        self.throttled += 1
        self.pause.begin(lease.number, self.sent, report, now)
        if report.remaining is not None or self.credit is not None:
            self.credit = self.lowest = 0
            self.refill_at = self.pause.until
        self.limit = report.limit or self.limit
        self.window.shut()
        self.must_probe = True
        self.newest = self.sent  # Whatever left before the pause is stale by now.

    def lost(self, lease: Lease, now: int) -> None:
        """Count a request that left and brought no answer: the server may have counted it."""
        self._settle(lease, now + GHOST_LIFE)  # It may arrive even later than now.
        self._haunt(now)

    def returned(self, lease: Lease) -> None:
        """Take back a lease whose request never left."""
        self.settled += 1
        self.unsent += 1
        if self.credit is not None:
            self.credit += 1
        if lease.number == self.probe:
            self.probing_since = None

    def _settle(self, lease: Lease, now: int) -> None:
        self.settled += 1
        if lease.number == self.probe:
            self.probing_since = None
        if self.ceiling is not None:
            self.ceiling.settled(now)

    def _haunt(self, now: int) -> None:
        del self.ghosts[: bisect_right(self.ghosts, now)]
        self.ghosts.append(now + GHOST_LIFE)

    def _learn(self, lease: Lease, report: QuotaReport, remaining: int, now: int) -> None:
        del self.ghosts[: bisect_right(self.ghosts, now)]
        self.lowest = remaining if self.lowest is None else min(self.lowest, remaining)
        if lease.number > self.newest:
            self.newest = lease.number
            self.limit = report.limit or max(self.limit or 0, remaining + 1)
            self._follow(lease, remaining)
        held = self.lowest - len(self.ghosts) - self.in_flight
        if self.credit is not None and held > self.credit:
            self.credit = held
        self._expect_refill(lease, report.refill_in, now)

    def _follow(self, lease: Lease, remaining: int) -> None:
        under_way_with_it = self.sent - lease.heard - 1
        left_after_it = self.sent - lease.number
        surely = remaining - under_way_with_it - len(self.ghosts)
        credit = surely if self.credit is None else max(self.credit, surely)
        self.credit = min(credit, remaining - left_after_it)

    def _expect_refill(self, lease: Lease, refill_in: int | None, now: int) -> None:
        told = now + (int(self.quota.per * SECOND) if refill_in is None else refill_in)
        # Two answers that were under way together may have been given in either order, and the
        # later one speaks of a later refill: the earlier refill is in its Remaining already.
        if self.refill_at is None or self.refill_told <= lease.heard or told > self.refill_at:
            self.refill_at, self.refill_told = told, self.settled

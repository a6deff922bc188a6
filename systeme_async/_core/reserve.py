"""What is left in the quota on purpose: a share for others, and a little for people.

Pure. An import would spend a window soon after it has opened, and whoever came then would wait
for the next one. So bulk calls leave a tenth of the window, and take it at its end: one request
for each interval that is left is always there for somebody who waits.

Where what was spent comes back bit by bit, nothing opens whole: what left in a burst comes back
in a burst, a period later. There bulk calls that have had to wait leave one by one, a little
faster than the quota, so that the burst is spread; and one request is left standing, which costs
the job one request once, for then each that comes back replaces it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from ..options import Quota

PEOPLES_PART: Final = 10
"""One request in so many is left to interactive calls."""

LEAST_FOR_ONE: Final = 20
"""The smallest quota of which one request can be left standing: it is no more than a twentieth."""

SPREAD: Final = (9, 10)
"""The part of an interval that bulk calls are apart: faster than the quota, so as to use it up."""


def for_others(quota: Quota, limit: int | None) -> int:
    """Return what a share below 1 leaves to the account's other integrations."""
    if quota.share == 1 or limit is None:
        return 0
    return limit - max(1, int(limit * quota.share))


class Reserve(msgspec.Struct):
    """What bulk calls have to respect besides the quota itself."""

    whole: bool = True
    """Whether the last refill brought all that there can be."""
    held_back: bool = False
    """Whether bulk calls have had to wait since they were idle for a period."""
    left_at: int = 0
    """When the last bulk call left."""

    def standing(self, limit: int, *, sliding: bool = False) -> int:
        """Say how many requests bulk calls never take before the next one has come back.

        `sliding` is a quota of which it is known that it doesn't open whole.
        """
        return int(limit >= LEAST_FOR_ONE and (sliding or not self.whole))

    def delay(self, limit: int, per: int) -> int:
        """Say how much later than a refill a bulk call asks what came back, to leave one."""
        return self.standing(limit) * per // limit

    def refilled(self, found: int, limit: int) -> None:
        """Note how many requests there were after a refill had been waited for."""
        self.whole = found >= limit

    def opens_at(
        self, limit: int, per: int, room: int, refill_at: int, now: int, *, sliding: bool = False
    ) -> int:
        """Say when a bulk call may use what room there is: at once, or nearer to the refill."""
        interval, standing = per // limit, self.standing(limit, sliding=sliding)
        opens_at = now
        if refill_at > now:
            # It may have been told a little late: what is left to its last moment is lost.
            left = max((refill_at - now) // interval - 1, standing)
            if room <= standing:
                opens_at = refill_at
            elif room <= min(max(1, limit // PEOPLES_PART), left):
                opens_at = refill_at - (room + 1) * interval + 1
        if standing and self.held_back and now < self.left_at + per:
            faster, than = SPREAD
            opens_at = max(opens_at, self.left_at + interval * faster // than)
        return opens_at

    def leave(self, now: int, per: int) -> None:
        """Note that a bulk call leaves."""
        if now >= self.left_at + per:
            self.held_back = False
        self.left_at = now

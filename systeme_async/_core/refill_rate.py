"""How fast the server gives back what was spent, measured from refill to refill.

Pure. Between two refills that were waited for, just as much left as the server gave back. An
idle stretch in between spoils the measure: the bucket is fuller then than its rate.
"""

from __future__ import annotations

import msgspec

from .quota import SECOND


class RefillRate(msgspec.Struct):
    """The rate, once two refills have been waited for."""

    per_nanosecond: float = 0.0
    """Requests; 0 while unknown."""
    since: int | None = None
    sent_until_then: int = 0

    def refilled(self, now: int, refill_at: int, sent: int, limit: int) -> None:
        """Note that somebody with nothing left to spend has waited for this refill."""
        if now - refill_at >= SECOND:
            self.since = None
            return
        gained = sent - self.sent_until_then
        if self.since is not None and now > self.since and gained >= limit:
            self.per_nanosecond = gained / (now - self.since)
        if self.since is None or gained >= limit:
            self.since, self.sent_until_then = now, sent

    def time_for(self, requests: int) -> int:
        """Nanoseconds until so many have been given back; 0 while the rate is unknown."""
        return int(requests / self.per_nanosecond) if self.per_nanosecond else 0

"""A configured quota: never more than so many requests in any period, whatever the server says.

Pure. A request counts from its sending until a whole period after its answer: it reached the
server somewhere in between, so that no window of the server's can hold more, wherever it begins.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING, Self

import msgspec

from .quota import SECOND

if TYPE_CHECKING:
    from ..options import Quota


class Ceiling(msgspec.Struct):
    """How much of the configured quota is spent."""

    allowed: int
    per: int
    """Nanoseconds."""
    free_at: list[int] = msgspec.field(default_factory=list[int])
    """When each request that was answered stops counting, in order."""

    @classmethod
    def of(cls, quota: Quota) -> Self | None:
        """Return the ceiling of a quota, or None where it is to be learnt."""
        if quota.requests is None:
            return None
        return cls(max(1, int(quota.requests * quota.share)), int(quota.per * SECOND))

    def room(self, now: int, in_flight: int) -> int:
        """How many more requests may leave."""
        del self.free_at[: bisect_right(self.free_at, now)]
        return self.allowed - in_flight - len(self.free_at)

    def opens_at(self, missing: int = 1) -> int | None:
        """When so many more may leave, as far as answers tell; None where none has come."""
        if not self.free_at:
            return None
        return self.free_at[min(missing, len(self.free_at)) - 1]

    def settled(self, now: int) -> None:
        """Count a request that was answered or lost for one period more."""
        insort(self.free_at, now + self.per)

"""What is left in the quota on purpose: a share for others, and a little for people.

Pure. An import would spend a window soon after it has opened, and whoever came then would wait
for the next one. So bulk calls leave a tenth of the window, and take it at its end: one request
for each interval that is left is always there for somebody who waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .quota import SECOND

if TYPE_CHECKING:
    from ..options import Quota

PEOPLES_PART: Final = 10
"""One request in so many is left to interactive calls."""


def for_others(quota: Quota, limit: int | None) -> int:
    """Return what a share below 1 leaves to the account's other integrations."""
    if quota.share == 1 or limit is None:
        return 0
    return limit - max(1, int(limit * quota.share))


def bulk_opens_at(quota: Quota, limit: int | None, room: int, refill_at: int, now: int) -> int:
    """Say when bulk calls may use what room there is: at once, or nearer to the refill."""
    if limit is None or refill_at <= now:
        return now
    interval = int(quota.per * SECOND) // limit
    # The refill may have been told a little late: what is left to its last moment is lost.
    for_people = min(max(1, limit // PEOPLES_PART), (refill_at - now) // interval - 1)
    return now if room > for_people else refill_at - (room + 1) * interval + 1

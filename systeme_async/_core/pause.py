"""What a 429 does: everybody stops, until the server is ready to be asked again.

Pure. Retry-After and the refill are both believed, the later one counts. A server whose word
did not help the last time is left alone for a second at least, then for two, four and so on;
one that says nothing for four, then for eight and so on, up to a minute: five tries of one call
outlast the minute in which the account's quota comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from .quota import SECOND

if TYPE_CHECKING:
    from .quota import QuotaReport

FIRST_BLIND_PAUSE: Final = 4 * SECOND
LONGEST_BLIND_PAUSE: Final = 60 * SECOND


class Pause(msgspec.Struct):
    """The pause that is on, if one is, and the row of those that did not help."""

    until: int = 0
    in_a_row: int = 0
    """Pauses since the last success."""
    sent_before: int = 0
    """Requests sent when the last one began: those refused later are part of its burst."""
    blind: int = FIRST_BLIND_PAUSE
    """The first pause after a server that says nothing."""

    def begin(self, number: int, sent: int, report: QuotaReport, now: int) -> None:
        """Pause for the 429 to request `number`, of `sent` so far; never shortens a pause."""
        if number > self.sent_before or not self.in_a_row:
            self.sent_before = sent
            self.in_a_row += 1
        hints = [hint for hint in (report.retry_after, report.refill_in) if hint is not None]
        if not hints:
            hints.append(_doubled(self.blind, self.in_a_row - 1))
        elif self.in_a_row > 1:
            hints.append(_doubled(SECOND, self.in_a_row - 2))
        self.until = max(self.until, now + max(hints))

    def succeeded(self) -> None:
        """End the row: the next pause is short again."""
        self.in_a_row = 0


def _doubled(pause: int, times: int) -> int:
    return min(pause << min(times, 6), LONGEST_BLIND_PAUSE)

"""The one request that goes ahead to ask how much there is.

Pure. It may spend all that there is. If it tells nothing, because its answer is lost or silent,
the next one goes when a bucket that fills drop by drop has got one request more.
"""

from __future__ import annotations

from typing import Final

import msgspec

from .quota import SECOND

PATIENCE: Final = 5 * SECOND
"""How long a probe may stay unanswered, at least, before a second one goes out."""


class Probe(msgspec.Struct):
    """The probe that is under way, if one is, and when the next may follow."""

    number: int = 0
    """The lease of the last one."""
    since: int | None = None
    """When it left; None if it has ended."""
    again_at: int = 0
    due: bool = False
    """Whether nothing else may leave: a 429 has been met."""

    def leave(self, number: int, now: int, drop: int) -> None:
        """Note that a request leaves as the probe, of a bucket that gets one more every `drop`."""
        self.number, self.since, self.again_at = number, now, now + drop

    def end(self, number: int) -> None:
        """Note that a request has ended; it may have been the probe."""
        if number == self.number:
            self.since = None

    def told(self, number: int) -> None:
        """Note that an answer told what there is: if it was the probe's, no need to be careful."""
        if number == self.number:
            self.again_at = 0

    def never_left(self, number: int) -> None:
        """Note that a request spent nothing: if it was the probe, the next may follow at once."""
        if number == self.number:
            self.since, self.again_at = None, 0

    def awaited_until(self, now: int, drop: int) -> int | None:
        """Say until when its answer is waited for; None where none is."""
        if self.since is None:
            return None
        until = self.since + max(PATIENCE, drop)
        return until if now < until else None

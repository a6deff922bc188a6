"""The clock of a session: nanoseconds of its event loop's, and what they are to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .quota import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Tells instants, as nanoseconds that never go back; `seconds` reads the loop's time."""

    __slots__ = ("now", "seconds")

    def __init__(self, seconds: Callable[[], float], now: Callable[[], int] | None = None) -> None:
        self.seconds = seconds
        self.now = now or self._now
        """Tells the instant on the budget's clock, which may be that of a server."""

    def _now(self) -> int:
        return int(self.seconds() * SECOND)

    def until(self, instant: int) -> float:
        """Return the seconds from now to an instant; below 0 where it has passed."""
        return (instant - self.now()) / SECOND

    def datetime_of(self, instant: int) -> datetime:
        """Tell people when an instant is."""
        return datetime.now(UTC) + timedelta(seconds=self.until(instant))

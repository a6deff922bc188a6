"""Requests that ended without a word and may still reach the server. Pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

from .quota import SECOND

GHOST_LIFE: Final = 5 * SECOND
"""How long a request that was given up, as by a cancelled task, may go on traveling."""


class Ghosts(msgspec.Struct):
    """Until when each of them may still arrive, in order."""

    until: list[int] = msgspec.field(default_factory=list[int])

    def add(self, now: int, count: int = 1) -> None:
        """Note that requests have ended without a word."""
        self.forget(now)
        self.until += [now + GHOST_LIFE] * count

    def forget(self, now: int) -> None:
        """Drop those that can't arrive any more."""
        del self.until[: bisect_right(self.until, now)]

    def __len__(self) -> int:
        return len(self.until)

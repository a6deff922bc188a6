"""How many requests may be in flight while answers tell nothing of a quota.

Pure. Without a 429 there may be no quota: the window doubles with each success. With one there
is a quota that nobody tells: the window starts at one again and grows by one when it was filled.
"""

from __future__ import annotations

from typing import Final

import msgspec

WIDEST: Final = 1 << 16


class Window(msgspec.Struct):
    """The window, and whether it has learnt to be wary."""

    size: int = 1
    filled: int = 0
    wary: bool = False

    def widen(self) -> None:
        """Note a success."""
        self.filled += 1
        if not self.wary:
            self.size = min(self.size * 2, WIDEST)
        elif self.filled >= self.size:
            self.size, self.filled = self.size + 1, 0

    def shut(self) -> None:
        """Note a 429."""
        self.size, self.filled, self.wary = 1, 0, True

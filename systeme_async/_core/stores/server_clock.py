"""The clock of a server, as it is between its answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ServerClock:
    """The server's time, estimated between its answers; nanoseconds since 1970."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.local = clock
        self._offset = time.time_ns() - clock()
        self._known = False

    def now(self) -> int:
        """Return the estimate."""
        return self.local() + self._offset

    def learn(self, sent: int, received: int, server: int) -> None:
        """Correct the estimate by an answer, with local instants before and after it.

        An estimate that the answer does not disprove stays, so that the clock does not tremble.
        """
        if not self._known:
            self._known = True
            self._offset = server - (sent + received) // 2
            return
        # Redis tells whole microseconds.
        self._offset = min(max(self._offset, server - received), server + 1_000 - sent)

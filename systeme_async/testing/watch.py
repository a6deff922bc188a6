"""What time it is in the sandbox: since it was opened, and on its own wall clock."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from .call import DAWN
from .hints import SECOND
from .service import Instant

EARLIEST: Final = round(DAWN.timestamp()) * SECOND


class Watch:
    """Reads the event loop's clock from `start` on; before that it is the dawn of everything."""

    def __init__(self, skew: float) -> None:
        """Take a watch whose wall clock runs `skew` seconds ahead."""
        self._skew = round(skew * SECOND)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to count; from now on the wall clock goes with the loop's."""
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()
        self._wall = time.time_ns() + self._skew

    def now(self) -> Instant:
        """Return the present."""
        if self._loop is None:
            return Instant(0, EARLIEST)
        since = round((self._loop.time() - self._opened) * SECOND)
        return Instant(since, self._wall + since)

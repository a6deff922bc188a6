"""A job does not give up where a single call would: it has hours, and rows to lose.

An answer that is no JSON counts as an outage too: it is the page that a proxy shows while the
server behind it is away.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Self, TypeVar

import anyio

from .._core.endpoint import Effect
from ..errors import DecodeError, NotSentError, RateLimitedError, ServerError, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .._core.codec import QueryValue
    from .._core.endpoint import Endpoint
    from ..resources._base import Caller

T = TypeVar("T")

logger: Final = logging.getLogger("systeme_async.bulk")

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
PATIENCE: Final = 900.0
"""Seconds of outage that one call sits out before it fails."""


class PatientCaller:
    """Sends like the caller it wraps, and sits out an outage of network or server.

    A creation is repeated only if it surely never happened; its doubts are for whoever sent it
    to settle.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    @property
    def validate(self) -> bool:
        """Whether values are checked before they cost a request."""
        return self._caller.validate

    @property
    def max_attempts(self) -> int:
        """How often a call is tried before it is an outage."""
        return self._caller.max_attempts

    @property
    def server_time(self) -> datetime | None:
        """What time it is on the server, once it has said so."""
        return self._caller.server_time

    def check(self, draft: object) -> None:
        """Refuse a draft that could not be sent, at no cost."""
        self._caller.check(draft)

    def as_one(self) -> Self:
        """Return one whose calls share one deadline, which begins to run now."""
        return type(self)(self._caller.as_one())

    async def call(
        self,
        endpoint: Endpoint[T],
        draft: object = None,
        query: Mapping[str, QueryValue] | None = None,
        segments: Mapping[str, object] | None = None,
    ) -> T:
        """Send one call; pause and repeat it while nothing can be reached."""
        waited, pause = 0.0, FIRST_PAUSE
        while True:
            try:
                return await self._caller.call(endpoint, draft, query, segments)
            except (TransportError, ServerError, RateLimitedError, DecodeError) as error:
                if waited >= PATIENCE or not _passes(error, endpoint.effect):
                    raise
                logger.warning("the job pauses for %.0f s: %s", pause, error)
            await self._pause(pause)
            waited += pause
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _pause(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def _passes(error: Exception, effect: Effect) -> bool:
    """Tell whether the call may be sent again without harm."""
    if isinstance(error, NotSentError | RateLimitedError):
        return True
    if isinstance(error, DecodeError) and not error.no_json:
        return False  # The server speaks, and goes on saying it.
    return effect is not Effect.CREATES

"""What is answered to a delivery, whatever web framework it came through.

The server repeats whatever is not answered with a 2xx, for five days. So a 2xx says that the
event is handled, and everything that a repetition could mend is answered with something else.
The answers have no body: whoever forges deliveries learns nothing from them. Why a delivery was
refused is in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

from ..errors import ConfigurationError, DecodeError, ReplayError, WebhookVerificationError
from ..webhooks import AutomationEvent, Event, InProgressError
from ..webhooks.body import MAX_BODY_BYTES

if TYPE_CHECKING:
    from ..webhooks import Deduplicator

E = TypeVar("E", bound=Event | AutomationEvent)

EventCallback: TypeAlias = Callable[[Event], Awaitable[object]]
"""A coroutine function that handles an event; when it raises, the delivery is repeated."""

AutomationCallback: TypeAlias = Callable[[AutomationEvent], Awaitable[object]]
"""As `EventCallback`, for what automation rules send."""

logger: Final = logging.getLogger("systeme_async")


class Reception(Generic[E]):
    """Handles deliveries with a callback, each once if there is a deduplicator.

    Raises `ConfigurationError` for a `max_bytes` that no body could keep.
    """

    def __init__(
        self,
        callback: Callable[[E], Awaitable[object]],
        deduplicator: Deduplicator | None,
        max_bytes: int,
    ) -> None:
        if not 1 <= max_bytes <= MAX_BODY_BYTES:
            msg = f"max_bytes={max_bytes!r}: give 1 to {MAX_BODY_BYTES:,}"
            raise ConfigurationError(msg)
        self.max_bytes = max_bytes
        self._callback = callback
        self._deduplicator = deduplicator

    async def receive(self, unwrap: Callable[[], E]) -> HTTPStatus:
        """Read a delivery, hand its event to the callback, and say what to answer."""
        try:
            event = unwrap()
        except WebhookVerificationError as error:
            logger.warning("a delivery was refused: %s", error)
            return HTTPStatus.UNAUTHORIZED
        except DecodeError as error:
            logger.error("a genuine delivery was not understood: %s", error)  # noqa: TRY400 - it says where
            return HTTPStatus.BAD_REQUEST
        try:
            return await self._handle(event)
        except Exception:
            logger.exception("a delivery could not be handled; Systeme.io will repeat it")
            return HTTPStatus.INTERNAL_SERVER_ERROR

    async def _handle(self, event: E) -> HTTPStatus:
        if self._deduplicator is None:
            await self._callback(event)
            return HTTPStatus.OK
        began = False
        try:
            async with self._deduplicator.once(event):
                began = True
                await self._callback(event)
        except ReplayError as error:
            if began:  # the callback's own, no word about this delivery
                raise
            return HTTPStatus.CONFLICT if isinstance(error, InProgressError) else HTTPStatus.OK
        return HTTPStatus.OK

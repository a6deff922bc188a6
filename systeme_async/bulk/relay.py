"""A caller that hands on to another one, and does something of its own to each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ..resources._base import Caller


class Relay:
    """What such callers have in common: everything but the call."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    @property
    def validate(self) -> bool:
        """Whether values are checked before they cost a request."""
        return self._caller.validate

    @property
    def server_time(self) -> datetime | None:
        """What time it is on the server, once it has said so."""
        return self._caller.server_time

    def check(self, draft: object) -> None:
        """Refuse a draft that could not be sent, at no cost."""
        self._caller.check(draft)

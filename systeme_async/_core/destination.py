"""Where a session sends, with which credential, and who may answer there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..errors import Source
    from .pace import Pace
    from .secret import Secret
    from .source import SourceOf


class Pin(Protocol):
    """Learns, before the first request, the headers that hold all of them to one account."""

    async def headers(self) -> Mapping[str, str]:
        """Return the headers; callers at the same time share one answer."""
        ...

    async def aclose(self) -> None:
        """Let go of what it took to learn them."""
        ...

    def abandon(self) -> None:
        """Do so where no event loop is left."""
        ...


@dataclass(frozen=True)
class Destination:
    """An origin and everything that is said to it and of it in each request."""

    base_url: str
    key: Secret
    headers: Mapping[str, str]
    source_of: SourceOf
    home: Source = "systeme"
    """Who is asked; others may answer for it."""
    pace: Callable[[], Pace] | None = None
    """Finds the running loop's spacing under a fixed ceiling, where there is one."""
    pin: Pin | None = None
    account: str = ""
    """What the account's budget is filed under, where the key is not the account's."""

"""What every account is to the server in front of it, whichever API that speaks. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .call import Answer, Call
    from .deliveries import Errand, Office
    from .happenings import Happening
    from .service import Instant


class Change(NamedTuple):
    """One thing that a request did to the account, such as ("created contact", "1001")."""

    kind: str
    target: str

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


class Books(ABC):
    """Answers the endpoints of a table, and keeps a log of what has changed."""

    app: ClassVar[str]
    """What Maton calls the API."""

    def __init__(self) -> None:
        self.effects: list[Change] = []
        """What requests changed, in order; what a test put there itself is not among it."""
        self.happenings: list[Happening] = []
        """What webhooks are still to be told, in order."""

    def answers(self, endpoint: str) -> Callable[[Call], Answer] | None:
        """Return what answers an endpoint of the table, by the constant's name."""
        return getattr(self, endpoint.lower(), None)

    @abstractmethod
    def errands(self, happening: Happening, office: Office, now: Instant) -> Sequence[Errand]:
        """Return who is to be told of a happening, and how."""

    @abstractmethod
    def settle(self, at: datetime) -> None:
        """Carry out what was asked for before and is due by now."""

    @abstractmethod
    def marks(self) -> tuple[int, ...]:
        """Return what is another after each change, of a request or of `settle`."""

    def _changed(self, kind: str, target: object) -> None:
        self.effects.append(Change(kind, str(target)))

    def _unnoticed(self, endpoint: Callable[[Call], Answer], call: Call) -> None:
        """Carry out a call that is no effect of a request and tells nobody anything."""
        noted, told = len(self.effects), len(self.happenings)
        endpoint(call)
        del self.effects[noted:]
        del self.happenings[told:]

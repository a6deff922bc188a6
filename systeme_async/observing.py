"""What the send loop tells whoever observes it: one frozen object for each thing that happens.

    async with Systeme(api_key="…", observers=[print]) as systeme: ...

An observer is a function of one such object. It is called in the event loop, between two steps
of a call, so it must be quick; what it raises is logged once and breaks no call.

```
CallStarted ─┬─► AttemptEnded ─┬─► … ─► CallEnded        Paused: after a 429, for all calls
             ▲                 │
             └── retry_in ◄────┘
```

Nothing here names a person or an account: paths are templates without ids, and there are no
queries, no bodies, no keys and no words of the server's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, TypeAlias, cast

import msgspec

from .errors import ConfigurationError, Source
from .options import Lane

__all__ = [
    "AttemptEnded",
    "CallEnded",
    "CallStarted",
    "FailureKind",
    "Observation",
    "ObservedCall",
    "Observer",
    "Paused",
]

FailureKind: TypeAlias = Literal["not_sent", "timed_out", "lost", "cancelled"]
"""Why an attempt has no answer: the connection could not be made; the answer did not come in
time; the connection was lost; whoever waited for it was cancelled."""


class ObservedCall(msgspec.Struct, frozen=True, kw_only=True, eq=False, weakref=True):
    """A call; all that is told of it holds this same object, and no other call is equal to it."""

    method: str
    template: str
    """The path without ids, such as "/api/contacts/{contact}"; "" for `client.request`."""
    lane: Lane
    base_url: str
    """Where the client sends, such as "https://api.systeme.io"."""

    @property
    def name(self) -> str:
        """Method and template, of which there are few."""
        return f"{self.method} {self.template}".rstrip()


class CallStarted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has called a method; nothing is sent yet."""

    call: ObservedCall


class AttemptEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A request left, and this came of it."""

    call: ObservedCall
    number: int
    """Which attempt of the call it was, from 1."""
    status: int | None
    """The HTTP status; None without an answer."""
    failure: FailureKind | None
    """Why there is no answer; None with one."""
    source: Source | None
    """Who answered: the API, or the gateway before it; None without an answer."""
    waited: float
    """Seconds in line for the account's quota before it left."""
    took: float
    """Seconds from then to the last byte of the answer, or to the failure."""
    retry_in: float | None
    """Seconds after which it is tried again, at the earliest; None where it is not."""
    remaining: int | None
    """Requests for which the server surely has room; None while unknown."""
    waiting: int
    """Calls of this process in line."""

    @property
    def throttled(self) -> bool:
        """Whether the answer was a 429."""
        return self.status == 429  # noqa: PLR2004 - Too Many Requests


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """A 429 makes everybody pause who shares the budget, or the gateway's ceiling."""

    call: ObservedCall
    """The call that met it."""
    by: Source
    """Who said it."""
    seconds: float
    until: datetime
    """When the pause ends (UTC)."""


class CallEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A method returns or raises."""

    call: ObservedCall
    error: type[BaseException] | None
    """The class of what it raises, `CancelledError` among them; None where it returns."""
    attempts: int
    """How many requests have left."""
    took: float
    """Seconds in all: waiting, attempts and the pauses between them."""


Observation: TypeAlias = CallStarted | AttemptEnded | Paused | CallEnded

Observer: TypeAlias = Callable[[Observation], None]
"""Is told what happens."""


def check_observers(observers: object) -> None:
    """Raise `ConfigurationError` for what can't observe."""
    if not isinstance(observers, Sequence):
        msg = f"observers={observers!r} is no list; give one, also of a single observer"
        raise ConfigurationError(msg)
    for observer in cast("Sequence[object]", observers):
        if not callable(observer) or inspect.iscoroutinefunction(observer):
            msg = f"observers: {observer!r} is no plain function of one object"
            raise ConfigurationError(msg)

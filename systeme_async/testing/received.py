"""What the sandbox received: one frozen record for each request, in order of arrival. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, cast

from .hints import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .service import Incoming, Instant, Outcome

SECRET_HEADERS: Final = frozenset({"x-api-key", "api-token", "authorization"})
SECRET_PROPERTIES: Final = frozenset({"secret"})
MASK: Final = "***"

UNANSWERED: Final = frozenset({"reset", "lost", "hang"})
THROTTLED: Final = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request and what became of it; what that is, the sandbox knows when it arrives.

    Attributes:
        number: 1 for the first.
        at: seconds on the loop's clock since the sandbox was opened.
        path: as it came, still percent-encoded, without the query.
        query: what is repeated as a list of PHP's, as in `ids[]=1&ids[]=2`, is joined by commas.
        headers: by lower-case name, the key masked.
        body: the decoded JSON, None where there was none; a webhook's secret masked.
        status: of the answer, None where none was given.
        effect: what it changed, such as "created contact 1001"; "" where nothing.
        fault: the kind of fault that it met, "" where none.
    """

    number: int
    at: float
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content_type: str
    body: object
    status: int | None
    effect: str = ""
    fault: str = ""

    @classmethod
    def of(
        cls, number: int, incoming: Incoming, instant: Instant, outcome: Outcome, **more: Any
    ) -> Self:
        """Return the record of a request; `more` is what a record of another kind has besides."""
        joined = {name: ",".join(values) for name, values in incoming.repeated.items()}
        return cls(
            number=number,
            at=instant.since / SECOND,
            method=incoming.method,
            path=incoming.path,
            query={**incoming.query, **joined},
            headers=masked(incoming.headers, SECRET_HEADERS),
            content_type=incoming.content_type,
            body=_without_secrets(incoming.json),
            status=None if outcome.fault in UNANSWERED else outcome.sent.status,
            effect=outcome.effect,
            fault=outcome.fault or "",
            **more,
        )


R = TypeVar("R", bound=ReceivedRequest)


@dataclass(slots=True)
class Ledger(Generic[R]):
    """Counts requests, and keeps their records unless that would cost too much memory."""

    kind: type[R]
    keep: bool = True
    received: int = 0
    throttled: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    records: list[R] = field(default_factory=list[R])

    def enter(self) -> None:
        """Count a request that has come in and is not answered yet."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def leave(self) -> None:
        """Count it out again, answered or cut off."""
        self.in_flight -= 1

    def note(self, incoming: Incoming, instant: Instant, outcome: Outcome, **more: Any) -> None:
        """Count a request whose outcome is decided, and keep its record."""
        self.received += 1
        self.throttled += outcome.sent.status == THROTTLED
        if self.keep:
            self.records.append(self.kind.of(self.received, incoming, instant, outcome, **more))


class Observed(Generic[R]):
    """Shows what is in a ledger, and does not let it be changed."""

    _ledger: Ledger[R]

    @property
    def requests(self) -> list[R]:
        """What was received, in order of arrival; empty with `keep_requests=False`."""
        return list(self._ledger.records)

    @property
    def received(self) -> int:
        """How many requests were received."""
        return self._ledger.received

    @property
    def throttled(self) -> int:
        """How many requests were answered with 429."""
        return self._ledger.throttled

    @property
    def in_flight(self) -> int:
        """How many requests have come in and are not answered yet, latency included."""
        return self._ledger.in_flight

    @property
    def peak_in_flight(self) -> int:
        """The largest `in_flight` so far."""
        return self._ledger.peak_in_flight


def masked(values: Mapping[str, Any], secrets: frozenset[str]) -> dict[str, Any]:
    """Return headers or properties without what must not be printed."""
    return {name: MASK if name in secrets else value for name, value in values.items()}


def _without_secrets(body: object) -> object:
    if isinstance(body, dict):
        return masked(cast("dict[str, object]", body), SECRET_PROPERTIES)
    return body

"""What the sandbox received: one frozen record for each request, in order of arrival. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS: Final = frozenset({"x-api-key", "authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request and what became of it; what that is, the sandbox knows when it arrives.

    Attributes:
        number: 1 for the first.
        at: seconds on the loop's clock since the sandbox was opened.
        path: as it came, still percent-encoded, without the query.
        headers: by lower-case name, the key masked.
        body: the decoded JSON, None where there was none.
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


@dataclass(slots=True)
class Ledger:
    """Counts requests, and keeps their records unless that would cost too much memory."""

    keep: bool = True
    received: int = 0
    throttled: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    records: list[ReceivedRequest] = field(default_factory=list[ReceivedRequest])

    def enter(self) -> None:
        """Count a request that has come in and is not answered yet."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def leave(self) -> None:
        """Count it out again, answered or cut off."""
        self.in_flight -= 1


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers without what must not be printed."""
    return {name: "***" if name in SECRETS else value for name, value in headers.items()}

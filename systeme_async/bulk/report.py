"""What a job tells: an outcome for every row, and the sums."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..errors import SystemeError


ERRORS_KEPT: Final = 10


class Status(StrEnum):
    """What became of one row."""

    CREATED = "created"
    UPDATED = "updated"
    """It was there, and fields or tags were changed."""
    UNCHANGED = "unchanged"
    """It was there, and nothing had to be written (or was allowed to be)."""
    REJECTED = "rejected"
    """It was refused, here or by the server; nothing of it was carried out from then on."""
    UNKNOWN = "unknown"
    """A write left and no word came back, nor did looking for it settle the matter."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row; `row` counts from 1, a file's header not included."""

    row: int
    status: Status
    contact_id: int | None = None
    error: SystemeError | None = None
    email: str | None = None


@dataclass(slots=True)
class Report:
    """The sums of a job: final after `run()`, up to date while it runs."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    unknown: int = 0
    requests: int = 0
    """Requests that left while the job ran; others that share the client are among them."""
    throttled: int = 0
    """429s met meanwhile."""
    elapsed: float = 0.0
    """Seconds."""
    first_errors: list[Outcome] = field(default_factory=list[Outcome])
    """The first rows that were rejected or are unknown, at most ten, in their order."""

    @property
    def rows(self) -> int:
        """Rows that have ended."""
        return self.created + self.updated + self.unchanged + self.rejected + self.unknown

    def count(self, outcome: Outcome) -> None:
        """Add one row."""
        setattr(self, outcome.status.value, getattr(self, outcome.status.value) + 1)
        if outcome.error is not None:
            insort(self.first_errors, outcome, key=lambda other: other.row)
            del self.first_errors[ERRORS_KEPT:]

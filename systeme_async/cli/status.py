"""How a command ends: its exit status, and what an error says to the person at the terminal."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from .. import errors
from .wording import printable

if TYPE_CHECKING:
    from ..bulk import Report


class Exit(IntEnum):
    """The exit statuses; scripts hold on to the numbers."""

    DONE = 0
    BROKEN = 1
    """A fault in this program."""
    USAGE = 2
    ROWS_FAILED = 3
    DENIED = 4
    TRY_LATER = 5
    """Out of quota, out of time, out of space, or nothing can be reached."""
    OUTCOME_UNKNOWN = 6
    INTERRUPTED = 130


# The first class that fits decides, so the narrower ones stand above the wider.
_BY_ERROR: Final[tuple[tuple[type[errors.SystemeError], Exit], ...]] = (
    (errors.ConfigurationError, Exit.USAGE),
    (errors.AuthenticationError, Exit.DENIED),
    (errors.PermissionDeniedError, Exit.DENIED),
    (errors.ConnectionMissingError, Exit.DENIED),
    (errors.OutcomeUnknownError, Exit.OUTCOME_UNKNOWN),
    (errors.RateLimitedError, Exit.TRY_LATER),
    (errors.ServerError, Exit.TRY_LATER),
    (errors.APIError, Exit.USAGE),
    (errors.TransportError, Exit.TRY_LATER),
    (errors.DeadlineExceededError, Exit.TRY_LATER),
    (errors.DecodeError, Exit.TRY_LATER),
    (errors.PaginationError, Exit.TRY_LATER),
    (errors.JournalError, Exit.TRY_LATER),
)


def status_of(error: errors.SystemeError) -> Exit:
    """Return the exit status for an error that ended a command."""
    return next((status for kind, status in _BY_ERROR if isinstance(error, kind)), Exit.BROKEN)


def status_of_report(report: Report) -> Exit:
    """Return the exit status for a job that came to its end."""
    if report.unknown:
        return Exit.OUTCOME_UNKNOWN
    return Exit.ROWS_FAILED if report.rejected else Exit.DONE


def explain(error: BaseException) -> str:
    """Return what happened in one line, with the time to try again where that is known."""
    text = printable("; ".join(str(error).splitlines())) or type(error).__name__
    retry_at = getattr(error, "retry_at", None)
    if isinstance(error, errors.RateLimitedError) and retry_at is not None:
        return f"{text}. Try again at {retry_at.astimezone():%H:%M:%S}"
    return text

"""What to do about a row that has not gone well: a sentence for each kind of error. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Mapping

_CORRECT: Final = "correct the row in this file and import this file"
_LATER: Final = "try again later: systeme retry JOURNAL"
_LOOK: Final = (
    "nobody knows whether it was carried out: systeme resume JOURNAL looks, and sends what is "
    "missing"
)
_ACCESS: Final = "give the job a key that may do this, and then: systeme retry JOURNAL"

BY_ERROR: Final[Mapping[str, str]] = {
    "ConfigurationError": _CORRECT,
    "ValidationError": _CORRECT,
    "AlreadyExistsError": (
        "the account has this contact already; to change it all the same, import this file with "
        "--on-existing update"
    ),
    "NotFoundError": (
        "something it needs was deleted meanwhile; to make it anew: systeme retry JOURNAL"
    ),
    "PlanLimitError": (
        "the account's plan allows no more; make room or change the plan, and then: "
        "systeme retry JOURNAL"
    ),
    "AuthenticationError": _ACCESS,
    "PermissionDeniedError": _ACCESS,
    "ConnectionMissingError": "connect the account in Maton again, and then: systeme retry JOURNAL",
    "RateLimitedError": _LATER,
    "ServerError": _LATER,
    "NotSentError": _LATER,
    "TransportError": _LATER,
    "DeadlineExceededError": _LATER,
    "PaginationError": _LATER,
    "JournalError": "free some space, and then: systeme resume JOURNAL",
    "OutcomeUnknownError": _LOOK,
    "DecodeError": _LOOK,
}
"""By the name of the error's class."""

OTHERWISE: Final = "read what the error says; to try the row again: systeme retry JOURNAL"


def advice(state: State, error_kind: str | None) -> str:
    """Say what to do about a row, or nothing where nothing is to be done."""
    match state:
        case State.DONE:
            return ""
        case State.PLANNED:
            return "not begun yet: systeme resume JOURNAL"
        case State.INTENT | State.UNKNOWN:
            return _LOOK
        case State.REJECTED:
            return BY_ERROR.get(error_kind or "", OTHERWISE)

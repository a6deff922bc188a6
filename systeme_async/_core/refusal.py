"""Answers that say no: from a body in any of the forms seen to the error of the tree.

Pure. Any bytes end in an `APIError` that says most: whose words, which property, what to do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .. import errors
from .codec import UNREADABLE, decoder, readable

if TYPE_CHECKING:
    from .answer import Answer


class _Problem(msgspec.Struct):
    """An error body in any of the forms that have been seen, problem+json first."""

    violations: list[errors.Violation] | None = None
    detail: str | None = None
    message: str | None = None
    title: str | None = None


_ADVICE: Final[dict[type[errors.APIError], str]] = {
    errors.AuthenticationError: "check the key: a public API key of this account is needed, "
    "an MCP key gives the same answer",
    errors.PermissionDeniedError: "the key is good, but the record belongs to another account "
    "or the plan does not include this",
    errors.PlanLimitError: "the account's plan allows no more of it; upgrade the plan or delete "
    "what is not needed",
    errors.NotFoundError: "check the id, or whether it has been deleted",
    errors.ValidationError: "correct the value and send it again",
    errors.AlreadyExistsError: "find what exists and change that",
    errors.RateLimitedError: "wait until retry_at, or allow the call to wait: a longer deadline, "
    "more attempts",
    errors.ServerError: "the server failed; try again later",
}

_BY_STATUS: Final[dict[int, type[errors.APIError]]] = {
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.AlreadyExistsError,
    422: errors.ValidationError,
    429: errors.RateLimitedError,
}

_TAKEN: Final = re.compile(r"already (used|exists|been taken|taken|in use)", re.IGNORECASE)


def api_error(answer: Answer, request: str, attempts: int) -> errors.APIError:
    """Turn a 4xx or 5xx into the error of the tree that says most."""
    problem = _problem(answer.body)
    violations = tuple(problem.violations or ())
    detail = _detail(problem) or readable(answer.body)
    kind = _kind(answer.status, detail)
    advice = _ADVICE.get(kind, "see .detail and .headers for what the server says")
    said = detail or "no explanation"
    return kind(
        f"{request} was answered {answer.status}: {said} ({advice})",
        status=answer.status,
        detail=detail,
        violations=violations,
        headers=answer.headers,
        request=request,
        attempts=attempts,
    )


def _kind(status: int, detail: str) -> type[errors.APIError]:
    if status >= 500:  # noqa: PLR2004
        return errors.ServerError
    # The status of a plan's limit is unknown: its words decide.
    if "upgrade your plan" in detail.lower():
        return errors.PlanLimitError
    kind = _BY_STATUS.get(status, errors.APIError)
    if kind is errors.ValidationError and _TAKEN.search(detail):
        return errors.AlreadyExistsError
    return kind


def _problem(body: bytes) -> _Problem:
    try:
        return decoder(_Problem).decode(body)
    except UNREADABLE:
        return _loose_problem(body)


def _loose_problem(body: bytes) -> _Problem:
    """Read what can be read of a body whose properties are of other types than expected."""
    try:
        raw = decoder(dict[str, Any]).decode(body)
    except UNREADABLE:
        return _Problem()
    words = [raw.get(key) for key in ("detail", "message", "title")]
    return _Problem(None, *(word if isinstance(word, str) else None for word in words))


def _detail(problem: _Problem) -> str:
    """Choose the server's words, the most exact first: violations, detail, message, title."""
    complaints = [
        f"{violation.property_path}: {violation.message}".removeprefix(": ")
        for violation in problem.violations or ()
    ]
    return "\n".join(complaints) or problem.detail or problem.message or problem.title or ""

"""Answers that say no: from a body in any of the forms seen to the error of the tree.

Pure. Any bytes end in an `APIError` that says most: whose words, which property, what to do.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from .. import errors
from .codec import UNREADABLE, decoder
from .readable import hide_tokens, readable
from .refusal_activecampaign import ADVICE, read_refusal

if TYPE_CHECKING:
    from .answer import Answer


class _Problem(msgspec.Struct):
    """An error body in any of the forms that have been seen, problem+json first."""

    violations: list[errors.Violation] | None = None
    detail: str | None = None
    message: str | None = None
    error: Any = None
    title: str | None = None
    errors: Any = None


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

_ADVICE_ON_MATON: Final[dict[type[errors.APIError], str]] = {
    errors.AuthenticationError: "check the Maton key (https://maton.ai/settings): it is missing, "
    "wrong or expired",
    errors.ConnectionMissingError: "list the connections with maton.connections.list(), or create "
    "one and open its url",
    errors.NotFoundError: "no such path at Maton: check base_url",
    errors.RateLimitedError: "Maton takes ten requests a second from all apps together: wait until "
    "retry_at, or allow the call to wait",
    errors.ServerError: "often an expired authorization: create a new connection, use that, and "
    "delete the old one",
}
"""What to do where the gateway itself refused."""

_CONTROL_PLANE: Final = "/connections"

_BY_STATUS: Final[dict[int, type[errors.APIError]]] = {
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.AlreadyExistsError,
    422: errors.ValidationError,
    429: errors.RateLimitedError,
}

_ERRORS_SHOWN: Final = 20
_LINK: Final = r"(?i)\bconnect(ions?|ed)?\b|\b(not |un)linked\b|\bauthori[sz]"
_TAKEN: Final = r"(?i)already (used|exists|been taken|taken|in use)"


def api_error(
    answer: Answer,
    request: str,
    attempts: int,
    source: errors.Source = "systeme",
    not_found: str = "",
) -> errors.APIError:
    """Turn a 4xx or 5xx into the error of the tree that says most.

    `not_found` says what to check after a 404 where that may mean more than an unknown id.
    """
    if source == "activecampaign":
        kind, detail, violations = read_refusal(answer.status, answer.body)
        detail = hide_tokens(detail or readable(answer.body))
    else:
        problem = _problem(answer.body)
        violations = tuple(problem.violations or ())
        detail = hide_tokens(_detail(problem) or readable(answer.body))
        kind = _kind(answer.status, detail)
    if source == "maton":
        kind = _kind_on_maton(kind, answer.status, detail, request)
    said = detail or "no explanation"
    return kind(
        f"{request} was answered {answer.status}: {said} ({_advice(kind, source, not_found)})",
        status=answer.status,
        detail=detail,
        violations=violations,
        headers=answer.headers,
        source=source,
        request=request,
        attempts=attempts,
    )


def _advice(kind: type[errors.APIError], source: errors.Source, not_found: str) -> str:
    advice = _ADVICE.get(kind, "see .detail and .headers for what the server says")
    if kind is errors.NotFoundError:
        advice = not_found or advice
    if source == "maton" and kind in _ADVICE_ON_MATON:
        own = _ADVICE_ON_MATON[kind]
        # A 404 that is no problem document may be either's.
        own = f"{advice}; or {own}" if kind is errors.NotFoundError else own
        return f"said by Maton: {own}"
    if source == "activecampaign":
        return ADVICE.get(kind, advice)
    return advice


def _kind_on_maton(
    kind: type[errors.APIError], status: int, detail: str, request: str
) -> type[errors.APIError]:
    """Tell a missing connection: the gateway says 400 for one, or 404, in words of its own."""
    control_plane = request.partition(" ")[2].startswith(_CONTROL_PLANE)
    if status == HTTPStatus.NOT_FOUND and (control_plane or "connection" in detail.lower()):
        return errors.ConnectionMissingError
    if status == HTTPStatus.BAD_REQUEST and not control_plane:
        # Its words are not known; what speaks of something else may be the API's, passed through.
        return errors.ConnectionMissingError if not detail or re.search(_LINK, detail) else kind
    return kind


def _kind(status: int, detail: str) -> type[errors.APIError]:
    if status >= 500:  # noqa: PLR2004
        return errors.ServerError
    # The status of a plan's limit is unknown: its words decide.
    if "upgrade your plan" in detail.lower():
        return errors.PlanLimitError
    kind = _BY_STATUS.get(status, errors.APIError)
    if kind is errors.ValidationError and re.search(_TAKEN, detail):
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
    words = {key: raw.get(key) for key in ("detail", "message", "title")}
    texts: dict[str, Any] = {key: word for key, word in words.items() if isinstance(word, str)}
    return _Problem(**texts, error=raw.get("error"), errors=raw.get("errors"))


def _detail(problem: _Problem) -> str:
    """Choose the server's words, the most exact first: violations, detail, message and so on."""
    complaints = [
        f"{violation.property_path}: {violation.message}".removeprefix(": ")
        for violation in problem.violations or ()
    ]
    return (
        "\n".join(complaints)
        or problem.detail
        or problem.message
        or _words(problem.error)
        or problem.title
        or _words(problem.errors)
    )


def _words(value: object) -> str:
    """Find the words in an error that may be a text, an object or a list of either."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        elements = cast("list[object]", value)
        return "\n".join(filter(None, map(_words, elements[:_ERRORS_SHOWN])))
    if isinstance(value, dict):
        words = cast("dict[str, object]", value)
        said = [words.get(key) for key in ("title", "detail", "message")]
        return ": ".join(word for word in said if isinstance(word, str) and word)
    return ""

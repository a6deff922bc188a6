"""Who said it: the API itself, or the gateway in front of it.

Pure. The gateway's own error bodies are documented nowhere, so its errors are told by what they
are not: Systeme.io speaks in problem documents, sends rate-limit headers, and has two sentences
of its own for a 401; ActiveCampaign has words of its own in most. Statuses that the gateway never
says by itself are the API's in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from .codec import UNREADABLE, decoder
from .verdict import NO_RESULT

if TYPE_CHECKING:
    from ..errors import Source
    from .answer import Answer

SourceOf = Callable[["Answer"], "Source"]
"""Names the source of an answer."""

_SAID_BY_THE_GATEWAY: Final = frozenset({400, 401, 404, 429, 500})
_PROBLEM: Final = "application/problem+json"
_CHALLENGE: Final = "API Key"
_HINTS: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Refill")
_TRACE: Final = "x-envoy-upstream-service-time"
"""What ActiveCampaign's own servers put on an answer."""
_SENTENCES: Final = frozenset(
    {"Invalid API Key.", "Full authentication is required to access this resource."}
)


def always(source: Source) -> SourceOf:
    """Return what names one and the same source, where there is no other."""
    return lambda _: source


def systeme_or_maton(answer: Answer) -> Source:
    """Tell whether Systeme.io gave an answer, or the gateway in front of it."""
    if answer.status not in _SAID_BY_THE_GATEWAY:
        return "systeme"
    if answer.headers.get("Content-Type", "").lower().startswith(_PROBLEM):
        return "systeme"
    if answer.headers.get("WWW-Authenticate") == _CHALLENGE:
        return "systeme"
    if any(name in answer.headers for name in _HINTS):
        return "systeme"
    return "systeme" if _is_problem(answer.body) else "maton"


def activecampaign_or_maton(answer: Answer) -> Source:
    """Tell whether ActiveCampaign gave an answer, or the gateway in front of it.

    ActiveCampaign says 403 where others say 401, and has no `error` at the top of a body.
    """
    if answer.status not in _SAID_BY_THE_GATEWAY:
        return "activecampaign"
    if _TRACE in answer.headers:
        return "activecampaign"
    return "activecampaign" if _is_of_activecampaign(answer) else "maton"


def _is_of_activecampaign(answer: Answer) -> bool:
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return False
    try:
        words = decoder(dict[str, Any]).decode(answer.body)
    except UNREADABLE:
        return False
    if "error" in words:
        return False
    message = words.get("message")
    said = message if isinstance(message, str) else ""
    return "errors" in words or "failureReasons" in words or NO_RESULT.decode() in said


def _is_problem(body: bytes) -> bool:
    try:
        words = decoder(dict[str, Any]).decode(body)
    except UNREADABLE:
        return False
    if "violations" in words or ("detail" in words and ("title" in words or "type" in words)):
        return True
    said = (words.get("detail"), words.get("message"))
    return any(isinstance(word, str) and word in _SENTENCES for word in said)

"""Who said it: the API itself, or the gateway in front of it.

Pure. The gateway's own error bodies are documented nowhere, so its errors are told by what they
are not: Systeme.io speaks in problem documents, sends rate-limit headers, and has two sentences
of its own for a 401. Statuses that the gateway never says by itself are the API's in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from .codec import UNREADABLE, decoder

if TYPE_CHECKING:
    from ..errors import Source
    from .answer import Answer

SourceOf = Callable[["Answer"], "Source"]
"""Names the source of an answer."""

_SAID_BY_THE_GATEWAY: Final = frozenset({400, 401, 404, 429, 500})
_PROBLEM: Final = "application/problem+json"
_CHALLENGE: Final = "API Key"
_HINTS: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Refill")
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


def _is_problem(body: bytes) -> bool:
    try:
        words = decoder(dict[str, Any]).decode(body)
    except UNREADABLE:
        return False
    if "violations" in words or ("detail" in words and ("title" in words or "type" in words)):
        return True
    said = (words.get("detail"), words.get("message"))
    return any(isinstance(word, str) and word in _SENTENCES for word in said)

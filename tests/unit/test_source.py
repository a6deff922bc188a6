"""Who said it, and what Maton's own refusals are called."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from multidict import CIMultiDict

from systeme_async import errors
from systeme_async._core import refusal
from systeme_async._core.answer import Answer
from systeme_async._core.source import always, systeme_or_maton

PROBLEM: Final = {"Content-Type": "application/problem+json; charset=utf-8"}
PLAIN: Final = {"Content-Type": "application/json"}
PAGE: Final = {"Content-Type": "text/html"}


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    """Word an answer; a body that is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, CIMultiDict(headers or PLAIN), raw)


SAID_BY_SYSTEME: Final[list[tuple[int, Any, dict[str, str]]]] = [
    (400, {"detail": "Syntax error"}, PROBLEM),
    (400, b"", PROBLEM),
    (400, b"", {"Content-Type": "Application/Problem+JSON"}),
    (401, b"", {"WWW-Authenticate": "API Key"}),
    (400, {"type": "x", "title": "y", "detail": "z"}, PLAIN),
    (400, {"type": "x", "detail": "z"}, PLAIN),
    (400, {"violations": []}, PLAIN),
    (401, {"detail": "Invalid API Key."}, PLAIN),
    (401, {"message": "Invalid API Key."}, PLAIN),
    (401, {"detail": "Full authentication is required to access this resource."}, PLAIN),
    (429, b"", {"x-ratelimit-remaining": "0"}),
    (429, {"message": "Slow down"}, {"X-RateLimit-Limit": "60"}),
    (500, {"title": "An error occurred", "detail": "Internal Server Error"}, PLAIN),
    # Statuses that the gateway never says by itself.
    (200, {"id": 1}, PLAIN),
    (403, {"message": "no"}, PLAIN),
    (422, b"<html>", PAGE),
    (502, b"<html>", PAGE),
    (503, b"", PLAIN),
]

SAID_BY_MATON: Final[list[tuple[int, Any, dict[str, str]]]] = [
    (400, {"message": "No active connection"}, PLAIN),
    (400, b"", PLAIN),
    (401, {"message": "Invalid API key"}, PLAIN),
    (401, {"detail": "Invalid API key"}, PLAIN),
    (400, {"detail": [{"loc": ["body"], "msg": "x"}]}, PLAIN),
    (401, {"message": {"text": "Invalid API Key."}, "detail": {}}, PLAIN),
    (401, {"error": {"message": "Invalid API key"}}, PLAIN),
    (404, {"detail": "Not Found"}, PLAIN),
    (429, {"message": "Rate limit exceeded"}, {"Retry-After": "1"}),
    (429, b"", PLAIN),
    (500, {"error": "authorization expired"}, PLAIN),
    (500, b"<html>", PAGE),
    (500, b"[1]", PLAIN),
    (500, b"\xff{", PLAIN),
    (500, b"[" * 100_000, PLAIN),
]


@pytest.mark.parametrize(("status", "body", "headers"), SAID_BY_SYSTEME)
def test_what_systeme_says(status: int, body: Any, headers: dict[str, str]) -> None:
    """Problem documents, rate-limit headers, its own sentences, and statuses of no gateway's."""
    assert systeme_or_maton(answer(status, body, headers)) == "systeme"


@pytest.mark.parametrize(("status", "body", "headers"), SAID_BY_MATON)
def test_what_maton_says(status: int, body: Any, headers: dict[str, str]) -> None:
    """Whatever of the gateway's statuses does not sound like Systeme.io."""
    assert systeme_or_maton(answer(status, body, headers)) == "maton"


def test_where_there_is_one_speaker() -> None:
    """Without a gateway nobody has to be told apart."""
    assert always("activecampaign")(answer(401, {"message": "Invalid API key"})) == "activecampaign"


KINDS: Final[list[tuple[str, int, Any, type[errors.APIError]]]] = [
    ("GET /api/tags", 400, {"message": "No active connection"}, errors.ConnectionMissingError),
    ("GET /api/tags", 400, {"message": "not linked"}, errors.ConnectionMissingError),
    ("GET /api/tags", 400, {"message": "Invalid JSON"}, errors.APIError),
    ("GET /api/tags", 400, {"message": "The linked field"}, errors.APIError),
    ("GET /api/tags", 400, {"message": "The author is missing"}, errors.APIError),
    ("GET /api/tags", 400, b"", errors.ConnectionMissingError),
    ("GET /api/tags", 404, {"message": "Connection x not found"}, errors.ConnectionMissingError),
    ("GET /api/tags", 404, {"message": "Not Found"}, errors.NotFoundError),
    ("GET /api/tags", 401, {"message": "Invalid API key"}, errors.AuthenticationError),
    ("GET /api/tags", 429, {"message": "Rate limit exceeded"}, errors.RateLimitedError),
    ("GET /api/tags", 500, {"error": "expired"}, errors.ServerError),
    ("GET /connections/x", 404, {"message": "Not Found"}, errors.ConnectionMissingError),
    ("POST /connections", 400, {"message": "unknown app"}, errors.APIError),
]


@pytest.mark.parametrize(("request_", "status", "body", "kind"), KINDS)
def test_the_gateways_refusals_by_class(
    request_: str, status: int, body: Any, kind: type[errors.APIError]
) -> None:
    """A missing connection has a class of its own, and every error names its source."""
    error = refusal.api_error(answer(status, body), request_, 1, "maton")
    assert type(error) is kind
    assert error.source == "maton"


def test_the_same_words_of_systemes_are_no_missing_connection() -> None:
    """Only what the gateway says is read as the gateway's."""
    error = refusal.api_error(answer(400, {"message": "No connection"}), "GET /api/tags", 1)
    assert type(error) is errors.APIError
    assert error.source == "systeme"


def test_the_advice_is_the_speakers() -> None:
    """A wrong key is looked for where it lies: at Maton or in Systeme.io's settings."""
    body = {"message": "Invalid API key"}
    assert "maton.ai/settings" in str(refusal.api_error(answer(401, body), "GET /x", 1, "maton"))
    assert "public API key" in str(refusal.api_error(answer(401, body), "GET /x", 1))


def test_a_404_may_have_an_advice_of_its_own() -> None:
    """Where a 404 may mean more than an unknown id, the message says so."""
    error = refusal.api_error(answer(404, b""), "GET /x", 1, "systeme", "look at the payments")
    assert "look at the payments" in str(error)


def test_a_session_token_never_shows() -> None:
    """The url of a connection is masked wherever an error repeats it."""
    body = {"message": "open https://connect.maton.ai/?session_token=abc.def-123&x=1 again"}
    error = refusal.api_error(answer(500, body), "GET /connections/x", 1, "maton")
    page = refusal.api_error(
        answer(500, b"<p>?session_token=abc.def-123</p>", PAGE), "GET /x", 1, "maton"
    )
    for shown in (str(error), error.detail, str(page), page.detail):
        assert "abc" not in shown
        assert "session_token=***" in shown

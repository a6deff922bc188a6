"""The tree of errors: drawn once more, and unharmed by pickling."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

import systeme_async
from systeme_async import errors

TREE: Final[dict[str, tuple[str, ...]]] = {
    "SystemeError": ("Exception",),
    "ConfigurationError": ("SystemeError", "ValueError"),
    "ClientStateError": ("SystemeError",),
    "DeadlineExceededError": ("SystemeError", "TimeoutError"),
    "TransportError": ("SystemeError",),
    "NotSentError": ("TransportError",),
    "OutcomeUnknownError": ("TransportError",),
    "APIError": ("SystemeError",),
    "AuthenticationError": ("APIError",),
    "PermissionDeniedError": ("APIError",),
    "PlanLimitError": ("PermissionDeniedError",),
    "NotFoundError": ("APIError",),
    "ValidationError": ("APIError",),
    "AlreadyExistsError": ("ValidationError",),
    "RateLimitedError": ("APIError",),
    "ServerError": ("APIError",),
    "ConnectionMissingError": ("APIError",),
    "DecodeError": ("SystemeError",),
    "JournalError": ("SystemeError",),
    "JournalInUseError": ("ConfigurationError",),
    "PaginationError": ("SystemeError",),
    "WebhookVerificationError": ("SystemeError",),
    "SignatureError": ("WebhookVerificationError",),
    "ReplayError": ("WebhookVerificationError",),
}
"""Every error with its direct bases, from the interface."""

AT = datetime(2026, 1, 1, tzinfo=UTC)

API_ATTRIBUTES: Final[dict[str, Any]] = {
    "request": "POST /api/contacts",
    "status": 422,
    "detail": "email: taken",
    "violations": (errors.Violation("email", "taken", "x"),),
    "headers": {"Date": "today"},
    "source": "maton",
    "attempts": 3,
}

ATTRIBUTES: Final[dict[str, dict[str, Any]]] = {
    "DeadlineExceededError": {"request": "GET /api/tags", "retry_at": AT},
    "TransportError": {"request": "GET /api/tags", "attempts": 5},
    "NotSentError": {"request": "GET /api/tags", "attempts": 5},
    "OutcomeUnknownError": {"request": "GET /api/tags", "attempts": 5},
    "DecodeError": {"request": "GET /api/tags", "status": 200},
}


def kind_of(name: str) -> type[errors.SystemeError]:
    """Return the class of this name, as the package exports it."""
    return getattr(systeme_async, name)


def build(name: str) -> errors.SystemeError:
    """Make an error with all that it can carry."""
    kind = kind_of(name)
    attributes = ATTRIBUTES.get(name, {"request": "GET /api/tags"})
    if issubclass(kind, errors.APIError):
        attributes = API_ATTRIBUTES
    return kind("what happened, and what to do", **attributes)


def test_the_tree_has_exactly_these_errors() -> None:
    """None is missing and none is there that the interface does not know."""
    found = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, BaseException)
    }
    assert set(TREE) == found


@pytest.mark.parametrize(("name", "bases"), TREE.items(), ids=TREE)
def test_each_error_hangs_where_the_tree_shows_it(name: str, bases: tuple[str, ...]) -> None:
    """The direct bases are those of the interface, in their order."""
    assert bases == tuple(base.__name__ for base in kind_of(name).__bases__)


@pytest.mark.parametrize("name", TREE)
def test_each_error_is_drawn_and_explained(name: str) -> None:
    """The module's drawing shows it, and its own docstring says one sentence."""
    assert name in (errors.__doc__ or "")
    assert (kind_of(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", TREE)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_survives_pickling(name: str, protocol: int) -> None:
    """It comes out of a worker process with its message and its attributes."""
    error = build(name)
    twin = pickle.loads(pickle.dumps(error, protocol))
    assert type(error) is type(twin)
    assert str(error) == str(twin) == "what happened, and what to do"
    assert vars(error) == vars(twin)


@pytest.mark.parametrize("name", TREE)
def test_an_error_survives_copying(name: str) -> None:
    """`copy` and `deepcopy` go the way of pickle."""
    error = build(name)
    for twin in (copy.copy(error), copy.deepcopy(error)):
        assert (type(error), str(error), vars(error)) == (type(twin), str(twin), vars(twin))


def test_an_api_error_survives_pickling_with_the_headers_of_a_real_answer() -> None:
    """The transport's own mapping of headers is no obstacle; names match in any case after it."""
    headers = CIMultiDictProxy(CIMultiDict({"Retry-After": "3"}))
    error = errors.APIError("no", status=429, headers=headers)
    twin = pickle.loads(pickle.dumps(error))
    assert "3" == twin.headers["Retry-After"]
    assert "3" == twin.headers["retry-after"]


def test_when_to_retry_survives_pickling() -> None:
    """`retry_at` is set after the error was made."""
    error = errors.RateLimitedError("wait", status=429)
    assert error.retry_at is None
    error.retry_at = AT
    assert AT == pickle.loads(pickle.dumps(error)).retry_at


@pytest.mark.parametrize("name", TREE)
def test_an_error_needs_no_more_than_its_message(name: str) -> None:
    """Everything else has a default."""
    error = kind_of(name)("message alone")
    assert ("message alone",) == error.args
    assert error.request is None


def test_two_errors_of_one_class_share_no_headers() -> None:
    """The default is made anew for each."""
    one, other = errors.APIError("one"), errors.APIError("other")
    assert {} == one.headers == other.headers
    assert one.headers is not other.headers


def test_built_in_handlers_catch_their_kind() -> None:
    """`except ValueError` and `except TimeoutError` are what people write."""
    with pytest.raises(ValueError, match="x"):
        raise errors.ConfigurationError("x")
    with pytest.raises(TimeoutError, match="x"):
        raise errors.DeadlineExceededError("x")

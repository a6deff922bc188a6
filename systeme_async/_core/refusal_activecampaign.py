"""How ActiveCampaign says no: a dozen shapes of body, and a 403 that means five things.

Pure. The shapes and what they mean are listed in docs/reference/activecampaign-quirks.md.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from .. import errors

if TYPE_CHECKING:
    from collections.abc import Iterator


class Refusal(NamedTuple):
    """What a body says."""

    kind: type[errors.APIError]
    detail: str
    violations: tuple[errors.Violation, ...]


ADVICE: Final[dict[type[errors.APIError], str]] = {
    errors.AuthenticationError: "check the key and the url, both in Settings → Developer: a 403 "
    "with no more words is mostly a wrong key",
    errors.PermissionDeniedError: "the key is good, but its user's group may not do this, or the "
    "plan does not include it",
    errors.PlanLimitError: "the account's plan allows no more of it; upgrade the plan or delete "
    "what is not needed",
    errors.RateLimitedError: "five requests a second are allowed to the whole account: wait until "
    "retry_at, or allow the call to wait",
}
"""What to do, where it is something else than with other APIs."""

_SHOWN: Final = 20
"""Complaints that are told in the message."""
_READ: Final = 1_000
"""Complaints that are read."""
_NOT_FOUND: Final = re.compile(r"No Result found for")
_REFUSED: Final = re.compile(r"(?i)^could not ")
_PLAN: Final = re.compile(r"(?i)upgrade|your plan|contact limit|limit (was |has been )?reached")
_TAKEN: Final = re.compile(r"(?i)already (exists|in use|taken|been taken)|duplicate")
_TOO_MANY: Final = re.compile(r"(?i)rate limit exceeded|imports may be requested per minute")

_BY_STATUS: Final[dict[int, type[errors.APIError]]] = {
    400: errors.ValidationError,
    401: errors.AuthenticationError,
    404: errors.NotFoundError,
    409: errors.AlreadyExistsError,
    422: errors.ValidationError,
    429: errors.RateLimitedError,
}


def read_refusal(status: int, body: bytes) -> Refusal:
    """Read any bytes; what can't be read has no words."""
    value = _first_value(body)
    words = _words(value)
    listed, reasons = _listed(words.get("errors")), _listed(words.get("failureReasons"))
    violations = (*_violations(listed), *_violations_of_rows(reasons))
    detail = "\n".join(filter(None, _said(value, words, listed, reasons)))
    return Refusal(_kind(status, detail, words, violations), detail, violations)


def _first_value(body: bytes) -> object:
    """Decode a body; of two documents one behind the other, the first."""
    try:
        value: object = json.JSONDecoder().raw_decode(body.decode().lstrip())[0]
    except (ValueError, RecursionError):
        return None
    return value


def _words(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _listed(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)[:_READ]
    return [] if value is None else [value]


def _said(
    value: object, words: dict[str, Any], listed: list[object], reasons: list[object]
) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    yield from map(_line, listed[:_SHOWN])
    if isinstance(message := words.get("message"), str):
        yield message
    yield from map(_line, reasons[:_SHOWN])


def _line(one: object) -> str:
    """Write one complaint: a text, or an object that has several."""
    if isinstance(one, str):
        return one
    if not isinstance(one, dict):
        return ""
    words = cast("dict[str, object]", one)
    said = [words.get(key) for key in ("title", "detail", "failureReason")]
    number = words.get("contact")
    where = [f"contact {number}"] if isinstance(number, int) else []
    return ": ".join([*where, *(word for word in said if isinstance(word, str) and word)])


def _violations(listed: list[object]) -> Iterator[errors.Violation]:
    for one in listed:
        if isinstance(one, dict):
            yield _violation(cast("dict[str, Any]", one))


def _violations_of_rows(reasons: list[object]) -> Iterator[errors.Violation]:
    """Name the contacts of a bulk import that are refused, by their places from 0."""
    for one in reasons:
        words = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        number: object = words.get("contact")
        if isinstance(number, int) and not isinstance(number, bool):
            reason = words.get("failureReason")
            yield errors.Violation(f"contacts[{number - 1}]", str(reason or ""))


def _violation(words: dict[str, Any]) -> errors.Violation:
    raw: object = words.get("source")
    source = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    pointer = source.get("pointer") if "pointer" in source else source.get("value")
    place = pointer.rpartition("/")[2] if isinstance(pointer, str) else ""
    code = words.get("code")
    return errors.Violation(place, _line(words), None if code is None else str(code))


def _kind(
    status: int, detail: str, words: dict[str, Any], violations: tuple[errors.Violation, ...]
) -> type[errors.APIError]:
    if status >= 500:  # noqa: PLR2004
        return errors.ServerError
    if _TOO_MANY.search(detail):
        return errors.RateLimitedError
    if status == 403:  # noqa: PLR2004
        return _kind_of_403(detail, words)
    kind = _BY_STATUS.get(status, errors.APIError)
    if issubclass(kind, errors.ValidationError):
        codes = {one.code for one in violations}
        if _NOT_FOUND.search(detail):
            return errors.NotFoundError
        if "duplicate" in codes or _TAKEN.search(detail):
            return errors.AlreadyExistsError
    return kind


def _kind_of_403(detail: str, words: dict[str, Any]) -> type[errors.APIError]:
    if _NOT_FOUND.search(detail):
        return errors.NotFoundError
    if _PLAN.search(detail):
        return errors.PlanLimitError
    if _REFUSED.search(detail):
        return errors.ValidationError
    # A right that is missing is told as a list; a key that is wrong, as a message alone.
    return errors.PermissionDeniedError if "errors" in words else errors.AuthenticationError

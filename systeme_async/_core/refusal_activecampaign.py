"""How ActiveCampaign says no: a dozen shapes of body, and a 403 that means five things.

Pure. The shapes and what they mean are listed in docs/reference/activecampaign-quirks.md.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
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
    "with no more words is mostly a wrong key; one that comes once in a while is not, try again",
    errors.PermissionDeniedError: "the key is good, but its user's group may not do this, or the "
    "plan does not include it",
    errors.PlanLimitError: "the account's plan allows no more of it; upgrade the plan or delete "
    "what is not needed",
    errors.RateLimitedError: "five requests a second are allowed to the whole account: wait until "
    "retry_at, or allow the call to wait",
    errors.APIError: "see .detail and .headers for what was said; a web page, and no JSON, comes "
    "from something in front of the API, such as a firewall",
}
"""What to do, where it is something else than with other APIs."""

_SHOWN: Final = 20
"""Complaints that are told in the message."""
_READ: Final = 1_000
"""Complaints that are read."""
_NOT_FOUND: Final = re.compile(r"No Result found for")
_REFUSED: Final = re.compile(r"(?i)^could not ")
_PLAN: Final = re.compile(r"(?i)upgrade|your plan|contact limit|limit (was |has been )?reached")
_PERMISSION: Final = re.compile(r"(?i)\bpermissions?\b|\bnot (allowed|permitted)\b")
_TAKEN: Final = re.compile(r"(?i)\balready exists in the system\b")
"""As it is said of an address; of what else is taken, the code "duplicate" tells."""
_TOO_MANY: Final = re.compile(r"(?i)rate limit exceeded|imports may be requested per minute")

_PLACE: Final = re.compile(r"[0-9]{1,6}")
"""A number that came as a text, as numbers do here at times."""
_WORDS_OF_ONE: Final = ("title", "detail", "code", "source")
"""What tells a single complaint from complaints by the names of properties."""

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
    named = _by_property(words.get("errors"))
    listed = [] if named else _listed(words.get("errors"))
    reasons = _listed(words.get("failureReasons"))
    violations = (*_violations(listed), *named, *_violations_of_rows(reasons))
    detail = "\n".join(filter(None, _said(value, words, [*listed, *named], reasons)))
    if status == HTTPStatus.FORBIDDEN and body.lstrip().startswith(b"<"):
        return Refusal(errors.APIError, "", ())  # A firewall's page, which knows of no key.
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
    words = _words(value)
    if words and all(map(_PLACE.fullmatch, words)):
        return [*words.values()][:_READ]  # PHP writes a list with a gap in it as a map.
    return [] if value is None else [value]


def _by_property(value: object) -> list[errors.Violation]:
    """Read complaints that stand under the names of their properties: `{"email": ["…"]}`."""
    words = _words(value)
    if any(isinstance(words.get(key), str | dict) for key in _WORDS_OF_ONE):
        return []
    if all(map(_PLACE.fullmatch, words)):
        return []
    found = [
        errors.Violation(name, text)
        for name, said in [*words.items()][:_READ]
        for text in map(_line, _listed(said))
        if text
    ]
    return found[:_READ]


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
    if isinstance(one, errors.Violation):
        return f"{one.property_path}: {one.message}"
    if not isinstance(one, dict):
        return ""
    words = cast("dict[str, object]", one)
    said = [words.get(key) for key in ("title", "detail", "failureReason")]
    number = _number(words.get("contact"))
    where = [] if number is None else [f"contact {number}"]
    return ": ".join([*where, *(word for word in said if isinstance(word, str) and word)])


def _violations(listed: list[object]) -> Iterator[errors.Violation]:
    for one in listed:
        if isinstance(one, dict):
            yield _violation(cast("dict[str, Any]", one))


def _violations_of_rows(reasons: list[object]) -> Iterator[errors.Violation]:
    """Name the contacts of a bulk import that are refused, by their places from 0."""
    for one in reasons:
        words = _words(one)
        number = _number(words.get("contact"))
        if number is not None:
            reason = words.get("failureReason")
            yield errors.Violation(f"contacts[{number - 1}]", str(reason or ""))


def _number(value: object) -> int | None:
    """Read a number, which may have come as a text; None for what is none."""
    if isinstance(value, str):
        return int(value) if _PLACE.fullmatch(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _violation(words: dict[str, Any]) -> errors.Violation:
    source = _words(words.get("source"))
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
    if status == HTTPStatus.FORBIDDEN:
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
    # A right that is missing is told as a list, or named; a key that is wrong, as a message alone.
    told = "errors" in words or _PERMISSION.search(detail)
    return errors.PermissionDeniedError if told else errors.AuthenticationError

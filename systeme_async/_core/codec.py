"""Encodes and decodes: drafts to bytes, filters to a query, answers to models.

Pure. Any bytes end in a model or a `DecodeError`; what says no is read in `refusal`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlencode

import msgspec

from .. import errors
from ..drafts import RULES, Draft

if TYPE_CHECKING:
    from .answer import Answer

T = TypeVar("T")

QueryValue = str | int | datetime | Collection[int] | None
"""A filter's value; None leaves the filter out, ids in a collection are joined by commas."""

_ANYTHING: Final[Any] = Any
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_MARKUP: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_INDEX: Final = re.compile(r"\[\d+\]")
_TEXT_SHOWN: Final = 300
_BYTES_LOOKED_AT: Final = 4_000

_encode: Final = msgspec.json.Encoder().encode


_decoders: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the decoder of a type, made once."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def check_type(kind: type) -> None:
    """Refuse a type that no JSON can be decoded into, before a request is spent on it."""
    try:
        decoder(kind)
    except TypeError as error:
        msg = f"into={kind!r} can't be decoded into: {error}"
        raise errors.ConfigurationError(msg) from None


# Out


def encode(draft: object, *, validate: bool) -> bytes:
    """Encode what is sent; a draft beyond a limit of the API is a `ConfigurationError`."""
    try:
        body = _encode(draft)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        msg = f"{type(draft).__name__} can't be sent as JSON: {error}"
        raise errors.ConfigurationError(msg) from None
    if validate and isinstance(draft, Draft):
        _check(draft, body)
    return body


def _check(draft: Draft, body: bytes) -> None:
    """Read our own body back by the draft's declared limits: what passes is what is sent."""
    try:
        decoder(type(draft)).decode(body)
    except msgspec.ValidationError as error:
        complaint, _, path = str(error).partition(" - at ")
        place = _INDEX.sub("[...]", path.strip("`").removeprefix("$."))
        rule = RULES.get(place, complaint)
        msg = f"{draft.shown(place)} can't be sent as {place.replace('[...]', '')}: {rule}"
        raise errors.ConfigurationError(msg) from None
    beyond_types = draft.complaint()
    if beyond_types is not None:
        raise errors.ConfigurationError(beyond_types)


def encode_query(query: Mapping[str, QueryValue]) -> str:
    """Encode filters for a URL, without the question mark."""
    return urlencode(
        [(name, _text(name, value)) for name, value in query.items() if value is not None]
    )


def _text(name: str, value: str | int | datetime | Collection[int]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            msg = f"{name}={value.isoformat()} has no time zone; give an aware datetime"
            raise errors.ConfigurationError(msg)
        return value.isoformat(timespec="seconds")
    text = str(value) if isinstance(value, str | int) else ",".join(map(str, value))
    try:
        text.encode()
    except UnicodeEncodeError:
        msg = f"{name}={text!r} holds half a character; correct it"
        raise errors.ConfigurationError(msg) from None
    return text


# In


class Named(Protocol):
    """A call, as far as messages about it need it."""

    @property
    def name(self) -> str:
        """Method and path."""
        ...


def decode(kind: type[T], answer: Answer, call: Named) -> T:
    """Decode the body of a successful answer, or raise `DecodeError` naming the place."""
    if answer.oversized:
        what = "with more than 16 MB; it was not read to its end"
        raise _decode_error(what, answer, call.name)
    if not answer.body and kind is _ANYTHING:
        return cast("T", None)
    # Where nothing is expected, whatever the API says is fine; a page of a proxy's is not.
    if kind is type(None) and not answer.body.lstrip().startswith(b"<"):
        return kind()
    try:
        return decoder(kind).decode(answer.body)
    except msgspec.ValidationError as error:
        what = f"in a shape that is not the API's: {error}"
        raise _decode_error(what, answer, call.name) from None
    except UNREADABLE:
        start = readable(answer.body) or "an empty body"
        what = f"without readable JSON: {start}"
        raise _decode_error(what, answer, call.name, no_json=True) from None


def redirect_error(answer: Answer, request: str) -> errors.DecodeError:
    """Explain a redirect: it is never followed, for the key must not go where it points."""
    return _decode_error(
        f"by pointing to {answer.headers.get('Location', 'nowhere')!r}, which is not followed; "
        "check base_url",
        answer,
        request,
    )


def _decode_error(
    what: str, answer: Answer, request: str, *, no_json: bool = False
) -> errors.DecodeError:
    msg = f"{request} was answered {answer.status} {what}"
    if 200 <= answer.status < 300 and not no_json and not request.startswith("GET "):  # noqa: PLR2004
        msg += " (the write itself was carried out)"
    return errors.DecodeError(msg, request=request, status=answer.status, no_json=no_json)


def readable(body: bytes) -> str:
    """Shorten to what a person can read, whatever a proxy wrapped around it."""
    # Only the beginning: a large body of broken markup would keep the pattern busy for minutes.
    text = body[:_BYTES_LOOKED_AT].decode(errors="replace")
    words = " ".join(_MARKUP.sub(" ", text).split())
    return words if len(words) <= _TEXT_SHOWN else words[:_TEXT_SHOWN] + "…"

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
from ..drafts import Draft
from .loose import decode_loosely
from .readable import complaint_of, hide_tokens, readable
from .secret import Secret

if TYPE_CHECKING:
    from .answer import Answer

T = TypeVar("T")

QueryValue = str | int | datetime | Collection[int] | None
"""A filter's value; None leaves the filter out, ids in a collection are joined by commas."""

LIST: Final = "[]"
"""How a filter's name ends that is repeated for each of its values, as PHP has it."""
_ANYTHING: Final[Any] = Any
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
# Compiled when first needed, by something that is wrong.
_INDEX: Final = r"\[\d+\]"


def _reveal(value: object) -> str:
    """Write what only we know how to: a webhook's secret travels in the body."""
    if isinstance(value, Secret):
        return str.__str__(value.reveal())
    msg = f"{type(value).__name__} is none of the types that JSON has"
    raise TypeError(msg)


def _conceal(kind: type[Any], value: object) -> object:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    msg = f"{kind.__name__} can't be read from JSON"
    raise TypeError(msg)


_encode: Final = msgspec.json.Encoder(enc_hook=_reveal).encode
_plain: Final = msgspec.json.Decoder()
_decoders: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the decoder of a type, made once."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind, dec_hook=_conceal)
    return decoder


def check_type(kind: type) -> None:
    """Refuse a type that no JSON can be decoded into, before a request is spent on it."""
    try:
        decoder(kind)
    except TypeError as error:
        msg = f"into={kind!r} can't be decoded into: {error}"
        raise errors.ConfigurationError(msg) from None


# Out


class _Body(bytes):
    """What is sent: it holds people's data, and a webhook's secret, so no traceback shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


def encode(draft: object, *, validate: bool) -> bytes:
    """Encode what is sent; a draft beyond a limit of the API is a `ConfigurationError`."""
    try:
        body = _Body(_encode(draft))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        msg = f"{type(draft).__name__} can't be sent as JSON: {error}"
        raise errors.ConfigurationError(msg) from None
    if validate and isinstance(draft, Draft):
        _check(draft, body)
    return body


def _check(draft: Draft, body: bytes) -> None:
    """Read our own body back by the draft's declared limits: what passes is what is sent."""
    try:
        read = decoder(type(draft)).decode(body)
    except msgspec.ValidationError as error:
        complaint, _, path = str(error).partition(" - at ")
        place = re.sub(_INDEX, "[...]", path.strip("`").removeprefix("$."))
        rule = draft.advice.get(place, complaint)
        msg = f"{draft.shown(place)} can't be sent as {place.replace('[...]', '')}: {rule}"
        raise errors.ConfigurationError(msg) from None
    beyond_types = draft.complaint()
    if beyond_types is not None:
        raise errors.ConfigurationError(beyond_types)
    if read != draft:
        # Bytes and dates would pass as the text that JSON makes of them.
        msg = (
            f"{type(draft).__name__} holds what is no text, number or list: {_changed(draft, read)}"
        )
        raise errors.ConfigurationError(msg)


def _changed(draft: Draft, read: Draft) -> str:
    """Name the properties that would arrive as something else than they are."""
    names = [
        name for name in draft.__struct_fields__ if getattr(draft, name) != getattr(read, name)
    ]
    return ", ".join(names)


def encode_query(query: Mapping[str, QueryValue]) -> str:
    """Encode filters for a URL, without the question mark."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if name.endswith(LIST) and isinstance(value, Collection) and not isinstance(value, str):
            pairs += [(name, _text(name, one)) for one in value]
        elif value is not None:
            pairs.append((name, _text(name, value)))
    return urlencode(pairs)


def _text(name: str, value: str | int | datetime | Collection[int]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            msg = f"{name}={value.isoformat()} has no time zone; give an aware datetime"
            raise errors.ConfigurationError(msg)
        return value.isoformat(timespec="seconds")
    if isinstance(value, str | int):
        text = str(value)
    elif isinstance(value, bytes | float) or not isinstance(cast("object", value), Collection):
        msg = f"{name}={value!r} can't be sent: give text, a number or an aware datetime"
        raise errors.ConfigurationError(msg)
    else:
        text = ",".join(map(str, value))
    try:
        text.encode()
    except UnicodeEncodeError:
        msg = f"{name}={text!r} holds half a character; correct it"
        raise errors.ConfigurationError(msg) from None
    return text


# In


class Asked(Protocol):
    """A call, as far as reading its answer needs it."""

    @property
    def name(self) -> str:
        """Method and path, for messages."""
        ...

    @property
    def nulls_are_missing(self) -> bool:
        """Whether a null where none fits is read as if the property were not there."""
        ...

    @property
    def loose(self) -> bool:
        """Whether the values of its answer flip their types."""
        ...


def decode(kind: type[T], answer: Answer, call: Asked) -> T:
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
        if call.loose:
            return decode_loosely(kind, answer.body)
        return decoder(kind).decode(answer.body)
    except msgspec.ValidationError as error:
        misfit = error
        if call.nulls_are_missing and "got `null`" in str(error):
            try:
                return _without_nulls(kind, answer.body)
            except UNREADABLE as other:
                misfit = other if isinstance(other, msgspec.ValidationError) else error
        what = f"in a shape that is not the API's: {complaint_of(misfit)}"
        raise _decode_error(what, answer, call.name) from None
    except UNREADABLE:
        start = readable(answer.body) or "an empty body"
        what = f"without readable JSON: {start}"
        raise _decode_error(what, answer, call.name, no_json=True) from None


def _without_nulls(kind: type[T], body: bytes) -> T:
    """Decode once more, with a property that is null taken for one that is missing."""
    return msgspec.convert(_drop_nulls(_plain.decode(body)), kind, dec_hook=_conceal)


def _drop_nulls(value: object) -> object:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {key: _drop_nulls(held) for key, held in items if held is not None}
    if isinstance(value, list):
        return [_drop_nulls(held) for held in cast("list[object]", value)]
    return value


def redirect_error(answer: Answer, request: str) -> errors.DecodeError:
    """Explain a redirect: it is never followed, for the key must not go where it points."""
    location = hide_tokens(answer.headers.get("Location", "nowhere"))
    return _decode_error(
        f"by pointing to {location!r}, which is not followed; check base_url, or url",
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

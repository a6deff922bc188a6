"""Answers of a server whose values flip their types: "1" here and 1 there, "" or 0 dates for none.

Pure. Everything is reduced to texts first, and what stands for nothing is left out; then the
model says what each text is.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

import msgspec

T = TypeVar("T")

_NOTHING: Final = frozenset({"", "0000-00-00", "0000-00-00 00:00:00"})
_META: Final = "meta"
"""What a listing says of itself."""
_decode: Final = msgspec.json.Decoder().decode


def decode_loosely(kind: type[T], body: bytes) -> T:
    """Decode a body into a type, whatever types its values have come in.

    Raises `msgspec.MsgspecError` for what is no JSON and for what does not fit.
    """
    raw = _decode(body)
    plain = _plain(raw)
    if not isinstance(raw, dict):
        return msgspec.convert(plain, kind, strict=False)
    top = cast("dict[str, Any]", raw)
    held = cast("dict[str, Any]", plain or {})
    # At the top an empty list is a listing of nobody, and not the same as none; unless it is how
    # PHP writes an empty object there.
    empty = {key: value for key, value in top.items() if value == []}
    try:
        return msgspec.convert({**empty, **held}, kind, strict=False)
    except msgspec.ValidationError:
        if not empty:
            raise
        lists = {key: value for key, value in empty.items() if key != _META}
        return msgspec.convert({**lists, **held}, kind, strict=False)


def _plain(value: object) -> object:
    """Return a value with texts for its numbers; None for what stands for nothing."""
    if isinstance(value, dict):
        held = {key: _plain(one) for key, one in cast("dict[str, object]", value).items()}
        # PHP writes an object that is empty as a list.
        return {key: one for key, one in held.items() if one is not None} or None
    if isinstance(value, list):
        elements = map(_plain, cast("list[object]", value))
        return [one for one in elements if one is not None] or None
    if isinstance(value, str):
        return None if value in _NOTHING else value
    if isinstance(value, bool):
        return str(int(value))
    return None if value is None else str(value)

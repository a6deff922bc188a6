"""Answers of a server whose values flip their types: "1" here and 1 there, "" or 0 dates for none.

Pure. Everything is reduced to texts first, and what stands for nothing is left out; then the
model says what each text is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")

_NOTHING: Final = frozenset({"", "0000-00-00", "0000-00-00 00:00:00"})
_NO: Final = frozenset({"0", "false"})
_META: Final = "meta"
"""What a listing says of itself; where it is no object, it says nothing."""
_NEEDED: Final = {"contactTags": "tag", "contactLists": "list", "fieldValues": "field"}
"""What a link is nothing without, by the listing that it stands in."""
_decode: Final = msgspec.json.Decoder().decode


def decode_loosely(kind: type[T], body: bytes) -> T:
    """Decode a body into a type, whatever types its values have come in.

    Raises `msgspec.MsgspecError` for what is no JSON and for what does not fit.
    """
    raw, flags = _decode(body), _flags(cast("Hashable", kind))
    if not isinstance(raw, dict):
        return msgspec.convert(_plain(raw, flags), kind, strict=False)
    top = {key: one for key, one in cast("dict[str, Any]", raw).items() if _is_told(key, one)}
    plain = {key: _linked(key, _plain(one, flags, key)) for key, one in top.items()}
    held = {key: one for key, one in plain.items() if one is not None}
    # At the top an empty list is a listing of nobody, and not the same as none.
    empty: dict[str, Any] = {key: [] for key, one in top.items() if one in ([], {})}
    try:
        return msgspec.convert({**empty, **held}, kind, strict=False)
    except msgspec.ValidationError:
        # So are a null and an empty text, where a listing is needed; elsewhere they tell nothing,
        # and where something is counted, they are no end of it.
        blank: dict[str, Any] = {key: [] for key, one in top.items() if one in (None, "")}
        if not blank or _counts_some(held.get(_META)):
            raise
        return msgspec.convert({**blank, **empty, **held}, kind, strict=False)


def _is_told(key: str, value: object) -> bool:
    return key != _META or (isinstance(value, dict) and value != {})


def _counts_some(meta: object) -> bool:
    total = cast("dict[str, object]", meta).get("total", "0") if isinstance(meta, dict) else "0"
    return total != "0"


def _linked(key: str, value: object) -> object:
    """Return a listing without links that lead nowhere: what they led to is deleted."""
    needed = _NEEDED.get(key)
    if needed is None or not isinstance(value, list):
        return value
    return [one for one in cast("list[object]", value) if not _lacks(one, needed)]


def _lacks(link: object, needed: str) -> bool:
    return isinstance(link, dict) and cast("dict[str, object]", link).get(needed, "0") == "0"


def _plain(value: object, flags: frozenset[str], name: str = "") -> object:
    """Return a value with texts for its numbers; None for what stands for nothing."""
    if isinstance(value, dict):
        found = cast("dict[str, object]", value)
        if found and all(map(str.isdecimal, found)):
            # PHP writes a list as an object once something is taken out of it.
            return _plain([*found.values()], flags)
        held = {key: _plain(one, flags, key) for key, one in found.items()}
        # PHP writes an object that is empty as a list.
        return {key: one for key, one in held.items() if one is not None} or None
    if isinstance(value, list):
        elements = [_plain(one, flags) for one in cast("list[object]", value)]
        return [one for one in elements if one is not None] or None
    text = str(int(value)) if isinstance(value, bool) else value
    if name in flags and isinstance(text, str | int | float):
        return "0" if str(text).strip().lower() in {*_NO, *_NOTHING} or text == 0 else "1"
    if isinstance(text, str):
        return None if text in _NOTHING else text
    return None if text is None else str(text)


@cache
def _flags(kind: Hashable) -> frozenset[str]:
    """Return the names that stand for a yes or no wherever they are met in a type."""
    from msgspec import inspect  # noqa: PLC0415 - strict answers do without

    flags: set[str] = set()
    others: set[str] = set()
    ahead: list[Any] = [inspect.type_info(kind)]
    seen: set[type] = set()
    while ahead:
        info = ahead.pop()
        if isinstance(info, inspect.UnionType):
            ahead += info.types
        elif isinstance(info, inspect.ListType):
            ahead.append(info.item_type)
        elif isinstance(info, inspect.StructType) and info.cls not in seen:
            seen.add(info.cls)
            for field in info.fields:
                is_flag = isinstance(field.type, inspect.BoolType)
                (flags if is_flag else others).add(field.encode_name)
                ahead.append(field.type)
    return frozenset(flags - others)

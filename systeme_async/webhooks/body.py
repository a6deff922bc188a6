"""The body of a delivery: taken as it came, read as JSON, written as it was signed."""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias, cast

import msgspec

from ..errors import ConfigurationError, DecodeError, WebhookVerificationError

Body: TypeAlias = bytes | bytearray | memoryview
"""A body before any parser touched it."""

MAX_BODY_BYTES: Final = 1 << 20
"""Bytes, 1 MiB. Deliveries seen so far have fewer than 3,000."""

MAX_REWRITTEN_BYTES: Final = 1 << 17
"""Bytes, 128 KiB. To restore a body costs a hundred times as much as to hash it, and strangers
can ask for it: what they send must not stop the event loop for more than some milliseconds."""

UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What bytes can do to a parser: no JSON, broken text, a number or a depth beyond measure."""

_TAKE_IT_RAW: Final = (
    "the signature is over the raw bytes: hand over the body as it came, before any parser: "
    "await request.read() in aiohttp, await request.body() in Starlette, FastAPI and Litestar"
)


def raw_bytes(body: object) -> bytes:
    """Return the bytes, or raise `ConfigurationError` for what has been parsed or decoded."""
    if not isinstance(body, bytes | bytearray | memoryview):
        msg = f"body is of type {type(body).__name__}; {_TAKE_IT_RAW}"
        raise ConfigurationError(msg)
    try:
        return bytes(cast("Body", body))
    except ValueError:
        msg = f"body is a memoryview that was released; {_TAKE_IT_RAW}"
        raise ConfigurationError(msg) from None


def bounded_bytes(body: Body) -> bytes:
    """Return the bytes as `raw_bytes` does, unless they are more than any delivery has."""
    raw = raw_bytes(body)
    if len(raw) > MAX_BODY_BYTES:
        msg = f"the body has {len(raw):,} bytes, more than the {MAX_BODY_BYTES:,} that are read"
        raise WebhookVerificationError(msg)
    return raw


def decoded(raw: bytes) -> dict[str, Any]:
    """Decode an object, or raise `DecodeError`."""
    try:
        body = msgspec.json.decode(raw)
    except UNREADABLE as error:
        msg = f"the body of the delivery holds no readable JSON: {error}"
        raise DecodeError(msg, no_json=True) from None
    if not isinstance(body, dict):
        msg = f"the body of the delivery is of type {type(body).__name__} at $, not an object"
        raise DecodeError(msg)
    return cast("dict[str, Any]", body)


def normalized(raw: bytes) -> bytes | None:
    """Write the body as the server's own encoder does; None where it is large or no JSON.

    Undoes what a proxy does that parses a body and writes it anew: blanks, letters instead of
    escapes, bare slashes. A float keeps its `.0`; a proxy that dropped it can't be undone.
    """
    if len(raw) > MAX_REWRITTEN_BYTES:
        return None
    try:
        text = json.dumps(json.loads(raw), separators=(",", ":"), ensure_ascii=True)
    except UNREADABLE:
        return None
    return text.replace("/", "\\/").encode()

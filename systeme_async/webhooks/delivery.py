"""What a delivery says about itself in its headers, none of which is signed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias

import msgspec

from ..errors import SignatureError, WebhookVerificationError

SIGNATURE: Final = "x-webhook-signature"
MESSAGE_ID: Final = "x-webhook-message-id"
SUBSCRIPTION_ID: Final = "x-webhook-subscription-id"
ATTEMPT_ID: Final = "x-webhook-delivery-attempt-id"
ATTEMPT_AT: Final = "x-webhook-delivery-attempt-timestamp"
EVENT: Final = "x-webhook-event"
EVENT_AT: Final = "x-webhook-event-timestamp"
SCHEMA_VERSION: Final = "x-webhook-schema-version"

_OURS: Final = frozenset(
    {
        SIGNATURE,
        MESSAGE_ID,
        SUBSCRIPTION_ID,
        ATTEMPT_ID,
        ATTEMPT_AT,
        EVENT,
        EVENT_AT,
        SCHEMA_VERSION,
    }
)
_LONGEST: Final = 200
"""Characters: whatever is longer is none of the server's ids, names and instants."""
_LONGEST_NUMBER: Final = 9


class Items(Protocol):
    """Headers as frameworks hold them: anything with `items()`, a plain dict included."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names with their values; a name may come twice."""
        ...


Headers: TypeAlias = Items | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
"""The headers of a request: a mapping, or pairs of text or, as in ASGI, of bytes."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers of a delivery said. NOT authenticated: the signature covers the body alone.

    Whoever repeats a genuine delivery can write anything here, so use it to look things up and
    to recognize retries, never to decide whether something may be done. What a header lacks or
    says in an unknown form is None.
    """

    message_id: str | None = None
    """Of the event: the same in all retries."""
    subscription_id: str | None = None
    """Of the webhook's subscription to this kind of event."""
    attempt_id: str | None = None
    """Of this attempt: another in each retry."""
    attempt_at: datetime | None = None
    event: str | None = None
    """The name of the event, such as `SALE_NEW`."""
    event_at: datetime | None = None
    """When it happened: the same in all retries, which go on for five days."""
    schema_version: int | None = None


def own_headers(headers: Headers) -> dict[str, str]:
    """Pick the headers of a delivery, by name in lower case.

    Raises `WebhookVerificationError` where one comes twice or is no text: what two readers
    could understand differently is not understood at all.
    """
    own: dict[str, str] = {}
    for given_name, given in _pairs(headers):
        name = _text(given_name)
        name = name.strip().lower() if name is not None else ""
        if name not in _OURS:
            continue
        value = _text(given)
        if value is None or name in own:
            kind = SignatureError if name == SIGNATURE else WebhookVerificationError
            msg = f"the header {name} comes twice, or is no text; the delivery is not trusted"
            raise kind(msg)
        own[name] = value.strip()
    return own


def _pairs(headers: Any) -> list[tuple[object, object]]:  # noqa: ANN401 - whatever was given
    """List names and values, whatever kind of headers it is."""
    try:
        pairs = headers.items() if hasattr(headers, "items") else headers
        return [(name, value) for name, value in pairs]
    except (TypeError, ValueError):
        msg = (
            f"headers is of type {type(headers).__name__} and holds no names with values; "
            "hand over the headers of the request, such as request.headers"
        )
        raise SignatureError(msg) from None


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def delivery_of(own: dict[str, str]) -> Delivery:
    """Read what is not signed: whatever it holds, it fails no delivery."""
    return Delivery(
        message_id=_word(own.get(MESSAGE_ID)),
        subscription_id=_word(own.get(SUBSCRIPTION_ID)),
        attempt_id=_word(own.get(ATTEMPT_ID)),
        attempt_at=instant_in(own.get(ATTEMPT_AT)),
        event=_word(own.get(EVENT)),
        event_at=instant_in(own.get(EVENT_AT)),
        schema_version=_number(own.get(SCHEMA_VERSION)),
    )


def _word(text: str | None) -> str | None:
    if text and len(text) <= _LONGEST and text.isascii() and text.isprintable():
        return text
    return None


def _number(text: str | None) -> int | None:
    if text and len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdigit():
        return int(text)
    return None


def instant_in(text: object) -> datetime | None:
    """Read an instant in ISO 8601; None for anything else, and for one without a time zone."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        instant = msgspec.convert(text, datetime)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None

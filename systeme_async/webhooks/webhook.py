"""Tells genuine deliveries from all others, and reads them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from .._core.secret import Secret
from ..errors import ConfigurationError, SignatureError
from .body import bounded_bytes, normalized, raw_bytes
from .delivery import SIGNATURE, delivery_of, own_headers
from .recognition import event_of

if TYPE_CHECKING:
    from .body import Body
    from .delivery import Headers
    from .events import Event

Secrets: TypeAlias = str | Secret | Sequence[str | Secret]
"""One secret, or several while one takes the place of another."""

_HASH: Final = "sha256"
_WELL_FORMED: Final = re.compile(r"[0-9a-fA-F]{64}")


class Webhook:
    """The receiving end of a webhook that was registered with a secret.

    Args:
        secret: the one given to `systeme.webhooks.create`. While it is changed give both,
            `["new", "old"]`: any of them verifies, the first one signs.

    Raises `ConfigurationError` where there is no secret.

    No delivery is refused for its age, on purpose: retries go on for five days under the time
    of the event, and the headers that hold times are not signed, so whoever replays a delivery
    writes a fresh one. What must not be done twice belongs behind `Deduplicator` or, better,
    behind a unique index on something in the body, such as `SaleNew.order_item_id`.
    """

    __slots__ = ("_keys",)

    def __init__(self, secret: Secrets) -> None:
        # What has taken the secret in, and does not give it away again.
        self._keys = tuple(hmac.new(key, digestmod=_HASH) for key in keys_of(secret, "secret"))

    def unwrap(self, body: Body, headers: Headers) -> Event:
        """Verify a delivery and return its event.

        Args:
            body: the raw bytes of the request, before any parser; at most 1 MiB.
            headers: the headers of the request, as the framework has them: a mapping with names
                in any case, or pairs of text or bytes.

        Raises `SignatureError` for what is not signed with the secret, another
        `WebhookVerificationError` for what is too large or has headers that contradict the
        signed body, `DecodeError` for what is signed and not what the API says, and
        `ConfigurationError` for a body that is no bytes any more.

        The bytes are checked as they came and then, up to 128 KiB, as the server would have
        written them, in case a proxy has parsed and rewritten the body.
        """
        raw = bounded_bytes(body)
        own = own_headers(headers)
        signed = self._signed(raw, _claimed(own))
        return event_of(signed, delivery_of(own))

    def sign(self, body: Body) -> str:
        """Return the signature of a body in lower-case hex: what tests send with their own."""
        return _signature(self._keys[0], raw_bytes(body))

    def _signed(self, raw: bytes, claimed: str) -> bytes:
        """Return the form of the body that the signature is over."""
        if self._verifies(raw, claimed):
            return raw
        form = normalized(raw)
        if form is not None and form != raw and self._verifies(form, claimed):
            return form
        msg = (
            "the signature does not fit the body: it was made with another secret, or the body "
            "was changed on its way; compare the secret with the one the webhook was created "
            "with, and take the body before any parser"
        )
        raise SignatureError(msg)

    def _verifies(self, body: bytes, claimed: str) -> bool:
        fits = False
        # All of them in any case: the time it takes must not tell which secret was close.
        for key in self._keys:
            fits |= hmac.compare_digest(_signature(key, body), claimed)
        return fits

    def __repr__(self) -> str:
        return f"Webhook({', '.join([repr('***')] * len(self._keys))})"


def keys_of(secret: object, what: str) -> list[bytes]:
    """Return the secrets as bytes, or raise `ConfigurationError` for what is none."""
    several = isinstance(secret, Sequence) and not isinstance(secret, str | bytes)
    secrets: list[object] = [*cast("Sequence[object]", secret)] if several else [secret]
    if not secrets:
        msg = f"{what} is an empty list: give at least one"
        raise ConfigurationError(msg)
    return [_key(one, what) for one in secrets]


def _key(secret: object, what: str) -> bytes:
    if isinstance(secret, Secret):
        secret = secret.reveal()
    if not isinstance(secret, str):
        msg = f"{what} is of type {type(secret).__name__}: give a str, or a list of them"
        raise ConfigurationError(msg)
    if not secret.strip():
        msg = f"{what} is empty: anybody could sign with it; is the variable it comes from set?"
        raise ConfigurationError(msg)
    if secret[-1] in "\r\n":
        msg = f"{what} ends with the line break of the file it was read from: .strip() it"
        raise ConfigurationError(msg)
    try:
        return str.encode(secret)
    except UnicodeEncodeError:
        msg = f"{what} holds half a character; copy it again"
        raise ConfigurationError(msg) from None


def _claimed(own: dict[str, str]) -> str:
    claimed = own.get(SIGNATURE)
    if claimed is None:
        msg = (
            f"the request has no header {SIGNATURE}: it is no delivery of a webhook with a "
            "secret, or something in between removes the header"
        )
        raise SignatureError(msg)
    if not _WELL_FORMED.fullmatch(claimed):
        msg = f"the header {SIGNATURE} holds no signature, which is 64 hexadecimal digits"
        raise SignatureError(msg)
    return claimed.lower()


def _signature(key: hmac.HMAC, body: bytes) -> str:
    signature = key.copy()
    signature.update(body)
    return signature.hexdigest()

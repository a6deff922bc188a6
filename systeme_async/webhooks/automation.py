"""Deliveries of automation rules, which are not signed: a token in their address vouches.

An automation rule of Systeme.io can call an address and offers no secret to sign with. What
keeps others out is an address that nobody can guess. It is weaker than a signature: the token
stands in the access logs of every server on the way, and it says nothing about the body.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..errors import DecodeError, SignatureError
from ..models import Contact
from .body import bounded_bytes, decoded
from .delivery import instant_in
from .tidying import fields_by_slug, object_in, tidy
from .webhook import keys_of

if TYPE_CHECKING:
    from .body import Body
    from .tidying import Json
    from .webhook import Secrets

TOKEN_PARAMETER: Final = "token"  # noqa: S105 - the name of a parameter
"""Where the integrations look for the token: `https://example.com/rules?token=…`."""

_MISSING: Final = (
    "the address of the request carries no token; register the rule with one at the end of its "
    "address, https://example.com/rules?token=…, made up by secrets.token_urlsafe(32), and hand "
    'over what the request brought: request.query.get("token")'
)
_RENAMED: Final = {
    "id": "id",
    "email": "email",
    "registered_at": "registeredAt",
    "locale": "locale",
    "source_url": "sourceURL",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "needs_confirmation": "needsConfirmation",
    "tags": "tags",
}


class AutomationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What an automation rule tells. Nothing of it is signed; the token vouches for the sender."""

    type: str
    """Such as `contact.course.enrolled`; there are about twenty."""
    created_at: datetime | None = None
    account: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    """Whose rule it is, as it came, in snake_case."""
    data: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    """What happened, as it came, in snake_case; what it holds depends on `type`."""
    digest: str = ""
    """SHA-256 of the raw body, in hex: the same where a delivery is repeated."""

    @property
    def key(self) -> str:
        """What repetitions of a delivery have in common: its digest, for it has no id."""
        return f"sha256:{self.digest}"

    @property
    def contact(self) -> Contact | None:
        """The contact of `data`, as the API would send it; None where there is none."""
        return _contact_in(self.data.get("contact"))


class AutomationHook:
    """The receiving end of an automation rule whose address has a token in it.

    Args:
        token: what stands behind `?token=` in the rule's address, or several while it is
            changed. Make it up by `secrets.token_urlsafe(32)`.

    Raises `ConfigurationError` where there is no token.
    """

    __slots__ = ("_digests",)

    def __init__(self, token: Secrets) -> None:
        # Hashed, so that all are of one length, and none is kept in a readable form.
        self._digests = tuple(hashlib.sha256(key).digest() for key in keys_of(token, "token"))

    def unwrap(self, body: Body, given: str | None) -> AutomationEvent:
        """Check the token that a request brought and return its event.

        Args:
            body: the raw bytes of the request; at most 1 MiB.
            given: the token from the address of the request; None where it has none.

        Raises `SignatureError` for a missing or a wrong token, `WebhookVerificationError` for a
        body that is too large, `DecodeError` for one that is no event, and `ConfigurationError`
        for one that is no bytes any more.
        """
        raw = bounded_bytes(body)
        self._check(given)
        return _event_of(raw)

    def _check(self, given: object) -> None:
        if not isinstance(given, str) or not given:
            raise SignatureError(_MISSING)
        digest = hashlib.sha256(given.encode(errors="surrogatepass")).digest()
        fits = False
        for known in self._digests:
            fits |= hmac.compare_digest(known, digest)
        if not fits:
            msg = "the token in the address is another one; compare it with the rule's address"
            raise SignatureError(msg)

    def __repr__(self) -> str:
        return f"AutomationHook({', '.join([repr('***')] * len(self._digests))})"


def _event_of(raw: bytes) -> AutomationEvent:
    body = decoded(raw)
    kind = body.get("type")
    if not isinstance(kind, str):
        msg = "the body of the delivery is not what the API says: $.type is missing or no text"
        raise DecodeError(msg)
    return AutomationEvent(
        type=kind,
        created_at=instant_in(body.get("created_at")),
        account=object_in(body.get("account")) or {},
        data=object_in(body.get("data")) or {},
        digest=hashlib.sha256(raw).hexdigest(),
    )


def _contact_in(value: object) -> Contact | None:
    """Read a contact in snake_case; what does not fit is left out, down to id and address."""
    given = object_in(value)
    if given is None:
        return None
    try:
        fields = fields_by_slug(given.get("fields")).items()
        known: Json = {there: tidy(given.get(here)) for here, there in _RENAMED.items()}
    except RecursionError:
        return None
    known["fields"] = [{"slug": slug, "value": text} for slug, text in fields]
    for names in (known.keys(), ("id", "email", "fields"), ("id", "fields")):
        try:
            return msgspec.convert(
                {name: known[name] for name in names if known[name] is not None}, Contact
            )
        except msgspec.ValidationError:
            continue
    return None

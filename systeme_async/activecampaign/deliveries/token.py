"""A token in the address of a webhook: the one thing that tells its deliveries from forged ones.

It is weaker than a signature: it stands in the access logs of every server on the way, and says
nothing about the body.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from ...errors import ConfigurationError, SignatureError
from ...origin import checked_url
from ...webhooks.automation import TOKEN_PARAMETER
from ...webhooks.webhook import keys_of
from .recognition import parse

if TYPE_CHECKING:
    from ...webhooks.body import Body
    from ...webhooks.webhook import Secrets
    from .events import Event

_SAFE: Final = re.compile(r"[A-Za-z0-9._~-]+")
_LONGEST: Final = 10_000
"""Characters of an address that are looked at."""
_MOST_PARAMETERS: Final = 100

_SHORTEST: Final = 16
"""Characters of a token: twelve bytes by chance, which nobody comes upon by trying."""

_MISSING: Final = (
    "the address of the request carries no token; register the webhook with the one that "
    "DeliveryToken.url makes, and hand over what the request brought: str(request.url)"
)
_ANOTHER: Final = "the token in the address is another one; compare it with the webhook's address"


class DeliveryToken:
    """What vouches for deliveries: a token in the address that they are sent to.

    Args:
        token: made up by `secrets.token_urlsafe(32)`, or several while one takes the place of
            another: any of them is good, the first one is written into addresses.

    Raises `ConfigurationError` where there is none, one that can be guessed, or one that does not
    fit into an address.
    """

    __slots__ = ("_digests", "_first")

    def __init__(self, token: Secrets) -> None:
        tokens = [key.decode() for key in keys_of(token, "token")]
        if not all(_SAFE.fullmatch(one) for one in tokens):
            msg = "token holds what does not fit into an address; use secrets.token_urlsafe(32)"
            raise ConfigurationError(msg)
        shortest = min(map(len, tokens))
        if shortest < _SHORTEST:
            msg = (
                f"token can be guessed: its length is {shortest}, and {_SHORTEST} is the least; "
                "make one up: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
            raise ConfigurationError(msg)
        self._first = tokens[0]
        # Hashed, so that all that is compared is of one length.
        self._digests = tuple(_digest(one) for one in tokens)

    def url(self, base: str) -> str:
        """Return the address to register, or raise `ConfigurationError` for a base that is none.

        Args:
            base: where deliveries are received, such as https://example.com/activecampaign.
        """
        place, mark, query = base.partition("?")
        checked_url(place, what="base")
        if "#" in base or TOKEN_PARAMETER in parse_qs(query, keep_blank_values=True):
            msg = f"base must have neither a # nor a {TOKEN_PARAMETER}=… of its own"
            raise ConfigurationError(msg)
        between = "&" if query else "" if mark else "?"
        return f"{base}{between}{TOKEN_PARAMETER}={self._first}"

    def check(self, given: str | bytes | None) -> None:
        """Look whether a request brought the token, or raise `SignatureError`.

        Args:
            given: the address of the request, its query, also in bytes as ASGI has it, or the
                token in it; None where there is none. How long it takes tells nothing of the
                token.

        Raises `ConfigurationError` for what is neither: every delivery would be refused.
        """
        digest = _digest(_token_in(given))
        fits = False
        for known in self._digests:
            fits |= hmac.compare_digest(known, digest)
        if not fits:
            raise SignatureError(_ANOTHER)

    def unwrap(self, body: Body | str, given: str | bytes | None) -> Event:
        """Check the token that a request brought, and return its event.

        Args:
            body: the body of the request as it came, at most 1 MiB.
            given: as `check` takes it.

        Raises `SignatureError` for a missing or a wrong token, and another
        `WebhookVerificationError` for a body that is no delivery.
        """
        self.check(given)
        return parse(body)

    def __repr__(self) -> str:
        return f"DeliveryToken({', '.join([repr('***')] * len(self._digests))})"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _token_in(given: object) -> str:
    """Find the token in an address, in a query, or by itself."""
    if isinstance(given, bytes):
        given = given.decode("latin-1")  # Any bytes can be; a token's are ASCII.
    if given is None or given == "":
        raise SignatureError(_MISSING)
    if not isinstance(given, str):
        # No stranger can cause it, and a refusal would lose every delivery without a word.
        msg = (
            f"given is of type {type(given).__name__}: hand over the address as text, "
            "str(request.url), or its query"
        )
        raise ConfigurationError(msg)
    if len(given) > _LONGEST:
        raise SignatureError(_MISSING)
    if _SAFE.fullmatch(given):
        return given
    try:
        query = urlsplit(given).query if "?" in given else given
        found = parse_qs(query, max_num_fields=_MOST_PARAMETERS).get(TOKEN_PARAMETER, [])
    except ValueError:
        found = []
    if len(found) != 1:
        raise SignatureError(_MISSING)
    return found[0]

"""A key that prints as ***, wherever it is printed."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final, cast

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MASK: Final = "***"
_SHORTEST_TELLING: Final = 12


class _Hidden(str):
    """The key as a header value: still text to the transport, *** in any repr of its frames."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_MASK)


class _HiddenBytes(bytes):
    """The same for its bytes, by which it is looked for in answers."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_MASK)


class Secret:
    """Holds a credential; only `reveal()` gives it away, and does so masked in tracebacks."""

    __slots__ = ("_raw", "_text")

    def __init__(self, text: str) -> None:
        kind, is_text = type(text).__name__, isinstance(cast("object", text), str)
        self._text = _Hidden(text)
        self._raw: bytes = _HiddenBytes(self._text.encode(errors="surrogatepass"))
        del text  # An error raised from here on must not show it among its frame's locals.
        if not is_text:
            msg = f"a secret must be text, not {kind}"
            raise ConfigurationError(msg)

    def check(self, what: str) -> None:
        """Refuse what can't be a key; apart from the constructor, so that its frame is gone."""
        if not self._text or not self._text.isascii() or not self._text.isprintable():
            msg = f"{what} is empty or holds characters that no key has; copy it again"
            raise ConfigurationError(msg)
        if " " in self._text:
            msg = f"{what} holds a blank; copy the key alone, without quotes or words around it"
            raise ConfigurationError(msg)

    def reveal(self) -> str:
        """Return the credential for a header."""
        return self._text

    def shows_in(self, body: bytes) -> bool:
        """Tell whether somebody sent the credential back; a short one may be any word."""
        return len(self._raw) >= _SHORTEST_TELLING and self._raw in body

    def hidden_in(self, body: bytes) -> bytes:
        """Return the body with the credential masked."""
        return body.replace(self._raw, _MASK.encode())

    def hidden_in_values(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers with the credential masked wherever it was echoed."""
        if not any(self.shows_in(value.encode(errors="replace")) for value in headers.values()):
            return headers
        copy: Any = getattr(headers, "copy", lambda: dict(headers))()
        for name, value in headers.items():
            copy[name] = value.replace(self._text, _MASK)
        return cast("Mapping[str, str]", copy)

    def fingerprint(self) -> str:
        """Name the account without naming the key: what a shared budget is filed under."""
        return hashlib.sha256(b"systeme_async:" + self._raw).hexdigest()[:32]

    def __repr__(self) -> str:
        return f"Secret({_MASK!r})"

    def __str__(self) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._raw, other._raw)

    def __hash__(self) -> int:
        return hash(self.fingerprint())

    def __reduce__(self) -> str | tuple[object, ...]:
        msg = "a Secret is not to be pickled: pass the key itself where it is needed"
        raise TypeError(msg)

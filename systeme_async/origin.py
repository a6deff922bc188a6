"""Where requests go, and which key may go there.

Pure. A key must never travel in the clear, and a key from the environment belongs to the
official host: a program that sets another base_url passes the key it means.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from .errors import ConfigurationError


def checked_url(
    url: str, *, what: str = "base_url", such_as: str = "https://api.systeme.io"
) -> str:
    """Return the URL without a slash at its end, or raise `ConfigurationError`."""
    if not url.isprintable() or " " in url:
        msg = f"{what}={url!r} holds blanks or control characters; copy it again"
        raise ConfigurationError(msg)
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - read for the error it raises
        if "[" in parts.netloc:
            ip_address(parts.hostname or "")
    except ValueError as error:
        msg = f"{what}={url!r} is no URL: {error}"
        raise ConfigurationError(msg) from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        msg = f"{what}={url!r} is no URL; give one such as {such_as}"
        raise ConfigurationError(msg)
    if parts.username is not None or parts.password is not None:
        msg = f"{what} holds a user name or password; pass the key as api_key"
        raise ConfigurationError(msg)
    if "?" in url or "#" in url:
        msg = f"{what}={url!r} must end with its path, without ? or #"
        raise ConfigurationError(msg)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        msg = f"{what}={url!r} would send the key in the clear; use https (http is for loopback)"
        raise ConfigurationError(msg)
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself, so that nothing of it travels."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

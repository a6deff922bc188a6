"""Where keys and secrets come from: the environment or standard input, never the command line."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .._core.secret import Secret
from ..errors import ConfigurationError
from ..maton import gateway
from ..systeme import KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECRET_VARIABLE: Final = "SYSTEME_WEBHOOK_SECRET"  # noqa: S105 - its name alone
SECRET_OPTION: Final = "--secret-stdin"  # noqa: S105 - as above
SECRET_PROMPT: Final = "Secret (not shown): "  # noqa: S105 - as above


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key to one server is kept."""

    variable: str
    found_at: str


SYSTEME: Final = KeyPlace(KEY_VARIABLE, "in Systeme.io: Settings → Public API keys")
MATON: Final = KeyPlace(gateway.KEY_VARIABLE, f"of Maton: {gateway.KEY_PLACE}")


def demand_key(place: KeyPlace, urls: Iterable[str], home: Sequence[str]) -> None:
    """Refuse to begin where the environment has no key, or none that may go to these origins."""
    if any(url.rstrip("/") not in home for url in urls):
        msg = (
            f"another address needs its key through --api-key-stdin: {place.variable} goes to "
            f"{home[0]} alone"
        )
        raise ConfigurationError(msg)
    if not os.environ.get(place.variable):
        msg = (
            f"no API key: set {place.variable}, or pipe the key in with --api-key-stdin "
            f"({place.found_at}). --sandbox needs none"
        )
        raise ConfigurationError(msg)


def key_from_stdin() -> str:
    """Read a key: the first line of standard input, or what is typed unseen."""
    return _line_from_stdin("--api-key-stdin", "API key (not shown): ", "the key")


def read_secret(*, from_stdin: bool) -> Secret:
    """Read the secret of a webhook, or raise `ConfigurationError` where there is none."""
    if from_stdin:
        return Secret(_line_from_stdin(SECRET_OPTION, SECRET_PROMPT, "the secret"))
    secret = Secret(os.environ.get(SECRET_VARIABLE, ""))
    if secret == Secret(""):
        msg = (
            f"no secret: set {SECRET_VARIABLE}, or pipe the secret in with {SECRET_OPTION}; "
            "deliveries are signed with it"
        )
        raise ConfigurationError(msg)
    return secret


def read_new_secret(*, from_stdin: bool, from_environment: bool) -> Secret | None:
    """Read a secret only where it was asked for: the environment may hold another webhook's."""
    if from_stdin and from_environment:
        msg = f"--secret-env and {SECRET_OPTION} name two secrets; give one of them"
        raise ConfigurationError(msg)
    return read_secret(from_stdin=from_stdin) if from_stdin or from_environment else None


def _line_from_stdin(option: str, prompt: str, what: str) -> str:
    try:
        tty = sys.stdin.isatty()
        line = getpass.getpass(prompt) if tty else sys.stdin.readline()
    except (UnicodeDecodeError, EOFError):
        line = ""
    if not line.strip():
        msg = f"{option}: nothing came in; pipe {what} in, on a line of its own"
        raise ConfigurationError(msg)
    return line.strip()

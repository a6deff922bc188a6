"""The entry of the command line: arguments in, exit status out, and never a traceback.

| status | meaning |
|---|---|
| 0 | all done |
| 2 | usage: bad options, a file that can't be read or mapped, a value the API refuses |
| 3 | some rows were rejected |
| 4 | the key is not accepted, or may not do this |
| 5 | out of quota or time, or nothing can be reached: try again later |
| 6 | unknown outcomes are left |
| 130 | interrupted |

A fault in this program itself ends with 1. SYSTEME_DEBUG=1 shows the traceback of any error.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError, SystemeError
from .speech import complain, encode_everything
from .status import Exit, explain, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DEBUG: Final = "SYSTEME_DEBUG"
KEY_OPTIONS: Final = frozenset({"apikey", "key", "xapikey", "matonapikey"})
SECRET_OPTIONS: Final = frozenset({"secret", "webhooksecret", "signingsecret", "newsecret"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status."""
    encode_everything()
    try:
        return _main(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except SystemeError as error:
        _trace()
        complain(explain(error))
        return status_of(error)
    except Exception as error:  # noqa: BLE001 - the person at the terminal is no debugger
        _trace()
        complain(
            f"this should not have happened: {type(error).__name__}: {explain(error)}. "
            f"Please report it, with what {DEBUG}=1 shows"
        )
        return Exit.BROKEN


def _main(argv: Sequence[str]) -> int:
    _refuse_secrets(argv)
    try:
        import_module("rich")
        from .grammar import interpret  # noqa: PLC0415 - what it needs may not be installed
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "systeme_async":
            raise
        msg = "the command line is not installed; run: pip install 'systeme-async[cli]'"
        raise ConfigurationError(msg) from error
    return int(interpret(argv))


def _refuse_secrets(argv: Sequence[str]) -> None:
    """Refuse a key or a secret among the arguments, without repeating it."""
    for argument in argv:
        name = argument.partition("=")[0].lower()
        word = name.replace("-", "").replace("_", "") if name.startswith("-") else ""
        if word in KEY_OPTIONS | SECRET_OPTIONS:
            what, places = (
                ("a key", "SYSTEME_API_KEY, or MATON_API_KEY, or pipe it in with --api-key-stdin")
                if word in KEY_OPTIONS
                else ("a secret", "SYSTEME_WEBHOOK_SECRET, or pipe it in with --secret-stdin")
            )
            msg = (
                f"{what} does not belong on the command line, where the shell's history and every "
                f"list of processes show it: set {places}"
            )
            raise ConfigurationError(msg)


def _trace() -> None:
    if os.environ.get(DEBUG, "") not in {"", "0"}:
        traceback.print_exc()

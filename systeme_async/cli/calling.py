"""Carries out what the words named: with the account it asks for, to its exit status.

Besides its words a command may ask for these, by the name of a parameter:

- `given`: the options that all commands share
- `systeme`: the account, opened; then what the command returns is awaited and printed
- `maton`: the account of Maton itself, likewise
- `secret`: the secret of a webhook; `new_secret`: the same, where one is to be replaced
"""

from __future__ import annotations

import inspect
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from . import keys
from .access import Access
from .render import PlainView, warnings_shown
from .running import run
from .status import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .access import Options


def carry_out(
    command: Callable[..., Any],
    words: inspect.BoundArguments,
    wanted: Collection[str],
    given: Options,
) -> int:
    """Carry out a command and return its exit status."""
    call = partial(command, *words.args, **words.kwargs)
    name = next((name for name in ("systeme", "maton") if name in wanted), None)
    if name is None:
        status = call(**_provided(words, wanted, given))
        return status if isinstance(status, int) else Exit.DONE
    from .printing import show  # noqa: PLC0415 - the help of a command prints nothing of this

    access = Access(given, control=name == "maton")
    call = partial(call, **_provided(words, wanted, given))

    async def ask(_: object) -> int:
        opening = access.open_maton() if name == "maton" else access.open()
        with warnings_shown(PlainView("", sys.stderr)):
            async with opening as account:
                result = call(**{name: account})
                await show(
                    await result if inspect.isawaitable(result) else result, as_json=given.json
                )
        return Exit.DONE

    return run(ask, virtual=access.virtual)


def _provided(
    words: inspect.BoundArguments, wanted: Collection[str], given: Options
) -> dict[str, Any]:
    from_stdin = words.arguments.get("secret_stdin", False)
    provided: dict[str, Any] = {}
    if "given" in wanted:
        provided["given"] = given
    if "secret" in wanted:
        provided["secret"] = keys.read_secret(from_stdin=from_stdin)
    if "new_secret" in wanted:
        provided["new_secret"] = keys.read_new_secret(
            from_stdin=from_stdin, from_environment=words.arguments.get("secret_env", False)
        )
    return provided

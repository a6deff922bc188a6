"""What is said where: data on standard output, messages on standard error."""

from __future__ import annotations

import os
import sys
from typing import Final

NAME: Final = "systeme"


def say(text: str) -> bool:
    """Write data and tell whether anybody reads it; if not, write no further."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # As Python's own documentation has it: else the interpreter complains when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def complain(text: str) -> None:
    """Write a message for the person at the terminal."""
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)


def encode_everything() -> None:
    """Let both streams spell out what their encoding lacks instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")

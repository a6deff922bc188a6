"""Command lines run here, or as processes of their own."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import systeme_async

if TYPE_CHECKING:
    import subprocess

KEY = "key-that-must-not-be-seen"
SECRET = "secret-that-must-not-be-seen"
ROOT = Path(systeme_async.__file__).parents[1]
PROGRAM = [sys.executable, "-m", "systeme_async.cli"]


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    status: int
    out: str
    err: str


class Cli(Protocol):
    """Runs a command line in this process."""

    def __call__(self, *argv: str, stdin: str = "") -> Ended:
        """Return how it ended; the key must not be seen, whatever happens."""
        ...


class Start(Protocol):
    """Starts a command line as a process of its own, with pipes to all its streams."""

    def __call__(self, *argv: str) -> subprocess.Popen[str]:
        """Return the process."""
        ...


class Write(Protocol):
    """Writes a file of contacts with made-up addresses."""

    def __call__(self, count: int, *, header: str = "Email,First name", extra: str = "") -> str:
        """Return its path."""
        ...


def environment_of(**changes: str) -> dict[str, str]:
    """Return the environment for a process that finds this package and writes UTF-8."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **changes}

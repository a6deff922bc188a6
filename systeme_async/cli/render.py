"""How a job is shown while it runs: which view suits standard error, and the plain one.

Where standard error is a terminal, a few lines are drawn again and again; elsewhere, and on a
terminal that can't do that, plain lines follow each other without a control character.
"""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from . import wording

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from .look import Look

LINE_EVERY: Final = 10.0
"""Seconds of the job's clock between two plain lines, while something changes."""
SIGN_OF_LIFE: Final = 60.0
"""Seconds of the job's clock after which a line comes even if nothing has changed."""
WORTH_TELLING: Final = 5.0
"""Seconds that a wait must have before it is told in a line of its own."""
QUIET: Final = 5.0
"""Real seconds before a warning in the same words is shown again."""
DUMB: Final = frozenset({"dumb", "unknown"})


class Notes(Protocol):
    """Where messages are shown."""

    def note(self, text: str) -> None:
        """Show a message that stays."""
        ...


class View(Notes, Protocol):
    """What a job is shown in."""

    interval: float
    """Seconds between two looks."""
    linger: float
    """Real seconds that a demonstration stays at each look, for somebody to see it."""

    def begin(self, count: int | None, columns: Mapping[str, str | None]) -> None:
        """Tell how many rows there are, where that is known, and how columns were matched."""
        ...

    def show(self, look: Look) -> None:
        """Show what is to be seen now."""
        ...


@contextmanager
def view_of(title: str) -> Generator[View]:
    """Show what is about to happen on standard error, with what the library has to warn of."""
    if can_draw(sys.stderr):
        from .drawing import DrawnView, console_on  # noqa: PLC0415 - rich only where it is used

        with DrawnView(title, console_on(sys.stderr)) as drawn, warnings_shown(drawn):
            yield drawn
        return
    plain = PlainView(title, sys.stderr)
    with warnings_shown(plain):
        yield plain


def can_draw(stream: TextIO) -> bool:
    """Tell whether the stream is a terminal on which lines can be drawn over."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in DUMB


class PlainView:
    """One line after the other."""

    interval = 1.0
    linger = 0.0

    def __init__(self, title: str, stream: TextIO) -> None:
        self._title = wording.printable(title)
        self._stream = stream
        self._told: tuple[int | None, int] = None, 0
        self._told_at = 0.0
        self._waiting = False

    def begin(self, count: int | None, columns: Mapping[str, str | None]) -> None:
        """Tell how many rows there are and how columns were matched."""
        if count is not None:
            self.note(f"{self._title}: {wording.counted(count, 'row')}")
        if columns:
            self.note(f"columns: {wording.matching(columns)}")

    def show(self, look: Look) -> None:
        """Write a line if it is time for one."""
        if self._begins_to_wait(look) or self._is_due(look):
            self._told_at, self._told = look.elapsed, _progress(look)
            self.note(f"{wording.duration(look.elapsed)}: {wording.progress(look)}")

    def note(self, text: str) -> None:
        """Write a line."""
        print(text, file=self._stream, flush=True)

    def _is_due(self, look: Look) -> bool:
        since = look.elapsed - self._told_at
        if _progress(look) != self._told:
            return since >= LINE_EVERY
        return since >= SIGN_OF_LIFE and not look.waiting

    def _begins_to_wait(self, look: Look) -> bool:
        waited, self._waiting = self._waiting, (look.wait or 0) >= WORTH_TELLING
        return self._waiting and not waited


def _progress(look: Look) -> tuple[int | None, int]:
    """Return what changes as long as something goes on."""
    return look.comparing, look.rows


class _Warnings(logging.Handler):
    """Shows what the library logs as notes, the same words not more than every few seconds."""

    def __init__(self, view: Notes, quiet: float) -> None:
        super().__init__(logging.WARNING)
        self._view = view
        self._quiet = quiet
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record."""
        now = time.monotonic()
        if now - self._said.get(record.msg, -math.inf) >= self._quiet:
            self._said[record.msg] = now
            self._view.note(wording.printable(record.getMessage()))


@contextmanager
def warnings_shown(view: Notes, *, quiet: float = QUIET) -> Generator[None]:
    """Show the library's warnings within the block, such as a 429 or a server that fails."""
    logger, shown = logging.getLogger("systeme_async"), _Warnings(view, quiet)
    logger.addHandler(shown)
    try:
        yield
    finally:
        logger.removeHandler(shown)

"""Progress drawn on a terminal with rich: a few lines, drawn over again and again.

They are drawn from the job's own loop and not more than ten times a real second, so that a job
on a virtual clock, where minutes pass at once, is not held up by the terminal.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from . import wording

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from .look import Look

DRAW_EVERY: Final = 0.1
"""Real seconds between two drawings."""
DRAW_CHANGES_EVERY: Final = 0.03
"""Real seconds between two drawings, where the second shows that a wait begins or ends."""
WIDEST: Final = 100
"""Columns: a wider bar says no more."""
LONGEST_TITLE: Final = 24


def console_on(stream: TextIO) -> Console:
    """Return a console that draws on a terminal; NO_COLOR is rich's own business."""
    return Console(file=stream, force_terminal=True, highlight=False, markup=False)


class DrawnView:
    """A bar of rows, the counts, a gauge of the quota, and what is going on."""

    interval = DRAW_EVERY
    linger = 0.01

    def __init__(self, title: str, console: Console) -> None:
        self._title = wording.printable(title)
        self._console = console
        self._live = Live(
            console=console, auto_refresh=False, transient=True,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self._drawn_at = 0.0
        self._waited = False

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def begin(self, count: int | None, columns: Mapping[str, str | None]) -> None:
        """Tell how the columns were matched; the bar tells how many rows there are."""
        del count
        if columns:
            self.note(f"columns: {wording.matching(columns)}")

    def show(self, look: Look) -> None:
        """Draw, unless that has just been done."""
        now = time.monotonic()
        pause = DRAW_EVERY if look.waiting == self._waited else DRAW_CHANGES_EVERY
        if now - self._drawn_at < pause:
            return
        self._drawn_at, self._waited = now, look.waiting
        width = min(self._console.width, WIDEST)
        self._live.update(drawing(self._title, look, width), refresh=True)

    def note(self, text: str) -> None:
        """Write a message above the drawing."""
        self._console.print(Text(text))


def drawing(title: str, look: Look, width: int) -> Group:
    """Draw one look, not wider than `width` columns."""
    table = Table.grid(
        Column(no_wrap=True, overflow="ellipsis", max_width=LONGEST_TITLE),
        Column(ratio=1),
        Column(no_wrap=True, justify="right"),
        padding=(0, 1),
        expand=True,
    )
    table.width = width
    table.add_row(title, _bar(look.rows, look.count, "green"), f"{wording.rows_done(look)} rows")
    if look.limit is not None:
        color = "yellow" if look.waiting else "cyan"
        table.add_row(
            "quota", _bar(look.remaining or 0, look.limit, color), wording.quota_left(look)
        )
    now = ", ".join(filter(None, [wording.duration(look.elapsed), wording.state(look)]))
    return Group(
        table,
        Text(wording.ended(look), no_wrap=True, overflow="ellipsis"),
        Text(now, style="yellow" if look.waiting else "", no_wrap=True, overflow="ellipsis"),
    )


def _bar(done: int, total: int | None, color: str) -> ProgressBar:
    """Draw how much of a whole there is; without a whole, something that moves."""
    return ProgressBar(
        total=total,
        completed=min(done, total or 0),
        pulse=total is None,
        complete_style=color,
        finished_style=color,
    )

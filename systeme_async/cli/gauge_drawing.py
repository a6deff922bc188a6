"""The gauge of the budget drawn on a terminal with rich, over and over again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from . import gauge
from .drawing import WIDEST

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from rich.console import Console

    from .. import BudgetSnapshot


class DrawnGauge:
    """A bar of what is left, and a line each for the refill, the calls and the counts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(
            console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )

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

    def show(self, budget: BudgetSnapshot, now: datetime) -> bool:
        """Draw; a terminal is always there to be read."""
        width = min(self._console.width, WIDEST)
        self._live.update(drawing(budget, now, width), refresh=True)
        return True

    def note(self, text: str) -> None:
        """Write a message above the drawing."""
        self._console.print(Text(text))


def drawing(budget: BudgetSnapshot, now: datetime, width: int) -> Group:
    """Draw one snapshot, not wider than `width` columns."""
    left = budget.remaining or 0
    stopped = budget.paused_until is not None or not left
    top = Table.grid(
        Column(no_wrap=True, width=len("in flight")),
        Column(ratio=1),
        Column(no_wrap=True, justify="right"),
        padding=(0, 1),
        expand=True,
    )
    top.width = width
    if budget.limit is None or budget.remaining is None:
        top.add_row("quota", Text(gauge.left(budget)), "")
    else:
        color = "yellow" if stopped else "cyan"
        bar = ProgressBar(
            total=budget.limit,
            completed=min(left, budget.limit),
            complete_style=color,
            finished_style=color,
        )
        top.add_row("quota", bar, f"{left:,} of {budget.limit:,} left")
    rows = Table.grid(
        Column(no_wrap=True, width=len("in flight")),
        Column(no_wrap=True, overflow="ellipsis", ratio=1),
        padding=(0, 1),
        expand=True,
    )
    rows.width = width
    rows.add_row("refill", gauge.refill(budget, now))
    rows.add_row("in flight", f"{budget.in_flight:,}")
    rows.add_row("waiting", gauge.waiting(budget))
    rows.add_row("sent", gauge.sent(budget))
    pause = gauge.pause(budget, now)
    return Group(top, rows, *([Text(pause, style="yellow")] if pause else []))

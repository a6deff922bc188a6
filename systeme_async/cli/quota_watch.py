"""`systeme quota --watch`: looks at the account's budget again and again, and shows it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from .. import errors
from . import gauge
from .render import can_draw, warnings_shown
from .speech import complain, say
from .status import Exit, explain
from .wording import duration

if TYPE_CHECKING:
    from collections.abc import Generator

    from .. import BudgetSnapshot, Systeme
    from .access import Access
    from .running import Interrupts

PATIENCE: Final = 10.0
"""Seconds that a request may take, waiting included, which only asks for the quota."""

SELDOM: Final = 30.0
"""Seconds between two such requests, at least: where drops come back, there is always a refill."""


class GaugeView(Protocol):
    """What the budget is shown in."""

    def show(self, budget: BudgetSnapshot, now: datetime) -> bool:
        """Show it, and tell whether anybody reads on."""
        ...

    def note(self, text: str) -> None:
        """Show a message that stays."""
        ...


class Lines:
    """One line after the other on standard output, messages on standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def show(self, budget: BudgetSnapshot, now: datetime) -> bool:
        """Write a line."""
        if self._as_json:
            return say(json.dumps(gauge.as_json(budget, now)))
        return say(gauge.as_line(budget, now))

    def note(self, text: str) -> None:
        """Write a message."""
        complain(text)


@contextmanager
def gauge_view(*, as_json: bool) -> Generator[GaugeView]:
    """Choose how the budget is shown, with what the library has to warn of."""
    if not as_json and can_draw(sys.stdout):
        from .drawing import console_on  # noqa: PLC0415 - rich only where it is used
        from .gauge_drawing import DrawnGauge  # noqa: PLC0415

        with DrawnGauge(console_on(sys.stdout)) as drawn, warnings_shown(drawn):
            yield drawn
        return
    lines = Lines(as_json=as_json)
    with warnings_shown(lines):
        yield lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often somebody looks, and what that may cost."""

    every: float
    """Seconds between two looks."""
    count: int | None
    """How many looks; None is without end."""
    never_ask: bool
    """Whether no request is sent, whatever is known."""


class Watcher:
    """Looks at one account's budget, and asks the account where nobody else does.

    With a shared budget the other processes learn what there is to know, so the account is asked
    only where nothing is known yet. Without one it is asked at first and once after each refill,
    but seldom.
    """

    def __init__(self, systeme: Systeme, view: GaugeView, *, shared: bool, ask: bool) -> None:
        self._budget = systeme.budget
        self._asking = systeme.with_options(deadline=PATIENCE)
        self._view = view
        self._shared = shared
        self._may_ask = ask
        self._asked_at: float | None = None

    async def look(self) -> bool:
        """Show the budget once; tell whether anybody reads on."""
        budget = await self._budget.refresh()
        if self._may_ask and self._has_to_ask(budget):
            budget = await self._ask()
        return self._view.show(budget, datetime.now(UTC))

    def _has_to_ask(self, budget: BudgetSnapshot) -> bool:
        if self._asked_at is None:
            return budget.remaining is None
        if self._shared or budget.refill_at is None or budget.paused_until is not None:
            return False
        elapsed = asyncio.get_running_loop().time() - self._asked_at
        return elapsed >= SELDOM and budget.refill_at <= datetime.now(UTC)

    async def _ask(self) -> BudgetSnapshot:
        first = self._asked_at is None
        self._asked_at = asyncio.get_running_loop().time()
        try:
            await self._asking.tags.list(limit=10).first()
        except (errors.DeadlineExceededError, errors.RateLimitedError) as late:
            self._view.note(explain(late))
        except (errors.TransportError, errors.ServerError) as error:
            if first:
                raise
            self._view.note(explain(error))
        return await self._budget.refresh()


async def keep_watching(
    access: Access, view: GaugeView, rhythm: Rhythm, interrupts: Interrupts
) -> int:
    """Look until a signal ends it, nobody reads on, or there have been enough looks."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with access.open() as systeme:
            view.note(_cost(access, rhythm))
            watcher = Watcher(systeme, view, shared=access.shared, ask=not rhythm.never_ask)
            looks = 0
            while await watcher.look():
                looks += 1
                if looks == rhythm.count:
                    break
                await asyncio.sleep(rhythm.every)
    except asyncio.CancelledError:
        if interrupts.first is None:
            raise
    view.note(f"watched for {duration(clock() - began)}")
    return Exit.INTERRUPTED if interrupts.first is signal.SIGINT else Exit.DONE


def _cost(access: Access, rhythm: Rhythm) -> str:
    until = "" if rhythm.count else " until Ctrl-C"
    if rhythm.never_ask:
        return f"watching{until}; no request is sent"
    if access.shared:
        return f"watching{until}; one request is sent if nothing is known yet, and none after it"
    return (
        f"watching{until} what the server tells: one request now and one after each refill. "
        "Calls of other processes are seen only in a shared budget: --budget, or SYSTEME_BUDGET"
    )

"""Runs a command's coroutine to its exit status, on the right clock, until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from .status import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

    Work = Callable[["Interrupts"], Coroutine[Any, Any, int]]

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """What SIGINT and SIGTERM do: the first one asks the command to end, the second insists.

    Where the command has not said how it wants to be asked, the first one insists as well.
    """

    def __init__(self) -> None:
        self.first: signal.Signals | None = None
        """The signal that asked, once one did."""
        self._task = asyncio.current_task()
        self._asked: Callable[[], object] | None = None

    @property
    def name(self) -> str | None:
        """The name of the signal that asked."""
        return None if self.first is None else self.first.name

    @contextmanager
    def asking(self, ask: Callable[[], object]) -> Generator[None]:
        """Call `ask` on the first signal within the block; it must not wait for anything."""
        if self.first is not None:
            ask()
        self._asked = ask
        try:
            yield
        finally:
            self._asked = None

    def receive(self, number: signal.Signals) -> None:
        """Take a signal."""
        if self.first is None and self._asked is not None:
            self.first = number
            self._asked()
            return
        self.first = self.first or number
        if self._task is not None:
            self._task.cancel()


def run(work: Work, *, virtual: bool = False) -> int:
    """Run the work in an event loop of its own and return its exit status."""
    with asyncio.Runner(loop_factory=loop_factory(virtual=virtual)) as runner:
        return runner.run(_interruptible(work))


def loop_factory(*, virtual: bool) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Choose the loop: asyncio's own, or one whose clock is virtual."""
    if not virtual:
        return None
    from ..testing import VirtualClockLoop  # noqa: PLC0415 - only the sandbox needs it

    return VirtualClockLoop


async def _interruptible(work: Work) -> int:
    interrupts = Interrupts()
    loop = asyncio.get_running_loop()
    # Neither Windows nor a thread can do this; there Ctrl-C insists at once, as Python has it.
    with suppress(NotImplementedError, RuntimeError, ValueError):
        for number in SIGNALS:
            loop.add_signal_handler(number, interrupts.receive, number)
    try:
        return await work(interrupts)
    except asyncio.CancelledError:
        if interrupts.first is None:
            raise
        return Exit.INTERRUPTED
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in SIGNALS:
                loop.remove_signal_handler(number)

"""Saying every now and then how far something has come that may take long."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from .render import LINE_EVERY
from .speech import complain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")


async def told_meanwhile(
    work: Coroutine[Any, Any, T], say: Callable[[], str], *, virtual: bool
) -> T:
    """Carry something out, and say in between how far it has come; not on a virtual clock."""
    telling = None if virtual else asyncio.create_task(_keep_telling(say))
    try:
        return await work
    finally:
        if telling is not None:
            telling.cancel()
            await asyncio.wait([telling])


async def _keep_telling(say: Callable[[], str]) -> None:
    with suppress(OSError):  # The terminal has gone; the work goes on.
        while True:
            await asyncio.sleep(LINE_EVERY)
            complain(say())

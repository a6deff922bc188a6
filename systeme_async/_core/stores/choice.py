"""Which store a client's `budget` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import ConfigurationError
from .memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...options import Quota
    from . import Store

MEMORY: Final = "memory"
SQLITE: Final = "sqlite:///"
REDIS: Final = ("redis://", "rediss://")


def check(budget: str) -> None:
    """Refuse what names no store; the place itself is looked at when the client is opened."""
    if budget == MEMORY or (budget.startswith(SQLITE) and budget != SQLITE):
        return
    if budget.startswith(REDIS):
        return
    shown = budget.partition("@")[2] or budget  # What stands before it may be a password.
    msg = (
        f"budget={shown!r} names no place: give 'memory' for this process, 'sqlite:///path' for "
        "the processes of this machine, or 'redis://host:port/0' for many machines"
    )
    raise ConfigurationError(msg)


def open_store(budget: str, account: str, quota: Quota, clock: Callable[[], int]) -> Store:
    """Open the store for an account, by the fingerprint of its credential.

    `clock` never goes back, in nanoseconds. What only some programs use is imported here.
    """
    if budget.startswith(SQLITE):
        from .sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(budget.removeprefix(SQLITE), account, quota, clock)
    if budget.startswith(REDIS):
        from .redis import RedisStore  # noqa: PLC0415

        return RedisStore(budget, account, quota, clock)
    return MemoryStore(quota, clock)

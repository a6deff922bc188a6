"""The budget in this process: shared by all tasks of one client and its copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...options import Quota
    from . import Step

T = TypeVar("T")


class MemoryStore:
    """Holds the state in an attribute; a step never waits, so it can't be interrupted."""

    process: None = None
    suspends = False
    line: None = None

    def __init__(self, quota: Quota, clock: Callable[[], int]) -> None:
        self._budget = Budget(quota)
        self._clock = clock

    async def transact(self, step: Step[T]) -> T:
        """Apply the step to the state."""
        return step(self._budget, self._clock())

    def view(self) -> Budget:
        """Return the state itself."""
        return self._budget

    def latest(self) -> Budget:
        """Return the state itself."""
        return self._budget

    async def look(self) -> Budget:
        """Return the state itself."""
        return self._budget

    def now(self) -> int:
        """Return the clock's nanoseconds."""
        return self._clock()

    async def aclose(self) -> None:
        """Nothing is held that outlives the object."""

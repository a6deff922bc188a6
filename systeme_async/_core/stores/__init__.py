"""Where the budget's state lives: one algorithm, several places."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from ..budget import Budget
    from ..line import Line

T = TypeVar("T")

Step = Callable[["Budget", int], T]
"""One move of the algorithm: takes the state and the store's time, returns what it decided."""


class Store(Protocol):
    """Runs one step at a time on the account's budget, whoever else shares it."""

    @property
    def process(self) -> str | None:
        """A name for this process among those that share the budget; None where none do."""
        ...

    @property
    def suspends(self) -> bool:
        """Whether a step may have to wait, so that its caller can be cancelled meanwhile."""
        ...

    async def transact(self, step: Step[T]) -> T:
        """Apply the step atomically."""
        ...

    def view(self) -> Budget:
        """Return the state as last seen, for forecasts and snapshots; not to be changed."""
        ...

    def latest(self) -> Budget:
        """Return the state as it is now, as far as that can be had without waiting."""
        ...

    async def look(self) -> Budget:
        """Return the state as it is now; nothing is written, and nobody's step is held up."""
        ...

    @property
    def line(self) -> Line | None:
        """Who waits in which process, as last seen; None where nobody shares the budget."""
        ...

    def now(self) -> int:
        """Return the store's steady clock, in nanoseconds."""
        ...

    async def aclose(self) -> None:
        """Let go of what holds the state."""
        ...

"""Steps on a store that takes its time: each is carried to its end, whoever is cancelled.

A lease that is given while the call that asked for it is cancelled is given back; without that
it would be in flight for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from .lease import Lease

if TYPE_CHECKING:
    from .budget import Budget
    from .stores import Step, Store

T = TypeVar("T")


class Transactions:
    """Applies steps to a store for the gate."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: set[asyncio.Task[Any]] = set()

    async def apply(self, step: Step[T]) -> T:
        """Apply a step, to its end also where its caller is cancelled meanwhile."""
        if not self._store.suspends:
            return await self._store.transact(step)
        task = self._begin(step)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._give_back)
            raise

    async def drain(self) -> None:
        """Wait until everything that was begun has been carried out."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, step: Step[T]) -> asyncio.Task[T]:
        async def carry_out() -> T:
            return await self._store.transact(step)

        task = asyncio.create_task(carry_out())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def _give_back(self, asked: asyncio.Task[Any]) -> None:
        lease = None if asked.cancelled() or asked.exception() else asked.result()
        if isinstance(lease, Lease):

            def give_back(budget: Budget, _: int) -> None:
                budget.returned(lease)

            self._begin(give_back)

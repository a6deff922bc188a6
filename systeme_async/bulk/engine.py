"""The engine of a job: work in, outcomes out, a bounded number of units under way.

Units that share a key (two rows with one address) are carried out one after the other, in
their order, so that the last one has the last word. When something ends the job, no new unit
is begun, and those that have written something are let end: cutting a write off makes its outcome
unknown. Those that have only waited and looked so far are given up at once, and so are those that
sit out an outage while the job's journal knows how far they came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

import anyio

from .report import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from types import TracebackType

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream


class Keyed(Protocol):
    """What the engine has to know of a unit of work."""

    @property
    def key(self) -> str:
        """Units with the same key are carried out in their order."""
        ...


class EndOfJobError(Exception):
    """What happened to one unit ends the job, and has left something behind to tell."""

    def __init__(self, error: Exception, outcome: Outcome) -> None:
        super().__init__(error, outcome)
        self.error = error
        self.outcome = outcome


W = TypeVar("W", bound=Keyed)


class Hold:
    """Says of a unit under way whether it has to be let end when the job is stopped."""

    def __init__(self, loose: set[anyio.CancelScope], stopped: Callable[[], bool]) -> None:
        self._scope = anyio.CancelScope()
        self._loose = loose
        self._stopped = stopped

    def __enter__(self) -> Self:
        self._scope.__enter__()
        self.let_go()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        self.keep()
        return self._scope.__exit__(kind, error, traceback)

    def keep(self) -> None:
        """From here on it has to be let end."""
        self._loose.discard(self._scope)

    def let_go(self) -> None:
        """From here on it can be given up."""
        self._loose.add(self._scope)
        if self._stopped():
            self._scope.cancel()


Perform = Callable[[W, Hold], Awaitable[Outcome]]
"""Carries one unit out, and says from when it has to be let end, and while it need not be."""


class _Turn(Generic[W]):
    """A unit, and the one with the same key that it has to wait for."""

    __slots__ = ("after", "done", "unit")

    def __init__(self, unit: W | Outcome, after: anyio.Event | None) -> None:
        self.unit = unit
        self.after = after
        self.done = anyio.Event()


class Engine(Generic[W]):
    """Carries out units with `width` workers; iterate it for the outcomes, as they come.

    Args:
        units: begins the stream of units; an `Outcome` among them is passed through.
        perform: carries one unit out; what it raises ends the job.
        width: units under way at most.
    """

    def __init__(
        self,
        units: Callable[[], AsyncGenerator[W | Outcome, None]],
        perform: Perform[W],
        width: int,
    ) -> None:
        self._units = units
        self._perform = perform
        self._width = width
        self._stopped = False
        self._error: Exception | None = None
        self._last: dict[str, _Turn[W]] = {}
        self._loose: set[anyio.CancelScope] = set()
        """Of the units under way that need not be let end."""
        self._feeding = anyio.CancelScope()
        self._group = anyio.create_task_group()
        self._send, self._outcomes = anyio.create_memory_object_stream[Outcome](width)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        send, receive = anyio.create_memory_object_stream["_Turn[W]"](0)
        self._group.start_soon(self._feed, send)
        for _ in range(self._width):
            self._group.start_soon(self._work, receive.clone(), self._send.clone())
        receive.close()
        self._send.close()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._outcomes.close()
        if error is not None and not isinstance(error, Exception):
            # Cancelled: at once. After an error in the loop the units under way are let end.
            self._group.cancel_scope.cancel()
        # Without the error: the group would wrap it, and the caller shall see it as it is.
        await self._group.__aexit__(None, None, None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        try:
            return await self._outcomes.receive()
        except anyio.EndOfStream:
            pass
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        raise StopAsyncIteration

    def stop(self, error: Exception | None = None) -> None:
        """Begin no further unit; the iteration ends, with the error, after those that write."""
        self._stopped = True
        self._error = self._error or error
        self._feeding.cancel()
        for scope in self._loose:
            scope.cancel()

    async def _feed(self, turns: MemoryObjectSendStream[_Turn[W]]) -> None:
        with self._feeding:
            async with turns, aclosing(self._units()) as units:
                try:
                    async for unit in units:
                        await turns.send(self._turn(unit))
                except Exception as error:  # noqa: BLE001 - the caller's rows may raise anything
                    self._error = self._error or error  # The units before it are let begin.

    def _turn(self, unit: W | Outcome) -> _Turn[W]:
        if isinstance(unit, Outcome):
            return _Turn(unit, None)
        before = self._last.get(unit.key)
        turn = self._last[unit.key] = _Turn[W](unit, before.done if before else None)
        return turn

    async def _work(
        self,
        turns: MemoryObjectReceiveStream[_Turn[W]],
        outcomes: MemoryObjectSendStream[Outcome],
    ) -> None:
        async with turns, outcomes:
            async for turn in turns:
                outcome = await self._carry_out(turn)
                if outcome is not None:
                    await self._deliver(outcome, outcomes)
                if self._stopped:
                    break

    async def _carry_out(self, turn: _Turn[W]) -> Outcome | None:
        unit = turn.unit
        if isinstance(unit, Outcome):
            return unit
        try:
            return await self._unless_stopped(turn, unit)
        except EndOfJobError as end:
            self.stop(end.error)
            return end.outcome
        except Exception as error:  # noqa: BLE001 - whatever it is, the others shall end well
            self.stop(error)
            return None
        finally:
            turn.done.set()
            if self._last.get(unit.key) is turn:
                del self._last[unit.key]

    async def _unless_stopped(self, turn: _Turn[W], unit: W) -> Outcome | None:
        """Carry a unit out; None where the job is stopped while it need not be let end."""
        with Hold(self._loose, lambda: self._stopped) as hold:
            if turn.after is not None:
                await turn.after.wait()
            if not self._stopped:
                return await self._perform(unit, hold)
        return None

    async def _deliver(self, outcome: Outcome, outcomes: MemoryObjectSendStream[Outcome]) -> None:
        try:
            await outcomes.send(outcome)
        except anyio.BrokenResourceError:
            self.stop()  # Whoever listened has left.

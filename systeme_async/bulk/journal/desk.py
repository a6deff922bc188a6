"""Where statements wait for the journal's thread: all that wait are committed together.

One commit is one wait for the disk, however many statements are in it. So twenty tasks that each
note a write of their own wait for the disk once, not twenty times.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ...errors import ClientStateError, JournalError
from .thread import OneThread

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from .database import Answer, Database
    from .tables import Facts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Order:
    statement: Callable[[sqlite3.Connection], Any]
    answer: asyncio.Future[Any]
    droppable: bool

    @property
    def dropped(self) -> bool:
        return self.droppable and self.answer.cancelled()


class Desk:
    """Takes statements from the tasks of one event loop."""

    def __init__(self, database: Database) -> None:
        self.end = partial(_end, database, thread := OneThread(database))
        """Closes the database and ends the thread, from wherever it is called."""
        self._thread = thread
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._process = os.getpid()
        self._waiting: list[_Order] = []
        self._sending = False
        self._failure: str | None = None
        self._closing: asyncio.Future[None] | None = None

    async def open(self) -> Facts:
        """Open the database."""
        try:
            return await asyncio.shield(self._call(self._database.open))
        except BaseException:
            self.end()
            raise

    async def carry_out(
        self,
        statement: Callable[[sqlite3.Connection], T],
        *,
        writes: bool = True,
        droppable: bool = False,
    ) -> T:
        """Carry a statement out, and return when the disk has it.

        Where the caller is canceled meanwhile, it is carried out all the same, unless it is
        `droppable` and has not been begun. Raises `JournalError` where the file can't be used,
        and after that for everything that `writes`.
        """
        self._check_usable(writes=writes)
        order = _Order(statement, self._loop.create_future(), droppable)
        self._waiting.append(order)
        if not self._sending:
            self._sending = True
            # Not at once: other tasks that run now may have statements too.
            self._loop.call_soon(self._send)
        return cast("T", await order.answer)

    async def carry_out_alone(self, statement: Callable[[sqlite3.Connection], None]) -> None:
        """Carry out what sees to its transactions itself, after all that wait."""
        self._check_usable(writes=True)
        self._hand_over()
        try:
            await asyncio.shield(self._call(partial(self._database.carry_out_alone, statement)))
        except JournalError as error:
            self._failure = str(error)
            raise

    async def aclose(self) -> None:
        """Carry out what waits, and close the database; a second time changes nothing."""
        if self._closing is None:
            self._check_usable(writes=False)
            self._hand_over()
            self._closing = self._call(self._database.close)
            self._thread.end()
        elif asyncio.get_running_loop() is not self._loop:
            return
        await asyncio.shield(self._closing)

    def _call(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Call a function in the thread; to be shielded, as it goes on in any case."""
        call = self._loop.run_in_executor(self._thread, function)
        # It may fail when nobody waits any more: that is nobody's business then.
        call.add_done_callback(lambda done: done.cancelled() or done.exception())
        return call

    def _check_usable(self, *, writes: bool) -> None:
        if self._process != os.getpid():
            msg = "this journal was opened before a fork; open it in one of the processes alone"
            raise ClientStateError(msg)
        if self._closing is not None:
            msg = "this journal is closed"
            raise ClientStateError(msg)
        if asyncio.get_running_loop() is not self._loop:
            msg = "this journal belongs to another event loop"
            raise ClientStateError(msg)
        if writes and self._failure is not None:
            raise JournalError(self._failure)

    def _send(self) -> None:
        self._sending = self._hand_over()

    def _hand_over(self) -> bool:
        """Give all that waits to the thread; say whether there was anything."""
        orders = [order for order in self._waiting if not order.dropped]
        self._waiting.clear()
        if not orders:
            return False
        statements = [order.statement for order in orders]
        call = self._loop.run_in_executor(self._thread, self._database.carry_out, statements)
        call.add_done_callback(partial(self._answer, orders))
        return True

    def _answer(self, orders: list[_Order], call: asyncio.Future[list[Answer]]) -> None:
        error = call.exception()
        if error is None:
            for order, answer in zip(orders, call.result(), strict=True):
                _resolve(order.answer, answer.value, answer.error)
        else:
            self._failure = str(error)
            for order in orders:
                _resolve(order.answer, None, JournalError(self._failure))
        # Behind those whom this has woken: what they ask for next goes along.
        self._loop.call_soon(self._send)


def _resolve(future: asyncio.Future[Any], value: object, error: Exception | None) -> None:
    if future.done():
        return  # Canceled: nobody waits for it any more.
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


def _end(database: Database, thread: OneThread) -> None:
    thread.submit(database.close)
    thread.end()

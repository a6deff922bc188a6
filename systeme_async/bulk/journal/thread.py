"""The one thread of a journal."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

_Call = tuple[Future[Any], "Callable[[], object]"]


class OneThread(Executor):
    """Calls functions one after the other, in the order in which they were handed in.

    Args:
        kept: lives as long as the thread, and longer in a process that is forked meanwhile. That
            process has the thread's frames, but nobody who could run them: so it never closes a
            database that its parent goes on with, which would take the parent's last writes away.
    """

    def __init__(self, kept: object) -> None:
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        # A daemon: whoever forgets to close a journal can end all the same, as after a crash.
        Thread(target=_serve, args=(self._calls, kept), name="systeme-journal", daemon=True).start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call the function after all that were handed in before."""
        future = Future[T]()
        self._calls.put((future, partial(fn, *args, **kwargs)))
        return future

    def end(self) -> None:
        """End the thread, after all that was handed in."""
        self._calls.put(None)


def _serve(calls: SimpleQueue[_Call | None], kept: object) -> None:
    while (call := calls.get()) is not None:
        future, function = call
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - it is the caller's to judge
                future.set_exception(error)
        del call, future, function
    del kept

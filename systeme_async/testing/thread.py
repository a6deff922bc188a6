"""A sandbox in a thread with an event loop of its own, for callers that have none to share."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from .server import Server

S = TypeVar("S", bound="Server")


class SandboxThread(Generic[S]):
    """Runs a sandbox in a thread of its own within `with`."""

    def __init__(self, sandbox: S) -> None:
        self._sandbox = sandbox
        self._settled = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="systeme-sandbox", daemon=True)

    def __enter__(self) -> S:
        """Open the sandbox, or raise what kept it from opening."""
        self._thread.start()
        self._settled.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self._sandbox

    def __exit__(self, *_: object) -> None:
        """Close the sandbox and wait for the thread to end."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that started us
            self._failure = error
        finally:
            self._settled.set()

    async def _serve(self) -> None:
        async with self._sandbox:
            self._loop = asyncio.get_running_loop()
            self._settled.set()
            await self._stop.wait()

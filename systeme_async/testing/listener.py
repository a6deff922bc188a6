"""A socket of the sandbox: takes requests in, lets latency pass, hands the outcomes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aiohttp import web

from ..errors import ConfigurationError
from .delivery import Unanswered, deliver
from .hints import SECOND, http_date
from .service import Incoming, Instant, Outcome

if TYPE_CHECKING:
    from multidict import MultiMapping

    from .faults import Faults
    from .received import Ledger
    from .watch import Watch

SHUTDOWN_SECONDS: Final = 0.05

Decide: TypeAlias = Callable[[Incoming, Instant], Outcome]


class Listener:
    """Serves on a port from `start` to `aclose`."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        watch: Watch,
        faults: Faults,
        ledger: Ledger[Any],
        owner: str = "Sandbox",
    ) -> None:
        self._host = host
        self._wanted = port
        self._watch = watch
        self._faults = faults
        self._ledger = ledger
        self._owner = owner
        self._serving: set[asyncio.Task[object]] = set()
        self._port: int | None = None

    async def start(self, build: Callable[[str], Decide]) -> None:
        """Listen; `build` makes what decides, from the origin that redirects point to."""
        loop = asyncio.get_running_loop()
        self._server = web.Server(self._handle, access_log=None)
        self._socket = await loop.create_server(
            self._server, self._host, self._wanted, start_serving=False
        )
        port: int = self._socket.sockets[0].getsockname()[1]
        try:
            # The same server under another name is another origin, and sees who follows it there.
            other = "127.0.0.1" if self._host == "localhost" else "localhost"
            self._decide = build(origin(other, port))
            await self._socket.start_serving()
        except BaseException:
            self._socket.close()
            raise
        self._port = port

    async def aclose(self) -> None:
        """Stop listening and cut off what is still under way."""
        self._socket.close()
        for task in self._serving:
            task.cancel()
        self._server.pre_shutdown()
        await self._server.shutdown(SHUTDOWN_SECONDS)

    @property
    def url(self) -> str:
        """The origin that is served."""
        if self._port is None:
            msg = (
                f"the sandbox has no address before it is opened: use `async with {self._owner}()`"
            )
            raise ConfigurationError(msg)
        return origin(self._host, self._port)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._serving.add(task)
        self._ledger.enter()
        try:
            return await self._serve(request)
        finally:
            self._ledger.leave()
            self._serving.discard(task)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.read()
        except ConnectionError:
            return Unanswered()  # hung up before all of it was here: it never arrived
        await self._travel()
        incoming = Incoming(
            request.method,
            request.raw_path.partition("?")[0],
            dict(request.query),
            {name.lower(): value for name, value in request.headers.items()},
            body,
            repeated_in(request.query),
        )
        outcome = self._decide(incoming, self._watch.now())
        if outcome.fault != "reset":
            await self._travel()
        return await deliver(request, outcome, http_date(self._watch.now().wall // SECOND))

    async def _travel(self) -> None:
        """Let half of the round trip pass."""
        if self._faults.latency:
            await asyncio.sleep(self._faults.latency / 2)


def repeated_in(query: MultiMapping[str]) -> dict[str, tuple[str, ...]]:
    """Return all values of what is named as a list is in PHP."""
    return {name: tuple(query.getall(name)) for name in query if name.endswith("[]")}


def origin(host: str, port: int) -> str:
    """Return the origin of a server on this machine."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"

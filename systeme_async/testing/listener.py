"""The socket of the sandbox: takes requests in, keeps the clock, hands the outcomes out."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web

from .delivery import Unanswered, deliver
from .hints import SECOND, http_date
from .received import ReceivedRequest, masked
from .routes import Routes
from .service import Incoming, Instant, Service

if TYPE_CHECKING:
    from .account import Account
    from .faults import Fate
    from .received import Ledger
    from .service import Outcome
    from .settings import Settings

SHUTDOWN_SECONDS: Final = 0.05
UNANSWERED: Final = frozenset({"reset", "lost", "hang"})


class Listener:
    """Serves an account on a port from `start` to `aclose`."""

    def __init__(self, settings: Settings, account: Account, fate: Fate, ledger: Ledger) -> None:
        self._settings = settings
        self._account = account
        self._fate = fate
        self._ledger = ledger
        self._serving: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """Listen; everything that is asked for from now on is timed from now on."""
        routes = Routes(self._account)
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()
        self._wall = time.time_ns() + round(self._settings.clock_skew * SECOND)
        self._server = web.Server(self._handle, access_log=None)
        settings = self._settings
        self._socket = await self._loop.create_server(self._server, settings.host, settings.port)
        self.port: int = self._socket.sockets[0].getsockname()[1]
        self._service = Service(
            self._account,
            routes,
            self._fate,
            api_key=settings.api_key,
            meter=settings.meter(),
            wording=settings.wording,
            elsewhere=f"http://{self._other_name()}:{self.port}",
        )

    async def aclose(self) -> None:
        """Stop listening and cut off what is still under way."""
        self._socket.close()
        for task in self._serving:
            task.cancel()
        self._server.pre_shutdown()
        await self._server.shutdown(SHUTDOWN_SECONDS)

    def _other_name(self) -> str:
        # The same server under another name is another origin, and sees who follows it there.
        return "127.0.0.1" if self._settings.host == "localhost" else "localhost"

    def _instant(self) -> Instant:
        since = round((self._loop.time() - self._opened) * SECOND)
        return Instant(since, self._wall + since)

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
        )
        instant = self._instant()
        outcome = self._service.serve(incoming, instant)
        self._record(incoming, instant, outcome)
        if outcome.fault != "reset":
            await self._travel()
        return await deliver(request, outcome, http_date(self._instant().wall // SECOND))

    async def _travel(self) -> None:
        """Let half of the round trip pass."""
        if self._fate.faults.latency:
            await asyncio.sleep(self._fate.faults.latency / 2)

    def _record(self, incoming: Incoming, instant: Instant, outcome: Outcome) -> None:
        ledger = self._ledger
        ledger.received += 1
        ledger.throttled += outcome.sent.status == web.HTTPTooManyRequests.status_code
        if not ledger.keep:
            return
        ledger.records.append(
            ReceivedRequest(
                number=ledger.received,
                at=instant.since / SECOND,
                method=incoming.method,
                path=incoming.path,
                query=incoming.query,
                headers=masked(incoming.headers),
                content_type=incoming.content_type,
                body=incoming.json,
                status=None if outcome.fault in UNANSWERED else outcome.sent.status,
                effect=outcome.effect,
                fault=outcome.fault or "",
            )
        )

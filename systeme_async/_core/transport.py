"""The one file that imports aiohttp: it sends one request once, and says what came of it.

aiohttp is kept from being helpful in five ways, each with a test: it follows no redirect (it
would hand X-API-Key to the other origin), it does not send anything twice (it would, when a
kept-alive connection dies under a GET, PUT or DELETE), it uses no connection again on which
something came in unasked (it would take that for the next answer), it keeps no cookies and
reads no proxy from the environment.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from .answer import LARGEST_BODY, Answer, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.tracing import Trace

KEEP_ALIVE: Final = 30.0
"""Seconds that an idle connection is kept; servers close theirs later than that."""

CONNECT_TIMEOUT: Final = 10.0
"""Seconds for a connection to stand. Below the attempt's own timeout, so that a failure to
connect is known as one: only then is it sure that nothing was sent."""

LARGE: Final = 1 << 20
"""Bytes of a body from which on aiohttp wants it in pieces, and warns otherwise."""

_NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class _Pool(aiohttp.TCPConnector):
    """Keeps connections alive, and closes those on which something came in meanwhile."""

    async def _get(
        self, key: ConnectionKey, traces: list[Trace]
    ) -> aiohttp.connector.Connection | None:
        # Private upstream: a test fails if it is no longer asked.
        while (connection := await super()._get(key, traces)) is not None:
            if connection.protocol is not None and not connection.protocol.should_close:
                return connection
            connection.close()
        return None


class Connections:
    """Kept-alive connections to any number of origins; they belong to the running event loop.

    Nothing is said on them but what a `Transport` says with each request, its key included: a
    connection that served one account may serve another one of the same origin next.
    """

    def __init__(self, *, keep_alive: bool = True) -> None:
        if keep_alive:
            self._pool = _Pool(limit=0, keepalive_timeout=KEEP_ALIVE)
        else:
            self._pool = _Pool(limit=0, force_close=True)

    @property
    def connector(self) -> aiohttp.BaseConnector:
        """What aiohttp wants to be given."""
        return self._pool

    async def aclose(self) -> None:
        """Close them; requests under way fail."""
        await self._pool.close()


class Transport:
    """The way to one origin, with one account's headers."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        keep_alive: bool,
        shared: Connections | None = None,
    ) -> None:
        self._base_url = base_url
        connections = shared or Connections(keep_alive=keep_alive)
        self._session = aiohttp.ClientSession(
            connector=connections.connector,
            connector_owner=shared is None,
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        # Private, and the only way: a test fails if it disappears upstream.
        self._session._retry_connection = False  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    async def send(
        self, method: str, target: str, body: bytes | None, content: str, seconds: float
    ) -> Answer | Failure:
        """Send one request and read its answer; `seconds` is for all of it."""
        # A POST without a body gets our content type too, or aiohttp would name one of its own.
        try:
            response = await self._session.request(
                method,
                URL(self._base_url + target, encoded=True),
                data=_payload(body),
                headers=None if body is None and method != "POST" else {"Content-Type": content},
                allow_redirects=False,
                timeout=self._limits(seconds),
            )
            return await _read(response)
        except _NOT_SENT as error:
            return _failure(error, sent=False)
        except (aiohttp.ClientError, OSError) as error:
            return _failure(error, sent=True)

    def add_headers(self, headers: Mapping[str, str]) -> None:
        """Send these with every request from now on."""
        self._session.headers.update(headers)

    async def aclose(self) -> None:
        """Close the connections, unless they are shared."""
        await self._session.close()

    def abandon(self) -> None:
        """Let go of the pool where nothing can be awaited; it must not hold connections."""
        self._session.detach()

    def _limits(self, timeout: float) -> aiohttp.ClientTimeout:
        limits = self._timeouts.get(timeout)
        if limits is None:
            limits = aiohttp.ClientTimeout(
                total=timeout, connect=min(CONNECT_TIMEOUT, timeout * 0.9)
            )
            if len(self._timeouts) < 64:  # noqa: PLR2004 - deadlines make each one different
                self._timeouts[timeout] = limits
        return limits


def _payload(body: bytes | None) -> bytes | io.BytesIO | None:
    if body is None:
        return None
    # aiohttp looks for bytes by their very type first; ours are of one that hides them.
    return bytes(body) if len(body) < LARGE else io.BytesIO(body)


async def _read(response: aiohttp.ClientResponse) -> Answer:
    """Read the body piece by piece: 300 kB of gzip may stand for 300 MB.

    Read to its end, the body gives its connection back; else the connection is closed.
    """
    content = response.content
    try:
        body = await content.readany()
        if not content.at_eof():
            pieces, size = [body], len(body)
            while size <= LARGEST_BODY and (piece := await content.readany()):
                pieces.append(piece)
                size += len(piece)
            body = b"".join(pieces)
    except BaseException:
        response.close()
        raise
    if len(body) > LARGEST_BODY:
        response.close()
        return Answer(response.status, response.headers, b"", oversized=True)
    return Answer(response.status, response.headers, body)


def _failure(error: BaseException, *, sent: bool) -> Failure:
    # The traceback leads through frames that hold the headers, and the key among them.
    error = error.with_traceback(None)
    error.__context__ = None
    error.__cause__ = None
    timed_out = isinstance(error, TimeoutError)
    # aiohttp's words may hold the URL, and its query a person's address.
    words = re.sub(r"\?[^\s'\"]+", "?…", str(error))
    reason = words or ("no answer in time" if timed_out else type(error).__name__)
    return Failure(sent, reason, timed_out, error)

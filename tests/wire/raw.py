"""A server that answers, byte for byte, what a test wants, and counts what is delivered to it.

For answers that no sandbox should give: broken HTTP, dead connections, endless bodies.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType


@dataclass(frozen=True)
class Delivery:
    """One request as it came in; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """The number of the connection it came on, from 1."""
    at: float
    reader: asyncio.StreamReader = field(repr=False)

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


Act = Callable[[Delivery, asyncio.StreamWriter], Awaitable[None]]
Script = bytes | None | Act
"""What is done with one request: bytes are sent, None hangs up, a coroutine does as it likes."""

NO_TAGS = {"items": [], "hasMore": False}


def answer(status: int = 200, value: object = None, *lines: str, version: str = "1.1") -> bytes:
    """Write an answer with a JSON body, or none, and further lines in its head."""
    body = b"" if value is None else json.dumps(value).encode()
    head = [f"HTTP/{version} {status} {HTTPStatus(status).phrase}"]
    head += ["Content-Type: application/json"] if body else []
    head += [f"Content-Length: {len(body)}", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


class RawServer:
    """Answers request after request as scripted; the last entry serves all that follow.

    Attributes:
        deliveries: the requests, in order of arrival.
        open: how many connections stand.
    """

    api_key = "raw-key-4f1c9d"

    def __init__(self, *script: Script, read_bodies: bool = True) -> None:
        """Prepare a server; `read_bodies=False` answers as soon as the head is there."""
        self.deliveries: list[Delivery] = []
        self.connections = 0
        self.open = 0
        self._script = script
        self._read_bodies = read_bodies
        self._serving: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        """Open a port on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the port and all connections."""
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        self.open += 1
        try:
            await self._talk(reader, writer, self.connections)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # The caller hung up, or the test is over.
        finally:
            self.open -= 1
            self._serving.discard(task)
            writer.close()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> None:
        while not writer.is_closing():
            delivery = await self._read(reader, connection)
            script = self._script[min(len(self.deliveries), len(self._script) - 1)]
            self.deliveries.append(delivery)
            if script is None:
                return
            if isinstance(script, bytes):
                writer.write(script)
                await writer.drain()
            else:
                await script(delivery, writer)

    async def _read(self, reader: asyncio.StreamReader, connection: int) -> Delivery:
        head = await reader.readuntil(b"\r\n\r\n")
        start, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = start.split(" ")
        pairs = [line.split(": ", 1) for line in lines]
        headers = {name.lower(): value for name, value in pairs}
        length = int(headers.get("content-length", "0"))
        body = await reader.readexactly(length) if self._read_bodies else b""
        now = asyncio.get_running_loop().time()
        return Delivery(method, target, headers, body, connection, now, reader)


def slowly(*pieces: bytes | float, close: bool = False) -> Act:
    """Send bytes piece by piece; a number is a pause in seconds."""

    async def act(_: Delivery, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                writer.write(piece)
                await writer.drain()
            else:
                await asyncio.sleep(piece)
        if close:
            writer.close()

    return act


def never() -> Act:
    """Take the request and say nothing until the caller hangs up."""

    async def act(delivery: Delivery, writer: asyncio.StreamWriter) -> None:
        await delivery.reader.read()
        writer.close()

    return act

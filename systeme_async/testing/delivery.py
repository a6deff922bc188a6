"""How an answer leaves, whole or spoiled: what each fault does to the connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .service import Outcome
    from .wire import Sent


class Unanswered(web.Response):
    """Tells aiohttp that the connection is gone and that there is nothing to send."""

    async def prepare(self, request: web.BaseRequest) -> NoReturn:
        """Refuse to be sent."""
        raise ConnectionResetError(request.path)


async def deliver(request: web.BaseRequest, outcome: Outcome, date: str) -> web.StreamResponse:
    """Return what aiohttp is to send, having cut the connection where the fault says so."""
    headers = {**outcome.sent.headers, "Date": date}
    if outcome.sent.content_type is not None:
        headers["Content-Type"] = outcome.sent.content_type
    transport = request.transport
    if transport is None:
        return Unanswered()  # the caller did not wait
    match outcome.fault:
        case "reset":
            reset(transport)
        case "lost":
            transport.close()
        case "truncated":
            transport.write(half(outcome.sent, headers))
            transport.close()
        case "hang":
            await asyncio.get_running_loop().create_future()
        case _:
            return web.Response(status=outcome.sent.status, body=outcome.sent.body, headers=headers)
    return Unanswered()


def reset(transport: asyncio.Transport) -> None:
    """Close a connection with RST: at once, unread and unsent bytes discarded."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def half(sent: Sent, headers: Mapping[str, str]) -> bytes:
    """Return an answer that ends in the middle of its body, or of its head if it has no body."""
    lines = [f"HTTP/1.1 {sent.status} {HTTPStatus(sent.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if sent.body:
        lines.append(f"Content-Length: {len(sent.body)}")
    head = "\r\n".join([*lines, "", ""]).encode()
    return head + sent.body[: len(sent.body) // 2] if sent.body else head[: len(head) // 2]

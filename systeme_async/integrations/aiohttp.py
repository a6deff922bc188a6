"""Receives deliveries in aiohttp.web.

    app.router.add_post("/systeme", webhook_handler(Webhook(secret="…"), handle))

`handle` is a coroutine function that takes an event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from aiohttp import web

from ..webhooks import Webhook
from ..webhooks.automation import TOKEN_PARAMETER
from ..webhooks.body import MAX_BODY_BYTES
from .reception import Reception

if TYPE_CHECKING:
    from ..webhooks import AutomationHook, Deduplicator
    from .reception import AutomationCallback, EventCallback

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""What aiohttp.web routes to."""

_CHUNK = 1 << 16


class _TooLargeError(Exception):
    """More bytes came than are read."""


@overload
def webhook_handler(
    hook: Webhook,
    callback: EventCallback,
    *,
    deduplicator: Deduplicator | None = None,
    max_bytes: int = MAX_BODY_BYTES,
) -> Handler: ...


@overload
def webhook_handler(
    hook: AutomationHook,
    callback: AutomationCallback,
    *,
    deduplicator: Deduplicator | None = None,
    max_bytes: int = MAX_BODY_BYTES,
) -> Handler: ...


def webhook_handler(
    hook: Webhook | AutomationHook,
    callback: Callable[[Any], Awaitable[object]],
    *,
    deduplicator: Deduplicator | None = None,
    max_bytes: int = MAX_BODY_BYTES,
) -> Handler:
    """Make a handler that verifies a delivery and awaits `callback` with its event.

    Args:
        hook: a `Webhook`, or an `AutomationHook` whose token is looked for in the parameter
            `token` of the address.
        callback: handles the event. The answer waits for it, and the server for the answer, so
            it should be quick: put what takes longer into a queue that survives a crash.
        deduplicator: keeps the callback from running twice for one delivery.
        max_bytes: the largest body that is read, decompressed; at most 1 MiB.

    Answers, all without a body: 200 when handled now or before, 400 for a body that is not
    what the API says, 401 for one that is not authentic, 405 for other methods than POST, 409
    while the same delivery is being handled, 413 for a body that is too large, 500 when the
    callback fails, which is logged by the logger `systeme_async`. The server repeats whatever
    is not answered with a 2xx.
    """
    reception: Reception[Any] = Reception(callback, deduplicator, max_bytes)

    def unwrap(request: web.Request, body: bytes) -> Any:  # noqa: ANN401 - as the hook says
        if isinstance(hook, Webhook):
            return hook.unwrap(body, request.headers)
        tokens = request.query.getall(TOKEN_PARAMETER, [])
        return hook.unwrap(body, tokens[0] if len(tokens) == 1 else None)

    async def handle(request: web.Request) -> web.Response:
        if request.method != "POST":
            return web.Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})
        try:
            body = await _read(request, max_bytes)
        except _TooLargeError:
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except (web.RequestPayloadError, ConnectionError):
            # Broken chunks or compression, or the client hung up and reads no answer.
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        return web.Response(status=await reception.receive(lambda: unwrap(request, body)))

    return handle


async def _read(request: web.Request, max_bytes: int) -> bytes:
    """Read the body as it came, but no more of it than may be."""
    if (request.content_length or 0) > max_bytes:
        raise _TooLargeError
    body = bytearray()
    if request.content.at_eof():
        # Read by somebody in front of us, who left it with the request; or empty.
        body += await request.read()
    else:
        async for chunk in request.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > max_bytes:
                raise _TooLargeError
    if len(body) > max_bytes:
        raise _TooLargeError
    return bytes(body)

"""Receives deliveries in anything that speaks ASGI: Starlette, FastAPI, Litestar and others.

    app = FastAPI(routes=[Route("/systeme", WebhookApp(Webhook(secret="…"), handle))])

It needs none of them, for it is an ASGI application itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias, overload
from urllib.parse import parse_qs

from ..errors import ConfigurationError
from ..webhooks import Webhook
from ..webhooks.automation import TOKEN_PARAMETER
from ..webhooks.body import MAX_BODY_BYTES
from .reception import Reception

if TYPE_CHECKING:
    from ..webhooks import AutomationHook, Deduplicator
    from .reception import AutomationCallback, EventCallback

# As loose as the types of all frameworks require together.
Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]


class _GoneError(Exception):
    """The client hung up before all of the body was here."""


class _TooLargeError(Exception):
    """More bytes came than are read."""


class WebhookApp:
    """An ASGI application that verifies a delivery and awaits `callback` with its event.

    Args:
        hook: a `Webhook`, or an `AutomationHook` whose token is looked for in the parameter
            `token` of the address.
        callback: handles the event. The answer waits for it, and the server for the answer, so
            it should be quick: put what takes longer into a queue that survives a crash.
        deduplicator: keeps the callback from running twice for one delivery.
        max_bytes: the largest body that is read; at most 1 MiB.

    Answers, all without a body: 200 when handled now or before, 400 for a body that is not
    what the API says, 401 for one that is not authentic, 405 for other methods than POST, 409
    while the same delivery is being handled, 413 for a body that is too large, 500 when the
    callback fails, which is logged by the logger `systeme_async`. The server repeats whatever
    is not answered with a 2xx.

    Starlette's `mount` sends a POST to `/systeme` on to `/systeme/`; give the route instead, or
    register the address with the slash.
    """

    @overload
    def __init__(
        self,
        hook: Webhook,
        callback: EventCallback,
        *,
        deduplicator: Deduplicator | None = None,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> None: ...

    @overload
    def __init__(
        self,
        hook: AutomationHook,
        callback: AutomationCallback,
        *,
        deduplicator: Deduplicator | None = None,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> None: ...

    def __init__(
        self,
        hook: Webhook | AutomationHook,
        callback: Callable[[Any], Awaitable[object]],
        *,
        deduplicator: Deduplicator | None = None,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._hook = hook
        self._reception: Reception[Any] = Reception(callback, deduplicator, max_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; raise `ConfigurationError` for a protocol that is none of HTTP's."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        else:
            msg = f"WebhookApp was asked to speak {scope['type']!r} and speaks HTTP; route it there"
            raise ConfigurationError(msg)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, (b"allow", b"POST"))
            return
        try:
            body = await _read(scope, receive, self._reception.max_bytes)
        except _GoneError:
            return
        except _TooLargeError:
            await _answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        await _answer(send, await self._reception.receive(lambda: self._unwrap(scope, body)))

    def _unwrap(self, scope: Scope, body: bytes) -> Any:  # noqa: ANN401 - as the hook says
        if isinstance(self._hook, Webhook):
            return self._hook.unwrap(body, scope["headers"])
        return self._hook.unwrap(body, _token(scope))


async def _live(receive: Receive, send: Send) -> None:
    """Start and stop where the server asks for it: there is nothing to open or to close."""
    while True:
        phase = (await receive())["type"]
        await send({"type": f"{phase}.complete"})
        if phase == "lifespan.shutdown":
            return


async def _read(scope: Scope, receive: Receive, max_bytes: int) -> bytes:
    """Read the body as it came, but no more of it than may be."""
    if _announced(scope) > max_bytes:
        raise _TooLargeError
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise _TooLargeError
        more = message.get("more_body", False)
    return bytes(body)


def _announced(scope: Scope) -> int:
    """Return the length that the request says its body has; 0 where it says nothing usable."""
    digits = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(digits) if digits.isdigit() and len(digits) < 20 else 0  # noqa: PLR2004 - of 64 bits


def _token(scope: Scope) -> str | None:
    """Return the token in the address; None where there is none, or more than one."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    tokens = query.get(TOKEN_PARAMETER, [])
    return tokens[0] if len(tokens) == 1 else None


async def _answer(send: Send, status: HTTPStatus, *headers: tuple[bytes, bytes]) -> None:
    """Answer with a status and no body."""
    start = [(b"content-length", b"0"), *headers]
    await send({"type": "http.response.start", "status": int(status), "headers": start})
    await send({"type": "http.response.body", "body": b""})

"""The same receiver in four web frameworks, each served on a port of loopback."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from aiohttp import web
from fastapi import FastAPI
from litestar import Litestar, asgi
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from systeme_async.integrations.aiohttp import webhook_handler
from systeme_async.integrations.asgi import WebhookApp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

PATH: Final = "/systeme"


def starlette_route(receiver: WebhookApp) -> Any:
    """Give the receiver a route of Starlette."""
    return Starlette(routes=[Route(PATH, receiver)])


def starlette_mount(receiver: WebhookApp) -> Any:
    """Mount the receiver in Starlette; its path then ends with a slash."""
    return Starlette(routes=[Mount(PATH, receiver)])


def fastapi(receiver: WebhookApp) -> Any:
    """Give the receiver a route of FastAPI."""
    return FastAPI(routes=[Route(PATH, receiver)])


def fastapi_mount(receiver: WebhookApp) -> Any:
    """Mount the receiver in FastAPI; its path then ends with a slash."""
    app = FastAPI()
    app.mount(PATH, receiver)
    return app


def litestar(receiver: WebhookApp) -> Any:
    """Give the receiver a route of Litestar."""

    @asgi(PATH, copy_scope=True)
    async def systeme(scope: Any, receive: Any, send: Any) -> None:
        await receiver(scope, receive, send)

    return Litestar([systeme], logging_config=None)


def litestar_mount(receiver: WebhookApp) -> Any:
    """Mount the receiver in Litestar."""

    @asgi(PATH, is_mount=True, copy_scope=True)
    async def systeme(scope: Any, receive: Any, send: Any) -> None:
        await receiver(scope, receive, send)

    return Litestar([systeme], logging_config=None)


def bare(receiver: WebhookApp) -> Any:
    """Serve the receiver without a framework."""
    return receiver


ASGI: Final[dict[str, Callable[[WebhookApp], Any]]] = {
    "starlette": starlette_route,
    "starlette mount": starlette_mount,
    "fastapi": fastapi,
    "fastapi mount": fastapi_mount,
    "litestar": litestar,
    "litestar mount": litestar_mount,
    "no framework": bare,
}
SLASHED: Final = {"starlette mount", "fastapi mount"}
"""Frameworks that answer an address without a slash by pointing to the one with it."""
FRAMEWORKS: Final = ["aiohttp", *ASGI]


@asynccontextmanager
async def serving(framework: str, *args: Any, **options: Any) -> AsyncGenerator[str]:
    """Serve a receiver made from the arguments, and give its address."""
    if framework == "aiohttp":
        async with serving_aiohttp(webhook_handler(*args, **options)) as url:
            yield url
    else:
        app = ASGI[framework](WebhookApp(*args, **options))
        async with serving_asgi(app) as url:
            yield f"{url}/" if framework in SLASHED else url


@asynccontextmanager
async def serving_aiohttp(handler: Any, *middlewares: Any) -> AsyncGenerator[str]:
    """Serve a handler with aiohttp.web."""
    app = web.Application(middlewares=middlewares)
    app.router.add_route("*", PATH, handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_asgi(app: Any) -> AsyncGenerator[str]:
    """Serve an ASGI application with uvicorn."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        assert not task.done(), "uvicorn gave up"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
    finally:
        server.should_exit = True
        await task

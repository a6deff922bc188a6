"""A server for deliveries alone, where no web application is around: on a developer's machine.

handler = webhook_handler(Webhook(secret="…"), handle)
async with serving(handler, port=8000) as url: ...
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .aiohttp import Handler

SHUTDOWN_SECONDS = 1.0
"""How long deliveries under way may take once the server is to end."""


@asynccontextmanager
async def serving(
    handler: Handler, *, host: str = "127.0.0.1", port: int = 8000, path: str = "/"
) -> AsyncGenerator[str]:
    """Serve a handler at one path within `async with`, and name the address it has.

    Args:
        handler: what `webhook_handler` makes.
        host: the address to listen on.
        port: the port to listen on; 0 takes any that is free.
        path: where deliveries go; everything else is answered with 404.

    Raises `OSError` where it can't listen there, `ConfigurationError` for what is no path.
    """
    if not path.startswith("/") or not path.isprintable() or set(path) & set(" {}?#"):
        msg = f"path={path!r} is no path; give one such as /systeme"
        raise ConfigurationError(msg)
    application = web.Application()
    application.router.add_route("*", path, handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{runner.addresses[0][1]}{path}"
    finally:
        await runner.cleanup()

"""A form on a web site that signs people up: one client for the process, a deadline for each call.

    python examples/web_app.py
    curl -i http://127.0.0.1:8080/signup -d email=jane@example.com -d first_name=Jane

It serves until Ctrl-C, with a sandbox behind it; an account of your own needs `Systeme()` alone.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from systeme_async import ConfigurationError, DeadlineExceededError, Systeme, ValidationError
from systeme_async.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SYSTEME = web.AppKey("systeme", Systeme)


async def sign_up(request: web.Request) -> web.Response:
    form = await request.post()
    # Whoever filled in the form waits for two seconds at most, and is told when to come back.
    systeme = request.app[SYSTEME].with_options(deadline=2, timeout=2)
    try:
        contact = await systeme.contacts.upsert(
            str(form.get("email", "")), first_name=str(form.get("first_name", "")) or None
        )
    except (ConfigurationError, ValidationError) as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error
    except DeadlineExceededError as error:
        at = error.retry_at or datetime.now(UTC)
        seconds = max(1, math.ceil((at - datetime.now(UTC)).total_seconds()))
        raise web.HTTPServiceUnavailable(headers={"Retry-After": str(seconds)}) from error
    return web.json_response({"id": contact.id}, status=201)


async def account(app: web.Application) -> AsyncIterator[None]:
    async with (
        Sandbox(quota="startup") as sandbox,
        Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as app[SYSTEME],
    ):
        yield


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_post("/signup", sign_up)
    app.cleanup_ctx.append(account)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)

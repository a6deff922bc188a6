"""What connects to other libraries; import the module you need.

- `systeme_async.integrations.aiohttp`: `webhook_handler` for aiohttp.web
- `systeme_async.integrations.asgi`: `WebhookApp` for Starlette, FastAPI, Litestar and the like
- `systeme_async.integrations.otel`: `instrument` for OpenTelemetry
"""

from __future__ import annotations

__all__: list[str] = []

"""The pytest plugin: the fixtures `sandbox` and `systeme`, whatever runs the test's coroutines.

The sandbox lives in a thread with an event loop of its own, so that the fixtures are plain
functions and serve tests under anyio, under pytest-asyncio and under `asyncio.run` alike. The
sandbox is imported when a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from systeme_async import Systeme

    from .sandbox import Sandbox


@pytest.fixture
def sandbox() -> Generator[Sandbox]:
    """Serve an empty account without a quota, as long as the test runs."""
    from .sandbox import Sandbox  # noqa: PLC0415 - only who uses it pays for aiohttp
    from .thread import SandboxThread  # noqa: PLC0415

    with SandboxThread(Sandbox()) as server:
        yield server


@pytest.fixture
def systeme(sandbox: Sandbox) -> Generator[Systeme]:
    """Give a client of the sandbox; it opens itself in the test's own event loop."""
    from systeme_async import Systeme  # noqa: PLC0415 - only who uses it pays for aiohttp

    class ShortLived(Systeme):
        # Connections end with each call: none is left when the test's loop is gone.
        _keep_alive = False

    client = ShortLived(api_key=sandbox.api_key, base_url=sandbox.url)
    yield client
    # Nobody may be there to await aclose().
    client._abandon()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

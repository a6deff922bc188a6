"""What the tests of the sandbox share: a plain session to the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async.testing import Sandbox


@pytest.fixture
def connect() -> Callable[[Sandbox], aiohttp.ClientSession]:
    """Give a session that sends the sandbox's key; nothing of ours between test and wire."""
    return lambda sandbox: aiohttp.ClientSession(
        sandbox.url, headers={"X-API-Key": sandbox.api_key}
    )

"""The options of the sandbox: what cannot work is refused before anything is opened."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.testing import Sandbox

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"quota": "gold"}, "is no plan"),
        ({"shape": "round"}, "shape='round'"),
        ({"headers": "minutes"}, "headers='minutes'"),
        ({"retry_after": "epoch"}, "retry_after='epoch'"),
        ({"rounding": "down"}, "rounding='down'"),
        ({"clock_skew": float("inf")}, "clock_skew=inf"),
        ({"rivals": -1}, "rivals=-1"),
        ({"host": ""}, "host=''"),
        ({"port": 70_000}, "port=70000"),
        ({"api_key": ""}, "api_key"),
        ({"api_key": " secret "}, "api_key"),
    ],
)
async def test_what_cannot_work_is_refused(options: dict[str, Any], words: str) -> None:
    """The error names the option and what it may be, and never a key."""
    with pytest.raises(ConfigurationError, match=words) as excinfo:
        Sandbox(**options)
    assert "secret" not in str(excinfo.value)


async def test_each_sandbox_makes_up_its_own_key() -> None:
    """A key works for one sandbox alone, unless it is given."""
    assert Sandbox().api_key != Sandbox().api_key
    assert Sandbox(api_key="mine").api_key == "mine"


async def test_before_it_is_open_it_has_no_address() -> None:
    """Asking for the address too early says what to do."""
    with pytest.raises(ConfigurationError, match="async with Sandbox"):
        Sandbox().url  # noqa: B018 - reading it is the test


async def test_a_sandbox_is_opened_once() -> None:
    """To go on with an account, another sandbox takes it over."""
    sandbox = Sandbox()
    async with sandbox:
        pass
    with pytest.raises(ConfigurationError, match="account="):
        await sandbox.start()


async def test_closing_twice_is_closing_once() -> None:
    """The second time, and without ever having opened, nothing happens."""
    sandbox = Sandbox()
    await sandbox.aclose()
    await sandbox.start()
    await sandbox.aclose()
    await sandbox.aclose()
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(sandbox.url)


async def test_a_failed_start_can_be_repeated() -> None:
    """A port that is taken is an error of the system, and the sandbox stays unopened."""
    async with Sandbox() as first:
        port = int(first.url.rpartition(":")[2])
        second = Sandbox(port=port)
        with pytest.raises(OSError, match="in use"):
            await second.start()
    async with second:
        assert second.url == first.url

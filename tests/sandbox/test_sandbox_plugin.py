"""The pytest plugin: its fixtures under any way of running coroutines, and its price."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

import systeme_async.testing
from systeme_async.testing import Sandbox
from systeme_async.testing.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

HOME = Path(systeme_async.testing.__file__).parent

SANDBOX_TESTS = """
import urllib.request

def test_plain(sandbox):
    request = urllib.request.Request(sandbox.url + "/api/tags")
    request.add_header("X-API-Key", sandbox.api_key)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    assert sandbox.received == 1

def test_each_test_has_its_own(sandbox):
    assert sandbox.received == 0
"""

CLIENT_TESTS = """
import asyncio

import pytest

def test_client_under_asyncio_run(sandbox, systeme):
    async def main():
        return await systeme.tags.create("VIP")
    assert asyncio.run(main()).name == "VIP"
    assert sandbox.account.tag_by_name("VIP")

@pytest.mark.anyio
async def test_client_under_anyio(sandbox, systeme):
    await systeme.tags.create("VIP")
    assert sandbox.account.tag_by_name("VIP")

def test_client_that_nobody_used(systeme):
    pass

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""


@pytest.fixture
def passed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Give what runs a file of tests with the plugin, and counts those that passed."""
    # By name alone: the same plugin by name and by entry point is one too many for pytest.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(HOME.parent.parent))

    def run(tests: str) -> int:
        pytester.makepyfile(tests)
        plugins = ("-p", "anyio.pytest_plugin", "-p", "systeme_async.testing.plugin")
        result = pytester.runpytest_subprocess(*plugins, "-W", "error")
        assert result.ret == pytest.ExitCode.OK
        return result.parseoutcomes()["passed"]

    return run


def test_a_plain_test_gets_a_sandbox(passed: Callable[[str], int]) -> None:
    """A test without any event loop has a server of its own, and nothing leaks."""
    assert passed(SANDBOX_TESTS) == 2


def test_the_client_serves_every_kind_of_test(passed: Callable[[str], int]) -> None:
    """Under `asyncio.run` and under anyio the client opens itself, and nothing leaks."""
    assert passed(CLIENT_TESTS) == 3


def test_the_plugin_costs_nothing_unless_it_is_used() -> None:
    """Loading the plugin's own modules imports neither aiohttp nor asyncio."""
    # The package's root is left out: what it imports is its own affair.
    program = """
import importlib.util, pathlib, sys, types
import pytest
before = set(sys.modules)
home = pathlib.Path(sys.argv[1])
for name, path in [("systeme_async", home.parent), ("systeme_async.testing", home)]:
    module = types.ModuleType(name)
    module.__path__ = [str(path)]
    sys.modules[name] = module
spec = importlib.util.spec_from_file_location("systeme_async.testing", home / "__init__.py")
spec.loader.exec_module(sys.modules["systeme_async.testing"])
import systeme_async.testing.plugin
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    command = [sys.executable, "-c", program, str(HOME)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.split() == ["systeme_async"]


def test_a_sandbox_in_a_thread_ends_with_its_block() -> None:
    """It serves from another thread, and that thread is gone afterwards."""

    async def main(url: str) -> int:
        async with aiohttp.ClientSession() as http, http.get(f"{url}/api/tags") as answer:
            return answer.status

    with SandboxThread(Sandbox()) as sandbox:
        assert asyncio.run(main(sandbox.url)) == 401
    assert "systeme-sandbox" not in {thread.name for thread in threading.enumerate()}


def test_a_sandbox_in_a_thread_says_why_it_cannot_open() -> None:
    """The error of the other thread is raised where the sandbox was asked for."""
    with SandboxThread(Sandbox()) as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            SandboxThread(Sandbox(port=port)).__enter__()

"""The life of a client: opened by its first call, one loop, one process, closed for good."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import systeme_async
from systeme_async import (
    ClientStateError,
    ConfigurationError,
    Lane,
    Quota,
    Systeme,
    SystemeError,
)
from systeme_async.testing import Faults, Sandbox, VirtualClockLoop

from .pair import client, now, tasks, turns
from .raw import RawServer, answer, slowly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

ROOT = Path(systeme_async.__file__).parents[1]
TAG = answer(200, {"id": 1, "name": "VIP"})

USES: dict[str, Callable[[Systeme], Awaitable[Any]]] = {
    "get": lambda s: s.tags.get(1),
    "create": lambda s: s.tags.create("VIP"),
    "collect": lambda s: s.contacts.list().collect(),
    "first": lambda s: s.contacts.list().first(),
    "anext": lambda s: anext(s.contacts.list()),
    "upsert": lambda s: s.contacts.upsert("jane@example.com"),
    "ensure": lambda s: s.tags.ensure("VIP"),
    "request": lambda s: s.request("GET", "/api/tags"),
    "copy": lambda s: s.with_options(lane=Lane.BULK).tags.get(1),
    "import": lambda s: s.bulk.import_contacts([{"email": "jane@example.com"}]).run(),
}


@pytest.mark.parametrize("use", USES)
async def test_closed_is_closed(use: str) -> None:
    """After the block every use of the client is refused and nothing is sent."""
    async with Sandbox() as sandbox:
        async with client(sandbox) as systeme:
            pass
        with pytest.raises(ClientStateError, match="closed"):
            await USES[use](systeme)
        assert sandbox.received == 0


async def test_entering_again_is_refused() -> None:
    """A client that was closed is not opened by a second block."""
    async with Sandbox() as sandbox:
        systeme = client(sandbox)
        await systeme.aclose()
        with pytest.raises(ClientStateError):
            async with systeme:
                pass


async def test_closing_twice() -> None:
    """Closing is done once, and done again without complaint, opened or not."""
    async with Sandbox() as sandbox:
        never_opened = client(sandbox)
        opened = client(sandbox)
        await opened.tags.find("VIP")
        for systeme in (never_opened, opened):
            await systeme.aclose()
            await systeme.aclose()


async def test_it_opens_itself() -> None:
    """Without `async with` the first call opens the client."""
    async with Sandbox() as sandbox:
        systeme = client(sandbox)
        assert systeme.budget.snapshot().requests == 0
        await systeme.tags.find("VIP")
        assert systeme.budget.snapshot().requests == 1
        await systeme.aclose()


async def test_copies_end_together() -> None:
    """Closing one copy closes the session that all of them share."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.with_options(timeout=3).aclose()
        with pytest.raises(ClientStateError):
            await systeme.tags.get(1)


async def test_a_snapshot_of_a_closed_client() -> None:
    """What was counted can be looked at after closing."""
    async with Sandbox() as sandbox:
        async with client(sandbox) as systeme:
            await systeme.tags.find("VIP")
        assert systeme.budget.snapshot().requests == 1


# Closing under calls


async def ended_by_closing(systeme: Systeme, call: Awaitable[object]) -> BaseException:
    """Close a client while a call is under way, and return what the call ends in."""
    task = asyncio.ensure_future(call)
    await asyncio.sleep(1)
    await systeme.aclose()
    async with asyncio.timeout(600):
        [result] = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, BaseException)
    return result


@pytest.mark.parametrize("use", ["get", "create", "collect", "ensure", "request"])
async def test_closing_under_a_call_on_its_way(use: str) -> None:
    """A call whose request is under way ends soon, in an error of the tree."""
    async with Sandbox(faults=Faults(latency=5)) as sandbox:
        systeme = client(sandbox)
        ended = await ended_by_closing(systeme, USES[use](systeme))
        assert isinstance(ended, SystemeError)
        assert now() <= 10


@pytest.mark.parametrize("use", ["get", "create", "collect", "ensure", "request"])
async def test_closing_under_a_call_that_waits(use: str) -> None:
    """A call that waits for quota is refused when the client closes, not a minute later."""
    async with Sandbox(quota=Quota(2)) as sandbox:
        systeme = client(sandbox)
        await systeme.tags.find("VIP")
        await systeme.tags.find("VIP")
        ended = await ended_by_closing(systeme, USES[use](systeme))
        assert isinstance(ended, ClientStateError)
        assert now() <= 2
        assert sandbox.received == 2


async def test_closing_under_a_call_that_backs_off() -> None:
    """A call between two attempts is refused when the client closes."""
    script = (answer(503, None, "Retry-After: 20"), TAG)
    async with RawServer(*script) as server:
        systeme = client(server)
        ended = await ended_by_closing(systeme, systeme.tags.get(1))
        assert isinstance(ended, SystemeError)
    assert len(server.deliveries) == 1


async def test_closing_under_a_hundred_calls() -> None:
    """All calls end, whatever each of them was at, and no task stays behind."""
    async with Sandbox(quota=Quota(30), faults=Faults(latency=2)) as sandbox:
        systeme = client(sandbox)
        calls = [asyncio.create_task(systeme.tags.find(f"{number}")) for number in range(100)]
        await asyncio.sleep(3)
        await systeme.aclose()
        async with asyncio.timeout(600):
            ended = await asyncio.gather(*calls, return_exceptions=True)
        assert tasks() == []
        assert all(result is None or isinstance(result, SystemeError) for result in ended)


# Loops and processes


def test_another_loop() -> None:
    """A client stays with the loop that opened it, and says so elsewhere."""

    async def use(systeme: Systeme) -> None:
        await systeme.tags.find("VIP")

    with asyncio.Runner(loop_factory=VirtualClockLoop) as first:
        sandbox = Sandbox()
        first.run(sandbox.start())
        systeme = client(sandbox)
        first.run(use(systeme))
        with asyncio.Runner(loop_factory=VirtualClockLoop) as second:
            with pytest.raises(ClientStateError, match="loop"):
                second.run(use(systeme))
            with pytest.raises(ClientStateError, match="loop"):
                second.run(systeme.aclose())
        first.run(use(systeme))
        first.run(systeme.aclose())
        first.run(sandbox.aclose())
        assert sandbox.received == 2


def test_another_thread() -> None:
    """A loop in another thread is another loop."""
    caught: list[BaseException] = []

    def elsewhere(systeme: Systeme) -> None:
        with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
            try:
                runner.run(systeme.tags.get(1))
            except SystemeError as error:
                caught.append(error)

    async def main() -> None:
        async with Sandbox() as sandbox, client(sandbox) as systeme:
            thread = threading.Thread(target=elsewhere, args=(systeme,))
            thread.start()
            thread.join()
            await systeme.tags.find("VIP")

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(main())
    assert [ClientStateError] == [type(error) for error in caught]


FORK = """
import asyncio, os
from systeme_async import ClientStateError, Systeme
from systeme_async.testing import Sandbox

async def use(systeme):
    try:
        await systeme.tags.find("VIP")
    except ClientStateError as error:
        return str(error)

loop = asyncio.new_event_loop()
sandbox = Sandbox()
loop.run_until_complete(sandbox.start())
systeme = Systeme(api_key=sandbox.api_key, base_url=sandbox.url)
loop.run_until_complete(use(systeme))
child = os.fork()
if child == 0:
    print("same loop:", loop.run_until_complete(use(systeme)), flush=True)
    print("new loop:", asyncio.new_event_loop().run_until_complete(use(systeme)), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent:", loop.run_until_complete(use(systeme)), sandbox.received)
loop.run_until_complete(systeme.aclose())
loop.run_until_complete(sandbox.aclose())
loop.close()
"""


@pytest.mark.slow
def test_after_a_fork() -> None:
    """A child process may not use the connections of its parent; the parent may."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore:.*fork:DeprecationWarning", "-c", FORK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    same_loop, new_loop, parent = done.stdout.splitlines()
    assert "fork" in same_loop
    assert "None" not in new_loop
    assert parent == "parent: None 2"
    assert done.stderr == ""


@pytest.mark.slow
def test_forgetting_to_close() -> None:
    """A program that forgets to close its client is told so, and ends all the same."""
    program = """
import asyncio
from systeme_async import Systeme
from systeme_async.testing import Sandbox

async def main():
    async with Sandbox() as sandbox:
        systeme = Systeme(api_key=sandbox.api_key, base_url=sandbox.url)
        await systeme.tags.find("VIP")
    print("done")

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert "Traceback" not in done.stderr


# Construction


async def test_a_key_from_the_environment_stays_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """SYSTEME_API_KEY goes to the official host alone."""
    monkeypatch.setenv("SYSTEME_API_KEY", "key-of-the-environment")
    async with RawServer(TAG) as server:
        for url in (server.url, "https://api.systeme.io.example.com", "https://systeme.io"):
            with pytest.raises(ConfigurationError, match="api_key"):
                Systeme(base_url=url)
        assert server.connections == 0
    for url in (None, "https://api.systeme.io", "https://api.systeme.io/"):
        assert "api.systeme.io" in repr(Systeme(base_url=url))


@pytest.mark.parametrize("key", [None, "", "  "])
async def test_no_key_at_all(key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key there is no client, and the error says where keys are found."""
    monkeypatch.delenv("SYSTEME_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("SYSTEME_API_KEY", key)
    with pytest.raises(ConfigurationError, match="SYSTEME_API_KEY"):
        Systeme()


async def test_a_given_key_goes_before_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever passes a key means it."""
    monkeypatch.setenv("SYSTEME_API_KEY", "key-of-the-environment")
    async with RawServer(TAG) as server, client(server) as systeme:
        await systeme.tags.get(1)
    assert server.deliveries[0].headers["x-api-key"] == server.api_key


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"deadline": 0},
        {"deadline": float("nan")},
        {"max_attempts": 0},
        {"concurrency": 0},
        {"quota": "platinum"},
        {"budget": "redis"},
        {"api_key": ""},
        {"api_key": "a b"},
        {"api_key": "a\nb"},
        {"api_key": "clé"},
    ],
    ids=str,
)
async def test_options_that_cannot_work(options: dict[str, Any]) -> None:
    """A setting that cannot work is refused before anything is opened, as a ValueError too."""
    async with RawServer(TAG) as server:
        with pytest.raises(ConfigurationError) as caught:
            client(server, **options)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("changes", [{"timeout": 0}, {"deadline": -1}, {"max_attempts": 0}])
async def test_changes_that_cannot_work(changes: dict[str, Any]) -> None:
    """A copy is checked like its original."""
    async with RawServer(TAG) as server:
        with pytest.raises(ConfigurationError):
            client(server).with_options(**changes)


async def test_a_copy_leaves_its_original_alone() -> None:
    """Options of a copy are its own, and copies of copies add up."""
    script = slowly(5.0, TAG)
    async with RawServer(script) as server, client(server, max_attempts=1) as systeme:
        hasty = systeme.with_options(timeout=1).with_options(max_attempts=2)
        with pytest.raises(SystemeError):
            await hasty.tags.get(1)
        assert len(server.deliveries) == 2
        assert (await systeme.tags.get(1)).id == 1


async def test_nothing_is_left_of_a_client() -> None:
    """Opened, used by many, closed: no task and no warning remain."""
    async with Sandbox() as sandbox:
        async with client(sandbox) as systeme:
            await asyncio.gather(*(systeme.tags.find("VIP") for _ in range(50)))
        await turns()
        assert tasks() == []

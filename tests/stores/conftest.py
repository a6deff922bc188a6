"""A real server for the tests of the shared budget, started once and stopped at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import uuid
from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async._core.quota import SECOND
from systeme_async._core.stores.redis import RedisStore
from systeme_async.options import Quota

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

PASSWORD: Final = "correct-horse-battery"


class Server:
    """A redis-server on a port of its own, which it keeps over a restart."""

    def __init__(self, program: str, folder: Path, *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder]
        self._command += ["--save", "", "--appendonly", "no", *arguments]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert any("eady to accept" in line for line in self._process.stdout)

    def kill(self) -> None:
        """Let it die as in a power failure."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()
        self._process = None

    def suspend(self) -> None:
        """Let it hang: it keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.kill()

    async def ask(self, *command: str | bytes | int) -> Any:
        """Send it a command on a connection of its own."""
        from redis.asyncio import Redis  # noqa: PLC0415 - only where there is a server

        async with Redis(port=self.port, protocol=2) as redis:
            return await redis.execute_command(*command)


def _program() -> str:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        reason = "neither redis-server nor valkey-server is installed"
        if os.environ.get("REDIS_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    return program


@pytest.fixture(scope="session")
def _shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(_program(), tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(_shared_server: Server) -> Server:
    """Return the server of the session; not to be killed."""
    return _shared_server


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """Start a server that may be killed."""
    server = Server(_program(), tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Server]:
    """Start a server that asks for a password."""
    server = Server(_program(), tmp_path, "--requirepass", PASSWORD)
    server.start()
    yield server
    server.stop()


def local_clock() -> int:
    """Read the loop's clock."""
    return int(asyncio.get_running_loop().time() * SECOND)


@pytest.fixture
def account() -> str:
    """Return an account that no other test uses."""
    return uuid.uuid4().hex


@pytest.fixture
async def opened(account: str) -> AsyncIterator[Callable[..., RedisStore]]:
    """Open stores of one account, all closed at the end."""
    stores: list[RedisStore] = []

    def open_store(
        server: Server, quota: Quota | None = None, clock: Callable[[], int] = local_clock
    ) -> RedisStore:
        store = RedisStore(server.url, account, quota or Quota(), clock)
        stores.append(store)
        return store

    yield open_store
    for store in stores:
        await store.aclose()

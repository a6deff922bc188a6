"""A Redis server of the benchmarks' own, on a free port; it keeps nothing on the disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

MISSING = "it takes redis-server or valkey-server, and the package redis"


@contextmanager
def redis_server() -> Generator[str | None]:
    """Start a server, give its address for `budget=`, and stop it; None where that can't be."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None or find_spec("redis") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                if not any("eady to accept" in line for line in process.stdout):
                    msg = f"{program} did not start on port {port}"
                    raise RuntimeError(msg)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

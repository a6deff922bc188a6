"""What the tests of the command line share: running it here, and running it as a process."""

from __future__ import annotations

import io
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from systeme_async.cli.app import main
from systeme_async.testing import Sandbox, VirtualClockLoop
from systeme_async.testing.thread import SandboxThread

from .runs import KEY, PROGRAM, SECRET, Cli, Ended, Start, Write, environment_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

OURS = (
    "SYSTEME_API_KEY",
    "SYSTEME_BUDGET",
    "SYSTEME_WEBHOOK_SECRET",
    "SYSTEME_DEBUG",
    "MATON_API_KEY",
    "MATON_API_URL",
    "NO_COLOR",
    "FORCE_COLOR",
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's own key, terminal and journals out."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run command lines in this process."""

    def run(*argv: str, stdin: str = "") -> Ended:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        status = main(argv)
        out, err = capsys.readouterr()
        assert KEY not in out + err
        assert SECRET not in out + err
        assert "Traceback" not in err
        return Ended(status, out, err)

    return run


@pytest.fixture
def served() -> Generator[Sandbox]:
    """Serve an account without a quota in real time, in a thread."""
    with SandboxThread(Sandbox(api_key=KEY, maton_api_key=KEY)) as sandbox:
        yield sandbox


@pytest.fixture
def remote(cli: Cli, served: Sandbox) -> Cli:
    """Run command lines against the served account, with its key on standard input."""

    def run(*argv: str, stdin: str = f"{KEY}\n") -> Ended:
        return cli("--base-url", served.url, "--api-key-stdin", *argv, stdin=stdin)

    return run


@pytest.fixture
def gateway(cli: Cli, served: Sandbox) -> Cli:
    """Run command lines against the Maton of the served account, with its key as above."""

    def run(*argv: str, stdin: str = f"{KEY}\n") -> Ended:
        return cli("--base-url", served.maton.url, "--api-key-stdin", *argv, stdin=stdin)

    return run


@pytest.fixture
def contacts(tmp_path: Path) -> Write:
    """Write files of contacts."""

    def write(count: int, *, header: str = "Email,First name", extra: str = "") -> str:
        path = tmp_path / "contacts.csv"
        commas = "," * (header.count(",") - 1)
        rows = [f"person{n}@example.org,Person {n}{commas}" for n in range(1, count + 1)]
        path.write_text("\n".join([header, *rows, extra]), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def start() -> Generator[Start]:
    """Start command lines as processes; whatever is left of them is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*argv: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, *argv],
            env=environment_of(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def unused_tcp_port() -> int:
    """Find a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def virtual_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run whatever would run in real time on a virtual clock."""

    def factory(*, virtual: bool) -> type[VirtualClockLoop]:
        del virtual
        return VirtualClockLoop

    monkeypatch.setattr("systeme_async.cli.running.loop_factory", factory)

"""Ctrl-C and SIGTERM: the first asks, the second insists, and neither shows a traceback."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import IO, TYPE_CHECKING

import pytest

from systeme_async.cli.running import Interrupts, run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from .runs import Start, Write


def serve(start: Start, *argv: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """Start a sandbox as a process; return it with its address and its key."""
    server = start("--json", "sandbox", "--port", "0", *argv)
    assert server.stdout is not None
    return server, json.loads(server.stdout.readline())


def begin_import(
    start: Start, told: dict[str, str], file: str, *argv: str
) -> subprocess.Popen[str]:
    """Start an import as a process, with the key on its standard input."""
    job = start("--base-url", told["url"], "--api-key-stdin", "import", file, *argv)
    assert job.stdin is not None
    job.stdin.write(told["api_key"] + "\n")
    job.stdin.flush()
    return job


def read_until(stream: IO[str] | None, words: str) -> None:
    """Read lines up to the one with these words."""
    assert stream is not None
    for line in stream:
        if words in line:
            return
    pytest.fail(f"the stream ended before {words!r}")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_the_sandbox(start: Start, number: signal.Signals, status: int) -> None:
    """Ctrl-C ends it with 130, SIGTERM with 0, and it says what it served."""
    server, told = serve(start)
    assert told["url"].startswith("http://127.0.0.1:")
    read_until(server.stderr, "serving until Ctrl-C")
    server.send_signal(number)
    _, err = server.communicate()
    assert server.returncode == status
    assert "served 0 requests" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_the_sandbox_says_where_it_is(start: Start) -> None:
    """As text, address, key and quota are lines of standard output, there at once."""
    server = start("sandbox", "--port", "0", "--quota", "none", "--shape", "sliding")
    assert server.stdout is not None
    lines = [server.stdout.readline().split("  ", 1)[0] for _ in range(5)]
    assert lines == ["url", "api key", "quota", "maton url", "maton key"]
    server.send_signal(signal.SIGINT)
    server.communicate()
    assert server.returncode == 130


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(start: Start) -> None:
    """The second sandbox on a port ends with 2 and offers another port."""
    _, told = serve(start)
    other = start("sandbox", "--port", told["url"].rpartition(":")[2])
    _, err = other.communicate()
    assert other.returncode == 2
    assert "choose another --port" in err
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_rows_end(
    start: Start, contacts: Write, number: signal.Signals
) -> None:
    """An import that is asked to stop begins no further row, and ends with 130."""
    _, told = serve(start, "--quota", "none", "--latency", "0.2")
    job = begin_import(start, told, contacts(1000))
    read_until(job.stderr, "columns: ")
    job.send_signal(number)
    out, err = job.communicate()
    assert job.returncode == 130
    assert " of 1,000 rows in " in out
    assert "stopping: the rows under way are let end" in err
    assert "interrupted. To go on: systeme " in err
    assert "Traceback" not in out + err
    assert told["api_key"] not in out + err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_was_interrupted_is_completed_by_the_same_command(
    start: Start, contacts: Write, tmp_path: Path, number: signal.Signals
) -> None:
    """However it ended, the rest is done and every contact is there once."""
    _, told = serve(start, "--quota", "none", "--latency", "0.02")
    file, results = contacts(300), tmp_path / "results.csv"
    job = begin_import(start, told, file)
    read_until(job.stderr, "journal: ")
    job.send_signal(number)
    job.communicate()
    job = begin_import(start, told, file, "--results", str(results))
    _, err = job.communicate()
    assert job.returncode == 0
    assert "resuming: " in err
    assert results.read_text(encoding="utf-8-sig").count('"created"') == 300


@pytest.mark.slow
def test_a_second_run_names_the_first(start: Start, contacts: Write) -> None:
    """While an import runs, the same command ends with 2 and tells which process has it."""
    _, told = serve(start, "--quota", "5")
    first = begin_import(start, told, contacts(100))
    read_until(first.stderr, "waiting for quota until")
    second = begin_import(start, told, contacts(100))
    _, err = second.communicate()
    assert second.returncode == 2
    assert f"process {first.pid}" in err
    listing = start("jobs", "--json")
    out, _ = listing.communicate()
    [seen] = [json.loads(line) for line in out.splitlines()]
    assert (seen["state"], seen["pid"], seen["file"]) == ("running", first.pid, "contacts.csv")


@pytest.mark.slow
def test_an_import_ends_where_its_journal_can_not_be_written(
    start: Start, contacts: Write, tmp_path: Path
) -> None:
    """It stops before the next write, ends with 5 and says what is wrong."""
    _, told = serve(start, "--quota", "none", "--latency", "0.1")
    journal = tmp_path / "spring.journal"
    job = begin_import(start, told, contacts(1000), "--journal", str(journal))
    read_until(job.stderr, "journal: ")
    journal.unlink()
    out, err = job.communicate()
    assert job.returncode == 5
    assert " of 1,000 rows in " in out
    assert "can't be written" in err
    assert "Traceback" not in out + err


@pytest.mark.slow
def test_the_second_signal_ends_it_at_once(start: Start, contacts: Write) -> None:
    """Rows that wait for quota keep the import from ending; the second Ctrl-C does not wait."""
    _, told = serve(start, "--quota", "5")
    job = begin_import(start, told, contacts(100))
    read_until(job.stderr, "waiting for quota until")
    job.send_signal(signal.SIGINT)
    read_until(job.stderr, "stopping: ")
    job.send_signal(signal.SIGINT)
    out, err = job.communicate()
    assert job.returncode == 130
    assert " of 100 rows in " in out
    assert "stopped at once" in err
    assert "To go on: systeme " in err
    assert "Traceback" not in out + err


def test_a_command_that_cannot_be_asked_is_cancelled() -> None:
    """Where a command has no gentle end, the first signal is the last."""

    async def work(interrupts: Interrupts) -> int:
        asyncio.get_running_loop().call_soon(interrupts.receive, signal.SIGTERM)
        await asyncio.sleep(3600)
        return 0

    assert run(work, virtual=True) == 130


def test_asking_comes_before_insisting() -> None:
    """The first signal calls what the command gave, the second cancels it."""
    asked: list[str] = []

    async def work(interrupts: Interrupts) -> int:
        with interrupts.asking(lambda: asked.append("please")):
            interrupts.receive(signal.SIGINT)
            assert interrupts.name == "SIGINT"
            await asyncio.sleep(1)
            interrupts.receive(signal.SIGTERM)
            await asyncio.sleep(3600)
        return 0

    assert run(work, virtual=True) == 130
    assert asked == ["please"]


def test_a_cancellation_of_its_own_is_no_interrupt() -> None:
    """What cancels itself without a signal is a fault and not hidden."""

    async def work(_: Interrupts) -> int:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(work, virtual=True)


@pytest.mark.slow
def test_a_signal_while_rows_are_compared(start: Start, contacts: Write) -> None:
    """Nothing has been begun, and it says so."""
    _, told = serve(start, "--quota", "1")
    job = begin_import(start, told, contacts(30), "--tag", "VIP")
    read_until(job.stderr, "comparing with the account: ")
    job.send_signal(signal.SIGINT)
    _, err = job.communicate()
    assert job.returncode == 130
    assert "no row had been begun. To go on: systeme " in err
    assert "Traceback" not in err

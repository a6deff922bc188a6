"""What an import does where its journal or its results can't be written: a full or closed disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from .runs import KEY, Ended, environment_of
from .test_cli_jobs import journals, rows_of, told_command

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox

    from .runs import Cli, Write

posix = pytest.mark.skipif(os.name != "posix", reason="the system has other limits and rights")

ROWS: Final = 300
DEVICE: Final = Path("/dev/full")

# Once its journal is told, which is before the first row, there is room for a few more notes.
FILLING: Final = """
import io, os, resource, sys
from systeme_async.cli.app import main

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

class Filling(io.TextIOWrapper):
    def write(self, text):
        if text.startswith("journal: "):
            beside = text.removeprefix("journal: ").strip() + "-wal"
            limit(os.stat(beside).st_size + 100_000)
        return super().write(text)

sys.stderr = Filling(sys.stderr.buffer, encoding="utf-8", write_through=True)
status = main(sys.argv[1:])
limit(resource.RLIM_INFINITY)
sys.exit(status)
"""

# The administrator may write anywhere; and only he may be able to read what is installed.
POWERLESS: Final = """
import concurrent.futures.thread, os, sys
from systeme_async.cli import app, grammar
if os.getuid() == 0:
    os.setresuid(65534, 65534, 65534)
sys.exit(app.main(sys.argv[1:]))
"""


def run(program: str, served: Sandbox, *argv: str) -> Ended:
    """Run a program around a command line on the served account."""
    done = subprocess.run(
        [sys.executable, "-c", program, "--base-url", served.url, "--api-key-stdin", *argv],
        env=environment_of(),
        input=f"{KEY}\n",
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert KEY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def closed(folder: Path) -> Path:
    """Make a folder in which nobody can write, within others that everybody can enter."""
    for above in folder.parents:
        if above == Path(tempfile.gettempdir()):
            break
        above.chmod(above.stat().st_mode | 0o011)
    folder.mkdir()
    folder.chmod(0o555)
    return folder


@posix
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_disk_that_fills_up_ends_the_import_and_not_the_job(
    remote: Cli, cli: Cli, served: Sandbox, contacts: Write, tmp_path: Path
) -> None:
    """No write leaves that is not in the journal, and with room again each is done once."""
    ended = run(FILLING, served, "import", contacts(ROWS), "--tag", "Spring")
    created = {contact.email for contact in served.account.contacts.values()}
    assert ended.status == 5
    assert "can't be written" in ended.err
    assert "nothing was sent since. Put that right, and run the same job again" in ended.err
    assert ended.err.splitlines()[-1].startswith("systeme: To go on: systeme ")
    assert 0 < len(created) < ROWS

    [journal] = journals()
    assert told_command(ended, "resume") == ["resume", str(journal)]
    results = tmp_path / "results.csv"
    assert cli("jobs", "results", str(journal), str(results)).status == 0
    noted = {row["Email"] for row in rows_of(results) if row["status"] != "planned"}
    assert created <= noted

    assert remote(*told_command(ended, "resume")).status == 0
    kinds = Counter(change.kind for change in served.account.effects)
    [tag] = served.account.tags
    assert kinds == {"created tag": 1, "created contact": ROWS, "assigned tag": ROWS}
    assert {contact.email for contact in served.account.contacts.values()} == {
        f"person{number}@example.org" for number in range(1, ROWS + 1)
    }
    assert all({*contact.tags} == {tag} for contact in served.account.contacts.values())


@posix
@pytest.mark.slow
def test_a_journal_in_a_closed_folder_is_told_before(
    served: Sandbox, contacts: Write, tmp_path: Path
) -> None:
    """It ends with 2 and says what has to be writable; nothing is written to the account."""
    journal = closed(tmp_path / "closed") / "spring.journal"
    ended = run(POWERLESS, served, "import", contacts(3), "--journal", str(journal))
    assert ended.status == 2
    assert "permission denied; it and its folder have to be writable" in ended.err
    assert ended.err.count("\n") == 1
    assert served.account.effects == []


@posix
@pytest.mark.slow
def test_a_closed_state_folder_is_told_before(
    served: Sandbox, contacts: Write, tmp_path: Path
) -> None:
    """It ends with 2 before anything is sent, and offers --journal."""
    closed(tmp_path / "state")
    ended = run(POWERLESS, served, "import", contacts(3))
    assert ended.status == 2
    assert "name a journal elsewhere with --journal" in ended.err
    assert served.received == 0


@posix
@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_results_in_a_closed_folder_are_told_before(
    served: Sandbox, contacts: Write, tmp_path: Path, mode: int
) -> None:
    """An import of an hour must not find out at its end, so it ends with 2 before it begins."""
    folder = closed(tmp_path / "closed")
    folder.chmod(mode)
    ended = run(POWERLESS, served, "import", contacts(3), "--results", str(folder / "results.csv"))
    folder.chmod(0o700)
    assert ended.status == 2
    assert "results.csv: that can't be written" in ended.err
    assert served.received == 0


@pytest.mark.skipif(not DEVICE.exists(), reason="the system has no disk that is always full")
def test_results_on_a_full_disk_can_be_had_later(
    remote: Cli, cli: Cli, served: Sandbox, contacts: Write, tmp_path: Path
) -> None:
    """The job is done; it ends with 5, and the command that is offered writes them elsewhere."""
    ended = remote("import", contacts(3), "--results", str(DEVICE))
    [journal] = journals()
    assert ended.status == 5
    assert "the results can't be written: No space left on device. Later: systeme " in ended.err
    assert told_command(ended, "results") == ["results", str(journal), "FILE"]
    assert len(served.account.contacts) == 3
    results = tmp_path / "results.csv"
    assert cli("jobs", "results", str(journal), str(results)).status == 0
    assert [row["status"] for row in rows_of(results)] == ["created"] * 3


@pytest.mark.skipif(not DEVICE.exists(), reason="the system has no disk that is always full")
def test_the_results_of_a_sandbox_are_not_offered_later(cli: Cli, contacts: Write) -> None:
    """Its journal is gone with the command."""
    ended = cli("--sandbox", "import", contacts(3), "--results", str(DEVICE))
    assert ended.status == 5
    assert "the results can't be written: No space left on device\n" in ended.err

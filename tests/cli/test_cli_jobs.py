"""Journals on the command line: where they lie, going on with them, results, listing, purging."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from systeme_async.bulk.journal.lock import Lock
from systeme_async.cli.journals import digest_of, make_state_folder, state_folder

from .runs import KEY

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox

    from .runs import Cli, Ended, Write

TAGGED = "Email,Tags"


def journals() -> list[Path]:
    """List the journals that nobody has named."""
    return sorted(state_folder().glob("*.journal"))


def told_command(ended: Ended, word: str) -> list[str]:
    """Return the arguments of the command line that standard error offers, without the account."""
    [line] = re.findall(rf"systeme (.* {word} .+)$", ended.err, re.MULTILINE)
    words = shlex.split(line)
    return words[words.index(word) :]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read results."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def interrupt(remote: Cli, served: Sandbox, file: str, *argv: str) -> Ended:
    """Run an import whose key is taken away after some rows: it ends before its end.

    Each row has a tag of its own, so that it is a question, and no write, which is refused.
    """
    served.inject("unauthorized", method="GET", path="/api/tags", after=25)
    ended = remote("import", file, *argv)
    assert ended.status == 4
    return ended


# Where journals lie


def test_a_journal_lies_in_the_state_folder(remote: Cli, contacts: Write) -> None:
    """Nobody else can look into it, and it is named after the file."""
    ended = remote("import", contacts(3))
    [journal] = journals()
    assert journal.name.startswith("contacts.csv.")
    assert f"journal: {journal}" in ended.err
    assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600


def test_a_relative_state_folder_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rule of XDG it is ignored, and the platform's own is taken."""
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert state_folder().is_absolute()


def test_a_state_folder_that_is_a_file_is_told(
    remote: Cli, served: Sandbox, contacts: Write, tmp_path: Path
) -> None:
    """It ends with 2 before anything is sent, and offers --journal."""
    (tmp_path / "state").write_text("")
    ended = remote("import", contacts(3))
    assert ended.status == 2
    assert "--journal" in ended.err
    assert served.received == 0
    assert remote("import", contacts(3), "--journal", str(tmp_path / "a.journal")).status == 0


def test_the_sandbox_leaves_no_journal(cli: Cli, contacts: Write, tmp_path: Path) -> None:
    """Its account is gone with the command; results can be had all the same."""
    results = tmp_path / "results.csv"
    ended = cli("--sandbox", "import", contacts(3), "--results", str(results))
    assert ended.status == 0
    assert journals() == []
    assert "journal: " not in ended.err
    assert [row["status"] for row in rows_of(results)] == ["created"] * 3


@pytest.mark.parametrize("change", [{"account": "other"}, {"options": {"tag": ["b"]}}])
def test_another_job_has_another_digest(contacts: Write, change: dict[str, object]) -> None:
    """Bytes, account and options make a job."""
    file = contacts(1)
    same = {"path": file, "account": "one", "options": {"tag": ["a"]}}
    assert digest_of(**same) == digest_of(**same)  # type: ignore[arg-type]
    assert digest_of(**same) != digest_of(**{**same, **change})  # type: ignore[arg-type]
    before = digest_of(**same)  # type: ignore[arg-type]
    contacts(2)
    assert digest_of(**same) != before  # type: ignore[arg-type]


# Going on


def test_the_same_import_goes_on(remote: Cli, served: Sandbox, contacts: Write) -> None:
    """After an end that was not the end, the same command does the rest and sends nothing twice."""
    file = contacts(100, header=TAGGED)
    interrupt(remote, served, file)
    done = len(served.account.contacts)
    ended = remote("--json", "import", file)
    told = json.loads(ended.out)
    assert ended.status == 0
    assert f"resuming: {done:,} of 100 rows" in ended.err
    assert (told["before"], told["created"], told["rows"]) == (done, 100, 100)
    assert len(served.account.contacts) == 100
    assert [told["journal"]] == list(map(str, journals()))


def test_an_import_that_has_ended_is_not_gone_on_with(remote: Cli, contacts: Write) -> None:
    """The same command once more is a job of its own."""
    assert remote("import", contacts(3)).status == 0
    ended = remote("import", contacts(3))
    assert "3 unchanged" in ended.out
    assert "resuming" not in ended.err


def test_other_options_are_another_job(remote: Cli, served: Sandbox, contacts: Write) -> None:
    """An unfinished import is not gone on with under other tags."""
    interrupt(remote, served, contacts(100, header=TAGGED))
    ended = remote("import", contacts(100, header=TAGGED), "--tag", "Spring")
    assert ended.status == 0
    assert "resuming" not in ended.err
    assert len(journals()) == 2


def test_resume_needs_the_journal_alone(remote: Cli, served: Sandbox, contacts: Write) -> None:
    """The command that is offered does the rest, though the file is gone."""
    file = contacts(100, header=TAGGED)
    ended = interrupt(remote, served, file, "--tag", "Spring")
    Path(file).unlink()
    ended = remote(*told_command(ended, "resume"))
    assert ended.status == 0
    assert "100 created" in ended.out
    assert {len(contact.tags) for contact in served.account.contacts.values()} == {2}


def test_the_command_that_is_offered_names_the_account(
    remote: Cli, served: Sandbox, contacts: Write
) -> None:
    """Address and quota stand in it, the key does not."""
    ended = interrupt(remote, served, contacts(100, header=TAGGED), "--quota", "1000")
    offered = f"systeme --base-url {served.url} --quota 1000 --api-key-stdin resume "
    assert offered in ended.err
    assert KEY not in ended.err


def test_resume_of_another_account_is_refused(
    cli: Cli, remote: Cli, served: Sandbox, contacts: Write, tmp_path: Path
) -> None:
    """With another key nothing is sent."""
    journal = str(tmp_path / "a.journal")
    assert remote("import", contacts(3), "--journal", journal).status == 0
    before = served.received
    argv = ("--base-url", served.url, "--api-key-stdin", "resume", journal)
    ended = cli(*argv, stdin="another-key\n")
    assert ended.status == 2
    assert "another account" in ended.err
    assert served.received == before


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_a_journal_that_is_not_there_is_told(remote: Cli, tmp_path: Path, command: str) -> None:
    """It ends with 2 and makes none."""
    ended = remote(command, str(tmp_path / "none.journal"))
    assert ended.status == 2
    assert "there is no journal" in ended.err
    assert not (tmp_path / "none.journal").exists()


def test_retry_takes_only_what_failed(remote: Cli, served: Sandbox, contacts: Write) -> None:
    """Rows that were refused are tried again as they stand, and no other."""
    served.account.add_contact("person1@example.org")
    ended = remote("import", contacts(5), "--on-existing", "fail")
    assert ended.status == 3
    assert "4 created, 1 rejected" in ended.out
    assert remote("contacts", "delete", "1001").status == 0
    before = served.received
    ended = remote(*told_command(ended, "retry"))
    assert ended.status == 0
    assert "5 rows, 4 of them before this run" in ended.out
    assert served.received - before == 1
    assert len(served.account.contacts) == 5


def test_a_changed_file_is_refused_with_the_old_journal(
    remote: Cli, contacts: Write, tmp_path: Path
) -> None:
    """What was begun with other bytes is not gone on with."""
    journal = str(tmp_path / "a.journal")
    assert remote("import", contacts(3), "--journal", journal).status == 0
    ended = remote("import", contacts(4), "--journal", journal)
    assert ended.status == 2
    assert "the file has changed" in ended.err
    assert "--map" not in ended.err


# Results


def test_results_hold_every_row(remote: Cli, contacts: Write, tmp_path: Path) -> None:
    """In the order of the file, with what to do about those that failed."""
    results = tmp_path / "results.csv"
    ended = remote("import", contacts(3, extra="nobody,x\n"), "--results", str(results))
    assert ended.status == 3
    assert [row["status"] for row in rows_of(results)] == ["created"] * 3 + ["rejected"]
    assert rows_of(results)[3]["advice"]
    assert f"results of 4 rows are in {results}" in ended.err


def test_results_are_written_where_the_job_ends_early(
    remote: Cli, served: Sandbox, contacts: Write, tmp_path: Path
) -> None:
    """Rows that were not begun are in them too."""
    results = tmp_path / "results.csv"
    interrupt(remote, served, contacts(100, header=TAGGED), "--results", str(results))
    states = {row["status"] for row in rows_of(results)}
    assert {"created", "planned"} <= states
    assert len(rows_of(results)) == 100


def test_results_can_be_had_later(remote: Cli, cli: Cli, contacts: Write, tmp_path: Path) -> None:
    """The journal is enough: no key, no request."""
    remote("import", contacts(3))
    [journal] = journals()
    results = tmp_path / "results.csv"
    ended = cli("jobs", "results", str(journal), str(results))
    assert ended.status == 0
    assert len(rows_of(results)) == 3


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ("contacts.csv", "that is what is read"),
        ("a.journal", "that is what is read"),
        (".", "that is a folder"),
        ("none/results.csv", "a folder that does not exist"),
    ],
)
def test_results_that_cannot_be_written_are_told_before(
    remote: Cli, served: Sandbox, contacts: Write, tmp_path: Path, results: str, said: str
) -> None:
    """It ends with 2 before anything is sent, and nothing is overwritten."""
    journal = tmp_path / "a.journal"
    journal.touch()
    place = str(tmp_path / results)
    argv = ("import", contacts(3), "--journal", str(journal), "--results", place)
    ended = remote(*argv)
    assert ended.status == 2
    assert said in ended.err
    assert served.received == 0


def test_results_that_fail_at_the_end_are_told(
    remote: Cli, contacts: Write, tmp_path: Path
) -> None:
    """The job is done; the status and the message say that its results are missing."""
    part = tmp_path / "results.csv.part"
    part.mkdir()
    ended = remote("import", contacts(3), "--results", str(tmp_path / "results.csv"))
    assert ended.status == 5
    assert "3 created" in ended.out
    assert "the results can't be written" in ended.err
    assert "systeme jobs results" in ended.err


# Listing and purging


def test_jobs_are_listed_with_state_and_progress(
    remote: Cli, cli: Cli, served: Sandbox, contacts: Write
) -> None:
    """Finished and unfinished ones, the rows that have ended and those that failed."""
    remote("import", contacts(3, extra="nobody,x\n"))
    interrupt(remote, served, contacts(100, header=TAGGED))
    ended = cli("jobs")
    headings, *lines = ended.out.splitlines()
    assert ended.status == 0
    assert headings.split() == ["state", "done", "failed", "begun", "file", "journal"]
    assert sorted(line.split()[0] for line in lines) == ["finished", "unfinished"]
    told = [json.loads(line) for line in cli("--json", "jobs").out.splitlines()]
    [finished] = [one for one in told if one["state"] == "finished"]
    assert (finished["done"], finished["total"], finished["failed"]) == (4, 4, 1)
    assert finished["file"].endswith("contacts.csv")
    [unfinished] = [one for one in told if one["state"] == "unfinished"]
    assert unfinished["done"] == len(served.account.contacts)


def test_no_jobs_are_no_mistake(cli: Cli) -> None:
    """Where there is none, nothing is listed and no folder is made."""
    ended = cli("jobs")
    assert (ended.status, ended.out) == (0, "")
    assert "no journals" in ended.err
    assert not state_folder().exists()


def test_jobs_in_other_places_are_named(
    cli: Cli, remote: Cli, contacts: Write, tmp_path: Path
) -> None:
    """A journal is named by its path, several by their folder; what is none says so."""
    journal = tmp_path / "a.journal"
    remote("import", contacts(3), "--journal", str(journal))
    other = tmp_path / "other.txt"
    other.write_text("no journal at all")
    ended = cli("--json", "jobs", str(tmp_path), str(other), str(tmp_path / "none"))
    states = [json.loads(line)["state"] for line in ended.out.splitlines()]
    assert states == ["finished", "unreadable", "unreadable"]
    assert other.read_text() == "no journal at all"


def test_purging_takes_out_what_is_personal(remote: Cli, cli: Cli, contacts: Write) -> None:
    """Addresses and cells are gone from the file, how the rows ended is not."""
    remote("import", contacts(3))
    [journal] = journals()
    assert b"person1@example.org" in journal.read_bytes()
    assert cli("jobs", "purge", str(journal)).status == 0
    assert b"person1@example.org" not in journal.read_bytes()
    told = json.loads(cli("--json", "jobs").out)
    assert (told["purged"], told["done"], told["total"]) == (True, 3, 3)
    assert cli("jobs").out.splitlines()[1].startswith("purged ")


def test_purging_what_is_not_there_purges_nothing(
    remote: Cli, cli: Cli, contacts: Write, tmp_path: Path
) -> None:
    """One wrong path among several ends with 2 before the others are touched."""
    remote("import", contacts(3))
    [journal] = journals()
    ended = cli("jobs", "purge", str(journal), str(tmp_path / "none"))
    assert ended.status == 2
    assert b"person1@example.org" in journal.read_bytes()


def personal(*paths: Path) -> list[bool]:
    """Tell of each journal whether an address is in it."""
    return [b"@example.org" in path.read_bytes() for path in paths]


def test_all_that_is_finished_can_be_purged_at_once(
    remote: Cli, cli: Cli, served: Sandbox, contacts: Write
) -> None:
    """Without a name it is every journal of this program's own whose job is over, and no other."""
    remote("import", contacts(3))
    remote("import", contacts(4, extra="nobody,x\n"))
    finished = journals()
    interrupt(remote, served, contacts(100, header=TAGGED))
    [unfinished] = set(journals()) - set(finished)
    ended = cli("jobs", "purge", "--finished")
    assert ended.status == 0
    assert ended.err.splitlines()[-1] == "systeme: purged 2 journals"
    assert all(f"purged {path}\n" in ended.err for path in finished)
    assert personal(*finished, unfinished) == [False, False, True]
    assert remote("resume", str(unfinished)).status == 0


def test_nothing_to_purge_is_no_mistake(remote: Cli, cli: Cli, contacts: Write) -> None:
    """Neither without a journal, nor where all are purged."""
    assert cli("jobs", "purge", "--finished").err == "systeme: nothing to purge\n"
    assert not state_folder().exists()
    remote("import", contacts(3))
    assert cli("jobs", "purge", "--finished").err.endswith("systeme: purged 1 journal\n")
    ended = cli("jobs", "purge", "--finished")
    assert (ended.status, ended.err) == (0, "systeme: nothing to purge\n")


def test_what_is_finished_is_purged_where_it_lies(
    remote: Cli, cli: Cli, contacts: Write, tmp_path: Path
) -> None:
    """Folders and journals that are named take the place of this program's own folder."""
    lists = tmp_path / "lists"
    lists.mkdir()
    named = [lists / "a.journal", tmp_path / "b.journal", tmp_path / "c.journal"]
    for path in named:
        remote("import", contacts(3), "--journal", str(path))
    remote("import", contacts(3))
    ended = cli("jobs", "purge", "--finished", str(lists), str(named[1]))
    assert ended.status == 0
    assert personal(*named, *journals()) == [False, False, True, True]


def test_what_somebody_works_on_is_not_purged(
    remote: Cli, cli: Cli, contacts: Write, tmp_path: Path
) -> None:
    """A journal that is open belongs to its process, which the listing names; others are purged."""
    taken, free = tmp_path / "a.journal", tmp_path / "b.journal"
    for path in (taken, free):
        remote("import", contacts(3), "--journal", str(path))
    lock = Lock(taken)
    ended = cli("jobs", "purge", "--finished", str(tmp_path))
    told = json.loads(cli("--json", "jobs", str(taken)).out)
    lock.release()
    assert ended.status == 0
    assert personal(taken, free) == [True, False]
    assert (told["state"], told["pid"]) == ("running", os.getpid())


def test_what_can_not_be_looked_into_is_told(
    remote: Cli, cli: Cli, contacts: Write, tmp_path: Path
) -> None:
    """Nobody knows what is in it, so it ends with 2; the others are purged."""
    broken, journal = tmp_path / "a.journal", tmp_path / "b.journal"
    broken.write_bytes(b"no journal at all")
    remote("import", contacts(3), "--journal", str(journal))
    ended = cli("jobs", "purge", "--finished", str(tmp_path))
    assert ended.status == 2
    assert f"not purged: '{broken}' is no journal" in ended.err
    assert personal(journal) == [False]
    assert broken.read_bytes() == b"no journal at all"


@pytest.mark.parametrize("argv", [(), ("--finished", "none")])
def test_what_is_to_be_purged_has_to_be_said(
    remote: Cli, cli: Cli, contacts: Write, argv: tuple[str, ...]
) -> None:
    """No journal without --finished, or one that is not there, ends with 2 and purges nothing."""
    remote("import", contacts(3))
    ended = cli("jobs", "purge", *argv)
    assert ended.status == 2
    assert "--finished" in ended.err or "there is no journal 'none'" in ended.err
    assert personal(*journals()) == [True]


@pytest.mark.parametrize("argv", [("jobs",), ("jobs", "purge", "x"), ("jobs", "results", "x", "y")])
def test_journals_need_no_account(cli: Cli, argv: tuple[str, ...]) -> None:
    """Options about an account are refused rather than ignored."""
    ended = cli("--sandbox", *argv)
    assert ended.status == 2
    assert "needs no account" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_a_state_folder_that_others_may_read_is_closed() -> None:
    """Whatever its mode was, only the owner can look into it from then on."""
    state_folder().mkdir(parents=True, mode=0o755)
    assert stat.S_IMODE(make_state_folder().stat().st_mode) == 0o700

"""`systeme import`: every way in which it ends, and what it says then."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from systeme_async import ConfigurationError
from systeme_async.bulk import Outcome, Status
from systeme_async.cli.lists import columns_of
from systeme_async.cli.summary import MOST_KEPT, Failures

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async.testing import Sandbox

    from .runs import Cli, Write


def test_all_done_is_0(cli: Cli, contacts: Write) -> None:
    """A sandbox takes all rows: counts, requests and the account's time are told."""
    ended = cli("--sandbox", "import", contacts(100), "--tag", "Spring 2026")
    assert ended.status == 0
    assert re.search(r"^100 rows in 3 min 0\d s: 100 created$", ended.out, re.MULTILINE)
    assert re.search(r"^\d+ requests \(.* a minute\), never told", ended.out, re.MULTILINE)
    assert "columns: Email → email, First name → first_name\n" in ended.err
    assert "waiting for quota until" in ended.err
    assert "of quota passed in" in ended.err
    assert "the sandbox's clock is virtual" in ended.err


def test_plain_lines_have_no_control_characters(cli: Cli, contacts: Write) -> None:
    """Where standard error is no terminal, it gets plain lines, and few of them."""
    ended = cli("--sandbox", "import", contacts(100), "--tag", "Spring 2026")
    assert all(line.isprintable() for line in (ended.out + ended.err).splitlines())
    assert len(ended.err.splitlines()) < 20


def test_rejected_rows_end_with_3(cli: Cli, contacts: Write) -> None:
    """Rejected rows are told with number and reason, the first ten of them."""
    ended = cli("--sandbox", "import", contacts(5, extra="nobody,x\n" * 12))
    assert ended.status == 3
    assert "5 created, 12 rejected" in ended.out
    assert "row 6 rejected: 'nobody' can't be sent as email" in ended.out
    assert ended.out.count(" rejected: ") == 10
    assert "and 2 more rows; --json lists them" in ended.out


def test_cells_do_not_steer_the_terminal(cli: Cli, contacts: Write) -> None:
    """Control characters of a file are spelled out in what is printed."""
    ended = cli("--sandbox", "import", contacts(1, extra="\x1b[2Jnobody@,x"))
    assert ended.status == 3
    assert "\x1b" not in ended.out + ended.err
    assert "[2Jnobody@" in ended.out


def test_json_is_one_object(cli: Cli, contacts: Write) -> None:
    """--json puts the counts and all failed rows into one object, and nothing else beside it."""
    ended = cli("--json", "--sandbox", "import", contacts(5, extra="nobody,x\n" * 12))
    told = json.loads(ended.out)
    assert ended.status == 3
    assert (told["rows"], told["created"], told["rejected"]) == (17, 5, 12)
    assert told["errors_total"] == len(told["errors"]) == 12
    assert told["errors"][0]["status"] == "rejected"
    assert set(told["errors"][0]) == {"row", "email", "status", "error"}
    assert told["ended_by"] is None
    assert told["throttled"] == 0


def test_shared_options_may_stand_behind_the_command(cli: Cli, contacts: Write) -> None:
    """--sandbox and --json mean the same behind the command."""
    ended = cli("import", contacts(3), "--json", "--sandbox", "--quota", "none")
    assert ended.status == 0
    assert json.loads(ended.out)["created"] == 3


def test_failures_are_kept_within_bounds() -> None:
    """Of a million bad rows the first thousand are kept, and all are counted."""
    failures = Failures()
    error = ConfigurationError("no")
    for row in range(1, MOST_KEPT + 501):
        failures.take(Outcome(row, Status.REJECTED, error=error))
    failures.take(Outcome(9999, Status.CREATED))
    assert len(failures.first) == MOST_KEPT
    assert failures.total == MOST_KEPT + 500


def test_a_column_that_matches_nothing_is_told_with_the_way_out(cli: Cli, contacts: Write) -> None:
    """A column left over ends with 2 before anything is written, and --map is offered."""
    ended = cli("--sandbox", "import", contacts(3, header="Email,First name,Shoe size"))
    assert ended.status == 2
    assert "'Shoe size'" in ended.err
    assert "--map HEADER= to leave a column out" in ended.err
    assert ended.out == ""


def test_map_leaves_a_column_out(cli: Cli, contacts: Write) -> None:
    """--map HEADER= leaves it out, and the line about the columns says so."""
    file = contacts(3, header="Email,First name,Shoe size")
    ended = cli("--sandbox", "import", file, "--map", "Shoe size=")
    assert ended.status == 0
    assert "Shoe size → left out" in ended.err


def test_map_puts_a_column_into_a_field(remote: Cli, served: Sandbox, contacts: Write) -> None:
    """--map HEADER=SLUG goes before any guess."""
    file = contacts(1, header="Email,Called")
    ended = remote("import", file, "--map", "Called=surname", "--tag", "a", "--tag", "b")
    assert ended.status == 0
    contact = served.account.contact_by_email("person1@example.org")
    assert contact is not None
    assert contact.fields == {"surname": "Person 1"}
    assert sorted(tag.name for tag in served.account.tags.values()) == ["a", "b"]
    assert len(contact.tags) == 2


def test_a_file_is_read_as_told(remote: Cli, served: Sandbox, tmp_path: Path) -> None:
    """--encoding and --delimiter go before any guess, and --map "*=" leaves out the rest."""
    path = tmp_path / "mac.csv"
    path.write_bytes("Email\tFirst name\tHat\na@example.org\tJané\t7\n".encode("mac-roman"))
    ended = remote(
        "import", str(path), "--encoding", "mac-roman", "--delimiter", "tab", "--map", "*="
    )
    assert ended.status == 0
    assert "Hat → left out" in ended.err
    contact = served.account.contact_by_email("a@example.org")
    assert contact is not None
    assert contact.fields == {"first_name": "Jané"}


def test_mappings_are_read_from_the_right() -> None:
    """A header may hold an equals sign; a slug never does."""
    assert columns_of(["a=b=c", " X = y ", "Z="]) == {"a=b": "c", "X": "y", "Z": None}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "No such file"),
        ("notes.docx", b"x", "neither .csv nor .jsonl"),
        ("empty.csv", b"", "is empty"),
        ("mac.csv", b"Email\nm\x9fller@example.org\n", "--encoding"),
        ("twins.csv", b"Email,E-mail\na@example.org,b@example.org\n", "both mean email"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2(
    cli: Cli, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    """A bad file ends with 2 and one line about it."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ended = cli("--sandbox", "import", str(path))
    assert ended.status == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("choice", "status", "told"),
    [("update", 0, "1 updated"), ("skip", 0, "1 unchanged"), ("fail", 3, "1 rejected")],
)
def test_what_exists_is_treated_as_told(
    remote: Cli, served: Sandbox, contacts: Write, choice: str, status: int, told: str
) -> None:
    """--on-existing decides about an address that the account has."""
    served.account.add_contact("person1@example.org")
    ended = remote("import", contacts(1), "--on-existing", choice)
    assert ended.status == status
    assert told in ended.out


def test_a_wrong_key_ends_with_4(cli: Cli, served: Sandbox, contacts: Write) -> None:
    """A key that the server does not know ends with 4, says so, and does not repeat it."""
    argv = ("--base-url", served.url, "--api-key-stdin", "import", contacts(3))
    ended = cli(*argv, stdin="other-key-that-must-not-be-seen\n")
    assert ended.status == 4
    assert "401" in ended.err
    assert "key-that-must-not" not in ended.err
    assert ended.out == ""


def test_a_key_that_is_taken_away_ends_with_4_and_the_counts(
    remote: Cli, served: Sandbox, contacts: Write
) -> None:
    """What was done before the end is told nevertheless."""
    served.inject("unauthorized", method="POST", times=1000, after=25)
    ended = remote("--json", "import", contacts(100))
    told = json.loads(ended.out)
    assert ended.status == 4
    assert 0 < told["created"] <= 25
    assert "401" in told["ended_by"]
    assert "401" in ended.err


@pytest.mark.usefixtures("virtual_clock")
def test_nothing_to_reach_ends_with_5(cli: Cli, contacts: Write, unused_tcp_port: int) -> None:
    """Where nobody listens the job is patient, says so, and ends with 5."""
    url = f"http://127.0.0.1:{unused_tcp_port}"
    ended = cli("--base-url", url, "--api-key-stdin", "import", contacts(3), stdin="a-key\n")
    assert ended.status == 5
    assert "the job pauses" in ended.err
    assert "never left" in ended.err


def test_unknown_outcomes_end_with_6(remote: Cli, served: Sandbox, contacts: Write) -> None:
    """A row whose fate nobody knows ends with 6 and the command that finds out."""
    served.inject("html", method="POST", path="/api/contacts", after=1, times=10)
    ended = remote("import", contacts(3))
    assert ended.status == 6
    assert "1 created, 2 unknown" in ended.out
    assert "To find out: systeme " in ended.err


def test_what_was_read_is_told_before_it_begins(cli: Cli, tmp_path: Path) -> None:
    """What was guessed of the file, and what looks wrong in it, stands above the first row."""
    path = tmp_path / "old.csv"
    path.write_bytes("Email;City\na@example.org;Düren\n".encode("cp1252"))
    ended = cli("--sandbox", "import", str(path))
    assert "read as CSV, cp1252 (guessed), semicolons\n" in ended.err
    path.write_text("Email,City\na@example.org,DÃ¼ren\nb@example.org,Köln\nc@example.org,Ärø\n")
    ended = cli("--sandbox", "import", str(path))
    assert "note: 1 line was perhaps decoded wrongly before" in ended.err


# A dry run


def test_a_dry_run_shows_the_plan_and_writes_nothing(
    remote: Cli, served: Sandbox, contacts: Write
) -> None:
    """Rows, changes, tags, requests, and what comparing has cost."""
    served.account.add_contact("person1@example.org", {"first_name": "Jane"})
    served.account.add_contact("person2@example.org", {"first_name": "Person 2"})
    before = list(served.account.effects)
    ended = remote("import", contacts(4), "--tag", "Spring", "--dry-run")
    assert ended.status == 0
    assert "4 rows: 2 to create, 1 to update, 1 unchanged\n" in ended.out
    assert "tags to add: 4; tags to create: Spring\n" in ended.out
    assert "8 requests to send, as fast as the account takes them" in ended.out
    assert "row 1 (contact 1001): first_name 'Jane' → 'Person 1'\n" in ended.out
    assert re.search(r"^compared: .+\n\d+ requests? spent on this plan", ended.out, re.MULTILINE)
    assert served.account.effects == before
    assert all(request.method == "GET" for request in served.requests)


def test_a_dry_run_tells_the_minutes_at_the_quota(cli: Cli, contacts: Write) -> None:
    """What is left of the quota goes first, the rest takes its time."""
    ended = cli("--sandbox", "import", contacts(150), "--dry-run")
    assert re.search(
        r"^150 requests to send, about 1 min 3\d s at 60 a minute$", ended.out, re.MULTILINE
    )


def test_a_dry_run_ends_as_the_import_would(cli: Cli, contacts: Write) -> None:
    """Rows that are going to be rejected end it with 3, each with its reason."""
    ended = cli("--sandbox", "import", contacts(2, extra="nobody,x\n" * 12), "--dry-run")
    assert ended.status == 3
    assert "2 to create, 12 to be rejected" in ended.out
    assert "  row 3: 'nobody' can't be sent as email" in ended.out
    assert "  and 2 more rows\n" in ended.out


def test_a_dry_run_has_an_object(cli: Cli, contacts: Write) -> None:
    """--json has the plan's own names."""
    extra = "nobody,x\nperson1@example.org,Jane\n"
    ended = cli("--json", "--sandbox", "import", contacts(2, extra=extra), "--dry-run")
    told = json.loads(ended.out)
    assert ended.status == 3
    assert (told["rows"], told["creates"], told["rejects"], told["doubles"]) == (4, 2, 1, 1)
    assert told["first_rejects"][0]["row"] == 3
    assert told["first_doubles"] == [{"row": 4, "after": 1}]
    # The second row of an address has another name.
    [change] = told["first_changes"]
    assert (change["row"], change["contact_id"]) == (4, None)
    assert (told["requests"], told["limit"]) == (3, 60)


def test_a_dry_run_tells_what_a_second_row_changes(cli: Cli, contacts: Write) -> None:
    """Its contact is not there yet and has no id to be shown."""
    ended = cli("--sandbox", "import", contacts(2, extra="person1@example.org,Jane\n"), "--dry-run")
    assert "row 3 (a new contact): first_name 'Person 1' → 'Jane'\n" in ended.out


def test_a_dry_run_has_no_results(cli: Cli, contacts: Write, tmp_path: Path) -> None:
    """Asking for both is refused."""
    results = str(tmp_path / "results.csv")
    ended = cli("--sandbox", "import", contacts(2), "--dry-run", "--results", results)
    assert ended.status == 2
    assert "there are none with --dry-run" in ended.err


def test_a_dry_run_tells_how_to_map(cli: Cli, contacts: Write) -> None:
    """A column that matches nothing ends it as it ends an import."""
    ended = cli("--sandbox", "import", contacts(2, header="Email,Shoe size"), "--dry-run")
    assert ended.status == 2
    assert "--map HEADER= to leave a column out" in ended.err


# Verifying


def test_verify_ends_with_0_only_if_all_agrees(
    remote: Cli, served: Sandbox, contacts: Write
) -> None:
    """After the import it does; with another tag, or a contact that was changed, it does not."""
    argv = (contacts(12), "--tag", "Spring")
    assert remote("import", *argv).status == 0
    before = list(served.account.effects)
    ended = remote("verify", *argv)
    assert (ended.status, ended.out) == (0, "12 rows: the file and the account agree\n")
    ended = remote("verify", contacts(12), "--tag", "Autumn")
    assert ended.status == 3
    assert "12 rows: the file and the account differ in 12\n" in ended.out
    assert (
        "without a tag, 12 rows:\n  row 1 person1@example.org (contact 1001): Autumn" in ended.out
    )
    assert "  and 2 more rows\n" in ended.out
    assert served.account.effects == before


def test_verify_lists_all_differences_as_json(cli: Cli, contacts: Write) -> None:
    """An empty account lacks every row, and the object says so of each."""
    ended = cli("--json", "--sandbox", "verify", contacts(12, extra="nobody,x\n"))
    told = json.loads(ended.out)
    assert ended.status == 3
    assert [one["row"] for one in told["differences"]] == list(range(1, 14))
    assert (told["rows"], told["differing"], told["agree"]) == (13, 13, False)
    assert (told["missing"], told["changed"], told["untagged"], told["rejected"]) == (12, 0, 0, 1)


def test_an_account_that_agrees_has_an_object_too(remote: Cli, contacts: Write) -> None:
    """Without a difference the object is whole as well."""
    remote("import", contacts(2))
    told = json.loads(remote("--json", "verify", contacts(2)).out)
    assert (told["agree"], told["differences"]) == (True, [])

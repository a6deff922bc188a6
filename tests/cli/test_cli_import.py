"""`systeme import`: every way in which it ends, and what it says then."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from systeme_async import ConfigurationError
from systeme_async.bulk import Outcome, Status
from systeme_async.cli.importing import columns_of
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
    """A row whose fate nobody knows ends with 6 and the advice to import again."""
    served.inject("html", method="POST", path="/api/contacts", after=1, times=10)
    ended = remote("import", contacts(3))
    assert ended.status == 6
    assert "1 created, 2 unknown" in ended.out
    assert "Import the same file again" in ended.err
    assert remote("import", contacts(3)).status == 0

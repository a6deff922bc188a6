"""Results: every row as it stood, what became of it, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import inspect
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire.pair import client

from systeme_async import ConfigurationError, errors
from systeme_async.bulk.advice import BY_ERROR, OTHERWISE, advice
from systeme_async.bulk.defusing import (
    COLUMNS,
    defuse,
    restore,
    result_columns,
    result_places,
)
from systeme_async.bulk.journal import Journal
from systeme_async.bulk.lifecycle import State
from systeme_async.bulk.results import write_results
from systeme_async.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async import Systeme
    from systeme_async.bulk import Job

SIGNS = "=+-@\t\r"
TRICKY = st.text(st.sampled_from("=+-@'\"\t\r\n,; ax\uff1d"), max_size=12)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Name a journal that does not exist yet."""
    return tmp_path / "spring.journal"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Name a file of results that does not exist yet."""
    return tmp_path / "results.csv"


def write(path: Path, text: str) -> Path:
    """Write a file as it is given, line ends included."""
    path.write_bytes(text.encode())
    return path


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """Read results by their header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def content(path: Path) -> bytes:
    """Read a file as it is."""
    return path.read_bytes()


def left_in(folder: Path) -> list[str]:
    """Name the files of a folder."""
    return sorted(path.name for path in folder.iterdir())


# Defusing


@given(st.text() | TRICKY)
def test_what_is_defused_can_be_restored(text: str) -> None:
    """Restoring brings back every text to the letter."""
    assert text == restore(defuse(text))


@given(st.sampled_from(SIGNS), st.text() | TRICKY)
def test_a_formula_gets_an_apostrophe(sign: str, rest: str) -> None:
    """A cell that begins with one of the signs does so no more."""
    assert defuse(sign + rest)[:2] == "'" + sign


@given(TRICKY, st.sampled_from(",;\t\r\n"), st.sampled_from("=+-@"))
def test_a_cell_that_is_cut_is_no_formula(text: str, cut: str, sign: str) -> None:
    """Nor is what another delimiter makes of the rest of a cell."""
    assert cut + sign not in defuse(text + cut + sign)


@pytest.mark.parametrize(
    ("text", "defused"),
    [
        ("", ""),
        ("Jane", "Jane"),
        ("a+b=c", "a+b=c"),
        ("O'Neill; 'n' -1", "O'Neill; 'n' -1"),
        ("'n", "''n"),
        ('="0049"', '\'="0049"'),
        (" =1", "' =1"),
        ('"=1', "'\"=1"),
        ("x;=1", "x;'=1"),
        ("\uff1d1", "'\uff1d1"),
    ],
)
def test_only_what_has_to_be_is_changed(text: str, defused: str) -> None:
    """Names and sentences stay as they are."""
    assert defused == defuse(text)


def test_our_columns_never_share_a_name_with_the_file() -> None:
    """Where the file has one of the names, all of ours get a number, and are found all the same."""
    heading = ["email", "status", "row_2"]
    assert [f"{name}_3" for name in COLUMNS] == result_columns(heading)
    assert frozenset(range(3, 8)) == result_places([*heading, *result_columns(heading)])


@pytest.mark.parametrize("missing", COLUMNS)
def test_a_file_without_one_of_our_columns_is_no_results(missing: str) -> None:
    """Its apostrophes are its own."""
    heading = ["email", *(name for name in COLUMNS if name != missing)]
    assert frozenset() == result_places(heading)


# Advice


ROW_ERRORS = [
    name
    for name, value in vars(errors).items()
    if inspect.isclass(value)
    and issubclass(value, errors.SystemeError)
    and not issubclass(value, errors.WebhookVerificationError)
    and name not in {"SystemeError", "APIError", "ClientStateError", "JournalInUseError"}
]


@pytest.mark.parametrize("kind", ROW_ERRORS)
def test_every_error_comes_with_advice(kind: str) -> None:
    """A row's error, whatever its kind, says what to do."""
    assert BY_ERROR[kind] == advice(State.REJECTED, kind)


def test_the_table_of_advice_names_errors_that_exist() -> None:
    """A class that is renamed takes its advice along."""
    assert set() == set(BY_ERROR) - vars(errors).keys()
    assert OTHERWISE == advice(State.REJECTED, None)
    assert advice(State.DONE, None) == ""


# Writing


async def run_and_write(
    rows: Any, journal: Path, results: Path, **options: Any
) -> tuple[Sandbox, int]:
    """Import rows into an empty account, and write the results."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(rows, journal=journal, **options).run()
    return sandbox, await write_results(journal, results)


@pytest.mark.anyio
async def test_every_row_is_in_order_with_all_it_had(
    tmp_path: Path, journal: Path, results: Path
) -> None:
    """The columns of the file come first, then ours; done rows name their contact."""
    file = write(
        tmp_path / "people.csv",
        "E-Mail,Notes, First name \njane@example.com,x,Jane\nnobody,,\njoe@example.com,y,\n",
    )
    sandbox, count = await run_and_write(file, journal, results, columns={"Notes": None})
    first, second, third = read(results)
    assert count == 3
    assert [*first] == ["E-Mail", "Notes", " First name ", *COLUMNS]
    by_email = {contact.email: str(key) for key, contact in sandbox.account.contacts.items()}
    assert first == {
        "E-Mail": "jane@example.com",
        "Notes": "x",
        " First name ": "Jane",
        "row": "1",
        "status": "created",
        "contact_id": by_email["jane@example.com"],
        "error": "",
        "advice": "",
    }
    assert (second["row"], second["status"], second["contact_id"]) == ("2", "rejected", "")
    assert "can't be sent as email" in second["error"]
    assert second["advice"] == BY_ERROR["ConfigurationError"]
    assert (third["row"], third["contact_id"]) == ("3", by_email["joe@example.com"])


@pytest.mark.anyio
async def test_a_row_may_have_more_cells_than_the_header(
    tmp_path: Path, journal: Path, results: Path
) -> None:
    """They stand in columns without a name, before ours; blank ones behind a row do not count."""
    file = write(
        tmp_path / "people.csv", "email,city\na@example.com,Nice,,,\nb@example.com,x,y,z\n"
    )
    await run_and_write(file, journal, results)
    with results.open(encoding="utf-8-sig", newline="") as opened:
        heading, first, second = csv.reader(opened)
    assert heading == ["email", "city", "", "", *COLUMNS]
    assert first[:5] == ["a@example.com", "Nice", "", "", "1"]
    assert second[:5] == ["b@example.com", "x", "y", "z", "2"]


@pytest.mark.anyio
async def test_semicolons_go_back_as_semicolons(
    tmp_path: Path, journal: Path, results: Path
) -> None:
    """The file's own delimiter is the one that its owner's spreadsheet reads."""
    file = write(tmp_path / "people.csv", "email;city\na@example.com;Nice, France\n")
    await run_and_write(file, journal, results)
    assert read(results, ";")[0]["city"] == "Nice, France"


@pytest.mark.anyio
async def test_excel_knows_the_encoding(tmp_path: Path, journal: Path, results: Path) -> None:
    """The file begins with the mark of UTF-8."""
    file = write(tmp_path / "people.csv", "email,first_name\na@example.com,Zoë\n")
    await run_and_write(file, journal, results)
    assert content(results).startswith(b"\xef\xbb\xbf")
    assert read(results)[0]["first_name"] == "Zoë"


@pytest.mark.anyio
async def test_rows_from_elsewhere_have_their_names_as_columns(
    journal: Path, results: Path
) -> None:
    """In the order in which they came up; tags are one text again, as an import reads it."""
    rows = [
        {"email": "a@example.com", "tags": ["VIP", "new"]},
        {"city": "Nice", "email": "b@example.com", "tags": ["one, two", 'a "b"']},
    ]
    sandbox, _ = await run_and_write(rows, journal, results)
    first, second = read(results)
    assert [*first] == ["email", "tags", "city", *COLUMNS]
    assert (first["tags"], first["city"]) == ("VIP; new", "")
    before = {contact.email: contact.tags for contact in sandbox.account.contacts.values()}
    async with Sandbox(account=sandbox.account) as again, client(again) as systeme:
        report = await systeme.bulk.import_contacts(results).run()
    assert (report.unchanged, report.rows) == (2, 2)
    assert before == {one.email: one.tags for one in sandbox.account.contacts.values()}
    assert second["row"] == "2"


async def stop_after(job: Job, rows: int) -> None:
    """Run a job until some rows have ended."""
    async with job:
        async for _ in job:
            rows -= 1
            if not rows:
                job.stop()


@pytest.mark.anyio
async def test_an_interrupted_job_has_results_too(journal: Path, results: Path) -> None:
    """What was not begun says so, and how to go on."""
    rows = [{"email": f"p{number}@example.com"} for number in range(200)]
    async with Sandbox() as sandbox, client(sandbox, concurrency=1) as systeme:
        await stop_after(systeme.bulk.import_contacts(rows, journal=journal), 5)
    assert await write_results(journal, results) == 200
    told = read(results)
    assert [row["row"] for row in told] == [str(number) for number in range(1, 201)]
    assert told[0]["status"] == "created"
    assert told[-1]["status"] == "planned"
    assert told[-1]["advice"] == advice(State.PLANNED, None)


@pytest.mark.anyio
async def test_unknown_rows_say_how_to_find_out(journal: Path, results: Path) -> None:
    """A row of which nobody knows the end is told as that."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("html", method="POST", path="/api/contacts", times=10)
        await systeme.bulk.import_contacts([{"email": "a@example.com"}], journal=journal).run()
    await write_results(journal, results)
    [row] = read(results)
    assert row["status"] == "unknown"
    assert row["advice"] == advice(State.UNKNOWN, None)
    assert "systeme resume" in row["advice"]


@pytest.mark.anyio
async def test_a_purged_journal_tells_what_is_left(
    tmp_path: Path, journal: Path, results: Path
) -> None:
    """The columns are there, and nothing personal in them."""
    file = write(tmp_path / "people.csv", "email,city\na@example.com,Nice\n")
    await run_and_write(file, journal, results)
    opened = await Journal.open(journal)
    await opened.purge()
    await write_results(opened, results)
    await opened.aclose()
    [row] = read(results)
    assert (row["email"], row["city"], row["status"]) == ("", "", "created")
    assert b"example" not in content(results)


@pytest.mark.anyio
async def test_results_go_into_an_open_file_as_well(journal: Path, results: Path) -> None:
    """Whoever opened it closes it."""
    await run_and_write([{"email": "a@example.com"}], journal, results)
    text = io.StringIO(newline="")
    assert await write_results(journal, text, delimiter="\t") == 1
    assert text.getvalue().startswith('"email"\t"row"\t')


@pytest.mark.anyio
async def test_nothing_half_written_is_left(
    journal: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where writing fails, the results of before are still there, and nothing beside them."""
    await run_and_write([{"email": "a@example.com"}], journal, results)
    before = content(results)

    def fail(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("systeme_async.bulk.results.advice", fail)
    with pytest.raises(OSError, match="No space left"):
        await write_results(journal, results)
    assert content(results) == before
    assert [journal.name, results.name] == sorted(left_in(results.parent), reverse=True)


@pytest.fixture
def link(tmp_path: Path) -> Path:
    """Make a link to a file that does not exist yet."""
    path = tmp_path / "link.csv"
    path.symlink_to(tmp_path / "elsewhere.csv")
    return path


@pytest.mark.anyio
async def test_a_link_stays_a_link(tmp_path: Path, journal: Path, link: Path) -> None:
    """The file that it leads to is replaced, not the link."""
    await run_and_write([{"email": "a@example.com"}], journal, link)
    assert left_in(tmp_path) == ["elsewhere.csv", "link.csv", journal.name]
    assert read(tmp_path / "elsewhere.csv")[0]["status"] == "created"
    assert content(link) == content(tmp_path / "elsewhere.csv")


@pytest.mark.anyio
async def test_a_journal_that_is_not_there_is_not_made(tmp_path: Path, results: Path) -> None:
    """A wrong path is told, and leaves nothing behind."""
    with pytest.raises(ConfigurationError, match="no journal"):
        await write_results(tmp_path / "none.journal", results)
    assert left_in(tmp_path) == []


# Reading them again


async def import_again(systeme: Systeme, file: Path) -> tuple[int, int]:
    """Import a file, and return how many rows were created and rejected."""
    report = await systeme.bulk.import_contacts(file).run()
    return report.created, report.rejected


@pytest.mark.anyio
@pytest.mark.parametrize("delimiter", [",", ";"])
async def test_results_that_were_corrected_are_imported(
    tmp_path: Path, journal: Path, results: Path, delimiter: str
) -> None:
    """Our columns are left out and what was defused is restored: a number is a number again."""
    lines = [["email", "phone", "city"], ["a@example.com", "+33 1", "-"], ["b@", "'+1", "=x"]]
    text = "".join(f"{delimiter.join(line)}\n" for line in lines)
    file = write(tmp_path / "people.csv", text)
    sandbox, _ = await run_and_write(file, journal, results)
    write(results, content(results).decode().replace("b@", "b@example.com", 1))
    async with Sandbox(account=sandbox.account) as again, client(again) as systeme:
        assert await import_again(systeme, results) == (1, 0)
    fields = {one.email: one.fields for one in sandbox.account.contacts.values()}
    assert fields == {
        "a@example.com": {"phone_number": "+33 1", "city": "-"},
        "b@example.com": {"phone_number": "'+1", "city": "=x"},
    }


@pytest.mark.anyio
async def test_results_of_results_do_not_grow(tmp_path: Path, journal: Path, results: Path) -> None:
    """The second ones have the columns of the file and one set of ours."""
    file = write(tmp_path / "people.csv", "email,city,status\na@example.com,'x,\n")
    await run_and_write(file, journal, results, columns={"status": None})
    second, more = tmp_path / "second.journal", tmp_path / "more.csv"
    await run_and_write(results, second, more, columns={"status": None})
    assert [*read(more)[0]] == ["email", "city", "status", *result_columns(["status"])]
    assert content(results) == content(more)

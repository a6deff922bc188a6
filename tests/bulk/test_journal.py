"""The journal of a job: what is written, what is read back, and what is refused."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
import pytest

from systeme_async import ClientStateError, ConfigurationError
from systeme_async.bulk.journal import Entry, Header, Journal, statements, tables
from systeme_async.bulk.lifecycle import OPEN, IllegalMoveError, State
from systeme_async.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from pathlib import Path

pytestmark = pytest.mark.anyio

HEADER = Header(
    kind="import",
    source="/lists/people.csv",
    fingerprint="f" * 32,
    account="account-1",
    options={"tags": ["VIP"], "on_existing": "update"},
    heading=["E-mail", "First name"],
    began=1_795_000_000.0,
)


def entries(count: int, **changes: Any) -> list[Entry]:
    """Make rows from 1 on."""
    return [
        Entry(
            number, f"jane.{number}@example.com", {"email": f"Jane.{number}@example.com"}, **changes
        )
        for number in range(1, count + 1)
    ]


async def fill(journal: Journal, rows: Sequence[Entry]) -> Journal:
    """Begin a job of these rows."""
    await journal.begin(HEADER)
    await journal.ingest(rows)
    await journal.ingested(len(rows))
    return journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a journal."""
    return tmp_path / "spring.journal"


@pytest.fixture(params=["a file", "no file"])
async def journal(request: pytest.FixtureRequest, path: Path) -> AsyncGenerator[Journal, None]:
    """Open a journal of three rows, on disk and as a job without one has it."""
    journal = await Journal.open(path if request.param == "a file" else None)
    yield await fill(journal, entries(3))
    await journal.aclose()


async def states(journal: Journal) -> list[State]:
    """Return the states of all rows."""
    return [entry.state async for entry in journal.entries()]


async def test_a_new_journal_is_empty(path: Path) -> None:
    """It is of no job yet."""
    journal = await Journal.open(path)
    assert (None, False, 0, False) == (
        journal.header,
        journal.complete,
        journal.total,
        journal.purged,
    )
    assert {} == await journal.counts()
    assert [] == await journal.take(0, 10, tuple(State))
    await journal.aclose()


async def test_the_life_of_a_row(journal: Journal) -> None:
    """Each step is seen as soon as it is noted."""
    assert [State.PLANNED] * 3 == await states(journal)
    await journal.intend(2, b"create", None)
    assert [2] == [entry.number for entry in await journal.take(0, 10, {State.INTENT})]
    await journal.intend(2, b"tag", 1001)
    (entry,) = await journal.take(0, 10, {State.INTENT})
    assert (b"tag", 1001) == (entry.step, entry.contact_id)
    await journal.end(2, State.DONE, "created", None)
    (entry,) = await journal.take(0, 10, {State.DONE})
    assert ("created", 1001, None) == (entry.status, entry.contact_id, entry.step)


async def test_a_row_that_ends_without_a_write(journal: Journal) -> None:
    """Where nothing has to be sent, there is no intent."""
    await journal.end(1, State.DONE, "unchanged", 7)
    await journal.end(2, State.REJECTED, "rejected", None, "no such tag", "NotFoundError")
    assert [State.DONE, State.REJECTED, State.PLANNED] == await states(journal)


async def test_an_unknown_row_keeps_its_step(journal: Journal) -> None:
    """Whoever settles it has to know what was sent."""
    await journal.intend(1, b"create")
    await journal.end(1, State.UNKNOWN, "unknown", None, "no answer", "OutcomeUnknownError")
    (entry,) = await journal.take(0, 10, {State.UNKNOWN})
    assert (b"create", "no answer") == (entry.step, entry.error)
    await journal.intend(1, b"create again")
    (entry,) = await journal.take(0, 10, {State.INTENT})
    assert (b"create again", None, None) == (entry.step, entry.error, entry.status)


async def test_an_illegal_move_changes_nothing(journal: Journal) -> None:
    """It raises for who made it alone; what was noted at the same time is noted."""
    await journal.end(1, State.DONE, "created", 1)

    async def ended(number: int, state: State) -> type[Exception] | None:
        try:
            await journal.end(number, state, "other", 2)
        except IllegalMoveError as error:
            return type(error)
        return None

    results = await asyncio.gather(
        ended(1, State.REJECTED),
        ended(2, State.DONE),
        ended(3, State.UNKNOWN),
        ended(4, State.DONE),
    )
    assert [IllegalMoveError, None, IllegalMoveError, IllegalMoveError] == results
    assert [State.DONE, State.DONE, State.PLANNED] == await states(journal)
    (entry,) = await journal.take(0, 1, {State.DONE})
    assert ("created", 1) == (entry.status, entry.contact_id)


async def test_no_row_ends_as_an_intent(journal: Journal) -> None:
    """An intent is noted with what is intended."""
    await journal.intend(1, b"create")
    with pytest.raises(IllegalMoveError, match="INTENT"):
        await journal.end(1, State.INTENT, None, None)


async def test_a_value_that_does_not_fit_is_its_own_callers_error(journal: Journal) -> None:
    """The file is as good as before, for everybody else and afterwards."""
    with pytest.raises(OverflowError):
        await journal.end(1, State.DONE, "created", 2**70)
    await journal.end(1, State.DONE, "created", 2**62)
    assert [State.DONE, State.PLANNED, State.PLANNED] == await states(journal)


async def test_nothing_is_sent_before_all_rows_are_in(path: Path) -> None:
    """What is not in its journal to the last row would be taken in once more after a crash."""
    journal = await Journal.open(path)
    await journal.ingest(entries(2))
    with pytest.raises(IllegalMoveError, match="not all rows"):
        await journal.intend(1, b"create")
    with pytest.raises(ValueError, match="3 rows were read, and 2"):
        await journal.ingested(3)
    await journal.ingested(2)
    with pytest.raises(IllegalMoveError, match="all rows"):
        await journal.ingest(entries(1))
    await journal.aclose()


async def test_rows_taken_in_twice_are_refused(path: Path) -> None:
    """A batch goes in as a whole, or not at all."""
    journal = await Journal.open(path)
    await journal.ingest(entries(2))
    with pytest.raises(Exception, match=r"UNIQUE constraint failed: rows.number"):
        await journal.ingest([Entry(3, "", None), Entry(2, "", None)])
    with pytest.raises(IllegalMoveError, match="begin as DONE"):
        await journal.ingest([Entry(4, "", None), Entry(5, "", None, State.DONE)])
    await journal.ingested(2)
    await journal.aclose()


@pytest.mark.parametrize(
    "cells",
    [
        ["jane@example.com", "", "Zoë\n\0"],
        {"email": "jane@example.com", "tags": ["a", "b"], "age": 7, "score": 1.5, "none": None},
        b"\x00\xff",
        None,
    ],
)
async def test_cells_come_back_as_they_were(path: Path, cells: Any) -> None:
    """A list, a mapping or bytes; for results, and to carry the row out."""
    journal = await fill(await Journal.open(path), [Entry(1, "jane@example.com", cells)])
    await journal.aclose()
    journal = await Journal.open(path)
    assert [cells] == [entry.cells async for entry in journal.entries()]
    await journal.aclose()


async def test_halves_of_characters(path: Path) -> None:
    """An address of a broken file and an error that quotes it are kept all the same."""
    rows = [Entry(1, "\ud800@example.com", ["x"]), Entry(2, "nul\0@example.com", ["x"])]
    journal = await fill(await Journal.open(path), rows)
    await journal.end(1, State.REJECTED, "rejected", None, "no address: \ud800", "ValidationError")
    found = await journal.by_keys([row.key for row in rows])
    assert {row.key: [row.number] for row in rows} == {
        key: [entry.number for entry in entries] for key, entries in found.items()
    }
    assert "no address: \\ud800" == found["\ud800@example.com"][0].error
    await journal.aclose()


async def test_rows_by_address(path: Path) -> None:
    """Of each address all its rows; of a row without one nothing."""
    rows = [
        *(Entry(number, "jane@example.com", None) for number in (1, 3, 5)),
        Entry(2, "john@example.com", None),
        *(Entry(number, "", None, State.REJECTED, status="rejected") for number in (4, 6)),
    ]
    journal = await fill(await Journal.open(path), rows)
    asked = ["jane@example.com", "john@example.com", "jack@example.com", ""]
    found = await journal.by_keys(asked)
    assert {"jane@example.com": [1, 3, 5], "john@example.com": [2]} == {
        key: [entry.number for entry in entries] for key, entries in found.items()
    }
    assert {"jane@example.com": 1, "john@example.com": 2} == await journal.firsts(asked)
    await journal.aclose()


async def test_what_a_comparison_found(journal: Journal) -> None:
    """It is known from then on, and does not replace what the job itself has done."""
    await journal.planned([(1, b"unchanged", 11), (2, None, 12)])
    await journal.intend(2, b"update", 22)
    await journal.planned([(2, b"newer", 32)])
    found = [(entry.plan, entry.contact_id) async for entry in journal.entries()]
    assert [(b"unchanged", 11), (b"newer", 22), (None, None)] == found


async def test_small_facts(journal: Journal) -> None:
    """The last word under a name counts."""
    assert await journal.noted("tags") is None
    await journal.note("tags", b"1")
    await journal.note("tags", b"2")
    assert b"2" == await journal.noted("tags")


async def test_counts(journal: Journal) -> None:
    """By state, and by what became of the rows."""
    assert {(State.PLANNED, None): 3} == await journal.counts()
    await journal.intend(1, b"create")
    await journal.end(2, State.DONE, "updated", 2)
    await journal.end(3, State.DONE, "unchanged", 3)
    assert {
        (State.INTENT, None): 1,
        (State.DONE, "updated"): 1,
        (State.DONE, "unchanged"): 1,
    } == await journal.counts()


async def test_rows_once_more(journal: Journal) -> None:
    """What was rejected or is unknown is planned again, under its number; nothing else is."""
    await journal.planned([(1, b"old", 11)])
    await journal.end(1, State.REJECTED, "rejected", None, "no", "ValidationError")
    await journal.intend(2, b"create")
    await journal.end(2, State.UNKNOWN, "unknown", None, "no answer", "OutcomeUnknownError")
    await journal.end(3, State.DONE, "created", 3)
    with pytest.raises(IllegalMoveError, match="DONE"):
        await journal.again({State.REJECTED, State.DONE})
    assert 1 == await journal.again([State.REJECTED])
    assert [State.PLANNED, State.UNKNOWN, State.DONE] == await states(journal)
    (entry,) = await journal.take(0, 10, {State.PLANNED})
    assert (None, None, None, None) == (entry.plan, entry.status, entry.error, entry.error_kind)
    assert 1 == await journal.again([State.UNKNOWN])
    assert {(State.PLANNED, None): 2, (State.DONE, "created"): 1} == await journal.counts()
    assert b"create" == (await journal.take(1, 1, {State.PLANNED}))[0].step


async def test_rows_are_given_out_in_batches(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of their numbers, however few are looked at together, gaps or not."""
    monkeypatch.setattr(statements, "WINDOW", 3)
    numbers = [1, 2, 3, 5, 8, 13, 21, 22, 23, 24, 10**12]
    rows = [Entry(number, f"{number}", number) for number in numbers]
    journal = await fill(await Journal.open(path), rows)
    for number in (2, 13, 24):
        await journal.end(number, State.DONE, "created", number)
    open_numbers = [number for number in numbers if number not in {2, 13, 24}]
    for limit in (1, 2, 3, 4, 20):
        given: list[int] = []
        while batch := await journal.take(given[-1] if given else 0, limit, OPEN):
            assert len(batch) <= limit
            given += [entry.number for entry in batch]
        assert open_numbers == given
    assert numbers == [entry.number async for entry in journal.entries()]
    assert [] == await journal.take(0, 0, OPEN)
    assert [] == await journal.take(0, 5, ())
    await journal.aclose()


async def test_it_goes_on_where_it_was(path: Path) -> None:
    """Closed and opened again, all is there; an intent without an end is unknown."""
    journal = await fill(await Journal.open(path), entries(4))
    await journal.end(1, State.DONE, "created", 11)
    await journal.intend(2, b"create", 12)
    await journal.note("pages", b"7")
    await journal.aclose()
    journal = await Journal.open(path)
    assert (HEADER, True, 4) == (journal.header, journal.complete, journal.total)
    assert [State.DONE, State.UNKNOWN, State.PLANNED, State.PLANNED] == await states(journal)
    (entry,) = await journal.take(0, 10, {State.UNKNOWN})
    assert (b"create", 12) == (entry.step, entry.contact_id)
    assert b"7" == await journal.noted("pages")
    await journal.begin(replace_in(HEADER, source="/elsewhere/people.csv", began=0.0))
    await journal.aclose()


def replace_in(header: Header, **changes: Any) -> Header:
    """Change a header."""
    return msgspec.structs.replace(header, **changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fingerprint": "0" * 32}, "2026-11-18 .* with '/lists/people.csv', and the file has ch"),
        ({"account": "account-2"}, "for another account"),
        ({"kind": "tag"}, "another kind of job \\(import, not tag\\)"),
        ({"options": {"on_existing": "update"}}, r"with tags=\['VIP'\], and now it is tags=None"),
        (
            {"options": {"tags": ["VIP"], "on_existing": "skip"}},
            "with on_existing='update', and now it is on_existing='skip'",
        ),
    ],
)
async def test_another_job_is_refused(path: Path, change: dict[str, Any], message: str) -> None:
    """It says what differs and what to do, and the journal is as it was."""
    journal = await fill(await Journal.open(path), entries(1))
    await journal.aclose()
    journal = await Journal.open(path)
    with pytest.raises(ConfigurationError, match=message) as caught:
        await journal.begin(replace_in(HEADER, **change))
    assert "journal of its own" in str(caught.value)
    assert str(path) in str(caught.value)
    await journal.begin(HEADER)
    await journal.aclose()


async def test_other_rows_are_refused_without_a_file(path: Path) -> None:
    """Rows that come from a program have a fingerprint as well."""
    journal = await Journal.open(path)
    await journal.begin(replace_in(HEADER, source=None))
    with pytest.raises(ConfigurationError, match="with other rows"):
        await journal.begin(replace_in(HEADER, source=None, fingerprint="0"))
    await journal.aclose()


async def test_options_that_the_file_can_not_tell_apart(path: Path) -> None:
    """A tuple is a list after it has been read again: that is no other job."""
    journal = await Journal.open(path)
    await journal.begin(replace_in(HEADER, options={"tags": ("VIP",)}))
    await journal.aclose()
    journal = await Journal.open(path)
    await journal.begin(replace_in(HEADER, options={"tags": ("VIP",)}))
    await journal.aclose()


async def test_rows_that_were_not_all_in_are_taken_in_anew(path: Path) -> None:
    """Nothing of them had been sent, so it is a new journal, of whatever job comes."""
    journal = await Journal.open(path)
    await journal.begin(HEADER)
    await journal.ingest([*entries(2), Entry(3, "", [], State.REJECTED, status="rejected")])
    await journal.planned([(1, b"x", 1)])
    await journal.note("pages", b"7")
    await journal.aclose()
    journal = await Journal.open(path)
    assert (None, False, 0) == (journal.header, journal.complete, journal.total)
    assert {} == await journal.counts()
    assert await journal.noted("pages") is None
    rows = [replace_in_entry(entry, cells="new") for entry in entries(3)]
    await fill(journal, rows)
    assert ["new"] * 3 == [entry.cells async for entry in journal.entries()]
    assert [None] * 3 == [entry.plan async for entry in journal.entries()]
    await journal.aclose()


def replace_in_entry(entry: Entry, **changes: Any) -> Entry:
    """Change an entry."""
    return msgspec.structs.replace(entry, **changes)


def bytes_of(folder: Path) -> bytes:
    """Return what all files of a folder hold."""
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


async def test_personal_data_can_be_emptied(path: Path) -> None:
    """Not a byte of it is left in the file or beside it, and what became of the rows is."""
    secret = "personal-7f3a"
    rows = [
        Entry(number, f"{secret}.{number}@example.com", {"first_name": f"{secret} {number}"})
        for number in range(1, 501)
    ]
    journal = await Journal.open(path)
    # Some databases are built to overwrite what is deleted, and not everywhere.
    await journal._desk.carry_out(lambda connection: connection.execute("PRAGMA secure_delete=OFF"))
    await fill(journal, rows)
    await journal.note("examples", secret.encode())
    await journal.planned([(number, secret.encode(), number) for number in range(1, 401)])
    for number in range(1, 301):
        await journal.intend(number, secret.encode())
    for number in range(1, 201):
        await journal.end(number, State.DONE, "created", number)
    await journal.end(201, State.REJECTED, "rejected", None, f"{secret} is taken", "AlreadyExists")
    before = await journal.counts()
    assert secret.encode() in bytes_of(path.parent)
    await journal.purge()
    assert secret.encode() not in bytes_of(path.parent)
    assert before == await journal.counts()
    assert journal.purged
    await journal.aclose()
    assert secret.encode() not in bytes_of(path.parent)

    journal = await Journal.open(path)
    left = [entry async for entry in journal.entries()]
    assert list(range(1, 501)) == [entry.number for entry in left]
    assert list(range(1, 401)) == [entry.contact_id for entry in left if entry.contact_id]
    (rejected,) = await journal.take(0, 10, {State.REJECTED})
    assert ("", None, None, "AlreadyExists") == (
        rejected.key,
        rejected.cells,
        rejected.error,
        rejected.error_kind,
    )
    with pytest.raises(ConfigurationError, match="has been purged"):
        await journal.begin(HEADER)
    with pytest.raises(ConfigurationError, match="has been purged"):
        await journal.again({State.REJECTED})
    await journal.aclose()


async def test_emptying_that_is_cut_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one that opens it makes the file anew, before anything else."""
    secret = "personal-7f3a"
    journal = await Journal.open(path)
    await journal._desk.carry_out(lambda connection: connection.execute("PRAGMA secure_delete=OFF"))
    await fill(journal, [Entry(number, secret, secret) for number in range(1, 501)])

    def fail(_: sqlite3.Connection) -> None:
        message = "disk I/O error"
        raise sqlite3.OperationalError(message)

    with monkeypatch.context() as patch:
        patch.setattr(tables, "_shrink", fail)
        with pytest.raises(JournalError, match="disk I/O error"):
            await journal.purge()
        await journal.aclose()
    assert secret.encode() in bytes_of(path.parent)
    journal = await Journal.open(path)
    assert journal.purged
    assert secret.encode() not in bytes_of(path.parent)
    await journal.aclose()


async def test_a_purged_journal_of_a_job_that_is_done(path: Path) -> None:
    """It still says that nothing is left to do, to the same job begun once more."""
    journal = await fill(await Journal.open(path), entries(1))
    await journal.end(1, State.DONE, "created", 1)
    await journal.purge()
    await journal.purge()
    await journal.begin(HEADER)
    assert [] == await journal.take(0, 10, OPEN)
    await journal.aclose()


async def test_many_tasks_at_once(path: Path) -> None:
    """Each waits for its own, all for the same commit."""
    journal = await fill(await Journal.open(path), entries(200))
    numbers = iter(range(1, 201))

    async def work() -> None:
        for number in numbers:
            await journal.intend(number, b"create")
            await journal.end(number, State.DONE, "created", number)

    await asyncio.gather(*(work() for _ in range(20)))
    assert {(State.DONE, "created"): 200} == await journal.counts()
    await journal.aclose()


async def test_an_intent_that_is_canceled_at_once_is_none(journal: Journal) -> None:
    """Nothing of it has left and nothing will, so the row is as it was."""
    task = asyncio.create_task(journal.intend(1, b"create"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [State.PLANNED] * 3 == await states(journal)


async def test_an_end_that_is_canceled_is_noted(journal: Journal) -> None:
    """It has happened, whoever waits for it to be noted."""
    task = asyncio.create_task(journal.end(1, State.DONE, "created", 1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [State.DONE, State.PLANNED, State.PLANNED] == await states(journal)


async def test_canceled_together_with_its_whole_job(path: Path) -> None:
    """The journal is closed all the same, and others can have it."""
    journal = await fill(await Journal.open(path), entries(2))
    with anyio.CancelScope() as scope:
        scope.cancel()
        try:
            await journal.end(1, State.DONE, "created", 1)
        finally:
            await journal.aclose()
    await journal.aclose()
    journal = await Journal.open(path)
    assert (await states(journal))[1] is State.PLANNED
    await journal.aclose()


async def test_opening_that_is_canceled_leaves_nothing_open(path: Path) -> None:
    """As soon as the disk has let go of it, the next one has it."""
    task = asyncio.create_task(Journal.open(path))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    wait_for_threads()
    journal = await Journal.open(path)
    await journal.aclose()


def wait_for_threads() -> None:
    """Let what nobody waits for in the loop come to its end."""
    for thread in threading.enumerate():
        if thread.name == "systeme-journal":
            thread.join()


async def test_a_journal_that_nobody_has_any_more_is_closed(path: Path) -> None:
    """A program that forgets it can open it again."""
    journal = await Journal.open(path)
    del journal
    gc.collect()
    wait_for_threads()
    journal = await Journal.open(path)
    await journal.aclose()


async def test_a_closed_journal(journal: Journal) -> None:
    """It says so; closing it once more changes nothing."""
    await journal.aclose()
    await journal.aclose()
    with pytest.raises(ClientStateError, match="closed"):
        await journal.intend(1, b"create")
    with pytest.raises(ClientStateError, match="closed"):
        await journal.counts()
    with pytest.raises(ClientStateError, match="closed"):
        await journal.purge()


async def test_what_waits_is_written_before_it_is_closed(path: Path) -> None:
    """Nothing that was asked for before is lost."""
    journal = await fill(await Journal.open(path), entries(2))
    task = asyncio.create_task(journal.end(1, State.DONE, "created", 1))
    await asyncio.sleep(0)
    await journal.aclose()
    await task
    journal = await Journal.open(path)
    assert [State.DONE, State.PLANNED] == await states(journal)
    await journal.aclose()


def test_another_event_loop(path: Path) -> None:
    """A journal belongs to the loop in which it was opened, whether that one goes on or not."""
    journal = asyncio.run(Journal.open(path))

    async def elsewhere(call: Callable[[], Awaitable[object]]) -> None:
        with pytest.raises(ClientStateError, match="another event loop"):
            await call()

    asyncio.run(elsewhere(journal.counts))
    asyncio.run(elsewhere(journal.aclose))


def test_a_loop_that_is_gone(path: Path) -> None:
    """What was begun in it can be gone on with in the next."""

    async def begin() -> None:
        journal = await fill(await Journal.open(path), entries(1))
        await journal.end(1, State.DONE, "created", 1)

    async def go_on() -> dict[tuple[State, str | None], int]:
        journal = await Journal.open(path)
        counts = await journal.counts()
        await journal.aclose()
        return counts

    asyncio.run(begin())
    gc.collect()
    wait_for_threads()
    assert {(State.DONE, "created"): 1} == asyncio.run(go_on())


def test_an_entry_keeps_what_is_personal_to_itself() -> None:
    """Entries stand in logs and in errors of programs."""
    entry = Entry(
        3, "jane@example.com", ["jane@example.com"], State.DONE, error="jane", plan=b"jane"
    )
    assert "Entry(number=3, state=DONE, status=None)" == repr(entry)

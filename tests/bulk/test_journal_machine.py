"""A journal against a dictionary: any calls in any order, with ends, crashes and cancellations.

A crash is a copy of the files at an instant at which nothing is under way: that is what a process
that is killed leaves. Killing real ones is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from systeme_async import ConfigurationError
from systeme_async.bulk.journal import Entry, Header, Journal, statements
from systeme_async.bulk.journal import journal as journals
from systeme_async.bulk.lifecycle import MOVES, OPEN, IllegalMoveError, State
from systeme_async.testing import VirtualClockLoop

if TYPE_CHECKING:
    from collections.abc import Coroutine

pytestmark = pytest.mark.slow

T = TypeVar("T")

HEADER: Final = Header("import", None, "f", "a", {}, None, 0.0)
ROWS: Final = 12
KEYS: Final = ("", "jane", "john", "jack")

numbers = st.integers(1, ROWS + 1)
texts = st.sampled_from([None, "created", "unchanged"])
ids = st.none() | st.integers(1, 3)
blobs = st.binary(max_size=3)


@dataclass
class Row:
    """What the model knows of a row."""

    key: str
    cells: Any
    state: State = State.PLANNED
    step: bytes | None = None
    status: str | None = None
    contact_id: int | None = None
    error: str | None = None
    plan: bytes | None = None
    found_id: int | None = None

    @property
    def shown(self) -> tuple[Any, ...]:
        """The row as an entry shows it."""
        contact_id = self.found_id if self.contact_id is None else self.contact_id
        rest = self.status, contact_id, self.error, self.plan
        return self.key, self.cells, self.state, self.step, *rest


class JournalMachine(RuleBasedStateMachine):
    """One journal, closed and opened many times."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualClockLoop)
        self.folder = tempfile.TemporaryDirectory()
        self.lives = 0
        self.path = Path(self.folder.name) / "0.journal"
        self.begun = False
        self.complete = False
        self.purged = False
        self.rows: dict[int, Row] = {}
        self.notes: dict[str, bytes] = {}
        self.journal = self.run(Journal.open(self.path))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Carry something out in the loop."""
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        """Close what is open."""
        self.run(self.journal.aclose())
        self.runner.close()
        self.folder.cleanup()

    # How it begins.

    @precondition(lambda self: not self.purged)
    @rule()
    def begin(self) -> None:
        """Say which job it is, once or again."""
        self.run(self.journal.begin(HEADER))
        self.begun = True

    @precondition(lambda self: not self.complete)
    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=4), rejected=st.booleans())
    def ingest(self, keys: list[str], rejected: bool) -> None:  # noqa: FBT001 - it is drawn
        """Take some rows in."""
        state = State.REJECTED if rejected else State.PLANNED
        status = "rejected" if rejected else None
        entries = [
            Entry(number, key, [key, number], state, status=status)
            for number, key in enumerate(keys, len(self.rows) + 1)
            if number <= ROWS
        ]
        self.run(self.journal.ingest(entries))
        for entry in entries:
            self.rows[entry.number] = Row(entry.key, entry.cells, state, status=status)

    @precondition(lambda self: not self.complete and self.begun)
    @rule()
    def ingested(self) -> None:
        """Say that all are in."""
        self.run(self.journal.ingested(len(self.rows)))
        self.complete = True

    # What is noted.

    def moved(self, coroutine: Coroutine[Any, Any, None], number: int, after: State) -> Row | None:
        """Make a move if it is one, and see it refused if not."""
        row = self.rows.get(number)
        if row is not None and after in MOVES[row.state]:
            self.run(coroutine)
            return row
        with pytest.raises(IllegalMoveError):
            self.run(coroutine)
        return None

    @precondition(lambda self: self.complete)
    @rule(number=numbers, step=blobs, contact_id=ids)
    def intend(self, number: int, step: bytes, contact_id: int | None) -> None:
        """Note that a write is about to leave."""
        call = self.journal.intend(number, step, contact_id)
        row = self.moved(call, number, State.INTENT)
        if row is not None:
            row.state, row.step, row.status, row.error = State.INTENT, step, None, None
            row.contact_id = row.contact_id if contact_id is None else contact_id

    @precondition(lambda self: self.complete)
    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        """Note that an intent has come to nothing; a row without one stays as it is."""
        row = self.rows.get(number)
        if row is not None and row.state is State.PLANNED:
            self.run(self.journal.withdraw(number))
        elif row := self.moved(self.journal.withdraw(number), number, State.PLANNED):
            row.state, row.step = State.PLANNED, None

    @precondition(lambda self: self.complete)
    @rule(
        number=numbers,
        state=st.sampled_from(State),
        status=texts,
        contact_id=ids,
        error=texts,
        known=st.none() | blobs,
    )
    def end(
        self,
        number: int,
        state: State,
        status: str | None,
        contact_id: int | None,
        error: str | None,
        known: bytes | None,
    ) -> None:
        """Note how a row has ended, and what is known of its contact for the next open one."""
        call = self.journal.end(number, state, status, contact_id, error, known=known)
        if state in {State.PLANNED, State.INTENT}:
            with pytest.raises(IllegalMoveError):
                self.run(call)
            return
        row = self.moved(call, number, state)
        if row is not None:
            row.state, row.status, row.error = state, status, error
            row.step = row.step if state is State.UNKNOWN else None
            row.contact_id = row.contact_id if contact_id is None else contact_id
            later = self.open_rows(row.key, number)
            if known is not None and later:
                later[0].plan, later[0].found_id = known, contact_id

    def open_rows(self, key: str, after: int = 0) -> list[Row]:
        """Return the rows with a key that have not ended, behind a number."""
        return [
            row
            for number, row in self.rows.items()
            if key and row.key == key and number > after and row.state in OPEN
        ]

    @rule(names=st.sets(st.sampled_from(["pages", "tags"])))
    def forget(self, names: set[str]) -> None:
        """Forget what was found of open rows, and some facts."""
        self.run(self.journal.forget(names))
        for name in names:
            self.notes.pop(name, None)
        for row in self.rows.values():
            if row.state in OPEN:
                row.plan = row.found_id = None

    @precondition(lambda self: self.complete)
    @rule(
        drawn=st.lists(
            st.tuples(numbers, st.booleans()), min_size=1, max_size=6, unique_by=lambda one: one[0]
        )
    )
    def intend_together(self, drawn: list[tuple[int, bool]]) -> None:
        """Note several at once, of which some are canceled when they have just been asked for."""

        async def together() -> list[BaseException | None]:
            tasks = [
                asyncio.create_task(self.journal.intend(number, b"together")) for number, _ in drawn
            ]
            await asyncio.sleep(0)
            for task, (_, canceled) in zip(tasks, drawn, strict=True):
                if canceled:
                    task.cancel()
            return await asyncio.gather(*tasks, return_exceptions=True)

        for (number, canceled), result in zip(drawn, self.run(together()), strict=True):
            row = self.rows.get(number)
            legal = row is not None and State.INTENT in MOVES[row.state]
            if canceled:
                assert isinstance(result, asyncio.CancelledError)
            elif legal and row is not None:
                assert result is None
                row.state, row.step, row.status, row.error = State.INTENT, b"together", None, None
            else:
                assert isinstance(result, IllegalMoveError)

    @rule(number=numbers, plan=st.none() | blobs, contact_id=ids)
    def planned(self, number: int, plan: bytes | None, contact_id: int | None) -> None:
        """Note what a comparison has found."""
        if number in self.rows:
            self.run(self.journal.planned([(number, plan, contact_id)]))
            if not self.rows[number].plan:
                self.rows[number].plan, self.rows[number].found_id = plan, contact_id

    @rule(name=st.sampled_from(["pages", "tags"]), value=blobs)
    def note(self, name: str, value: bytes) -> None:
        """Keep a small fact."""
        self.run(self.journal.note(name, value))
        self.notes[name] = value

    @precondition(lambda self: self.complete)
    @rule(chosen=st.sets(st.sampled_from(State), min_size=1, max_size=2))
    def again(self, chosen: set[State]) -> None:
        """Plan rows once more."""
        call = self.journal.again(chosen)
        if self.purged or not chosen <= {State.REJECTED, State.UNKNOWN}:
            with pytest.raises((IllegalMoveError, ConfigurationError)):
                self.run(call)
            return
        rows = [row for row in self.rows.values() if row.state in chosen]
        assert len(rows) == self.run(call)
        for row in rows:
            row.state = State.PLANNED
            row.status = row.error = row.plan = row.found_id = None

    @precondition(lambda self: self.complete)
    @rule(luck=st.integers(0, 5))
    def purge(self, luck: int) -> None:
        """Empty what is personal; not too often, as it ends most of what can be tried."""
        if luck:
            return
        self.run(self.journal.purge())
        self.purged = True
        self.notes.clear()
        for row in self.rows.values():
            row.key, row.cells = "", None
            row.step = row.error = row.plan = None

    # How it ends.

    def opened_again(self) -> None:
        """Think of it as the next process does."""
        if self.complete:
            for row in self.rows.values():
                row.state = State.UNKNOWN if row.state is State.INTENT else row.state
        else:
            self.rows.clear()
            self.notes.clear()
            self.begun = False
        self.journal = self.run(Journal.open(self.path))

    @rule()
    def close(self) -> None:
        """End well, and begin again."""
        self.run(self.journal.aclose())
        assert [self.path] == list(Path(self.folder.name).iterdir())
        self.opened_again()

    @rule()
    def crash(self) -> None:
        """End like a process that is killed."""
        self.lives += 1
        after = self.path.with_name(f"{self.lives}.journal")
        for file in self.path.parent.iterdir():
            shutil.copy(file, file.with_name(file.name.replace(self.path.name, after.name)))
        self.run(self.journal.aclose())
        self.path.unlink()
        self.path = after
        self.opened_again()

    # What must hold.

    @invariant()
    def it_holds_what_the_model_holds(self) -> None:
        """All rows, however they are asked for."""
        rows = self.rows
        entries = self.run(self.collect())
        assert {number: row.shown for number, row in rows.items()} == {
            entry.number: shown(entry) for entry in entries
        }
        assert sorted(rows) == [entry.number for entry in entries]
        assert (self.complete, self.begun, self.purged) == (
            self.journal.complete,
            self.journal.header is not None,
            self.journal.purged,
        )
        found = self.run(self.journal.by_keys(KEYS))
        assert found == {
            key: matches
            for key in KEYS[1:]
            if (matches := [entry for entry in entries if entry.key == key])
        }
        firsts = {
            key: min(number for number, row in rows.items() if row is first)
            for key in KEYS
            for first in self.open_rows(key)[:1]
        }
        assert firsts == self.run(self.journal.firsts(KEYS))
        several = {key for key, entries in found.items() if len(entries) > 1}
        assert several == self.run(self.journal.repeated(KEYS))

    @rule(key=st.sampled_from(KEYS[1:]), after=st.integers(0, ROWS))
    def alike(self, key: str, after: int) -> None:
        """Go through the rows of one key."""

        async def collect() -> list[int]:
            return [entry.number async for entry in self.journal.alike(key, after)]

        expected = [n for n, row in self.rows.items() if row.key == key and n > after]
        assert expected == self.run(collect())

    async def collect(self) -> list[Entry]:
        """Read all entries."""
        return [entry async for entry in self.journal.entries()]

    @invariant()
    def it_counts_what_the_model_counts(self) -> None:
        """By state and status, and the facts too."""
        counts: dict[tuple[State, str | None], int] = {}
        for row in self.rows.values():
            counts[row.state, row.status] = counts.get((row.state, row.status), 0) + 1
        assert counts == self.run(self.journal.counts())
        assert {name: self.run(self.journal.noted(name)) for name in ("pages", "tags")} == {
            name: self.notes.get(name) for name in ("pages", "tags")
        }

    @rule(
        after=st.integers(0, ROWS), limit=st.integers(1, 5), chosen=st.sets(st.sampled_from(State))
    )
    def take(self, after: int, limit: int, chosen: set[State]) -> None:
        """Take the next ones."""
        expected = [n for n, row in self.rows.items() if n > after and row.state in chosen][:limit]
        taken = self.run(self.journal.take(after, limit, chosen))
        assert expected == [entry.number for entry in taken]


def shown(entry: Entry) -> tuple[Any, ...]:
    """Return what an entry shows."""
    rest = entry.status, entry.contact_id, entry.error, entry.plan
    return entry.key, entry.cells, entry.state, entry.step, *rest


@pytest.mark.timeout(600)
def test_a_journal_and_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens, the journal holds what it was told, and refuses what can't be."""
    monkeypatch.setattr(statements, "WINDOW", 3)
    monkeypatch.setattr(journals, "BATCH", 2)
    run = settings(stateful_step_count=40)
    JournalMachine.TestCase.settings = run
    JournalMachine.TestCase().runTest()

"""Every statement on the rows of a journal; each runs in the journal's one thread.

Whether a move is legal is asked before it is made: nobody else writes in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..lifecycle import OPEN, IllegalMoveError, State, check_again, check_first, check_move
from .entry import entry_of, packed_key, packed_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from sqlite3 import Connection

    from .entry import Entry

WINDOW: Final = 10_000
"""Numbers that are looked through at once, so that no write has to wait for long."""

_STATE: Final = """
SELECT coalesce(progress.state, 0)
FROM rows LEFT JOIN progress ON progress.number = rows.number
WHERE rows.number = ?
"""
_INTEND: Final = """
INSERT INTO progress (number, state, step, contact_id) VALUES (?, 1, ?, ?)
ON CONFLICT DO UPDATE SET
    state = excluded.state,
    step = excluded.step,
    contact_id = coalesce(excluded.contact_id, contact_id),
    status = NULL, error = NULL, error_kind = NULL
"""
_END: Final = """
INSERT INTO progress (number, state, status, contact_id, error, error_kind)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    state = excluded.state,
    step = CASE excluded.state WHEN 4 THEN step END,
    status = excluded.status,
    contact_id = coalesce(excluded.contact_id, contact_id),
    error = excluded.error,
    error_kind = excluded.error_kind
"""
_ENTRIES: Final = """
SELECT
    rows.number, rows.key, rows.cells,
    coalesce(progress.state, 0), progress.step, progress.status,
    coalesce(progress.contact_id, findings.contact_id),
    progress.error, progress.error_kind, findings.plan
FROM rows
LEFT JOIN progress ON progress.number = rows.number
LEFT JOIN findings ON findings.number = rows.number
"""
_BY_KEY: Final = f"{_ENTRIES} WHERE rows.key = ? ORDER BY rows.number"
_ALIKE: Final = f"{_ENTRIES} WHERE rows.key = ? AND rows.number > ? ORDER BY rows.number LIMIT ?"
_OPEN: Final = f"coalesce(progress.state, 0) IN ({', '.join(str(int(state)) for state in OPEN)})"
_FIRST: Final = f"""
SELECT rows.number FROM rows LEFT JOIN progress ON progress.number = rows.number
WHERE rows.key = ? AND {_OPEN} ORDER BY rows.number LIMIT 1
"""  # noqa: S608 - of our own numbers
_TWO: Final = "SELECT count(*) FROM (SELECT 1 FROM rows WHERE key = ? LIMIT 2)"
_HAND_ON: Final = f"""
INSERT OR REPLACE INTO findings (number, plan, contact_id)
SELECT rows.number, ?, ? FROM rows LEFT JOIN progress ON progress.number = rows.number
WHERE rows.key = (SELECT key FROM rows WHERE number = ?) AND rows.number > ? AND {_OPEN}
ORDER BY rows.number LIMIT 1
"""  # noqa: S608 - as above
_FIND: Final = """
INSERT INTO findings (number, plan, contact_id) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET plan = excluded.plan, contact_id = excluded.contact_id
WHERE coalesce(length(findings.plan), 0) = 0
"""
_FORGET: Final = f"""
DELETE FROM findings WHERE number IN (
    SELECT findings.number FROM findings
    LEFT JOIN progress ON progress.number = findings.number WHERE {_OPEN}
)
"""  # noqa: S608 - as above
_COUNTS: Final = "SELECT state, status, count(*) FROM progress WHERE state <> 0 GROUP BY 1, 2"

End = tuple[int, State, str | None, int | None, str | None, str | None]
"""Number, state, status, the contact's id, error and its class."""


def add(connection: Connection, entries: Sequence[tuple[Entry, bytes]]) -> None:
    """Take rows in, each with its cells."""
    connection.executemany(
        "INSERT INTO rows VALUES (?, ?, ?)",
        [(entry.number, packed_key(entry.key), cells) for entry, cells in entries],
    )
    for entry, _ in entries:
        check_first(entry.number, entry.state)
        if entry.state is not State.PLANNED:
            connection.execute(_END, _end_of(entry))


def _end_of(entry: Entry) -> End:
    return (
        entry.number,
        entry.state,
        entry.status,
        entry.contact_id,
        packed_text(entry.error),
        entry.error_kind,
    )


def intend(connection: Connection, number: int, step: bytes, contact_id: int | None) -> None:
    """Note that a write is about to leave."""
    _check(connection, number, State.INTENT)
    connection.execute(_INTEND, (number, step, contact_id))


def withdraw(connection: Connection, number: int) -> None:
    """Note that an intent has surely come to nothing; a row without one stays as it is."""
    if _state(connection, number) is not State.PLANNED:
        _check(connection, number, State.PLANNED)
        connection.execute("UPDATE progress SET state = 0, step = NULL WHERE number = ?", (number,))


def end(connection: Connection, end: End, known: bytes | None) -> None:
    """Note how a row has ended; what is known of its contact now, the next such row gets."""
    number, contact_id = end[0], end[3]
    _check(connection, number, end[1])
    connection.execute(_END, end)
    if known is not None:
        connection.execute(_HAND_ON, (known, contact_id, number, number))


def _check(connection: Connection, number: int, after: State) -> None:
    check_move(number, _state(connection, number), after)


def _state(connection: Connection, number: int) -> State:
    row = connection.execute(_STATE, (number,)).fetchone()
    if row is None:
        msg = f"row {number} is not in the journal"
        raise IllegalMoveError(msg)
    return State(row[0])


def find(connection: Connection, findings: Iterable[tuple[int, bytes | None, int | None]]) -> None:
    """Note what is known of rows: number, plan, and the contact's id; what there is already stays.

    It may be what an earlier row has left a moment ago, which a listing does not show yet.
    """
    connection.executemany(_FIND, findings)


def forget(connection: Connection, notes: Iterable[str]) -> None:
    """Forget what was found of rows that are open, and some facts."""
    connection.execute(_FORGET)
    connection.executemany("DELETE FROM notes WHERE name = ?", [(name,) for name in notes])


def plan_again(connection: Connection, states: Collection[State]) -> int:
    """Make rows planned once more; return how many. What was found of them is out of date."""
    for state in states:
        check_again(state)
    chosen = f"state IN ({_marks(states)})"
    values = tuple(states)
    connection.execute(
        f"DELETE FROM findings WHERE number IN (SELECT number FROM progress WHERE {chosen})",  # noqa: S608
        values,
    )
    return connection.execute(
        "UPDATE progress SET state = 0, status = NULL, error = NULL, error_kind = NULL "  # noqa: S608
        f"WHERE {chosen}",
        values,
    ).rowcount


def take(
    connection: Connection, after: int, limit: int, states: Collection[State]
) -> tuple[list[Entry], int | None]:
    """Return the next rows in some states, and up to which number; None is the last of all."""
    first = connection.execute(
        "SELECT min(number) FROM rows WHERE number > ?", (after,)
    ).fetchone()[0]
    if first is None:
        return [], None
    last = first + WINDOW - 1
    found = connection.execute(
        f"{_ENTRIES} WHERE rows.number BETWEEN ? AND ? "
        f"AND coalesce(progress.state, 0) IN ({_marks(states)}) ORDER BY rows.number LIMIT ?",
        (first, last, *states, limit),
    )
    entries = [entry_of(row) for row in found]
    return entries, entries[-1].number if len(entries) == limit else last


def by_keys(connection: Connection, keys: Iterable[str]) -> dict[str, list[Entry]]:
    """Return the rows of each of some keys, in their order."""
    found = {
        key: [entry_of(row) for row in connection.execute(_BY_KEY, (packed_key(key),))]
        for key in keys
    }
    return {key: entries for key, entries in found.items() if entries}


def alike(connection: Connection, key: str, after: int, limit: int) -> list[Entry]:
    """Return the next rows with a key behind a number."""
    return [entry_of(row) for row in connection.execute(_ALIKE, (packed_key(key), after, limit))]


def repeated(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Return which keys several rows have."""
    return {key for key in keys if connection.execute(_TWO, (packed_key(key),)).fetchone()[0] > 1}


def firsts(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Return the number of the first open row of each of some keys."""
    found = {key: connection.execute(_FIRST, (packed_key(key),)).fetchone() for key in keys}
    return {key: row[0] for key, row in found.items() if row is not None}


def counts(connection: Connection, total: int | None) -> dict[tuple[State, str | None], int]:
    """Count the rows by state and status."""
    rows = connection.execute("SELECT count(*) FROM rows").fetchone()[0] if total is None else total
    counted: dict[tuple[State, str | None], int] = {
        (State(state), status): count for state, status, count in connection.execute(_COUNTS)
    }
    planned = rows - sum(counted.values())
    if planned:
        counted[State.PLANNED, None] = planned
    return counted


def note(connection: Connection, name: str, value: bytes) -> None:
    """Keep a small fact."""
    connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))


def noted(connection: Connection, name: str) -> bytes | None:
    """Return a small fact."""
    row = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def _marks(states: Collection[State]) -> str:
    return ", ".join("?" * len(states))

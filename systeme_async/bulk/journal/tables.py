"""The tables of a journal, and how it begins: from nothing, after an end, after a crash.

What a row was made of is written once and never again. How far it has come stands in a table of
its own, which grows as rows begin: so a commit writes a page or two, however large the rows are.
A row that has no line there is planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ...errors import ConfigurationError
from ..lifecycle import State, after_a_crash
from .entry import packed_header, unpacked_header

if TYPE_CHECKING:
    from sqlite3 import Connection

    from .entry import Header

APPLICATION: Final = 0x53797341
"""What the file says it is a file of: "SysA"."""
VERSION: Final = 1
"""Of the tables."""

_TABLES: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE rows (number INTEGER PRIMARY KEY, key BLOB, cells BLOB);
CREATE TABLE findings (number INTEGER PRIMARY KEY, contact_id INTEGER, plan BLOB);
CREATE TABLE progress (
    number INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    step BLOB,
    status TEXT,
    contact_id INTEGER,
    error TEXT,
    error_kind TEXT
);
"""
CREATE: Final = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
{_TABLES}
"""

# Made when all rows are in: sorting them once is cheaper than keeping them sorted.
_INDEX: Final = "CREATE INDEX rows_by_key ON rows (key) WHERE key IS NOT NULL"
_FORGET: Final = """
CREATE TABLE numbers (number INTEGER PRIMARY KEY, key BLOB, cells BLOB);
INSERT INTO numbers (number) SELECT number FROM rows;
DROP TABLE rows;
ALTER TABLE numbers RENAME TO rows;
DELETE FROM notes;
UPDATE findings SET plan = NULL;
UPDATE progress SET step = NULL, error = NULL;
"""

# Names of facts.
_HEADER: Final = "header"
_TOTAL: Final = "total"
_OPEN: Final = "open"
_PURGED: Final = "purged"
_SAY: Final = "INSERT OR REPLACE INTO facts VALUES (?, ?)"


class Facts(NamedTuple):
    """What is known of a journal as a whole."""

    header: Header | None = None
    total: int | None = None
    """Rows in all, once all are in."""
    purged: bool = False


def facts(connection: Connection) -> Facts:
    """Read them."""
    found: dict[str, bytes] = dict(connection.execute("SELECT name, value FROM facts"))
    return Facts(
        unpacked_header(found[_HEADER]) if _HEADER in found else None,
        int(found[_TOTAL]) if _TOTAL in found else None,
        _PURGED in found,
    )


def check_whole(connection: Connection, name: str, *, has_wal: bool) -> None:
    """Raise `ConfigurationError` where the file beside it is missing which held the last of it."""
    if not has_wal and _fact(connection, _OPEN):
        msg = (
            f"the journal {name!r} was not closed, and what belongs to it is missing: {name}-wal; "
            "copy or move both files together. Where that one is lost, so is what was done last: "
            "begin anew with another journal"
        )
        raise ConfigurationError(msg)


def open_journal(connection: Connection) -> None:
    """Bring a journal into the state in which a job can go on with it."""
    connection.execute("BEGIN")
    connection.execute(_SAY, (_OPEN, b"1"))
    if _fact(connection, _TOTAL) is None:
        _empty(connection)
    else:
        left = after_a_crash(State.INTENT)
        connection.execute("UPDATE progress SET state = ? WHERE state = ?", (left, State.INTENT))
    connection.execute("COMMIT")
    if _fact(connection, _PURGED) == b"begun":
        _shrink(connection)
    # From here on the file itself says that another one belongs to it.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def close_journal(connection: Connection) -> None:
    """Say that all of the journal is in its one file; the database will see to it."""
    connection.execute("DELETE FROM facts WHERE name = ?", (_OPEN,))


def begin(connection: Connection, header: Header) -> None:
    """Note which job the journal is of."""
    connection.execute(_SAY, (_HEADER, packed_header(header)))


def complete(connection: Connection, count: int) -> None:
    """Note that all rows are in; raises `ValueError` where they are not."""
    (total,) = connection.execute("SELECT count(*) FROM rows").fetchone()
    if total != count:
        msg = f"{count} rows were read, and {total} are in the journal"
        raise ValueError(msg)
    connection.execute(_INDEX)
    connection.execute(_SAY, (_TOTAL, b"%d" % count))


def purge(connection: Connection) -> None:
    """Empty everything personal, and make the file anew without it."""
    connection.execute("BEGIN")
    for statement in _FORGET.strip().split(";")[:-1]:
        connection.execute(statement)
    # Where the process dies before the end, the next one takes it up.
    connection.execute(_SAY, (_PURGED, b"begun"))
    connection.execute("COMMIT")
    _shrink(connection)


def _shrink(connection: Connection) -> None:
    connection.execute("VACUUM")
    connection.execute(_SAY, (_PURGED, b"done"))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fact(connection: Connection, name: str) -> bytes | None:
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def _empty(connection: Connection) -> None:
    """Throw away what came in before all was in: nothing of it has been sent."""
    for table in ("notes", "rows", "findings", "progress"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand in this line
    connection.execute("DELETE FROM facts WHERE name = ?", (_HEADER,))

"""What a journal has open: its lock, its file, the connection; used in its one thread alone."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from ...errors import ConfigurationError, JournalError
from .lock import Lock
from .place import WAL, Identity, connect, prepare, resolved
from .tables import CREATE, Facts, check_whole, close_journal, facts, open_journal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_OURS: Final = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
)
"""What a wrong call meets; the others say that the file can't be used."""

_REFUSED: Final = {errno.EACCES, errno.EPERM, errno.EROFS}


class Answer(NamedTuple):
    """What one statement came to: a value, or an error that is its caller's alone."""

    value: Any = None
    error: Exception | None = None


class Database:
    """One journal's file; without a path a file that is gone with the process.

    Each method may take as long as a disk takes.
    """

    def __init__(self, path: Path | str | None) -> None:
        self.name = "in a temporary file" if path is None else repr(os.fspath(path))
        """As it is named in messages."""
        self._path = path
        self._place: Path | None = None
        self._lock: Lock | None = None
        self._whole = False
        self._identity: Identity | None = None
        self._connection: sqlite3.Connection | None = None

    def open(self) -> Facts:
        """Open it, and make it first where nothing is there.

        Raises `ConfigurationError` where it can't be used, and `JournalError` where the disk is
        full: then everything is left as it was.
        """
        try:
            return self._open_temporary() if self._path is None else self._open_file(self._path)
        except BaseException as error:
            self.close()
            if isinstance(error, sqlite3.Error | OSError | msgspec.MsgspecError):
                full = _is_full(error)
                cure = "; free some space, and run the same job again" if full else ""
                msg = f"the journal {self.name} can't be used: {_reason(error)}{cure}"
                raise (JournalError if full else ConfigurationError)(msg) from None
            raise

    def _open_temporary(self) -> Facts:
        # The database removes the name of such a file at once, so that nothing is left behind.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(CREATE)
        return Facts()

    def _open_file(self, path: Path | str) -> Facts:
        place = self._place = resolved(path)
        self._lock = Lock(place)
        prepare(place)
        has_wal = place.with_name(place.name + WAL).exists()
        connection = self._connection = connect(place)
        connection.execute("PRAGMA journal_mode = WAL")
        check_whole(connection, str(place), has_wal=has_wal)
        self._whole = True
        open_journal(connection)
        self._identity = Identity(place)
        return facts(connection)

    def carry_out(self, statements: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[Answer]:
        """Carry statements out in one transaction; when it returns, the disk has it.

        An error of one leaves no trace of that one. Raises `JournalError` where the file can't be
        used: then none has been carried out, or nobody knows.
        """
        connection = self._opened()
        try:
            connection.execute("BEGIN")
            answers = [_carry_out(connection, statement) for statement in statements]
            if self._identity is not None:
                self._identity.check()
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._roll_back()
            raise self._failure(error) from error
        return answers

    def carry_out_alone(self, statement: Callable[[sqlite3.Connection], Any]) -> None:
        """Carry out what sees to its transactions itself."""
        try:
            statement(self._opened())
        except sqlite3.Error as error:
            self._roll_back()
            raise self._failure(error) from error

    def close(self) -> None:
        """Close it, if it is open: all is in one file then, and the next one may have it."""
        if self._connection is not None:
            self._close(self._connection)
        self._connection = None
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def _close(self, connection: sqlite3.Connection) -> None:
        self._roll_back()
        in_one_file = False
        # On a full disk neither may work; the journal can be opened all the same.
        with suppress(sqlite3.Error):
            if self._whole:
                close_journal(connection)
                in_one_file = True
        with suppress(sqlite3.Error):
            connection.close()
        if self._whole and self._place is not None and not in_one_file:
            # The file still says that another one belongs to it, which may be gone by now.
            with suppress(OSError):
                self._place.with_name(self._place.name + WAL).touch(mode=0o600)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            msg = f"the journal {self.name} is closed"
            raise JournalError(msg)
        return self._connection

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _failure(self, error: sqlite3.Error | OSError) -> JournalError:
        gone = isinstance(error, FileNotFoundError)
        full = _is_full(error)
        cure = "Put it back" if gone else "Free some space" if full else "Put that right"
        rest = ": it goes on from there"
        msg = (
            f"the journal {self.name} can't be written: {_reason(error)}; nothing was sent since. "
            f"{cure}, and run the same job again{'' if self._path is None else rest}"
        )
        return JournalError(msg)


def _carry_out(connection: sqlite3.Connection, statement: Callable[[Any], Any]) -> Answer:
    connection.execute("SAVEPOINT statement")
    try:
        answer = Answer(statement(connection))
    except sqlite3.Error as error:
        if not isinstance(error, _OURS):
            raise
        answer = Answer(error=error)
    except Exception as error:  # noqa: BLE001 - it is the caller's to judge
        answer = Answer(error=error)
    if answer.error is not None:
        connection.execute("ROLLBACK TO statement")
    connection.execute("RELEASE statement")
    return answer


def _is_full(error: Exception) -> bool:
    return _code(error) == sqlite3.SQLITE_FULL or getattr(error, "errno", None) == errno.ENOSPC


def _code(error: Exception) -> int:
    # The upper bits say in which place of the database it happened.
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _reason(error: Exception) -> str:
    """Say in plain words what is wrong with the file."""
    code = _code(error)
    if code == sqlite3.SQLITE_BUSY:
        return "another program has it open; close it there first"
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or isinstance(
        error, msgspec.MsgspecError
    ):
        return "it is damaged; restore it from a copy, or give another path for the journal"
    if isinstance(error, OSError) and error.strerror:
        refused = error.errno in _REFUSED
        cure = "; it and its folder have to be writable" if refused else ""
        return f"{error.strerror.lower()}{cure}"
    return str(error)

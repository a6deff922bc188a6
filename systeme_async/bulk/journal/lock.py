"""One journal, one process: a lock file beside it that names who holds it.

The kernel gives the lock back when its process ends, however it ends, so a file that a killed
process has left behind is in nobody's way. The journal itself is locked by the database as well,
which could not say by whom.
"""

from __future__ import annotations

import os
import re
import sys
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ...errors import ConfigurationError, JournalInUseError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = "-lock"

_LONGEST: Final = 20
"""Bytes; no number of a process has as many."""
_NUMBER: Final = re.compile(rb"\d{0,18}\n?")
_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

if sys.platform == "win32":
    import msvcrt

    # Far behind the number: locked bytes can't be read by others there.
    _PLACE: Final = 1 << 30

    def _try_lock(file: int) -> None:
        os.lseek(file, _PLACE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        os.lseek(file, _PLACE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: int) -> None:
        # Not `lockf`: that one lets a process lock a file twice.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


def _read(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    return os.read(file, _LONGEST)


class Lock:
    """Holds a journal for this process, until it is released or the process ends.

    Raises `JournalInUseError` where somebody else holds it, `ConfigurationError` where its place is
    taken by another file, and `OSError` where there can't be a lock file.
    """

    def __init__(self, journal: Path, called: str | None = None) -> None:
        self._path = journal.with_name(journal.name + SUFFIX)
        self._called = called or f"the journal {str(journal)!r}"
        self._file = self._acquire()
        _held.add(self)

    def _acquire(self) -> int:
        while True:
            file = os.open(self._path, _FLAGS, 0o600)
            try:
                self._lock(file)
                if self._is_here(file):
                    return self._sign(file)
            except BaseException:
                os.close(file)
                raise
            # Who held it has just removed it: this one would keep nobody out.
            os.close(file)

    def _lock(self, file: int) -> None:
        try:
            _try_lock(file)
        except (BlockingIOError, PermissionError):
            holder = _read(file).decode("ascii", "replace").strip()
            raise self._taken(holder) from None
        if not _NUMBER.fullmatch(_read(file)):
            msg = f"{str(self._path)!r} is no lock of a journal's; move it, or name another journal"
            raise ConfigurationError(msg)

    def _taken(self, holder: str) -> JournalInUseError:
        who = f"process {holder}" if holder else "another process"
        msg = f"{self._called} is in use by {who}; let it end, or stop it, and try again"
        if holder == str(os.getpid()):
            msg = f"this process has {self._called} open already; let that job end first"
        error = JournalInUseError(msg)
        error.pid = int(holder) if holder.isdecimal() else None
        return error

    def _is_here(self, file: int) -> bool:
        try:
            there = self._path.lstat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(file))

    def _sign(self, file: int) -> int:
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, f"{os.getpid()}\n".encode())
        return file

    def release(self) -> None:
        """Let others have it; nothing is left behind."""
        file, self._file = self._file, -1
        _held.discard(self)
        if file < 0:
            return
        with suppress(OSError):  # Its folder can't be written any more, or another one has it.
            if sys.platform != "win32" and self._is_here(file):
                self._path.unlink()
        # Said aloud: a process forked meanwhile may have the file open as well.
        _unlock(file)
        os.close(file)
        with suppress(OSError):
            if sys.platform == "win32":  # There a file can be removed if nobody has it open.
                self._path.unlink()

    def forget(self) -> None:
        """Close the copy that a forked process has got: the lock is its parent's alone."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


_held: Final[weakref.WeakSet[Lock]] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_held):
        lock.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

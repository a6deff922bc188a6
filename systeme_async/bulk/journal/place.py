"""The file of a journal: who may read it, what it must be, and how a new one comes to be.

A file is looked at before the database touches it, and only by who holds its lock. A new one is
made under another name and then moved to its own, so that a file under that name is whole.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import struct
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from ...errors import ConfigurationError
from .tables import APPLICATION, CREATE, VERSION

logger: Final = logging.getLogger("systeme_async")

_MAGIC: Final = b"SQLite format 3\0"
_HEAD: Final = 100
"""Bytes before the first page: what the file is, whose, and of which version."""
_NEW: Final = "-new"
WAL: Final = "-wal"


def resolved(path: Path | str) -> Path:
    """Return where the file lies, links followed, or would lie.

    Raises `ConfigurationError` for what can't be the path of a file.
    """
    name = os.fspath(path)
    if not name or "\0" in name:
        msg = f"journal={name!r} names no file"
        raise ConfigurationError(msg)
    place = Path(os.path.realpath(name))
    if place.is_dir():
        msg = f"the journal {name!r} is a folder; name a file in it, such as {name}/import.journal"
        raise ConfigurationError(msg)
    if not place.parent.is_dir():
        msg = f"the journal {name!r} lies in a folder that does not exist; create it first"
        raise ConfigurationError(msg)
    return place


def prepare(place: Path) -> None:
    """See to it that a journal lies there, and that nobody else may read it.

    Raises `ConfigurationError` where something else lies there, and `OSError` where it can't be
    read and written.
    """
    # What a process that was killed here has left behind.
    fresh = place.with_name(place.name + _NEW)
    with suppress(FileNotFoundError):
        if fresh.stat().st_size == 0 or _head(fresh)[:16] == _MAGIC:
            fresh.unlink()
    try:
        head = _head(place)
    except FileNotFoundError:
        head = b""
    if head:
        _check_head(place, head)
        _keep_private(place)
    else:
        _check_alone(place)
        _make(fresh, place)


def _head(place: Path) -> bytes:
    # Not to wait for ever where it is a pipe; for writing, as it will be written.
    file = os.open(place, os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            msg = f"the journal {str(place)!r} is no regular file; name another one"
            raise ConfigurationError(msg)
        return os.read(file, _HEAD)
    finally:
        os.close(file)


def _check_head(place: Path, head: bytes) -> None:
    other = "nothing was touched; give another path for the journal"
    if len(head) < _HEAD or not head.startswith(_MAGIC):
        msg = f"{str(place)!r} is no journal; {other}"
        raise ConfigurationError(msg)
    version, application = struct.unpack(">60xI4xI28x", head)
    if application != APPLICATION:
        msg = f"{str(place)!r} is a database of another program; {other}"
        raise ConfigurationError(msg)
    if version > VERSION:
        msg = (
            f"the journal {str(place)!r} was begun by a newer version of systeme_async; "
            "upgrade it to go on with that job"
        )
        raise ConfigurationError(msg)


def _check_alone(place: Path) -> None:
    """Refuse to begin beside what belongs to another file of that name: it would be mixed in."""
    for suffix in (WAL, "-journal"):
        left = place.with_name(place.name + suffix)
        if left.exists():
            msg = (
                f"there is no journal {str(place)!r}, but {left.name} beside it is a part of one; "
                "put the journal back, or remove that file as well, or give another path"
            )
            raise ConfigurationError(msg)


def _keep_private(place: Path) -> None:
    """Take away from others what a copy or an unpacked archive has given them."""
    if os.name == "posix" and stat.S_IMODE(place.stat().st_mode) & 0o077:
        try:
            place.chmod(0o600)
        except OSError as error:
            logger.warning("others may read the journal %s: %s", place, error.strerror)


def _make(fresh: Path, place: Path) -> None:
    os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(connect(fresh)) as connection:
        # Nothing beside it: what is not finished will be thrown away.
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.executescript(CREATE)
    fresh.replace(place)
    if os.name == "posix":  # The name has to survive a loss of power as well.
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def connect(place: Path) -> sqlite3.Connection:
    """Open the database, which is there."""
    connection = sqlite3.connect(
        f"{place.as_uri()}?mode=rw",
        uri=True,
        timeout=0,
        isolation_level=None,
    )
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA synchronous = FULL")
        # On macOS the disk itself keeps what it was given in memory, unless it is told not to.
        connection.execute("PRAGMA fullfsync = ON")
    except BaseException:
        connection.close()
        raise
    return connection


class Identity:
    """Which files a journal lies in, to notice when somebody removes or replaces one."""

    def __init__(self, place: Path) -> None:
        self._files = [place, place.with_name(place.name + WAL)]
        self._seen = [self._number(file) for file in self._files]

    def check(self) -> None:
        """Raise `OSError` where what is written would be gone with the end of the process."""
        for file, seen in zip(self._files, self._seen, strict=True):
            if self._number(file) != seen:
                msg = f"{file.name} was removed or replaced while the job ran"
                raise FileNotFoundError(msg)

    def _number(self, file: Path) -> tuple[int, int] | None:
        try:
            found = file.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

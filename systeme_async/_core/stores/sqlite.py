"""The budget of all processes of one machine: a row in an SQLite file, and no server to run.

A step is a transaction of well under a millisecond, so it runs in the event loop itself; where
another process holds the file at that moment, the step sleeps and tries again. Nothing is synced
to the disk: after a loss of power the quota is learned anew, which costs one request.

The clock is the machine's monotonic one, which all processes share. It begins anew when the
machine does, so a state from before a restart is thrown away.
"""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
import msgspec

from ...errors import ConfigurationError
from ..shared import SharedBudget
from .envelope import begin, fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...options import Quota
    from ..line import Line
    from . import Step

T = TypeVar("T")

logger: Final = logging.getLogger("systeme_async")

VERSION: Final = 2
"""Of the state's form; a state of another form is begun anew."""

LONGEST_NAP: Final = 0.005
"""Seconds between two tries while another process holds the file."""
MOST_NAPS: Final = 2_000
"""Tries after which the file counts as broken: no process holds it for seconds."""

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS budgets (
    account TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    boot TEXT NOT NULL,
    state BLOB NOT NULL
) WITHOUT ROWID
"""
_READ: Final = "SELECT version, boot, state FROM budgets WHERE account = ?"
_WRITE: Final = """
INSERT INTO budgets VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, boot = excluded.boot, state = excluded.state
"""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(SharedBudget).decode


class SqliteStore:
    """Shares the budget of one account among the processes of this machine.

    Raises `ConfigurationError` where the file can't be opened or is none of SQLite's.
    """

    suspends = True

    def __init__(self, path: str, account: str, quota: Quota, clock: Callable[[], int]) -> None:
        self.process = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._account = account
        self._quota = quota
        self._clock = clock
        self._boot = boot()
        self._budget = begin(quota, clock())
        self._broken = False
        try:
            self._connection = self._open(path)
        except (sqlite3.Error, OSError) as error:
            msg = f"budget='sqlite:///{path}' can't be used: {error}"
            raise ConfigurationError(msg) from None

    def _open(self, path: str) -> sqlite3.Connection:
        # What it holds is no secret, and nobody else's business.
        Path(path).touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_CREATE)
        # From here on the loop waits for nobody.
        connection.execute("PRAGMA busy_timeout = 0")
        return connection

    async def transact(self, step: Step[T]) -> T:
        """Apply the step to the state in the file.

        Where the file can't be used any more, the process goes on with what it knows, and says
        so once: the quota is still learned from the answers, as it is beside a neighbor.
        """
        for _ in range(MOST_NAPS):
            try:
                return self._transact(step)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    return self._alone(step, error)
            except sqlite3.Error as error:
                return self._alone(step, error)
            await anyio.sleep(random.uniform(0, LONGEST_NAP))  # noqa: S311 - not to meet again
        return self._alone(step, TimeoutError("another process holds the file"))

    def _transact(self, step: Step[T]) -> T:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            budget = self._read()
            result = step(budget, self._clock())
            execute(_WRITE, (self._account, VERSION, self._boot, _encode(budget)))
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise
        self._budget, self._broken = budget, False
        return result

    def _read(self) -> SharedBudget:
        row = self._connection.execute(_READ, (self._account,)).fetchone()
        if row is None or row[:2] != (VERSION, self._boot):
            return begin(self._quota, self._clock())
        try:
            budget = _decode(row[2])
        except msgspec.MsgspecError:
            return begin(self._quota, self._clock())
        fit(budget, self._quota)
        return budget

    def _alone(self, step: Step[T], error: Exception) -> T:
        if not self._broken:
            self._broken = True
            logger.warning(
                "the shared budget can't be used (%s): this process goes on alone", error
            )
        return step(self._budget, self._clock())

    def view(self) -> SharedBudget:
        """Return the state as this process has seen it last."""
        return self._budget

    def latest(self) -> SharedBudget:
        """Return the state in the file."""
        try:
            budget = self._read()
        except sqlite3.Error:
            return self._budget  # Busy, or broken, which the next step will say.
        budget.expire(self._clock())
        self._budget = budget
        return budget

    async def look(self) -> SharedBudget:
        """Return the state in the file, which is read without waiting."""
        return self.latest()

    @property
    def line(self) -> Line:
        """Who waits in which process, as this process has seen it last."""
        return self._budget.line

    def now(self) -> int:
        """Return the machine's monotonic clock."""
        return self._clock()

    async def aclose(self) -> None:
        """Close the file."""
        self._connection.close()


def boot() -> str:
    """Name the run of the machine since it was started: its clock counts from there."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        # Elsewhere by the minute, as the two clocks drift apart.
        return str(round((time.time() - time.monotonic()) / 600))

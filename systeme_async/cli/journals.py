"""Where journals lie that nobody has named, and what there is to be seen of one.

One job has one name for its journal: the file's, then a digest of all that makes it this job (the
file's bytes, the account, the options), then when it began. So the same command finds it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..bulk.journal import Journal
from ..bulk.lifecycle import AGAIN, OPEN
from ..errors import ConfigurationError, JournalInUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

SUFFIX: Final = ".journal"
STATE_VARIABLE: Final = "XDG_STATE_HOME"
_OWN: Final = Path("systeme_async", "jobs")
_LONGEST: Final = 60
"""Characters of a file's name that a journal's name repeats."""
_NAME: Final = re.compile(rf"(.+)\.[0-9a-f]{{16}}\.[\dT.]+{re.escape(SUFFIX)}")


def state_folder() -> Path:
    """Return the folder of journals that nobody has named; it need not exist."""
    given = os.environ.get(STATE_VARIABLE, "")
    if os.path.isabs(given):  # noqa: PTH117 - else it does not count, by the rule of XDG
        return Path(given) / _OWN
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / _OWN
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / _OWN
    return Path.home() / ".local" / "state" / _OWN


def make_state_folder() -> Path:
    """Return that folder, which only its owner can look into from now on.

    Raises `ConfigurationError` where it can't be made.
    """
    folder = state_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            folder.chmod(0o700)
    except OSError as error:
        msg = (
            f"the folder of journals {str(folder)!r} can't be used: {error.strerror}; name a "
            f"journal elsewhere with --journal, or another folder with {STATE_VARIABLE}"
        )
        raise ConfigurationError(msg) from None
    return folder


def digest_of(path: str, account: str, options: Mapping[str, Any]) -> str:
    """Return what tells one job from another: a few letters for bytes, account and options.

    Raises `ConfigurationError` for a file that can't be read.
    """
    about = json.dumps([account, options], sort_keys=True)
    digest = hashlib.blake2b(about.encode(), digest_size=8)
    try:
        with Path(path).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror or error}"
        raise ConfigurationError(msg) from None
    return digest.hexdigest()


def new_path(folder: Path, file: str, digest: str) -> Path:
    """Name a journal that begins now."""
    stem = re.sub(r"[^\w.-]", "_", Path(file).name)[:_LONGEST]
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    return folder / f"{stem}.{digest}.{now}{SUFFIX}"


def journals_in(folder: Path, digest: str | None = None) -> list[Path]:
    """Return the journals of a folder by their names; those of one job, the oldest first."""
    which = "*" if digest is None else f"*.{digest}.*"
    return sorted(folder.glob(which + SUFFIX), key=lambda path: path.name)


async def unfinished(folder: Path, digest: str) -> Seen | None:
    """Return the journal of a job that has not come to its end, the last one of several.

    Raises `JournalInUseError` where another process carries that job out now.
    """
    for path in reversed(journals_in(folder, digest)):
        seen = await look_into(path)
        if seen.state == "running":
            raise JournalInUseError(seen.problem)
        if seen.state in {"unfinished", "empty"}:
            return seen
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is to be seen of a journal from outside."""

    path: Path
    state: str
    """"finished", "unfinished", "empty", "running", or "unreadable"."""
    file: str | None = None
    """What was imported, where that is known."""
    kind: str | None = None
    began: datetime | None = None
    total: int | None = None
    done: int | None = None
    """Rows that have ended, done or rejected."""
    failed: int | None = None
    """Rows that were rejected or are unknown."""
    pid: int | None = None
    """Of the process that has it open."""
    purged: bool = False
    problem: str = ""
    """Why it can't be read."""

    @property
    def to_purge(self) -> bool:
        """Whether its job is over, and what is personal is still in it."""
        return self.state == "finished" and not self.purged


async def look_into(path: Path, *, purging: bool = False) -> Seen:
    """Say how far the job of a journal has come; `purging` empties it if that is to its end."""
    if not path.is_file():  # noqa: ASYNC240 - one look at a local file
        return Seen(path=path, state="unreadable", problem=f"there is no journal {str(path)!r}")
    try:
        journal = await Journal.open(path)
    except ConfigurationError as error:
        return _closed_to_us(path, error)
    try:
        seen = await _described(path, journal)
        if purging and seen.to_purge:
            await journal.purge()
        return seen
    finally:
        await journal.aclose()


def _closed_to_us(path: Path, error: ConfigurationError) -> Seen:
    # Nobody but its process can look into it; its name may tell of which file it is.
    named = _NAME.fullmatch(path.name)
    return Seen(
        path=path,
        state="running" if isinstance(error, JournalInUseError) else "unreadable",
        pid=error.pid if isinstance(error, JournalInUseError) else None,
        file=named[1] if named else None,
        problem=str(error),
    )


async def _described(path: Path, journal: Journal) -> Seen:
    header = journal.header
    if header is None or not journal.complete:
        return Seen(path=path, state="empty")
    counts = await journal.counts()
    left = sum(count for (state, _), count in counts.items() if state in OPEN)
    # An unknown row without a status is one that a crash has left: it has not failed yet.
    failed = sum(count for (state, status), count in counts.items() if status and state in AGAIN)
    return Seen(
        path=path,
        state="unfinished" if left else "finished",
        file=header.source,
        kind=header.kind,
        began=datetime.fromtimestamp(header.began, UTC),
        total=journal.total,
        done=journal.total - left,
        failed=failed,
        purged=journal.purged,
    )

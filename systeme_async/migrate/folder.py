"""The folder of a migration: what was read, what becomes of it, how far it has come.

```
FOLDER/
  mapping.toml      what becomes of everything: proposed, then edited by people
  state.json        which accounts, and the runs so far
  moved.json        what was moved of each contact, as a digest, and under which address: what is
                    the same is left alone
  1/, 2/, …         one folder a run: contacts.jsonl as read, again.jsonl with whom an earlier
                    run could not move, mapping.toml as carried out,
                    rows.jsonl and import.journal, left-out.csv, readdressed.csv, results.csv
```

Files appear whole, and nobody but their owner can read them: they hold people's addresses.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, TypeVar

import msgspec

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

T = TypeVar("T")

VERSION: Final = 1
_OWN: Final = frozenset({"1", "mapping.toml", "migration-lock", "state.json.part"})
"""What may lie in a folder in which nothing has been noted yet."""


class RunState(msgspec.Struct, omit_defaults=True):
    """How far one run has come."""

    number: int
    since: float | None = None
    """Contacts are read that were changed since, as a unix time; None reads all."""
    began: float = 0.0
    """When reading began, by the clock of the server that was read."""
    begun_here: float = 0.0
    """The same by the clock of this machine, which tells how old what was read is."""
    read: bool = False
    """Whether all is read."""
    applied: bool = False
    """Whether all is moved, or left to the next run, as what was read is out of date."""
    rejected: bool = False
    """Whether somebody could not be moved, who is tried again in the next run."""
    again: list[int] = []
    """Ids of contacts that are read in any case: those whom the run before could not move."""


class State(msgspec.Struct):
    """What is known of a migration."""

    source: str
    """A fingerprint of the account at ActiveCampaign."""
    target: str
    """A fingerprint of the account at Systeme.io."""
    runs: list[RunState] = []
    version: int = VERSION


class Moved(msgspec.Struct, array_like=True, frozen=True):
    """What was moved of one contact. Its repr tells nothing."""

    digest: str
    """Of the row that was carried out last; "" where none surely was."""
    email: str
    again: bool = False
    """Whether it has to be moved once more, though the row is the same."""
    withdrawn: bool = False
    """Whether it would be left out now, or is gone."""

    def __repr__(self) -> str:
        return f"Moved({self.digest})"


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.people = path / "contacts.jsonl"
        self.again = path / "again.jsonl"
        self.mapping = path / "mapping.toml"
        self.rows = path / "rows.jsonl"
        self.journal = path / "import.journal"
        self.left_out = path / "left-out.csv"
        self.readdressed = path / "readdressed.csv"
        self.results = path / "results.csv"


class Folder:
    """The files of a migration.

    Raises `ConfigurationError` where it can't be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mapping = path / "mapping.toml"
        self._state = path / "state.json"
        self._moved = path / "moved.json"
        if not path.name:
            msg = "the folder of a migration has to have a name; name a new one"
            raise ConfigurationError(msg)
        with told_where(path):
            strange = self.there and [one.name for one in path.iterdir() if one.name not in _OWN]
        if strange and not self._state.exists():
            msg = (
                f"the folder {str(path)!r} holds other things, such as {min(strange)!r}: "
                "name an empty one, or a new one"
            )
            raise ConfigurationError(msg)

    @property
    def there(self) -> bool:
        """Whether there is such a folder, or something in its place."""
        return self.path.exists()

    def make(self) -> None:
        """Make it where it is missing."""
        with told_where(self.path):
            self.path.mkdir(mode=0o700, exist_ok=True)

    def run(self, number: int) -> RunFolder:
        """Return the folder of a run, made where it is missing."""
        path = self.path / str(number)
        with told_where(path):
            path.mkdir(mode=0o700, exist_ok=True)
        return RunFolder(path)

    def runs(self) -> list[RunFolder]:
        """Return the folders of all runs, in their order."""
        numbers = sorted(int(one.name) for one in self.path.iterdir() if one.name.isdecimal())
        return [RunFolder(self.path / str(number)) for number in numbers]

    def state(self, source: str, target: str) -> State:
        """Read how far it has come; raises `ConfigurationError` for other accounts."""
        if not self._state.exists():
            return State(source, target)
        state = self._read(self._state, State)
        if state.version > VERSION:
            msg = f"{self._state} was written by a newer version of systeme_async; upgrade it"
            raise ConfigurationError(msg)
        for name, then, now in (
            ("ActiveCampaign", state.source, source),
            ("Systeme.io", state.target, target),
        ):
            if then != now:
                msg = (
                    f"the migration in {str(self.path)!r} was begun with another account at "
                    f"{name}: use the key of that one, or another folder"
                )
                raise ConfigurationError(msg)
        return state

    def keep_state(self, state: State) -> None:
        """Note how far it has come."""
        write_whole(self._state, msgspec.json.format(msgspec.json.encode(state)))

    def moved(self) -> dict[str, Moved]:
        """Return what was moved of each contact, by their ids."""
        return self._read(self._moved, dict[str, Moved]) if self._moved.exists() else {}

    def keep_moved(self, moved: dict[str, Moved]) -> None:
        """Note what was moved."""
        write_whole(self._moved, msgspec.json.encode(moved))

    @property
    def lock_name(self) -> Path:
        """What a lock beside it is named after."""
        return self.path / "migration"

    def _read(self, path: Path, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError) as error:
            msg = f"{path} can't be read: {error}; restore it, or begin in another folder"
            raise ConfigurationError(msg) from None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    write_lines(path, [data])


def write_lines(path: Path, lines: Iterable[bytes]) -> int:
    """Write a file of many pieces, which is there whole or not at all; return how many."""
    part = path.with_name(f"{path.name}.part")
    count = 0
    with told_where(path):
        with private_file(part, os.O_TRUNC) as file:
            for line in lines:
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    return count


def private_file(path: Path, how: int) -> IO[bytes]:
    """Open a file for writing that nobody but its owner can read, made where it is missing."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb")


def lines_of(path: Path) -> Iterator[bytes]:
    """Read a file line by line."""
    with told_where(path), path.open("rb") as file:
        yield from file


@contextmanager
def told_where(path: Path) -> Generator[None]:
    """Raise `ConfigurationError`, with what to do, where a file or folder can't be used."""
    try:
        yield
    except OSError as error:
        place = path if error.filename is None else error.filename
        how = "make room or give access, and run the same command again"
        if isinstance(error, FileNotFoundError):
            how = "restore it, or begin in another folder"
        msg = f"{place} can't be used: {error.strerror}; {how}"
        raise ConfigurationError(msg) from None

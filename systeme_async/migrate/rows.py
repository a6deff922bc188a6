"""From the people of a run to the rows of its import, and to the files of those to be seen to."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..errors import ConfigurationError
from . import tables
from .folder import Moved, lines_of, write_lines
from .moving import Mover
from .reading import people_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from .folder import RunFolder
    from .mapping import Mapping as Rules
    from .people import Person

ID: Final = "#id"
"""What the id at ActiveCampaign stands under in a row's line; no field can be called so."""
_NO_SLUGS: Final = frozenset({"email", "tags", ID})

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Sorted:
    """What became of the people of a run."""

    read: int = 0
    rows: int = 0
    unchanged: int = 0
    """Who were moved before, and are as they were then."""
    left_out: Counter[str] = field(default_factory=Counter[str])
    """By the reason."""
    withdrawn: int = 0
    """Of these, who were moved before."""
    readdressed: int = 0
    """Who were moved before under another address."""
    lost: Counter[str] = field(default_factory=Counter[str])
    """Values that were cut or left out, by what is to be said of them."""


def sort_people(run: RunFolder, rules: Rules, moved: Mapping[str, Moved], *, write: bool) -> Sorted:
    """Write the rows of a run, and who has to be seen to; or only count them again."""
    mover, found = Mover(rules), Sorted()
    addresses = {one.email.casefold() for one in moved.values()}
    left: list[tables.LeftOut] = []
    readdressed: list[tuple[Person, str]] = []

    def rows() -> Iterator[bytes]:
        for person in people_of(run):
            found.read += 1
            reason, before = mover.reason(person), moved.get(str(person.id))
            if reason is not None:
                found.left_out[reason] += 1
                moved_as = before.email if before is not None else ""
                if not moved_as and person.email.casefold() in addresses:
                    moved_as = person.email  # The one they had then is deleted, or another's.
                found.withdrawn += bool(moved_as)
                left.append(tables.left_out(person, reason, moved_as))
                continue
            row = mover.row(person)
            if before is not None and before.digest == digest(row) and not before.again:
                found.unchanged += 1
                continue
            if before is not None and before.email.casefold() != person.email.casefold():
                readdressed.append((person, before.email))
            yield _encode({**row, ID: person.id}) + b"\n"

    if write:
        found.rows = write_lines(run.rows, rows())
        tables.write_left_out(run.left_out, left)
        taken = _taken(run, moved, readdressed)
        tables.write_readdressed(run.readdressed, readdressed, taken)
    else:
        deque(rows(), maxlen=0)
        found.rows = sum(1 for _ in lines_of(run.rows))
    found.readdressed = len(readdressed)
    found.lost = mover.lost
    return found


def _taken(
    run: RunFolder, moved: Mapping[str, Moved], readdressed: Iterable[tuple[Person, str]]
) -> set[str]:
    """Return those of the old addresses, in small letters, that are somebody else's by now."""
    old = {was.casefold() for _, was in readdressed}
    changed = {str(person.id) for person, _ in readdressed}
    others = (one.email for number, one in moved.items() if number not in changed)
    now = (person.email for person in people_of(run))
    return {email for one in chain(others, now) if (email := one.casefold()) in old}


def withdrawn_of(
    run: RunFolder, rules: Rules, moved: Mapping[str, Moved], *, everybody: bool
) -> dict[str, bool]:
    """Say of those moved before whether they would be left out now, as far as that is known.

    After a reading of everybody whoever is not there is gone.
    """
    mover = Mover(rules)
    known = dict.fromkeys(moved, True) if everybody else {}
    for person in people_of(run):
        if str(person.id) in moved:
            known[str(person.id)] = mover.reason(person) is not None
    return known


def digest(row: Mapping[str, Any]) -> str:
    """Return what tells a row from what it was before."""
    told = {name: value for name, value in row.items() if name != ID}
    return blake2b(_encode(told), digest_size=8).hexdigest()


def moved_of(run: RunFolder, numbers: Iterable[int]) -> dict[str, Moved]:
    """Return what the rows with these numbers, in their order, have moved of which contacts."""
    return {
        str(row[ID]): Moved(digest(row), row["email"]) for row in numbered_rows(run.rows, numbers)
    }


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    """Go through the rows of a file; raises `ConfigurationError` where it is damaged."""
    return (_row(path, line) for line in lines_of(path))


def numbered_rows(path: Path, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Go through the rows with these numbers, which are in their order."""
    waiting = iter(numbers)
    wanted = next(waiting, None)
    for number, row in enumerate(rows_in(path), 1):
        if number == wanted:
            yield row
            wanted = next(waiting, None)


def slugs_of(path: Path) -> set[str]:
    """Return for which fields rows have values."""
    slugs: set[str] = set()
    for row in rows_in(path):
        slugs |= row.keys()
    return slugs - _NO_SLUGS


def gather(files: list[Path], moved: Mapping[str, Moved], path: Path, *, whole: bool) -> int:
    """Put the rows of several runs into one file: of several about a contact the last counts.

    Those count that were carried out, for people who are not left out since.

    Args:
        files: the rows of each run, in their order.
        moved: what was moved.
        path: of the file they are put into.
        whole: of the last run those count as well that were not carried out.

    Returns how many there are.
    """

    def counts(run: int, row: dict[str, Any]) -> bool:
        before = moved.get(str(row[ID]))
        if before is not None and before.withdrawn:
            return False
        is_done = before is not None and before.digest == digest(row)
        return is_done or (whole and run == len(files) - 1)

    last = {row[ID]: (run, number) for run, number, row, _ in _numbered(files) if counts(run, row)}

    def lines() -> Iterator[bytes]:
        for run, number, row, line in _numbered(files):
            if last.get(row[ID]) == (run, number):
                yield line

    return write_lines(path, lines())


def _numbered(files: list[Path]) -> Iterator[tuple[int, int, dict[str, Any], bytes]]:
    for run, path in enumerate(files):
        for number, line in enumerate(lines_of(path)):
            yield run, number, _row(path, line), line


def _row(path: Path, line: bytes) -> dict[str, Any]:
    try:
        row: dict[str, Any] = msgspec.json.decode(line)
    except msgspec.MsgspecError as error:
        msg = f"{path} is damaged: {error}; remove it, to have everybody read again"
        raise ConfigurationError(msg) from None
    return row

"""From the people of a run to the rows of its import, and to the file of those who are left out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..bulk.defusing import defuse
from .folder import Moved, lines_of, write_lines
from .moving import REASONS, Mover
from .reading import people_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from .folder import RunFolder
    from .mapping import Mapping as Rules
    from .people import Person

LEFT_OUT_COLUMNS: Final = (
    "email",
    "first_name",
    "last_name",
    "phone",
    "reason",
    "moved_before",
    "id",
)
READDRESSED_COLUMNS: Final = ("was", "is", "id")
ID: Final = "activecampaign_id"
"""What the id stands under in a row's line; the import leaves it out."""

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
    """Write the rows of a run, and who is left out; or only count them again."""
    mover, found = Mover(rules), Sorted()
    left: list[tuple[int, bytes]] = []
    readdressed: list[bytes] = []

    def rows() -> Iterator[bytes]:
        for person in people_in(run.people):
            found.read += 1
            reason, before = mover.reason(person), moved.get(str(person.id))
            if reason is not None:
                found.left_out[reason] += 1
                found.withdrawn += before is not None
                line = _left_out(person, reason, before=before is not None)
                left.append((REASONS.index(reason), line))
                continue
            row = mover.row(person)
            if before is not None and before.digest == digest(row):
                found.unchanged += 1
                continue
            if before is not None and before.email.casefold() != person.email.casefold():
                readdressed.append(_readdressed(person, before.email))
            yield _encode({**row, ID: person.id}) + b"\n"

    found.rows = write_lines(run.rows, rows()) if write else sum(1 for _ in rows())
    if write:
        left.sort(key=lambda one: one[0])
        _write_table(run.left_out, LEFT_OUT_COLUMNS, (line for _, line in left))
        if readdressed:
            _write_table(run.readdressed, READDRESSED_COLUMNS, readdressed)
    found.readdressed = len(readdressed)
    found.lost = mover.lost
    return found


def digest(row: Mapping[str, Any]) -> str:
    """Return what tells a row from what it was before."""
    told = {name: value for name, value in row.items() if name != ID}
    return blake2b(_encode(told), digest_size=8).hexdigest()


def moved_of(run: RunFolder, numbers: Iterator[int]) -> dict[str, Moved]:
    """Return what the rows with these numbers, in their order, have moved of which contacts."""
    found: dict[str, Moved] = {}
    wanted = next(numbers, None)
    for number, line in enumerate(lines_of(run.rows), 1):
        if number == wanted:
            row: dict[str, Any] = msgspec.json.decode(line)
            found[str(row[ID])] = Moved(digest(row), row["email"])
            wanted = next(numbers, None)
    return found


def _left_out(person: Person, reason: str, *, before: bool) -> bytes:
    cells = (person.email, person.first_name, person.last_name, person.phone)
    return _line((*map(defuse, cells), reason, "yes" if before else "no", str(person.id)))


def _readdressed(person: Person, was: str) -> bytes:
    return _line((defuse(was), defuse(person.email), str(person.id)))


def _write_table(path: Path, columns: tuple[str, ...], lines: Iterable[bytes]) -> None:
    write_lines(path, chain([b"\xef\xbb\xbf" + _line(columns)], lines))


def last_rows(files: Iterable[Path]) -> Iterator[bytes]:
    """Go through the rows of several runs: of several about one contact only the last counts."""
    paths = list(files)
    last = {
        _contact_of(line): (run, number)
        for run, path in enumerate(paths)
        for number, line in enumerate(lines_of(path))
    }
    for run, path in enumerate(paths):
        for number, line in enumerate(lines_of(path)):
            if last[_contact_of(line)] == (run, number):
                yield line


def _contact_of(line: bytes) -> int:
    number: int = msgspec.json.decode(line)[ID]
    return number


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue().encode()

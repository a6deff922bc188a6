"""From the people of a run to the rows of its import, and to the file of those who are left out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..bulk.defusing import defuse
from .folder import lines_of, write_lines
from .moving import REASONS, Mover
from .reading import people_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    lost: Counter[str] = field(default_factory=Counter[str])
    """Values that were cut or left out, by what is to be said of them."""


def sort_people(run: RunFolder, rules: Rules, moved: Mapping[str, str], *, write: bool) -> Sorted:
    """Write the rows of a run, and who is left out; or only count them again."""
    mover, found = Mover(rules), Sorted()
    left: list[tuple[int, bytes]] = []

    def rows() -> Iterator[bytes]:
        for person in people_in(run.people):
            found.read += 1
            reason = mover.reason(person)
            if reason is not None:
                found.left_out[reason] += 1
                before = str(person.id) in moved
                found.withdrawn += before
                left.append((REASONS.index(reason), _left_out(person, reason, before=before)))
                continue
            row = mover.row(person)
            if moved.get(str(person.id)) == digest(row):
                found.unchanged += 1
            else:
                yield _encode({**row, ID: person.id}) + b"\n"

    found.rows = write_lines(run.rows, rows()) if write else sum(1 for _ in rows())
    if write:
        left.sort(key=lambda one: one[0])
        head = b"\xef\xbb\xbf" + _line(LEFT_OUT_COLUMNS)
        write_lines(run.left_out, [head, *(line for _, line in left)])
    found.lost = mover.lost
    return found


def digest(row: Mapping[str, Any]) -> str:
    """Return what tells a row from what it was before."""
    told = {name: value for name, value in row.items() if name != ID}
    return blake2b(_encode(told), digest_size=8).hexdigest()


def digests(run: RunFolder, numbers: Iterator[int]) -> dict[str, str]:
    """Return the digests of rows with these numbers, in their order, by the ids of the contacts."""
    found: dict[str, str] = {}
    wanted = next(numbers, None)
    for number, line in enumerate(lines_of(run.rows), 1):
        if number == wanted:
            row: dict[str, Any] = msgspec.json.decode(line)
            found[str(row[ID])] = digest(row)
            wanted = next(numbers, None)
    return found


def _left_out(person: Person, reason: str, *, before: bool) -> bytes:
    cells = (person.email, person.first_name, person.last_name, person.phone)
    return _line((*map(defuse, cells), reason, "yes" if before else "no", str(person.id)))


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue().encode()

"""The tables of a run for people to look at: who was left out, and who has another address."""

from __future__ import annotations

import csv
import io
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from ..bulk.defusing import defuse
from .folder import write_lines
from .moving import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .people import Person

    LeftOut = tuple[int, bytes]

LEFT_OUT_COLUMNS: Final = (
    "email",
    "first_name",
    "last_name",
    "phone",
    "reason",
    "moved_before",
    "moved_as",
    "id",
)
READDRESSED_COLUMNS: Final = ("was", "is", "old_address_is", "id")
FREE: Final = "nobody's"
TAKEN: Final = "somebody else's"


def left_out(person: Person, reason: str, moved_as: str) -> LeftOut:
    """Return the line of somebody who is left out, and its place.

    Args:
        person: who it is.
        reason: why.
        moved_as: the address under which he was moved before; "" where he was not.
    """
    cells = map(defuse, (person.email, person.first_name, person.last_name, person.phone))
    before = ("yes" if moved_as else "no", defuse(moved_as))
    return REASONS.index(reason), _line((*cells, reason, *before, str(person.id)))


def write_left_out(path: Path, lines: list[LeftOut]) -> None:
    """Write who was left out, by the reason."""
    ordered = sorted(lines, key=itemgetter(0))
    _write(path, LEFT_OUT_COLUMNS, (line for _, line in ordered))


def write_readdressed(path: Path, people: list[tuple[Person, str]], taken: set[str]) -> None:
    """Write who has another address, what it was, and whether that is somebody else's now.

    Where it is nobody there is no file, nor one of an earlier reading.
    """
    if not people:
        path.unlink(missing_ok=True)
        return
    _write(
        path,
        READDRESSED_COLUMNS,
        (
            _line(
                (
                    defuse(was),
                    defuse(person.email),
                    TAKEN if was.casefold() in taken else FREE,
                    str(person.id),
                )
            )
            for person, was in people
        ),
    )


def _write(path: Path, columns: tuple[str, ...], lines: Iterable[bytes]) -> None:
    write_lines(path, chain([b"\xef\xbb\xbf" + _line(columns)], lines))


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue().encode()

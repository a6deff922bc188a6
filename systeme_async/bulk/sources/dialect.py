"""How a CSV is written, and whether its first line is a header.

Pure. All is decided by the beginning of the file: its delimiter is the one under which the header
names a column of e-mail addresses, or else the one the header has most of.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from ...errors import ConfigurationError
from ..columns import guess

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DELIMITERS: Final = ",;\t|"
_SHOWN: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LOOKED_AT: Final = 10
"""Records in which a header below a title is looked for."""
_LONGEST_HEADER: Final = 20
"""Lines that a header with line breaks in its quotes may have."""

_QUOTED: Final = re.compile(r'"[^"]*"')
_TOLD: Final = re.compile(r'"?sep=([^"\w\s]|\t)"?[;,\t]*\Z', re.IGNORECASE)
_NOTHING: Final = " \r\n\ufeff" + DELIMITERS
_ADDRESS: Final = re.compile(
    r"""(?:\A|[,;\t|<])[\s"']*[^@\s,;|<>"]+@[^@\s,;|<>".]+(?:\.[^@\s,;|<>".]+)+[\s"']*(?:[,;\t|>]|\Z)"""
)


class Records(Protocol):
    """What `csv.reader` returns: cells, and how many lines they took so far."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the cells of a file are told apart."""

    delimiter: str
    skipped: int
    """Lines before the header: blank ones, and Excel's own `sep=;`."""
    blanks: bool
    """Whether blanks stand between a delimiter and a quote."""

    @property
    def shown(self) -> str:
        """The delimiter, as people call it."""
        return _SHOWN.get(self.delimiter, repr(self.delimiter))

    def parse(self, lines: Iterable[str]) -> Records:
        """Return a strict reader of lines."""
        return csv.reader(
            lines, delimiter=self.delimiter, strict=True, skipinitialspace=self.blanks
        )


def dialect_of(name: str, head: list[str], delimiter: str | None = None) -> Dialect:
    """Find out how a file is written.

    Args:
        name: of the file, for messages.
        head: its first lines.
        delimiter: what the caller says it is.

    Raises `ConfigurationError` for a file without a header in its first line.
    """
    told, skipped = _told(head)
    records = [_record(head[skipped:])]
    for line in head[skipped + records[0].count("\n") + 1 :]:
        if line.strip() and len(records) <= _LOOKED_AT:
            records.append(line)
    header = records[0]
    _refuse_no_header(name, header)
    chosen = delimiter or told or _delimiter(name, header)
    _refuse_title(name, header, records[1:], chosen if delimiter or told else None)
    unquoted = _QUOTED.sub('""', "\n".join(records))
    blanks = re.search(rf'(\A|\n|{re.escape(chosen)}) +""', unquoted) is not None
    return Dialect(chosen, skipped, blanks)


def check_header(name: str, headers: list[str]) -> None:
    """Raise `ConfigurationError` for a header that names nothing, or two columns alike."""
    named = [header for header in headers if header]
    if not named:
        msg = f"{name} is empty; its first line must name the columns"
        raise ConfigurationError(msg)
    if all(len(header) > 1 and header[0] == header[-1] == "'" for header in named):
        msg = f"{name} has its cells in single quotes; export it with double quotes"
        raise ConfigurationError(msg)
    doubled = sorted({header for header in named if named.count(header) > 1})
    if doubled:
        msg = f"{name} has several columns named {', '.join(doubled)}; rename them"
        raise ConfigurationError(msg)


def clean(cell: str) -> str:
    """Strip what stands around a header: blanks, and marks of files that were joined."""
    return cell.strip().lstrip("\ufeff").strip()


def _told(head: list[str]) -> tuple[str | None, int]:
    """Read Excel's `sep=;`, and count the lines to be skipped before the header."""
    told: str | None = None
    skipped = 0
    for line in head:
        found = _TOLD.match(line.strip(" \r\n\ufeff"))
        if told is None and found:
            told = found[1]
        elif line.strip(_NOTHING):
            break
        skipped += 1
    return told, skipped


def _record(lines: list[str]) -> str:
    """Join the lines of the first record: a quote may hold line breaks."""
    record = ""
    for line in lines[:_LONGEST_HEADER]:
        record += line
        if record.count('"') % 2 == 0:
            return record.rstrip("\r\n")
    return (lines or [""])[0].rstrip("\r\n")


def _cells(record: str, delimiter: str) -> list[str]:
    try:
        # Not splitlines(): characters such as U+2028 end no line of a file.
        lines = io.StringIO(record, newline="")
        cells = next(csv.reader(lines, delimiter=delimiter), list[str]())
    except csv.Error:
        return []
    return [clean(cell) for cell in cells]


def _names_email(cells: list[str]) -> bool:
    return any(guess(cell) == "email" for cell in cells)


def _delimiter(name: str, header: str) -> str:
    naming = [sign for sign in DELIMITERS if _names_email(_cells(header, sign))]
    naming = [sign for sign in naming if sign in _QUOTED.sub("", header)] or naming[:1]
    if len(naming) > 1:
        shown = " or ".join(_SHOWN[sign] for sign in naming)
        msg = (
            f"{name}: the first line may be separated by {shown}; "
            "say which (File(path, delimiter=...), --delimiter)"
        )
        raise ConfigurationError(msg)
    if naming:
        return naming[0]
    return max(DELIMITERS, key=_QUOTED.sub("", header).count)


def _refuse_no_header(name: str, header: str) -> None:
    if _ADDRESS.search(header):
        msg = (
            f"{name} has no header: its first line holds an address; put a line above it that "
            "names the columns, such as email,first_name"
        )
        raise ConfigurationError(msg)


def _refuse_title(name: str, header: str, others: list[str], delimiter: str | None) -> None:
    """Refuse a first line that is a title: the header comes below it."""
    signs = delimiter or DELIMITERS
    if any(_names_email(_cells(header, sign)) for sign in signs):
        return
    for line in others:
        if "@" not in line and any(_names_email(_cells(line, sign)) for sign in signs):
            msg = (
                f"{name}: the first line is no header, for {line.strip()[:60]!r} comes later; "
                "delete the lines above that one"
            )
            raise ConfigurationError(msg)

"""Rows from a file of separated values."""

from __future__ import annotations

import csv
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from ...errors import ConfigurationError
from ..defusing import restore, result_places
from .dialect import check_header, clean, dialect_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping
    from typing import TextIO

    from .text import TextFile

_BEGINNING: Final = 64
"""Lines by which the dialect is told."""
_LONGEST_LINE: Final = 1 << 16
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_QUOTE_AFTER_BLANKS: Final = re.compile(r'\s+".*"\s*\Z', re.DOTALL)


class CsvFile:
    """A CSV that has been read to its end once: what is wrong with its quotes has been told.

    The results of a job are read as the file that the job was made of.
    """

    repeatable = True

    def __init__(self, text: TextFile, delimiter: str | None = None) -> None:
        self._text = text
        self.fingerprint: str | None = text.fingerprint
        self.notes = text.notes
        with text.open() as file:
            head = list(islice(iter(lambda: file.readline(_LONGEST_LINE), ""), _BEGINNING))
        self._dialect = dialect_of(text.name, head, delimiter)
        self._results = frozenset[int]()
        """Columns that results have added: those are not of the file."""
        with text.open() as file:
            records = self._records(file)
            heading = next(records, (0, 0, list[str]()))[2]
            self._results = result_places([clean(cell) for cell in heading])
            self.heading: list[str] = self._own(heading)
            self.headers = [clean(cell) for cell in self.heading]
            check_header(text.name, self.headers)
            self.count: int | None = self._counted(records)

    @property
    def description(self) -> str:
        """What the file was taken for."""
        how = self._dialect.shown if len(self.headers) > 1 else "one column"
        what = "results of a job, " if self._results else ""
        return f"CSV, {what}{self._text.shown}, {how}"

    async def rows(self) -> AsyncGenerator[Mapping[str, str] | ConfigurationError, None]:
        """Begin with the first row."""
        with self._text.open() as file:
            headers, width = self.headers, len(self.headers)
            records = self._records(file)
            next(records)
            for first, last, cells in records:
                joined = "\n".join(cells)
                if len(cells) > width or '"' in joined or first != last:
                    problem = self._problem(first, last, cells)
                    if problem:
                        yield ConfigurationError(problem)
                        continue
                yield dict(zip(headers, cells, strict=False))

    def cells(self) -> Iterator[list[str]]:
        """Begin with the cells of the first row, as they stand in the file."""
        with self._text.open() as file:
            records = self._records(file)
            next(records)
            for _, _, cells in records:
                yield cells

    def _counted(self, records: Iterator[tuple[int, int, list[str]]]) -> int:
        """Count the rows, and name the columns that hold something below an empty header."""
        nameless = {place for place, header in enumerate(self.headers) if not header}
        count = 0
        for _, _, cells in records:
            count += 1
            for place in [place for place in nameless if place < len(cells)]:
                if cells[place].strip():
                    nameless.remove(place)
                    self.headers[place] = _numbered(place, self.headers)
        return count

    def _records(self, file: TextIO) -> Iterator[tuple[int, int, list[str]]]:
        """Give the records that are not blank, each with its first and last line."""
        skipped = self._dialect.skipped
        for _ in range(skipped):
            file.readline()
        reader = self._dialect.parse(file)
        before = 0
        try:
            for read in reader:
                begun, before = before + 1, reader.line_num
                cells = self._own(read)
                if any(cells) and not "".join(cells).isspace():
                    yield skipped + begun, skipped + before, cells
        except csv.Error as error:
            first, last = skipped + before + 1, skipped + reader.line_num
            lines = f"line {first}" if first >= last else f"lines {first} to {last}"
            msg = f"{self._text.name}, {lines}: {error}; correct the quotes there"
            raise ConfigurationError(msg) from None

    def _own(self, cells: list[str]) -> list[str]:
        """Leave out what results have added to a row, and restore what they have defused."""
        if not self._results:
            return cells
        return [restore(cell) for place, cell in enumerate(cells) if place not in self._results]

    def _problem(self, first: int, last: int, cells: list[str]) -> str | None:
        """Say why nobody knows what is where in this row."""
        width, sign = len(self.headers), self._dialect.delimiter
        if any(cells[width:]):
            return (
                f"line {first}: the row has {len(cells)} cells and the header {width}: "
                f"put a cell that holds {sign!r} in quotes"
            )
        if any(_QUOTE_AFTER_BLANKS.match(cell) for cell in cells):
            return f"line {first}: blanks stand before a quote; remove them"
        if any(_holds_a_row(cell, width, sign) for cell in cells):
            return f"lines {first} to {last} are one row, by the quotes in them: correct those"
        return None


def _holds_a_row(cell: str, width: int, delimiter: str) -> bool:
    """Tell whether a cell has swallowed rows, because quotes are missing somewhere."""
    return width > 1 and any(
        "@" in line and line.count(delimiter) == width - 1 for line in _LINE_END.split(cell)[1:]
    )


def _numbered(place: int, headers: list[str]) -> str:
    """Call a column without a name by its place."""
    name = f"column {place + 1}"
    while name in headers:
        name += "'"
    return name

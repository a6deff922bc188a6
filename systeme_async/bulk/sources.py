"""Where rows come from: files, iterables and async iterables, never all in memory.

A file is read twice: once to its end before anything is sent, so that a broken line 9,000 or
a wrong encoding costs no request, and once while the job runs.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Iterable,
    Iterator,
    Mapping,
)
from inspect import isasyncgen, isgenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from typing import TextIO

Rows = str | os.PathLike[str] | Iterable[Any] | AsyncIterable[Any]
"""A path to CSV or JSONL, or any (async) iterable of mappings and structs."""

DELIMITERS: Final = ",;\t|"
_CSV: Final = {".csv", ".tsv", ".txt"}
_JSON_LINES: Final = {".jsonl", ".ndjson"}
_NO_ROWS: Final = (Mapping, bytes)  # iterable, and yet nobody means their keys or numbers
_EMPTY: Final[list[str]] = []
_QUOTED: Final = re.compile(r'"[^"]*"')
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class Source(Protocol):
    """Rows, one by one."""

    @property
    def headers(self) -> list[str] | None:
        """The names that all rows of a file with a header share; else None."""
        ...

    @property
    def count(self) -> int | None:
        """How many rows there are, where that is known in advance."""
        ...

    def rows(self) -> AsyncGenerator[Any, None]:
        """Begin with the first row; a row that can't be read comes as the error it is."""
        ...


def open_source(rows: Rows) -> Source:
    """Choose how to read the rows; a file is checked from its first to its last line.

    Raises `ConfigurationError` for a file that can't be read as what it is.
    """
    if isinstance(rows, str | os.PathLike):
        return _open_file(Path(rows))
    if isinstance(rows, AsyncIterable):
        return _Stream(rows)
    _refuse_what_is_no_rows(rows)
    return _Series(rows)


def _refuse_what_is_no_rows(rows: object) -> None:
    kind = type(rows).__name__
    if not hasattr(rows, "__iter__") or isinstance(rows, _NO_ROWS):
        msg = f"rows must be a path or an iterable of rows, not {kind}"
        raise ConfigurationError(msg)


def _open_file(path: Path) -> Source:
    suffix = path.suffix.lower()
    try:
        if suffix in _CSV:
            return _CsvFile(path)
        if suffix in _JSON_LINES:
            return _JsonLinesFile(path)
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror or error}"
        raise ConfigurationError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{path.name} is not UTF-8 (byte {error.start}); save it as CSV UTF-8"
        raise ConfigurationError(msg) from None
    msg = f"{path.name} is neither .csv nor .jsonl; rename it, or pass its rows as an iterable"
    raise ConfigurationError(msg)


class _Series:
    """Rows from an iterable."""

    headers = None
    count = None

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = rows

    async def rows(self) -> AsyncGenerator[Any, None]:
        try:
            for row in self._rows:
                yield row
        finally:
            if isgenerator(self._rows):
                self._rows.close()  # Its files and connections end with the job.


class _Stream:
    """Rows from an async iterable."""

    headers = None
    count = None

    def __init__(self, rows: AsyncIterable[Any]) -> None:
        self._rows = rows

    async def rows(self) -> AsyncGenerator[Any, None]:
        try:
            async for row in self._rows:
                yield row
        finally:
            if isasyncgen(self._rows):
                await self._rows.aclose()


class _CsvFile:
    """Rows from a file of separated values; the delimiter is the one its header has most of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _opened(path) as file:
            header = next((line for line in file if line.strip()), "")
            self._delimiter = max(DELIMITERS, key=_QUOTED.sub("", header).count)
        with _opened(path) as file:
            lines = self._lines(file)
            self.headers = [cell.strip() for cell in next(lines, _EMPTY)]
            self._refuse_bad_header()
            self.count: int | None = sum(1 for _ in lines)

    async def rows(self) -> AsyncGenerator[Any, None]:
        with _opened(self._path) as file:
            lines = self._lines(file)
            next(lines)
            for cells in lines:
                yield self._row(cells)

    def _row(self, cells: list[str]) -> Mapping[str, str] | ConfigurationError:
        surplus = len(cells) - len(self.headers)
        if surplus > 0 and any(cells[-surplus:]):
            return ConfigurationError(
                f"the row has {len(cells)} cells and the header {len(self.headers)}: "
                f"put a cell that holds {self._delimiter!r} in quotes"
            )
        return dict(zip(self.headers, cells, strict=False))

    def _lines(self, file: TextIO) -> Iterator[list[str]]:
        reader = csv.reader(file, delimiter=self._delimiter, strict=True)
        try:
            for cells in reader:
                if any(cells):
                    yield cells
        except csv.Error as error:
            msg = f"{self._path.name}, line {reader.line_num}: {error}; correct the quotes there"
            raise ConfigurationError(msg) from None

    def _refuse_bad_header(self) -> None:
        named = [header for header in self.headers if header]
        if not named:
            msg = f"{self._path.name} is empty; its first line must name the columns"
            raise ConfigurationError(msg)
        doubled = sorted({header for header in named if named.count(header) > 1})
        if doubled:
            msg = f"{self._path.name} has several columns named {', '.join(doubled)}; rename them"
            raise ConfigurationError(msg)


class _JsonLinesFile:
    """Rows from a file with one JSON object a line."""

    headers = None

    def __init__(self, path: Path) -> None:
        self._path = path
        with _opened(path) as file:
            self.count: int | None = sum(1 for _ in self._objects(file))

    async def rows(self) -> AsyncGenerator[Any, None]:
        with _opened(self._path) as file:
            for row in self._objects(file):
                yield row

    def _objects(self, file: TextIO) -> Iterator[Mapping[str, Any]]:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield msgspec.json.decode(line, type=dict[str, Any])
            except msgspec.DecodeError as error:
                msg = f"{self._path.name}, line {number} is no JSON object: {error}"
                raise ConfigurationError(msg) from None


def _opened(path: Path) -> TextIO:
    with path.open("rb") as file:
        wide = file.read(2) in _UTF_16
    return path.open(encoding="utf-16" if wide else "utf-8-sig", newline="")

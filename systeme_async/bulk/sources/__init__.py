"""Where rows come from: files, tables, iterables and async iterables, never all in memory.

A file is read twice: once to its end before anything is sent, so that a broken line 9,000 or
a wrong encoding costs no request, and once while the job runs.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeGuard, cast

from ...errors import ConfigurationError
from .arrow import open_parquet, open_table
from .csv_file import CsvFile
from .iterables import Series, Stream
from .jsonl_file import JsonLinesFile
from .magic import SUFFIXES, mistaken
from .source import ArrowTable, File, Rows, Source
from .text import HEAD, examine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["ArrowTable", "File", "Rows", "Source", "name_of", "open_source"]

_CSV: Final = {".csv", ".tsv", ".tab", ".txt"}
_JSON_LINES: Final = {".jsonl", ".ndjson"}
_PARQUET: Final = {".parquet", ".pq"}
_NO_ROWS: Final = (Mapping, bytes)  # iterable, and yet nobody means their keys or numbers


def open_source(rows: Rows) -> Source:
    """Choose how to read the rows; a file is checked from its first to its last line.

    Raises `ConfigurationError` for a file that can't be read as what it is.
    """
    if isinstance(rows, str | os.PathLike):
        return _open_file(File(rows))
    if isinstance(rows, File):
        return _open_file(rows)
    if _is_table(rows):
        return open_table(rows)
    if isinstance(rows, AsyncIterable):
        return Stream(rows)
    _refuse_what_is_no_rows(rows)
    return Series(cast("Iterable[Any]", rows))


def _is_table(rows: object) -> TypeGuard[ArrowTable]:
    return hasattr(rows, "__arrow_c_stream__") and not isinstance(rows, type)


def _refuse_what_is_no_rows(rows: object) -> None:
    kind = type(rows).__name__
    if hasattr(rows, "itertuples"):
        msg = f"a {kind} is read from pandas 2.2 on; pass its rows: .to_dict('records')"
        raise ConfigurationError(msg)
    if not hasattr(rows, "__iter__") or isinstance(rows, _NO_ROWS):
        msg = f"rows must be a path, a table or an iterable of rows, not {kind}"
        raise ConfigurationError(msg)


def name_of(rows: Rows | None) -> str | None:
    """Return the whole name of the file that rows are in; None where they are in none."""
    path = rows.path if isinstance(rows, File) else rows
    # Not resolved: the name that people gave is the one they know.
    return os.path.abspath(path) if isinstance(path, str | os.PathLike) else None  # noqa: PTH100


def _open_file(file: File) -> Source:
    path = Path(file.path)
    suffix = path.suffix.lower()
    try:
        if suffix in _CSV | _JSON_LINES:
            return _open_text(path, file, lines_of_json=suffix in _JSON_LINES)
        if suffix in _PARQUET:
            _refuse_options(file, encoding=True)
            return open_parquet(path)
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror or error}"
        raise ConfigurationError(msg) from None
    what = f"it is {SUFFIXES[suffix]}" if suffix in SUFFIXES else "rename it"
    msg = (
        f"{path.name} is neither .csv nor .jsonl nor .parquet; {what}, "
        "or pass its rows as an iterable"
    )
    raise ConfigurationError(msg)


def _open_text(path: Path, file: File, *, lines_of_json: bool) -> Source:
    with path.open("rb") as opened:
        what = mistaken(opened.read(HEAD), lines_of_json=lines_of_json)
    if what:
        msg = f"{path.name} is {what}"
        raise ConfigurationError(msg)
    if lines_of_json:
        _refuse_options(file)
        return JsonLinesFile(examine(path, file.encoding))
    if file.delimiter is not None and (len(file.delimiter) != 1 or file.delimiter in '"\r\n'):
        msg = f"delimiter={file.delimiter!r}: give one character, such as ';'"
        raise ConfigurationError(msg)
    return CsvFile(examine(path, file.encoding), file.delimiter)


def _refuse_options(file: File, *, encoding: bool = False) -> None:
    if file.delimiter is not None or (encoding and file.encoding is not None):
        msg = f"{Path(file.path).name}: only a CSV has a delimiter, and only text an encoding"
        raise ConfigurationError(msg)

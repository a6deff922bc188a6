"""What every kind of rows offers to a job."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol


class Source(Protocol):
    """Rows, one by one, and what is known of them before the first."""

    @property
    def headers(self) -> list[str] | None:
        """The names that all rows share, one a column; "" is a column without any; else None."""
        ...

    @property
    def heading(self) -> list[str] | None:
        """What stands above the cells of `cells()`, as it is written; None where cells() is."""
        ...

    @property
    def count(self) -> int | None:
        """How many rows there are, where that is known in advance."""
        ...

    @property
    def description(self) -> str:
        """What the rows were taken for: "CSV, cp1252 (guessed), semicolons"."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What looks wrong and may yet be right, for people to see before they go on."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """A digest of the file's bytes, in hexadecimal; None where there is no file."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether `rows()` gives the same rows a second time."""
        ...

    def rows(self) -> AsyncGenerator[Any, None]:
        """Begin with the first row; a row that can't be read comes as the error it is.

        Rows are numbered from 1 in this order, those that can't be read included.
        """
        ...

    def cells(self) -> Iterator[list[str]]:
        """Begin with the first row, as texts: as many rows as `rows()`, in the same order.

        A row of a file has the cells that stand there, be they fewer or more than the heading.
        Raises `ConfigurationError` where the rows come from no file and no table.
        """
        ...


class ArrowTable(Protocol):
    """A table of pyarrow, pandas, polars or DuckDB: any that gives its columns to others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


@dataclass(frozen=True, slots=True)
class File:
    """A file of which you know more than it tells.

    Args:
        path: to CSV or JSON lines.
        encoding: of its text, by Python's name ("cp1252"), in place of what would be guessed.
        delimiter: between the cells of a CSV, in place of the one its header has most of.
    """

    path: str | os.PathLike[str]
    encoding: str | None = None
    delimiter: str | None = None


Rows = str | os.PathLike[str] | File | ArrowTable | Iterable[Any] | AsyncIterable[Any]
"""A path, a `File`, a table, or any (async) iterable of mappings and structs."""

"""Rows that a program makes: iterables and async iterables."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator
from inspect import isasyncgen, isgenerator
from typing import Any, NoReturn

from ...errors import ConfigurationError


class Series:
    """Rows from an iterable."""

    headers = None
    heading = None
    count = None
    description = "rows of an iterable"
    notes = ()
    fingerprint = None

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = rows
        self.repeatable = not isinstance(rows, Iterator)

    async def rows(self) -> AsyncGenerator[Any, None]:
        """Begin with the first row."""
        try:
            for row in self._rows:
                yield row
        finally:
            if isgenerator(self._rows):
                self._rows.close()  # Its files and connections end with the job.

    def cells(self) -> NoReturn:
        """Refuse: no table, no cells."""
        _refuse_cells()


class Stream:
    """Rows from an async iterable."""

    headers = None
    heading = None
    count = None
    description = "rows of an async iterable"
    notes = ()
    fingerprint = None
    repeatable = False

    def __init__(self, rows: AsyncIterable[Any]) -> None:
        self._rows = rows

    async def rows(self) -> AsyncGenerator[Any, None]:
        """Begin with the first row."""
        try:
            async for row in self._rows:
                yield row
        finally:
            if isasyncgen(self._rows):
                await self._rows.aclose()

    def cells(self) -> NoReturn:
        """Refuse: no table, no cells."""
        _refuse_cells()


def _refuse_cells() -> NoReturn:
    msg = "these rows are no table: they have no cells to be copied"
    raise ConfigurationError(msg)

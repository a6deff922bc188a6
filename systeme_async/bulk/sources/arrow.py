"""Rows from tables of columns: Parquet files, and whatever gives its columns to others.

pyarrow is asked for only here, when there is such a table. A table of a program's own is taken
over the Arrow C stream, without copies; a table is never made into rows all at once.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from ...errors import ConfigurationError
from .jsonl_file import as_text
from .text import fingerprint_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
    from pathlib import Path

    from .source import ArrowTable

_ROWS_AT_ONCE: Final = 2048
_INDEX: Final = re.compile(r"__index_level_\d+__\Z")
"""What pandas calls an index without a name: the numbers of rows."""


class Batches(Protocol):
    """Gives the record batches of a table, from the first on, each time it is called."""

    def __call__(self) -> Iterator[Any]:
        """Begin with the first batch."""
        ...


class ColumnsOfTable:
    """Rows of record batches that share one schema."""

    def __init__(
        self,
        schema: Any,  # noqa: ANN401 - pyarrow has no types
        batches: Batches,
        *,
        description: str,
        count: int | None,
        repeatable: bool,
        fingerprint: str | None = None,
    ) -> None:
        self.description = description
        self.count = count
        self.repeatable = repeatable
        self.fingerprint = fingerprint
        self.notes = ()
        self._batches = batches
        self._places = [place for place, name in enumerate(schema.names) if not _INDEX.match(name)]
        names = [str(schema.names[place]) for place in self._places]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            msg = f"the table has several columns named {', '.join(doubled)}; rename them"
            raise ConfigurationError(msg)
        self.heading: list[str] = names
        self.headers = [name.strip() or f"column {n}" for n, name in enumerate(names, 1)]

    async def rows(self) -> AsyncGenerator[Mapping[str, Any], None]:
        """Begin with the first row."""
        for values in self.values():
            yield dict(zip(self.headers, values, strict=True))

    def cells(self) -> Iterator[list[str]]:
        """Begin with the first row, its values as texts."""
        for values in self.values():
            yield [as_text(value) for value in values]

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Begin with the values of the first row, a small part of the table at a time."""
        for batch in self._batches():
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                part = batch.slice(start, _ROWS_AT_ONCE)
                columns = [
                    _values(header, part.column(place))
                    for header, place in zip(self.headers, self._places, strict=True)
                ]
                yield from zip(*columns, strict=True) if columns else ()


def open_parquet(path: Path) -> ColumnsOfTable:
    """Read a Parquet file to its end, and offer its rows.

    Raises `ConfigurationError` for a file that is none or is broken, or where pyarrow is missing.
    """
    with path.open("rb"):  # Says better than pyarrow why a file can't be opened.
        pyarrow, parquet = _pyarrow(path.name), _pyarrow(path.name, "pyarrow.parquet")

    def batches() -> Iterator[Any]:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            yield from file.iter_batches(batch_size=_ROWS_AT_ONCE)

    try:
        with parquet.ParquetFile(path) as file:
            schema, count = file.schema_arrow, file.metadata.num_rows
        table = ColumnsOfTable(
            schema,
            batches,
            description="Parquet",
            count=count,
            repeatable=True,
            fingerprint=fingerprint_of(path),
        )
        for _ in table.values():
            pass
    except pyarrow.ArrowException as error:
        msg = f"{path.name} is no Parquet file, or a broken one: {_first_line(error)}"
        raise ConfigurationError(msg) from None
    return table


def open_table(rows: ArrowTable) -> ColumnsOfTable:
    """Take over a table of pyarrow, pandas, polars or any other that offers an Arrow stream.

    Raises `ConfigurationError` where it does not give its columns, or pyarrow is missing.
    """
    kind = f"{type(rows).__module__.partition('.')[0]} {type(rows).__name__}"
    pyarrow = _pyarrow(kind)
    # What has a length is a table; what has none is a stream, and flows once.
    length: Callable[[], int] | None = getattr(rows, "__len__", None)

    def opened() -> Any:  # noqa: ANN401 - pyarrow has no types
        try:
            return pyarrow.RecordBatchReader.from_stream(rows)
        except (pyarrow.ArrowException, TypeError, ValueError, ImportError) as error:
            msg = f"the {kind} can't be read as a table: {_first_line(error)}"
            raise ConfigurationError(msg) from None

    waiting = [opened()]

    def batches() -> Iterator[Any]:
        return iter(waiting.pop() if waiting else opened())

    return ColumnsOfTable(
        waiting[0].schema,
        batches,
        description=kind,
        count=length() if length else None,
        repeatable=length is not None,
    )


def _values(header: str, column: Any) -> list[Any]:  # noqa: ANN401 - pyarrow has no types
    """Return the values of a column as Python has them; what has one obvious text, as text."""
    kind = str(column.type)
    try:
        if kind in {"float", "halffloat"}:
            # 0.1 in 32 bits is 0.10000000149 in 64, and still nobody wrote that.
            return [None if v is None else float(v) for v in column.cast("string").to_pylist()]
        if kind.startswith("timestamp[ns"):
            # Python's own dates know nothing shorter than a microsecond.
            exact = _pyarrow(header).timestamp("us", tz=column.type.tz)
            column = column.cast(exact, safe=False)
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError, ArithmeticError) as error:
        msg = f"column {header!r} can't be read: {_first_line(error)}"
        raise ConfigurationError(msg) from None
    if kind.startswith(("timestamp", "date", "time", "decimal", "dictionary")):
        return [_written(value) for value in values]
    return values


def _written(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def _pyarrow(what: str, module: str = "pyarrow") -> Any:  # noqa: ANN401 - pyarrow has no types
    try:
        return import_module(module)
    except ImportError:
        msg = f"{what} is read with pyarrow: pip install 'systeme-async[parquet]'"
        raise ConfigurationError(msg) from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

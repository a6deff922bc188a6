"""The results of a job as one CSV: every row as it stood, and what became of it.

It is written from the journal, in the order of the rows, a thousand of them in memory at a time;
so it can be had of a job that was interrupted too. In UTF-8 with a mark, without which Excel takes
it for something else, and with the delimiter of the file that was imported, for that is the one
that its owner's spreadsheet writes. What a spreadsheet would run as a formula is defused.

Read again as the rows of an import, it is the file that it was made of: our own columns are left
out, and what was defused is restored.
"""

from __future__ import annotations

import csv
import io
import os
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from anyio import to_thread

from ..errors import ConfigurationError
from .advice import advice
from .batches import BATCH
from .defusing import defuse, result_columns
from .intake import decode
from .journal import Journal
from .lifecycle import State
from .sources.jsonl_file import as_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterable

    from .journal import Entry

UNFINISHED: Final = tuple(state for state in State if state is not State.DONE)
_TAGS: Final = "tags"
_SEPARATING: Final = frozenset(';|,\n"')


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns there are, before our own."""

    heading: list[str]
    from_file: bool
    """Whether cells are shown as they stood; else values, by their names."""

    def cells(self, entry: Entry) -> list[str]:
        """Write what a row was made of; nothing is left of one that was purged."""
        stored = None if entry.cells is None else decode(entry.cells)
        cells: list[str] = []
        if stored is not None and self.from_file:
            cells = stored.cells or []
        elif stored is not None:
            cells = [_text(name, stored.values.get(name)) for name in self.heading]
        width = len(self.heading)
        return [*map(defuse, cells[:width]), *[""] * (width - len(cells))]


async def write_results(
    journal: Journal | str | os.PathLike[str],
    to: str | os.PathLike[str] | TextIO,
    *,
    delimiter: str | None = None,
) -> int:
    """Write what became of each row, and return how many rows there are.

    Args:
        journal: of the job; a path must be that of a job which does not run now.
        to: a path, where a file appears once it is whole; or a file open for writing text.
        delimiter: between the cells; unless given the one that the job's file has.

    Raises `ConfigurationError` for a path that is not that of a journal, and `OSError` where the
    results can't be written.
    """
    if isinstance(journal, Journal):
        return await _write(journal, to, delimiter)
    place = Path(journal)
    if not await to_thread.run_sync(place.is_file):
        msg = f"there is no journal {str(place)!r}"
        raise ConfigurationError(msg)
    opened = await Journal.open(place)
    try:
        return await _write(opened, to, delimiter)
    finally:
        await opened.aclose()


async def _write(
    journal: Journal, to: str | os.PathLike[str] | TextIO, delimiter: str | None
) -> int:
    layout = await _layout_of(journal)
    heading: list[object] = [*map(defuse, layout.heading), *result_columns(layout.heading)]
    count = 0
    with _whole(Path(to)) if isinstance(to, str | os.PathLike) else nullcontext(to) as file:
        sheet = _Sheet(file, delimiter or _delimiter_of(journal))
        await to_thread.run_sync(sheet.write, [heading])
        async for batch in _batches(journal):
            await to_thread.run_sync(sheet.write, [_row(entry, layout) for entry in batch])
            count += len(batch)
    return count


async def _layout_of(journal: Journal) -> _Layout:
    heading = None if journal.header is None else journal.header.heading
    if heading is not None:
        return _Layout(heading + [""] * await _surplus(journal, len(heading)), from_file=True)
    names: dict[str, None] = {}
    async for entry in journal.entries():
        if entry.cells is not None:
            names.update(dict.fromkeys(decode(entry.cells).values))
    return _Layout(list(names), from_file=False)


async def _surplus(journal: Journal, width: int) -> int:
    """Count the columns without a header that are needed; what is done never needs one."""
    widest = after = 0
    while batch := await journal.take(after, BATCH, UNFINISHED):
        after = batch[-1].number
        stored = (decode(entry.cells).cells for entry in batch if entry.cells is not None)
        widest = max(widest, *(_filled(cells or []) for cells in stored), 0)
    return max(0, widest - width)


def _filled(cells: list[str]) -> int:
    """Count the cells up to the last one that is not empty."""
    return max((place for place, cell in enumerate(cells, 1) if cell), default=0)


async def _batches(journal: Journal) -> AsyncIterator[list[Entry]]:
    batch: list[Entry] = []
    async for entry in journal.entries():
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _row(entry: Entry, layout: _Layout) -> list[object]:
    error = "; ".join((entry.error or "").splitlines())
    return [
        *layout.cells(entry),
        entry.number,
        status_of(entry),
        "" if entry.contact_id is None else entry.contact_id,
        defuse(error),
        advice(entry.state, entry.error_kind),
    ]


def status_of(entry: Entry) -> str:
    """Say what became of a row: as its outcome says, or "planned" or "unknown"."""
    return entry.status or ("planned" if entry.state is State.PLANNED else "unknown")


def _delimiter_of(journal: Journal) -> str:
    description = "" if journal.header is None else journal.header.description
    return ";" if description.endswith("semicolons") else ","


def _text(name: str, value: Any) -> str:  # noqa: ANN401 - rows hold what people put there
    if name != _TAGS or not isinstance(value, list | tuple):
        return as_text(value)
    tags = list(map(as_text, cast("list[object]", value)))
    if not any(_SEPARATING & {*tag} for tag in tags):
        return "; ".join(tags)
    quoted = io.StringIO()
    csv.writer(quoted, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="").writerow(tags)
    return quoted.getvalue()


class _Sheet:
    """Writes rows; every cell is in quotes, so that no program cuts one at another sign."""

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)

    def write(self, rows: Iterable[list[object]]) -> None:
        """Write some rows."""
        self._writer.writerows(rows)


@contextmanager
def _whole(path: Path) -> Generator[TextIO]:
    """Open a file that takes its place once it is whole; pipes and the like are written to."""
    place = path.resolve()
    if place.exists() and not place.is_file():
        with _opened(place) as file:
            yield file
        return
    part = place.with_name(f"{place.name}.part")
    try:
        with _opened(part) as file:
            yield file
        part.replace(place)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _opened(path: Path) -> AbstractContextManager[TextIO]:
    # What no encoding has, such as half of a character, must not cost the other rows.
    return path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace")

"""Journals on the command line: go on with one, try again what failed, list and purge them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cyclopts import App
from rich.cells import cell_len

from ..bulk.journal import Journal
from ..bulk.results import write_results
from ..errors import ConfigurationError
from . import wording
from .access import Access, refuse_everything
from .carrying import Carrying, results_path
from .journals import Seen, journals_in, look_into, state_folder
from .running import run
from .speech import complain, say
from .status import Exit
from .words import Flag, Given

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..bulk import Job
    from ..systeme import Systeme
    from .access import Options
    from .running import Interrupts

WHO: Final = "jobs"
NOTHING: Final = "-"
HEADINGS: Final = ("state", "done", "failed", "begun", "file", "journal")


def resume_job(journal: str, /, *, results: str | None = None, given: Given) -> int:
    """Go on with a job that was interrupted.

    The journal holds its rows and its options, so nothing else is needed, but for the account.
    What was under way when the job ended is looked up before anything is sent for it.

    Args:
        journal: As the interrupted command has named it; systeme jobs lists them.
        results: A CSV to be written at the end: every row, what became of it, what to do about it.
        given: What stood before the command.
    """
    return _go_on(journal, results, given, lambda systeme: systeme.bulk.resume(journal))


def retry_job(journal: str, /, *, results: str | None = None, given: Given) -> int:
    """Try again those rows of a job that were rejected or whose end is unknown.

    They are tried as they stood in the file. To correct them, edit the results and import those.

    Args:
        journal: As the command has named it; systeme jobs lists them.
        results: A CSV to be written at the end: every row, what became of it, what to do about it.
        given: What stood before the command.
    """
    return _go_on(journal, results, given, lambda systeme: systeme.bulk.retry(journal))


def _go_on(
    journal: str, results: str | None, given: Options, describe: Callable[[Systeme], Job]
) -> int:
    place = Path(journal)
    path = results_path(results, apart_from=[place])
    access = Access(given)

    async def go_on(interrupts: Interrupts) -> int:
        async with access.open() as systeme:
            carrying = Carrying(
                given, place.name, journal=place, results=path, lasting=not given.sandbox
            )
            return await carrying.run(systeme, describe(systeme), interrupts)

    return run(go_on, virtual=access.virtual)


app: Final = App(name=WHO, help="List the journals of jobs, write their results, purge them.")


@app.default
def list_jobs(*journals: str, given: Given) -> int:
    """List the journals of jobs: how far each has come, and of which file it is.

    With --json one object a line: journal, state, file, kind, began, total, done, failed, pid,
    purged, problem.

    Args:
        journals: Journals, or folders of them, in place of this program's own folder.
        given: What stood before the command.
    """
    refuse_everything(given, WHO)
    paths = list(journals_at(map(Path, journals) if journals else [state_folder()]))

    async def show(_: Interrupts) -> int:
        seen = [await look_into(path) for path in paths]
        lines = (json.dumps(as_json(one)) for one in seen) if given.json else table(seen)
        if seen:
            say("\n".join(lines))
        elif not given.json:
            complain("no journals")
        return Exit.DONE

    return run(show)


@app.command(name="results")
def write(journal: str, file: str, /, *, given: Given) -> int:
    """Write what became of each row of a job, and what to do about it; nothing is sent.

    Args:
        journal: Of a job that does not run now.
        file: A CSV, which takes the place of what lies there.
        given: What stood before the command.
    """
    refuse_everything(given, "jobs results")
    path = results_path(file, apart_from=[Path(journal)], name="FILE")

    async def write_them(_: Interrupts) -> int:
        try:
            rows = await write_results(journal, path or file)
        except OSError as error:
            msg = f"{file} can't be written: {error.strerror or error}"
            raise ConfigurationError(msg) from None
        complain(f"results of {wording.counted(rows, 'row')} are in {file}")
        return Exit.DONE

    return run(write_them)


@app.command
def purge(*journals: str, finished: Flag = False, given: Given) -> int:
    """Empty journals of everything personal: addresses, cells, what errors quote.

    How each row ended, and the ids of contacts, are kept. A job that has not come to its end
    can't go on afterwards, and what was rejected can't be tried again.

    Args:
        journals: Journals of jobs that do not run now; with --finished also folders of them.
        finished: Only those of jobs that have come to their end: all in this program's own folder,
            unless places are named.
        given: What stood before the command.
    """
    refuse_everything(given, "jobs purge")
    places = [Path(journal) for journal in journals]
    if not places and not finished:
        msg = "name the journals to be purged, or give --finished for all whose job is over"
        raise ConfigurationError(msg)
    for place in places:
        if not (place.is_file() or (finished and place.is_dir())):
            msg = f"there is no journal {str(place)!r}; nothing was purged"
            raise ConfigurationError(msg)
    return run(lambda _: _purge_finished(places) if finished else _purge(places))


async def _purge(paths: Iterable[Path]) -> int:
    for path in paths:
        opened = await Journal.open(path)
        try:
            await opened.purge()
        finally:
            await opened.aclose()
        complain(f"purged {path}")
    return Exit.DONE


async def _purge_finished(places: Sequence[Path]) -> int:
    """Purge what is over, tell what could not be looked into, and end with 2 if there is such."""
    purged, status = 0, Exit.DONE
    for path in journals_at(places or [state_folder()]):
        seen = await look_into(path, purging=True)
        if seen.to_purge:
            purged += 1
            complain(f"purged {path}")
        elif seen.state == "unreadable":
            status = Exit.USAGE
            complain(f"not purged: {seen.problem}")
    complain(f"purged {wording.counted(purged, 'journal')}" if purged else "nothing to purge")
    return status


def journals_at(places: Iterable[Path]) -> Iterator[Path]:
    """Name the journals in folders; a file is one itself, whatever it is called."""
    for place in places:
        if place.is_dir():
            yield from journals_in(place)
        elif place != state_folder():
            yield place


def table(seen: Sequence[Seen]) -> Iterator[str]:
    """Draw journals, one a line below the headings."""
    rows = [HEADINGS, *map(_cells, seen)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join(padded).rstrip()


def _cells(one: Seen) -> tuple[str, ...]:
    state = "purged" if one.purged else one.state
    if one.pid is not None:
        state += f" ({one.pid})"
    return (
        state,
        NOTHING if one.total is None else f"{one.done:,} of {one.total:,}",
        NOTHING if one.failed is None else f"{one.failed:,}",
        NOTHING if one.began is None else f"{one.began.astimezone():%Y-%m-%d %H:%M}",
        NOTHING if one.file is None else wording.printable(Path(one.file).name),
        wording.printable(str(one.path)),
    )


def as_json(one: Seen) -> dict[str, Any]:
    """Return what is to be seen of a journal as one object."""
    return {
        "journal": str(one.path),
        "state": one.state,
        "file": one.file,
        "kind": one.kind,
        "began": None if one.began is None else one.began.isoformat(timespec="seconds"),
        "total": one.total,
        "done": one.done,
        "failed": one.failed,
        "pid": one.pid,
        "purged": one.purged,
        "problem": one.problem or None,
    }

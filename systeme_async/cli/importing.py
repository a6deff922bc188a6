"""`systeme import`: contacts from a file into the account."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from . import journals, planning
from .access import Access
from .carrying import Carrying, results_path
from .comparing import plan_of
from .lists import AS_IT_IS, ContactList
from .running import run
from .speech import say
from .status import Exit
from .words import Flag, Given

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..bulk import Job
    from ..systeme import Systeme
    from .access import Options
    from .running import Interrupts


def import_file(
    file: str,
    /,
    *,
    contacts: ContactList = AS_IT_IS,
    journal: str | None = None,
    results: str | None = None,
    dry_run: Flag = False,
    given: Given,
) -> int:
    """Import contacts from a CSV, JSONL or Parquet file.

    The first line of a CSV names its columns; they are matched to the account's fields before
    anything is written. Each row is noted in a journal before and after it is sent, so the same
    import run again goes on where it ended, also after a crash.

    With --json, standard output gets one object: the counts, requests, throttled, elapsed,
    ended_by, and the failed rows in errors (the first 1,000 of errors_total).

    Args:
        file: CSV (.csv, .tsv, .txt), JSON lines (.jsonl, .ndjson) or Parquet (.parquet).
        contacts: What is to be made of the file.
        journal: Where the journal lies, in place of a folder of this program's own.
        results: A CSV to be written at the end: every row, what became of it, what to do about it.
        dry_run: Show what would be done, in how many requests and minutes; write nothing.
        given: What stood before the command.
    """
    return begin(FileJob(given, file, contacts), journal, results, dry_run=dry_run)


def begin(job: FileJob, journal: str | None, results: str | None, *, dry_run: bool) -> int:
    """Show what a job would do, or carry it out; return the exit status."""
    place = None if journal is None else Path(journal)
    if dry_run:
        results_path(results, instead_of="--dry-run")
        return run(lambda _: job.show_plan(place), virtual=job.virtual)
    path = results_path(results, apart_from=[Path(job.file), *filter(None, [place])])
    return run(lambda interrupts: job.carry_out(interrupts, place, path), virtual=job.virtual)


class Described(Protocol):
    """What is done with a file."""

    @property
    def identity(self) -> dict[str, Any]:
        """All that makes two jobs with one file two different ones."""
        ...

    def job(self, systeme: Systeme, file: str, journal: Path | None) -> Job:
        """Describe the job."""
        ...


class _Place(NamedTuple):
    """Where the journal of an import lies."""

    path: Path | None
    """None is a file that is gone with the process."""
    lasting: bool
    """Whether somebody can go on with it once the command has ended."""


class FileJob:
    """One job with a file, from the command line."""

    def __init__(self, given: Options, file: str, contacts: Described) -> None:
        self.file = file
        self.virtual = given.sandbox
        self._given = given
        self._title = Path(file).name
        self._file = file
        self._contacts = contacts
        self._access = Access(given)

    async def carry_out(
        self, interrupts: Interrupts, journal: Path | None, results: Path | None
    ) -> int:
        """Carry the import out."""
        async with self._access.open() as systeme, self._place(systeme, journal, results) as place:
            job = self._contacts.job(systeme, self._file, place.path)
            carrying = Carrying(
                self._given,
                self._title,
                journal=place.path,
                results=results,
                lasting=place.lasting,
            )
            return await carrying.run(systeme, job, interrupts)

    async def show_plan(self, journal: Path | None) -> int:
        """Show what the import would do; it ends as the import would, as far as is known."""
        async with self._access.open() as systeme:
            job = self._contacts.job(systeme, self._file, journal)
            plan = await plan_of(job, systeme, self._title, virtual=self._given.sandbox)
            limit = systeme.budget.snapshot().limit
        if self._given.json:
            say(json.dumps(planning.as_json(plan, job.count, limit)))
        else:
            say("\n".join(planning.as_text(plan, job.count, limit)))
        return Exit.ROWS_FAILED if plan.rejects else Exit.DONE

    @asynccontextmanager
    async def _place(
        self, systeme: Systeme, journal: Path | None, results: Path | None
    ) -> AsyncGenerator[_Place]:
        """Find a place for the journal: that of the same import, if it has not come to its end."""
        if journal is not None:
            yield _Place(journal, lasting=not self._given.sandbox)
        elif not self._given.sandbox:
            folder = journals.make_state_folder()
            options = self._contacts.identity
            digest = journals.digest_of(self._file, systeme.bulk.account, options)
            found = await journals.unfinished(folder, digest)
            path = journals.new_path(folder, self._file, digest) if found is None else found.path
            yield _Place(path, lasting=True)
        elif results is not None:
            with TemporaryDirectory() as temporary:
                yield _Place(Path(temporary, "sandbox.journal"), lasting=False)
        else:
            yield _Place(None, lasting=False)

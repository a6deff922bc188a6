"""`systeme import`: contacts from a file into the account."""

from __future__ import annotations

import asyncio
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import Parameter

from ..bulk import File
from ..errors import ConfigurationError, SystemeError
from . import summary, wording
from .access import Access
from .render import view_of
from .running import run
from .speech import complain, say
from .status import Exit, explain, status_of, status_of_report
from .watch import DayClock, Watch, carry_out
from .words import Given, Repeated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..bulk import ImportJob
    from .running import Interrupts

Mapped = Annotated[list[str] | None, Parameter(name="--map", negative=(), consume_multiple=False)]
AGAIN: Final = "Import the same file again: what is there is not sent twice"
OnExisting = Literal["update", "skip", "fail"]


def import_file(
    file: str,
    /,
    *,
    tag: Repeated = None,
    mapping: Mapped = None,
    on_existing: OnExisting = "update",
    encoding: str | None = None,
    delimiter: str | None = None,
    given: Given,
) -> int:
    """Import contacts from a CSV, JSONL or Parquet file.

    The first line of a CSV names its columns; they are matched to the account's fields before
    anything is written. Running the same import again writes only what is still missing.

    With --json, standard output gets one object: the counts, requests, throttled, elapsed,
    ended_by, and the failed rows in errors (the first 1,000 of errors_total).

    Args:
        file: CSV (.csv, .tsv, .txt), JSON lines (.jsonl, .ndjson) or Parquet (.parquet).
        tag: A tag for every contact, created if missing. May be repeated.
        mapping: HEADER=SLUG puts a column into a field, HEADER= leaves it out, and "*=" all
            columns that match nothing. May be repeated.
        on_existing: What to do with an address that the account has: change what differs, leave
            the contact alone, or reject the row.
        encoding: Of the file, such as cp1252 or mac-roman, in place of what is guessed.
        delimiter: Between the cells of a CSV, in place of what is guessed; "tab" is one too.
        given: What stood before the command.
    """
    sign = "\t" if delimiter in {"tab", "\\t"} else delimiter
    importing = _Importing(Access(given), File(file, encoding, sign), json=given.json)
    return run(
        lambda interrupts: importing.run(
            interrupts, tag or (), columns_of(mapping or ()), on_existing
        ),
        virtual=importing.access.virtual,
    )


def columns_of(mappings: Iterable[str]) -> dict[str, str | None]:
    """Read what --map was given, or raise `ConfigurationError`."""
    columns: dict[str, str | None] = {}
    for text in mappings:
        # A header may hold "=" as well; a slug never does.
        header, equals, slug = text.rpartition("=")
        if not equals or not header.strip():
            msg = f"--map {text}: give HEADER=SLUG, or HEADER= to leave the column out"
            raise ConfigurationError(msg)
        columns[header.strip()] = slug.strip() or None
    return columns


class _Importing:
    """One import, from the first line on the terminal to the last."""

    def __init__(self, access: Access, file: File, *, json: bool) -> None:
        self.access = access
        self._file = file
        self._json = json
        self._failures = summary.Failures()

    async def run(
        self,
        interrupts: Interrupts,
        tags: Iterable[str],
        columns: dict[str, str | None],
        on_existing: OnExisting,
    ) -> int:
        """Carry the import out and tell what it came to."""
        async with self.access.open() as systeme:
            job = systeme.bulk.import_contacts(
                self._file, tags=tags, on_existing=on_existing, columns=columns
            )
            clock = DayClock(virtual=self.access.virtual)
            error: SystemeError | None = None
            try:
                with view_of(PurePath(self._file.path).name) as view:
                    watch = Watch(job, systeme, view, clock)
                    await carry_out(job, watch, view, interrupts, self._failures.take)
            except SystemeError as problem:
                error = problem
            except asyncio.CancelledError:
                self._tell(job, clock, interrupts.name)
                complain(f"stopped at once: what was under way may have been carried out. {AGAIN}")
                raise
            if error is not None and not job.report.rows:
                raise _with_advice(error, job)
            return self._end(job, clock, error, interrupts)

    def _end(
        self, job: ImportJob, clock: DayClock, error: SystemeError | None, interrupts: Interrupts
    ) -> int:
        self._tell(job, clock, interrupts.name if error is None else explain(error))
        if error is not None:
            complain(explain(error))
        if interrupts.first is not None:
            complain(f"interrupted. {AGAIN}")
            return Exit.INTERRUPTED
        if job.report.unknown:
            complain(f"nobody knows what became of {job.report.unknown:,} of the rows. {AGAIN}")
        return status_of_report(job.report) if error is None else status_of(error)

    def _tell(self, job: ImportJob, clock: DayClock, ended_by: str | None) -> None:
        """Say what it came to."""
        if self._json:
            say(json.dumps(summary.as_json(job.report, job.count, self._failures, ended_by)))
        else:
            for line in summary.as_text(job.report, job.count, self._failures):
                say(line)
        if self.access.virtual:
            complain(passed(clock))


def passed(clock: DayClock) -> str:
    """Say how much of the account's time passed, and how little of ours."""
    return (
        f"{wording.duration(clock.elapsed)} of quota passed in "
        f"{wording.duration(clock.real_elapsed)}: the sandbox's clock is virtual"
    )


def _with_advice(error: SystemeError, job: ImportJob) -> SystemeError:
    """Add how to map columns on the command line, where that is what went wrong."""
    if isinstance(error, ConfigurationError) and job.count is not None and not job.columns:
        msg = f"{error}. Here: --map HEADER=SLUG, or --map HEADER= to leave a column out"
        return ConfigurationError(msg)
    return error

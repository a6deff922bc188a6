"""One job on the command line, from the first line on the terminal to the last."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..bulk.results import write_results
from ..errors import ConfigurationError, SystemeError
from . import summary, wording
from .access import Options
from .render import view_of
from .speech import complain, say
from .status import Exit, explain, status_of, status_of_report
from .watch import DayClock, Watch, carry_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..bulk import Job
    from ..systeme import Systeme
    from .running import Interrupts


_CLOSED: Final = "that can't be written; name another file, or make its folder writable"


class Carrying:
    """How a job is carried out and told of.

    Args:
        given: what stood before the command.
        title: what the job is called while it runs.
        journal: where its journal lies, if it has one with a path.
        results: where its results go.
        lasting: whether the journal is there when the command has ended, for others to go on.
        again: the words of the command that goes on with the job; of its journal, unless given.
    """

    def __init__(
        self,
        given: Options,
        title: str,
        *,
        journal: Path | None,
        results: Path | None,
        lasting: bool = True,
        again: Sequence[str] = (),
    ) -> None:
        self._given = given
        self._again = again or ("resume", str(journal))
        self._title = title
        self._journal = journal
        self._results = results
        self._lasting = lasting and journal is not None
        self._failures = summary.Failures()
        self._before = 0
        """Rows that an earlier run has ended."""
        self._has_begun = False

    async def run(self, systeme: Systeme, job: Job, interrupts: Interrupts) -> int:
        """Carry the job out, tell what it came to, and return the exit status."""
        clock = DayClock(virtual=self._given.sandbox)
        error: SystemeError | None = None
        try:
            with view_of(self._title) as view:
                watch = Watch(job, systeme, view, clock)
                await carry_out(
                    job,
                    watch,
                    view,
                    interrupts,
                    self._failures.take,
                    lines=lambda: self._begun(job),
                )
        except SystemeError as problem:
            error = problem
        except asyncio.CancelledError:
            self._tell(job, clock, interrupts.name)
            at_once = "what was under way may have been carried out"
            what = at_once if self._has_begun else "no row had been begun"
            complain(f"stopped at once: {what}. {self._go_on()}")
            raise
        if error is not None and not self._has_begun:
            raise with_advice(error, job)
        self._tell(job, clock, interrupts.name if error is None else explain(error))
        written = await self._write_results()
        status = self._end(job, error, interrupts)
        return status if written or status is not Exit.DONE else Exit.TRY_LATER

    def _begun(self, job: Job) -> Iterator[str]:
        """Say what is known once the rows are in, and before anything is written."""
        self._has_begun, self._before = True, job.report.rows
        yield from read_lines(job)
        if job.resumed:
            yield f"resuming: {self._before:,} of {job.count:,} rows have ended before"
        if self._lasting:
            yield f"journal: {self._journal}"

    def _end(self, job: Job, error: SystemeError | None, interrupts: Interrupts) -> Exit:
        """Say what is left to do, and return the exit status."""
        if error is not None:
            complain(explain(error))
        if interrupts.first is not None:
            complain(f"interrupted. {self._go_on()}")
            return Exit.INTERRUPTED
        if error is not None:
            complain(self._go_on())
            return status_of(error)
        if job.report.unknown:
            rows = f"{job.report.unknown:,} of the rows"
            complain(f"nobody knows what became of {rows}. {self._go_on('To find out')}")
        elif job.report.rejected and self._lasting:
            again = command(self._given, "retry", str(self._journal))
            complain(f"what was rejected is in the journal. To try that again: {again}")
        return status_of_report(job.report)

    def _go_on(self, what: str = "To go on") -> str:
        if not self._lasting:
            return "The sandbox is gone with this command"
        return f"{what}: {command(self._given, *self._again)}"

    def _tell(self, job: Job, clock: DayClock, ended_by: str | None) -> None:
        """Say what it came to."""
        if self._given.json:
            told = summary.as_json(job.report, job.count, self._failures, ended_by)
            journal = str(self._journal) if self._lasting else None
            say(json.dumps({**told, "before": self._before, "journal": journal}))
        else:
            for line in summary.as_text(job.report, job.count, self._failures, self._before):
                say(line)
        if self._given.sandbox:
            complain(passed(clock))

    async def _write_results(self) -> bool:
        """Write the results, if they are wanted; say so where that can't be done."""
        if self._results is None or self._journal is None:
            return True
        try:
            rows = await write_results(self._journal, self._results)
        except (OSError, SystemeError) as error:
            reason = error.strerror if isinstance(error, OSError) else explain(error)
            how = f". Later: systeme jobs results {shlex.quote(str(self._journal))} FILE"
            later = how if self._lasting else ""
            complain(f"the results can't be written: {reason or error}{later}")
            return False
        complain(f"results of {wording.counted(rows, 'row')} are in {self._results}")
        return True


def command(given: Options, *words: str) -> str:
    """Write a command line for the same account; a key or a secret is in none of the options."""
    options: list[str] = []
    if given.maton:
        options.append("--maton")
    for name in ("connection", "base_url", "quota", "budget"):
        value: str | None = getattr(given, name)
        if value is not None:
            options += [f"--{name.replace('_', '-')}", value]
    if given.api_key_stdin:
        options.append("--api-key-stdin")
    return shlex.join(["systeme", *options, *words])


def results_path(
    text: str | None,
    *,
    apart_from: Iterable[Path] = (),
    instead_of: str | None = None,
    name: str = "--results",
) -> Path | None:
    """Read where results go; raises `ConfigurationError` where nothing can be written there.

    Args:
        text: as it was given.
        apart_from: files that are read.
        instead_of: the option with which there are no results.
        name: of what was given.
    """
    if text is None:
        return None
    path = Path(text)
    if instead_of is not None:
        problem = f"there are none with {instead_of}; leave one of them out"
    else:
        try:
            problem = _problem_of(path, apart_from)
        except PermissionError:
            problem = _CLOSED
    if problem:
        msg = f"{name} {text}: {problem}"
        raise ConfigurationError(msg)
    return path


def _problem_of(path: Path, apart_from: Iterable[Path]) -> str:
    """Say why no results can be written there, or nothing."""
    if path.is_dir():
        return "that is a folder; name a file, such as results.csv"
    if not path.parent.is_dir():
        return "that lies in a folder that does not exist; create it first"
    if path.exists() and any(one.exists() and path.samefile(one) for one in apart_from):
        return "that is what is read; name another file"
    # A file is made anew beside an older one; a pipe and the like is written to.
    place = Path(os.path.realpath(path))
    is_file = place.is_file() or not place.exists()
    return "" if os.access(place.parent if is_file else place, os.W_OK) else _CLOSED


def read_lines(job: Job) -> Iterator[str]:
    """Say what the rows were taken for, and what looks wrong with them."""
    if job.description is not None:
        yield f"read as {wording.printable(job.description)}"
    for note in job.notes:
        yield f"note: {wording.printable(note)}"


def passed(clock: DayClock) -> str:
    """Say how much of the account's time passed, and how little of ours."""
    return (
        f"{wording.duration(clock.elapsed)} of quota passed in "
        f"{wording.duration(clock.real_elapsed)}: the sandbox's clock is virtual"
    )


def with_advice(error: SystemeError, job: Job) -> SystemeError:
    """Add how to map columns on the command line, where that is what went wrong."""
    about_columns = job.count is not None and not job.columns and "map " in str(error)
    if isinstance(error, ConfigurationError) and about_columns:
        msg = f"{error}. Here: --map HEADER=SLUG, or --map HEADER= to leave a column out"
        return ConfigurationError(msg)
    return error

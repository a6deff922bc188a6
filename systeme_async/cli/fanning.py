"""`systeme enroll`, `join`, `tag`, `untag`: one thing done with all contacts of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ..bulk import Job
from ..systeme import Systeme
from .importing import FileJob, begin
from .words import Flag, Given, Id, Ids

Access = Literal["full_access", "partial_access", "dripping_content", "partial_dripping_access"]
Journal = Annotated[
    str | None,
    Parameter(help="Where the journal lies, in place of a folder of this program's own."),
]
Results = Annotated[
    str | None,
    Parameter(help="A CSV to be written at the end: every row, and what became of it."),
]
DryRun = Annotated[Flag, Parameter(help="Show what would be done; write nothing.")]


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done with the contacts of a file."""

    identity: dict[str, Any]
    """All that makes two jobs with one file two different ones."""
    describe: Callable[[Systeme, str, Path | None], Job]

    def job(self, systeme: Systeme, file: str, journal: Path | None) -> Job:
        """Describe the job."""
        return self.describe(systeme, file, journal)


def enroll(
    file: str,
    /,
    *,
    course: Id,
    access_type: Access = "full_access",
    module: Ids = None,
    journal: Journal = None,
    results: Results = None,
    dry_run: DryRun = False,
    given: Given,
) -> int:
    """Let the contacts of a file into a course; those who are in are left alone.

    Args:
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        course: The course's id.
        access_type: All of the course or a part of it, at once or one module after the other.
        module: A module to open, with the partial types. May be repeated.
        given: What stood before the command.
    """
    modules = module or []
    deed = Deed(
        {"enroll": course, "access_type": access_type, "modules": modules},
        lambda systeme, path, place: systeme.bulk.enroll(
            course, path, access_type=access_type, modules=modules, journal=place
        ),
    )
    return begin(FileJob(given, file, deed), journal, results, dry_run=dry_run)


def join(
    file: str,
    /,
    *,
    community: Id,
    journal: Journal = None,
    results: Results = None,
    dry_run: DryRun = False,
    given: Given,
) -> int:
    """Let the contacts of a file into a community; its members are left alone.

    Args:
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        community: The community's id.
        given: What stood before the command.
    """
    deed = Deed(
        {"join": community},
        lambda systeme, path, place: systeme.bulk.join(community, path, journal=place),
    )
    return begin(FileJob(given, file, deed), journal, results, dry_run=dry_run)


def tag(
    name: str,
    file: str,
    /,
    *,
    journal: Journal = None,
    results: Results = None,
    dry_run: DryRun = False,
    given: Given,
) -> int:
    """Put a tag on the contacts of a file; those who have it are left alone.

    Args:
        name: The tag's name; it is created if missing.
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        given: What stood before the command.
    """
    deed = Deed(
        {"tag": name}, lambda systeme, path, place: systeme.bulk.tag(name, path, journal=place)
    )
    return begin(FileJob(given, file, deed), journal, results, dry_run=dry_run)


def untag(
    name: str,
    file: str,
    /,
    *,
    journal: Journal = None,
    results: Results = None,
    dry_run: DryRun = False,
    given: Given,
) -> int:
    """Take a tag off the contacts of a file; those who do not have it are left alone.

    Args:
        name: The tag's name.
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        given: What stood before the command.
    """
    deed = Deed(
        {"untag": name},
        lambda systeme, path, place: systeme.bulk.untag(name, path, journal=place),
    )
    return begin(FileJob(given, file, deed), journal, results, dry_run=dry_run)

"""`systeme enroll`, `join`, `tag`, `untag`, `update`, `delete`: one thing for many contacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from ..bulk import Job
from ..errors import ConfigurationError
from ..systeme import Systeme
from .access import Options
from .importing import FileJob, begin
from .lists import Mapped, columns_of
from .words import Flag, Given, Id, Ids
from .written import NOBODY, Person

Access = Literal["full_access", "partial_access", "dripping_content", "partial_dripping_access"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Running:
    """How the job is run: the options of every command here."""

    journal: Annotated[
        str | None,
        Parameter(help="Where the journal lies, in place of a folder of this program's own."),
    ] = None
    results: Annotated[
        str | None,
        Parameter(help="A CSV to be written at the end: every row, and what became of it."),
    ] = None
    dry_run: Annotated[Flag, Parameter(help="Show what would be done; write nothing.")] = False

    def begin(self, given: Options, file: str, deed: Deed) -> int:
        """Carry the job out, or show what it would do; return the exit status."""
        return begin(FileJob(given, file, deed), self.journal, self.results, dry_run=self.dry_run)


AS_USUAL: Final = Running()


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
    running: Running = AS_USUAL,
    given: Given,
) -> int:
    """Let the contacts of a file into a course; those who are in are left alone.

    Args:
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        course: The course's id.
        access_type: All of the course or a part of it, at once or one module after the other.
        module: A module to open, with the partial types. May be repeated.
        running: How the job is run.
        given: What stood before the command.
    """
    modules = module or []
    deed = Deed(
        {"enroll": course, "access_type": access_type, "modules": modules},
        lambda systeme, path, place: systeme.bulk.enroll(
            course, path, access_type=access_type, modules=modules, journal=place
        ),
    )
    return running.begin(given, file, deed)


def join(
    file: str,
    /,
    *,
    community: Id,
    running: Running = AS_USUAL,
    given: Given,
) -> int:
    """Let the contacts of a file into a community; its members are left alone.

    Args:
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        community: The community's id.
        running: How the job is run.
        given: What stood before the command.
    """
    deed = Deed(
        {"join": community},
        lambda systeme, path, place: systeme.bulk.join(community, path, journal=place),
    )
    return running.begin(given, file, deed)


def tag(
    name: str,
    file: str,
    /,
    *,
    running: Running = AS_USUAL,
    given: Given,
) -> int:
    """Put a tag on the contacts of a file; those who have it are left alone.

    Args:
        name: The tag's name; it is created if missing.
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        running: How the job is run.
        given: What stood before the command.
    """
    deed = Deed(
        {"tag": name}, lambda systeme, path, place: systeme.bulk.tag(name, path, journal=place)
    )
    return running.begin(given, file, deed)


def untag(
    name: str,
    file: str,
    /,
    *,
    running: Running = AS_USUAL,
    given: Given,
) -> int:
    """Take a tag off the contacts of a file; those who do not have it are left alone.

    Args:
        name: The tag's name.
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        running: How the job is run.
        given: What stood before the command.
    """
    deed = Deed(
        {"untag": name},
        lambda systeme, path, place: systeme.bulk.untag(name, path, journal=place),
    )
    return running.begin(given, file, deed)


def update(
    file: str,
    /,
    *,
    person: Person = NOBODY,
    mapping: Mapped = None,
    running: Running = AS_USUAL,
    given: Given,
) -> int:
    """Change the contacts of a file; nobody is created, and what is so already costs nothing.

    With values, all get the same. Without any, the file's own columns say what each is to become;
    a blank cell changes nothing.

    Args:
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        person: What all are to become.
        mapping: Where the file's own columns say it.
        running: How the job is run.
        given: What stood before the command.
    """
    values, columns = person.values, columns_of(mapping or ())
    if values and columns:
        msg = "--map is for the file's own values, and all get the same: leave one of them out"
        raise ConfigurationError(msg)
    deed = Deed(
        {"update": values, "columns": columns},
        lambda systeme, path, place: systeme.bulk.update(
            path, columns=columns, journal=place, **values
        ),
    )
    return running.begin(given, file, deed)


def delete(
    file: str,
    /,
    *,
    yes: Annotated[Flag, Parameter(help="Do it: what is deleted can't be had back.")] = False,
    running: Running = AS_USUAL,
    given: Given,
) -> int:
    """Delete the contacts of a file, for good.

    Args:
        file: CSV, JSON lines or Parquet, with a column of ids or of addresses.
        yes: Whether it is meant.
        running: How the job is run.
        given: What stood before the command.
    """
    if not (yes or running.dry_run):
        msg = (
            f"deleting can't be undone: look at it with --dry-run, then add --yes to delete {file}"
        )
        raise ConfigurationError(msg)
    deed = Deed(
        {"delete": True}, lambda systeme, path, place: systeme.bulk.delete(path, journal=place)
    )
    return running.begin(given, file, deed)

"""Jobs of many requests: described first, then run, in the lane behind all single calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .acts import Delete, Enroll, Join, Tag, Untag
from .fanout import FanOut
from .importing import ImportTask
from .job import Job
from .plan import Plan
from .report import Outcome, Report, Status
from .sources import File
from .updating import UpdateTask

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from .._core.caller import Caller
    from ..drafts import AccessType, ContactValues
    from .acts import Act
    from .operations import OnExisting
    from .sources import Rows

__all__ = ["Bulk", "File", "ImportJob", "Job", "Outcome", "Plan", "Report", "Status"]

ImportJob = Job
"""A job that imports contacts; all jobs are alike from outside."""


class Bulk:
    """Get it from a client: `systeme.bulk`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    @property
    def caller(self) -> Caller:
        """What sends for all jobs, in the lane behind single calls."""
        return self._caller

    @property
    def account(self) -> str:
        """What journals call the account: no key is in it, and none can be told from it."""
        return self._caller.session.account

    def import_contacts(
        self,
        rows: Rows,
        *,
        tags: Iterable[str] = (),
        on_existing: OnExisting = "update",
        columns: Mapping[str, str | None] | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> Job:
        """Describe an import of contacts; nothing is read or sent before it is begun.

        Args:
            rows: a path to CSV, JSONL or Parquet, or a `File` that names its encoding; a table
                of pyarrow, pandas or polars; or any (async) iterable of mappings or structs,
                with `email`, `first_name`, `surname`, `phone_number`, `country`, `locale`,
                `tags` and any field's slug. They are never all in memory.
            tags: names of tags for every contact, created where missing.
            on_existing: what to do with an address the account has: "update" changes what
                differs and adds tags, "skip" leaves it alone, "fail" rejects the row.
            columns: header or key to name, before any guess; None leaves a column out, and
                `{"*": None}` all that match nothing.
            journal: a path where each row is noted before and after it is carried out. The same
                job with the same journal goes on where it ended, also after a crash.
        """
        task = ImportTask(self._caller, tags=tags, on_existing=on_existing, columns=columns)
        return Job(self._caller, task, rows, journal)

    def enroll(
        self,
        course_id: int,
        contacts: Rows,
        *,
        access_type: AccessType = "full_access",
        modules: Iterable[int] = (),
        journal: str | os.PathLike[str] | None = None,
    ) -> Job:
        """Describe letting contacts into a course; those who are in cost a listing, not a call.

        Args:
            course_id: the course.
            contacts: ids, addresses, contacts as they were listed, or mappings with `id` or
                `email`; or a path to a file with a column of ids or of addresses.
            access_type: all of the course or a part of it.
            modules: ids of the modules to open, with the partial types.
            journal: as for an import.
        """
        return self._fan_out(Enroll(course_id, access_type, modules), contacts, journal)

    def join(
        self, community_id: int, contacts: Rows, *, journal: str | os.PathLike[str] | None = None
    ) -> Job:
        """Describe letting contacts into a community; the arguments are as for `enroll`."""
        return self._fan_out(Join(community_id), contacts, journal)

    def tag(
        self, tag: int | str, contacts: Rows, *, journal: str | os.PathLike[str] | None = None
    ) -> Job:
        """Describe putting a tag on contacts: by its id, or by its name, created if missing."""
        return self._fan_out(Tag(tag), contacts, journal)

    def untag(
        self, tag: int | str, contacts: Rows, *, journal: str | os.PathLike[str] | None = None
    ) -> Job:
        """Describe taking a tag off contacts; those who do not have it cost nothing each."""
        return self._fan_out(Untag(tag), contacts, journal)

    def update(
        self,
        contacts: Rows,
        *,
        columns: Mapping[str, str | None] | None = None,
        journal: str | os.PathLike[str] | None = None,
        **values: Unpack[ContactValues],
    ) -> Job:
        """Describe changing contacts who are there; nobody is created.

        With values, all get the same, and None clears a field. Without any, each row says what
        is to become of its contact: by the names that an import takes, and a blank is left out.

        Args:
            contacts: as for `enroll`.
            columns: as for an import, where rows have values of their own.
            journal: as for an import.
            values: `first_name`, `surname`, `phone_number`, `country`, `locale`, and `fields`.
        """
        task = UpdateTask(self._caller, values=values, columns=columns)
        return Job(self._caller, task, contacts, journal)

    def delete(self, contacts: Rows, *, journal: str | os.PathLike[str] | None = None) -> Job:
        """Describe deleting contacts, for good."""
        return self._fan_out(Delete(), contacts, journal)

    def _fan_out(self, act: Act, contacts: Rows, journal: str | os.PathLike[str] | None) -> Job:
        return Job(self._caller, FanOut(self._caller, act), contacts, journal)

    def resume(self, journal: str | os.PathLike[str]) -> Job:
        """Go on with the job of a journal, which holds its rows and its options.

        What was under way when it ended is looked up before anything is sent for it.
        """
        return Job(self._caller, None, None, journal)

    def retry(self, journal: str | os.PathLike[str]) -> Job:
        """Carry out once more the rows of a journal that were rejected or whose end is unknown."""
        return Job(self._caller, None, None, journal, again=True)

"""Jobs of many requests: described first, then run, in the lane behind all single calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .job import ImportJob
from .report import Outcome, Report, Status
from .sources import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._core.caller import Caller
    from .operations import OnExisting
    from .sources import Rows

__all__ = ["Bulk", "File", "ImportJob", "Outcome", "Report", "Status"]


class Bulk:
    """Get it from a client: `systeme.bulk`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def import_contacts(
        self,
        rows: Rows,
        *,
        tags: Iterable[str] = (),
        on_existing: OnExisting = "update",
        columns: Mapping[str, str | None] | None = None,
    ) -> ImportJob:
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
        """
        return ImportJob(self._caller, rows, tags=tags, on_existing=on_existing, columns=columns)

"""What became of a bulk import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..models import ImportStatus

MOST_KEPT: Final = 10_000
"""How many rows of a kind a report names; beyond them it counts, so that it stays small."""

Kind = Literal["rejected", "failed", "in doubt"]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not imported, or of which nobody knows."""

    kind: Kind
    """"rejected": it was refused; "failed": it was taken and could not be imported; "in doubt":
    the answer got lost."""
    row: int | None = None
    """Its number, from 1; None for one that failed, of which the address alone is told."""
    email: str | None = None
    reason: str = ""


class ImportBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was taken, and how far the server has come with it."""

    batch_id: str
    contacts: int
    status: str | None = None
    """"completed", "failed" or "interrupted"; another one where it has not ended in time."""
    imported: int = 0
    failed: int = 0


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bulk import. The lists name the first 10,000; the counts know all."""

    rows: int = 0
    """How many were read."""
    imported: int = 0
    """Contacts that were created or changed."""
    rejected_count: int = 0
    failed_count: int = 0
    in_doubt_count: int = 0
    rejected: list[LeftOut] = msgspec.field(default_factory=list[LeftOut])
    """Rows that were refused, each with the reason; nothing of them was imported."""
    failed: list[LeftOut] = msgspec.field(default_factory=list[LeftOut])
    """Addresses that were taken and could not be imported."""
    in_doubt: list[LeftOut] = msgspec.field(default_factory=list[LeftOut])
    """Rows whose answer got lost: they may be imported, and were not sent again."""
    batches: list[ImportBatch] = msgspec.field(default_factory=list[ImportBatch])
    requests: int = 0

    @property
    def unfinished(self) -> list[ImportBatch]:
        """The batches that the server has not carried out to their end."""
        return [batch for batch in self.batches if batch.status != "completed"]

    @property
    def skipped(self) -> int:
        """Rows of which the server says nothing: it leaves out excluded addresses and bounces."""
        known = self.imported + self.rejected_count + self.failed_count + self.in_doubt_count
        open_ = sum(batch.contacts - batch.imported - batch.failed for batch in self.unfinished)
        return max(0, self.rows - known - open_)


class Tally:
    """Counts while an import runs.

    Args:
        tell: is told of each row that is left out.
    """

    def __init__(self, tell: Callable[[LeftOut], object] | None = None) -> None:
        self.rows = self.imported = self.requests = 0
        self.batches: list[ImportBatch] = []
        self._tell = tell
        self._kept: dict[Kind, list[LeftOut]] = {"rejected": [], "failed": [], "in doubt": []}
        self._counts: dict[Kind, int] = dict.fromkeys(self._kept, 0)

    def leave_out(self, kind: Kind, row: int | None, email: str | None, reason: str = "") -> None:
        """Note a row that was not imported, or of which nobody knows."""
        one = LeftOut(kind=kind, row=row, email=email, reason=reason)
        self._counts[kind] += 1
        if len(self._kept[kind]) < MOST_KEPT:
            self._kept[kind].append(one)
        if self._tell is not None:
            self._tell(one)

    def ended(self, batch: ImportBatch, status: ImportStatus) -> None:
        """Note what became of a batch."""
        imported, failed = len(status.success), len(status.failure)
        self.imported += imported
        for address in status.failure:
            self.leave_out("failed", None, text_of(address))
        self.batches.append(
            msgspec.structs.replace(batch, status=status.status, imported=imported, failed=failed)
        )

    def report(self) -> ImportReport:
        """Sum up."""
        return ImportReport(
            rows=self.rows,
            imported=self.imported,
            rejected_count=self._counts["rejected"],
            failed_count=self._counts["failed"],
            in_doubt_count=self._counts["in doubt"],
            rejected=self._kept["rejected"],
            failed=self._kept["failed"],
            in_doubt=self._kept["in doubt"],
            batches=self.batches,
            requests=self.requests,
        )


def text_of(address: object) -> str:
    """Return an address, whether it came as one or among other things."""
    if isinstance(address, dict):
        told = cast("dict[str, object]", address)
        address = told.get("email", told)
    return address if isinstance(address, str) else msgspec.json.encode(address).decode()

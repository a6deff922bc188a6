"""What became of a bulk import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..models import ImportStatus

MOST_KEPT: Final = 10_000
"""How many rows of a kind a report names; beyond them it counts, so that it stays small."""

Kind = Literal["rejected", "failed", "in doubt"]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not imported, or of which nobody knows."""

    kind: Kind
    """"rejected": it was refused; "failed": it was taken and could not be imported; "in doubt":
    the answer got lost, or the server knows nothing of its batch."""
    row: int | None = None
    """Its number, from 1; None for one that failed, of which the address alone is told."""
    email: str | None = None
    """None where it is not known any more: the row's number tells which one it was."""
    reason: str = ""


class ImportBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was taken, and how far the server has come with it."""

    batch_id: str
    contacts: int
    status: str | None = None
    """"completed", "failed" or "interrupted"; another one where it has not ended in time, None
    where nothing was told of it."""
    imported: int = 0
    failed: int = 0
    in_doubt: int = 0
    trouble: str = ""
    """What the last look at it was answered, where that was no status."""


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
    """Rows whose answer got lost, or of whose batch the server knows nothing: they may be
    imported."""
    batches: list[ImportBatch] = msgspec.field(default_factory=list[ImportBatch])
    requests: int = 0
    next_row: int = 1
    """The first row that had no turn: one more than all, unless an error ended the import."""
    unsent: int = 0
    """Rows from there on that were read, and of which nothing was sent."""

    @property
    def unfinished(self) -> list[ImportBatch]:
        """The batches that the server has not carried out to their end."""
        return [batch for batch in self.batches if batch.status != "completed"]

    @property
    def skipped(self) -> int:
        """Rows of which the server says nothing: it leaves out excluded addresses and bounces."""
        known = self.imported + self.rejected_count + self.failed_count + self.in_doubt_count
        open_ = sum(
            batch.contacts - batch.imported - batch.failed - batch.in_doubt
            for batch in self.unfinished
        )
        return max(0, self.rows - known - open_ - self.unsent)


class Tally:
    """Counts while an import runs.

    Args:
        tell: is told of each row that is left out.
    """

    def __init__(self, tell: Callable[[LeftOut], object] | None = None) -> None:
        self.rows = self.imported = self.requests = 0
        self.next_row = 1
        self.unsent = 0
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

    def turned(self, rows: int, next_row: int) -> None:
        """Note that so many rows had their turn, and which one is next."""
        self.unsent -= rows
        self.next_row = next_row

    def ended(self, batch: ImportBatch, status: ImportStatus, trouble: str = "") -> None:
        """Note what became of a batch, or how it was when it was left to itself."""
        imported, failed = len(status.success), len(status.failures)
        self.imported += imported
        self.batches.append(
            msgspec.structs.replace(
                batch, status=status.status, imported=imported, failed=failed, trouble=trouble
            )
        )
        for address in status.failures:
            self.leave_out("failed", None, text_of(address))

    def lost(self, batch: ImportBatch, rows: Iterable[int], reason: str) -> None:
        """Note a batch that was taken, and of which the server knows nothing."""
        self.batches.append(msgspec.structs.replace(batch, in_doubt=batch.contacts, trouble=reason))
        for row in rows:
            self.leave_out("in doubt", row, None, reason)

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
            next_row=self.next_row,
            unsent=self.unsent,
        )


def text_of(address: object) -> str:
    """Return an address, whether it came as one or among other things."""
    if isinstance(address, dict):
        told = cast("dict[str, object]", address)
        address = told.get("email", told)
    return address if isinstance(address, str) else msgspec.json.encode(address).decode()

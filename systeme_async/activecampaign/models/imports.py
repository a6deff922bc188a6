"""What becomes of contacts that were imported in bulk."""

from __future__ import annotations

from typing import Any

import msgspec

from .model import Model


class ImportReceipt(Model, frozen=True):
    """That a batch was taken; what becomes of it is told later."""

    batch_id: str
    queued_contacts: int | None = msgspec.field(default=None, name="queued_contacts")


class ImportStatus(Model, frozen=True):
    """How far a batch has come."""

    status: str | None = None
    """"waiting", "claimed", "active", "completed", "failed", "interrupted"; "0" or None in the
    first second."""
    success: list[str] = msgspec.field(default_factory=list[str])
    """Ids of contacts."""
    failure: list[Any] = msgspec.field(default_factory=list[Any])
    """Addresses."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it."""
        return self.status in {"completed", "failed", "interrupted"}

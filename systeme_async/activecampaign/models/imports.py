"""What becomes of contacts that were imported in bulk."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from .model import Model

_NO: Final = frozenset({"0", "false"})


class ImportReceipt(Model, frozen=True):
    """That a batch was taken, and what becomes of it is told later; or that it was not."""

    batch_id: str | None = None
    queued_contacts: Any = msgspec.field(default=None, name="queued_contacts")
    success: Any = None
    capital_success: Any = msgspec.field(default=None, name="Success")
    """Both spellings were seen."""
    message: Any = None
    failure_reasons: Any = None

    @property
    def refused(self) -> bool:
        """Whether it says no, although its status says yes."""
        said = {str(one).lower() for one in (self.success, self.capital_success)}
        return self.batch_id is None and (bool(said & _NO) or self.failure_reasons is not None)


class ImportStatus(Model, frozen=True):
    """How far a batch has come."""

    status: str | None = None
    """"waiting", "claimed", "active", "completed", "failed", "interrupted"; "0" or None in the
    first second."""
    success: list[Any] | dict[str, Any] = msgspec.field(default_factory=list[Any])
    """Ids of contacts."""
    failure: list[Any] | dict[str, Any] = msgspec.field(default_factory=list[Any])
    """Addresses. PHP writes a list with a gap in it as a map."""

    @property
    def failures(self) -> list[Any]:
        """What could not be imported, whether it came as a list or as a map."""
        several = self.failure
        return several if isinstance(several, list) else [*several.values()]

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it."""
        return self.status in {"completed", "failed", "interrupted"}

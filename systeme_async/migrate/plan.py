"""What a migration would do, said in advance; and what a look at its end has found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ..bulk import Plan
    from ..bulk.verify import Difference

WARNING: Final = (
    "Systeme.io runs its automations on contacts that are created and on tags that are put on: "
    "switch off the welcome mails and campaigns that must not greet everybody who is moved"
)
"""What everybody has to know before people are moved."""


@dataclass(slots=True, kw_only=True)
class MigrationPlan:
    """What moving would come to; nothing of it has been written to either account."""

    read: int
    """People who were read: all of them at first, later those who were changed."""
    moved: int
    """People who are to be moved."""
    unchanged: int
    """People who were moved before and are as they were then."""
    left_out: dict[str, int]
    """People who are left out, by the reason; they are in a file."""
    withdrawn: int
    """Of these, who were moved before, and have unsubscribed or bounced since: they are active at
    Systeme.io, whose API can unsubscribe nobody. See to them by hand."""
    readdressed: int
    """People who were moved before under another address. Systeme.io can't change one, so they
    become new contacts; the old ones are in a file, to be deleted or kept by hand."""
    new_fields: dict[str, str]
    """Fields that will be created: labels by slugs."""
    notes: list[str]
    """Collisions, and how they are resolved."""
    lost: dict[str, int]
    """Values that will be cut or left out, by what is to be said of them."""
    bulk: Plan
    """What the import comes to: creations, changes, tags, its requests."""
    mapping: Path
    """The file that says what becomes of everything, to be edited."""
    left_out_file: Path
    readdressed_file: Path
    """Old and new addresses; it is there if there are any."""
    since: datetime | None = None
    """Who was changed since was read; None where everybody was."""
    edited: bool = False
    """Whether the mapping was edited since the last move: `everything` applies that to all."""
    under_way: bool = False
    """Whether people are being moved already: then the mapping they are moved by is fixed."""
    warning: str = WARNING

    @property
    def requests(self) -> int:
        """What moving will send to Systeme.io."""
        return self.bulk.requests + len(self.new_fields)

    @property
    def duration(self) -> float:
        """Seconds that the account's quota needs for them."""
        if not self.bulk.requests:
            return 0.0
        return self.bulk.duration * self.requests / self.bulk.requests


@dataclass(slots=True)
class Verification:
    """In what the account and those who were moved differ."""

    people: int
    """Rows that were compared."""
    counts: Counter[str] = field(default_factory=Counter[str])
    """Differences by their kind: "missing", "changed", "untagged", "rejected"."""
    first: list[Difference] = field(default_factory=list["Difference"])
    """The first of them."""

    gone: list[str] = field(default_factory=list[str])
    """Fields that were moved and that the account has no more; they are not compared."""
    under_way: bool = False
    """Whether people are being moved: then much may be missing yet."""

    @property
    def agrees(self) -> bool:
        """Whether all is there."""
        return not self.counts and not self.gone

"""What a job would do, said in advance: rows, requests, minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from ..resources.upsert import difference
from .intake import BATCH, first_rows
from .lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._core.budget import Budget
    from ..models import Contact
    from .journal import Entry, Journal
    from .operations import OnExisting, TagBook
    from .rows import ContactRow

UNFINISHED: Final = tuple(state for state in State if state is not State.DONE)

SHOWN: Final = 10
"""Examples of each kind that a plan keeps."""


@dataclass(frozen=True, slots=True)
class Change:
    """What would be changed of one contact: slugs and the locale, old and new."""

    row: int
    contact_id: int
    values: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is refused before anything is sent, and why."""

    row: int
    reason: str


@dataclass(slots=True)
class Plan:
    """What a job would do to the account as it is now; nothing of it has been written."""

    creates: int = 0
    updates: int = 0
    """Contacts of which fields or the locale would be changed."""
    unchanged: int = 0
    """Rows that need nothing but, perhaps, tags."""
    tag_adds: int = 0
    rejects: int = 0
    """Rows refused in advance; they cost nothing."""
    doubles: int = 0
    """Rows whose address stands in an earlier row; each is carried out after that one."""
    requests: int = 0
    """What the job will send. Those that the plan itself cost are in `spent`."""
    duration: float = 0.0
    """Seconds that the account's quota needs for them; 0 where it has no limit."""
    spent: int = 0
    way: str = ""
    """How rows and account were compared, and what that cost."""
    new_tags: list[str] = field(default_factory=list[str])
    """Tags that will be created."""
    first_changes: list[Change] = field(default_factory=list[Change])
    first_rejects: list[Reject] = field(default_factory=list[Reject])
    first_doubles: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Rows, each with the earlier one that has its address."""


class Planning:
    """Sums up a plan from the journal's rows.

    Args:
        always: the job's own tags.
        tags: the account's tags, to be looked up.
        on_existing: what the job does with addresses that the account has.
        row_of: reads a row of the journal.
    """

    def __init__(
        self,
        always: tuple[str, ...],
        tags: TagBook,
        on_existing: OnExisting,
        row_of: Callable[[Entry], ContactRow],
    ) -> None:
        self.plan = Plan()
        self._row_of = row_of
        self._always = always
        self._tags = tags
        self._ids: dict[str, int | None] = {}
        """The account's tags by name; None is one that has to be created."""
        self._on_existing = on_existing

    async def read(self, journal: Journal) -> Plan:
        """Add all rows that are still to be carried out, and those that are refused."""
        await self._look_up(self._always)
        after = 0
        while batch := await journal.take(after, BATCH, UNFINISHED):
            after = batch[-1].number
            first = await first_rows(journal, batch)
            for entry in batch:
                if entry.state is State.REJECTED:
                    reject(self.plan, entry)
                else:
                    row = self._row_of(entry)
                    await self._look_up(row.tags)
                    self._add(entry, row, first[entry.key])
        plan = self.plan
        # Two names may be one tag to the account.
        new = {name.casefold(): name for name, number in self._ids.items() if number is None}
        plan.new_tags = list(new.values())
        plan.requests = plan.creates + plan.updates + plan.tag_adds + len(plan.new_tags)

        return plan

    async def _look_up(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in self._ids:
                self._ids[name] = await self._tags.look_up(name)

    def _add(self, entry: Entry, row: ContactRow, earlier: int) -> None:
        plan = self.plan
        if earlier != entry.number:
            plan.doubles += 1
            if len(plan.first_doubles) < SHOWN:
                plan.first_doubles.append((entry.number, earlier))
            plan.unchanged += 1
            return
        if row.known is None:
            plan.creates += 1
            plan.tag_adds += len(self._wanted(row))
        else:
            self._compare(row, row.known)

    def _compare(self, row: ContactRow, contact: Contact) -> None:
        plan = self.plan
        if self._on_existing == "fail":
            plan.rejects += 1
            return
        change = None if self._on_existing == "skip" else difference(contact, row.draft)
        if change is None:
            plan.unchanged += 1
        else:
            plan.updates += 1
            if len(plan.first_changes) < SHOWN:
                values: dict[str, tuple[str | None, str | None]] = {
                    one.slug: (contact.fields.get(one.slug), one.value)
                    for one in change.fields or ()
                }
                if change.locale is not UNSET:
                    values["locale"] = (contact.locale, change.locale)
                plan.first_changes.append(Change(row.number, contact.id, values))
        if self._on_existing == "update":
            held = {tag.id for tag in contact.tags}
            plan.tag_adds += sum(one not in held for one in self._wanted(row))

    def _wanted(self, row: ContactRow) -> set[int | str]:
        names = dict.fromkeys((*self._always, *row.tags))
        return {self._ids.get(name) or name.casefold() for name in names}


def reject(plan: Plan, entry: Entry) -> None:
    """Count a row that is refused."""
    plan.rejects += 1
    if len(plan.first_rejects) < SHOWN:
        plan.first_rejects.append(Reject(entry.number, entry.error or ""))


def seconds_for(requests: int, budget: Budget) -> float:
    """Say how long the account's quota needs for so many requests, with what is left now."""
    allowed = budget.limit if budget.ceiling is None else budget.ceiling.allowed
    if allowed is None:
        return 0.0
    left = max(0, min(allowed, allowed if budget.credit is None else budget.credit))
    return max(0, requests - left) / allowed * budget.quota.per

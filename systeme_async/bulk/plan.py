"""What a job would do, said in advance: rows, requests, minutes."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from ..resources.upsert import TAKEN
from .batches import BATCH
from .intake import first_rows
from .lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core.budget import Budget
    from ..drafts import ContactDraft
    from ..models import Contact
    from .journal import Entry, Journal
    from .operations import OnExisting, TagBook
    from .rows import ContactRow

UNFINISHED: Final = tuple(state for state in State if state is not State.DONE)

SHOWN: Final = 10
"""Examples of each kind that a plan keeps."""


Values = dict[str, tuple[str | None, str | None]]
"""Old and new, by slug or "locale"."""


@dataclass(frozen=True, slots=True)
class Change:
    """What would be changed of one contact: slugs and the locale, old and new."""

    row: int
    contact_id: int | None
    """None for a contact that an earlier row creates."""
    values: Values


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
    """Rows that need nothing but, perhaps, tags; also because an earlier one does it."""
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


class _Held:
    """A contact as it will be when some rows of the job have been carried out."""

    def __init__(self, contact: Contact | None) -> None:
        self.id = None if contact is None else contact.id
        self.fields = {} if contact is None else dict(contact.fields)
        self.locale = None if contact is None else contact.locale
        self.tags: set[int | str] = set()
        if contact is not None:
            self.tags.update(tag.id for tag in contact.tags)

    def take(self, draft: ContactDraft) -> Values:
        """Take what a row says; return what that changes: old and new, by slug or "locale"."""
        changed: Values = {
            one.slug: (self.fields.get(one.slug), one.value)
            for one in draft.fields or ()
            if (self.fields.get(one.slug) or "") != (one.value or "")
        }
        self.fields.update({slug: new for slug, (_, new) in changed.items()})
        if draft.locale is not UNSET and draft.locale != self.locale:
            changed["locale"] = (self.locale, draft.locale)
            self.locale = draft.locale
        return changed


class Planning:
    """Sums up a plan from the journal's rows.

    Args:
        always: the job's own tags.
        tags: the account's tags, to be looked up.
        on_existing: what the job does with addresses that the account has.
        row_of: reads a row of the journal.
        creates: whether the job creates contacts that are not there; else it refuses their rows.
    """

    def __init__(
        self,
        always: tuple[str, ...],
        tags: TagBook,
        on_existing: OnExisting,
        row_of: Callable[[Entry], ContactRow],
        *,
        creates: bool = True,
    ) -> None:
        self.plan = Plan()
        self._row_of = row_of
        self._always = always
        self._tags = tags
        self._ids: dict[str, int | None] = {}
        """The account's tags by name; None is one that has to be created."""
        self._on_existing = on_existing
        self._creates = creates

    async def read(self, journal: Journal) -> Plan:
        """Add all rows that are still to be carried out, and those that are refused."""
        await self._look_up(self._always)
        after = 0
        while batch := await journal.take(after, BATCH, UNFINISHED):
            after = batch[-1].number
            first = await first_rows(journal, batch)
            repeated = await journal.repeated(first)
            for entry in batch:
                if entry.state is State.REJECTED:
                    reject(self.plan, entry.number, entry.error or "")
                elif first[entry.key] == entry.number:
                    held = await self._add(entry)
                    if entry.key in repeated:
                        await self._add_doubles(journal, entry, held)
        plan = self.plan
        # Two names may be one tag to the account.
        new = {name.casefold(): name for name, number in self._ids.items() if number is None}
        plan.new_tags = list(new.values())
        plan.requests += plan.creates + plan.updates + plan.tag_adds + len(plan.new_tags)
        return plan

    async def _look_up(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in self._ids:
                self._ids[name] = await self._tags.look_up(name)

    async def _add(self, entry: Entry) -> _Held | None:
        """Count the first row of an address; return what becomes of its contact, if anything."""
        row = self._row_of(entry)
        await self._look_up(row.tags)
        if row.doubt is not None:
            self.plan.requests += 1  # It is looked up before anything is sent for it.
        held = _Held(row.known)
        if row.known is not None:
            self._compare(row, held)
            return held
        if not self._creates:
            reject(self.plan, row.number, nobody(row.contact_id, row.email))
            return None
        self.plan.creates += 1
        held.take(row.draft)
        self._tag(row, held)
        return held

    async def _add_doubles(self, journal: Journal, first: Entry, held: _Held | None) -> None:
        """Count the later rows of the same address, each after the one before it."""
        plan = self.plan
        async for entry in journal.alike(first.key, first.number):
            if entry.state in UNFINISHED and entry.state is not State.REJECTED:
                plan.doubles += 1
                insort(plan.first_doubles, (entry.number, first.number))
                del plan.first_doubles[SHOWN:]
                row = self._row_of(entry)
                if held is None:
                    reject(plan, row.number, nobody(row.contact_id, row.email))
                else:
                    await self._look_up(row.tags)
                    self._compare(row, held)

    def _compare(self, row: ContactRow, held: _Held) -> None:
        """Count a row whose contact is there, or will be by then."""
        plan = self.plan
        if self._on_existing == "fail":
            reject(plan, row.number, TAKEN.format(email=row.email))
            return
        if self._on_existing == "skip":
            plan.unchanged += 1
            return
        values = held.take(row.draft)
        if values:
            plan.updates += 1
            insort(plan.first_changes, Change(row.number, held.id, values), key=_row)
            del plan.first_changes[SHOWN:]
        else:
            plan.unchanged += 1
        self._tag(row, held)

    def _tag(self, row: ContactRow, held: _Held) -> None:
        names = dict.fromkeys((*self._always, *row.tags))
        missing = {self._ids.get(name) or name.casefold() for name in names} - held.tags
        self.plan.tag_adds += len(missing)
        held.tags |= missing


def nobody(contact_id: int | None, email: str | None) -> str:
    """Say that a contact is not there."""
    named = f"the id {contact_id}" if email is None else f"the address {email}"
    return f"nobody in the account has {named}"


def _row(one: Change | Reject) -> int:
    return one.row


def reject(plan: Plan, row: int, reason: str) -> None:
    """Count a row that is refused."""
    plan.rejects += 1
    insort(plan.first_rejects, Reject(row, reason), key=_row)
    del plan.first_rejects[SHOWN:]


def seconds_for(requests: int, budget: Budget) -> float:
    """Say how long the account's quota needs for so many requests, with what is left now."""
    allowed = budget.limit if budget.ceiling is None else budget.ceiling.allowed
    if allowed is None:
        return 0.0
    left = max(0, min(allowed, allowed if budget.credit is None else budget.credit))
    return max(0, requests - left) / allowed * budget.quota.per

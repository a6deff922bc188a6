"""Whether the account holds what the rows of an import say, and where it does not.

The journal of a planned import holds the rows, and of each the contact that has its address. Where
several rows have one address, the later one has the last word, as when they are imported; so they
are put together first, and compared once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from ..drafts import ContactDraft, FieldDraft
from ..errors import ConfigurationError
from ..models import Contact
from ..resources.upsert import difference
from .batches import BATCH
from .intake import values_of
from .known import known
from .lifecycle import State
from .rows import contact_row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from .journal import Entry, Journal
    from .rows import ContactRow

EVERY: Final = tuple(State)


class Disagreement(StrEnum):
    """In what a row and the account differ."""

    MISSING = "missing"
    """Nobody in the account has the address."""
    CHANGED = "changed"
    """Fields or the locale are others."""
    UNTAGGED = "untagged"
    """The contact lacks tags."""
    REJECTED = "rejected"
    """The row could not be imported as it stands."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the rows and the account differ."""

    row: int
    """The first one that has the address."""
    kind: Disagreement
    email: str = ""
    contact_id: int | None = None
    values: Mapping[str, tuple[str | None, str | None]] = field(
        default_factory=dict[str, tuple[str | None, str | None]]
    )
    """By slug, or "locale": what the account has, and what the rows say."""
    tags: tuple[str, ...] = ()
    """Those the contact lacks."""
    reason: str = ""


async def differences(journal: Journal) -> AsyncIterator[Difference]:
    """Go through what the rows say and the account does not, in the order of the rows.

    Args:
        journal: of an import that has been planned and of which nothing has been carried out.

    Raises `ConfigurationError` for the journal of another job, or of one that has begun.
    """
    comparison = _Comparison(journal)
    after = 0
    while batch := await journal.take(after, BATCH, EVERY):
        after = batch[-1].number
        by_key = await journal.by_keys({entry.key for entry in batch if entry.key})
        for entry in batch:
            if entry.state is State.REJECTED:
                yield _rejected(entry)
            else:
                for one in comparison.compare(entry, by_key.get(entry.key, [entry])):
                    yield one


def _rejected(entry: Entry) -> Difference:
    reason = entry.error or ""
    return Difference(entry.number, Disagreement.REJECTED, entry.key, reason=reason)


class _Comparison:
    """Compares by the options of the job."""

    def __init__(self, journal: Journal) -> None:
        header = journal.header
        if header is None or header.kind != "import":
            msg = f"the journal {journal.name} is not of an import"
            raise ConfigurationError(msg)
        self._name = journal.name
        self._always = tuple(header.options.get("tags", ()))
        self._there_is_enough = header.options.get("on_existing") == "skip"

    def compare(self, entry: Entry, alike: Iterable[Entry]) -> Iterator[Difference]:
        """Say what one address lacks, at the first of its rows.

        Args:
            entry: the row that is looked at.
            alike: all rows with its address, in their order.
        """
        planned = [one for one in alike if one.state is State.PLANNED]
        if entry.state is not State.PLANNED:
            msg = f"the job of the journal {self._name} has begun; compare its file instead"
            raise ConfigurationError(msg)
        if planned[0].number != entry.number:
            return
        rows = [contact_row(one.number, values_of(one)) for one in planned]
        contact = next((found for one in alike if (found := known(one.plan))), None)
        if not isinstance(contact, Contact):
            yield Difference(entry.number, Disagreement.MISSING, str(rows[0].email))
        elif not self._there_is_enough:
            yield from self._differing(rows, contact)

    def _differing(self, rows: list[ContactRow], contact: Contact) -> Iterator[Difference]:
        row, email, contact_id = rows[0].number, str(rows[0].email), contact.id
        values = changed_values(contact, _put_together(rows))
        if values:
            yield Difference(row, Disagreement.CHANGED, email, contact_id, values)
        held = {(tag.name or "").casefold() for tag in contact.tags}
        names = dict.fromkeys((*self._always, *(tag for one in rows for tag in one.tags)))
        lacking = tuple(name for name in names if name.casefold() not in held)
        if lacking:
            yield Difference(row, Disagreement.UNTAGGED, email, contact_id, tags=lacking)


def _put_together(rows: Iterable[ContactRow]) -> ContactDraft:
    """Say what rows with one address come to: of each field what the last one says that does."""
    fields: dict[str, FieldDraft] = {}
    draft = ContactDraft()
    for row in rows:
        fields.update({one.slug: one for one in row.draft.fields or ()})
        locale = draft.locale if row.draft.locale is UNSET else row.draft.locale
        draft = ContactDraft(locale=locale, fields=list(fields.values()) or UNSET)
    return draft


def changed_values(
    contact: Contact, draft: ContactDraft
) -> dict[str, tuple[str | None, str | None]]:
    """Return what a draft changes of a contact: by slug, or "locale", the old and the new."""
    change = difference(contact, draft)
    if change is None:
        return {}
    values: dict[str, tuple[str | None, str | None]] = {
        one.slug: (contact.fields.get(one.slug), one.value) for one in change.fields or ()
    }
    if change.locale is not UNSET:
        values["locale"] = (contact.locale, change.locale)
    return values

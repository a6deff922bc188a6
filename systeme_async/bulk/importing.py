"""The import of contacts as a kind of job: how rows are read, compared, planned, carried out."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, get_args

from ..drafts import TagDraft
from ..errors import ConfigurationError
from ..models import Contact
from ..resources.contacts import Contacts
from ..resources.upsert import find_contact
from . import steps
from .addresses import complaint_of
from .check import Check, Finding, counted
from .intake import BATCH, Intake, first_rows, values_of
from .known import known, packed
from .lifecycle import State
from .matching import Matching
from .operations import ImportContact, OnExisting, TagBook, failed
from .patience import PatientCaller
from .plan import Planning
from .rows import contact_row, tag_names

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from .._core.caller import Caller
    from .journal import Entry, Journal
    from .plan import Plan
    from .report import Outcome
    from .rows import ContactRow
    from .sources import Source

SAVED: Final = 2
"""Requests that a contact seen in advance saves: a creation that is refused, and a look."""
FEWEST_COMPARED: Final = 2
"""Rows from which on they are compared: for one it costs what it may save."""


class ImportTask:
    """Brings contacts into the account; see `Bulk.import_contacts` for the arguments."""

    kind = "import"

    def __init__(
        self,
        caller: Caller,
        *,
        tags: Iterable[str] | str = (),
        on_existing: OnExisting = "update",
        columns: Mapping[str, str | None] | None = None,
    ) -> None:
        self._caller = caller
        self._patient = PatientCaller(caller)
        self._tags = tag_names(tags)
        self._on_existing: OnExisting = on_existing
        self._chosen = dict(columns or {})
        self._matching = Matching(self._patient, self._chosen)
        self._book = TagBook(caller)
        self.columns: Mapping[str, str | None] = {}
        if on_existing not in get_args(OnExisting):
            msg = f"on_existing={on_existing!r}: give one of {', '.join(get_args(OnExisting))}"
            raise ConfigurationError(msg)

    @property
    def options(self) -> dict[str, Any]:
        """What decides about what is written."""
        return {
            "tags": list(self._tags),
            "on_existing": self._on_existing,
            "columns": self._chosen,
        }

    def check(self) -> None:
        """Raise `ConfigurationError` for a tag that the API does not take."""
        for name in self._tags:
            self._caller.check(TagDraft(name=name))

    async def read(self, source: Source) -> None:
        """Match the columns of a file."""
        if source.headers is not None:
            # Without patience: what fails so early is more often a setting than an outage.
            self.columns = await self._matching.read_headers(source.headers, self._caller)

    def intake(self, source: Source) -> Intake:
        """Return what takes all rows into a journal."""
        return Intake(source, self._matching.name_values, self._unit)

    def unit_of(self, entry: Entry) -> ContactRow:
        """Return the row, with what is known of its contact."""
        contact = known(entry.plan)
        return replace(
            contact_row(entry.number, values_of(entry)),
            known=contact if isinstance(contact, Contact) else None,
            doubt=None if entry.step is None else steps.decode(entry.step),
        )

    async def compare(self, journal: Journal, *, thorough: bool) -> str:
        """List the account's contacts; or, where that costs more, look up each address."""
        planned = (await journal.counts()).get((State.PLANNED, None), 0)
        if planned < FEWEST_COMPARED and not thorough:
            return ""
        check = Check(
            journal,
            lambda after: Contacts(self._patient).list(limit=100, starting_after=after),
            _finding,
            attrgetter("id"),
            saves=SAVED,
        )
        progress = await check.run(journal.total if thorough else None)
        if thorough and not progress.complete:
            progress.looked += await self._look_up_the_rest(journal)
            progress.complete = True
            await check.note()
        way = f"listed the account's contacts, {counted(progress.pages, 'page')}, a request each"
        if progress.looked:
            way += (
                f"; looked up {counted(progress.looked, 'address')}, which costs less than the rest"
            )
        return way

    async def _look_up_the_rest(self, journal: Journal) -> int:
        looked = after = 0
        while batch := await journal.take(after, BATCH, (State.PLANNED,)):
            after = batch[-1].number
            first = await first_rows(journal, batch)
            for entry in batch:
                if entry.plan is None and first[entry.key] == entry.number:
                    looked += 1
                    row = self.unit_of(entry)
                    contact = await find_contact(self._patient, row.email)
                    number = None if contact is None else contact.id
                    await journal.planned([(entry.number, packed(contact), number)])
        return looked

    async def plan(self, journal: Journal) -> Plan:
        """Sum up what is still to be done."""
        tags = TagBook(self._patient, self._book)
        planning = Planning(self._tags, tags, self._on_existing, self.unit_of)
        return await planning.read(journal)

    async def prepare(self) -> None:
        """Look up or create the job's own tags."""
        for name in self._tags:
            await self._book.id_of(name)

    def operation(self, journal: Journal | None) -> Callable[[ContactRow], Awaitable[Outcome]]:
        """Return what carries out one row."""
        return ImportContact(
            self._patient,
            tags=TagBook(self._patient, self._book),
            always=self._tags,
            on_existing=self._on_existing,
            journal=journal,
        ).perform

    def _unit(self, number: int, values: Mapping[str, Any]) -> ContactRow | Outcome:
        """Turn values into work, or into a rejection; what is refused here costs no request."""
        email = str(values.get("email") or "") or None
        try:
            unit = contact_row(number, values)
            self._caller.check(unit.draft)
            if self._caller.validate:
                _check_address(unit.email)
            for tag in unit.tags:
                self._caller.check(TagDraft(name=tag))
        except ConfigurationError as error:
            return failed(number, error, email=email)
        return unit


def _check_address(email: str) -> None:
    complaint = complaint_of(email)
    if complaint is not None:
        raise ConfigurationError(complaint)


def _finding(contact: Contact) -> Finding | None:
    if contact.email is None:
        return None
    return Finding((contact.email.casefold(),), contact.id, packed(contact))

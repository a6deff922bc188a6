"""The import of contacts as a kind of job: how rows are read, compared, planned, carried out."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, get_args

from msgspec import UNSET, structs

from ..drafts import TagDraft
from ..errors import ConfigurationError
from ..models import Contact
from ..resources.contacts import Contacts
from ..resources.upsert import find_contact
from . import steps
from .addresses import complaint_of
from .batches import BATCH
from .check import NOTE, Check, Finding, counted, forget_if_old
from .intake import Intake, first_rows, values_of
from .known import known, packed
from .lifecycle import State
from .matching import Matching
from .operations import ImportContact, OnExisting, TagBook, failed
from .patience import PatientCaller
from .plan import Planning
from .rows import contact_row, tag_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._core.caller import Caller
    from .journal import Entry, Journal
    from .plan import Plan
    from .report import Outcome
    from .rows import ContactRow
    from .sources import Source
    from .task import Operation

SAVED: Final = 2
"""A creation that is refused, and a look."""
FEWEST_COMPARED: Final = 2
"""Rows from which on they are compared: for one it costs what it may save."""


class ImportTask:
    """Brings contacts into the account; see `Bulk.import_contacts` for the arguments."""

    kind = "import"
    creates = True
    """Whether contacts are created that are not there."""
    saves = SAVED
    """Requests that a contact seen in advance saves."""

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
        self.book = TagBook(caller)
        """What is known of the account's tags."""
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
        return Intake(source, self._name_values, self._unit)

    async def _name_values(self, row: object) -> dict[str, Any]:
        return await self._matching.name_values(row)

    def _row(self, number: int, values: Mapping[str, Any]) -> ContactRow:
        return contact_row(number, values)

    def unit_of(self, entry: Entry) -> ContactRow:
        """Return the row, with what is known of its contact."""
        contact = known(entry.plan)
        return replace(
            self._row(entry.number, values_of(entry)),
            known=contact if isinstance(contact, Contact) else None,
            doubt=None if entry.step is None else steps.decode(entry.step),
        )

    def without(self, unit: ContactRow, later: Entry) -> ContactRow:
        """Return the row less the values that a later one has given to the same contact."""
        said = self._row(later.number, values_of(later)).draft
        slugs = {field.slug for field in said.fields or ()}
        fields = [field for field in unit.draft.fields or () if field.slug not in slugs]
        locale = unit.draft.locale if said.locale is UNSET else UNSET
        draft = structs.replace(unit.draft, fields=fields or UNSET, locale=locale)
        return replace(unit, draft=draft)

    async def compare(self, journal: Journal, *, thorough: bool) -> str:
        """List the account's contacts; or, where that costs more, look up each address."""
        await forget_if_old(journal, NOTE)
        planned = (await journal.counts()).get((State.PLANNED, None), 0)
        if planned < FEWEST_COMPARED and not thorough:
            return ""
        check = Check(
            journal,
            lambda after: Contacts(self._patient).list(limit=100, starting_after=after),
            self._finding,
            attrgetter("id"),
            saves=self.saves,
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
                    contact = await self._look(self.unit_of(entry))
                    number = None if contact is None else contact.id
                    await journal.planned([(entry.number, packed(contact), number)])
        return looked

    async def _look(self, row: ContactRow) -> Contact | None:
        """Look up the contact of one row."""
        return await find_contact(self._patient, str(row.email))

    async def plan(self, journal: Journal) -> Plan:
        """Sum up what is still to be done."""
        tags = TagBook(self._patient, self.book)
        planning = Planning(self._tags, tags, self._on_existing, self.unit_of, creates=self.creates)
        plan = await planning.read(journal)
        self.book.learn(tags)
        return plan

    async def prepare(self) -> None:
        """Look up or create the job's own tags."""
        for name in self._tags:
            await self.book.id_of(name)

    def operation(self, journal: Journal | None) -> Operation:
        """Return what carries out one row."""
        return ImportContact(
            self._caller,
            tags=TagBook(self._patient, self.book),
            always=self._tags,
            on_existing=self._on_existing,
            journal=journal,
        ).perform

    def _finding(self, contact: Contact) -> Finding | None:
        """Say which rows a contact of the account is about."""
        if contact.email is None:
            return None
        return Finding((contact.email.casefold(),), contact.id, packed(contact))

    def _unit(self, number: int, values: Mapping[str, Any]) -> ContactRow | Outcome:
        """Turn values into work, or into a rejection; what is refused here costs no request."""
        email = str(values.get("email") or "") or None
        try:
            unit = self._row(number, values)
            self._caller.check(unit.draft)
            if self.creates and self._caller.validate:
                _check_address(str(unit.email))
            for tag in unit.tags:
                self._caller.check(TagDraft(name=tag))
        except ConfigurationError as error:
            return failed(number, error, email=email)
        return unit


def _check_address(email: str) -> None:
    complaint = complaint_of(email)
    if complaint is not None:
        raise ConfigurationError(complaint)

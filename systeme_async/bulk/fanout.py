"""Doing one thing with many contacts, as a kind of job."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from ..errors import (
    ConfigurationError,
)
from ..resources.contacts import Contacts
from . import steps
from .acting import DONE, ActOnContact
from .batches import BATCH
from .check import NOTE, Check, Finding, counted, forget_if_old
from .intake import Intake, first_rows, values_of
from .lifecycle import State
from .operations import failed
from .patience import PatientCaller
from .plan import Plan, reject
from .report import Outcome, Status
from .rows import key_of
from .targets import Target, match_columns, target, values_of_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.caller import Caller
    from ..models import Contact
    from .acts import Act
    from .journal import Entry, Journal
    from .sources import Source
    from .task import Operation

LISTED: Final = b"listed"
"""What is kept of a row that the act's own listing has shown."""
FEWEST_COMPARED: Final = 2
ADDRESSES: Final = "contacts"
"""What the comparison that finds the ids of addresses is noted under."""


class FanOut:
    """Does an act with each contact; see `Bulk` for the arguments."""

    def __init__(self, caller: Caller, act: Act) -> None:
        self.columns: Mapping[str, str | None] = {}
        self._caller = caller
        self._patient = PatientCaller(caller)
        self._act = act
        self._all_listed = False
        self._missing: str | None = None

    @property
    def kind(self) -> str:
        """What the journal calls it."""
        return self._act.kind

    @property
    def options(self) -> dict[str, Any]:
        """What decides about what is written."""
        return self._act.options

    def check(self) -> None:
        """Raise `ConfigurationError` for options that can't work."""
        self._act.check()

    async def read(self, source: Source) -> None:
        """Find the column that names the contacts."""
        if source.headers is not None:
            self.columns = match_columns([header for header in source.headers if header])

    def intake(self, source: Source) -> Intake:
        """Return what takes all rows into a journal."""
        return Intake(source, self._values, _unit)

    def unit_of(self, entry: Entry) -> Target:
        """Return the contact of a row, with what is known of it."""
        unit = target(entry.number, values_of(entry))
        return replace(
            unit,
            contact_id=unit.contact_id or entry.contact_id,
            listed=entry.plan == LISTED,
            done=entry.plan == DONE,
            doubt=None if entry.step is None else steps.decode(entry.step),
        )

    def without(self, unit: Target, later: Entry) -> Target:
        """Return the contact as it is: all rows say the same of it."""
        del later
        return unit

    async def prepare(self) -> None:
        """Look up or create what all rows need."""
        await self._act.prepare(self._caller)

    async def compare(self, journal: Journal, *, thorough: bool) -> str:
        """List those with whom it is done; and the account, where rows name addresses."""
        if journal.total < FEWEST_COMPARED and not thorough:
            return ""
        await forget_if_old(journal, NOTE, ADDRESSES)
        self._missing = await self._act.look_up(self._patient) if thorough else None
        ways: list[str] = []
        if await self._addresses(journal):
            contacts = Contacts(self._patient)
            check = Check(
                journal,
                lambda after: contacts.list(limit=100, starting_after=after),
                lambda contact: _finding(contact, b""),
                attrgetter("id"),
                saves=1,
                name=ADDRESSES,
            )
            progress = await check.run()
            ways.append(f"listed the account's contacts, {counted(progress.pages, 'page')}")
        listing = self._act.listing(self._patient)
        if listing is not None:
            check = Check(journal, listing, self._listed, attrgetter("id"), saves=1)
            progress = await check.run(journal.total if thorough else None)
            self._all_listed = progress.complete
            ways.append(f"listed those with whom it is done, {counted(progress.pages, 'page')}")
        return ", and ".join(ways) + ", a request each" if ways else "nothing can be listed"

    async def _addresses(self, journal: Journal) -> bool:
        """Tell whether rows name addresses: whose id is not known yet."""
        some = await journal.take(0, BATCH, (State.PLANNED,))
        return sum(not entry.key.startswith("#") for entry in some) >= FEWEST_COMPARED

    def _listed(self, item: Any) -> Finding | None:  # noqa: ANN401 - of the act's own listing
        contact = self._act.contact_of(item)
        return None if contact is None else _finding(contact, LISTED)

    async def plan(self, journal: Journal) -> Plan:
        """Sum up what is still to be done."""
        plan, after = Plan(), 0
        if self._missing is not None:
            plan.new_tags, plan.requests = [self._missing], 1
        states = [state for state in State if state is not State.DONE]
        while batch := await journal.take(after, BATCH, states):
            after = batch[-1].number
            first = await first_rows(journal, batch)
            for entry in batch:
                if entry.state is State.REJECTED:
                    reject(plan, entry.number, entry.error or "")
                elif self._needs_nothing(self.unit_of(entry)):
                    plan.unchanged += 1
                elif first[entry.key] != entry.number:
                    plan.doubles += 1
                    plan.unchanged += 1
                else:
                    self._count(plan, self.unit_of(entry))
        return plan

    def _count(self, plan: Plan, unit: Target) -> None:
        plan.requests += 1 + (unit.contact_id is None)
        if self._act.done is Status.CREATED:
            plan.creates += 1
        else:
            plan.updates += 1

    def operation(self, journal: Journal | None) -> Operation:
        """Return what carries out one row."""
        return ActOnContact(self._caller, self._act, journal, self._needs_nothing).perform

    def _needs_nothing(self, unit: Target) -> bool:
        if unit.done or unit.doubt is not None:
            return unit.done
        if self._act.listed_is_done:
            return unit.listed
        return self._all_listed and not unit.listed

    async def _values(self, row: object) -> dict[str, Any]:
        return values_of_target(row, self.columns)


def _unit(number: int, values: Mapping[str, Any]) -> Target | Outcome:
    try:
        return target(number, values)
    except ConfigurationError as error:
        return failed(number, error)


def _finding(contact: Contact, plan: bytes) -> Finding:
    keys = [key_of(contact.id, None)]
    if contact.email is not None:
        keys.append(key_of(contact.id, contact.email))
    return Finding(tuple(keys), contact.id, plan)

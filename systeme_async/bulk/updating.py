"""Changing contacts that are there, as a kind of job: never creates one.

Each row says what is to be changed of its contact; or all get the same values, and the rows only
say who.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import anyio
from msgspec import UNSET

from .. import endpoints as api
from ..drafts import contact_draft
from ..errors import ConfigurationError, NotFoundError
from ..models import Contact
from ..resources.contacts import Contacts
from ..resources.upsert import Upserted, bring_up_to_date, find_contact
from .check import Finding
from .importing import ImportTask
from .known import known, packed
from .operations import ImportContact, TagBook
from .plan import nobody
from .rows import ContactRow, draft_of, key_of, tag_names
from .rows import values_of as row_values
from .targets import NAMES, id_columns, match_columns, target, values_of_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.caller import Caller
    from ..drafts import ContactDraft, ContactValues
    from ..resources._base import Caller as Sender
    from .journal import Journal
    from .sources import Source
    from .task import Operation

NOTHING: Final = "there is nothing to change: give at least one value, or a tag"


class UpdateContact(ImportContact):
    """Brings the contact of one row to what the row says."""

    async def _bring_about(self, row: ContactRow, sender: Sender) -> Upserted:
        if row.doubt is not None:
            await anyio.sleep(row.doubt.wait(time.time()))
        lately = known(self._lately.get(row.key))
        contact = lately if isinstance(lately, Contact) else row.known
        if row.doubt is not None:
            contact = None  # What was seen before the write is out of date.
        if contact is None and (row.doubt or row.contact_id is None or _changes_nothing(row.draft)):
            contact = await _look(sender, row)
            if contact is None:
                raise NotFoundError(nobody(row.contact_id, row.email), status=404)
        if contact is None:
            # To look first would cost as much as the change itself.
            segments = {"contact": row.contact_id}
            contact = await sender.call(api.UPDATE_CONTACT, row.draft, None, segments)
            return Upserted(contact, "updated")
        brought = await bring_up_to_date(sender, contact, row.draft)
        return brought if row.doubt is None else Upserted(brought.contact, "updated")


class UpdateTask(ImportTask):
    """Changes contacts; see `Bulk.update` for the arguments."""

    kind = "update"
    creates = False
    saves = 1

    def __init__(
        self,
        caller: Caller,
        *,
        values: ContactValues | None = None,
        columns: Mapping[str, str | None] | None = None,
    ) -> None:
        super().__init__(caller, columns=columns)
        self._values: ContactValues = values or {}
        """What all get; nothing where each row says so itself."""

    @property
    def options(self) -> dict[str, Any]:
        """What decides about what is written."""
        return {"values": self._values, "columns": self._chosen}

    def check(self) -> None:
        """Raise `ConfigurationError` for a value that the API does not take."""
        self._caller.check(contact_draft(**self._values))

    async def read(self, source: Source) -> None:
        """Find the columns that name the contacts; match the others, where rows say what to do."""
        if source.headers is None:
            return
        headers = [header for header in source.headers if header]
        ids = id_columns(headers)
        if self._values or len(ids) > 1:
            self.columns = match_columns(headers)
            return
        others = [header for header in headers if header not in ids]
        matched = await self._matching.read_headers(others, self._caller, needs_email=not ids)
        self.columns = {**dict.fromkeys(ids, "id"), **matched}

    async def _name_values(self, row: object) -> dict[str, Any]:
        if self._values or isinstance(row, ConfigurationError | int | str | Contact):
            return values_of_target(row, self.columns)
        cells = row_values(row)
        who = {key: value for key, value in cells.items() if self._is_id(key)}
        rest = {key: value for key, value in cells.items() if key not in who}
        named = await self._matching.name_values(rest)
        number: Any = next((value for value in who.values() if value), None)
        return named if number is None else {**named, "id": number}

    def _is_id(self, key: str) -> bool:
        return self.columns.get(key) == "id" or (not self.columns and key in NAMES)

    def _row(self, number: int, values: Mapping[str, Any]) -> ContactRow:
        who = target(number, values)
        email = who.email or UNSET
        tags: tuple[str, ...] = ()
        if self._values:
            draft = contact_draft(email, **self._values)
        else:
            rest = {name: value for name, value in values.items() if name != "id"}
            draft, tags = draft_of(rest, email), tag_names(values.get("tags"))
        if _changes_nothing(draft) and not tags:
            raise ConfigurationError(NOTHING)
        return ContactRow(number, draft, tags, contact_id=who.contact_id)

    def _finding(self, contact: Contact) -> Finding | None:
        keys = [key_of(contact.id, None)]
        if contact.email is not None:
            keys.append(key_of(contact.id, contact.email))
        return Finding(tuple(keys), contact.id, packed(contact))

    async def _look(self, row: ContactRow) -> Contact | None:
        return await _look(self._patient, row)

    def operation(self, journal: Journal | None) -> Operation:
        """Return what carries out one row."""
        return UpdateContact(
            self._caller,
            tags=TagBook(self._patient, self.book),
            always=self._tags,
            on_existing="update",
            journal=journal,
        ).perform


async def _look(sender: Sender, row: ContactRow) -> Contact | None:
    if row.contact_id is None:
        return await find_contact(sender, str(row.email))
    try:
        return await Contacts(sender).get(row.contact_id)
    except NotFoundError:
        return None


def _changes_nothing(draft: ContactDraft) -> bool:
    return draft.fields is UNSET and draft.locale is UNSET

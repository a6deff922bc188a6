"""What is done for one row: the fewest requests that bring the account to what the row says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal

import anyio

from ..errors import (
    AlreadyExistsError,
    AuthenticationError,
    ClientStateError,
    ConnectionMissingError,
    DecodeError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    SystemeError,
)
from ..resources.contacts import Contacts
from ..resources.tags import Tags
from ..resources.upsert import (
    SETTLE_TRIES,
    Upserted,
    bring_up_to_date,
    create_contact,
    find_contact,
    upsert_contact,
)
from .engine import EndOfJobError
from .intents import RowCaller
from .report import Outcome, Status

if TYPE_CHECKING:
    from ..models import Contact
    from ..resources._base import Caller
    from .journal import Journal
    from .rows import ContactRow
    from .steps import Step

OnExisting = Literal["update", "skip", "fail"]

CHANGE: Final = {
    "created": Status.CREATED,
    "updated": Status.UPDATED,
    "unchanged": Status.UNCHANGED,
}


STOPPING: Final = (
    AuthenticationError,
    PermissionDeniedError,
    ConnectionMissingError,
    ClientStateError,
    NotSentError,
    RateLimitedError,
)
"""What the next row would meet as well: the job ends with it instead of wasting requests."""


KEYS_REMEMBERED: Final = 1_000


class TagBook:
    """The ids of tags by name, each looked up or created once a job."""

    def __init__(self, caller: Caller, known: TagBook | None = None) -> None:
        self._tags = Tags(caller)
        self.ids: dict[str, int] = {} if known is None else dict(known.ids)
        """What is known so far, by name."""
        self._lock = anyio.Lock()

    async def id_of(self, name: str) -> int:
        """Return the tag's id; the first time that costs a request or two."""
        if name not in self.ids:
            async with self._lock:
                if name not in self.ids:
                    self.ids[name] = (await self._tags.ensure(name)).id
        return self.ids[name]

    async def look_up(self, name: str) -> int | None:
        """Return the tag's id, or None where there is no such tag; nothing is created."""
        if name not in self.ids:
            tag = await self._tags.find(name)
            if tag is None:
                return None
            self.ids[name] = tag.id
        return self.ids[name]


class ImportContact:
    """Brings one row into the account."""

    def __init__(
        self,
        caller: Caller,
        *,
        tags: TagBook,
        always: tuple[str, ...],
        on_existing: OnExisting,
        journal: Journal | None = None,
    ) -> None:
        self._caller = caller
        self._journal = journal
        self._tags = tags
        self._always = always
        self._on_existing: OnExisting = on_existing
        self._lately: dict[str, None] = {}

    async def perform(self, row: ContactRow) -> Outcome:
        """Carry the row out, whatever it takes; an error of this row alone is its outcome."""
        caller = _Reporting(self._caller, self._journal, row.number)
        try:
            # First of all: a tag that can't be had must not leave a contact without it behind.
            names = dict.fromkeys((*self._always, *row.tags))
            ids = [await self._tags.id_of(name) for name in names]
            wanted = list(dict.fromkeys(ids))
            upserted = await self._bring_about(row, caller)
            if upserted is None:
                return Outcome(row.number, Status.UNCHANGED, email=row.email)
            caller.tell(upserted)
            added = await self._assign(caller.sender, upserted.contact, wanted)
        except STOPPING as error:
            if caller.contact_id is None:
                raise
            outcome = failed(row.number, error, caller.contact_id, row.email)
            raise EndOfJobError(error, outcome) from error
        except SystemeError as error:
            return failed(row.number, error, caller.contact_id, row.email)
        self._remember(row.key)
        status = CHANGE[upserted.change]
        if added and status is Status.UNCHANGED:
            status = Status.UPDATED
        return Outcome(row.number, status, caller.contact_id, email=row.email)

    async def _bring_about(self, row: ContactRow, caller: _Reporting) -> Upserted | None:
        """Create or update as the job was told; None where an existing contact is skipped."""
        sender, known = caller.sender, row.known
        if row.doubt is not None and (settled := await settle(sender, row, row.doubt)) is not None:
            return settled
        # After a lost answer, a contact of a row just before this one must not count as new.
        unseen = row.key not in self._lately
        if known is not None:
            try:
                return await self._update(sender, row, known)
            except NotFoundError:
                known = None  # Deleted since it was seen.
        if self._on_existing == "update":
            return await upsert_contact(sender, row.draft, unseen=unseen)
        try:
            return await create_contact(sender, row.draft, unseen=unseen)
        except AlreadyExistsError:
            if self._on_existing == "fail":
                raise
            return None

    async def _update(self, sender: Caller, row: ContactRow, known: Contact) -> Upserted | None:
        if self._on_existing == "skip":
            return None
        if self._on_existing == "fail":
            msg = f"{row.email} is taken: the contact was there before"
            raise AlreadyExistsError(msg)
        return await bring_up_to_date(sender, known, row.draft)

    def _remember(self, key: str) -> None:
        self._lately[key] = None
        if len(self._lately) > KEYS_REMEMBERED:
            del self._lately[next(iter(self._lately))]

    async def _assign(self, sender: Caller, contact: Contact, wanted: list[int]) -> int:
        held = {tag.id for tag in contact.tags}
        missing = [tag_id for tag_id in wanted if tag_id not in held]
        contacts = Contacts(sender)
        for tag_id in missing:
            await _assign_one(contacts, contact.id, tag_id)
        return len(missing)


async def _assign_one(contacts: Contacts, contact_id: int, tag_id: int) -> None:
    """Put one tag on; after a lost answer the contact has been read, and lacks it."""
    for _ in range(SETTLE_TRIES - 1):
        try:
            return await contacts.assign_tag(contact_id, tag_id)
        except OutcomeUnknownError:
            continue
    return await contacts.assign_tag(contact_id, tag_id)


async def settle(sender: Caller, row: ContactRow, doubt: Step) -> Upserted | None:
    """Look what became of a row that an earlier run has left in the middle.

    None where its contact is not there: then it was not created, and the row begins anew. What
    a lookup does not show yet is waited for.
    """
    await anyio.sleep(doubt.wait(time.time()))
    contact = await find_contact(sender, row.email)
    if contact is None:
        return None
    brought = await bring_up_to_date(sender, contact, row.draft)
    if doubt.creates or doubt.change == "created":
        return Upserted(brought.contact, "created")
    return Upserted(brought.contact, "updated")


class _Reporting:
    """The way to send for one row, and what is known of its contact so far."""

    def __init__(self, caller: Caller, journal: Journal | None, number: int) -> None:
        self._journaled = None if journal is None else RowCaller(caller, journal, number)
        self.sender: Caller = self._journaled or caller
        self.contact_id: int | None = None

    def tell(self, upserted: Upserted) -> None:
        """Note that the contact is as the row says; what follows are its tags."""
        self.contact_id = upserted.contact.id
        if self._journaled is not None:
            self._journaled.contact_id = self.contact_id
            self._journaled.change = upserted.change


def failed(
    number: int, error: SystemeError, contact_id: int | None = None, email: str | None = None
) -> Outcome:
    """Sort an error: did it refuse the row, or does nobody know?"""
    unknown = isinstance(error, OutcomeUnknownError | DecodeError)
    status = Status.UNKNOWN if unknown else Status.REJECTED
    return Outcome(number, status, contact_id, error, email)

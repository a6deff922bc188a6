"""What is done for one row: the fewest requests that bring the account to what the row says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal

import anyio
from msgspec.structs import replace

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
    ValidationError,
)
from ..models import Contact, Tag
from ..resources._base import settled
from ..resources.contacts import Contacts
from ..resources.tags import Tags
from ..resources.upsert import (
    SETTLE_TRIES,
    TAKEN,
    Upserted,
    bring_up_to_date,
    create_contact,
    find_contact,
    upsert_contact,
)
from . import steps
from .engine import EndOfJobError, Hold
from .intents import RowCaller
from .known import known, packed
from .lately import Lately
from .report import Outcome, Status
from .task import Ended

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._core.caller import Caller
    from ..resources._base import Caller as Sender
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


class TagBook:
    """The ids of tags by name, each looked up or created once a job."""

    def __init__(self, caller: Sender, known: TagBook | None = None) -> None:
        self._caller = caller
        self.ids: dict[str, int] = {} if known is None else dict(known.ids)
        """What is known so far, by name."""
        self.missing: set[str] = set() if known is None else set(known.missing)
        """Names that were looked up, and that no tag has."""
        self._lock = anyio.Lock()

    def learn(self, other: TagBook) -> None:
        """Take over what another one knows."""
        self.ids.update(other.ids)
        self.missing |= other.missing

    async def id_of(self, name: str, sender: Sender | None = None) -> int:
        """Return the tag's id; the first time that costs a request or two, of the sender's."""
        if name not in self.ids:
            async with self._lock:
                if name not in self.ids:
                    self.ids[name] = (await self._ensure(name, Tags(sender or self._caller))).id
        return self.ids[name]

    async def _ensure(self, name: str, tags: Tags) -> Tag:
        if name in self.missing:
            try:
                return await tags.create(name)
            except (AlreadyExistsError, OutcomeUnknownError, DecodeError):
                self.missing.discard(name)  # It is there by now, perhaps.
        return await tags.ensure(name)

    async def look_up(self, name: str) -> int | None:
        """Return the tag's id, or None where there is no such tag; nothing is created."""
        if name not in self.ids:
            tag = await Tags(self._caller).find(name)
            if tag is None:
                self.missing.add(name)
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
        self._lately = Lately[bytes]()
        """The contacts that were dealt with last, by their addresses."""

    async def perform(self, row: ContactRow, hold: Hold) -> Ended:
        """Carry the row out, whatever it takes; an error of this row alone is its outcome."""
        sender = RowCaller(self._caller, row.number, self._journal, hold)
        try:
            # First of all: a tag that can't be had must not leave a contact without it behind.
            names = dict.fromkeys((*self._always, *row.tags))
            ids = [await self._tags.id_of(name, sender) for name in names]
            upserted = await self._bring_about(row, sender)
            if upserted is None:
                return Ended(Outcome(row.number, Status.UNCHANGED, email=row.email))
            sender.contact_id, sender.change = upserted.contact.id, upserted.change
            contact = await _with_tags(sender, upserted.contact, dict.fromkeys(ids))
        except STOPPING as error:
            if sender.contact_id is None:
                raise
            outcome = failed(row.number, error, sender.contact_id, row.email)
            raise EndOfJobError(error, outcome) from error
        except SystemeError as error:
            return Ended(failed(row.number, error, sender.contact_id, row.email))
        status = CHANGE[upserted.change]
        if contact is not upserted.contact and status is Status.UNCHANGED:
            status = Status.UPDATED
        latest = packed(contact)
        self._lately.remember(row.key, latest)
        return Ended(Outcome(row.number, status, contact.id, email=row.email), latest)

    async def _bring_about(self, row: ContactRow, sender: Sender) -> Upserted | None:
        """Create or update as the job was told; None where an existing contact is skipped."""
        if row.doubt is not None and (settled := await settle(sender, row, row.doubt)) is not None:
            return settled
        # What a row just before this one has left is newer than what was found in advance.
        lately = known(self._lately.get(row.key))
        contact = lately if isinstance(lately, Contact) else row.known
        if contact is not None:
            try:
                return await self._update(sender, row, contact)
            except NotFoundError:
                pass  # Deleted since it was seen.
        # After a lost answer, a contact of a row just before this one must not count as new.
        unseen = row.key not in self._lately
        if self._on_existing == "update":
            return await upsert_contact(sender, row.draft, unseen=unseen, lag=steps.SETTLE_TIME)
        try:
            return await create_contact(sender, row.draft, unseen=unseen)
        except AlreadyExistsError:
            if self._on_existing == "fail":
                raise
            return None

    async def _update(self, sender: Sender, row: ContactRow, contact: Contact) -> Upserted | None:
        if self._on_existing == "skip":
            return None
        if self._on_existing == "fail":
            raise AlreadyExistsError(TAKEN.format(email=row.email))
        return await bring_up_to_date(sender, contact, row.draft)


async def _with_tags(sender: Sender, contact: Contact, wanted: Iterable[int]) -> Contact:
    """Put on what the contact lacks of some tags; return it with them, the same if none."""
    held = {tag.id for tag in contact.tags}
    missing = [tag_id for tag_id in wanted if tag_id not in held]
    if not missing:
        return contact
    contacts = Contacts(sender)
    for tag_id in missing:
        await assign_surely(contacts, contact.id, tag_id)
    return replace(contact, tags=[*contact.tags, *(Tag(id=tag_id) for tag_id in missing)])


async def assign_surely(contacts: Contacts, contact_id: int, tag_id: int) -> None:
    """Put one tag on; what got lost is sent again: a tag that is on already is refused."""
    doubt: OutcomeUnknownError | None = None
    for _ in range(SETTLE_TRIES):
        try:
            return await contacts.assign_tag(contact_id, tag_id)
        except OutcomeUnknownError as error:
            doubt = error
        except ValidationError:
            if doubt is None:
                raise
            # It is on by an earlier try and does not show yet, or there is no such tag.
            await anyio.sleep(steps.SETTLE_TIME)
            contact = await settled(doubt, contacts.get(contact_id))
            if any(tag.id == tag_id for tag in contact.tags):
                return None
            raise
    assert doubt is not None  # noqa: S101 - nothing else has led here
    raise doubt


async def settle(sender: Sender, row: ContactRow, doubt: Step) -> Upserted | None:
    """Look what became of a row that an earlier run has left in the middle.

    None where its contact is not there: then it was not created, and the row begins anew. What
    a lookup does not show yet is waited for.
    """
    await anyio.sleep(doubt.wait(time.time()))
    contact = await find_contact(sender, str(row.email))
    if contact is None:
        return None
    brought = await bring_up_to_date(sender, contact, row.draft)
    if doubt.creates or doubt.change == "created":
        return Upserted(brought.contact, "created")
    return Upserted(brought.contact, "updated")


def failed(
    number: int, error: SystemeError, contact_id: int | None = None, email: str | None = None
) -> Outcome:
    """Sort an error: did it refuse the row, or does nobody know?"""
    unknown = isinstance(error, OutcomeUnknownError | DecodeError)
    status = Status.UNKNOWN if unknown else Status.REJECTED
    return Outcome(number, status, contact_id, error, email)

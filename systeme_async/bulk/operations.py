"""What is done for one row: the fewest requests that bring the account to what the row says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import anyio

from ..errors import (
    AlreadyExistsError,
    AuthenticationError,
    ClientStateError,
    ConnectionMissingError,
    DecodeError,
    NotSentError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    SystemeError,
)
from ..resources.contacts import Contacts
from ..resources.tags import Tags
from ..resources.upsert import SETTLE_TRIES, Upserted, create_contact, upsert_contact
from .engine import EndOfJobError
from .report import Outcome, Status

if TYPE_CHECKING:
    from ..models import Contact
    from ..resources._base import Caller
    from .rows import ContactRow

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


class ImportContact:
    """Brings one row into the account."""

    def __init__(
        self, caller: Caller, *, tags: TagBook, always: tuple[str, ...], on_existing: OnExisting
    ) -> None:
        self._caller = caller
        self._contacts = Contacts(caller)
        self._tags = tags
        self._always = always
        self._on_existing: OnExisting = on_existing
        self._lately: dict[str, None] = {}

    async def perform(self, row: ContactRow) -> Outcome:
        """Carry the row out, whatever it takes; an error of this row alone is its outcome."""
        contact_id: int | None = None
        try:
            # First of all: a tag that can't be had must not leave a contact without it behind.
            names = dict.fromkeys((*self._always, *row.tags))
            ids = [await self._tags.id_of(name) for name in names]
            wanted = list(dict.fromkeys(ids))
            upserted = await self._upsert(row)
            if upserted is None:
                return Outcome(row.number, Status.UNCHANGED, email=row.email)
            contact_id = upserted.contact.id
            added = await self._assign(upserted.contact, wanted)
        except STOPPING as error:
            if contact_id is None:
                raise
            outcome = failed(row.number, error, contact_id, row.email)
            raise EndOfJobError(error, outcome) from error
        except SystemeError as error:
            return failed(row.number, error, contact_id, row.email)
        self._remember(row.key)
        status = CHANGE[upserted.change]
        if added and status is Status.UNCHANGED:
            status = Status.UPDATED
        return Outcome(row.number, status, contact_id, email=row.email)

    async def _upsert(self, row: ContactRow) -> Upserted | None:
        """Create or update as the job was told; None where an existing contact is skipped."""
        # After a lost answer, a contact of a row just before this one must not count as new.
        unseen = row.key not in self._lately
        if self._on_existing == "update":
            return await upsert_contact(self._caller, row.draft, unseen=unseen)
        try:
            return await create_contact(self._caller, row.draft, unseen=unseen)
        except AlreadyExistsError:
            if self._on_existing == "fail":
                raise
            return None

    def _remember(self, key: str) -> None:
        self._lately[key] = None
        if len(self._lately) > KEYS_REMEMBERED:
            del self._lately[next(iter(self._lately))]

    async def _assign(self, contact: Contact, wanted: list[int]) -> int:
        held = {tag.id for tag in contact.tags}
        missing = [tag_id for tag_id in wanted if tag_id not in held]
        for tag_id in missing:
            await self._assign_one(contact.id, tag_id)
        return len(missing)

    async def _assign_one(self, contact_id: int, tag_id: int) -> None:
        """Put one tag on; after a lost answer the contact has been read, and lacks it."""
        for _ in range(SETTLE_TRIES - 1):
            try:
                return await self._contacts.assign_tag(contact_id, tag_id)
            except OutcomeUnknownError:
                continue
        return await self._contacts.assign_tag(contact_id, tag_id)


def failed(
    number: int, error: SystemeError, contact_id: int | None = None, email: str | None = None
) -> Outcome:
    """Sort an error: did it refuse the row, or does nobody know?"""
    unknown = isinstance(error, OutcomeUnknownError | DecodeError)
    status = Status.UNKNOWN if unknown else Status.REJECTED
    return Outcome(number, status, contact_id, error, email)

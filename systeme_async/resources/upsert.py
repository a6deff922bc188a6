"""Create or change: what the API has no call for.

The address is unique on the server, so creating comes first: a new contact costs one request,
two writers can't both succeed, and a second delivery of a lost creation is refused.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from msgspec import UNSET

from .. import endpoints as api
from ..drafts import ContactDraft
from ..errors import AlreadyExistsError, DecodeError, OutcomeUnknownError, SystemeError
from ._base import LOOK_AGAIN, SMALLEST_PAGE, settled

if TYPE_CHECKING:
    from ..models import Contact
    from ._base import Caller


DATE_RESOLUTION: Final = timedelta(seconds=2)
"""Both the server's Date and a registration are cut to whole seconds."""

SETTLE_TRIES: Final = 5
"""How often a creation whose answers get lost is looked up and sent again."""


TAKEN: Final = "{email} is taken: the contact was there before"
"""Why a contact is not created."""


class Upserted(NamedTuple):
    """What an upsert came to, and the contact as it is now."""

    contact: Contact
    change: Literal["created", "updated", "unchanged"]


async def find_contact(caller: Caller, email: str) -> Contact | None:
    """Return the contact with this address, in any case, or None; one request."""
    page = await caller.call(
        api.LIST_CONTACTS, None, {"email": email, "limit": SMALLEST_PAGE}, None
    )
    for contact in page.items:
        if contact.email is not None and contact.email.casefold() == email.casefold():
            return contact
    return None


async def upsert_contact(
    caller: Caller, draft: ContactDraft, *, unseen: bool = True, lag: float = 0.0
) -> Upserted:
    """Create the contact, or patch what differs of the one that has the address.

    Raises `AlreadyExistsError` where the address is taken and no contact shows it, not even
    after `lag` seconds: one that is being deleted does that, for days.
    """
    try:
        return await create_contact(caller, draft, unseen=unseen)
    except AlreadyExistsError:
        existing = await find_contact(caller, str(draft.email))
        if existing is None and lag:
            # Somebody else has created it just now, perhaps.
            await asyncio.sleep(lag)
            existing = await find_contact(caller, str(draft.email))
        if existing is None:
            raise
    return await bring_up_to_date(caller, existing, draft)


async def create_contact(caller: Caller, draft: ContactDraft, *, unseen: bool = True) -> Upserted:
    """Create a contact and, where the answer got lost, look whether it is there.

    If it does not show, sending it again is safe: had it been created after all, the server
    would refuse the address. Raises `AlreadyExistsError` for a contact that was there before;
    where we may have created it ourselves a moment ago (not `unseen`), any counts as that.
    """
    began = asyncio.get_running_loop().time()
    doubt: SystemeError = AlreadyExistsError(f"{draft.email} is taken, and does not show")
    lost, pauses = 0, iter(LOOK_AGAIN)
    while lost < SETTLE_TRIES:
        try:
            return Upserted(await caller.call(api.CREATE_CONTACT, draft), "created")
        except AlreadyExistsError:
            pause = next(pauses, None)
            if not lost:
                raise
            if pause is None:
                break
            # Ours was carried out and had not shown yet: give it time, and look again.
            await asyncio.sleep(pause)
        except (OutcomeUnknownError, DecodeError) as error:
            if isinstance(error, DecodeError) and error.redirected:
                raise
            lost, doubt = lost + 1, error
        existing = await settled(doubt, find_contact(caller, str(draft.email)))
        if existing is not None and unseen and _registered_since(began, existing, caller, draft):
            # Somebody else may have been faster by a moment: what was sent must not get lost.
            brought = await bring_up_to_date(caller, existing, draft)
            return Upserted(brought.contact, "created")
        if existing is not None:
            raise AlreadyExistsError(TAKEN.format(email=draft.email)) from doubt
    raise doubt


def _registered_since(began: float, contact: Contact, caller: Caller, draft: ContactDraft) -> bool:
    """Tell whether we created a contact, whose creation is in doubt, or found it there.

    Its registration is compared with the server's own clock; where one of the two is missing,
    a contact without tags that holds just what we sent is taken for ours.
    """
    server_time = caller.server_time
    if server_time is None or contact.registered_at is None:
        return not contact.tags and difference(contact, draft) is None
    seconds = asyncio.get_running_loop().time() - began
    return contact.registered_at >= server_time - timedelta(seconds=seconds) - DATE_RESOLUTION


async def bring_up_to_date(caller: Caller, existing: Contact, draft: ContactDraft) -> Upserted:
    """Send what of the draft differs from the contact; nothing, if nothing does."""
    change = difference(existing, draft)
    if change is None:
        return Upserted(existing, "unchanged")
    updated = await caller.call(api.UPDATE_CONTACT, change, None, {"contact": existing.id})
    return Upserted(updated, "updated")


def difference(existing: Contact, draft: ContactDraft) -> ContactDraft | None:
    """Return the part of the draft that the contact does not have yet, or None.

    An empty text and no value are the same to the server.
    """
    held = existing.fields
    fields = [
        field for field in draft.fields or () if (held.get(field.slug) or "") != (field.value or "")
    ]
    locale = UNSET if draft.locale == existing.locale else draft.locale
    if not fields and locale is UNSET:
        return None
    return ContactDraft(locale=locale, fields=fields or UNSET)

"""Contacts: the people in the account."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal, Unpack

from .. import endpoints as api
from ..drafts import ContactValues, TagLink, contact_draft
from ..errors import DecodeError, NotFoundError, OutcomeUnknownError, ValidationError
from ._base import LARGEST_PAGE, Resource, settled
from .upsert import find_contact, upsert_contact

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from ..models import Contact
    from ..paging import Pager


class Contacts(Resource):
    """Find people, change them, tag them.

    In `create`, `update` and `upsert` a value left out is not sent, and None clears the field.
    """

    def list(
        self,
        *,
        email: str | None = None,
        tags: Collection[int] | None = None,
        registered_after: datetime | None = None,
        registered_before: datetime | None = None,
        unsubscribed: bool | None = None,
        bounced: bool | None = None,
        needs_confirmation: bool | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Contact]:
        """Stream the contacts that match every filter given, `limit` of them a request.

        Args:
            email: exactly this address, in any case.
            tags: ids of tags that a contact must all have.
            registered_after: aware datetime.
            registered_before: aware datetime.
            order: by id; "desc", newest first, unless given. One observer found that the live
                server ignores it for contacts.
            limit: items a page, 10 to 100.
            starting_after: the id of the last item seen, to go on from there.
        """
        filters = {
            "email": email,
            "tags": self._ids("tags", tags),
            "registeredAfter": registered_after,
            "registeredBefore": registered_before,
            "unsubscribed": unsubscribed,
            "bounced": bounced,
            "needsConfirmation": needs_confirmation,
            "order": order,
            "limit": limit,
        }
        return self._pager(api.LIST_CONTACTS, filters, attrgetter("id"), starting_after)

    async def get(self, contact_id: int) -> Contact:
        """Fetch one contact with fields and tags, or raise `NotFoundError`."""
        return await self._send(api.GET_CONTACT, contact=contact_id)

    async def find(self, email: str) -> Contact | None:
        """Return the contact with this address, in any case, or None."""
        return await find_contact(self._caller, email)

    async def create(self, email: str, **values: Unpack[ContactValues]) -> Contact:
        """Create a contact, or raise `AlreadyExistsError` if the address is taken.

        It runs the account's automations, as any new contact does. Raises
        `OutcomeUnknownError` where no answer came: it is never sent a second time.
        """
        return await self._send(api.CREATE_CONTACT, contact_draft(email, **values))

    async def update(self, contact_id: int, **values: Unpack[ContactValues]) -> Contact:
        """Change what is given and nothing else; the API can't change the address."""
        return await self._send(api.UPDATE_CONTACT, contact_draft(**values), contact=contact_id)

    async def upsert(self, email: str, **values: Unpack[ContactValues]) -> Contact:
        """Create the contact, or change of the existing one what differs; safe to repeat.

        A new contact costs one request, an unchanged one two, a changed one three.
        """
        return (await upsert_contact(self._caller.as_one(), contact_draft(email, **values))).contact

    async def delete(self, contact_id: int) -> None:
        """Delete a contact; the server may take days to forget it."""
        await self._send(api.DELETE_CONTACT, contact=contact_id)

    async def assign_tag(self, contact_id: int, tag_id: int) -> None:
        """Put a tag on a contact; one who has it already is left alone.

        Raises `ValidationError` for a tag that does not exist.
        """
        one = self._as_one()
        try:
            await one._send(  # noqa: SLF001 - it is one of us
                api.ASSIGN_TAG, TagLink(tag_id=tag_id), contact=contact_id
            )
        except (ValidationError, OutcomeUnknownError, DecodeError) as error:
            # One 422 means "has it already" and "no such tag", and an answer that is lost or
            # can't be read means anything: the contact itself tells.
            doubt = None if isinstance(error, ValidationError) else error
            try:
                contact = await settled(doubt, one.get(contact_id))
            except NotFoundError:
                raise error from None  # Created so lately that it does not show.
            if all(tag.id != tag_id for tag in contact.tags):
                raise

    async def remove_tag(self, contact_id: int, tag_id: int) -> None:
        """Take a tag off a contact."""
        await self._send(api.REMOVE_TAG, contact=contact_id, tag=tag_id)

"""Contacts: people, with their tags, lists and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Unpack

from msgspec import UNSET, UnsetType

from ...errors import ConfigurationError, NotFoundError
from .. import endpoints as api
from ..drafts import (
    ContactTagDraft,
    ContactValues,
    SubscriptionDraft,
    check_address,
    contact_draft,
)
from ..filters import check_tagging, choice_of, flag_of, id_of, ids_of, instants, text_of
from ._base import LARGEST_PAGE, Resource
from .details import INCLUDE, Details
from .tags import Tags

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from ..._core.codec import QueryValue
    from ...paging import Pager
    from ..models import Contact, ContactAutomation, ContactList, ContactTag, FieldValue, Note
    from ..models.contacts import ContactPage

Status = Literal["any", "unconfirmed", "active", "unsubscribed", "bounced"]
STATUSES: Final[dict[str, int]] = {
    "any": -1,
    "unconfirmed": 0,
    "active": 1,
    "unsubscribed": 2,
    "bounced": 3,
}
SUBSCRIBED: Final = 1
UNSUBSCRIBED: Final = 2
BY_API: Final = 4
"""Where a subscription comes from: with this somebody who has left can be subscribed again."""


class Contacts(Resource):
    """Find people, change them, tag them, subscribe them to lists.

    In `create`, `update` and `sync` a value left out is not sent, and None empties it.
    """

    def list(
        self,
        *,
        email: str | None = None,
        email_like: str | None = None,
        search: str | None = None,
        phone: str | None = None,
        ids: Collection[int] | None = None,
        list_id: int | None = None,
        tag_id: int | None = None,
        segment_id: int | None = None,
        automation_id: int | None = None,
        wait_id: int | None = None,
        form_id: int | None = None,
        exclude: int | None = None,
        status: Status | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        updated_after: datetime | None = None,
        updated_before: datetime | None = None,
        details: bool = False,
        limit: int = LARGEST_PAGE,
        after: int | None = None,
        before: int | None = None,
    ) -> Pager[Contact]:
        """Stream the contacts that match every filter given, in the order of their ids.

        Args:
            email: exactly this address.
            email_like: part of an address.
            search: part of name, organization, phone or address.
            phone: how it begins.
            ids: of the contacts themselves.
            list_id: of a list on which they are.
            tag_id: of a tag that they have.
            segment_id: of a segment.
            automation_id: of an automation in which they are.
            wait_id: of a step of an automation at which they wait.
            form_id: of a form that they have filled in.
            exclude: the id of one who is left out.
            status: what they are to the list; "any" unless given.
            created_after: aware datetime.
            created_before: aware datetime.
            updated_after: aware datetime; a tag that is put on counts as a change.
            updated_before: aware datetime.
            details: with values of fields, tags and lists: mostly in the same request, or, where
                the server does not do that, in two for each contact.
            limit: items a page, 1 to 100.
            after: the id of the last contact seen, to go on from there.
            before: the id below which they end.
        """
        wanted = choice_of("status", status, STATUSES)
        filters: dict[str, QueryValue] = {
            "email": text_of("email", email),
            "email_like": text_of("email_like", email_like),
            "search": text_of("search", search),
            "phone": text_of("phone", phone),
            "ids[]": ids_of("ids", ids),
            "listid": id_of("list_id", list_id),
            "tagid": id_of("tag_id", tag_id),
            "segmentid": id_of("segment_id", segment_id),
            "seriesid": id_of("automation_id", automation_id),
            "waitid": id_of("wait_id", wait_id),
            "formid": id_of("form_id", form_id),
            "exclude": id_of("exclude", exclude),
            "id_less": id_of("before", before),
            "status": None if wanted is None else STATUSES[wanted],
            **instants(
                created_after=created_after,
                created_before=created_before,
                updated_after=updated_after,
                updated_before=updated_before,
            ),
        }
        if details:
            filters |= INCLUDE
        complete = Details(self).complete if flag_of("details", details) else _as_they_are
        return self._by_id(api.LIST_CONTACTS, filters, limit, after, complete)

    async def get(self, contact_id: int) -> Contact:
        """Fetch one contact with values and lists, but without tags, or raise `NotFoundError`."""
        return (await self.send(api.GET_CONTACT, contact=contact_id)).it

    async def find(self, email: str) -> Contact | None:
        """Return the contact with this address, in any case, or None."""
        check_address(email)
        query: dict[str, QueryValue] = {"email": email, "limit": 10}
        page = await self._call(api.LIST_CONTACTS, None, query, {})
        wanted = email.casefold()
        matching = (one for one in page.items if one.email and one.email.casefold() == wanted)
        return next(matching, None)

    async def create(self, email: str | None = None, **values: Unpack[ContactValues]) -> Contact:
        """Create a contact, or raise `AlreadyExistsError` if the address is taken.

        One without an address needs a phone. Raises `OutcomeUnknownError` where no answer came:
        it is never sent a second time.
        """
        draft = contact_draft(UNSET if email is None else email, new=True, **values)
        return (await self.send(api.CREATE_CONTACT, draft)).it

    async def update(
        self, contact_id: int, *, email: str | UnsetType = UNSET, **values: Unpack[ContactValues]
    ) -> Contact:
        """Change what is given and nothing else.

        Raises `AlreadyExistsError` where another contact has the `email`.
        """
        draft = contact_draft(email, **values)
        if draft == contact_draft():
            msg = "there is nothing to change; give at least one value"
            raise ConfigurationError(msg)
        return (await self.send(api.UPDATE_CONTACT, draft, contact=contact_id)).it

    async def sync(self, email: str, **values: Unpack[ContactValues]) -> Contact:
        """Create the contact, or change the one that has the address; one request, repeatable."""
        return (await self.send(api.SYNC_CONTACT, contact_draft(email, **values))).it

    async def delete(self, contact_id: int) -> None:
        """Delete a contact."""
        await self.send(api.DELETE_CONTACT, contact=contact_id)

    async def tags(self, contact_id: int) -> Sequence[ContactTag]:
        """Return which tags a contact has."""
        return await self.all_of(api.LIST_TAGS_OF_CONTACT, contact=contact_id)

    async def lists(self, contact_id: int) -> Sequence[ContactList]:
        """Return on which lists a contact is, or was."""
        return await self.all_of(api.LIST_LISTS_OF_CONTACT, contact=contact_id)

    async def field_values(self, contact_id: int) -> Sequence[FieldValue]:
        """Return the values of custom fields of a contact."""
        return await self.all_of(api.LIST_VALUES_OF_CONTACT, contact=contact_id)

    async def automations(self, contact_id: int) -> Sequence[ContactAutomation]:
        """Return which automations a contact has entered."""
        return await self.all_of(api.LIST_AUTOMATIONS_OF_CONTACT, contact=contact_id)

    async def notes(self, contact_id: int) -> Sequence[Note]:
        """Return the notes about a contact."""
        return await self.all_of(api.LIST_NOTES_OF_CONTACT, contact=contact_id)

    async def add_tag(self, contact_id: int, tag: int | str) -> ContactTag:
        """Put a tag on a contact: by its id, or by its name, created if missing.

        One who has it already is left alone.
        """
        check_tagging(contact_id, tag)
        caller = self._caller.as_one()
        number = tag if isinstance(tag, int) else (await Tags(caller).ensure(tag)).id
        draft = ContactTagDraft(contact=contact_id, tag=number)
        return (await Contacts(caller).send(api.ADD_TAG, draft)).it

    async def remove_tag(self, contact_id: int, tag: int | str) -> bool:
        """Take a tag off a contact, by its id or its name; return whether the contact had it."""
        check_tagging(contact_id, tag)
        caller = self._caller.as_one()
        number = tag if isinstance(tag, int) else await _id_by_name(Tags(caller), tag)
        one = Contacts(caller)
        held: Sequence[ContactTag] = () if number is None else await one.tags(contact_id)
        link = next((each for each in held if each.tag == number), None)
        if link is None:
            return False
        try:
            await one.send(api.REMOVE_TAG, contact_tag=link.id)
        except NotFoundError:
            return False  # Somebody else was faster.
        return True

    async def subscribe(self, contact_id: int, list_id: int) -> ContactList:
        """Subscribe a contact to a list, also one who has left it by himself: ask him first."""
        return await self._set(contact_id, list_id, SUBSCRIBED)

    async def unsubscribe(self, contact_id: int, list_id: int) -> ContactList:
        """Unsubscribe a contact from a list."""
        return await self._set(contact_id, list_id, UNSUBSCRIBED)

    async def _set(self, contact_id: int, list_id: int, status: int) -> ContactList:
        draft = SubscriptionDraft(list=list_id, contact=contact_id, status=status, source_id=BY_API)
        return await self._one(api.SET_SUBSCRIPTION, draft)


async def _as_they_are(page: ContactPage) -> list[Contact]:
    return page.items


async def _id_by_name(tags: Tags, name: str) -> int | None:
    found = await tags.find(name)
    return None if found is None else found.id

"""Contacts with everything that hangs on them: in one request a hundred, where the server can.

That it can is documented nowhere; so what it does not tell is asked for, contact by contact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ...errors import NotFoundError
from .. import endpoints as api
from ..models.contacts import DETAILS

if TYPE_CHECKING:
    from ..models import Contact
    from ..models.contacts import ContactPage
    from ._base import Resource

INCLUDE: Final = {"include": "fieldValues,contactTags,contactLists"}
"""What asks for it."""
KINDS: Final[dict[str, tuple[Any, str]]] = {
    "field_values": (api.LIST_VALUES_OF_CONTACT, "field_values"),
    "contact_tags": (api.LIST_TAGS_OF_CONTACT, "tags"),
    "contact_lists": (api.LIST_LISTS_OF_CONTACT, "lists"),
}
"""What lists each kind of detail of one contact, and where it belongs."""


class Details:
    """Completes the pages of one listing.

    Args:
        resource: whose calls are used where the server does not tell all by itself.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._told: set[str] = set()
        """What the server has told on any page: where it is missing later, there is none."""

    async def complete(self, page: ContactPage) -> list[Contact]:
        """Return the contacts of a page with everything."""
        self._told |= page.told
        missing = [name for name in DETAILS if name not in self._told]
        if not missing:
            return page.items
        found = [await self._complete(contact, missing) for contact in page.items]
        return [contact for contact in found if contact is not None]

    async def _complete(self, contact: Contact, missing: list[str]) -> Contact | None:
        """Ask for what is missing of one contact; None where it was deleted meanwhile."""
        try:
            if len(missing) == len(DETAILS):
                contact, missing = await self._get(contact.id)
            for name in missing:
                contact = replace(contact, **await self._one_kind(contact.id, name))
        except NotFoundError:
            return None
        return contact

    async def _get(self, contact_id: int) -> tuple[Contact, list[str]]:
        """Fetch a contact by itself: it comes with most of it."""
        answer = await self._resource.send(api.GET_CONTACT, contact=contact_id)
        return answer.it, [name for name in DETAILS if name not in answer.told]

    async def _one_kind(self, contact_id: int, name: str) -> dict[str, list[Any]]:
        operation, attribute = KINDS[name]
        return {attribute: await self._resource.items_of(operation, contact=contact_id)}

"""Contacts with everything that hangs on them: in one request a hundred, where the server can.

That it can is documented nowhere. So a page is believed in what it tells, were it that nobody on
it has any, and in nothing else: what it does not tell is asked for, contact by contact, also where
the page before has told it. Whoever moves people must not lose their tags to a server that has
stopped to tell them.
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
    """Completes the pages of a listing.

    Args:
        resource: whose calls are used where the server does not tell all by itself; they keep
            one deadline for each contact, and none for the page, which may take hundreds.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    async def complete(self, page: ContactPage) -> list[Contact]:
        """Return the contacts of a page with everything."""
        missing = [name for name in DETAILS if name not in page.told]
        if not missing:
            return page.items
        found = [await self._complete(contact, missing) for contact in page.items]
        return [contact for contact in found if contact is not None]

    async def _complete(self, contact: Contact, missing: list[str]) -> Contact | None:
        """Ask for what is missing of one contact; None where it was deleted meanwhile."""
        one = self._resource.as_one()
        try:
            if len(missing) == len(DETAILS):
                # By itself it comes with most of it.
                answer = await one.send(api.GET_CONTACT, contact=contact.id)
                contact, missing = answer.it, [kind for kind in DETAILS if kind not in answer.told]
            for name in missing:
                operation, attribute = KINDS[name]
                held: list[Any] = await one.all_of(operation, contact=contact.id)
                contact = replace(contact, **{attribute: held})
        except NotFoundError:
            return None
        return contact

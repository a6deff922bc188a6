"""Lists: what contacts subscribe to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from ..drafts import ListDraft, stringid_of
from ..filters import needed_text, text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import List


class Lists(Resource):
    """Find, create, change and delete lists; `contacts.subscribe` puts somebody on one."""

    def list(self, *, name: str | None = None, limit: int = LARGEST_PAGE) -> Pager[List]:
        """Stream the lists, or those whose name fits, in the order of their names."""
        query = {"filters[name]": text_of("name", name), "orders[name]": "ASC"}
        return self._by_place(api.LIST_LISTS, query, limit)

    async def get(self, list_id: int) -> List:
        """Fetch one list, or raise `NotFoundError`."""
        return await self._one(api.GET_LIST, list=list_id)

    async def find(self, name: str) -> List | None:
        """Return the list with exactly this name, in any case, or None."""
        needed_text("name", name)
        async for found in self.as_one().list(name=name):
            if found.name.casefold() == name.casefold():
                return found
        return None

    async def create(
        self, name: str, *, sender_url: str, sender_reminder: str, stringid: str | None = None
    ) -> List:
        """Create a list; nothing is mailed to those who subscribe later.

        Args:
            name: what it is called.
            sender_url: the site on which people subscribe.
            sender_reminder: why they get mails, as the mails say it.
            stringid: its name in URLs; made from `name` unless given.
        """
        draft = ListDraft(
            name=name,
            stringid=stringid_of(name) if stringid is None else stringid,
            sender_url=sender_url,
            sender_reminder=sender_reminder,
            send_last_broadcast=0,  # Without it the last campaign may go to new subscribers.
        )
        return await self._one(api.CREATE_LIST, draft)

    async def update(
        self,
        list_id: int,
        *,
        name: str | UnsetType = UNSET,
        sender_url: str | UnsetType = UNSET,
        sender_reminder: str | UnsetType = UNSET,
    ) -> List:
        """Change what is given and nothing else."""
        draft = ListDraft(name=name, sender_url=sender_url, sender_reminder=sender_reminder)
        return await self._one(api.UPDATE_LIST, draft, list=list_id)

    async def delete(self, list_id: int) -> None:
        """Delete a list; its subscribers stay in the account."""
        await self.send(api.DELETE_LIST, list=list_id)

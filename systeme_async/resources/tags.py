"""Tags: the labels that an account puts on people."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from .. import endpoints as api
from ..drafts import TagDraft
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ..models import Tag
    from ..paging import Pager


class Tags(Resource):
    """Find tags, create them, rename them."""

    def list(
        self,
        *,
        query: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Tag]:
        """Stream the tags whose name contains `query`, `limit` of them a request."""
        filters = {"query": query, "order": order, "limit": limit}
        return self._pager(api.LIST_TAGS, filters, attrgetter("id"), starting_after)

    async def get(self, tag_id: int) -> Tag:
        """Fetch one tag, or raise `NotFoundError`."""
        return await self._send(api.GET_TAG, tag=tag_id)

    async def find(self, name: str) -> Tag | None:
        """Return the tag of exactly this name, or None.

        Where no name is exactly this one, the one that differs in case alone is returned:
        the server takes the two for the same.
        """
        similar: Tag | None = None
        async for tag in self._as_one().list(query=name):
            if tag.name == name:
                return tag
            if similar is None and tag.name.casefold() == name.casefold():
                similar = tag
        return similar

    async def create(self, name: str) -> Tag:
        """Create a tag, or raise `AlreadyExistsError` if the name is taken."""
        return await self._send(api.CREATE_TAG, TagDraft(name=name))

    async def ensure(self, name: str) -> Tag:
        """Return the tag of this name, created if there is none; safe to repeat."""
        self._caller.check(TagDraft(name=name))
        one = self._as_one()
        return await self._ensure(lambda: one.find(name), lambda: one.create(name))

    async def rename(self, tag_id: int, name: str) -> Tag:
        """Give a tag another name, or raise `AlreadyExistsError` if that is taken."""
        return await self._send(api.RENAME_TAG, TagDraft(name=name), tag=tag_id)

    async def delete(self, tag_id: int) -> None:
        """Delete a tag and take it off everybody who has it."""
        await self._send(api.DELETE_TAG, tag=tag_id)

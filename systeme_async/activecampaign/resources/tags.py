"""Tags: labels of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from ..drafts import TagDraft
from ..filters import needed_text, text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import Tag


class Tags(Resource):
    """Find, create, change and delete tags; `contacts.add_tag` puts one on."""

    def list(self, *, search: str | None = None, limit: int = LARGEST_PAGE) -> Pager[Tag]:
        """Stream the tags, or those whose name holds a text, in the order of their names."""
        query = {"search": text_of("search", search), "orders[search]": "asc"}
        return self._by_place(api.LIST_TAGS, query, limit)

    async def get(self, tag_id: int) -> Tag:
        """Fetch one tag, or raise `NotFoundError`."""
        return await self._one(api.GET_TAG, tag=tag_id)

    async def find(self, name: str) -> Tag | None:
        """Return the tag with exactly this name, in any case, or None."""
        needed_text("name", name)
        async for tag in self.as_one().list(search=name):
            if tag.name.casefold() == name.casefold():
                return tag
        return None

    async def create(self, name: str, *, description: str = "", kind: str = "contact") -> Tag:
        """Create a tag, or return the one that has the name already."""
        draft = TagDraft(name=name, kind=kind, description=description)
        return await self._one(api.CREATE_TAG, draft)

    async def ensure(self, name: str) -> Tag:
        """Return the tag with this name; it is created if missing. One request."""
        return await self.create(name)

    async def update(
        self,
        tag_id: int,
        *,
        name: str | UnsetType = UNSET,
        description: str | UnsetType = UNSET,
    ) -> Tag:
        """Change a tag's name or description."""
        return await self._one(
            api.UPDATE_TAG, TagDraft(name=name, description=description), tag=tag_id
        )

    async def delete(self, tag_id: int) -> None:
        """Delete a tag; those who have it lose it."""
        await self.send(api.DELETE_TAG, tag=tag_id)

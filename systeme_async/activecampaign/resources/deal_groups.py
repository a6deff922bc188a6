"""Deal groups: pipelines, as people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from ..drafts import DealGroupDraft, currency_code
from ..filters import text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import DealGroup


class DealGroups(Resource):
    """Find, create, change and delete pipelines."""

    def list(self, *, title: str | None = None, limit: int = LARGEST_PAGE) -> Pager[DealGroup]:
        """Stream the pipelines in the order of their titles."""
        query = {"filters[title]": text_of("title", title), "orders[title]": "ASC"}
        return self._by_place(api.LIST_DEAL_GROUPS, query, limit)

    async def get(self, group_id: int) -> DealGroup:
        """Fetch one pipeline, or raise `NotFoundError`."""
        return await self._one(api.GET_DEAL_GROUP, group=group_id)

    async def create(self, title: str, *, currency: str) -> DealGroup:
        """Create a pipeline; the server gives it a first stage, "To Contact"."""
        draft = DealGroupDraft(title=title, currency=currency_code(currency))
        return await self._one(api.CREATE_DEAL_GROUP, draft)

    async def update(
        self,
        group_id: int,
        *,
        title: str | UnsetType = UNSET,
        currency: str | UnsetType = UNSET,
    ) -> DealGroup:
        """Change what is given and nothing else."""
        draft = DealGroupDraft(title=title, currency=currency_code(currency))
        return await self._one(api.UPDATE_DEAL_GROUP, draft, group=group_id)

    async def delete(self, group_id: int) -> None:
        """Delete a pipeline with its stages."""
        await self.send(api.DELETE_DEAL_GROUP, group=group_id)

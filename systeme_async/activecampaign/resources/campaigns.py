"""Campaigns: mails that were sent or will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import endpoints as api
from ..filters import id_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import Campaign


class Campaigns(Resource):
    """Find campaigns with their figures; they are written and sent on the site."""

    def list(
        self, *, automation_id: int | None = None, limit: int = LARGEST_PAGE
    ) -> Pager[Campaign]:
        """Stream the campaigns, or those of an automation, the oldest first."""
        query = {"filters[seriesid]": id_of("automation_id", automation_id), "orders[sdate]": "ASC"}
        return self._by_place(api.LIST_CAMPAIGNS, query, limit)

    async def get(self, campaign_id: int) -> Campaign:
        """Fetch one campaign, or raise `NotFoundError`."""
        return await self._one(api.GET_CAMPAIGN, campaign=campaign_id)

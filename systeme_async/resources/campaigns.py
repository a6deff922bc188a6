"""Campaigns: e-mails that a contact gets one after the other."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from ..drafts import CampaignDraft
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ..models import Campaign, CampaignStep
    from ..paging import Pager


class Campaigns(Resource):
    """Find campaigns, create and change them; their e-mails are written on the site."""

    def list(
        self,
        *,
        query: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Campaign]:
        """Stream the campaigns whose name contains `query`, `limit` of them a request."""
        filters = {"query": query, "order": order, "limit": limit}
        return self._pager(api.LIST_CAMPAIGNS, filters, attrgetter("id"), starting_after)

    async def get(self, campaign_id: int) -> Campaign:
        """Fetch one campaign, or raise `NotFoundError`."""
        return await self._send(api.GET_CAMPAIGN, campaign=campaign_id)

    async def create(
        self,
        name: str,
        *,
        sender_email: str | UnsetType | None = UNSET,
        description: str | UnsetType | None = UNSET,
    ) -> Campaign:
        """Create a campaign without e-mails."""
        draft = CampaignDraft(name=name, sender_email=sender_email, description=description)
        return await self._send(api.CREATE_CAMPAIGN, draft)

    async def update(
        self,
        campaign_id: int,
        *,
        name: str | UnsetType = UNSET,
        sender_email: str | UnsetType | None = UNSET,
        description: str | UnsetType | None = UNSET,
    ) -> Campaign:
        """Change what is given and nothing else; None clears a value."""
        draft = CampaignDraft(name=name, sender_email=sender_email, description=description)
        return await self._send(api.UPDATE_CAMPAIGN, draft, campaign=campaign_id)

    async def delete(self, campaign_id: int) -> None:
        """Delete a campaign."""
        await self._send(api.DELETE_CAMPAIGN, campaign=campaign_id)

    def steps(
        self, campaign_id: int, *, limit: int = LARGEST_PAGE, starting_after: int | None = None
    ) -> Pager[CampaignStep]:
        """Stream the steps of a campaign."""
        return self._pager(
            api.LIST_CAMPAIGN_STEPS,
            {"limit": limit},
            attrgetter("id"),
            starting_after,
            campaign=campaign_id,
        )

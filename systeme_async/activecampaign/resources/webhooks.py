"""Webhooks: where the account delivers events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from ..drafts import WebhookDraft, texts, texts_if_set
from ..drafts.marketing import INITIATORS
from ..filters import count_of, text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...paging import Pager
    from ..drafts import Initiator
    from ..models import WebhookRegistration


class Webhooks(Resource):
    """Register where events are delivered to; `activecampaign.deliveries` reads them there."""

    def list(
        self,
        *,
        name: str | None = None,
        url: str | None = None,
        list_id: int | None = None,
        limit: int = LARGEST_PAGE,
    ) -> Pager[WebhookRegistration]:
        """Stream the webhooks that match every filter given."""
        query = {
            "filters[name]": text_of("name", name),
            "filters[url]": text_of("url", url),
            "filters[listid]": count_of("list_id", list_id),  # 0 is all lists.
        }
        return self._by_place(api.LIST_WEBHOOKS, query, limit)

    async def get(self, webhook_id: int) -> WebhookRegistration:
        """Fetch one webhook, or raise `NotFoundError`."""
        return await self._one(api.GET_WEBHOOK, webhook=webhook_id)

    async def create(
        self,
        name: str,
        url: str,
        events: Iterable[str],
        *,
        sources: Iterable[Initiator] = INITIATORS,
        list_id: int = 0,
    ) -> WebhookRegistration:
        """Register an address; nothing is signed, so let `DeliveryToken.url` make it.

        Args:
            name: what it is called.
            url: https, on port 443.
            events: such as `["subscribe", "contact_tag_added"]`.
            sources: who must have caused an event; without "api" nothing that was done by the
                API comes back.
            list_id: the list that events must be about, where they are about one; 0 is any.
        """
        draft = WebhookDraft(
            name=name,
            url=url,
            events=texts("events", events),
            sources=texts("sources", sources),
            list_id=list_id,
        )
        return await self._one(api.CREATE_WEBHOOK, draft)

    async def update(
        self,
        webhook_id: int,
        *,
        name: str | UnsetType = UNSET,
        url: str | UnsetType = UNSET,
        events: Iterable[str] | UnsetType = UNSET,
        sources: Iterable[Initiator] | UnsetType = UNSET,
        list_id: int | UnsetType = UNSET,
    ) -> WebhookRegistration:
        """Change what is given and nothing else; events and sources are replaced as a whole."""
        draft = WebhookDraft(
            name=name,
            url=url,
            events=texts_if_set("events", events),
            sources=texts_if_set("sources", sources),
            list_id=list_id,
        )
        return await self._one(api.UPDATE_WEBHOOK, draft, webhook=webhook_id)

    async def delete(self, webhook_id: int) -> None:
        """Delete a webhook."""
        await self.send(api.DELETE_WEBHOOK, webhook=webhook_id)

    async def events(self) -> Sequence[str]:
        """Return the names of all events that this account can deliver."""
        return await self.items_of(api.LIST_WEBHOOK_EVENTS)

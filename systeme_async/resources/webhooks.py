"""Webhooks: where the server is to send events; `systeme_async.webhooks` reads what it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from .._core.secret import Secret
from ..drafts import WebhookChange, WebhookDraft, event_drafts
from ._base import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..drafts import EventChoice
    from ..models import WebhookRegistration
    from ..paging import Pager


class Webhooks(Resource):
    """Register webhooks, at most ten an account, and change what they get.

    Events are names, such as `"CONTACT_CREATED"`, or pairs of a name and the version of the
    body that is wanted, such as `("SALE_NEW", 2)`.
    """

    def list(self) -> Pager[WebhookRegistration]:
        """Stream all webhooks; the API sends them in one page."""
        return self._pager(api.LIST_WEBHOOKS, {}, cursor_of=None)

    async def get(self, webhook_id: str) -> WebhookRegistration:
        """Fetch one webhook, or raise `NotFoundError`."""
        return await self._send(api.GET_WEBHOOK, webhook=webhook_id)

    async def create(
        self,
        name: str,
        url: str,
        secret: str | Secret,
        events: Iterable[EventChoice],
        *,
        active: bool = True,
    ) -> WebhookRegistration:
        """Have events delivered to an address, signed with the secret.

        Keep the secret: the server never sends it back. Name and address are unique; raises
        `AlreadyExistsError` if one of them is taken.
        """
        hidden = _secret(secret)
        del secret  # An error raised from here on must not show it among its frame's locals.
        draft = WebhookDraft(
            name=name,
            url=url,
            secret=hidden,
            subscriptions=event_drafts(events),
            active=active,
        )
        return await self._send(api.CREATE_WEBHOOK, draft)

    async def update(
        self,
        webhook_id: str,
        *,
        name: str | UnsetType = UNSET,
        secret: str | Secret | UnsetType = UNSET,
        events: Iterable[EventChoice] | UnsetType = UNSET,
        active: bool | UnsetType = UNSET,
    ) -> WebhookRegistration:
        """Change what is given and nothing else; the address can't be changed."""
        hidden = UNSET if isinstance(secret, UnsetType) else _secret(secret)
        del secret
        draft = WebhookChange(
            name=name,
            secret=hidden,
            subscriptions=UNSET if isinstance(events, UnsetType) else event_drafts(events),
            active=active,
        )
        return await self._send(api.UPDATE_WEBHOOK, draft, webhook=webhook_id)

    async def delete(self, webhook_id: str) -> None:
        """Have nothing delivered there any more."""
        await self._send(api.DELETE_WEBHOOK, webhook=webhook_id)


def _secret(given: str | Secret) -> Secret:
    return given if isinstance(given, Secret) else Secret(given)

"""Newsletters: one e-mail to many contacts at once."""

from __future__ import annotations

from http import HTTPStatus
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal, Unpack

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from .. import endpoints as api
from ..drafts import NewsletterContentDraft, NewsletterDraft, TagSelection
from ..errors import APIError, ConfigurationError
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._core.endpoint import Endpoint
    from ..drafts import NewsletterValues
    from ..models import Newsletter
    from ..paging import Pager

_OTHER_METHOD: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


class Newsletters(Resource):
    """Write newsletters, choose their readers, send them."""

    def list(
        self,
        *,
        query: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Newsletter]:
        """Stream the newsletters that match `query`, `limit` of them a request."""
        filters = {"query": query, "order": order, "limit": limit}
        return self._pager(api.LIST_NEWSLETTERS, filters, attrgetter("id"), starting_after)

    async def get(self, newsletter_id: int) -> Newsletter:
        """Fetch one newsletter, or raise `NotFoundError`."""
        return await self._send(api.GET_NEWSLETTER, newsletter=newsletter_id)

    async def create(self, subject: str, **values: Unpack[NewsletterValues]) -> Newsletter:
        """Create a newsletter; nothing is sent before `send`."""
        content = NewsletterContentDraft(subject=subject, **values)
        return await self._send(api.CREATE_NEWSLETTER, NewsletterDraft(content=content))

    async def update(
        self,
        newsletter_id: int,
        *,
        subject: str | UnsetType = UNSET,
        **values: Unpack[NewsletterValues],
    ) -> Newsletter:
        """Change what is given and nothing else."""
        content = NewsletterContentDraft(subject=subject, **values)
        draft = NewsletterDraft(content=content)
        return await self._send(api.UPDATE_NEWSLETTER, draft, newsletter=newsletter_id)

    async def send(self, newsletter_id: int) -> None:
        """Send a newsletter to its readers: to everybody unless tags were chosen before.

        It is never sent a second time: raises `OutcomeUnknownError` where no answer came;
        then `get` shows in `state.is_sent` what happened.
        """
        await self._send(api.SEND_NEWSLETTER, newsletter=newsletter_id)

    async def include_tags(self, newsletter_id: int, tag_ids: Iterable[int] | None) -> None:
        """Send it to those alone who have one of these tags; what was chosen before is dropped.

        None chooses no tags at all: it goes to everybody again.
        """
        await self._choose(api.INCLUDE_TAGS, newsletter_id, tag_ids)

    async def exclude_tags(self, newsletter_id: int, tag_ids: Iterable[int] | None) -> None:
        """Leave out those who have one of these tags; what was chosen before is dropped.

        None chooses no tags at all: nobody is left out any more.
        """
        await self._choose(api.EXCLUDE_TAGS, newsletter_id, tag_ids)

    async def _choose(
        self, endpoint: Endpoint[None], newsletter_id: int, tag_ids: Iterable[int] | None
    ) -> None:
        chosen = [] if tag_ids is None else list(tag_ids)
        if not chosen and tag_ids is not None:
            msg = "tag_ids is empty: give ids of tags, or None to choose no tags at all"
            raise ConfigurationError(msg)
        draft, one = TagSelection(tag_ids=chosen), self._as_one()
        try:
            await one._send(endpoint, draft, newsletter=newsletter_id)  # noqa: SLF001
        except APIError as error:
            if error.status not in _OTHER_METHOD:
                raise
            await one._choose_by_post(endpoint, draft, newsletter_id, error)  # noqa: SLF001

    async def _choose_by_post(
        self, endpoint: Endpoint[None], draft: TagSelection, newsletter_id: int, refusal: APIError
    ) -> None:
        """Try the other method: which of the two the server takes is not proven."""
        try:
            await self._send(replace(endpoint, method="POST"), draft, newsletter=newsletter_id)
        except APIError as error:
            if error.status in _OTHER_METHOD:
                raise refusal from None
            raise

"""Subscriptions: who pays for what, again and again."""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from .. import endpoints as api
from ..drafts import Cancellation
from ..errors import OutcomeUnknownError, ValidationError
from ..paging import Pager
from ._base import Resource

if TYPE_CHECKING:
    from ..drafts import CancelWhen
    from ..models import Page, Subscription
    from ._base import Caller

PAGE_SIZES: Final = (100, 50, 20, 10)
"""Items a page, to be tried in turn: the server may refuse the larger ones here."""

_ALREADY: Final = r"(?i)already\W+(been\W+)?cancel"


class Subscriptions(Resource):
    """See what a contact pays, and end it."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self._sizes = list(PAGE_SIZES)

    def list(self, contact_id: int, *, starting_after: int | None = None) -> Pager[Subscription]:
        """Stream the subscriptions of one contact; the API lists them for one contact alone.

        Raises `NotFoundError` where payments are not set up in the account.
        """
        query = {"contact": self._needed_id("contact_id", contact_id)}
        self._check_page(None, starting_after)

        async def fetch(cursor: int | None) -> Page[Subscription]:
            while True:
                limit = self._sizes[0]
                page = {**query, "limit": limit, "startingAfter": cursor}
                try:
                    return await self._caller.call(api.LIST_SUBSCRIPTIONS, None, page)
                except ValidationError as refusal:
                    if not _is_about_size(refusal) or limit == PAGE_SIZES[-1]:
                        raise
                    # Another task may have learned it meanwhile.
                    if self._sizes[0] == limit:
                        del self._sizes[0]

        return Pager(fetch, attrgetter("id"), starting_after)

    async def cancel(
        self, subscription_id: int, when: CancelWhen = "WhenBillingPeriodEnds"
    ) -> None:
        """End a subscription at once ("Now"), or when what has been paid for is used up.

        Raises `ValidationError` for one that has been cancelled before. Where an answer got lost
        and a repeat with "Now" is told that, `OutcomeUnknownError`: it may be set to end later.
        """
        draft = Cancellation(cancel=when)
        try:
            await self._send(api.CANCEL_SUBSCRIPTION, draft, subscription=subscription_id)
        except ValidationError as refusal:
            # A first try, whose answer got lost, may have worked.
            if not refusal.in_doubt or not re.search(_ALREADY, refusal.detail):
                raise
            if when == "Now":
                msg = (
                    f"nobody knows whether subscription {subscription_id} ends now: it was "
                    "cancelled, by this call or before; look with subscriptions.list(contact_id)"
                )
                raise OutcomeUnknownError(
                    msg, request=refusal.request, attempts=refusal.attempts
                ) from refusal


def _is_about_size(refusal: ValidationError) -> bool:
    paths = {violation.property_path for violation in refusal.violations}
    return "pagination.limit" in paths or "pagination limit" in refusal.detail.lower()

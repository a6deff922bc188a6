"""Memberships: who is in which community."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal, overload

import anyio

from .. import endpoints as api
from ..drafts import MembershipDraft
from ..errors import (
    ConfigurationError,
    DeadlineExceededError,
    DecodeError,
    OutcomeUnknownError,
    SystemeError,
)
from ._base import LARGEST_PAGE, SMALLEST_PAGE, Resource

if TYPE_CHECKING:
    from ..models import Membership
    from ..paging import Pager

FIRST_LOOK: Final = 0.5
"""Seconds after which a membership is looked for; each look costs a request."""
LONGEST_BETWEEN_LOOKS: Final = 8.0

_REQUEST: Final = f"{api.CREATE_MEMBERSHIP.method} {api.CREATE_MEMBERSHIP.path}"


class Memberships(Resource):
    """Let contacts into communities, and take them out again."""

    def list(
        self,
        *,
        community: int | None = None,
        contact: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Membership]:
        """Stream the memberships of a community, of a contact, or all; `limit` a request."""
        filters = {
            "community": self._id("community", community),
            "contact": self._id("contact", contact),
            "order": order,
            "limit": limit,
        }
        return self._pager(api.LIST_MEMBERSHIPS, filters, attrgetter("id"), starting_after)

    @overload
    async def create(self, community_id: int, contact_id: int, *, wait: None = None) -> None: ...

    @overload
    async def create(self, community_id: int, contact_id: int, *, wait: float) -> Membership: ...

    async def create(
        self, community_id: int, contact_id: int, *, wait: float | None = None
    ) -> Membership | None:
        """Let a contact into a community, which the server does some time later.

        Returns None as soon as the server has taken the order. With `wait`, it looks for the
        membership and returns it: after half a second, then at growing intervals, one request
        each. Raises `DeadlineExceededError` if it is not there in time: it may still come.
        Where no answer came to the order, `OutcomeUnknownError`; with `wait`, only if the
        membership does not show either.

        Args:
            community_id: the community.
            contact_id: the contact.
            wait: seconds to wait for the membership.
        """
        if wait is not None and not wait > 0:
            msg = f"wait={wait}: give seconds above zero, or None not to wait"
            raise ConfigurationError(msg)
        draft, one = MembershipDraft(contact_id=contact_id), self._as_one()
        doubt: SystemeError | None = None
        try:
            await one._send(api.CREATE_MEMBERSHIP, draft, community=community_id)  # noqa: SLF001
        except (OutcomeUnknownError, DecodeError) as unknown:
            if wait is None or (isinstance(unknown, DecodeError) and unknown.redirected):
                raise
            doubt = unknown
        if wait is None:
            return None
        try:
            found = await one._wait(community_id, contact_id, wait)  # noqa: SLF001
        except SystemeError as blind:
            raise doubt or _unseen(community_id, contact_id) from blind
        if found is None:
            raise doubt or _late(community_id, contact_id, wait)
        return found

    async def _wait(self, community_id: int, contact_id: int, wait: float) -> Membership | None:
        pause = FIRST_LOOK
        with anyio.move_on_after(wait):
            while True:
                await anyio.sleep(pause)
                found = await self._find(community_id, contact_id)
                if found is not None:
                    return found
                pause = min(pause * 2, LONGEST_BETWEEN_LOOKS)
        return None

    async def _find(self, community_id: int, contact_id: int) -> Membership | None:
        def is_ours(found: Membership) -> bool:
            community, contact = found.community, found.contact
            return (community is not None and community.id == community_id) and (
                contact is not None and contact.id == contact_id
            )

        listing = self.list(community=community_id, contact=contact_id, limit=SMALLEST_PAGE)
        return await self._among(listing, is_ours)

    async def delete(self, membership_id: int) -> None:
        """Take a contact out of a community."""
        await self._send(api.DELETE_MEMBERSHIP, membership=membership_id)


def _unseen(community_id: int, contact_id: int) -> OutcomeUnknownError:
    msg = (
        f"the membership of contact {contact_id} in community {community_id} was ordered, and "
        "could not be looked for; do not order it again: look with "
        f"memberships.list(community={community_id}, contact={contact_id})"
    )
    return OutcomeUnknownError(msg, request=_REQUEST)


def _late(community_id: int, contact_id: int, wait: float) -> DeadlineExceededError:
    msg = (
        f"the membership of contact {contact_id} in community {community_id} was ordered and "
        f"is not there after {wait:g} s; it may still come: look with "
        f"memberships.list(community={community_id}, contact={contact_id})"
    )
    return DeadlineExceededError(msg, request=_REQUEST)

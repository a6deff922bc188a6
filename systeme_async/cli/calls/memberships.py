"""`systeme memberships`: who is in which community."""

from __future__ import annotations

from ...models import Membership
from ..results import Done, Listing
from ..words import IN_ORDER, Account, Id, Ordered, Seconds
from . import group

app = group("memberships")


@app.command(name="list")
def list_memberships(
    *,
    community: Id | None = None,
    contact: Id | None = None,
    part: Ordered = IN_ORDER,
    systeme: Account,
) -> Listing:
    """List the memberships of a community, of a contact, or all.

    Args:
        community: The id of a community.
        contact: The id of a contact.
    """
    pager = systeme.memberships.list(community=community, contact=contact, **part.ordered_page)
    return part.of(pager)


@app.command
async def create(
    community_id: Id, contact_id: Id, /, *, wait: Seconds | None = None, systeme: Account
) -> Membership | Done:
    """Let a contact into a community, which the server does some time later.

    Args:
        wait: Seconds to wait for the membership and show it.
    """
    if wait is not None:
        return await systeme.memberships.create(community_id, contact_id, wait=wait)
    await systeme.memberships.create(community_id, contact_id)
    return Done(f"contact {contact_id} will be let into community {community_id} before long")


@app.command
async def delete(membership_id: Id, /, *, systeme: Account) -> Done:
    """Take a contact out of a community."""
    await systeme.memberships.delete(membership_id)
    return Done(f"deleted membership {membership_id}")

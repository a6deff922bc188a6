"""The communities of the account and who is in them. Pure; each endpoint is a method of its name.

Joining is asynchronous: it is answered at once and done some time later. The account has no
clock, so what is due is carried out when the next call about memberships comes in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import rules
from .call import Answer, Complaint, refuse
from .filters import named, pairs
from .holdings import Holdings
from .records import HeldCommunity, HeldMembership, Joining
from .shelf import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .call import Call


class CommunityEndpoints(Holdings):
    """Communities, and memberships in them."""

    def add_community(self, name: str, *, domain_name: str | None = None) -> HeldCommunity:
        """Put a community there; there is no request for that."""
        return self._communities.put(
            lambda number: HeldCommunity(
                id=number, name=name, path=f"community-{number}", domain_name=domain_name
            )
        )

    def list_communities(self, call: Call) -> Answer:
        """Answer one page of the communities whose name holds `query`, in any case."""
        cursor = Cursor.read(call.query)
        return Answer(200, self._communities.page(cursor, named(call.query), community_out))

    def list_memberships(self, call: Call) -> Answer:
        """Answer one page of the memberships, of one contact, in one community, or all."""
        self.settle(call.at)
        contact, community = pairs(call.query, "community")

        def matches(membership: HeldMembership) -> bool:
            mine = contact in (None, membership.contact)
            return mine and community in (None, membership.community)

        page = self._memberships.page(Cursor.read(call.query), matches, self._membership_out)
        return Answer(200, page)

    def create_membership(self, call: Call) -> Answer:
        """Promise to let a contact into a community; `membership_delay` later it is there."""
        community = self._communities.get(call.id("community")).id
        contact = call.properties.number("contactId")
        refuse(self._member_complaints(contact, community))
        number = contact or 0
        due = call.at + timedelta(seconds=self.membership_delay)
        self._joining.append(Joining(contact=number, community=community, due=due))
        self._joined.add((number, community))
        self.settle(call.at)
        self._changed("added contact", f"{number} to community {community}")
        return Answer(202)

    def delete_membership(self, call: Call) -> Answer:
        """Take a contact out of a community."""
        self.settle(call.at)
        membership = self._memberships.drop(call.id("membership"))
        self._joined.remove((membership.contact, membership.community))
        self._changed("deleted membership", membership.id)
        return Answer(204)

    def settle(self, at: datetime) -> None:
        """Let those become members whose time has come, in the order of their times."""
        due = sorted((one for one in self._joining if one.due <= at), key=lambda one: one.due)
        for one in due:
            self._joining.remove(one)
            self._keep_membership(one)

    def _keep_membership(self, one: Joining) -> None:
        self._memberships.put(
            lambda number: HeldMembership(id=number, contact=one.contact, community=one.community)
        )

    def _member_complaints(self, contact: int | None, community: int) -> Iterator[Complaint]:
        yield from rules.known("contactId", "Contact", contact, self.contacts)
        if (contact, community) in self._joined:
            yield Complaint("contactId", "This contact is already a member of this community.")

    def _membership_out(self, membership: HeldMembership) -> dict[str, object]:
        return {
            "id": membership.id,
            "community": community_out(self.communities[membership.community]),
            "contact": {"id": membership.contact},
        }


def community_out(community: HeldCommunity) -> dict[str, object]:
    """Return a community as it travels."""
    return {
        "id": community.id,
        "name": community.name,
        "path": community.path,
        "domainName": community.domain_name,
    }

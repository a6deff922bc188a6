"""What an account holds, what it allows, and the log of what changed it. Pure."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError
from .books import Books
from .call import Refusal
from .shelf import LARGEST_PAGE, SMALLEST_PAGE, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .records import (
        HeldCampaign,
        HeldCampaignStep,
        HeldCommunity,
        HeldContact,
        HeldCourse,
        HeldEnrollment,
        HeldFunnel,
        HeldFunnelStep,
        HeldMembership,
        HeldModule,
        HeldNewsletter,
        HeldSubscription,
        HeldTag,
        HeldWebhook,
        Joining,
        Sale,
    )

# Each kind starts apart, so that the id of one in place of another's is noticed.
FIRST_TAG: Final = 1
FIRST_CONTACT: Final = 1001
FIRST_COURSE: Final = 20_001
FIRST_MODULE: Final = 25_001
FIRST_ENROLLMENT: Final = 30_001
FIRST_COMMUNITY: Final = 40_001
FIRST_MEMBERSHIP: Final = 45_001
FIRST_SUBSCRIPTION: Final = 50_001
FIRST_SALE: Final = 55_001
FIRST_FUNNEL: Final = 60_001
FIRST_FUNNEL_STEP: Final = 65_001
FIRST_CAMPAIGN: Final = 70_001
FIRST_CAMPAIGN_STEP: Final = 75_001
FIRST_NEWSLETTER: Final = 80_001

BUILT_IN_FIELDS: Final[Mapping[str, str]] = {
    "first_name": "First name",
    "surname": "Surname",
    "phone_number": "Phone number",
    "country": "Country",
    "company_name": "Company name",
    "postcode": "Postcode",
    "street_address": "Street address",
    "city": "City",
    "state": "State",
    "tax_number": "Tax number",
}
"""Slug and label of the fields that every account has."""


class Holdings(Books):
    """The state that all endpoints of an account share, and the log of its changes."""

    def __init__(
        self,
        *,
        max_contacts: int | None = None,
        max_tags: int | None = None,
        plan_limit_status: int = 403,
        dead_domains: Iterable[str] = (),
        payments: bool = True,
        largest_subscription_page: int = LARGEST_PAGE,
        membership_delay: float = 2.0,
    ) -> None:
        """Open an empty account with the limits of its plan (None is no limit).

        Args:
            max_contacts: how many contacts the plan allows.
            max_tags: how many tags the plan allows.
            plan_limit_status: what a request beyond them is answered with; the real one is not
                known.
            dead_domains: domains that take no mail, besides all of `.invalid`.
            payments: False answers 404 to everything about subscriptions, as an account does in
                which no payments are set up.
            largest_subscription_page: the largest `limit` that the listing of subscriptions
                takes, from 10 to 100.
            membership_delay: seconds until a membership that was asked for is there; 0 is at once.
        """
        _demand(membership_delay, 0, math.inf, "membership_delay", "give seconds, 0 or more")
        _demand(
            largest_subscription_page,
            SMALLEST_PAGE,
            LARGEST_PAGE,
            "largest_subscription_page",
            f"give a number from {SMALLEST_PAGE} to {LARGEST_PAGE}",
        )
        super().__init__()
        self.max_contacts = max_contacts
        self.max_tags = max_tags
        self.plan_limit_status = plan_limit_status
        self.dead_domains = {domain.lower() for domain in dead_domains}
        self.payments = payments
        self.largest_subscription_page = largest_subscription_page
        self.membership_delay = membership_delay
        self.fields: dict[str, str] = dict(BUILT_IN_FIELDS)
        """The label of each field by its slug."""
        self._open_shelves()

    def _open_shelves(self) -> None:
        self._contacts: Shelf[HeldContact] = Shelf(FIRST_CONTACT)
        self._contact_ids: dict[str, int] = {}
        self._tags: Shelf[HeldTag] = Shelf(FIRST_TAG)
        self._tag_ids: dict[str, int] = {}
        self._courses: Shelf[HeldCourse] = Shelf(FIRST_COURSE)
        self._modules: Shelf[HeldModule] = Shelf(FIRST_MODULE)
        self._enrollments: Shelf[HeldEnrollment] = Shelf(FIRST_ENROLLMENT)
        self._communities: Shelf[HeldCommunity] = Shelf(FIRST_COMMUNITY)
        # (contact, course) and (contact, community), each at most once. Those of deleted
        # contacts may stay: their ids are never given again.
        self._enrolled: set[tuple[int, int]] = set()
        self._joined: set[tuple[int, int]] = set()
        self._joining: list[Joining] = []
        self._memberships: Shelf[HeldMembership] = Shelf(FIRST_MEMBERSHIP)
        self._subscriptions: Shelf[HeldSubscription] = Shelf(FIRST_SUBSCRIPTION)
        self._sales: Shelf[Sale] = Shelf(FIRST_SALE)
        self._webhooks: dict[str, HeldWebhook] = {}
        self._webhook_number = 0
        self._funnels: Shelf[HeldFunnel] = Shelf(FIRST_FUNNEL)
        self._funnel_steps: Shelf[HeldFunnelStep] = Shelf(FIRST_FUNNEL_STEP)
        self._campaigns: Shelf[HeldCampaign] = Shelf(FIRST_CAMPAIGN)
        self._campaign_steps: Shelf[HeldCampaignStep] = Shelf(FIRST_CAMPAIGN_STEP)
        self._newsletters: Shelf[HeldNewsletter] = Shelf(FIRST_NEWSLETTER)

    @property
    def contacts(self) -> Mapping[int, HeldContact]:
        """The contacts by id."""
        return self._contacts.view

    @property
    def tags(self) -> Mapping[int, HeldTag]:
        """The tags by id."""
        return self._tags.view

    @property
    def courses(self) -> Mapping[int, HeldCourse]:
        """The courses by id."""
        return self._courses.view

    @property
    def enrollments(self) -> Mapping[int, HeldEnrollment]:
        """The enrollments by id."""
        return self._enrollments.view

    @property
    def communities(self) -> Mapping[int, HeldCommunity]:
        """The communities by id."""
        return self._communities.view

    @property
    def memberships(self) -> Mapping[int, HeldMembership]:
        """The memberships by id, without those that are still to come."""
        return self._memberships.view

    @property
    def subscriptions(self) -> Mapping[int, HeldSubscription]:
        """The subscriptions by id."""
        return self._subscriptions.view

    @property
    def webhooks(self) -> Mapping[str, HeldWebhook]:
        """The webhooks by id."""
        return MappingProxyType(self._webhooks)

    @property
    def funnels(self) -> Mapping[int, HeldFunnel]:
        """The funnels by id."""
        return self._funnels.view

    @property
    def campaigns(self) -> Mapping[int, HeldCampaign]:
        """The campaigns by id."""
        return self._campaigns.view

    @property
    def newsletters(self) -> Mapping[int, HeldNewsletter]:
        """The newsletters by id."""
        return self._newsletters.view

    def contact_by_email(self, email: str) -> HeldContact | None:
        """Return the contact with this address in any case, or None."""
        number = self._contact_ids.get(email.lower())
        return None if number is None else self._contacts.get(number)

    def tag_by_name(self, name: str) -> HeldTag | None:
        """Return the tag with exactly this name, or None."""
        number = self._tag_ids.get(name)
        return None if number is None else self._tags.get(number)

    def _forget(self, contact: int) -> None:
        """Drop what belongs to a contact that is deleted."""
        self._enrollments.drop_if(lambda one: one.contact == contact)
        self._memberships.drop_if(lambda one: one.contact == contact)
        self._joining = [one for one in self._joining if one.contact != contact]
        self._subscriptions.drop_if(lambda one: one.contact == contact)

    def _within_plan(self, kind: str, held: int, most: int | None) -> None:
        if most is not None and held >= most:
            detail = f"Your plan allows {most} {kind}. Please upgrade your plan to add more."
            raise Refusal(self.plan_limit_status, detail)


def _demand(value: float, least: float, most: float, name: str, advice: str) -> None:
    # Nothing compares with NaN, and no number of seconds is infinite.
    if not (least <= value <= most and math.isfinite(value)):
        msg = f"Account({name}={value!r}): {advice}"
        raise ConfigurationError(msg)

"""What an account keeps of each thing it holds. Pure.

Each record may be changed by a test at any time, as the site's own pages would change it. What
travels is built from the records by the endpoints, so a record has no more than they need.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True, kw_only=True)
class HeldContact:
    """A contact as the server keeps it; the marks may be set by a test at any time."""

    id: int
    email: str
    registered_at: datetime
    locale: str | None = "en"
    source_url: str | None = None
    unsubscribed: bool = False
    bounced: bool = False
    needs_confirmation: bool = False
    fields: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """Values by slug; None where one was cleared, absent where none was ever given."""
    tags: list[int] = field(default_factory=list[int])
    """Ids, in the order in which the tags were assigned."""


@dataclass(slots=True, kw_only=True)
class HeldTag:
    """A tag as the server keeps it."""

    id: int
    name: str
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class HeldModule:
    """A module of a course."""

    id: int
    course: int
    name: str


@dataclass(slots=True, kw_only=True)
class HeldCourse:
    """A course, with its modules in their order."""

    id: int
    name: str
    path: str
    active: bool = True
    description: str | None = None
    locale: str | None = "en"
    modules: list[HeldModule] = field(default_factory=list[HeldModule])


@dataclass(slots=True, kw_only=True)
class HeldEnrollment:
    """A contact's access to a course, or to the `modules` of it."""

    id: int
    contact: int
    course: int
    access_type: str
    modules: list[int] = field(default_factory=list[int])
    active: bool = True


@dataclass(slots=True, kw_only=True)
class HeldCommunity:
    """A community."""

    id: int
    name: str
    path: str
    domain_name: str | None = None


@dataclass(slots=True, kw_only=True)
class HeldMembership:
    """A contact's place in a community."""

    id: int
    contact: int
    community: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """A membership that was asked for and is still to come."""

    contact: int
    community: int
    due: datetime


@dataclass(slots=True, kw_only=True)
class HeldSubscription:
    """A contact's recurring payment, and the price plan that it follows."""

    id: int
    contact: int
    created_at: datetime
    plan: dict[str, object]
    """As it travels."""
    status: str = "active"
    cancelled_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """One thing that was sold, as it is delivered."""

    order_item: int
    body: dict[str, object]


@dataclass(slots=True, kw_only=True)
class HeldEvent:
    """One kind of event that a webhook is subscribed to."""

    id: str
    event: str
    schema_version: int
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


@dataclass(slots=True, kw_only=True)
class HeldWebhook:
    """A webhook as it was registered, with the secret that its deliveries are signed with."""

    id: str
    name: str
    url: str
    secret: str = field(repr=False)
    active: bool = True
    subscriptions: list[HeldEvent] = field(default_factory=list[HeldEvent])

    @property
    def events(self) -> dict[str, int]:
        """The version of each event that is wanted, disabled or not."""
        return {one.event: one.schema_version for one in self.subscriptions}

    def subscription(self, event: str) -> HeldEvent | None:
        """Return the subscription to an event, or None."""
        return next((one for one in self.subscriptions if one.event == event), None)


@dataclass(slots=True, kw_only=True)
class HeldFunnelStep:
    """A page of a funnel."""

    id: int
    funnel: int
    name: str
    type: str


@dataclass(slots=True, kw_only=True)
class HeldFunnel:
    """A funnel, with its steps in their order."""

    id: int
    name: str
    active: bool = True
    steps: list[HeldFunnelStep] = field(default_factory=list[HeldFunnelStep])


@dataclass(slots=True, kw_only=True)
class HeldCampaignStep:
    """An e-mail of a campaign."""

    id: int
    campaign: int
    name: str
    subject: str


@dataclass(slots=True, kw_only=True)
class HeldCampaign:
    """A campaign, with its e-mails in their order."""

    id: int
    name: str
    sender_email: str | None = None
    description: str | None = None
    steps: list[HeldCampaignStep] = field(default_factory=list[HeldCampaignStep])


@dataclass(slots=True, kw_only=True)
class HeldNewsletter:
    """A newsletter, with the tags that choose its readers."""

    id: int
    content: dict[str, str | None]
    """As it travels, by property."""
    sent_at: datetime | None = None
    included_tags: list[int] = field(default_factory=list[int])
    excluded_tags: list[int] = field(default_factory=list[int])

"""Events: what a delivery tells, one type for each family of them.

Nothing of a delivery is signed: whoever knows the address can write all of it. Treat an event as
a hint that something has happened, and look up how things are where it matters.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from .contact import DeliveredContact


class DeliveredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What all events share."""

    type: str = ""
    """Such as "contact_tag_added"; empty where the delivery does not say."""
    happened_at: datetime | None = None
    initiated_from: str | None = None
    """Who caused it: "public" (a contact), "admin" (a user), "api" or "system"."""
    initiated_by: str | None = None
    list_ids: tuple[int, ...] = ()
    """The lists that it is about; mostly one, or none."""
    body: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    """All that came, with brackets read as objects and lists. Not shown by `repr`."""
    digest: str = ""
    """SHA-256 of the raw body, in hex."""

    @property
    def key(self) -> str:
        """What repetitions of a delivery have in common: its digest, for it has no id."""
        return f"sha256:{self.digest}"

    @property
    def by_api(self) -> bool:
        """Whether an API caused it: your own writes come back so, unless `sources` leaves them."""
        return self.initiated_from == "api"

    def __repr__(self) -> str:
        names = [name for name in self.__struct_fields__ if name != "body"]
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({values})"


class ContactTagAdded(DeliveredEvent, frozen=True, kw_only=True):
    """A contact got a tag."""

    contact: DeliveredContact
    tag: str
    """Its name; no id is delivered."""


class ContactTagRemoved(DeliveredEvent, frozen=True, kw_only=True):
    """A contact lost a tag."""

    contact: DeliveredContact
    tag: str
    """Its name; no id is delivered."""


class Subscribed(DeliveredEvent, frozen=True, kw_only=True):
    """A contact was subscribed to a list; there is no other event for a contact that is new."""

    contact: DeliveredContact


class Unsubscribed(DeliveredEvent, frozen=True, kw_only=True):
    """A contact was unsubscribed from lists."""

    contact: DeliveredContact
    reason: str | None = None
    """What the contact gave as a reason."""


class ContactUpdated(DeliveredEvent, frozen=True, kw_only=True):
    """A contact was changed; what of it, the delivery does not say."""

    contact: DeliveredContact


class DealEvent(DeliveredEvent, frozen=True, kw_only=True):
    """Something happened to a deal, as `type` says: "deal_add", "deal_update" and so on.

    Those about pipelines, stages and types of tasks are no events of a deal, and unknown here.
    """

    deal_id: int
    deal: dict[str, Any]
    """As it came: `title`, `value`, `currency`, `stageid`, `pipelineid`, `contactid` and others."""
    contact: DeliveredContact | None = None


class MailEvent(DeliveredEvent, frozen=True, kw_only=True):
    """A contact did something with a mail: open, click, reply, forward, share; or it bounced."""

    contact: DeliveredContact
    campaign_id: int | None = None
    url: str | None = None
    """The link that was clicked."""


class AccountEvent(DeliveredEvent, frozen=True, kw_only=True):
    """A company was added or changed, or a contact in it, as `type` says."""

    account_id: int
    account: dict[str, Any]
    """As it came."""
    contact: DeliveredContact | None = None


class UnknownEvent(DeliveredEvent, frozen=True, kw_only=True):
    """Any other delivery, and one that lacks what makes it one of those above; see `body`."""

    contact: DeliveredContact | None = None


Event: TypeAlias = (
    ContactTagAdded
    | ContactTagRemoved
    | Subscribed
    | Unsubscribed
    | ContactUpdated
    | DealEvent
    | MailEvent
    | AccountEvent
    | UnknownEvent
)
"""Any of the events; `isinstance(value, Event)` works too."""

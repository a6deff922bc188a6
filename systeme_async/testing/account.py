"""The account behind the sandbox: every rule of the API, and no clock, no socket, no HTTP.

Each endpoint of the table is answered by the method of the same name: `CREATE_CONTACT` by
`create_contact(call)`. A method takes a `Call`, changes the state, notes the change in `effects`
and returns an `Answer`, or raises a `Refusal` before anything has changed. A new endpoint is
one line in the table and one method here, in the class of its resource.

What a test puts there itself, with the `add_…` beside the endpoints, is no effect of a request
and no webhook is told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from . import wire
from .call import Call
from .campaigns import CampaignEndpoints
from .communities import CommunityEndpoints
from .contacts import ContactEndpoints
from .errands import signed_errands
from .fields import FieldEndpoints
from .funnels import FunnelEndpoints
from .hooks import WebhookEndpoints
from .newsletters import NewsletterEndpoints
from .payments import PaymentEndpoints
from .school import SchoolEndpoints
from .tags import TagEndpoints

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .deliveries import Errand, Office
    from .happenings import Happening
    from .records import HeldContact, HeldTag, HeldWebhook
    from .service import Instant


class Account(
    ContactEndpoints,
    TagEndpoints,
    FieldEndpoints,
    SchoolEndpoints,
    CommunityEndpoints,
    PaymentEndpoints,
    WebhookEndpoints,
    FunnelEndpoints,
    CampaignEndpoints,
    NewsletterEndpoints,
):
    """A Systeme.io account: what it holds, to be looked at and to be prepared by a test."""

    app: ClassVar[str] = "systeme"

    def errands(self, happening: Happening, office: Office, now: Instant) -> Sequence[Errand]:
        """Return the signed messages to the webhooks that want to know."""
        return signed_errands(self, happening.event, wire.encode(happening.body), office, now)

    def marks(self) -> tuple[int, ...]:
        """Return what is another after each change; who is let in is no effect of a call."""
        return len(self.effects), len(self.memberships)

    def add_contact(
        self, email: str, fields: Mapping[str, str | None] | None = None, tags: Iterable[str] = ()
    ) -> HeldContact:
        """Put a contact there without a request; tags are given by name and made if missing."""
        sent = [{"slug": slug, "value": value} for slug, value in (fields or {}).items()]
        self._unnoticed(self.create_contact, Call(body={"email": email, "fields": sent}))
        contact = self.contacts[self._contact_ids[email.lower()]]
        contact.tags = [(self.tag_by_name(name) or self.add_tag(name)).id for name in tags]
        return contact

    def add_tag(self, name: str) -> HeldTag:
        """Put a tag there without a request."""
        self._unnoticed(self.create_tag, Call(body={"name": name}))
        return self.tags[self._tag_ids[name]]

    def add_field(self, slug: str, label: str) -> None:
        """Put a contact field there without a request."""
        self._unnoticed(self.create_contact_field, Call(body={"slug": slug, "fieldName": label}))

    def add_webhook(
        self, url: str, secret: str, events: Iterable[str], *, name: str | None = None
    ) -> HeldWebhook:
        """Register a webhook without a request, for events in the version that is known."""
        body = {"name": name or url, "url": url, "secret": secret, "subscriptions": [*events]}
        self._unnoticed(self.create_webhook, Call(body=body))
        return self.webhooks[next(reversed(self._webhooks))]

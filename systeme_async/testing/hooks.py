"""The webhooks that are registered. Pure; each endpoint is a method of its name.

Nothing is delivered here: whoever delivers looks at `webhooks` and at `happenings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from . import rules
from .call import Answer, Complaint, Properties, as_object, not_found, refuse
from .happenings import SCHEMA_VERSIONS
from .holdings import Holdings
from .records import HeldEvent, HeldWebhook
from .shelf import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .call import Call

MOST_WEBHOOKS: Final = 10

# UUIDs as the API has them, but counted, so that a test can be repeated.
_WEBHOOK_ID: Final = "019c418b-0110-7910-9b3d-{:012x}"
_EVENT_ID: Final = "019c418b-0111-7b5b-b3cb-{:012x}"


class WebhookEndpoints(Holdings):
    """Addresses that want to be told of events."""

    def list_webhooks(self, call: Call) -> Answer:
        """Answer all webhooks: their ids are no numbers, so there is one page and no cursor."""
        del call
        return Answer(200, page([webhook_out(webhook) for webhook in self.webhooks.values()]))

    def create_webhook(self, call: Call) -> Answer:
        """Register a webhook, unless its name or its address is taken, or there are ten."""
        sent = call.properties
        name, url, secret = sent.text("name"), sent.text("url"), sent.text("secret")
        active = sent.flag("active")
        wishes = _wishes(sent)
        refuse(
            [
                *self._name_complaints(name, None),
                *self._url_complaints(url),
                *rules.text("secret", secret, rules.TEXT_LENGTH),
                *_wish_complaints(wishes),
                *_number_complaints(len(self.webhooks)),
            ]
        )
        webhook = HeldWebhook(
            id=_WEBHOOK_ID.format(self._next_number()),
            name=name or "",
            url=url or "",
            secret=secret or "",
            active=active is not False,
            subscriptions=self._subscribed(wishes),
        )
        self._webhooks[webhook.id] = webhook
        self._changed("created webhook", webhook.id)
        return Answer(201, webhook_out(webhook))

    def get_webhook(self, call: Call) -> Answer:
        """Answer one webhook, without its secret."""
        return Answer(200, webhook_out(self._webhook(call)))

    def update_webhook(self, call: Call) -> Answer:
        """Change what was sent; the list of events is replaced whole, the address stays."""
        webhook = self._webhook(call)
        sent = call.properties
        name, secret, active = sent.text("name"), sent.text("secret"), sent.flag("active")
        wishes = _wishes(sent)
        complaints: list[Complaint] = []
        if "url" in sent:
            complaints.append(Complaint("url", "The URL of a webhook cannot be changed."))
        if "name" in sent:
            complaints += self._name_complaints(name, webhook)
        if "secret" in sent:
            complaints += rules.text("secret", secret, rules.TEXT_LENGTH)
        if "subscriptions" in sent:
            complaints += _wish_complaints(wishes)
        if "active" in sent and active is None:
            complaints.append(rules.null("active"))
        refuse(complaints)
        webhook.name = name or webhook.name
        webhook.secret = secret or webhook.secret
        webhook.active = webhook.active if active is None else active
        if wishes:
            webhook.subscriptions = self._subscribed(wishes, webhook.subscriptions)
        self._changed("updated webhook", webhook.id)
        return Answer(200, webhook_out(webhook))

    def delete_webhook(self, call: Call) -> Answer:
        """Deliver nothing there any more."""
        webhook = self._webhook(call)
        del self._webhooks[webhook.id]
        self._changed("deleted webhook", webhook.id)
        return Answer(204)

    def _webhook(self, call: Call) -> HeldWebhook:
        webhook = self._webhooks.get(call.segments["webhook"].lower())
        if webhook is None:
            raise not_found()
        return webhook

    def _next_number(self) -> int:
        self._webhook_number += 1
        return self._webhook_number

    def _subscribed(
        self, wishes: Iterable[Wish], held: Iterable[HeldEvent] = ()
    ) -> list[HeldEvent]:
        """Subscribe to events; one that was there before keeps its id and starts afresh."""
        ids = {one.event: one.id for one in held}
        return [
            HeldEvent(
                id=ids.get(event) or _EVENT_ID.format(self._next_number()),
                event=event,
                schema_version=version or 0,
            )
            for _, event, version in wishes
        ]

    def _name_complaints(self, name: str | None, mine: HeldWebhook | None) -> Iterator[Complaint]:
        yield from rules.text("name", name, rules.TEXT_LENGTH)
        if any(one.name == name for one in self.webhooks.values() if one is not mine):
            yield rules.taken("name")

    def _url_complaints(self, url: str | None) -> Iterator[Complaint]:
        yield from rules.url("url", url)
        if any(one.url == url for one in self.webhooks.values()):
            yield rules.taken("url")


class Wish(NamedTuple):
    """An event that somebody wants to be told of, as it was sent."""

    path: str
    event: str
    version: int | None


def _wishes(sent: Properties) -> list[Wish]:
    """Read `subscriptions`; a plain string, as they once were, means the version of its event."""
    wishes: list[Wish] = []
    for index, value in enumerate(sent.elements("subscriptions")):
        path = f"subscriptions[{index}]"
        if isinstance(value, str):
            wishes.append(Wish(path, value, SCHEMA_VERSIONS.get(value)))
        else:
            one = Properties(as_object(value, path))
            wishes.append(Wish(path, one.text("event") or "", one.number("schemaVersion")))
    return wishes


def _wish_complaints(wishes: list[Wish]) -> Iterator[Complaint]:
    if not wishes:
        yield Complaint("subscriptions", "This collection should contain 1 element or more.")
    seen: set[str] = set()
    for path, event, version in wishes:
        if event in seen:
            yield rules.taken(f"{path}.event")
        elif event not in SCHEMA_VERSIONS:
            yield from rules.choice(f"{path}.event", event, SCHEMA_VERSIONS)
        elif version is None:
            yield rules.blank(f"{path}.schemaVersion")
        elif version != SCHEMA_VERSIONS[event]:
            yield rules.wrong_choice(f"{path}.schemaVersion")
        seen.add(event)


def _number_complaints(held: int) -> Iterator[Complaint]:
    if held >= MOST_WEBHOOKS:
        yield Complaint("", f"You can have at most {MOST_WEBHOOKS} webhooks.")


def webhook_out(webhook: HeldWebhook) -> dict[str, object]:
    """Return a webhook as it travels: without its secret."""
    return {
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "active": webhook.active,
        "subscriptions": [event_out(one) for one in webhook.subscriptions],
    }


def event_out(one: HeldEvent) -> dict[str, object]:
    """Return one event of a webhook as it travels."""
    return {
        "id": one.id,
        "event": one.event,
        "disabledAt": None if one.disabled_at is None else one.disabled_at.isoformat(),
        "disabledReason": one.disabled_reason,
    }

"""The webhooks that are registered. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..call import Answer
from ..rules import is_loopback
from .filters import Filter, filtered
from .finding import found
from .listing import listing
from .reading import Given
from .records import HeldWebhook
from .refusals import invalid, missing
from .views import Views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..call import Call

EVENTS: Final = (
    *("bounce", "click", "contact_tag_added", "contact_tag_removed", "deal_add", "deal_note_add"),
    *("deal_pipeline_add", "deal_stage_add", "deal_task_add", "deal_task_complete"),
    *("deal_tasktype_add", "deal_update", "forward", "list_add", "open", "reply", "sent", "share"),
    *("sms_reply", "sms_sent", "sms_unsub", "subscribe", "subscriber_note", "unsubscribe"),
    *("update", "account_add", "account_update", "account_contact_add"),
    *("account_contact_update", "contact_task_add"),
)
SOURCES: Final = ("public", "admin", "api", "system")
HTTPS_PORT: Final = 443
FILTERS: Final[Mapping[str, Filter[HeldWebhook]]] = {
    "name": Filter(lambda one: one.name, "contains"),
    "url": Filter(lambda one: one.url, "contains"),
    "listid": Filter(lambda one: one.list_id),
}


class WebhookEndpoints(Views):
    """Addresses that want to be told of events."""

    def list_webhooks(self, call: Call) -> Answer:
        """Answer one page of the webhooks."""
        matching = filtered(self.webhooks.values(), call.query, FILTERS, self.zone)
        return listing(call, "webhooks", matching, self._webhook_out)

    def get_webhook(self, call: Call) -> Answer:
        """Answer one webhook."""
        return Answer(200, {"webhook": self._webhook_out(self._webhook_at(call))})

    def list_webhook_events(self, call: Call) -> Answer:
        """Answer the names of all events."""
        del call
        return Answer(200, {"webhookEvents": list(EVENTS)})

    def create_webhook(self, call: Call) -> Answer:
        """Register a webhook; name, address, events and sources must be given."""
        given = Given.of(call, "webhook")
        for name in ("name", "url"):
            if not given.text(name):
                title = f"Webhook {name} is required"
                raise missing(title, name)
        for name in ("events", "sources"):
            if not given.elements(name):
                title = f"Webhook {name} are required"
                raise missing(title, name)
        _check(given)
        webhook = self._webhooks.put(
            lambda number: HeldWebhook(
                id=number,
                name=given.text("name"),
                url=given.text("url"),
                events=given.texts("events"),
                sources=given.texts("sources"),
                list_id=given.number("listid") or 0,
                created_at=call.second,
            )
        )
        self._changed("created webhook", webhook.id)
        return Answer(201, {"webhook": self._webhook_written(webhook)})

    def update_webhook(self, call: Call) -> Answer:
        """Change what was sent; one that was switched off is switched on again."""
        webhook = self._webhook_at(call)
        given = Given.of(call, "webhook")
        _check(given)
        webhook.name = given.text("name") or webhook.name
        webhook.url = given.text("url") or webhook.url
        webhook.events = given.texts("events") or webhook.events
        webhook.sources = given.texts("sources") or webhook.sources
        if "listid" in given:
            webhook.list_id = given.number("listid") or 0
        webhook.active = True
        self._changed("updated webhook", webhook.id)
        return Answer(200, {"webhook": self._webhook_written(webhook)})

    def delete_webhook(self, call: Call) -> Answer:
        """Deliver nothing there any more."""
        webhook = self._webhook_at(call)
        self._webhooks.drop(webhook.id)
        self._changed("deleted webhook", webhook.id)
        return Answer(200, {})

    def _webhook_at(self, call: Call) -> HeldWebhook:
        return found(self.webhooks, call.id("webhook"), "Webhook")

    def _webhook_out(self, webhook: HeldWebhook) -> dict[str, object]:
        return {
            "cdate": self._stamp(webhook.created_at),
            "name": webhook.name,
            "url": webhook.url,
            "events": webhook.events,
            "sources": webhook.sources,
            "listid": str(webhook.list_id),
            "state": str(int(webhook.active)),
            "links": [],
            "id": str(webhook.id),
        }

    def _webhook_written(self, webhook: HeldWebhook) -> dict[str, object]:
        """Return a webhook as it is answered to who has written it: with a number in it."""
        return {**self._webhook_out(webhook), "listid": webhook.list_id}


def _check(given: Given) -> None:
    if "url" in given and not _may_be_called(given.text("url")):
        title = "The URL must use https on port 443"
        raise invalid(title, "url")
    if not set(given.texts("events")) <= set(EVENTS):
        title = "Webhook events are not valid"
        raise invalid(title, "events")
    if not set(given.texts("sources")) <= set(SOURCES):
        title = "Webhook sources are not valid"
        raise invalid(title, "sources")


def _may_be_called(url: str) -> bool:
    """Say whether the server calls an address; on this machine, where tests receive, any."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if is_loopback(parts.hostname or ""):
        return parts.scheme in {"http", "https"}
    return parts.scheme == "https" and bool(parts.hostname) and port in {None, HTTPS_PORT}

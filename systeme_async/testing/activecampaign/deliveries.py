"""Deliveries to webhooks of ActiveCampaign: forms without a signature, each tried once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlencode

from ..deliveries import Delivery
from ..hints import SECOND
from .reading import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..happenings import Happening
    from ..service import Instant
    from .account import ActiveCampaignAccount
    from .records import HeldWebhook

GONE: Final = 410
"""What a receiver answers that wants to hear no more."""
BY_LIST: Final = frozenset(
    {"subscribe", "unsubscribe", "update", "sent", "open", "click", "forward", "share", "bounce"}
)
"""The events for which it matters which list a webhook is for."""


@dataclass(frozen=True, slots=True)
class FormErrand:
    """A form on its way to one webhook."""

    account: ActiveCampaignAccount
    webhook: int
    happening: Happening

    def delays(self) -> Iterator[float]:
        """Return nothing: what fails is never tried again."""
        return iter(())

    def attempt(self, number: int, now: Instant) -> Delivery | None:
        """Return what is to be sent, or None where nobody wants it any more."""
        webhook = self.account.webhooks.get(self.webhook)
        if webhook is None or not webhook.active:
            return None
        return Delivery(
            at=now.since / SECOND,
            event=self.happening.event,
            url=webhook.url,
            webhook_id=str(webhook.id),
            subscription_id="",
            message_id="",
            attempt=number,
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode(list(fields(self.happening.body))).encode(),
            failure="cut off",
        )

    def judge(self, delivery: Delivery, now: Instant) -> None:
        """Switch the webhook off if the receiver is gone for good."""
        del now
        webhook = self.account.webhooks.get(self.webhook)
        if webhook is not None and delivery.status == GONE:
            webhook.active = False


def form_errands(account: ActiveCampaignAccount, happening: Happening) -> list[FormErrand]:
    """Return a form to every webhook that wants an event, caused by whom it was."""
    return [
        FormErrand(account, webhook.id, happening)
        for webhook in account.webhooks.values()
        if wants(webhook, happening)
    ]


def wants(webhook: HeldWebhook, happening: Happening) -> bool:
    """Say whether a webhook is for an event, for its source and for its list."""
    body = happening.body
    listed = happening.event not in BY_LIST or webhook.list_id in {0, body["list"]}
    return (
        webhook.active
        and happening.event in webhook.events
        and body["initiated_from"] in webhook.sources
        and listed
    )


def fields(body: Mapping[str, object], outside: str = "") -> Iterator[tuple[str, str]]:
    """Return the fields of a form, with names such as `contact[fields][39]`."""
    for name, value in body.items():
        place = f"{outside}[{name}]" if outside else name
        if isinstance(value, dict):
            yield from fields(cast("dict[str, object]", value), place)
        else:
            yield place, text_of(value)

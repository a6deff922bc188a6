"""The errands of a Systeme.io account: signed, tried again for days, given up on at last. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .deliveries import DISABLED, Delivery, Message, Record, delays, uuid7
from .hints import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .account import Account
    from .deliveries import Office
    from .records import HeldEvent, HeldWebhook
    from .service import Instant


@dataclass(frozen=True, slots=True)
class SignedErrand:
    """A message on its way to one webhook of an account."""

    account: Account
    message: Message
    office: Office

    def delays(self) -> Iterator[float]:
        """Return how long to wait after each attempt that fails."""
        return delays()

    def attempt(self, number: int, now: Instant) -> Delivery | None:
        """Return what is to be sent, or None where nobody wants it any more."""
        found = self._addressee()
        if found is None:
            return None
        message = self.message
        attempt_id = uuid7(now, self.office.dice)
        return Delivery(
            at=now.since / SECOND,
            event=message.event,
            url=message.url,
            webhook_id=message.webhook_id,
            subscription_id=message.subscription_id,
            message_id=message.id,
            attempt=number,
            headers=message.headers(attempt_id, now, found[0].secret),
            body=message.body,
            failure="cut off",
        )

    def judge(self, delivery: Delivery, now: Instant) -> None:
        """Give the subscription up if too many attempts have failed lately."""
        place = (self.account, self.message.subscription_id)
        record = self.office.standing.setdefault(place, Record())
        too_often = record.note(now.since, delivered=delivery.delivered)
        found = self._addressee()
        if too_often and found is not None:
            found[1].disabled_at = now.date
            found[1].disabled_reason = DISABLED

    def _addressee(self) -> tuple[HeldWebhook, HeldEvent] | None:
        """Return who is still to get the message, or None where nobody is."""
        webhook = self.account.webhooks.get(self.message.webhook_id)
        subscription = None if webhook is None else webhook.subscription(self.message.event)
        if (
            webhook is None
            or subscription is None
            or subscription.id != self.message.subscription_id
        ):
            return None
        return (webhook, subscription) if _wanted(webhook, subscription) else None


def signed_errands(
    account: Account, event: str, body: bytes, office: Office, now: Instant
) -> list[SignedErrand]:
    """Return a message to every webhook of an account that wants to know of an event."""
    errands: list[SignedErrand] = []
    for webhook in account.webhooks.values():
        subscription = webhook.subscription(event)
        if subscription is None or not _wanted(webhook, subscription):
            continue
        message = Message(
            id=uuid7(now, office.dice),
            event=event,
            schema_version=subscription.schema_version,
            happened=now,
            webhook_id=webhook.id,
            subscription_id=subscription.id,
            url=webhook.url,
            body=body,
        )
        errands.append(SignedErrand(account, message, office))
    return errands


def _wanted(webhook: HeldWebhook, subscription: HeldEvent) -> bool:
    return webhook.active and subscription.disabled_at is None

"""`systeme subscriptions`: who pays for what, again and again."""

from __future__ import annotations

from ...drafts import CancelWhen
from ..results import Done, Listing
from ..words import ALL, Account, Id, Most
from . import group

app = group("subscriptions")


@app.command(name="list")
def list_subscriptions(
    contact_id: Id, /, *, starting_after: Id | None = None, part: Most = ALL, systeme: Account
) -> Listing:
    """List the subscriptions of one contact.

    Args:
        starting_after: Go on after the one with this id, the last one seen.
    """
    return part.of(systeme.subscriptions.list(contact_id, starting_after=starting_after))


@app.command
async def cancel(
    subscription_id: Id, /, *, when: CancelWhen = "WhenBillingPeriodEnds", systeme: Account
) -> Done:
    """End a subscription.

    Args:
        when: At once, or when what has been paid for is used up.
    """
    await systeme.subscriptions.cancel(subscription_id, when)
    ends = "has ended" if when == "Now" else "ends with the period that is paid for"
    return Done(f"subscription {subscription_id} {ends}")

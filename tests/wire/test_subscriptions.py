"""Subscriptions over the wire: one contact at a time, in pages as large as the server allows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async import ConfigurationError, NotFoundError, OutcomeUnknownError, ValidationError

from .contract import SUBSCRIPTION, prepared
from .pair import calls, client

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox

pytestmark = pytest.mark.anyio

LIST: Final = "GET /api/payment/subscriptions"
CANCEL: Final = f"POST /api/payment/subscriptions/{SUBSCRIPTION}/cancel"


def limits(sandbox: Sandbox) -> list[str]:
    """Tell which page sizes were asked for."""
    return [request.query["limit"] for request in sandbox.requests]


async def test_what_a_subscription_says() -> None:
    """Status, dates and the price, in cents, with how often it is paid."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        [subscription] = await systeme.subscriptions.list(1001).collect()
        assert await systeme.subscriptions.list(1002).collect() == []
    assert (subscription.id, subscription.status) == (SUBSCRIPTION, "active")
    assert subscription.created_at is not None
    assert subscription.cancelled_at is None
    plan = subscription.price_plan
    assert plan is not None
    assert (plan.amount, plan.currency, plan.type) == (1900, "eur", "subscription")
    assert plan.recurring_options is not None
    assert (plan.recurring_options.interval, plan.recurring_options.interval_count) == ("month", 1)


@pytest.mark.parametrize(
    ("largest", "asked"),
    [
        (100, ["100"]),
        (50, ["100", "50"]),
        (20, ["100", "50", "20"]),
        (10, ["100", "50", "20", "10"]),
        (99, ["100", "50"]),
    ],
)
async def test_the_page_size_falls_back(largest: int, asked: list[str]) -> None:
    """A size that is refused is followed by the next smaller one, and remembered."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.account.largest_subscription_page = largest
        assert len(await systeme.subscriptions.list(1001).collect()) == 1
        assert limits(sandbox) == asked
        await systeme.subscriptions.list(1001).collect()
        assert limits(sandbox) == [*asked, asked[-1]]


async def test_many_subscriptions_in_small_pages() -> None:
    """The listing goes on after the fallback with the cursor where it was."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.account.largest_subscription_page = 10
        for _ in range(34):
            sandbox.account.add_subscription(1001)
        found = await systeme.subscriptions.list(1001).collect()
    assert len({subscription.id for subscription in found}) == 35
    assert limits(sandbox) == ["100", "50", "20", "10", "10", "10", "10"]


async def test_listings_at_once_learn_together() -> None:
    """Several tasks that meet the refusal at once all end well."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.account.largest_subscription_page = 20
        found = await asyncio.gather(
            *(systeme.subscriptions.list(1001).collect() for _ in range(8))
        )
        assert [1] * 8 == [len(one) for one in found]
        await systeme.subscriptions.list(1001).collect()
    assert limits(sandbox)[-1] == "20"


async def test_another_refusal_is_raised() -> None:
    """A 422 that is not about the size is no reason to ask again."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ValidationError):
            await systeme.request("GET", "/api/payment/subscriptions")
        with pytest.raises(ConfigurationError):
            await systeme.subscriptions.list(0).collect()
        with pytest.raises(ConfigurationError):
            systeme.subscriptions.list(1001, starting_after=0)
    assert calls(sandbox) == [LIST]


async def test_an_account_without_payments() -> None:
    """The 404 says that payments may not be set up, for listing and for cancelling."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.account.payments = False
        with pytest.raises(NotFoundError, match="payments are set up"):
            await systeme.subscriptions.list(1001).collect()
        with pytest.raises(NotFoundError, match="payments are set up"):
            await systeme.subscriptions.cancel(SUBSCRIPTION)
        with pytest.raises(NotFoundError) as other:
            await systeme.contacts.get(7)
    assert "payments" not in str(other.value)


@pytest.mark.parametrize(
    ("when", "status"), [("Now", "cancelled"), ("WhenBillingPeriodEnds", "active")]
)
async def test_cancelling(when: Any, status: str) -> None:
    """At once, or when what has been paid for is used up; the body always says which."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        await systeme.subscriptions.cancel(SUBSCRIPTION, when)
        [subscription] = await systeme.subscriptions.list(1001).collect()
        with pytest.raises(ValidationError):
            await systeme.subscriptions.cancel(SUBSCRIPTION, when)
    assert sandbox.requests[0].body == {"cancel": when}
    assert subscription.status == status
    assert subscription.cancelled_at is not None


async def test_cancelling_ends_with_what_was_paid_for() -> None:
    """Unless told otherwise, nobody loses what they have paid for."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        await systeme.subscriptions.cancel(SUBSCRIPTION)
    assert sandbox.requests[0].body == {"cancel": "WhenBillingPeriodEnds"}


async def test_no_other_time_to_cancel() -> None:
    """A word that the API does not know is refused at no cost."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="Now, WhenBillingPeriodEnds"):
            await systeme.subscriptions.cancel(SUBSCRIPTION, "later")  # type: ignore[arg-type]
    assert calls(sandbox) == []


@pytest.mark.parametrize("fault", ["lost", "failed_after"])
async def test_a_lost_answer_to_cancelling(fault: Any) -> None:
    """The repeat is told that it is cancelled already: that is what was wanted."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST")
        await systeme.subscriptions.cancel(SUBSCRIPTION)
    assert calls(sandbox) == [CANCEL, CANCEL]
    assert [str(change) for change in sandbox.account.effects] == [
        f"cancelled subscription {SUBSCRIPTION} WhenBillingPeriodEnds"
    ]


async def test_a_lost_answer_to_cancelling_now() -> None:
    """That it is cancelled may mean an earlier order to end it later: nobody knows."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject("lost", method="POST")
        with pytest.raises(OutcomeUnknownError, match="ends now"):
            await systeme.subscriptions.cancel(SUBSCRIPTION, "Now")


@pytest.mark.parametrize("fault", ["throttle", "failed", "reset"])
async def test_a_repeat_proves_nothing_by_itself(fault: Any) -> None:
    """What was cancelled before is no success of ours, however often we had to ask."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        await systeme.subscriptions.cancel(SUBSCRIPTION)
        sandbox.inject(fault, method="POST")
        with pytest.raises((ValidationError, OutcomeUnknownError)):
            await systeme.subscriptions.cancel(SUBSCRIPTION, "Now")
    assert sandbox.account.subscriptions[SUBSCRIPTION].status == "active"


async def test_cancelling_that_is_never_answered() -> None:
    """After its tries it is in doubt, and the error says that a repeat does no harm."""
    async with prepared() as sandbox, client(sandbox, max_attempts=2) as systeme:
        sandbox.inject("lost", method="POST", times=2)
        with pytest.raises(OutcomeUnknownError, match="same state"):
            await systeme.subscriptions.cancel(SUBSCRIPTION)

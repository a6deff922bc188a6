"""Subscriptions of the account, rule by rule, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.testing import Account
from systeme_async.testing.call import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]

NOON = datetime(2026, 5, 1, 12, 0, 0, 999_999, tzinfo=UTC)
ONE = 50_001


def account_of(**options: Any) -> Account:
    """Open an account with Jane, who subscribed, and Bob, who did not."""
    account = Account(**options)
    jane = account.add_contact("jane@example.com")
    account.add_contact("bob@example.com")
    account.add_subscription(jane.id)
    return account


def test_a_subscription_travels_with_its_plan(ask: Ask) -> None:
    """A listing has every property of a subscription, and of what it costs how often."""
    page = ask(account_of(), "LIST_SUBSCRIPTIONS", query={"contact": 1001}).value
    assert page == {
        "items": [
            {
                "id": ONE,
                "status": "active",
                "createdAt": "2026-01-01T00:00:00+00:00",
                "cancelledAt": None,
                "completedAt": None,
                "pricePlan": {
                    "id": 10_050_001,
                    "name": "Monthly",
                    "innerName": "Monthly",
                    "type": "subscription",
                    "amount": 1900,
                    "currency": "eur",
                    "recurringOptions": {
                        "interval": "month",
                        "intervalCount": 1,
                        "trialPeriod": None,
                        "trialInterval": None,
                        "limitOfPayments": None,
                    },
                },
            }
        ],
        "hasMore": False,
    }


def test_subscriptions_are_listed_for_one_contact(ask: Ask) -> None:
    """Others have theirs, somebody unknown has none, and there is a cursor."""
    account = account_of()
    account.add_subscription(1002)
    account.add_subscription(1001, name="Yearly", amount=19_000, interval="year")
    for query, ids in [
        ({"contact": 1001}, [50_003, 50_001]),
        ({"contact": 1002}, [50_002]),
        ({"contact": 7}, []),
        ({"contact": 1001, "startingAfter": 50_003}, [50_001]),
        ({"contact": 1001, "order": "asc"}, [50_001, 50_003]),
    ]:
        assert ask(account, "LIST_SUBSCRIPTIONS", query=query).ids == ids


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({}, "contact: This value should not be blank."),
        ({"contact": "x"}, "contact: This value is not valid."),
    ],
)
def test_subscriptions_need_their_contact(ask: Ask, query: dict[str, object], detail: str) -> None:
    """Without `contact` the listing is refused."""
    reply = ask(account_of(), "LIST_SUBSCRIPTIONS", query=query)
    assert (reply.status, reply.detail) == (422, detail)


def test_a_page_may_be_too_large(ask: Ask) -> None:
    """Above the account's own largest page a limit is refused, up to it there is a page."""
    account = account_of(largest_subscription_page=20)
    refused = ask(account, "LIST_SUBSCRIPTIONS", query={"contact": 1001, "limit": 21})
    words = "pagination.limit: Wrong value of pagination limit parameter"
    assert (refused.status, refused.detail) == (422, words)
    assert ask(account, "LIST_SUBSCRIPTIONS", query={"contact": 1001, "limit": 20}).ids == [ONE]
    assert ask(account, "LIST_CONTACTS", query={"limit": 100}).status == 200


@pytest.mark.parametrize("largest", [9, 101])
def test_an_impossible_page_is_refused(largest: int) -> None:
    """The largest page holds from 10 to 100."""
    with pytest.raises(ConfigurationError, match="largest_subscription_page"):
        Account(largest_subscription_page=largest)


def test_without_payments_nothing_is_found(ask: Ask) -> None:
    """An account in which they are not set up answers 404 to everything about them."""
    account = account_of(payments=False)
    assert ask(account, "LIST_SUBSCRIPTIONS", query={"contact": 1001}).status == 404
    assert ask(account, "LIST_SUBSCRIPTIONS").status == 404
    body = {"cancel": "Now"}
    assert ask(account, "CANCEL_SUBSCRIPTION", body, subscription=ONE).status == 404


@pytest.mark.parametrize(
    ("when", "status"), [("Now", "cancelled"), ("WhenBillingPeriodEnds", "active")]
)
def test_a_subscription_is_cancelled_once(ask: Ask, when: str, status: str) -> None:
    """At once, or when what was paid for is used up; a second time is refused."""
    account = account_of()
    reply = ask(account, "CANCEL_SUBSCRIPTION", {"cancel": when}, subscription=ONE, at=NOON)
    assert (reply.status, reply.value) == (204, None)
    page = ask(account, "LIST_SUBSCRIPTIONS", query={"contact": 1001}).value
    assert page["items"][0]["status"] == status
    assert page["items"][0]["cancelledAt"] == "2026-05-01T12:00:00+00:00"
    again = ask(account, "CANCEL_SUBSCRIPTION", {"cancel": "Now"}, subscription=ONE)
    assert (again.status, again.detail) == (422, "This subscription is already cancelled.")
    assert account.effects == [("cancelled subscription", f"{ONE} {when}")]


@pytest.mark.parametrize(
    ("subscription", "body", "status"),
    [
        (9, {"cancel": "Now"}, 404),
        (ONE, {}, 422),
        (ONE, {"cancel": "now"}, 422),
        (ONE, {"cancel": True}, 400),
        (ONE, None, 422),
        (ONE, [], 400),
    ],
)
def test_a_wrong_cancellation_is_refused(
    ask: Ask, subscription: int, body: object, status: int
) -> None:
    """It says when, in one of two words."""
    account = account_of()
    assert ask(account, "CANCEL_SUBSCRIPTION", body, subscription=subscription).status == status
    assert account.subscriptions[ONE].cancelled_at is None


def test_one_that_was_put_there_cancelled_is_cancelled(ask: Ask) -> None:
    """It cannot be cancelled again."""
    account = account_of()
    held = account.add_subscription(1002, status="cancelled")
    assert held.cancelled_at is not None
    reply = ask(account, "CANCEL_SUBSCRIPTION", {"cancel": "Now"}, subscription=held.id)
    assert reply.status == 422


def test_a_deleted_contact_pays_no_more(ask: Ask) -> None:
    """Subscriptions go with the contact; nobody subscribes who is not there."""
    account = account_of()
    ask(account, "DELETE_CONTACT", contact=1001)
    assert dict(account.subscriptions) == {}
    with pytest.raises(Refusal):
        account.add_subscription(1001)

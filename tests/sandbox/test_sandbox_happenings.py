"""What webhooks would be told of: the events of an account, and the bodies that travel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.testing import Account, Happening
from systeme_async.testing.call import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]


@pytest.fixture
def account() -> Account:
    """Open an account with Jane and two tags."""
    account = Account()
    account.add_contact("jane@example.com", {"first_name": "Jane", "city": None}, ["VIP"])
    account.add_tag("New")
    return account


def test_what_a_test_prepares_does_not_happen(account: Account) -> None:
    """Nobody is told of what no request brought about."""
    account.add_field("shoe", "Shoe size")
    account.add_webhook("http://localhost/", "s3cret", ["CONTACT_CREATED"])
    assert (account.happenings, account.effects) == ([], [])


def test_a_created_contact_happens(account: Account, ask: Ask) -> None:
    """The body holds the contact as it was answered."""
    reply = ask(account, "CREATE_CONTACT", {"email": "bob@example.com"})
    assert account.happenings == [Happening("CONTACT_CREATED", {"contact": reply.value})]


def test_tags_happen_as_they_come_and_go(account: Account, ask: Ask) -> None:
    """The body holds the contact as it is after that, and the tag without its date."""
    ask(account, "ASSIGN_TAG", {"tagId": 2}, contact=1001)
    ask(account, "REMOVE_TAG", contact=1001, tag=1)
    added, removed = account.happenings
    assert (added.event, removed.event) == ("CONTACT_TAG_ADDED", "CONTACT_TAG_REMOVED")
    assert added.body["tag"] == {"id": 2, "name": "New"}
    assert removed.body["tag"] == {"id": 1, "name": "VIP"}
    now = ask(account, "GET_CONTACT", contact=1001).value
    assert removed.body["contact"] == now
    assert added.body["contact"] == {
        **now,
        "tags": [{"id": 1, "name": "VIP"}, {"id": 2, "name": "New"}],
    }


@pytest.mark.parametrize(
    ("endpoint", "body", "segments"),
    [
        ("CREATE_CONTACT", {"email": "jane@example.com"}, {}),
        ("ASSIGN_TAG", {"tagId": 1}, {"contact": 1001}),
        ("REMOVE_TAG", None, {"contact": 1001, "tag": 2}),
        ("UPDATE_CONTACT", {"locale": "fr"}, {"contact": 1001}),
        ("DELETE_TAG", None, {"tag": 1}),
        ("DELETE_CONTACT", None, {"contact": 1001}),
    ],
)
def test_nothing_else_happens(
    account: Account, ask: Ask, endpoint: str, body: object, segments: dict[str, object]
) -> None:
    """What was refused does not, and no event tells of changes and deletions."""
    ask(account, endpoint, body, **segments)
    assert account.happenings == []


def test_opting_in_happens_where_a_test_asks(account: Account, ask: Ask) -> None:
    """No request does that: somebody has filled in a form."""
    account.opt_in(1001)
    contact = ask(account, "GET_CONTACT", contact=1001).value
    assert account.happenings == [Happening("CONTACT_OPT_IN", {"contact": contact})]
    assert account.effects == []


def test_a_sale_happens_with_all_that_a_real_one_has(account: Account) -> None:
    """The buyer's fields are keyed by slug, amounts are cents, and the item's id is returned."""
    at = datetime(2026, 9, 27, 20, 16, 26, tzinfo=UTC)
    item = account.sell(1001, name="Book", amount=1250, currency="usd", at=at)
    (sale,) = account.happenings
    assert (sale.event, item) == ("SALE_NEW", 55_001)
    assert sale.body == {
        "customer": {
            "id": 10_055_001,
            "clientIp": "203.0.113.10",
            "contactId": 1001,
            "email": "jane@example.com",
            "fields": {"first_name": "Jane"},
            "paymentProcessor": "cash on delivery",
            "sourceUrl": "https://me.systeme.io/466f06b8",
        },
        "coupon": None,
        "funnelStep": {
            "id": 20_055_001,
            "name": "Order form",
            "type": "offer-form",
            "funnel": {"id": 30_055_001, "name": "Test funnel"},
        },
        "checkoutPage": None,
        "order": {
            "id": 40_055_001,
            "createdAt": "2026-09-27T20:16:26+00:00",
            "discountAmount": None,
            "discountType": None,
            "shippingFee": None,
            "totalPrice": 1250,
            "vat": 0.0,
        },
        "orderItem": {
            "createdAt": "2026-09-27T20:16:26+00:00",
            "id": item,
            "resources": [
                {
                    "course": None,
                    "courseBundle": None,
                    "enrollmentAccessType": None,
                    "enrollmentDrippingAccessCourse": None,
                    "physicalProduct": {"id": 60_055_001, "name": "Book", "options": []},
                    "tag": None,
                }
            ],
        },
        "pricePlan": {
            "id": 50_055_001,
            "name": "Book",
            "type": "one_shot",
            "amount": 1250,
            "currency": "usd",
            "innerName": "Book",
            "recurringOptions": None,
            "statementDescriptor": "",
        },
    }


def test_a_sale_is_taken_back_once(account: Account) -> None:
    """The body is that of the sale."""
    item = account.sell(1001)
    account.cancel_sale(item)
    new, canceled = account.happenings
    assert (new.event, canceled.event) == ("SALE_NEW", "SALE_CANCELED")
    assert canceled.body == new.body
    for sale in (item, 7):
        with pytest.raises(Refusal, match="Not Found"):
            account.cancel_sale(sale)


def test_nothing_is_sold_to_nobody(account: Account) -> None:
    """The buyer is a contact of the account."""
    with pytest.raises(Refusal, match="Not Found"):
        account.sell(7)

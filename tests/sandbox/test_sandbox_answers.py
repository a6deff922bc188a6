"""Every endpoint of the table answers in the form that the table gives it."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from systeme_async.testing import Account
from systeme_async.testing.routes import table

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]

HOOK = "019c418b-0110-7910-9b3d-000000000001"
SEGMENTS = {
    "contact": 1001,
    "tag": 1,
    "slug": "shoe",
    "course": 20_001,
    "enrollment": 30_001,
    "community": 40_001,
    "membership": 45_001,
    "subscription": 50_001,
    "webhook": HOOK,
    "funnel": 60_001,
    "step": 65_001,
    "campaign": 70_001,
    "newsletter": 80_001,
}
QUERIES = {"LIST_COURSE_MODULES": {"courseId": 20_001}, "LIST_SUBSCRIPTIONS": {"contact": 1001}}
BODIES: dict[str, dict[str, object]] = {
    "CREATE_CONTACT": {"email": "bob@example.com", "fields": [{"slug": "city", "value": "Rome"}]},
    "ASSIGN_TAG": {"tagId": 2},
    "CREATE_TAG": {"name": "Third"},
    "RENAME_TAG": {"name": "Gold"},
    "CREATE_CONTACT_FIELD": {"slug": "hat", "fieldName": "Hat"},
    "RENAME_CONTACT_FIELD": {"fieldName": "Size"},
    "CREATE_ENROLLMENT": {"contactId": 1002, "accessType": "partial_access", "modules": [25_001]},
    "CREATE_MEMBERSHIP": {"contactId": 1002},
    "CANCEL_SUBSCRIPTION": {"cancel": "Now"},
    "CREATE_WEBHOOK": {
        "name": "Second",
        "url": "https://example.com",
        "secret": "s3cret",
        "subscriptions": [{"event": "SALE_NEW", "schemaVersion": 2}],
    },
    "CREATE_FUNNEL": {"name": "Launch"},
    "CREATE_CAMPAIGN": {"name": "Welcome"},
    "CREATE_NEWSLETTER": {"content": {"subject": "Hello"}},
    "INCLUDE_TAGS": {"tagIds": [1]},
    "EXCLUDE_TAGS": {"tagIds": [2]},
}
STATUSES = {"ASSIGN_TAG": 204, "CREATE_MEMBERSHIP": 202, "SEND_NEWSLETTER": 204}
STATUSES |= dict.fromkeys(("CANCEL_SUBSCRIPTION", "INCLUDE_TAGS", "EXCLUDE_TAGS"), 204)
SUCCESSES = {"GET": 200, "PUT": 200, "PATCH": 200, "POST": 201, "DELETE": 204}


@pytest.fixture
def account(ask: Ask) -> Account:
    """Open an account that holds at least one of everything."""
    account = Account(membership_delay=0)
    account.add_field("shoe", "Shoe size")
    account.add_contact("jane@example.com", {"shoe": "44"}, ["VIP", "New"])
    account.contacts[1001].tags.remove(2)
    account.add_contact("jo@example.com")
    account.add_course("Baking", ["Bread"])
    account.add_community("Club")
    account.add_subscription(1001)
    account.add_webhook("http://localhost/", "s3cret", ["CONTACT_CREATED"])
    account.add_funnel("Launch", ["Order form"])
    account.add_campaign("Welcome", ["Hello"])
    account.add_newsletter("Hello")
    ask(
        account,
        "CREATE_ENROLLMENT",
        {"contactId": 1001, "accessType": "full_access"},
        course=20_001,
    )
    ask(account, "CREATE_MEMBERSHIP", {"contactId": 1001}, community=40_001)
    account.effects.clear()
    return account


@pytest.mark.parametrize("name", table())
def test_an_answer_has_the_form_of_the_table(account: Account, ask: Ask, name: str) -> None:
    """It succeeds, is decoded as its model without a remainder, and a change is noted once."""
    endpoint = table()[name]
    segments = {slot: SEGMENTS[slot] for slot in endpoint.slots}
    body = BODIES.get(name, {})
    reply = ask(account, name, body, query=QUERIES.get(name), **segments)
    assert (reply.status, reply.detail) == (STATUSES.get(name, SUCCESSES[endpoint.method]), "")
    assert len(account.effects) == (endpoint.method != "GET")
    if endpoint.answer is NoneType:
        assert reply.value is None
        return
    if "items" in reply.value:
        assert reply.value["items"]
    known = msgspec.to_builtins(msgspec.convert(reply.value, endpoint.answer))
    assert remainder(reply.value, known) == []


def remainder(sent: Any, known: Any, place: str = "") -> list[str]:
    """Return the places of what was sent and is not known."""
    if isinstance(sent, dict):
        return [
            found
            for key, value in sent.items()
            for found in (
                remainder(value, known[key], f"{place}.{key}")
                if key in known
                else [f"{place}.{key}"]
            )
        ]
    if isinstance(sent, list):
        return [
            found
            for one, other in zip(sent, known, strict=True)
            for found in remainder(one, other, f"{place}[]")
        ]
    return []

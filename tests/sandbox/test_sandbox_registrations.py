"""Registrations of webhooks in the account, rule by rule, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from systeme_async.testing import Account, HeldWebhook

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]

URL = "https://example.com/hook"
SALE = {"event": "SALE_NEW", "schemaVersion": 2}
BODY = {"name": "Shop", "url": URL, "secret": "s3cret", "subscriptions": [SALE]}


def registered(account: Account, ask: Ask, **changes: object) -> str:
    """Register a webhook and return its id."""
    reply = ask(account, "CREATE_WEBHOOK", {**BODY, **changes})
    assert reply.status == 201, reply.detail
    return reply.value["id"]


def test_a_webhook_travels_without_its_secret(ask: Ask) -> None:
    """Its id is a UUID, it is active, and only the record knows what it signs with."""
    account = Account()
    reply = ask(account, "CREATE_WEBHOOK", BODY)
    number = reply.value["id"]
    webhook = account.webhooks[number]
    assert UUID(number).version == 7
    assert reply.value == {
        "id": number,
        "name": "Shop",
        "url": URL,
        "active": True,
        "subscriptions": [
            {
                "id": webhook.subscriptions[0].id,
                "event": "SALE_NEW",
                "disabledAt": None,
                "disabledReason": None,
            }
        ],
    }
    assert (webhook.secret, webhook.events) == ("s3cret", {"SALE_NEW": 2})
    assert "s3cret" not in repr(webhook)
    assert account.effects == [("created webhook", number)]
    assert ask(account, "GET_WEBHOOK", webhook=number).value == reply.value
    assert ask(account, "LIST_WEBHOOKS").value == {"items": [reply.value], "hasMore": False}


def test_events_may_be_plain_strings(ask: Ask) -> None:
    """They once were, and mean version 1 of a contact's event and 2 of a sale's."""
    account = Account()
    number = registered(account, ask, subscriptions=["CONTACT_CREATED", "SALE_CANCELED"])
    assert account.webhooks[number].events == {"CONTACT_CREATED": 1, "SALE_CANCELED": 2}


def test_a_webhook_may_start_asleep(ask: Ask) -> None:
    """`active` is true unless it is sent as false."""
    account = Account()
    assert not account.webhooks[registered(account, ask, active=False)].active


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"name": None}, "name: This value should not be blank."),
        ({"url": None}, "url: This value should not be blank."),
        ({"secret": None}, "secret: This value should not be blank."),
        ({"secret": ""}, "secret: This value should not be blank."),
        ({"url": "http://example.com/hook"}, "url: The URL must use HTTPS."),
        ({"url": "example.com/hook"}, "url: This value is not a valid URL."),
        ({"url": "https:///hook"}, "url: This value is not a valid URL."),
        ({"url": "https://exa mple.com"}, "url: This value is not a valid URL."),
        ({"url": "https://example.com/\x00"}, "url: This value is not a valid URL."),
        ({"url": "https://[::1"}, "url: This value is not a valid URL."),
        ({"url": "ftp://example.com"}, "url: This value is not a valid URL."),
        (
            {"url": f"https://example.com/{'x' * 255}"},
            "url: This value is too long. It should have 255 characters or less.",
        ),
        (
            {"subscriptions": []},
            "subscriptions: This collection should contain 1 element or more.",
        ),
        (
            {"subscriptions": None},
            "subscriptions: This collection should contain 1 element or more.",
        ),
        (
            {"subscriptions": [SALE, {"event": "SALE_OLD", "schemaVersion": 2}]},
            "subscriptions[1].event: The value you selected is not a valid choice.",
        ),
        (
            {"subscriptions": ["contact_created"]},
            "subscriptions[0].event: The value you selected is not a valid choice.",
        ),
        (
            {"subscriptions": [{"schemaVersion": 2}]},
            "subscriptions[0].event: This value should not be blank.",
        ),
        (
            {"subscriptions": [{"event": "SALE_NEW"}]},
            "subscriptions[0].schemaVersion: This value should not be blank.",
        ),
        (
            {"subscriptions": [{"event": "SALE_NEW", "schemaVersion": 3}]},
            "subscriptions[0].schemaVersion: The value you selected is not a valid choice.",
        ),
        (
            {"subscriptions": [SALE, "SALE_NEW"]},
            "subscriptions[1].event: This value is already used.",
        ),
    ],
)
def test_a_wrong_webhook_is_refused(ask: Ask, changes: dict[str, object], detail: str) -> None:
    """Name, https address, secret and at least one known event are required."""
    account = Account()
    reply = ask(account, "CREATE_WEBHOOK", {**BODY, **changes})
    assert (reply.status, reply.detail) == (422, detail)
    assert (dict(account.webhooks), account.effects) == ({}, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"subscriptions": "SALE_NEW"},
        {"subscriptions": [2]},
        {"subscriptions": [{"event": "SALE_NEW", "schemaVersion": "2"}]},
        {"active": "yes"},
        {"secret": 5},
    ],
)
def test_a_value_of_another_type_is_a_bad_request(ask: Ask, changes: dict[str, object]) -> None:
    """It is no matter of validation."""
    assert ask(Account(), "CREATE_WEBHOOK", {**BODY, **changes}).status == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_this_machine_may_be_told_without_encryption(ask: Ask, host: str) -> None:
    """Tests receive on loopback, where http will do."""
    registered(Account(), ask, url=f"http://{host}/hook")


def test_names_and_addresses_are_unique(ask: Ask) -> None:
    """Both are complained about at once."""
    account = Account()
    registered(account, ask)
    reply = ask(account, "CREATE_WEBHOOK", BODY)
    taken = "This value is already used."
    assert (reply.status, reply.detail) == (422, f"name: {taken}\nurl: {taken}")


def test_an_account_has_at_most_ten(ask: Ask) -> None:
    """The eleventh is refused until another is deleted."""
    account = Account()
    numbers = [registered(account, ask, name=f"{n}", url=f"{URL}/{n}") for n in range(10)]
    reply = ask(account, "CREATE_WEBHOOK", BODY)
    assert (reply.status, reply.detail) == (422, "You can have at most 10 webhooks.")
    assert ask(account, "DELETE_WEBHOOK", webhook=numbers[0]).status == 204
    assert registered(account, ask) not in numbers
    assert [item["name"] for item in ask(account, "LIST_WEBHOOKS").value["items"]][-1] == "Shop"


def test_an_update_changes_only_what_was_sent(ask: Ask) -> None:
    """Name, secret, events and whether it is active may change, each by itself."""
    account = Account()
    number = registered(account, ask)
    for body in ({}, {"name": "New"}, {"name": "New"}, {"secret": "other"}, {"active": False}):
        assert ask(account, "UPDATE_WEBHOOK", body, webhook=number).status == 200
    webhook = account.webhooks[number]
    assert (webhook.name, webhook.secret, webhook.active) == ("New", "other", False)
    assert (webhook.url, webhook.events) == (URL, {"SALE_NEW": 2})


def test_an_update_replaces_the_events(ask: Ask) -> None:
    """One that stays keeps its id, and is no longer disabled."""
    account = Account()
    number = registered(account, ask, subscriptions=["SALE_NEW", "CONTACT_CREATED"])
    webhook = account.webhooks[number]
    sale = webhook.subscription("SALE_NEW")
    assert sale is not None
    sale.disabled_at, sale.disabled_reason = datetime(2026, 5, 1, tzinfo=UTC), "too many failures"
    shown = ask(account, "GET_WEBHOOK", webhook=number).value["subscriptions"][0]
    assert shown["disabledAt"] == "2026-05-01T00:00:00+00:00"
    assert shown["disabledReason"] == "too many failures"
    body = {"subscriptions": ["CONTACT_OPT_IN", SALE]}
    shown = ask(account, "UPDATE_WEBHOOK", body, webhook=number).value["subscriptions"]
    assert [(one["event"], one["disabledAt"]) for one in shown] == [
        ("CONTACT_OPT_IN", None),
        ("SALE_NEW", None),
    ]
    assert shown[1]["id"] == sale.id
    assert webhook.subscription("CONTACT_CREATED") is None


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"url": URL}, "url: The URL of a webhook cannot be changed."),
        ({"name": None}, "name: This value should not be blank."),
        ({"name": "Taken"}, "name: This value is already used."),
        ({"secret": ""}, "secret: This value should not be blank."),
        ({"active": None}, "active: This value should not be null."),
        (
            {"name": "New", "subscriptions": []},
            "subscriptions: This collection should contain 1 element or more.",
        ),
    ],
)
def test_a_wrong_update_changes_nothing(ask: Ask, body: dict[str, object], detail: str) -> None:
    """The address stays for ever, and nothing can be cleared."""
    account = Account()
    registered(account, ask, name="Taken", url=f"{URL}/2")
    number = registered(account, ask)
    reply = ask(account, "UPDATE_WEBHOOK", body, webhook=number)
    assert (reply.status, reply.detail) == (422, detail)
    assert account.webhooks[number].name == "Shop"


def test_an_unknown_webhook_is_not_found(ask: Ask) -> None:
    """A deleted one neither."""
    account = Account()
    number = registered(account, ask)
    assert ask(account, "DELETE_WEBHOOK", webhook=number).status == 204
    for endpoint in ("GET_WEBHOOK", "UPDATE_WEBHOOK", "DELETE_WEBHOOK"):
        assert ask(account, endpoint, {}, webhook=number).status == 404
        assert ask(account, endpoint, {}, webhook="7").status == 404


def test_a_test_may_register_one_itself() -> None:
    """That is no effect of a request, and keeps the rules all the same."""
    account = Account()
    webhook = account.add_webhook("http://localhost/", "s3cret", ["CONTACT_CREATED"])
    assert isinstance(webhook, HeldWebhook)
    assert dict(account.webhooks) == {webhook.id: webhook}
    assert (webhook.url, webhook.events) == ("http://localhost/", {"CONTACT_CREATED": 1})
    assert account.effects == []

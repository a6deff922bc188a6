"""Funnels, campaigns and newsletters of the account, rule by rule, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.testing import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]

BLANK = "This value should not be blank."
CHOICE = "The value you selected is not a valid choice."
NO_EMAIL = "This value is not a valid email address."


def long(most: int) -> str:
    """Return what is said of a value that is too long."""
    return f"This value is too long. It should have {most} characters or less."


def test_a_funnel_is_created_and_found(ask: Ask) -> None:
    """It is named, active and without steps."""
    account = Account()
    reply = ask(account, "CREATE_FUNNEL", {"name": "Launch"})
    funnel = {"id": 60_001, "name": "Launch", "isActive": True}
    assert (reply.status, reply.value) == (201, funnel)
    assert ask(account, "GET_FUNNEL", funnel=60_001).value == funnel
    assert ask(account, "LIST_FUNNEL_STEPS", funnel=60_001).ids == []
    assert account.effects == [("created funnel", "60001")]


@pytest.mark.parametrize(("name", "words"), [(None, BLANK), ("", BLANK), ("x" * 256, long(255))])
@pytest.mark.parametrize("endpoint", ["CREATE_FUNNEL", "CREATE_CAMPAIGN"])
def test_funnels_and_campaigns_have_names(
    ask: Ask, endpoint: str, name: str | None, words: str
) -> None:
    """Of 1 to 255 characters."""
    account = Account()
    reply = ask(account, endpoint, {"name": name})
    assert (reply.status, reply.detail) == (422, f"name: {words}")
    assert account.effects == []


def test_funnels_and_their_steps_are_listed(ask: Ask) -> None:
    """By parts of their names; a step tells which funnel it belongs to."""
    account = Account()
    launch = account.add_funnel("Launch", ["Order form", "Thanks"])
    account.add_funnel("Webinar", ["Thanks"], active=False)
    assert ask(account, "LIST_FUNNELS").ids == [60_002, 60_001]
    assert ask(account, "LIST_FUNNELS", query={"query": "web"}).value["items"] == [
        {"id": 60_002, "name": "Webinar", "isActive": False}
    ]
    step = {
        "id": 65_002,
        "name": "Thanks",
        "type": "offer-form",
        "funnel": {"id": 60_001, "name": "Launch"},
    }
    assert [one.id for one in launch.steps] == [65_001, 65_002]
    query = {"query": "THANK"}
    assert ask(account, "LIST_FUNNEL_STEPS", query=query, funnel=60_001).value["items"] == [step]
    assert ask(account, "LIST_FUNNEL_STEPS", query={"order": "asc"}, funnel=60_001).ids == [
        65_001,
        65_002,
    ]
    assert ask(account, "GET_FUNNEL_STEP", step=65_002).value == step


def test_a_campaign_is_created_and_found(ask: Ask) -> None:
    """A name is enough; sender and description may be given."""
    account = Account()
    body = {"name": "Welcome", "senderEmail": "me@example.com", "description": "First days"}
    reply = ask(account, "CREATE_CAMPAIGN", body)
    assert (reply.status, reply.value) == (201, {"id": 70_001, **body})
    assert ask(account, "GET_CAMPAIGN", campaign=70_001).value == reply.value
    assert ask(account, "CREATE_CAMPAIGN", {"name": "Bye"}).value == {
        "id": 70_002,
        "name": "Bye",
        "senderEmail": None,
        "description": None,
    }
    assert ask(account, "LIST_CAMPAIGNS").ids == [70_002, 70_001]
    assert ask(account, "LIST_CAMPAIGNS", query={"query": "COME"}).ids == [70_001]
    assert account.effects == [("created campaign", "70001"), ("created campaign", "70002")]


def test_an_update_of_a_campaign_changes_only_what_was_sent(ask: Ask) -> None:
    """Null clears the sender and the description, and nothing clears the name."""
    account = Account()
    body = {"name": "Welcome", "senderEmail": "me@example.com", "description": "First days"}
    ask(account, "CREATE_CAMPAIGN", body)
    reply = ask(account, "UPDATE_CAMPAIGN", {"senderEmail": None}, campaign=70_001)
    assert (reply.status, reply.value) == (200, {"id": 70_001, **body, "senderEmail": None})
    reply = ask(account, "UPDATE_CAMPAIGN", {"name": "Hi", "description": None}, campaign=70_001)
    assert (reply.value["name"], reply.value["description"]) == ("Hi", None)
    for name in (None, ""):
        reply = ask(account, "UPDATE_CAMPAIGN", {"name": name}, campaign=70_001)
        assert (reply.status, reply.detail) == (422, f"name: {BLANK}")
    assert account.campaigns[70_001].name == "Hi"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"senderEmail": "me"}, f"senderEmail: {NO_EMAIL}"),
        (
            {"senderEmail": "me@x.invalid"},
            "senderEmail: The domain of this email address has no MX record.",
        ),
        ({"description": "x" * 2001}, f"description: {long(2000)}"),
    ],
)
def test_a_wrong_campaign_is_refused(ask: Ask, body: dict[str, object], detail: str) -> None:
    """On creation and on change."""
    account = Account()
    account.add_campaign("Welcome")
    creating = ask(account, "CREATE_CAMPAIGN", {"name": "New", **body})
    changing = ask(account, "UPDATE_CAMPAIGN", body, campaign=70_001)
    assert (creating.status, creating.detail) == (422, detail)
    assert (changing.status, changing.detail) == (422, detail)
    assert account.effects == []


def test_a_deleted_campaign_takes_its_steps_along(ask: Ask) -> None:
    """It is a 404 from then on, and so are its e-mails."""
    account = Account()
    account.add_campaign("Welcome", ["Hello", "Still there?"])
    account.add_campaign("Bye", ["Farewell"])
    query = {"order": "asc"}
    assert ask(account, "LIST_CAMPAIGN_STEPS", query=query, campaign=70_001).value["items"] == [
        {"id": 75_001, "name": "Hello", "subject": "Hello"},
        {"id": 75_002, "name": "Still there?", "subject": "Still there?"},
    ]
    assert ask(account, "DELETE_CAMPAIGN", campaign=70_001).status == 204
    assert ask(account, "DELETE_CAMPAIGN", campaign=70_001).status == 404
    assert ask(account, "LIST_CAMPAIGN_STEPS", campaign=70_001).status == 404
    assert ask(account, "LIST_CAMPAIGN_STEPS", campaign=70_002).ids == [75_003]


def test_a_newsletter_is_created_and_found(ask: Ask) -> None:
    """A subject is enough; it is not sent."""
    account = Account()
    reply = ask(account, "CREATE_NEWSLETTER", {"content": {"subject": "Hello"}})
    assert reply.status == 201
    assert reply.value == {
        "id": 80_001,
        "type": "newsletter",
        "content": {
            "subject": "Hello",
            "previewText": None,
            "bodyHtml": None,
            "editorType": "classic",
            "senderEmail": None,
            "senderName": None,
        },
        "state": {"isSent": False},
    }
    assert ask(account, "GET_NEWSLETTER", newsletter=80_001).value == reply.value
    account.add_newsletter("News of May")
    assert ask(account, "LIST_NEWSLETTERS").ids == [80_002, 80_001]
    assert ask(account, "LIST_NEWSLETTERS", query={"query": "may"}).ids == [80_002]
    assert account.effects == [("created newsletter", "80001")]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (None, f"content.subject: {BLANK}"),
        ({}, f"content.subject: {BLANK}"),
        ({"subject": ""}, f"content.subject: {BLANK}"),
        ({"subject": "x" * 256}, f"content.subject: {long(255)}"),
        ({"subject": "A", "previewText": "x" * 141}, f"content.previewText: {long(140)}"),
        ({"subject": "A", "editorType": "raw"}, f"content.editorType: {CHOICE}"),
        ({"subject": "A", "editorType": None}, f"content.editorType: {BLANK}"),
        ({"subject": "A", "senderEmail": "me"}, f"content.senderEmail: {NO_EMAIL}"),
        ({"subject": "A", "senderName": "x" * 256}, f"content.senderName: {long(255)}"),
    ],
)
def test_a_wrong_newsletter_is_refused(ask: Ask, content: object, detail: str) -> None:
    """It needs a subject, and one of two editors."""
    account = Account()
    reply = ask(account, "CREATE_NEWSLETTER", {"content": content})
    assert (reply.status, reply.detail) == (422, detail)
    assert account.effects == []


@pytest.mark.parametrize("content", ["Hello", [], {"subject": 5}])
def test_content_of_another_type_is_a_bad_request(ask: Ask, content: object) -> None:
    """It is an object of texts."""
    assert ask(Account(), "CREATE_NEWSLETTER", {"content": content}).status == 400


def test_an_update_of_a_newsletter_merges_its_content(ask: Ask) -> None:
    """What was not sent stays, null clears, and what is wrong changes nothing."""
    account = Account()
    account.add_newsletter("Hello")
    content = {"bodyHtml": "<p>Hi</p>", "previewText": "Soon", "editorType": "visual"}
    reply = ask(account, "UPDATE_NEWSLETTER", {"content": content}, newsletter=80_001)
    assert reply.status == 200
    assert reply.value["content"]["subject"] == "Hello"
    body = {"content": {"subject": "Hi", "previewText": None}}
    reply = ask(account, "UPDATE_NEWSLETTER", body, newsletter=80_001)
    assert {**content, "subject": "Hi", "previewText": None}.items() <= (
        reply.value["content"].items()
    )
    assert ask(account, "UPDATE_NEWSLETTER", {}, newsletter=80_001).value == reply.value
    for wrong, detail in [
        ({"content": None}, "content: This value should not be null."),
        ({"content": {"subject": None}}, f"content.subject: {BLANK}"),
    ]:
        refused = ask(account, "UPDATE_NEWSLETTER", wrong, newsletter=80_001)
        assert (refused.status, refused.detail) == (422, detail)
    assert account.newsletters[80_001].content["subject"] == "Hi"


def test_a_newsletter_is_sent_once(ask: Ask) -> None:
    """From then on it is sent, and nothing about it can be changed any more."""
    account = Account()
    tag = account.add_tag("VIP")
    account.add_newsletter("Hello")
    at = datetime(2026, 5, 1, 12, 0, 0, 999_999, tzinfo=UTC)
    reply = ask(account, "SEND_NEWSLETTER", newsletter=80_001, at=at)
    assert (reply.status, reply.value) == (204, None)
    assert ask(account, "GET_NEWSLETTER", newsletter=80_001).value["state"] == {"isSent": True}
    assert account.newsletters[80_001].sent_at == datetime(2026, 5, 1, 12, tzinfo=UTC)
    for endpoint, body in [
        ("SEND_NEWSLETTER", None),
        ("UPDATE_NEWSLETTER", {"content": {"subject": "Bye"}}),
        ("INCLUDE_TAGS", {"tagIds": [tag.id]}),
        ("EXCLUDE_TAGS", {"tagIds": [tag.id]}),
    ]:
        again = ask(account, endpoint, body, newsletter=80_001)
        assert (again.status, again.detail) == (422, "This newsletter is already sent.")
    assert account.effects == [("sent newsletter", "80001")]


def test_tags_choose_the_readers(ask: Ask) -> None:
    """Each list is set whole, an empty one clears it, and a deleted tag is in none."""
    account = Account()
    for name in ("A", "B", "C"):
        account.add_tag(name)
    account.add_newsletter("Hello")
    for endpoint, tags in [
        ("INCLUDE_TAGS", [1]),
        ("INCLUDE_TAGS", [2, 3, 2]),
        ("EXCLUDE_TAGS", [1, 3]),
    ]:
        reply = ask(account, endpoint, {"tagIds": tags}, newsletter=80_001)
        assert (reply.status, reply.value) == (204, None)
    held = account.newsletters[80_001]
    assert (held.included_tags, held.excluded_tags) == ([2, 3], [1, 3])
    ask(account, "DELETE_TAG", tag=3)
    assert (held.included_tags, held.excluded_tags) == ([2], [1])
    ask(account, "EXCLUDE_TAGS", {"tagIds": []}, newsletter=80_001)
    assert held.excluded_tags == []
    assert [str(change) for change in account.effects] == [
        "included tags [1] in newsletter 80001",
        "included tags [2, 3] in newsletter 80001",
        "excluded tags [1, 3] from newsletter 80001",
        "deleted tag 3",
        "excluded tags [] from newsletter 80001",
    ]


@pytest.mark.parametrize("endpoint", ["INCLUDE_TAGS", "EXCLUDE_TAGS"])
@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 422, f"tagIds: {BLANK}"),
        ({"tagIds": [1, 9]}, 422, "tagIds[1]: Tag with ID 9 not found."),
        ({"tagIds": 1}, 400, 'The type of the "tagIds" attribute must be "array", "int" given.'),
        (
            {"tagIds": ["1"]},
            400,
            'The type of the "tagIds[0]" attribute must be "int", "str" given.',
        ),
    ],
)
def test_wrong_tags_are_refused(
    ask: Ask, endpoint: str, body: dict[str, object], status: int, detail: str
) -> None:
    """They are a list of ids of the account's tags."""
    account = Account()
    account.add_tag("A")
    account.add_newsletter("Hello")
    reply = ask(account, endpoint, body, newsletter=80_001)
    assert (reply.status, reply.detail) == (status, detail)
    assert account.effects == []


@pytest.mark.parametrize(
    ("endpoint", "slot"),
    [
        ("GET_FUNNEL", "funnel"),
        ("LIST_FUNNEL_STEPS", "funnel"),
        ("GET_FUNNEL_STEP", "step"),
        ("GET_CAMPAIGN", "campaign"),
        ("UPDATE_CAMPAIGN", "campaign"),
        ("DELETE_CAMPAIGN", "campaign"),
        ("LIST_CAMPAIGN_STEPS", "campaign"),
        ("GET_NEWSLETTER", "newsletter"),
        ("UPDATE_NEWSLETTER", "newsletter"),
        ("SEND_NEWSLETTER", "newsletter"),
        ("INCLUDE_TAGS", "newsletter"),
        ("EXCLUDE_TAGS", "newsletter"),
    ],
)
def test_what_is_unknown_is_not_found(ask: Ask, endpoint: str, slot: str) -> None:
    """Whatever was sent."""
    for number in (9, "x"):
        assert ask(Account(), endpoint, {}, **{slot: number}).status == 404

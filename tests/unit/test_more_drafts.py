"""Drafts of everything but contacts: every limit, at it, one beyond it, and switched off."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from systeme_async import ConfigurationError, Secret
from systeme_async._core.codec import encode
from systeme_async.drafts import (
    CampaignDraft,
    Cancellation,
    Draft,
    EnrollmentDraft,
    EventDraft,
    FunnelDraft,
    MembershipDraft,
    NewsletterContentDraft,
    NewsletterDraft,
    TagSelection,
    WebhookChange,
    WebhookDraft,
    event_drafts,
)

SALES: Final = [EventDraft(event="SALE_NEW", schema_version=2)]


def webhook(**values: Any) -> Draft:
    """Draft a webhook, with one value that is special."""
    given = {
        "name": "Hook",
        "url": "https://example.com/hook",
        "secret": Secret("s3cret"),
        "subscriptions": SALES,
    }
    return WebhookDraft(**{**given, **values})


def newsletter(**values: Any) -> Draft:
    """Draft a newsletter's content."""
    return NewsletterDraft(content=NewsletterContentDraft(**values))


def enrollment(access_type: Any, *modules: Any) -> Draft:
    """Draft an enrollment."""
    if not modules:
        return EnrollmentDraft(contact_id=1, access_type=access_type)
    return EnrollmentDraft(contact_id=1, access_type=access_type, modules=list(modules))


WITHIN: Final[list[tuple[Draft, Any]]] = [
    (enrollment("full_access"), {"contactId": 1, "accessType": "full_access"}),
    (enrollment("dripping_content"), {"contactId": 1, "accessType": "dripping_content"}),
    (
        enrollment("partial_access", 1),
        {"contactId": 1, "accessType": "partial_access", "modules": [1]},
    ),
    (
        enrollment("partial_dripping_access", 1, 2),
        {"contactId": 1, "accessType": "partial_dripping_access", "modules": [1, 2]},
    ),
    (MembershipDraft(contact_id=2**53), {"contactId": 2**53}),
    (Cancellation(cancel="Now"), {"cancel": "Now"}),
    (FunnelDraft(name="x" * 255), {"name": "x" * 255}),
    (CampaignDraft(name="x", sender_email=None), {"name": "x", "senderEmail": None}),
    (CampaignDraft(description="x" * 2000), {"description": "x" * 2000}),
    (newsletter(subject="é" * 255), {"content": {"subject": "é" * 255}}),
    (newsletter(preview_text="x" * 140), {"content": {"previewText": "x" * 140}}),
    (newsletter(body_html="x" * 100_000), {"content": {"bodyHtml": "x" * 100_000}}),
    (TagSelection(tag_ids=[]), {"tagIds": []}),
    (WebhookChange(active=False), {"active": False}),
    (WebhookChange(secret=Secret("é ")), {"secret": "é "}),
    (
        webhook(url="http://127.0.0.1:8000/"),
        {
            "name": "Hook",
            "url": "http://127.0.0.1:8000/",
            "secret": "s3cret",
            "subscriptions": [{"event": "SALE_NEW", "schemaVersion": 2}],
            "active": True,
        },
    ),
]

BEYOND: Final[list[tuple[Draft, str]]] = [
    (enrollment("some_access"), "full_access, partial_access"),
    (enrollment("partial_access"), "needs modules"),
    (enrollment("partial_dripping_access"), "needs modules"),
    (enrollment("full_access", 1), "leave modules out"),
    (enrollment("dripping_content", 1), "leave modules out"),
    (enrollment("partial_access", 0), "ids of modules"),
    (enrollment("partial_access", "1"), "ids of modules"),
    (EnrollmentDraft(contact_id=0, access_type="full_access"), "id of a contact"),
    (MembershipDraft(contact_id="1"), "id of a contact"),  # type: ignore[arg-type]
    (MembershipDraft(contact_id=True), "id of a contact"),
    (Cancellation(cancel="now"), "Now, WhenBillingPeriodEnds"),  # type: ignore[arg-type]
    (FunnelDraft(name=""), "1 to 255"),
    (FunnelDraft(name="x" * 256), "1 to 255"),
    (CampaignDraft(sender_email="x"), "news@example.com"),
    (CampaignDraft(description="x" * 2001), "2,000"),
    (newsletter(subject=""), "subject of 1 to 255"),
    (newsletter(preview_text="x" * 141), "140"),
    (newsletter(editor_type="vi"), "classic, visual"),
    (newsletter(sender_email="x@"), "news@example.com"),
    (newsletter(sender_name="x" * 256), "255"),
    (TagSelection(tag_ids=[1, -1]), "ids of tags"),
    (webhook(name=""), "1 to 255"),
    (webhook(subscriptions=[]), "at least one event"),
    (webhook(secret=Secret("")), "make one up"),
    (webhook(url="http://example.com"), "https"),
    (webhook(url="https://"), "no address"),
    (webhook(url="https://exa mple.com"), "no address"),
    (webhook(url="https://example.com/\n"), "no address"),
    (webhook(url="http://10.0.0.1/"), "https"),
    (WebhookChange(secret=Secret("")), "make one up"),
    (WebhookChange(subscriptions=[]), "at least one event"),
    (webhook(subscriptions=[EventDraft(event="X", schema_version=0)]), "version from 1 on"),
]


@pytest.mark.parametrize(("draft", "body"), WITHIN)
def test_what_the_api_takes_is_sent(draft: Draft, body: Any) -> None:
    """At its limits a draft travels just as it was given."""
    assert json.loads(encode(draft, validate=True)) == body


@pytest.mark.parametrize(("draft", "advice"), BEYOND)
def test_what_the_api_refuses_is_not_sent(draft: Draft, advice: str) -> None:
    """Beyond a limit the error says what to give; unchecked, the draft travels all the same."""
    with pytest.raises(ConfigurationError, match=advice):
        encode(draft, validate=True)
    assert encode(draft, validate=False)


@pytest.mark.parametrize("draft", [webhook(), WebhookChange(secret=Secret("s3cret"))])
def test_a_secret_shows_in_the_body_alone(draft: Draft) -> None:
    """No repr of a draft holds it."""
    assert "s3cret" not in repr(draft)
    assert b'"secret":"s3cret"' in encode(draft, validate=True)


@pytest.mark.parametrize("events", [["NOPE"], "SALE_NEW", ["SALE_NEW", "sale_new"], [""]])
def test_events_that_are_none(events: Any) -> None:
    """A name that is not known needs a version, and one text is no list of events."""
    with pytest.raises(ConfigurationError, match="events?"):
        event_drafts(events)


def test_an_event_that_only_the_api_knows() -> None:
    """With a version, any name may be asked for."""
    [draft] = event_drafts([("COURSE_COMPLETED", 3)])
    assert (draft.event, draft.schema_version) == ("COURSE_COMPLETED", 3)

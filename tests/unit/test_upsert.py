"""Upserts: what differs is sent, and nothing else."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from systeme_async.drafts import ContactDraft, FieldDraft, contact_draft
from systeme_async.models import Contact, FieldValue
from systeme_async.resources.upsert import difference

JANE = Contact(
    id=1,
    email="jane@example.com",
    locale="fr",
    field_values=[
        FieldValue(slug="first_name", value="Jane"),
        FieldValue(slug="surname", value="Doe"),
        FieldValue(slug="city", value=None),
        FieldValue(slug="state", value=""),
    ],
)


@pytest.mark.parametrize(
    "draft",
    [
        contact_draft("jane@example.com"),
        contact_draft("JANE@example.com"),
        contact_draft("jane@example.com", first_name="Jane"),
        contact_draft("jane@example.com", locale="fr", surname="Doe"),
        contact_draft("jane@example.com", fields={"city": None}),
        contact_draft("jane@example.com", fields={"city": ""}),
        contact_draft("jane@example.com", fields={"state": None}),
        contact_draft("jane@example.com", fields={"not_there": None}),
        contact_draft("jane@example.com", fields={"not_there": ""}),
    ],
)
def test_a_contact_that_has_it_all_is_left_alone(draft: ContactDraft) -> None:
    """No request where nothing would change; empty and missing are the same."""
    assert difference(JANE, draft) is None


@pytest.mark.parametrize(
    ("draft", "change"),
    [
        (contact_draft("jane@example.com", locale="en"), contact_draft(locale="en")),
        (contact_draft("x@example.com", surname="Smith"), contact_draft(surname="Smith")),
        (
            contact_draft("jane@example.com", first_name="Jane", surname="Smith"),
            contact_draft(surname="Smith"),
        ),
        (contact_draft("jane@example.com", surname=None), contact_draft(surname=None)),
        (contact_draft("jane@example.com", surname=""), contact_draft(surname="")),
        (contact_draft("jane@example.com", surname="doe"), contact_draft(surname="doe")),
        (contact_draft("jane@example.com", surname="Doe "), contact_draft(surname="Doe ")),
        (
            contact_draft("jane@example.com", fields={"city": "Paris"}),
            contact_draft(fields={"city": "Paris"}),
        ),
        (
            contact_draft("jane@example.com", fields={"not_there": "x"}),
            contact_draft(fields={"not_there": "x"}),
        ),
        (
            contact_draft("jane@example.com", locale="en", surname="Smith", first_name="Jane"),
            contact_draft(locale="en", surname="Smith"),
        ),
    ],
)
def test_only_what_differs_is_sent(draft: ContactDraft, change: ContactDraft) -> None:
    """The address never is: the API can't change it."""
    assert change == difference(JANE, draft)


def test_the_order_of_the_fields_is_kept() -> None:
    """As the caller gave them."""
    draft = contact_draft(fields={"z": "1", "first_name": "Jane", "a": "2"})
    change = difference(JANE, draft)
    assert change is not None
    assert [FieldDraft(slug="z", value="1"), FieldDraft(slug="a", value="2")] == change.fields


def test_a_contact_without_a_locale_gets_one() -> None:
    """A contact met inside something else has none."""
    change = difference(Contact(id=1), contact_draft(locale="fr"))
    assert ContactDraft(locale="fr", fields=UNSET) == change

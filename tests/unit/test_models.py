"""Models: a server that adds, leaves out or renames does not break a program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from systeme_async.models import Contact, ContactField, FieldValue, Page, Tag

FULL = b"""{
  "id": 12345, "email": "jane@example.com", "registeredAt": "2024-01-01T00:00:00+00:00",
  "locale": "en", "sourceURL": "https://example.com", "unsubscribed": false, "bounced": false,
  "needsConfirmation": true,
  "fields": [{"fieldName": "First name", "slug": "first_name", "value": "Jane"},
             {"fieldName": "Surname", "slug": "surname", "value": "Doe"},
             {"fieldName": "Land", "slug": "country", "value": null}],
  "tags": [{"id": 7, "name": "vip"}]
}"""


def read(kind: Any, body: bytes) -> Any:
    """Decode without the codec around it."""
    return msgspec.json.decode(body, type=kind)


def test_a_contact_is_read_whole() -> None:
    """Every property of the reference arrives under its snake_case name."""
    contact = read(Contact, FULL)
    assert 12345 == contact.id
    assert "jane@example.com" == contact.email
    assert datetime(2024, 1, 1, tzinfo=UTC) == contact.registered_at
    assert ("en", "https://example.com") == (contact.locale, contact.source_url)
    assert (False, False, True) == (
        contact.unsubscribed,
        contact.bounced,
        contact.needs_confirmation,
    )
    assert [Tag(id=7, name="vip")] == contact.tags


def test_fields_are_a_mapping_and_names_a_view_on_it() -> None:
    """`contact.fields["city"]`, `contact.first_name`; the labels stay in `field_values`."""
    contact = read(Contact, FULL)
    assert {"first_name": "Jane", "surname": "Doe", "country": None} == contact.fields
    assert ["first_name", "surname", "country"] == list(contact.fields)
    assert ("Jane", "Doe") == (contact.first_name, contact.surname)
    assert contact.phone_number is None
    assert contact.country is None
    assert FieldValue(slug="surname", value="Doe", field_name="Surname") == contact.field_values[1]
    with pytest.raises(KeyError):
        contact.fields["city"]


def test_the_mapping_of_fields_is_read_only() -> None:
    """Setting a field there would change nothing on the server."""
    fields: Any = read(Contact, FULL).fields
    with pytest.raises(TypeError):
        fields["surname"] = "Smith"


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (Contact, b'{"id": 5}', Contact(id=5)),
        (Tag, b'{"id": 7}', Tag(id=7)),
        (ContactField, b'{"slug": "city"}', ContactField(slug="city")),
        (FieldValue, b'{"slug": "city"}', FieldValue(slug="city")),
        (Page[Tag], b'{"items": []}', Page[Tag](items=[])),
    ],
)
def test_all_but_the_id_may_be_missing(kind: Any, body: bytes, expected: object) -> None:
    """The contact inside a membership is its id alone."""
    assert expected == read(kind, body)


def test_a_bare_contact_is_empty_rather_than_broken() -> None:
    """Views on what is not there are None or empty."""
    contact = read(Contact, b'{"id": 5}')
    assert {} == contact.fields
    assert [] == contact.tags
    assert contact.first_name is None
    assert contact.registered_at is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Contact, b'{"id": 5, "shoeSize": 43, "nested": {"a": [1]}, "registered_at": "x"}'),
        (Tag, b'{"id": 7, "color": "red"}'),
        (ContactField, b'{"slug": "city", "kind": {}}'),
        (Page[Tag], b'{"items": [{"id": 1, "x": 1}], "hasMore": true, "total": 99}'),
    ],
)
def test_an_unknown_property_is_ignored(kind: Any, body: bytes) -> None:
    """The API may grow without breaking us."""
    assert read(kind, body)


@pytest.mark.parametrize("name", ["email", "registeredAt", "locale", "sourceURL", "bounced"])
def test_a_property_may_be_null(name: str) -> None:
    """Null is no value."""
    contact = read(Contact, f'{{"id": 5, "{name}": null}}'.encode())
    assert Contact(id=5) == contact


def test_an_unknown_locale_stays_the_text_it_is() -> None:
    """Reading is more tolerant than writing."""
    assert "xx" == read(Contact, b'{"id": 5, "locale": "xx"}').locale


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-01T00:00:00+00:00", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T00:00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        (
            "2024-01-01T01:30:00.250000+01:30",
            datetime(2024, 1, 1, 1, 30, 0, 250_000, timezone(timedelta(minutes=90))),
        ),
    ],
)
def test_an_instant_is_aware(text: str, moment: datetime) -> None:
    """Users get datetimes that they can compare."""
    read_at = read(Tag, f'{{"id": 1, "createdAt": "{text}"}}'.encode()).created_at
    assert moment == read_at
    assert read_at.tzinfo is not None


def test_a_model_cannot_be_changed() -> None:
    """It says what the server sent; changing it would change nothing there."""
    tag: Any = Tag(id=7)
    with pytest.raises(AttributeError):
        tag.name = "x"


def test_two_contacts_share_no_lists() -> None:
    """The empty default is made anew for each."""
    assert Contact(id=1).tags is not Contact(id=2).tags
    assert Contact(id=1).field_values is not Contact(id=2).field_values


def test_a_contact_survives_a_round_trip() -> None:
    """Encoded again it is what the server sent."""
    contact = read(Contact, FULL)
    assert contact == read(Contact, msgspec.json.encode(contact))

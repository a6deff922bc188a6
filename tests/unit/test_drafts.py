"""Drafts: every limit of the reference, at it, one beyond it, and switched off."""

from __future__ import annotations

import json
from typing import Any, Final, get_args

import msgspec
import pytest
from msgspec import UNSET

from systeme_async import ConfigurationError
from systeme_async._core.codec import encode
from systeme_async.drafts import (
    ContactDraft,
    ContactFieldDraft,
    ContactFieldRename,
    Draft,
    FieldDraft,
    Locale,
    TagDraft,
    TagLink,
    contact_draft,
)

LOCALES: Final = [
    "en", "fr", "es", "it", "pt", "de", "nl", "ru", "jp", "tr", "ar", "zh", "sv", "ro",
    "cs", "hu", "sk", "dk", "id", "pl", "el", "sr", "hi", "no", "th", "sq", "sl", "ua",
]  # fmt: skip


def email(address: Any) -> Draft:
    """Draft a contact by its address."""
    return ContactDraft(email=address)


def locale(code: Any) -> Draft:
    """Draft a change of language."""
    return ContactDraft(locale=code)


def value(text: Any) -> Draft:
    """Draft a change of one field."""
    return contact_draft(fields={"city": text})


def slug_in_contact(slug: Any) -> Draft:
    """Draft a change of a field of this name."""
    return contact_draft(fields={slug: "x"})


def country(code: Any) -> Draft:
    """Draft a change of country."""
    return contact_draft(country=code)


def tag(name: Any) -> Draft:
    """Draft a tag."""
    return TagDraft(name=name)


def link(tag_id: Any) -> Draft:
    """Draft a link to a tag."""
    return TagLink(tag_id=tag_id)


def label(name: Any) -> Draft:
    """Draft a field by its label."""
    return ContactFieldDraft(field_name=name, slug="city")


def slug(text: Any) -> Draft:
    """Draft a field by its slug."""
    return ContactFieldDraft(field_name="City", slug=text)


def new_label(name: Any) -> Draft:
    """Draft another label."""
    return ContactFieldRename(field_name=name)


def address_of(length: int) -> str:
    """Make an e-mail address of exactly this length."""
    return "j" * (length - len("@example.com")) + "@example.com"


WITHIN: Final[list[tuple[Any, Any]]] = [
    *((locale, code) for code in LOCALES),
    (email, "jane@example.com"),
    (email, "j@e.co"),
    (email, "jane+tag.x_y-z@mail.example.co.uk"),
    (email, "jäne@exämple.com"),
    (email, "o'neill@example.com"),
    (email, address_of(255)),
    (value, ""),
    (value, None),
    (value, "x" * 255),
    (value, "é" * 255),
    (value, "😀" * 255),
    (value, "two\nlines"),
    (slug_in_contact, "first_name"),
    (slug_in_contact, "X9_" * 85),
    (country, "FR"),
    (country, "fr"),
    (country, None),
    (country, ""),
    (tag, "x"),
    (tag, "x" * 64),
    (tag, "é" * 64),
    (tag, "Webinar 2026, März"),
    (link, 1),
    (link, 2**53),
    (label, "x"),
    (label, "x" * 255),
    (new_label, "x" * 255),
    (slug, "s"),
    (slug, "s" * 255),
    (slug, "_9"),
]

BEYOND: Final[list[tuple[Any, Any, str, str]]] = [
    (locale, "ja", "'ja'", "jp"),
    (locale, "da", "'da'", "dk"),
    (locale, "uk", "'uk'", "ua"),
    (locale, "EN", "'EN'", "en"),
    (locale, "en_US", "'en_US'", "en"),
    (locale, "", "''", "en"),
    (locale, None, "None", "en"),
    (email, address_of(256), "'jjjj", "at most 255"),
    (email, "", "''", "jane@example.com"),
    (email, "jane", "'jane'", "jane@example.com"),
    (email, "jane@", "'jane@'", "jane@example.com"),
    (email, "@example.com", "'@example.com'", "jane@example.com"),
    (email, "jane@example", "'jane@example'", "jane@example.com"),
    (email, "jane@example.", "'jane@example.'", "jane@example.com"),
    (email, "jane@.com", "'jane@.com'", "jane@example.com"),
    (email, "jane@a..com", "'jane@a..com'", "jane@example.com"),
    (email, "jane@x@y.com", "'jane@x@y.com'", "jane@example.com"),
    (email, "jane doe@example.com", "'jane doe", "jane@example.com"),
    (email, " jane@example.com", "' jane", "jane@example.com"),
    (email, "jane@example.com ", "com '", "jane@example.com"),
    (email, "jane@example.com\n", r"com\n'", "jane@example.com"),
    (email, "a@b.com, c@d.com", "'a@b.com, c", "one address"),
    (email, None, "None", "jane@example.com"),
    (email, 5, "5", "jane@example.com"),
    (value, "x" * 256, "city='xxx", "at most 255"),
    (value, 5, "city=5", "text"),
    (value, True, "city=True", "text"),
    (value, ["x"], "city=['x']", "text"),
    (slug_in_contact, "first-name", "first-name", "letters, digits and underscores"),
    (slug_in_contact, "", "=", "letters, digits and underscores"),
    (slug_in_contact, "a b", "a b", "letters, digits and underscores"),
    (slug_in_contact, "city\n", "city", "letters, digits and underscores"),
    (slug_in_contact, "s" * 256, "sss", "at most 255"),
    (country, "FRA", "country='FRA'", "ISO 3166-1"),
    (country, "F", "country='F'", "ISO 3166-1"),
    (country, "France", "country='France'", "such as FR"),
    (country, "F1", "country='F1'", "ISO 3166-1"),
    (country, "éé", "country='éé'", "ISO 3166-1"),
    (country, "FR\n", r"country='FR\n'", "ISO 3166-1"),
    (tag, "", "''", "1 to 64"),
    (tag, "x" * 65, "'xxx", "1 to 64"),
    (tag, None, "None", "1 to 64"),
    (link, 0, "0", "above zero"),
    (link, -1, "-1", "above zero"),
    (link, True, "True", "whole number"),
    (link, "7", "'7'", "whole number"),
    (link, 1.5, "1.5", "whole number"),
    (label, "", "''", "1 to 255"),
    (label, "x" * 256, "'xxx", "1 to 255"),
    (new_label, "", "''", "1 to 255"),
    (new_label, "x" * 256, "'xxx", "1 to 255"),
    (slug, "", "''", "letters, digits and underscores"),
    (slug, "first-name", "'first-name'", "letters, digits and underscores"),
    (slug, "city\n", r"'city\n'", "letters, digits and underscores"),
    (slug, "s" * 256, "'sss", "at most 255"),
]


@pytest.mark.parametrize(("draft", "given"), WITHIN)
def test_a_value_at_its_limit_is_sent_as_it_is(draft: Any, given: Any) -> None:
    """What passes the check is what travels, byte for byte."""
    checked = encode(draft(given), validate=True)
    assert encode(draft(given), validate=False) == checked
    assert json.dumps(given)[1:-1] in json.dumps(json.loads(checked))


@pytest.mark.parametrize(("draft", "given", "shown", "advice"), BEYOND)
def test_a_value_beyond_its_limit_is_refused(
    draft: Any, given: Any, shown: str, advice: str
) -> None:
    """Before it costs a request; the message names the value and says what to do."""
    with pytest.raises(ConfigurationError) as caught:
        encode(draft(given), validate=True)
    assert shown in str(caught.value)
    assert advice in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("draft", "given"), [(draft, given) for draft, given, _, _ in BEYOND])
def test_a_value_beyond_its_limit_is_sent_where_checks_are_off(draft: Any, given: Any) -> None:
    """With `validate=False` the server has the last word."""
    assert encode(draft(given), validate=False)


def test_the_locales_are_those_of_the_api() -> None:
    """The API has codes of its own."""
    assert LOCALES == list(get_args(Locale))


def test_the_field_to_blame_is_the_one_that_is_named() -> None:
    """Among many fields the message shows the wrong one."""
    draft = contact_draft(fields={"city": "Paris", "state": "x" * 256, "tax_number": "1"})
    with pytest.raises(ConfigurationError, match="^state='xxx"):
        encode(draft, validate=True)


# What is sent


def test_what_is_not_given_is_not_sent() -> None:
    """Unset is left out, None travels as null."""
    assert b"{}" == encode(ContactDraft(), validate=True)
    assert b'{"locale":"fr"}' == encode(contact_draft(locale="fr"), validate=True)
    assert b'{"fields":[{"slug":"surname","value":null}]}' == encode(
        contact_draft(surname=None), validate=True
    )


def test_names_become_slugs() -> None:
    """The API has no firstName: all of it travels in fields."""
    draft = contact_draft(
        "jane@example.com",
        first_name="Jane",
        surname="Doe",
        phone_number="+33",
        country="FR",
        locale="fr",
        fields={"city": "Paris"},
    )
    assert {
        "email": "jane@example.com",
        "locale": "fr",
        "fields": [
            {"slug": "first_name", "value": "Jane"},
            {"slug": "surname", "value": "Doe"},
            {"slug": "phone_number", "value": "+33"},
            {"slug": "country", "value": "FR"},
            {"slug": "city", "value": "Paris"},
        ],
    } == json.loads(encode(draft, validate=True))


def test_a_slug_goes_before_the_same_field_by_name() -> None:
    """One field is never sent twice."""
    draft = contact_draft(surname="Doe", fields={"surname": "Smith"})
    assert [FieldDraft(slug="surname", value="Smith")] == draft.fields


def test_empty_fields_are_not_sent() -> None:
    """An empty mapping changes nothing."""
    assert UNSET is contact_draft(fields={}).fields


def test_what_a_contact_has_not_is_refused_by_its_name() -> None:
    """A misspelt argument does not vanish."""
    values: Any = {"last_name": "Doe", "city": "Paris"}
    with pytest.raises(TypeError, match="city, last_name"):
        contact_draft(**values)


def test_drafts_travel_in_camel_case() -> None:
    """As the API writes them."""
    assert b'{"tagId":7}' == encode(TagLink(tag_id=7), validate=True)
    assert b'{"fieldName":"City","slug":"city"}' == encode(
        ContactFieldDraft(field_name="City", slug="city"), validate=True
    )


def test_a_draft_cannot_be_changed() -> None:
    """What was checked is what is sent."""
    draft: Any = TagDraft(name="VIP")
    with pytest.raises(AttributeError):
        draft.name = "x" * 100


class Own(msgspec.Struct):
    """A struct of somebody else's."""

    anything: str


@pytest.mark.parametrize(
    ("body", "encoded"),
    [
        ({"a": [1, None, True, "é"]}, '{"a":[1,null,true,"é"]}'),
        ([], "[]"),
        ("text", '"text"'),
        (Own("x" * 1000), '{"anything":"' + "x" * 1000 + '"}'),
    ],
)
def test_a_body_of_ones_own_is_sent_unchecked(body: object, encoded: str) -> None:
    """`client.request` takes anything that is JSON."""
    assert encoded.encode() == encode(body, validate=True)


def endless() -> list[Any]:
    """Make a list that holds itself."""
    loop: list[Any] = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    "body", [{"a": object()}, {"a": {1, object()}}, endless(), "\udc80", {"\udc80": 1}]
)
def test_a_body_that_is_no_json_is_refused(body: object) -> None:
    """A `ConfigurationError` that names the type, whatever the encoder raises."""
    with pytest.raises(ConfigurationError, match=f"{type(body).__name__} can't be sent as JSON"):
        encode(body, validate=True)

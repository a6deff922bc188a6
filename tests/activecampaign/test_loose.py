"""Answers whose values flip their types end in the same models."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async._core.codec import UNREADABLE
from systeme_async._core.loose import decode_loosely
from systeme_async.activecampaign.endpoints import LIST_DEALS, LIST_TAGS
from systeme_async.activecampaign.models import (
    Automation,
    Contact,
    Deal,
    Field,
    ImportStatus,
    Tag,
    WebhookRegistration,
)
from systeme_async.activecampaign.models.contacts import ContactAnswer, ContactPage
from systeme_async.activecampaign.models.fields import FieldPage


def loosely(kind: type[Any], value: object) -> Any:
    """Decode a value that was sent as JSON."""
    return decode_loosely(kind, json.dumps(value).encode())


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        (Contact, {"id": "7"}, Contact(id=7)),
        (Contact, {"id": 7, "bounced_hard": "2"}, Contact(id=7, bounced_hard=2)),
        (Contact, {"id": 7, "deleted": "0"}, Contact(id=7, deleted=False)),
        (Contact, {"id": 7, "deleted": "1"}, Contact(id=7, deleted=True)),
        (Contact, {"id": 7, "deleted": True}, Contact(id=7, deleted=True)),
        (Contact, {"id": 7, "email": ""}, Contact(id=7, email=None)),
        (Contact, {"id": 7, "phone": 123}, Contact(id=7, phone="123")),
        (Contact, {"id": 7, "cdate": "0000-00-00 00:00:00"}, Contact(id=7, cdate=None)),
        (Contact, {"id": 7, "firstName": None, "links": []}, Contact(id=7)),
        (Deal, {"id": 1, "value": 10000, "status": 0}, Deal(id=1, value=10000, status=0)),
        (Deal, {"id": "1", "value": "10000", "status": "0"}, Deal(id=1, value=10000, status=0)),
        (Deal, {"id": "1", "isDisabled": True}, Deal(id=1, is_disabled=True)),
        (Automation, {"id": "1", "status": "1"}, Automation(id=1, active=True)),
        (Tag, {"id": "1", "tag": "5"}, Tag(id=1, name="5")),
        (Tag, {"id": "1", "tag": 5}, Tag(id=1, name="5")),
        (WebhookRegistration, {"id": 1, "events": {}}, WebhookRegistration(id=1)),
        (WebhookRegistration, {"id": 1, "listid": "0"}, WebhookRegistration(id=1, list_id=0)),
        (ImportStatus, {"status": False}, ImportStatus(status="0")),
        (ImportStatus, {"status": "active", "success": []}, ImportStatus(status="active")),
    ],
)  # fmt: skip
def test_a_value_is_read_whatever_its_type(kind: type[Any], sent: object, expected: object) -> None:
    """Texts, numbers and booleans mean the same, and what stands for nothing is left out."""
    assert expected == loosely(kind, sent)


def test_texts_that_look_like_numbers_stay_texts() -> None:
    """The model says what a value is: a name of digits is a name, a phone keeps its plus."""
    contact = loosely(Contact, {"id": "1", "firstName": "007", "phone": "+33612345678"})
    assert ("007", "+33612345678") == (contact.first_name, contact.phone)


@pytest.mark.parametrize("holes", [["0", "2"], ["0", "1"], ["3"]])
def test_a_list_with_holes_is_one(holes: list[str]) -> None:
    """PHP writes it as an object."""
    tags = {hole: {"id": "1" + hole, "tag": "x"} for hole in holes}
    page = loosely(LIST_TAGS.answer, {"tags": tags})
    assert [int("1" + hole) for hole in holes] == [tag.id for tag in page.items]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        *((value, True) for value in ("1", 1, True, "true", "2", 2, "-1", "yes")),
        *((value, False) for value in ("0", 0, False, "false", "FALSE", "", 0.0, None)),
    ],
)
def test_a_flag_is_set_unless_it_is_zero(sent: object, *, expected: bool) -> None:
    """PHP takes whatever is there for a yes."""
    assert expected is loosely(Contact, {"id": 7, "deleted": sent}).deleted


def test_a_flag_that_is_empty_is_none_that_is_missing() -> None:
    """An empty text says no; nothing at all says nothing, and what is usual holds."""
    assert not loosely(Field, {"id": 1, "visible": ""}).visible
    assert loosely(Field, {"id": 1, "visible": None}).visible


@pytest.mark.parametrize(
    ("kind", "needed"), [("contactTags", "tag"), ("contactLists", "list"), ("fieldValues", "field")]
)
@pytest.mark.parametrize("gone", [None, "", "0", 0])
def test_a_link_that_leads_nowhere_is_left_out(kind: str, needed: str, gone: object) -> None:
    """What it led to is deleted; the page and its other links stay."""
    links = [{"id": "1", "contact": "7", needed: gone}, {"id": "2", "contact": "7", needed: "3"}]
    [contact] = loosely(ContactPage, {"contacts": [{"id": "7"}], kind: links}).items
    held = (*contact.tags, *contact.lists, *contact.field_values)
    assert [2] == [link.id for link in held]


@pytest.mark.parametrize("total", ["13", 13, 13.0])
def test_the_total_is_a_number_in_any_form(total: object) -> None:
    """It is a text for some listings and a number for others."""
    assert 13 == loosely(LIST_TAGS.answer, {"tags": [], "meta": {"total": total}}).meta.total


@pytest.mark.parametrize("total", ["many", "", None, "NaN", "1e999", []])
def test_a_total_that_is_no_number_is_none(total: object) -> None:
    """The listing goes on without it."""
    assert loosely(LIST_TAGS.answer, {"tags": [], "meta": {"total": total}}).meta.total is None


@pytest.mark.parametrize(
    "meta", [{"currencies": [], "total": 0}, {"currencies": {}}, {}, [], None, "x", 5]
)
def test_odd_metas_are_read(meta: object) -> None:
    """PHP writes an empty object as a list, and may leave the total out."""
    page = loosely(LIST_DEALS.answer, {"deals": [], "meta": meta})
    assert ([], True) == (page.items, page.meta.total in {0, None})


def test_an_empty_listing_is_one() -> None:
    """A list of nobody is there; a body without it is not the API's."""
    for nobody in ([], {}, None, ""):
        assert [] == loosely(LIST_TAGS.answer, {"tags": nobody}).items
    for body in ({}, [], "", None, {"tags": "x"}, {"tags": 5}):
        with pytest.raises(msgspec.ValidationError):
            loosely(LIST_TAGS.answer, body)


@pytest.mark.parametrize("body", [b"", b"{", b'{"tags":[', b"<html>", b"\xff", b"[" * 100_000])
def test_torn_answers_are_no_json(body: bytes) -> None:
    """What a codec can't read is told apart from what does not fit."""
    with pytest.raises(UNREADABLE) as caught:
        decode_loosely(LIST_TAGS.answer, body)
    assert not isinstance(caught.value, msgspec.ValidationError)


LIVE: Final = {
    "contacts": [
        {"id": "12", "email": "jane@example.com", "fieldValues": ["90"], "contactTags": ["55"]},
        {"id": "13", "email": "joe@example.com", "fieldValues": [], "contactTags": []},
    ],
    "fieldValues": [
        {"id": "90", "contact": "12", "field": "3", "value": "||red||blue||", "owner": "12"}
    ],
    "contactTags": [{"id": "55", "contact": "12", "tag": "4", "cdate": "…"}],
    "contactLists": [{"id": "7", "contact": "12", "list": "2", "status": "1"}],
    "meta": {"total": "2"},
}


def test_what_stands_beside_contacts_becomes_theirs() -> None:
    """Values, tags and lists go to the contact that they name."""
    jane, joe = loosely(ContactPage, LIVE).items
    assert ["red", "blue"] == jane.field_values[0].values
    assert ([4], [(2, 1)]) == ([t.tag for t in jane.tags], [(i.list, i.status) for i in jane.lists])
    assert ([], [], []) == (joe.field_values, joe.tags, joe.lists)


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ({}, set()),
        ({"fieldValues": []}, {"field_values"}),
        ({"fieldValues": {}}, {"field_values"}),
        ({"fieldValues": None, "contactTags": ""}, set()),
        ({"contactTags": [], "contactLists": []}, {"contact_tags", "contact_lists"}),
    ],
)
def test_an_empty_kind_of_detail_is_told(beside: dict[str, Any], told: set[str]) -> None:
    """That nobody has any is something else than that the server does not say."""
    assert told == loosely(ContactAnswer, {"contact": {"id": "1"}, **beside}).told


def test_options_become_their_fields() -> None:
    """Options and relations stand beside the fields and go into them."""
    body = {
        "fields": [{"id": "1", "title": "Color", "type": "listbox", "options": ["1"]}],
        "fieldOptions": [{"id": "1", "field": "1", "orderid": "1", "value": "red"}],
        "fieldRels": [{"id": "1", "field": "1", "relid": "0"}, {"id": "2", "field": "9"}],
        "meta": {"total": "1", "selected": None},
    }  # fmt: skip
    [field] = loosely(FieldPage, body).items
    assert (["red"], [0], True) == (
        [option.value for option in field.options],
        [relation.list for relation in field.relations],
        field.multiple,
    )


ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(ANY_JSON | st.fixed_dictionaries({"tags": ANY_JSON, "meta": ANY_JSON}))
def test_any_json_is_read_or_refused(value: object) -> None:
    """No JSON raises anything but what the codec knows."""
    try:
        loosely(LIST_TAGS.answer, value)
    except UNREADABLE:
        return


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Nor do any bytes."""
    try:
        decode_loosely(ContactPage, body)
    except UNREADABLE:
        return


@pytest.mark.parametrize("nobody", [None, ""])
def test_nothing_is_no_end_of_what_is_counted(nobody: object) -> None:
    """Otherwise people would be missing from a listing, and nobody be told."""
    with pytest.raises(msgspec.ValidationError):
        loosely(LIST_TAGS.answer, {"tags": nobody, "meta": {"total": "7"}})
    assert [] == loosely(LIST_TAGS.answer, {"tags": nobody, "meta": {"total": "0"}}).items

"""What is sent: as the API wants it, or refused before it costs a request."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import ConfigurationError
from systeme_async._core.codec import encode, encode_query
from systeme_async.activecampaign.drafts import (
    AccountContactDraft,
    AccountDraft,
    ContactAutomationDraft,
    CustomFieldDraft,
    DealDraft,
    DealGroupDraft,
    DealStageDraft,
    FieldOptionDraft,
    FieldRelationDraft,
    ListDraft,
    NewDealDraft,
    NoteDraft,
    SubscriptionDraft,
    TagDraft,
    WebhookDraft,
    check_address,
    contact_draft,
    currency_code,
    import_draft,
    status_number,
    stringid_of,
    texts,
    value_text,
)
from systeme_async.activecampaign.models import FieldValue

HOOK: Final = "https://example.com/hook"


def sent(draft: object) -> Any:
    """Return what travels."""
    return json.loads(encode(draft, validate=True))


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (
            contact_draft(
                "jane@example.com", first_name="Jane", last_name=None, fields={1: "Blue"}
            ),
            {
                "email": "jane@example.com",
                "firstName": "Jane",
                "lastName": "",
                "fieldValues": [{"field": 1, "value": "Blue"}],
            },
        ),
        (contact_draft(), {}),
        (
            contact_draft(new=True, phone="+331"),
            {"phone": "+331", "allowNullEmail": True},
        ),
        (TagDraft(name="VIP", kind="contact"), {"tag": "VIP", "tagType": "contact"}),
        (
            SubscriptionDraft(list=3, contact=1, status=1, source_id=4),
            {"list": 3, "contact": 1, "status": 1, "sourceid": 4},
        ),
        (
            ListDraft(name="News", stringid="news", sender_url="x", sender_reminder="y"),
            {"name": "News", "stringid": "news", "sender_url": "x", "sender_reminder": "y"},
        ),
        (ListDraft(send_last_broadcast=0), {"send_last_broadcast": 0}),
        (
            NewDealDraft(title="D", value=0, currency="eur", contact=2, group=1),
            {"title": "D", "value": 0, "currency": "eur", "contact": 2, "group": 1},
        ),
        (DealDraft(status=1, percent=50), {"status": 1, "percent": 50}),
        (DealStageDraft(title="S", group=1, order=2), {"title": "S", "group": 1, "order": 2}),
        (DealGroupDraft(title="P", currency="usd"), {"title": "P", "currency": "usd"}),
        (AccountDraft(name="Acme", account_url="x"), {"name": "Acme", "accountUrl": "x"}),
        (
            AccountContactDraft(account=1, contact=2, job_title="CEO"),
            {"account": 1, "contact": 2, "jobTitle": "CEO"},
        ),
        (
            NoteDraft(note="x", relid=2, reltype="Deal"),
            {"note": "x", "relid": 2, "reltype": "Deal"},
        ),
        (ContactAutomationDraft(contact=1, automation=2), {"contact": 1, "automation": 2}),
        (
            CustomFieldDraft(title="T", type="radio", description="d", visible=1),
            {"title": "T", "type": "radio", "descript": "d", "visible": 1},
        ),
        (
            FieldOptionDraft(field=6, order=1, value="a", label="a"),
            {"field": 6, "orderid": 1, "value": "a", "label": "a", "isdefault": False},
        ),
        (FieldRelationDraft(field=8, list=0), {"field": 8, "relid": 0}),
        (
            WebhookDraft(name="w", url=HOOK, events=["subscribe"], sources=["api"], list_id=0),
            {"name": "w", "url": HOOK, "events": ["subscribe"], "sources": ["api"], "listid": 0},
        ),
    ],
)
def test_a_draft_travels_as_the_api_wants_it(draft: object, expected: object) -> None:
    """Names are the API's, ids are numbers, and what is not given is not sent."""
    assert expected == sent(draft)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (contact_draft("jane"), "give one address such as jane@example.com"),
        (contact_draft("a b@example.com"), "give one address"),
        (contact_draft("jane@example.com\n"), "give one address"),
        (contact_draft(fields={0: "x"}), "give the id of a field"),
        (contact_draft(first_name=0), "firstName"),  # type: ignore[arg-type]
        (contact_draft(last_name=False), "lastName"),  # type: ignore[arg-type]
        (contact_draft(None), "give one address"),  # type: ignore[arg-type]
        (contact_draft(new=True, first_name="Jane"), "an address or a phone"),
        (contact_draft(new=True, phone=""), "an address or a phone"),
        (TagDraft(name=""), "give a name of 1 to 255 characters"),
        (TagDraft(name="x" * 256), "give a name of 1 to 255 characters"),
        (TagDraft(name="  "), "give a name of 1 to 255 characters"),
        (ListDraft(name=" "), "give a name"),
        (ListDraft(sender_reminder=" \n"), "tell people why they get mails"),
        (DealDraft(title=" "), "give a title"),
        (CustomFieldDraft(title="\t"), "give a title"),
        (FieldOptionDraft(field=1, order=1, value=" ", label=" "), "1 to 255 characters"),
        (NoteDraft(note="  "), "write something"),
        (SubscriptionDraft(list=0, contact=1, status=1), "list"),
        (ListDraft(name=""), "give a name"),
        (ListDraft(stringid="My List"), "small letters, digits and hyphens"),
        (ListDraft(sender_reminder=""), "tell people why they get mails"),
        (DealDraft(value=-1), "give whole cents"),
        (DealDraft(value=9.5), "give whole cents"),  # type: ignore[arg-type]
        (DealDraft(currency="euro"), "three letters"),
        (DealDraft(percent=101), "from 0 to 100"),
        (DealDraft(title=""), "give a title"),
        (DealDraft(contact="2"), "contact"),  # type: ignore[arg-type]
        (NewDealDraft(title="D", value=1, currency="eur", group=1), "give contact=…, account=…"),
        (NewDealDraft(title="D", value=1, currency="eur", contact=1), "give group=…"),
        (DealStageDraft(order=0), "its place among the stages"),
        (DealStageDraft(color="red"), "six hexadecimal digits"),
        (DealGroupDraft(currency="x"), "three letters"),
        (AccountDraft(name=""), "give a name"),
        (AccountContactDraft(account=0, contact=1), "account"),
        (NoteDraft(note=""), "write something"),
        (NoteDraft(note="x", reltype="Contact"), "give one of Subscriber"),  # type: ignore[arg-type]
        (ContactAutomationDraft(contact=True, automation=2), "contact"),
        (CustomFieldDraft(title=""), "give a title"),
        (CustomFieldDraft(type="money"), "give one of text, textarea"),  # type: ignore[arg-type]
        (FieldOptionDraft(field=1, order=1, value="", label=""), "1 to 255 characters"),
        (WebhookDraft(events=[]), "give at least one event"),
        (WebhookDraft(events=["contact_created"]), "are none of account_add"),
        (WebhookDraft(sources=[]), "give at least one of public"),
        (WebhookDraft(sources=["me"]), "give some of public"),  # type: ignore[list-item]
        (WebhookDraft(list_id=-1), "0 for all"),
        (WebhookDraft(url="http://example.com"), "must be https"),
        (WebhookDraft(url="https://example.com:8443/x"), "port 443"),
        (WebhookDraft(url="example.com"), "is no address"),
        (WebhookDraft(url="https://exa mple.com"), "is no address"),
        (WebhookDraft(url="https://example.com:99999"), "is no address"),
    ],
)
def test_what_the_api_would_refuse_costs_no_request(draft: object, words: str) -> None:
    """The message says which value, and what to give."""
    with pytest.raises(ConfigurationError, match=words):
        encode(draft, validate=True)
    encode(draft, validate=False)


@pytest.mark.parametrize("url", [HOOK, "https://example.com:443/x", "http://127.0.0.1:8000/x"])
def test_an_address_that_is_delivered_to(url: str) -> None:
    """https on its port, and this machine itself."""
    assert {"url": url} == sent(WebhookDraft(url=url))


def test_values_with_other_names_are_refused() -> None:
    """A name that is none of a contact's own belongs into fields."""
    with pytest.raises(TypeError, match="no city to write"):
        contact_draft("jane@example.com", city="Lyon")  # type: ignore[call-arg]


@pytest.mark.parametrize("fields", [None, [1], "1", 5])
def test_fields_that_are_no_mapping_are_refused(fields: Any) -> None:
    """Values go by the ids of their fields."""
    with pytest.raises(ConfigurationError, match="give values by the ids"):
        contact_draft("jane@example.com", fields=fields)


@pytest.mark.parametrize("email", [None, 5, "", " ", "jane", " a@b.c ", "a@b.c\n", "a b@c.d"])
def test_what_is_no_address_is_not_looked_for(email: object) -> None:
    """It would find nobody, or somebody who has none."""
    with pytest.raises(ConfigurationError, match="give one address"):
        check_address(email)


# Values of custom fields


CET: Final = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", ""),
        ("Blue", "Blue"),
        ("a||b", "a||b"),
        (3, "3"),
        (0, "0"),
        (2.5, "2.5"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 8, 30, tzinfo=CET), "2026-03-01T08:30:00+01:00"),
        (["a", "b"], "||a||b||"),
        (("a",), "||a||"),
        ([], ""),
        (["a|b"], "||a|b||"),
        ([3, 2.5, date(2026, 3, 1)], "||3||2.5||2026-03-01||"),
    ],
)
def test_a_value_is_written_as_the_api_reads_it(value: Any, expected: str) -> None:
    """Dates in ISO form, several values between bars, None for nothing."""
    assert expected == value_text(value)


@pytest.mark.parametrize(
    "value",
    [
        *(True, Decimal(1), object(), b"ab", bytearray(b"ab"), {"a": 1}, {}),
        *(math.nan, math.inf, -math.inf, datetime(2026, 3, 1, 8, 30)),  # noqa: DTZ001
        *(["a||b"], {"a", "x|"}, ["|x"], [""], ["a", " "], ["a", None], [True], [["a"]], [b"a"]),
        *([math.nan], [datetime(2026, 3, 1)]),  # noqa: DTZ001
    ],
)
def test_a_value_that_has_no_form_is_refused(value: Any) -> None:
    """A guess would be written into somebody's data."""
    with pytest.raises(ConfigurationError):
        value_text(value)


@given(st.lists(st.text("abc é,;", min_size=1).filter(str.strip), min_size=1))
def test_several_values_come_back_as_they_were(values: list[str]) -> None:
    """What is written between bars is read from between them."""
    assert values == FieldValue(id=1, field=1, value=value_text(values)).values


# Imports


ROW: Final = {
    "email": "jane@example.com",
    "first_name": "Jane",
    "last_name": "",
    "phone": None,
    "account_name": "Acme",
    "tags": ["EU lead"],
    "fields": {1: "Blue", 6: ["a", "b"], 7: None},
    "subscribe": {3},
    "unsubscribe": (4,),
}


def test_a_contact_to_be_imported_travels_under_other_names() -> None:
    """In snake case, with tags by name; what is None is left alone."""
    assert {
        "email": "jane@example.com",
        "first_name": "Jane",
        "last_name": "",
        "customer_acct_name": "Acme",
        "tags": ["EU lead"],
        "fields": [{"id": 1, "value": "Blue"}, {"id": 6, "value": "||a||b||"}],
        "subscribe": [{"listid": 3}],
        "unsubscribe": [{"listid": 4}],
    } == sent(import_draft(ROW))


def test_whether_automations_run_is_said_in_each_contact() -> None:
    """The official example has it there."""
    assert {"email": "a@b.c", "exclude_automations": True} == sent(
        import_draft({"email": "a@b.c"}, exclude_automations=True)
    )


@pytest.mark.parametrize(
    ("more", "plain"),
    [
        ({}, True),
        ({"first_name": "J", "fields": {1: "x"}, "phone": "1", "tags": None}, True),
        ({"tags": ["a"]}, False),
        ({"account_name": "Acme"}, False),
        ({"subscribe": [1]}, False),
        ({"unsubscribe": [1]}, False),
    ],
)
def test_what_a_sync_can_do_too(more: dict[str, Any], *, plain: bool) -> None:
    """Names, phone and values it can; tags, lists and companies it can't."""
    assert plain is import_draft({"email": "a@b.c", **more}).plain
    assert not import_draft({"email": "a@b.c"}, exclude_automations=True).plain


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "give one address"),
        ({"email": None}, "give one address"),
        ({"email": "jane"}, "give one address"),
        ({"email": 5}, "give one address"),
        ({"email": "a@b.c", "firstName": "J"}, "no firstName to import: give email, first_name"),
        ({"email": "a@b.c", 5: "J"}, "no 5 to import"),
        ({"email": "a@b.c", "tags": "vip"}, "tags='vip': give a list"),
        ({"email": "a@b.c", "tags": [""]}, "give names of 1 to 255 characters"),
        ({"email": "a@b.c", "tags": [7]}, "give names of 1 to 255 characters"),
        ({"email": "a@b.c", "subscribe": 3}, "subscribe=3: give a list"),
        ({"email": "a@b.c", "subscribe": ["3"]}, "give the id of a list"),
        ({"email": "a@b.c", "unsubscribe": [0]}, "give the id of a list"),
        ({"email": "a@b.c", "fields": ["x"]}, "give values by the ids"),
        ({"email": "a@b.c", "fields": {"1": "x"}}, "give the id of a field"),
        ({"email": "a@b.c", "fields": {1: True}}, "is no value of a field"),
        ({"email": "a@b.c", "first_name": 5}, "first_name"),
        ("jane@example.com", "is no mapping"),
        (["email"], "is no mapping"),
    ],
)
def test_a_row_that_can_not_be_imported_is_refused(row: Any, words: str) -> None:
    """The message says which value, and what to give."""
    with pytest.raises(ConfigurationError, match=words):
        encode(import_draft(row), validate=True)


# Small things


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Weekly News", "weekly-news"),
        ("  Café & Crème! ", "cafe-creme"),
        ("2026", "2026"),
        ("A--B", "a-b"),
    ],
)
def test_a_name_makes_a_stringid(name: str, expected: str) -> None:
    """Small letters, digits and hyphens are left of it."""
    assert expected == stringid_of(name)


@pytest.mark.parametrize("name", ["", "!!!", "日本"])
def test_a_name_without_letters_makes_none(name: str) -> None:
    """Then it has to be given."""
    with pytest.raises(ConfigurationError, match="give stringid=…"):
        stringid_of(name)


def test_the_status_of_a_deal_has_a_name() -> None:
    """It travels as a number."""
    assert [0, 1, 2] == [status_number("open"), status_number("won"), status_number("lost")]
    for status in ("Won", 1, [], None):
        with pytest.raises(ConfigurationError, match="give one of open, won, lost"):
            status_number(status)  # type: ignore[arg-type]


def test_a_currency_is_written_in_small_letters() -> None:
    """People write EUR."""
    assert "eur" == currency_code("EUR")


@pytest.mark.parametrize("given_", ["subscribe", b"subscribe", 5, None])
def test_one_text_is_no_list_of_texts(given_: Any) -> None:
    """It would be a list of letters."""
    with pytest.raises(ConfigurationError, match="give a list"):
        texts("events", given_)


# Filters of PHP


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"ids[]": (1, 2, 42)}, "ids%5B%5D=1&ids%5B%5D=2&ids%5B%5D=42"),
        ({"ids[]": ()}, ""),
        ({"ids[]": None}, ""),
        ({"ids[]": "7"}, "ids%5B%5D=7"),
        ({"filters[name]": "a&b"}, "filters%5Bname%5D=a%26b"),
        ({"orders[id]": "ASC", "limit": 5}, "orders%5Bid%5D=ASC&limit=5"),
        (
            {"filters[updated_after]": datetime(2026, 1, 2, tzinfo=UTC)},
            "filters%5Bupdated_after%5D=2026-01-02T00%3A00%3A00%2B00%3A00",
        ),
    ],
)
def test_a_filter_with_brackets_is_repeated(query: Any, expected: str) -> None:
    """A name that ends with [] stands before each of its values; others are as ever."""
    assert expected == encode_query(query)

"""Deliveries: PHP's forms become typed events, and whatever else comes is told."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import ConfigurationError, WebhookVerificationError
from systeme_async.activecampaign.deliveries import (
    AccountEvent,
    ContactTagAdded,
    ContactTagRemoved,
    ContactUpdated,
    DealEvent,
    DeliveredContact,
    Event,
    MailEvent,
    Subscribed,
    UnknownEvent,
    Unsubscribed,
    parse,
)
from systeme_async.activecampaign.deliveries.brackets import (
    LONGEST_NAME,
    MOST_DEPTH,
    MOST_MEMBERS,
    members_of,
)
from systeme_async.webhooks import Deduplicator
from systeme_async.webhooks.body import MAX_BODY_BYTES

from .deliveries import BODIES, CONTACT, TAG_ADDED, delivery, form

if TYPE_CHECKING:
    from systeme_async.activecampaign.deliveries import DeliveredEvent


def test_a_captured_delivery_is_read() -> None:
    """All that it says of the event and of the contact is there."""
    event = parse(TAG_ADDED)
    assert isinstance(event, ContactTagAdded)
    assert (
        datetime(2026, 7, 17, 22, 1, 25, tzinfo=timezone(-timedelta(hours=5))) == event.happened_at
    )
    assert ("contact_tag_added", "Tag A", "admin", "admin", (), False) == (
        event.type,
        event.tag,
        event.initiated_from,
        event.initiated_by,
        event.list_ids,
        event.by_api,
    )
    assert (
        DeliveredContact(
            id=123456,
            email="robert@example.com",
            first_name="Robert",
            last_name=None,
            phone="+1 555-010-1234",
            ip="127.0.0.1",
            tags_text="Tag A, Tag B, Tag C",
            fields={"39": "1111", "41": "||red||blue||"},
        )
        == event.contact
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("contact_tag_added", ContactTagAdded),
        ("contact_tag_removed", ContactTagRemoved),
        ("subscribe", Subscribed),
        ("unsubscribe", Unsubscribed),
        ("update", ContactUpdated),
        ("deal_update", DealEvent),
        ("click", MailEvent),
        ("account_contact_add", AccountEvent),
        ("sms_sent", UnknownEvent),
    ],
)
def test_each_family_has_a_type(name: str, kind: type[DeliveredEvent]) -> None:
    """Its name is kept, and so is all that came with it."""
    event = parse(BODIES[name])
    assert type(event) is kind
    assert isinstance(event, Event)
    assert name == event.type == event.body["type"]
    assert 123456 == event.contact.id if event.contact else None
    assert hashlib.sha256(BODIES[name]).hexdigest() == event.digest
    assert event.key == f"sha256:{event.digest}"


def test_what_a_family_has_besides() -> None:
    """Lists, reasons, deals, links and companies."""
    left, deal = parse(BODIES["unsubscribe"]), parse(BODIES["deal_update"])
    clicked, account = parse(BODIES["click"]), parse(BODIES["account_contact_add"])
    assert isinstance(left, Unsubscribed)
    assert ((3, 4), "too many") == (left.list_ids, left.reason)
    assert isinstance(deal, DealEvent)
    assert (7, "Big one", ["stageid", "value"]) == (
        deal.deal_id,
        deal.deal["title"],
        deal.body["updated_fields"],
    )
    assert isinstance(clicked, MailEvent)
    assert (9, "https://example.com/?a=1&b") == (clicked.campaign_id, clicked.url)
    assert isinstance(account, AccountEvent)
    assert (8, "Acme") == (account.account_id, account.account["name"])


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("list", "3")], (3,)),
        ([("list", "0")], ()),
        ([("list", "")], ()),
        ([], ()),
        ([("list[id]", "3"), ("list[name]", "News")], (3,)),
        ([("list[]", "3"), ("list[]", "4")], (3, 4)),
        ([("list[0][id]", "3"), ("list[1][id]", "x")], (3,)),
        ([("list[x][y]", "3")], ()),
    ],
)
def test_the_lists_of_an_event(pairs: list[tuple[str, str]], expected: tuple[int, ...]) -> None:
    """One, several, or none, in any of the forms."""
    assert expected == parse(form(("type", "x"), *pairs)).list_ids


@pytest.mark.parametrize("source", ["public", "admin", "system", "api"])
def test_our_own_writes_are_told(source: str) -> None:
    """Whoever writes what he is told of would never come to an end."""
    event = parse(form(("type", "update"), ("initiated_from", source)))
    assert (source == "api") is event.by_api


# Contacts


def contact_of(*pairs: tuple[str, str]) -> DeliveredContact:
    """Read a contact with these members."""
    event = parse(form(("type", "update"), ("contact[id]", "1"), *pairs))
    assert isinstance(event, ContactUpdated)
    return event.contact


def test_tags_are_kept_and_split() -> None:
    """A name with a comma in it is split wrongly, so that the text is there too."""
    contact = contact_of(("contact[tags]", "VIP, Tag, with comma, last"))
    assert "VIP, Tag, with comma, last" == contact.tags_text
    assert ["VIP", "Tag", "with comma", "last"] == contact.tags
    assert [] == contact_of(("contact[tags]", "")).tags
    assert ["a", "b"] == contact_of(("contact[tags][]", "a"), ("contact[tags][]", "b")).tags


def test_fields_are_kept_by_id_and_by_perstag() -> None:
    """Some deliveries have them by one, some by the other; both are looked up alike."""
    contact = contact_of(
        ("contact[fields][39]", "1111"),
        ("contact[fields][favorite_color]", "||red||blue||"),
        ("contact[fields][empty]", ""),
    )
    assert {39: "1111"} == contact.fields_by_id
    assert {"FAVORITE_COLOR": "||red||blue||", "EMPTY": ""} == contact.fields_by_perstag
    assert ["1111"] == contact.values(39)
    assert ["red", "blue"] == contact.values("favorite_color") == contact.values("FAVORITE_COLOR")
    assert [] == contact.values("empty") == contact.values(40) == contact.values("nope")


def test_several_values_may_come_as_a_list() -> None:
    """They are written between bars, like those that come so."""
    contact = contact_of(("contact[fields][7][]", "a"), ("contact[fields][7][]", "b"))
    assert {"7": "||a||b||"} == contact.fields
    assert ["a", "b"] == contact.values(7)


def test_fields_without_keys_are_in_the_body_alone() -> None:
    """A place in a list is no id."""
    event = parse(form(("type", "update"), ("contact[id]", "1"), ("contact[fields][]", "a")))
    assert isinstance(event, ContactUpdated)
    assert ({}, ["a"]) == (event.contact.fields, event.body["contact"]["fields"])


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "1.5", "٣", "9" * 19, "1" * 5_000, " 1"])
def test_a_contact_without_an_id_is_none(number: str) -> None:
    """The event is unknown then, and keeps all that came."""
    event = parse(form(("type", "update"), ("contact[id]", number)))
    assert (UnknownEvent, None) == (type(event), getattr(event, "contact", 0))
    assert number == event.body["contact"]["id"]


# What lacks something


@pytest.mark.parametrize(
    "pairs",
    [
        [("type", "contact_tag_added"), *CONTACT],
        [("type", "contact_tag_added"), *CONTACT, ("tag", "")],
        [("type", "contact_tag_added"), ("tag", "VIP")],
        [("type", "subscribe")],
        [("type", "unsubscribe")],
        [("type", "deal_add"), *CONTACT],
        [("type", "deal_add"), ("deal", "7")],
        [("type", "click"), ("campaign[id]", "1")],
        [("type", "account_add"), ("account[name]", "Acme")],
        [("type", "brand_new")],
        [("type", "Subscribe"), *CONTACT],
        [*CONTACT],
    ],
)
def test_what_lacks_what_makes_it_one_is_unknown(pairs: list[tuple[str, str]]) -> None:
    """Nothing is sent again, so that nothing that may be a delivery is refused."""
    event = parse(form(*pairs))
    assert type(event) is UnknownEvent
    assert dict(pairs).get("type", "") == event.type


@pytest.mark.parametrize(
    "body",
    [b"", b"&&&", b"=", b"a=b", b"type=", b"contact[id]=x", b"type[]=x", b"\xff\x00", b"{}"],
)
def test_what_is_no_delivery_is_refused(body: bytes) -> None:
    """It names neither an event nor a contact."""
    with pytest.raises(WebhookVerificationError, match="no delivery of ActiveCampaign"):
        parse(body)


@pytest.mark.parametrize("text", ["yesterday", "2026-07-17T22:01:25", "", "9" * 5_000])
def test_an_instant_that_is_none(text: str) -> None:
    """No delivery fails for it."""
    assert parse(form(("type", "x"), ("date_time", text))).happened_at is None


# Bodies


def test_a_body_may_come_as_text_or_bytes() -> None:
    """In any of the forms that frameworks have."""
    events = [parse(one) for one in (TAG_ADDED, TAG_ADDED.decode(), bytearray(TAG_ADDED))]
    assert [events[0]] * 3 == events


@pytest.mark.parametrize("body", [None, {"type": "x"}, 5, ["type=x"]])
def test_a_body_that_was_parsed_is_refused(body: Any) -> None:
    """The message says what to hand over."""
    with pytest.raises(ConfigurationError, match="before any parser"):
        parse(body)


def test_brackets_need_not_be_encoded() -> None:
    """Some senders leave them, and blanks, as they are."""
    assert parse("type=x&contact[id]=1&contact[tags]=a, b").contact == DeliveredContact(  # type: ignore[union-attr]
        id=1, tags_text="a, b"
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a=1&a=2", {"a": "2"}),
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"a[x]=1&a[]=2&a[]=3", {"a": {"x": "1", "0": "2", "1": "3"}}),
        (b"a[5]=1&a[]=2", {"a": {"5": "1", "6": "2"}}),
        (b"a[0]=1&a[1]=2", {"a": {"0": "1", "1": "2"}}),
        (b"a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        (b"a[][b]=1&a[][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        (b"a=1&a[b]=2", {"a": {"b": "2"}}),
        (b"a[b]=2&a=1", {"a": "1"}),
        (b"a[b]=1&a[b][c]=2", {"a": {"b": {"c": "2"}}}),
        (b"a[b=1", {"a[b": "1"}),
        (b"a]b=1", {"a]b": "1"}),
        (b"[a]=1", {"[a]": "1"}),
        (b"a[b]c=1", {"a[b]c": "1"}),
        (b"a[b[c]]=1", {"a[b[c]]": "1"}),
        (b"a%5Bb%5D=%C3%A9+%26", {"a": {"b": "é &"}}),
        (b"a=%ff&b=%zz", {"a": "\ufffd", "b": "%zz"}),
        (b"=1&b", {"": "1", "b": ""}),
        (b"a[999999999999]=1&a[]=2", {"a": {"999999999999": "1", "0": "2"}}),
    ],
)
def test_names_with_brackets_become_objects_and_lists(body: bytes, expected: object) -> None:
    """As PHP reads them; what does not fit is a name like any other."""
    assert expected == members_of(body)


def test_a_body_that_is_too_large_is_refused() -> None:
    """A mebibyte is a hundred times as much as any delivery."""
    parse(b"type=" + b"x" * (MAX_BODY_BYTES - 5))
    with pytest.raises(WebhookVerificationError, match="1,048,576"):
        parse(b"type=" + b"x" * (MAX_BODY_BYTES - 4))


def test_a_body_of_too_many_members_is_refused() -> None:
    """An account with a thousand fields sends fewer."""
    parse(b"&".join([b"type=x"] * MOST_MEMBERS))
    with pytest.raises(WebhookVerificationError, match="5,000"):
        parse(b"&".join([b"type=x"] * (MOST_MEMBERS + 1)))


def test_a_body_that_is_too_deep_is_refused() -> None:
    """Three brackets have been seen."""
    parse(b"type=x&a" + b"[b]" * MOST_DEPTH + b"=1")
    with pytest.raises(WebhookVerificationError, match="nested more deeply"):
        parse(b"type=x&a" + b"[b]" * (MOST_DEPTH + 1) + b"=1")


def test_many_members_deeply_nested_are_refused() -> None:
    """Each is within measure, and all together would take their time."""
    deep = "&".join(f"c[{number}]" + "[a]" * (MOST_DEPTH - 1) + "=1" for number in range(4_000))
    with pytest.raises(WebhookVerificationError, match="20,000 brackets"):
        parse(f"type=x&{deep}")


def test_no_brackets_are_looked_for_in_an_endless_name() -> None:
    """It is a name like any other, and costs nothing."""
    name = "x" + "[]" * LONGEST_NAME
    assert {"type": "x", name: "1"} == members_of(f"type=x&{name}=1".encode())


def test_an_event_does_not_show_its_body() -> None:
    """It holds all there is to know of a person."""
    shown = repr(parse(TAG_ADDED))
    assert "digest=" in shown
    assert "body=" not in shown


@pytest.mark.anyio
async def test_repetitions_are_recognized() -> None:
    """A delivery may come more than once; its key is what the deduplicator goes by."""
    seen = Deduplicator()
    assert [False, True, False] == [
        await seen.seen(parse(one).key) for one in (TAG_ADDED, TAG_ADDED, delivery("update"))
    ]

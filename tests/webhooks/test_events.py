"""Events: each body becomes its type, and odd bodies an error that names the place."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from systeme_async import DecodeError, WebhookVerificationError
from systeme_async.models import Contact, FunnelStep, PricePlan, Tag
from systeme_async.webhooks import (
    ContactCreated,
    ContactOptIn,
    CourseBundle,
    Customer,
    Delivery,
    Event,
    Order,
    OrderItem,
    PhysicalProduct,
    SaleCanceled,
    SaleNew,
    SoldResource,
    TagAdded,
    TagRemoved,
    UnknownEvent,
    Webhook,
)

from .deliveries import BODIES, CONTACT, SALE, SECRET, TAG, headers, php

WEBHOOK: Final = Webhook(secret=SECRET)

KINDS: Final[dict[str, type[Any]]] = {
    "CONTACT_CREATED": ContactCreated,
    "CONTACT_OPT_IN": ContactOptIn,
    "CONTACT_TAG_ADDED": TagAdded,
    "CONTACT_TAG_REMOVED": TagRemoved,
    "SALE_NEW": SaleNew,
    "SALE_CANCELED": SaleCanceled,
}
INSTANT: Final = datetime(2026, 9, 27, 20, 16, 26, tzinfo=UTC)


def read(name: str, body: object, **changed: str) -> Any:
    """Unwrap a genuine delivery."""
    raw = body if isinstance(body, bytes) else php(body)
    return WEBHOOK.unwrap(raw, headers(name, raw, **changed))


@pytest.mark.parametrize("name", KINDS)
def test_each_event_has_its_type(name: str) -> None:
    """The header tells which of the events with this body it is."""
    event = read(name, BODIES[name])
    assert KINDS[name] is type(event)
    assert isinstance(event, Event)
    assert name == event.name
    assert BODIES[name] == event.body


@pytest.mark.parametrize(
    "name", ["CONTACT_CREATED", "CONTACT_OPT_IN", "CONTACT_TAG_ADDED", "CONTACT_TAG_REMOVED"]
)
def test_a_contact_is_the_one_of_the_api(name: str) -> None:
    """The contact of an event is read as the client reads contacts."""
    contact = read(name, BODIES[name]).contact
    assert isinstance(contact, Contact)
    assert (123, "jean@example.com") == (contact.id, contact.email)
    assert {"first_name": "Jean", "city": None} == contact.fields
    assert [Tag(id=7, name="vip")] == contact.tags
    assert "http://example.com" == contact.source_url
    assert datetime(2026, 1, 1, tzinfo=UTC) == contact.registered_at


@pytest.mark.parametrize(
    "body",
    [
        {"contact": CONTACT, "tag": TAG},
        {"contact": {"contact": CONTACT, "tag": TAG}},
        {"contact": {"contact": CONTACT}, "tag": TAG},
        {"contact": {"contact": CONTACT, "tag": TAG}, "tag": None},
    ],
)
@pytest.mark.parametrize("name", ["CONTACT_TAG_ADDED", "CONTACT_TAG_REMOVED"])
def test_the_tag_stands_in_one_of_two_places(name: str, body: object) -> None:
    """At the root, as captured, or below `contact`, as documented."""
    event = read(name, body)
    assert KINDS[name] is type(event)
    assert 123 == event.contact.id
    assert Tag(id=9, name="Webinar 2026") == event.tag


def test_a_sale_is_read_whole() -> None:
    """Everything that the capture holds arrives, amounts in cents."""
    event = read("SALE_NEW", SALE)
    assert isinstance(event, SaleNew)
    assert event.customer == Customer(
        id=12799002,
        contact_id=445573087,
        email="buyer@example.com",
        client_ip="203.0.113.10",
        fields={"first_name": "Test", "country": "FR"},
        payment_processor="cash on delivery",
        source_url="https://me.systeme.io/466f06b8",
    )
    assert Order(id=12768313, created_at=INSTANT, total_price=100, vat=0.0) == event.order
    assert isinstance(event.order, Order)
    assert isinstance(event.order.vat, float)
    thing = PhysicalProduct(id=170454, name="Thing", options=[])
    resources = [SoldResource(physical_product=thing)]
    assert OrderItem(id=15460129, created_at=INSTANT, resources=resources) == event.order_item
    assert isinstance(event.funnel_step, FunnelStep)
    assert "offer-form" == event.funnel_step.type
    assert event.funnel_step.funnel is not None
    assert (7648170, "Test funnel") == (event.funnel_step.funnel.id, event.funnel_step.funnel.name)
    assert isinstance(event.price_plan, PricePlan)
    assert (100, "eur", "one_shot") == (
        event.price_plan.amount,
        event.price_plan.currency,
        event.price_plan.type,
    )
    assert event.coupon is None
    assert event.checkout_page is None
    assert 15460129 == event.order_item_id


def test_a_sale_of_other_things_is_read_too() -> None:
    """Courses, bundles and tags are sold as well as things."""
    body = json.loads(SALE)
    body["coupon"] = {"code": "SPRING"}
    body["orderItem"]["resources"] = [
        {"course": {"id": 1, "name": "Knitting"}, "enrollmentAccessType": "full_access"},
        {"courseBundle": {"id": 2, "name": "All"}},
        {"tag": {"id": 3, "name": "buyer"}},
        {"somethingNew": {"id": 4}},
        None,
    ]
    event = read("SALE_NEW", body)
    course, bundle, tag, new = event.order_item.resources
    assert ("Knitting", "full_access") == (course.course.name, course.enrollment_access_type)
    assert CourseBundle(id=2, name="All") == bundle.course_bundle
    assert Tag(id=3, name="buyer") == tag.tag
    assert SoldResource() == new
    assert {"code": "SPRING"} == event.coupon


def test_a_discount_may_be_a_percentage() -> None:
    """Its type says what it is; both kinds of number are read."""
    body = json.loads(SALE)
    body["order"] |= {"discountAmount": 12.5, "discountType": "percent"}
    assert 12.5 == read("SALE_NEW", body).order.discount_amount
    body["order"]["discountAmount"] = 500
    assert 500 == read("SALE_NEW", body).order.discount_amount


# What the server may leave out


def nulled(body: Any) -> list[Any]:
    """Return the body with each of its members null in turn, at any depth."""
    found: list[Any] = []

    def walk(value: Any, path: tuple[Any, ...]) -> None:
        inner = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        for key, below in inner:
            found.append((*path, key))
            walk(below, (*path, key))

    walk(body, ())
    return found


def with_value(body: Any, path: tuple[Any, ...], value: object) -> Any:
    """Copy a body with another value at a place."""
    copy = deepcopy(body)
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


NEEDED: Final = {
    ("contact",),
    ("contact", "id"),
    ("contact", "fields", 0, "slug"),
    ("contact", "fields", 1, "slug"),
    ("contact", "tags", 0, "id"),
    ("tag",),
    ("tag", "id"),
    ("funnelStep", "id"),
    ("funnelStep", "funnel", "id"),
    ("orderItem",),
    ("orderItem", "id"),
    ("orderItem", "resources", 0, "physicalProduct", "id"),
    ("pricePlan", "id"),
}
"""Places that make a thing what it is."""


@pytest.mark.parametrize("name", [name for name in KINDS if name != "SALE_CANCELED"])
def test_null_is_no_value(name: str) -> None:
    """Wherever null stands, but for ids, the event is read as if nothing stood there."""
    for path in nulled(BODIES[name]):
        body = with_value(BODIES[name], path, None)
        if path in NEEDED:
            with pytest.raises(DecodeError, match=r"at \$|says: \$"):
                read(name, body)
        else:
            assert KINDS[name] is type(read(name, body)), path


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_object_may_be_written_as_a_list(name: str) -> None:
    """PHP writes `[]` for both."""
    for path in nulled(BODIES[name]):
        place: Any = BODIES[name]
        for key in path:
            place = place[key]
        if isinstance(place, dict | list) and path not in NEEDED:
            body = with_value(BODIES[name], path, [])
            assert KINDS[name] is type(read(name, body)), path


def test_a_sale_needs_its_item_alone() -> None:
    """All but what it is known by may be missing."""
    event = read("SALE_NEW", {"orderItem": {"id": 5}})
    assert isinstance(event, SaleNew)
    assert 5 == event.order_item_id
    assert (None, None, None) == (event.customer, event.order, event.price_plan)
    assert [] == event.order_item.resources


def test_a_contact_needs_its_id_alone() -> None:
    """All but the id may be missing."""
    event = read("CONTACT_CREATED", {"contact": {"id": 5}})
    assert Contact(id=5) == event.contact


@pytest.mark.parametrize("name", KINDS)
def test_unknown_properties_are_ignored(name: str) -> None:
    """The server may say more than it does today; `body` has it."""
    body = deepcopy(BODIES[name])
    for place in [body, *[value for value in body.values() if isinstance(value, dict)]]:
        place["new"] = {"deep": [1]}
        place["delivery"] = place["digest"] = place["body"] = place["name"] = "forged"
    event = read(name, body)
    assert KINDS[name] is type(event)
    assert {"deep": [1]} == event.body["new"]
    assert "forged" not in {event.delivery, event.digest, event.name}


@pytest.mark.parametrize(
    "fields",
    [
        {"first_name": "Jean", "city": None, "age": 5},
        [
            {"slug": "first_name", "value": "Jean"},
            {"slug": "city"},
            None,
            {"slug": "age", "value": 5},
        ],
    ],
)
def test_fields_come_as_a_list_or_as_an_object(fields: object) -> None:
    """Contacts have a list, customers an object; either is read in either place."""
    expected = {"first_name": "Jean", "city": None, "age": "5"}
    contact = read("CONTACT_CREATED", {"contact": {"id": 1, "fields": fields}}).contact
    assert expected == contact.fields
    sale = read("SALE_NEW", {"orderItem": {"id": 1}, "customer": {"fields": fields}})
    assert expected == sale.customer.fields


# What is not what the API says


@pytest.mark.parametrize(
    ("name", "body", "place"),
    [
        ("CONTACT_CREATED", {}, "$.contact is missing"),
        ("CONTACT_CREATED", {"contact": {"email": "a@b.c"}}, "$.contact.id is missing"),
        ("CONTACT_CREATED", {"contact": {"id": "5"}}, "$.contact.id: Expected `int`"),
        ("CONTACT_CREATED", {"contact": {"id": True}}, "$.contact.id: "),
        ("CONTACT_CREATED", {"contact": 5}, "$.contact: "),
        ("CONTACT_CREATED", {"contact": []}, "$.contact is missing"),
        ("CONTACT_OPT_IN", {"contact": {"contact": {}}}, "$.contact.id is missing"),
        ("CONTACT_TAG_ADDED", {"contact": {"id": 1}}, "$.tag is missing"),
        ("CONTACT_TAG_ADDED", {"contact": {"id": 1}, "tag": {"name": "x"}}, "$.tag.id is missing"),
        ("CONTACT_TAG_REMOVED", {"tag": {"id": 1}}, "$.contact is missing"),
        ("SALE_NEW", {}, "$.orderItem is missing"),
        ("SALE_NEW", {"orderItem": {}}, "$.orderItem.id is missing"),
        ("SALE_NEW", {"order": {"id": 1}, "orderItem": None}, "$.orderItem is missing"),
        (
            "SALE_NEW",
            {"orderItem": {"id": 1}, "order": {"totalPrice": "1"}},
            "$.order.totalPrice: ",
        ),
    ],
)
def test_the_place_that_is_wrong_is_named(name: str, body: object, place: str) -> None:
    """A genuine delivery that lacks what makes it one says where to look."""
    with pytest.raises(DecodeError) as caught:
        read(name, body)
    assert place in str(caught.value)


@pytest.mark.parametrize("name", [*KINDS, "NEW_KIND"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"[]",
        b"[{}]",
        b"null",
        b"5",
        b'"x"',
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"x":NaN}',
        b'{"x":1e999}',
        b'{"x":' + b"9" * 10_000 + b"}",
        b'{"x":"\\ud800"}',
        b'{"x":"\0"}',
        b"[" * 200_000,
        b'{"contact":' * 50_000 + b"1" + b"}" * 50_000,
        b"<html>",
    ],
    ids=lambda body: repr(body[:12]) if isinstance(body, bytes) else body,
)
def test_signed_garbage_is_no_event(name: str, body: bytes) -> None:
    """What is signed and no object is a `DecodeError`, whatever it is instead."""
    with pytest.raises(DecodeError):
        read(name, body)


@pytest.mark.parametrize("depth", range(300, 1_300, 50))
@pytest.mark.parametrize("name", ["CONTACT_CREATED", "SALE_NEW", "SALE_CANCELED", "NEW_KIND"])
def test_depth_is_an_event_or_an_error(name: str, depth: int) -> None:
    """Whatever depth the interpreter gives out at, it ends in a `DecodeError`."""
    body = b'{"contact":' * depth + b'{"id":1}' + b"}" * depth
    sale = body.replace(b"contact", b"coupon").replace(b'{"id":1}', b"1", 1)
    for raw in (body, sale):
        with suppress(DecodeError, WebhookVerificationError):
            assert read(name, raw).digest


# Lying headers


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("SALE_NEW", "CONTACT_CREATED"),
        ("SALE_NEW", "CONTACT_TAG_ADDED"),
        ("SALE_CANCELED", "CONTACT_CREATED"),
        ("SALE_CANCELED", "CONTACT_TAG_ADDED"),
        ("CONTACT_CREATED", "SALE_NEW"),
        ("CONTACT_OPT_IN", "SALE_NEW"),
        ("CONTACT_CREATED", "CONTACT_TAG_ADDED"),
        ("CONTACT_TAG_ADDED", "SALE_NEW"),
    ],
)
def test_a_name_that_contradicts_the_body_is_refused(name: str, body: str) -> None:
    """A genuine body sent again under another name is not what the name says."""
    with pytest.raises(WebhookVerificationError, match=name):
        read(name, BODIES[body])


@pytest.mark.parametrize("name", ["", " ", "NEW_KIND", "sale_new", "SALE_NEW, SALE_NEW", "x" * 200])
def test_an_unknown_name_is_an_unknown_event(name: str) -> None:
    """What has no type keeps its name and its body."""
    event = read(name, BODIES["SALE_NEW"])
    assert isinstance(event, UnknownEvent)
    assert (name.strip(), BODIES["SALE_NEW"]) == (event.name, event.body)


@pytest.mark.parametrize("name", ["x" * 201, "x" * 1_000_000, "é", "a\nb", "\0"])
def test_an_unreadable_name_is_none(name: str) -> None:
    """What can be no event's name does not go on into logs."""
    event = read(name, {"a": 1})
    assert isinstance(event, UnknownEvent)
    assert ("", None) == (event.name, event.delivery.event)


def test_without_a_name_nothing_is_guessed() -> None:
    """A proxy that removes the header makes every event unknown."""
    given = headers("", SALE)
    del given["x-webhook-event"]
    assert isinstance(WEBHOOK.unwrap(SALE, given), UnknownEvent)


# A sale that was canceled


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"orderItem": None},
        {"order": 5, "customer": "x", "orderItem": "y"},
        {"order": {"id": "5"}, "orderItem": {"id": 7}},
        {"contact": {"id": 1}, "reason": "refund"},
        {"sale": {"id": 1}},
        {"orderItem": {"name": "without an id"}},
    ],
)
def test_a_canceled_sale_survives_any_body(body: dict[str, Any]) -> None:
    """Nobody has seen one: what is not where a new sale has it is None, and `body` has all."""
    event = read("SALE_CANCELED", body)
    assert isinstance(event, SaleCanceled)
    assert body == event.body
    assert event.order is None
    assert event.order_item_id == (7 if body.get("orderItem") == {"id": 7} else None)


def test_a_canceled_sale_like_a_new_one_is_read_whole() -> None:
    """If it looks as one expects, everything is there."""
    event = read("SALE_CANCELED", SALE)
    assert 15460129 == event.order_item_id
    assert 445573087 == event.customer.contact_id


# What the headers say


def test_the_delivery_has_what_the_headers_say() -> None:
    """Ids, instants and the version are read."""
    assert read("SALE_NEW", SALE).delivery == Delivery(
        message_id="01a0e483-09fb-7d11-ac67-be0fb3c6a98b",
        subscription_id="01a0e461-30e6-7b5b-b3cb-4b3aceac6b6c",
        attempt_id="01a0e483-0a93-791e-8aa0-133b57df3f20",
        attempt_at=datetime(2026, 9, 27, 20, 16, 28, tzinfo=UTC),
        event="SALE_NEW",
        event_at=datetime(2026, 9, 27, 20, 16, 27, tzinfo=UTC),
        schema_version=2,
    )


@pytest.mark.parametrize(
    ("header", "attribute", "values"),
    [
        ("x_webhook_message_id", "message_id", ["", " ", "x" * 201, "\x7f", "é"]),
        (
            "x_webhook_event_timestamp",
            "event_at",
            ["", "yesterday", "2026-09-27T20:16:27", "0000-00-00T00:00:00Z", "9" * 1_000, "\ud800"],
        ),
        (
            "x_webhook_delivery_attempt_timestamp",
            "attempt_at",
            ["1790540188", "2026-02-30T00:00:00Z"],
        ),
        ("x_webhook_schema_version", "schema_version", ["", "v2", "-1", "2.0", "9" * 10_000, "٣"]),
    ],
)
def test_an_unreadable_header_is_none(header: str, attribute: str, values: list[str]) -> None:
    """What is not signed fails no delivery."""
    for value in values:
        event = read("SALE_NEW", SALE, **{header: value})
        assert getattr(event.delivery, attribute) is None


def test_a_delivery_without_headers_is_empty() -> None:
    """All but the signature may be missing."""
    event = WEBHOOK.unwrap(SALE, {"x-webhook-signature": WEBHOOK.sign(SALE)})
    assert Delivery() == event.delivery


def test_the_key_is_the_message_id_or_the_digest() -> None:
    """Retries share it, with or without headers."""
    event = read("SALE_NEW", SALE)
    assert "01a0e483-09fb-7d11-ac67-be0fb3c6a98b" == event.key
    bare = WEBHOOK.unwrap(SALE, {"x-webhook-signature": WEBHOOK.sign(SALE)})
    assert f"sha256:{event.digest}" == bare.key


def test_the_whole_body_is_not_printed() -> None:
    """An event in a log shows its typed part once; an unknown one has nothing else to show."""
    assert "statementDescriptor" not in repr(read("SALE_NEW", SALE))
    assert "15460129" in repr(read("SALE_NEW", SALE))
    assert "UnknownEvent(name='NEW_KIND', body={'a': 1}" in repr(read("NEW_KIND", {"a": 1}))


def test_events_can_be_made_for_tests() -> None:
    """A handler's own tests need no signature."""
    event = ContactCreated(contact=Contact(id=5))
    assert Delivery() == event.delivery
    assert "CONTACT_CREATED" == event.name
    with pytest.raises(AttributeError):
        event.contact = Contact(id=6)  # type: ignore[misc]

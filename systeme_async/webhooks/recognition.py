"""Which event a verified body is: the header proposes, the body decides.

No header is signed, so whoever has one genuine delivery can send it again under another name.
The header chooses only among the events that a body of this shape can be; a name that
contradicts the body is refused, for the server sends no such thing. What remains open, because
the bodies are alike: CONTACT_CREATED or CONTACT_OPT_IN, CONTACT_TAG_ADDED or
CONTACT_TAG_REMOVED, SALE_NEW or SALE_CANCELED.
"""

from __future__ import annotations

import hashlib
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import msgspec

from ..errors import DecodeError, WebhookVerificationError
from .body import decoded
from .events import (
    ContactCreated,
    ContactOptIn,
    SaleCanceled,
    SaleNew,
    TagAdded,
    TagRemoved,
    UnknownEvent,
)
from .tidying import fields_by_slug, is_nothing, object_in, shaped, tidy, tidy_contact

if TYPE_CHECKING:
    from .delivery import Delivery
    from .events import Event
    from .tidying import Json


class Shape(Enum):
    """What a body is about, as far as the body itself tells."""

    CONTACT = auto()
    TAG = auto()
    SALE = auto()
    NONE = auto()


_Known: TypeAlias = type[
    ContactCreated | ContactOptIn | TagAdded | TagRemoved | SaleNew | SaleCanceled
]

_EVENTS: Final[dict[str, tuple[_Known, Shape]]] = {
    ContactCreated.name: (ContactCreated, Shape.CONTACT),
    ContactOptIn.name: (ContactOptIn, Shape.CONTACT),
    TagAdded.name: (TagAdded, Shape.TAG),
    TagRemoved.name: (TagRemoved, Shape.TAG),
    SaleNew.name: (SaleNew, Shape.SALE),
    SaleCanceled.name: (SaleCanceled, Shape.SALE),
}
_SALE_PARTS: Final = (
    "customer",
    "coupon",
    "funnelStep",
    "checkoutPage",
    "order",
    "orderItem",
    "pricePlan",
)
_MARKS_OF_A_SALE: Final = ("customer", "order", "orderItem")
# Nobody has seen the body of a canceled sale: only what is nothing but a contact's is none.
_ALL_OF_A_CONTACT: Final = {"contact", "tag"}


def event_of(signed: bytes, delivery: Delivery) -> Event:
    """Read a verified body.

    Raises `DecodeError` where it is not what the API says, and `WebhookVerificationError`
    where the name in the header contradicts it.
    """
    try:
        return _event_of(signed, delivery)
    except RecursionError:
        msg = "the body of the delivery is nested more deeply than anything the API sends"
        raise DecodeError(msg) from None


def _event_of(signed: bytes, delivery: Delivery) -> Event:
    body = decoded(signed)
    digest = hashlib.sha256(signed).hexdigest()
    name = delivery.event or ""
    if name not in _EVENTS:
        return UnknownEvent(name=name, delivery=delivery, body=body, digest=digest)
    kind, meant = _EVENTS[name]
    if kind is not SaleCanceled or body.keys() <= _ALL_OF_A_CONTACT:
        _refuse_contradiction(name, meant, _shape_of(body))
    parts = _sale_parts(body) if meant is Shape.SALE else _contact_parts(body)
    if kind is SaleCanceled:
        parts = {part: value for part, value in parts.items() if _fits(part, value)}
    event = shaped(parts, kind)
    return msgspec.structs.replace(event, delivery=delivery, body=body, digest=digest)


def _shape_of(body: Json) -> Shape:
    if any(object_in(body.get(mark)) for mark in _MARKS_OF_A_SALE):
        return Shape.SALE
    contact, tag = _contact_and_tag(body)
    if not object_in(contact):
        return Shape.NONE
    return Shape.TAG if object_in(tag) else Shape.CONTACT


def _refuse_contradiction(name: str, meant: Shape, found: Shape) -> None:
    # A tag event without its tag is told more plainly by the place that lacks it.
    lacking = found is Shape.NONE or (meant is Shape.TAG and found is Shape.CONTACT)
    if found is not meant and not lacking:
        msg = (
            f"the header says {name} and the signed body is about a {found.name.lower()}; "
            "headers are not signed, so the delivery is not trusted"
        )
        raise WebhookVerificationError(msg)


def _contact_and_tag(body: Json) -> tuple[object, object]:
    """Find both, at the root or, as the documentation shows it, one level below."""
    contact, tag = body.get("contact"), body.get("tag")
    outer = object_in(contact)
    if outer is not None and object_in(outer.get("contact")) is not None:
        return outer["contact"], outer.get("tag") if is_nothing(tag) else tag
    return contact, tag


def _contact_parts(body: Json) -> Json:
    contact, tag = _contact_and_tag(body)
    inner = object_in(contact)
    parts = {"contact": contact if inner is None else tidy_contact(inner), "tag": tag}
    return cast("Json", tidy(parts))


def _sale_parts(body: Json) -> Json:
    parts = {part: tidy(body.get(part)) for part in _SALE_PARTS}
    customer = object_in(body.get("customer"))
    if customer is not None:
        parts["customer"]["fields"] = fields_by_slug(customer.get("fields"))
    return {part: value for part, value in parts.items() if not is_nothing(value)}


def _fits(part: str, value: object) -> bool:
    """Tell whether a part of a body that nobody has seen yet is as in a new sale."""
    try:
        msgspec.convert({part: value}, SaleCanceled)
    except msgspec.ValidationError:
        return False
    return True

"""The parts of a sale, as deliveries hold them.

Amounts are whole cents of the currency of the price plan. What no capture has shown is of type
`Any`, as it came: it is None in all that were seen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ..models import Course, Model, Tag


class Customer(Model, frozen=True, kw_only=True):
    """Who bought."""

    id: int | None = None
    """Of the customer; the contact's is `contact_id`."""
    contact_id: int | None = None
    email: str | None = None
    client_ip: str | None = None
    """The address that the order came from."""
    fields: dict[str, str | None] = msgspec.field(default_factory=dict[str, str | None])
    """The values of the order form by slug: `customer.fields["country"]`."""
    payment_processor: str | None = None
    """Such as `cash on delivery`."""
    source_url: str | None = None
    """The page that the customer bought on."""


class Order(Model, frozen=True, kw_only=True):
    """What was ordered at once; each of its items is a delivery of its own."""

    id: int | None = None
    created_at: datetime | None = None
    total_price: int | None = None
    """In cents."""
    discount_amount: int | float | None = None
    """In cents or in percent, as `discount_type` says."""
    discount_type: str | None = None
    shipping_fee: int | None = None
    """In cents."""
    vat: float | None = None
    """As it came; whether it is an amount or a rate, no source says."""


class CourseBundle(Model, frozen=True, kw_only=True):
    """Several courses sold as one."""

    id: int
    name: str = ""


class PhysicalProduct(Model, frozen=True, kw_only=True):
    """A thing that has to be sent."""

    id: int
    name: str = ""
    options: list[Any] = msgspec.field(default_factory=list[Any])
    """What the customer chose of it, as it came."""


class SoldResource(Model, frozen=True, kw_only=True):
    """One thing that the customer gets; all but what it is are None."""

    course: Course | None = None
    course_bundle: CourseBundle | None = None
    enrollment_access_type: str | None = None
    """How much of the course is opened, such as `full_access`."""
    enrollment_dripping_access_course: Any = None
    physical_product: PhysicalProduct | None = None
    tag: Tag | None = None


class OrderItem(Model, frozen=True, kw_only=True):
    """One line of an order: what a delivery is about."""

    id: int
    created_at: datetime | None = None
    resources: list[SoldResource] = msgspec.field(default_factory=list[SoldResource])

"""Events: what a signed delivery tells, one type for each kind."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

import msgspec

from ..models import Contact, FunnelStep, Model, PricePlan, Tag
from .delivery import Delivery
from .sales import Customer, Order, OrderItem


class SignedEvent(Model, frozen=True, kw_only=True):
    """What all events share. Everything but `delivery` and `name` is authenticated."""

    delivery: Delivery = msgspec.field(default_factory=Delivery)
    """What the headers said; not authenticated."""
    body: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    """The whole body, decoded: with what the types leave out. Not shown by `repr`."""
    digest: str = ""
    """SHA-256 of the body as it was signed, in hex: the same in all retries, whatever a proxy
    does to the body, and the one name of a delivery that is authenticated."""

    @property
    def key(self) -> str:
        """What retries of a delivery have in common: its message id, or else its digest.

        A message id is not authenticated. The digest is; but two events that say the same,
        such as a tag that is added again, have the same one.
        """
        return self.delivery.message_id or f"sha256:{self.digest}"

    def __repr__(self) -> str:
        names = [name for name in self.__struct_fields__ if name != "body"]
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({values})"


class ContactCreated(SignedEvent, frozen=True, kw_only=True):
    """A contact is new. Only the header tells it from `ContactOptIn`, and no header is signed."""

    name: ClassVar[str] = "CONTACT_CREATED"
    contact: Contact


class ContactOptIn(SignedEvent, frozen=True, kw_only=True):
    """A contact filled in a form. Only the header, unsigned, tells it from `ContactCreated`."""

    name: ClassVar[str] = "CONTACT_OPT_IN"
    contact: Contact


class TagAdded(SignedEvent, frozen=True, kw_only=True):
    """A contact got a tag. Only the header tells it from `TagRemoved`, and no header is signed.

    Where it matters which of the two it is, read the contact: `systeme.contacts.get(id)`.
    """

    name: ClassVar[str] = "CONTACT_TAG_ADDED"
    contact: Contact
    tag: Tag


class TagRemoved(SignedEvent, frozen=True, kw_only=True):
    """A contact lost a tag. Only the header tells it from `TagAdded`, and no header is signed."""

    name: ClassVar[str] = "CONTACT_TAG_REMOVED"
    contact: Contact
    tag: Tag


class Sale(SignedEvent, frozen=True, kw_only=True):
    """What `SaleNew` and `SaleCanceled` share."""

    customer: Customer | None = None
    coupon: Any = None
    """As it came: no capture shows one."""
    funnel_step: FunnelStep | None = None
    """The page that sold it."""
    checkout_page: Any = None
    """As it came: no capture shows one."""
    order: Order | None = None
    price_plan: PricePlan | None = None


class SaleNew(Sale, frozen=True, kw_only=True):
    """Something was sold: one item of an order.

    Only the header tells it from `SaleCanceled`, and no header is signed.
    """

    name: ClassVar[str] = "SALE_NEW"
    order_item: OrderItem

    @property
    def order_item_id(self) -> int:
        """The sale's key: there is one delivery for each item of an order.

        Authenticated, so what must happen once for a sale belongs behind a unique index on it.
        """
        return self.order_item.id


class SaleCanceled(Sale, frozen=True, kw_only=True):
    """A sale was undone. No capture of one exists: what is not where `SaleNew` has it is None.

    `body` holds whatever came. Only the header, unsigned, tells it from `SaleNew`.
    """

    name: ClassVar[str] = "SALE_CANCELED"
    order_item: OrderItem | None = None

    @property
    def order_item_id(self) -> int | None:
        """The key of the sale that was undone, as in `SaleNew`, if the delivery has it."""
        return None if self.order_item is None else self.order_item.id


class UnknownEvent(SignedEvent, frozen=True, kw_only=True):
    """A genuine delivery of a kind that has no type here; `body` holds what it says."""

    name: str = ""
    """As the header says, in which it is not authenticated; empty where none was readable."""

    def __repr__(self) -> str:
        shown = f"name={self.name!r}, body={self.body!r}, delivery={self.delivery!r}"
        return f"{type(self).__name__}({shown})"


Event: TypeAlias = (
    ContactCreated | ContactOptIn | TagAdded | TagRemoved | SaleNew | SaleCanceled | UnknownEvent
)
"""Any of the events; `isinstance(value, Event)` works too."""

"""The subscriptions and sales of the account. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import rules
from .call import DAWN, Answer, Complaint, not_found, refuse
from .filters import FilterReader
from .happenings import Happening
from .holdings import Holdings
from .records import HeldSubscription, Sale
from .shelf import Cursor

if TYPE_CHECKING:
    from datetime import datetime

    from .call import Call
    from .records import HeldContact

CANCELED: Final = "cancelled"
"""The status, as the API spells it."""
CANCEL_WHEN: Final = frozenset({"Now", "WhenBillingPeriodEnds"})


class PaymentEndpoints(Holdings):
    """Subscriptions of contacts, and sales to them."""

    def add_subscription(
        self,
        contact_id: int,
        *,
        status: str = "active",
        name: str = "Monthly",
        amount: int = 1900,
        currency: str = "eur",
        interval: str = "month",
        created_at: datetime = DAWN,
    ) -> HeldSubscription:
        """Let a contact subscribe; there is no request for that."""
        contact = self._contacts.get(contact_id).id
        options: dict[str, object] = {
            "interval": interval,
            "intervalCount": 1,
            "trialPeriod": None,
            "trialInterval": None,
            "limitOfPayments": None,
        }
        plan = price_plan(name, amount, currency, options)
        return self._subscriptions.put(
            lambda number: HeldSubscription(
                id=number,
                contact=contact,
                created_at=created_at,
                plan={"id": 10_000_000 + number, **plan},
                status=status,
                cancelled_at=created_at if status == CANCELED else None,
            )
        )

    def list_subscriptions(self, call: Call) -> Answer:
        """Answer one page of the subscriptions of one contact, who must be named."""
        self._need_payments()
        reader = FilterReader(call.query)
        contact = reader.id("contact")
        missing = [] if "contact" in call.query else [rules.blank("contact")]
        refuse([*reader.complaints, *missing])
        cursor = Cursor.read(call.query, self.largest_subscription_page)
        page = self._subscriptions.page(
            cursor, lambda one: one.contact == contact, subscription_out
        )
        return Answer(200, page)

    def cancel_subscription(self, call: Call) -> Answer:
        """End a subscription now, or let it run until what was paid for is used up."""
        self._need_payments()
        subscription = self._subscriptions.get(call.id("subscription"))
        when = None if call.body is None else call.properties.text("cancel")
        refuse(rules.choice("cancel", when, CANCEL_WHEN))
        if subscription.status == CANCELED or subscription.cancelled_at is not None:
            refuse([Complaint("", "This subscription is already cancelled.")])
        subscription.cancelled_at = call.second
        if when == "Now":
            subscription.status = CANCELED
        self._changed("cancelled subscription", f"{subscription.id} {when}")
        return Answer(204)

    def sell(
        self,
        contact_id: int,
        *,
        name: str = "Thing",
        amount: int = 100,
        currency: str = "eur",
        at: datetime = DAWN,
    ) -> int:
        """Sell one thing to a contact, which is a SALE_NEW; return the id of the order item."""
        buyer = self._contacts.get(contact_id)
        plan = price_plan(name, amount, currency)
        sale = self._sales.put(lambda number: Sale(number, sale_out(number, buyer, plan, at)))
        self.happenings.append(Happening("SALE_NEW", sale.body))
        return sale.order_item

    def cancel_sale(self, order_item: int) -> None:
        """Take a sale back, which is a SALE_CANCELED with the same body; once."""
        self.happenings.append(Happening("SALE_CANCELED", self._sales.drop(order_item).body))

    def _need_payments(self) -> None:
        if not self.payments:
            raise not_found()


def price_plan(
    name: str, amount: int, currency: str, recurring: dict[str, object] | None = None
) -> dict[str, object]:
    """Return a price plan as it travels, but for its id."""
    return {
        "name": name,
        "type": "one_shot" if recurring is None else "subscription",
        "amount": amount,
        "currency": currency,
        "innerName": name,
        "recurringOptions": recurring,
    }


def subscription_out(subscription: HeldSubscription) -> dict[str, object]:
    """Return a subscription as it travels."""
    return {
        "id": subscription.id,
        "status": subscription.status,
        "createdAt": subscription.created_at.isoformat(),
        "cancelledAt": _date(subscription.cancelled_at),
        "completedAt": _date(subscription.completed_at),
        "pricePlan": subscription.plan,
    }


def _date(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def sale_out(
    number: int, buyer: HeldContact, plan: dict[str, object], at: datetime
) -> dict[str, object]:
    """Return a sale as it is delivered; the ids in it are apart, as they are in a real one."""
    date = at.isoformat()
    return {
        "customer": {
            "id": 10_000_000 + number,
            "clientIp": "203.0.113.10",
            "contactId": buyer.id,
            "email": buyer.email,
            # Keyed by slug, other than in a contact.
            "fields": {slug: value for slug, value in buyer.fields.items() if value is not None},
            "paymentProcessor": "cash on delivery",
            "sourceUrl": "https://me.systeme.io/466f06b8",
        },
        "coupon": None,
        "funnelStep": {
            "id": 20_000_000 + number,
            "name": "Order form",
            "type": "offer-form",
            "funnel": {"id": 30_000_000 + number, "name": "Test funnel"},
        },
        "checkoutPage": None,
        "order": {
            "id": 40_000_000 + number,
            "createdAt": date,
            "discountAmount": None,
            "discountType": None,
            "shippingFee": None,
            "totalPrice": plan["amount"],
            "vat": 0.0,
        },
        "orderItem": {"createdAt": date, "id": number, "resources": [_thing(number, plan)]},
        "pricePlan": {"id": 50_000_000 + number, **plan, "statementDescriptor": ""},
    }


def _thing(number: int, plan: dict[str, object]) -> dict[str, object]:
    return {
        "course": None,
        "courseBundle": None,
        "enrollmentAccessType": None,
        "enrollmentDrippingAccessCourse": None,
        "physicalProduct": {"id": 60_000_000 + number, "name": plan["name"], "options": []},
        "tag": None,
    }

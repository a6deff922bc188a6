"""Subscriptions and what they cost, as the server sends them."""

from __future__ import annotations

from datetime import datetime

from .model import Model


class RecurringOptions(Model, frozen=True):
    """How often a price is paid: each `interval_count` intervals, after a trial if any."""

    interval: str | None = None
    interval_count: int | None = None
    trial_period: int | None = None
    trial_interval: str | None = None
    limit_of_payments: int | None = None
    """Payments until it ends by itself; None is no end."""


class PricePlan(Model, frozen=True):
    """A price of something for sale."""

    id: int
    name: str = ""
    inner_name: str | None = None
    type: str | None = None
    """`subscription`, `one_shot` and others."""
    amount: int | None = None
    """In cents of the currency."""
    currency: str | None = None
    recurring_options: RecurringOptions | None = None


class Subscription(Model, frozen=True):
    """A contact's recurring payment."""

    id: int
    status: str | None = None
    """Seen so far: `active`, `trialing`, `paid`, `cancelled`."""
    created_at: datetime | None = None
    cancelled_at: datetime | None = None
    completed_at: datetime | None = None
    price_plan: PricePlan | None = None

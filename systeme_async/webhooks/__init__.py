"""Deliveries of webhooks: verified, typed, and handled once.

    webhook = Webhook(secret="…")
    event = webhook.unwrap(await request.read(), request.headers)

Ready handlers for web frameworks are in `systeme_async.integrations`.
"""

from __future__ import annotations

from .automation import AutomationEvent, AutomationHook
from .deduplicator import Deduplicator, InProgressError, MemoryStore, Store
from .delivery import Delivery
from .events import (
    ContactCreated,
    ContactOptIn,
    Event,
    SaleCanceled,
    SaleNew,
    SignedEvent,
    TagAdded,
    TagRemoved,
    UnknownEvent,
)
from .sales import CourseBundle, Customer, Order, OrderItem, PhysicalProduct, SoldResource
from .webhook import Webhook

__all__ = [
    "AutomationEvent",
    "AutomationHook",
    "ContactCreated",
    "ContactOptIn",
    "CourseBundle",
    "Customer",
    "Deduplicator",
    "Delivery",
    "Event",
    "InProgressError",
    "MemoryStore",
    "Order",
    "OrderItem",
    "PhysicalProduct",
    "SaleCanceled",
    "SaleNew",
    "SignedEvent",
    "SoldResource",
    "Store",
    "TagAdded",
    "TagRemoved",
    "UnknownEvent",
    "Webhook",
]

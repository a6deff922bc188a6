"""Deliveries of ActiveCampaign's webhooks: told from forged ones, and typed.

    token = DeliveryToken("…")
    event = token.unwrap(await request.read(), str(request.url))

Nothing is signed: a token in the address vouches for who sent it. Nothing here sends or waits.
"""

from __future__ import annotations

from .contact import DeliveredContact
from .events import (
    AccountEvent,
    ContactTagAdded,
    ContactTagRemoved,
    ContactUpdated,
    DealEvent,
    DeliveredEvent,
    Event,
    MailEvent,
    Subscribed,
    UnknownEvent,
    Unsubscribed,
)
from .recognition import parse
from .token import DeliveryToken

__all__ = [
    "AccountEvent",
    "ContactTagAdded",
    "ContactTagRemoved",
    "ContactUpdated",
    "DealEvent",
    "DeliveredContact",
    "DeliveredEvent",
    "DeliveryToken",
    "Event",
    "MailEvent",
    "Subscribed",
    "UnknownEvent",
    "Unsubscribed",
    "parse",
]

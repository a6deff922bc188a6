"""Webhooks as they are registered with the server; what they deliver is in `webhooks`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .model import Model


class EventSubscription(Model, frozen=True):
    """One kind of event that is delivered to a webhook."""

    id: str | None = None
    event: str = ""
    schema_version: int | None = None
    disabled_at: datetime | None = None
    """When the server gave up on it: fewer than 80 % of five days' deliveries succeeded."""
    disabled_reason: str | None = None


class WebhookRegistration(Model, frozen=True):
    """A webhook of the account; its secret is never sent back."""

    id: str
    """A UUID."""
    name: str = ""
    url: str | None = None
    active: bool | None = None
    subscriptions: list[EventSubscription] = msgspec.field(default_factory=list[EventSubscription])

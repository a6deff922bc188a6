"""What is sent to ActiveCampaign, with the API's limits beside each property."""

from __future__ import annotations

from .contacts import (
    ContactDraft,
    ContactTagDraft,
    ContactValues,
    FieldValueDraft,
    SubscriptionDraft,
    TagDraft,
    Value,
    contact_draft,
    value_text,
)

__all__ = [
    "ContactDraft",
    "ContactTagDraft",
    "ContactValues",
    "FieldValueDraft",
    "SubscriptionDraft",
    "TagDraft",
    "Value",
    "contact_draft",
    "value_text",
]

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
    check_address,
    contact_draft,
    value_text,
)
from .crm import (
    AccountContactDraft,
    AccountDraft,
    DealDraft,
    DealGroupDraft,
    DealStageDraft,
    DealStatus,
    NewDealDraft,
    NoteDraft,
    NoteTarget,
    currency_code,
    status_number,
)
from .fields import CustomFieldDraft, FieldOptionDraft, FieldRelationDraft, FieldType
from .imports import ImportContact, ImportDraft, ImportRow, import_draft
from .marketing import (
    ContactAutomationDraft,
    Initiator,
    ListDraft,
    WebhookDraft,
    stringid_of,
    texts,
    texts_if_set,
)

__all__ = [
    "AccountContactDraft",
    "AccountDraft",
    "ContactAutomationDraft",
    "ContactDraft",
    "ContactTagDraft",
    "ContactValues",
    "CustomFieldDraft",
    "DealDraft",
    "DealGroupDraft",
    "DealStageDraft",
    "DealStatus",
    "FieldOptionDraft",
    "FieldRelationDraft",
    "FieldType",
    "FieldValueDraft",
    "ImportContact",
    "ImportDraft",
    "ImportRow",
    "Initiator",
    "ListDraft",
    "NewDealDraft",
    "NoteDraft",
    "NoteTarget",
    "SubscriptionDraft",
    "TagDraft",
    "Value",
    "WebhookDraft",
    "check_address",
    "contact_draft",
    "currency_code",
    "import_draft",
    "status_number",
    "stringid_of",
    "texts",
    "texts_if_set",
    "value_text",
]

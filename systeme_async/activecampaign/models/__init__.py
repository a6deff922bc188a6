"""What ActiveCampaign sends: frozen structs; everything but the id may be missing."""

from __future__ import annotations

from .contacts import Contact, ContactList, ContactTag, FieldValue, Tag
from .crm import Account, AccountContact, Deal, DealGroup, DealStage, Note
from .fields import Field, FieldOption, FieldRelation
from .imports import ImportReceipt, ImportStatus
from .marketing import (
    Automation,
    Campaign,
    ContactAutomation,
    List,
    User,
    WebhookRegistration,
)
from .model import Model

__all__ = [
    "Account",
    "AccountContact",
    "Automation",
    "Campaign",
    "Contact",
    "ContactAutomation",
    "ContactList",
    "ContactTag",
    "Deal",
    "DealGroup",
    "DealStage",
    "Field",
    "FieldOption",
    "FieldRelation",
    "FieldValue",
    "ImportReceipt",
    "ImportStatus",
    "List",
    "Model",
    "Note",
    "Tag",
    "User",
    "WebhookRegistration",
]

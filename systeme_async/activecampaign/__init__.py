"""ActiveCampaign: the same core, budget and errors for the account people come from.

from systeme_async import ActiveCampaign

async with ActiveCampaign(url="https://acme.api-us1.com", api_key="…") as activecampaign:
async for contact in activecampaign.contacts.list(details=True): ...
"""

from __future__ import annotations

from .client import ActiveCampaign
from .drafts import ImportContact
from .importing import ImportBatch, ImportReport, LeftOut
from .models import (
    Account,
    AccountContact,
    Automation,
    Campaign,
    Contact,
    ContactAutomation,
    ContactList,
    ContactTag,
    Deal,
    DealGroup,
    DealStage,
    Field,
    FieldOption,
    FieldRelation,
    FieldValue,
    List,
    Note,
    Tag,
    User,
    WebhookRegistration,
)

__all__ = [
    "Account",
    "AccountContact",
    "ActiveCampaign",
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
    "ImportBatch",
    "ImportContact",
    "ImportReport",
    "LeftOut",
    "List",
    "Note",
    "Tag",
    "User",
    "WebhookRegistration",
]

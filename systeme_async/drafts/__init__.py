"""What we send. UNSET is left out, None travels as null and clears a value.

The limits of the API stand beside each property: a draft that breaks one is refused before it
costs a request, unless the client was opened with `validate=False`.
"""

from __future__ import annotations

from .contacts import (
    ContactDraft,
    ContactFieldDraft,
    ContactFieldRename,
    ContactValues,
    FieldDraft,
    Locale,
    TagDraft,
    TagLink,
    contact_draft,
)
from .draft import Draft
from .hooks import EventChoice, EventDraft, WebhookChange, WebhookDraft, event_drafts
from .marketing import (
    CampaignDraft,
    EditorType,
    FunnelDraft,
    NewsletterContentDraft,
    NewsletterDraft,
    NewsletterValues,
    TagSelection,
)
from .payments import Cancellation, CancelWhen
from .school import AccessType, EnrollmentDraft, MembershipDraft

__all__ = [
    "AccessType",
    "CampaignDraft",
    "CancelWhen",
    "Cancellation",
    "ContactDraft",
    "ContactFieldDraft",
    "ContactFieldRename",
    "ContactValues",
    "Draft",
    "EditorType",
    "EnrollmentDraft",
    "EventChoice",
    "EventDraft",
    "FieldDraft",
    "FunnelDraft",
    "Locale",
    "MembershipDraft",
    "NewsletterContentDraft",
    "NewsletterDraft",
    "NewsletterValues",
    "TagDraft",
    "TagLink",
    "TagSelection",
    "WebhookChange",
    "WebhookDraft",
    "contact_draft",
    "event_drafts",
]

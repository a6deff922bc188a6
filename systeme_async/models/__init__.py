"""What the server sends: frozen structs, snake_case, everything but the id optional.

A property that the server adds is ignored, one that it leaves out is None (or empty), and a
value of an enumeration that we do not know yet stays the string it is.
"""

from __future__ import annotations

from .contacts import Contact, ContactField, FieldValue, Tag
from .hooks import EventSubscription, WebhookRegistration
from .marketing import (
    Campaign,
    CampaignStep,
    Funnel,
    FunnelStep,
    Newsletter,
    NewsletterContent,
    NewsletterState,
)
from .model import Model, Page
from .payments import PricePlan, RecurringOptions, Subscription
from .school import Community, Course, CourseModule, Enrollment, Membership

__all__ = [
    "Campaign",
    "CampaignStep",
    "Community",
    "Contact",
    "ContactField",
    "Course",
    "CourseModule",
    "Enrollment",
    "EventSubscription",
    "FieldValue",
    "Funnel",
    "FunnelStep",
    "Membership",
    "Model",
    "Newsletter",
    "NewsletterContent",
    "NewsletterState",
    "Page",
    "PricePlan",
    "RecurringOptions",
    "Subscription",
    "Tag",
    "WebhookRegistration",
]

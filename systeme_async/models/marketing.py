"""Funnels, campaigns and newsletters, as the server sends them."""

from __future__ import annotations

import msgspec

from .model import Model


class Funnel(Model, frozen=True):
    """A row of pages that leads visitors to a purchase."""

    id: int
    name: str = ""
    is_active: bool | None = None


class FunnelStep(Model, frozen=True):
    """A page of a funnel."""

    id: int
    name: str = ""
    type: str | None = None
    """Such as `offer-form`."""
    funnel: Funnel | None = None


class Campaign(Model, frozen=True):
    """A row of e-mails that a contact gets one after the other."""

    id: int
    name: str = ""
    sender_email: str | None = None
    description: str | None = None


class CampaignStep(Model, frozen=True):
    """An e-mail of a campaign."""

    id: int
    name: str | None = None
    subject: str | None = None


class NewsletterContent(Model, frozen=True):
    """What a newsletter says, and who it says it is from."""

    subject: str | None = None
    preview_text: str | None = None
    body_html: str | None = None
    editor_type: str | None = None
    """`classic` or `visual`."""
    sender_email: str | None = None
    sender_name: str | None = None


class NewsletterState(Model, frozen=True):
    """How far a newsletter has come."""

    is_sent: bool | None = None


class Newsletter(Model, frozen=True):
    """An e-mail to many contacts at once."""

    id: int
    type: str | None = None
    content: NewsletterContent = msgspec.field(default_factory=NewsletterContent)
    state: NewsletterState = msgspec.field(default_factory=NewsletterState)

"""Lists, automations, campaigns, webhooks, users."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .model import Changing, Dated, Model, instant


class List(Dated, frozen=True):
    """A list that contacts subscribe to."""

    name: str = ""
    stringid: str | None = None
    """Its name in URLs."""
    sender_url: str | None = msgspec.field(default=None, name="sender_url")
    sender_reminder: str | None = msgspec.field(default=None, name="sender_reminder")
    active_subscribers: int | None = msgspec.field(default=None, name="active_subscribers")
    udate: str | None = None


class Automation(Changing, frozen=True):
    """An automation; what it does can't be read."""

    name: str = ""
    active: bool = msgspec.field(default=False, name="status")
    entered: int | None = None
    """Contacts that have entered it."""
    exited: int | None = None
    hidden: bool = False


class ContactAutomation(Model, frozen=True):
    """That a contact has entered an automation."""

    id: int
    contact: int | None = None
    automation: int | None = None
    status: int | None = None
    completed: bool = False
    adddate: str | None = None
    remdate: str | None = None

    @property
    def entered_at(self) -> datetime | None:
        """When the contact has entered it."""
        return instant(self.adddate)

    @property
    def left_at(self) -> datetime | None:
        """When the contact has left it."""
        return instant(self.remdate)


class Campaign(Dated, frozen=True):
    """A campaign: mails that were sent or will be; the API can't send any."""

    name: str = ""
    type: str | None = None
    status: int | None = None
    send_amount: int | None = msgspec.field(default=None, name="send_amt")
    opens: int | None = None
    unique_opens: int | None = msgspec.field(default=None, name="uniqueopens")
    link_clicks: int | None = msgspec.field(default=None, name="linkclicks")
    sdate: str | None = None

    @property
    def sent_at(self) -> datetime | None:
        """When it was, or will be, sent."""
        return instant(self.sdate)


class User(Model, frozen=True):
    """Somebody who works with the account."""

    id: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None


class WebhookRegistration(Model, frozen=True):
    """Where the account delivers events; deliveries are not signed."""

    id: int
    name: str = ""
    url: str | None = None
    events: list[str] = msgspec.field(default_factory=list[str])
    sources: list[str] = msgspec.field(default_factory=list[str])
    """Who must have caused an event: "public", "admin", "api", "system"."""
    list_id: int | None = msgspec.field(default=None, name="listid")
    """0 for all lists."""

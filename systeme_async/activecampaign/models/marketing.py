"""Lists, automations, campaigns, webhooks, users."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .model import Model, instant


class List(Model, frozen=True):
    """A list that contacts subscribe to."""

    id: int
    name: str = ""
    stringid: str | None = None
    """Its name in URLs."""
    sender_url: str | None = msgspec.field(default=None, name="sender_url")
    sender_reminder: str | None = msgspec.field(default=None, name="sender_reminder")
    active_subscribers: int | None = msgspec.field(default=None, name="active_subscribers")
    cdate: str | None = None
    udate: str | None = None

    @property
    def created_at(self) -> datetime | None:
        """When it was created."""
        return instant(self.cdate)


class Automation(Model, frozen=True):
    """An automation; what it does can't be read."""

    id: int
    name: str = ""
    active: bool = msgspec.field(default=False, name="status")
    entered: int | None = None
    """Contacts that have entered it."""
    exited: int | None = None
    hidden: bool = False
    cdate: str | None = None
    mdate: str | None = None

    @property
    def created_at(self) -> datetime | None:
        """When it was created."""
        return instant(self.cdate)

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed last."""
        return instant(self.mdate)


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


class Campaign(Model, frozen=True):
    """A campaign: mails that were sent or will be; the API can't send any."""

    id: int
    name: str = ""
    type: str | None = None
    status: int | None = None
    send_amount: int | None = msgspec.field(default=None, name="send_amt")
    opens: int | None = None
    unique_opens: int | None = msgspec.field(default=None, name="uniqueopens")
    link_clicks: int | None = msgspec.field(default=None, name="linkclicks")
    cdate: str | None = None
    sdate: str | None = None

    @property
    def created_at(self) -> datetime | None:
        """When it was created."""
        return instant(self.cdate)

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
    list: int | None = msgspec.field(default=None, name="listid")
    """0 for all lists."""

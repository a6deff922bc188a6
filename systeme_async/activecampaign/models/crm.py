"""Deals, their pipelines and stages, accounts (companies), notes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .model import Changing, Dated, Model, instant


class Deal(Changing, frozen=True):
    """A deal. One that the key's user may not see has a title and a status alone."""

    title: str | None = None
    value: int | None = None
    """In cents."""
    currency: str | None = None
    """Three small letters."""
    status: int | None = None
    """0 open, 1 won, 2 lost."""
    contact: int | None = None
    account: int | None = None
    group: int | None = None
    """The pipeline."""
    stage: int | None = None
    owner: int | None = None
    percent: int | None = None
    description: str | None = None
    is_disabled: bool = False


class DealStage(Dated, frozen=True):
    """A stage of a pipeline."""

    title: str | None = None
    group: int | None = None
    """The pipeline."""
    order: int | None = None
    color: str | None = None


class DealGroup(Dated, frozen=True):
    """A pipeline."""

    title: str | None = None
    currency: str | None = None
    stages: list[int] = msgspec.field(default_factory=list[int])
    """Ids."""


class Account(Model, frozen=True):
    """A company."""

    id: int
    name: str | None = None
    account_url: str | None = None
    owner: int | None = None
    contact_count: int | None = None
    deal_count: int | None = None
    created_timestamp: str | None = None
    updated_timestamp: str | None = None

    @property
    def created_at(self) -> datetime | None:
        """When it was created."""
        return instant(self.created_timestamp)

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed last."""
        return instant(self.updated_timestamp)


class AccountContact(Model, frozen=True):
    """That a contact belongs to a company; to one at most."""

    id: int
    account: int | None = None
    contact: int | None = None
    job_title: str | None = None


class Note(Model, frozen=True):
    """A note about something."""

    id: int
    note: str | None = None
    reltype: str | None = None
    """"Subscriber" (a contact), "Deal", "DealTask", "CustomerAccount" or "Activity"."""
    relid: int | None = None
    cdate: str | None = None
    mdate: str | None = None

    @property
    def created_at(self) -> datetime | None:
        """When it was written."""
        return instant(self.cdate)

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed last."""
        return instant(self.mdate)

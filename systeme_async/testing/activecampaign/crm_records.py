"""What an account of ActiveCampaign keeps of deals and companies. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True, kw_only=True)
class HeldDealGroup:
    """A pipeline."""

    id: int
    title: str
    currency: str
    created_at: datetime
    auto_assign: bool = True
    """Whether a deal needs no owner of its own."""


@dataclass(slots=True, kw_only=True)
class HeldDealStage:
    """A stage of a pipeline."""

    id: int
    group: int
    title: str
    order: int
    created_at: datetime
    width: int = 280
    color: str = "434343"


@dataclass(slots=True, kw_only=True)
class HeldDeal:
    """A deal; `value` is in cents, `status` 0 open, 1 won, 2 lost."""

    id: int
    title: str
    value: int
    currency: str
    group: int
    stage: int
    owner: int
    created_at: datetime
    updated_at: datetime
    contact: int | None = None
    company: int | None = None
    status: int = 0
    percent: int = 0
    description: str = ""


@dataclass(slots=True, kw_only=True)
class HeldCompany:
    """A company, which the API calls an account."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    url: str = ""
    owner: int = 1


@dataclass(slots=True, kw_only=True)
class HeldCompanyContact:
    """That a contact belongs to a company: an accountContact."""

    id: int
    company: int
    contact: int
    created_at: datetime
    job_title: str = ""


@dataclass(slots=True, kw_only=True)
class HeldNote:
    """A note about a contact, a deal or a company."""

    id: int
    text: str
    reltype: str
    relid: int
    created_at: datetime
    updated_at: datetime

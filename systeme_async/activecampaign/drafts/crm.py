"""Deals, their pipelines and stages, accounts (companies) and notes, as they are sent."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, get_args

from msgspec import UNSET, Meta, UnsetType

from ...drafts.draft import Draft, Id
from ...errors import ConfigurationError
from .names import Name, Words

DealStatus = Literal["open", "won", "lost"]
DEAL_STATUSES: Final[dict[str, int]] = {"open": 0, "won": 1, "lost": 2}

NoteTarget = Literal["Subscriber", "Deal", "DealTask", "CustomerAccount", "Activity"]
"""What a note is about; "Subscriber" is a contact."""

Cents = Annotated[int, Meta(ge=0)]
Currency = Annotated[str, Meta(pattern=r"\A[a-z]{3}\Z")]
Percent = Annotated[int, Meta(ge=0, le=100)]

_TITLE_RULE: Final = "give a title of 1 to 255 characters"
_CURRENCY_RULE: Final = "give a code of three letters such as eur"


class DealDraft(Draft, frozen=True):
    """A deal to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "title": _TITLE_RULE,
        "value": "give whole cents, from 0 on",
        "currency": _CURRENCY_RULE,
        "percent": "give a whole number from 0 to 100",
    }
    title: Name | UnsetType = UNSET
    value: Cents | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    contact: Id | UnsetType = UNSET
    account: Id | UnsetType = UNSET
    group: Id | UnsetType = UNSET
    stage: Id | UnsetType = UNSET
    owner: Id | UnsetType = UNSET
    status: int | UnsetType = UNSET
    percent: Percent | UnsetType = UNSET
    description: str | UnsetType = UNSET


class NewDealDraft(DealDraft, frozen=True):
    """A deal to be created: it belongs to somebody and stands somewhere."""

    def complaint(self) -> str | None:
        """Refuse a deal of nobody, and one that is in no pipeline."""
        if self.contact is UNSET and self.account is UNSET:
            return "a deal is with somebody: give contact=…, account=… or both"
        if self.group is UNSET and self.stage is UNSET:
            return "a deal is in a pipeline: give group=…, and it begins there, or stage=…"
        return None


class DealStageDraft(Draft, frozen=True):
    """A stage to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "title": _TITLE_RULE,
        "order": "give its place among the stages, from 1 on",
        "color": "give six hexadecimal digits such as 32B0FC",
    }
    title: Name | UnsetType = UNSET
    group: Id | UnsetType = UNSET
    order: Id | UnsetType = UNSET
    color: Annotated[str, Meta(pattern=r"\A[0-9A-Fa-f]{6}\Z")] | UnsetType = UNSET


class DealGroupDraft(Draft, frozen=True):
    """A pipeline to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {"title": _TITLE_RULE, "currency": _CURRENCY_RULE}
    title: Name | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET


class AccountDraft(Draft, frozen=True):
    """A company to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {"name": "give a name of 1 to 255 characters"}
    name: Name | UnsetType = UNSET
    account_url: str | UnsetType = UNSET
    owner: Id | UnsetType = UNSET


class AccountContactDraft(Draft, frozen=True):
    """A contact to be put into a company."""

    account: Id
    contact: Id
    job_title: str | UnsetType = UNSET


class NoteDraft(Draft, frozen=True):
    """A note to be written, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "note": "write something",
        "reltype": f"give one of {', '.join(get_args(NoteTarget))}",
    }
    note: Words
    relid: Id | UnsetType = UNSET
    reltype: NoteTarget | UnsetType = UNSET


def status_number(status: DealStatus | UnsetType) -> int | UnsetType:
    """Return how the status of a deal travels, or raise `ConfigurationError`."""
    if isinstance(status, UnsetType):
        return UNSET
    if status not in tuple(DEAL_STATUSES):
        msg = f"status={status!r}: give one of {', '.join(DEAL_STATUSES)}"
        raise ConfigurationError(msg)
    return DEAL_STATUSES[status]


def currency_code(currency: str | UnsetType) -> str | UnsetType:
    """Return a currency in small letters, as the API has them."""
    return currency.lower() if isinstance(currency, str) else currency

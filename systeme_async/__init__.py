"""An asyncio client for Systeme.io that spends the account's quota well and doubles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._core.gauge import BudgetSnapshot
from ._core.secret import Secret
from ._version import __version__
from .errors import (
    AlreadyExistsError,
    APIError,
    AuthenticationError,
    ClientStateError,
    ConfigurationError,
    ConnectionMissingError,
    DeadlineExceededError,
    DecodeError,
    JournalError,
    JournalInUseError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    PlanLimitError,
    RateLimitedError,
    ReplayError,
    ServerError,
    SignatureError,
    SystemeError,
    TransportError,
    ValidationError,
    Violation,
    WebhookVerificationError,
)
from .models import (
    Campaign,
    CampaignStep,
    Community,
    Contact,
    ContactField,
    Course,
    CourseModule,
    Enrollment,
    EventSubscription,
    FieldValue,
    Funnel,
    FunnelStep,
    Membership,
    Newsletter,
    NewsletterContent,
    NewsletterState,
    PricePlan,
    RecurringOptions,
    Subscription,
    Tag,
    WebhookRegistration,
)
from .options import Lane, Quota
from .paging import Pager
from .systeme import Systeme

if TYPE_CHECKING:
    from .activecampaign import ActiveCampaign
    from .maton import Connection, Maton
    from .pool import ClientPool

__all__ = [
    "APIError",
    "ActiveCampaign",
    "AlreadyExistsError",
    "AuthenticationError",
    "BudgetSnapshot",
    "Campaign",
    "CampaignStep",
    "ClientPool",
    "ClientStateError",
    "Community",
    "ConfigurationError",
    "Connection",
    "ConnectionMissingError",
    "Contact",
    "ContactField",
    "Course",
    "CourseModule",
    "DeadlineExceededError",
    "DecodeError",
    "Enrollment",
    "EventSubscription",
    "FieldValue",
    "Funnel",
    "FunnelStep",
    "JournalError",
    "JournalInUseError",
    "Lane",
    "Maton",
    "Membership",
    "Newsletter",
    "NewsletterContent",
    "NewsletterState",
    "NotFoundError",
    "NotSentError",
    "OutcomeUnknownError",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "PlanLimitError",
    "PricePlan",
    "Quota",
    "RateLimitedError",
    "RecurringOptions",
    "ReplayError",
    "Secret",
    "ServerError",
    "SignatureError",
    "Subscription",
    "Systeme",
    "SystemeError",
    "Tag",
    "TransportError",
    "ValidationError",
    "Violation",
    "WebhookRegistration",
    "WebhookVerificationError",
    "__version__",
]


def __getattr__(name: str) -> object:
    # Imported when asked for: most programs reach one account of Systeme.io, and directly.
    place = {
        "ActiveCampaign": "activecampaign",
        "ClientPool": "pool",
        "Connection": "maton",
        "Maton": "maton",
    }.get(name)
    if place is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(f".{place}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""An asyncio client for Systeme.io that spends the account's quota well and doubles nothing."""

from __future__ import annotations

from ._core.gauge import BudgetSnapshot
from ._version import __version__
from .client import Systeme
from .errors import (
    AlreadyExistsError,
    APIError,
    AuthenticationError,
    ClientStateError,
    ConfigurationError,
    ConnectionMissingError,
    DeadlineExceededError,
    DecodeError,
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
from .models import Contact, ContactField, FieldValue, Tag
from .options import Lane, Quota
from .paging import Pager

__all__ = [
    "APIError",
    "AlreadyExistsError",
    "AuthenticationError",
    "BudgetSnapshot",
    "ClientStateError",
    "ConfigurationError",
    "ConnectionMissingError",
    "Contact",
    "ContactField",
    "DeadlineExceededError",
    "DecodeError",
    "FieldValue",
    "Lane",
    "NotFoundError",
    "NotSentError",
    "OutcomeUnknownError",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "PlanLimitError",
    "Quota",
    "RateLimitedError",
    "ReplayError",
    "ServerError",
    "SignatureError",
    "Systeme",
    "SystemeError",
    "Tag",
    "TransportError",
    "ValidationError",
    "Violation",
    "WebhookVerificationError",
    "__version__",
]

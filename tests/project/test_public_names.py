"""What other people's programs hold on to: names, the tree of errors, docstrings, endpoints."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import systeme_async
from systeme_async import endpoints, errors
from systeme_async._core.endpoint import Endpoint
from systeme_async.testing.account import Account
from systeme_async.testing.routes import table

PACKAGE = Path(systeme_async.__file__).parent

PUBLIC: dict[str, list[str]] = {
    "systeme_async": [
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
    ],
    "systeme_async.activecampaign": [
        "Account",
        "AccountContact",
        "ActiveCampaign",
        "Automation",
        "Campaign",
        "Contact",
        "ContactAutomation",
        "ContactList",
        "ContactTag",
        "Deal",
        "DealGroup",
        "DealStage",
        "Field",
        "FieldOption",
        "FieldRelation",
        "FieldValue",
        "ImportBatch",
        "ImportContact",
        "ImportReport",
        "LeftOut",
        "List",
        "Note",
        "Tag",
        "User",
        "WebhookRegistration",
    ],
    "systeme_async.activecampaign.deliveries": [
        "AccountEvent",
        "ContactTagAdded",
        "ContactTagRemoved",
        "ContactUpdated",
        "DealEvent",
        "DeliveredContact",
        "DeliveredEvent",
        "DeliveryToken",
        "Event",
        "MailEvent",
        "Subscribed",
        "UnknownEvent",
        "Unsubscribed",
        "parse",
    ],
    "systeme_async.bulk": [
        "Bulk",
        "File",
        "ImportJob",
        "Job",
        "Outcome",
        "Plan",
        "Report",
        "Status",
    ],
    "systeme_async.maton": ["Connection", "Maton"],
    "systeme_async.integrations.otel": ["instrument"],
    "systeme_async.migrate": ["Migration", "MigrationPlan", "Verification"],
    "systeme_async.observing": [
        "AttemptEnded",
        "CallEnded",
        "CallStarted",
        "FailureKind",
        "Observation",
        "ObservedCall",
        "Observer",
        "Paused",
    ],
    "systeme_async.pool": ["ClientPool", "PooledAccount"],
    "systeme_async.testing": [
        "Account",
        "ActiveCampaignAccount",
        "ActiveCampaignSandbox",
        "Change",
        "Delivery",
        "Faults",
        "GatewayRequest",
        "Happening",
        "HeldCampaign",
        "HeldCampaignStep",
        "HeldCommunity",
        "HeldConnection",
        "HeldContact",
        "HeldCourse",
        "HeldEnrollment",
        "HeldEvent",
        "HeldFunnel",
        "HeldFunnelStep",
        "HeldMembership",
        "HeldModule",
        "HeldNewsletter",
        "HeldSubscription",
        "HeldTag",
        "HeldWebhook",
        "MatonGateway",
        "ReceivedRequest",
        "Sandbox",
        "VirtualClockLoop",
    ],
    "systeme_async.webhooks": [
        "AutomationEvent",
        "AutomationHook",
        "ContactCreated",
        "ContactOptIn",
        "CourseBundle",
        "Customer",
        "Deduplicator",
        "Delivery",
        "Event",
        "InProgressError",
        "MemoryStore",
        "Order",
        "OrderItem",
        "PhysicalProduct",
        "SaleCanceled",
        "SaleNew",
        "SignedEvent",
        "SoldResource",
        "Store",
        "TagAdded",
        "TagRemoved",
        "UnknownEvent",
        "Webhook",
    ],
}
"""The snapshot: a name leaves it only with a new major version."""

# From the interface: each class of the tree and what it is one of.
TREE = {
    "SystemeError": (Exception,),
    "ConfigurationError": ("SystemeError", ValueError),
    "JournalInUseError": ("ConfigurationError",),
    "ClientStateError": ("SystemeError",),
    "DeadlineExceededError": ("SystemeError", TimeoutError),
    "TransportError": ("SystemeError",),
    "NotSentError": ("TransportError",),
    "OutcomeUnknownError": ("TransportError",),
    "APIError": ("SystemeError",),
    "AuthenticationError": ("APIError",),
    "PermissionDeniedError": ("APIError",),
    "PlanLimitError": ("PermissionDeniedError",),
    "NotFoundError": ("APIError",),
    "ValidationError": ("APIError",),
    "AlreadyExistsError": ("ValidationError",),
    "RateLimitedError": ("APIError",),
    "ServerError": ("APIError",),
    "ConnectionMissingError": ("APIError",),
    "DecodeError": ("SystemeError",),
    "JournalError": ("SystemeError",),
    "PaginationError": ("SystemeError",),
    "WebhookVerificationError": ("SystemeError",),
    "SignatureError": ("WebhookVerificationError",),
    "ReplayError": ("WebhookVerificationError",),
}

ATTRIBUTES = {
    "SystemeError": {"request"},
    "JournalInUseError": {"request", "pid"},
    "DeadlineExceededError": {"request", "retry_at"},
    "NotSentError": {"request", "attempts"},
    "OutcomeUnknownError": {"request", "attempts"},
    "APIError": {"request", "status", "detail", "violations", "headers", "source", "attempts"},
    "RateLimitedError": {"request", "status", "retry_at", "attempts"},
    "DecodeError": {"request", "status"},
}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names(name: str) -> None:
    """What is exported is what was promised, sorted, and all of it is there."""
    module = import_module(name)
    assert PUBLIC[name] == sorted(PUBLIC[name])
    assert PUBLIC[name] == list(module.__all__)
    for exported in module.__all__:
        assert getattr(module, exported) is not None
    assert set(module.__all__) <= set(dir(module))


def test_public_names_of_the_errors() -> None:
    """Every class of the module of errors is exported at the top, and nothing else is there."""
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, BaseException)
    }
    assert defined == set(TREE)
    assert defined <= set(systeme_async.__all__)


def test_unknown_names_are_attribute_errors() -> None:
    """A name that was never promised is no surprise to `hasattr`."""
    for name in PUBLIC:
        assert not hasattr(import_module(name), "no_such_name")


@pytest.mark.parametrize("name", TREE)
def test_the_tree_of_errors(name: str) -> None:
    """Each class of the interface exists under its base, takes a message and shows it."""
    kind: type[Exception] = getattr(systeme_async, name)
    bases = [getattr(systeme_async, base) if isinstance(base, str) else base for base in TREE[name]]
    assert list(kind.__bases__) == bases
    error = kind("gone wrong")
    assert str(error) == "gone wrong"
    assert kind.__doc__
    for attribute in ATTRIBUTES.get(name, ()):
        assert hasattr(error, attribute)


def test_the_tree_is_drawn() -> None:
    """The drawing in the module's docstring names every class."""
    assert errors.__doc__ is not None
    assert {name for name in TREE if name not in errors.__doc__} == set()


def public_classes() -> list[type[Any]]:
    """Return every class that a user meets: the exported ones and the resources."""
    names = [
        f"systeme_async.{folder}{path.stem}"
        for folder in ("resources.", "activecampaign.resources.")
        for path in sorted((PACKAGE / folder.replace(".", "/")).glob("[!_]*.py"))
    ]
    resources = [import_module(name) for name in names]
    exporters = [import_module(name) for name in PUBLIC]
    values = [
        value
        for module in resources
        for value in vars(module).values()
        if getattr(value, "__module__", None) == module.__name__
    ]
    values += [getattr(module, name) for module in exporters for name in module.__all__]
    return list(dict.fromkeys(value for value in values if isinstance(value, type)))


def public_members(kind: type[Any]) -> list[tuple[str, Any]]:
    """Return the methods and properties that the class itself defines for its users."""
    return [
        (name, member)
        for name, member in vars(kind).items()
        if not name.startswith("_") and (inspect.isroutine(member) or isinstance(member, property))
    ]


@pytest.mark.parametrize("kind", public_classes(), ids=lambda kind: kind.__name__)
def test_everything_public_is_described(kind: type[Any]) -> None:
    """Each class and each public method has a docstring that begins with a sentence."""
    described = [(kind.__name__, kind.__doc__)]
    for name, member in public_members(kind):
        target = member.__func__ if isinstance(member, staticmethod | classmethod) else member
        described.append((name, target.__doc__))
    for name, text in described:
        assert text, name
        first = text.strip().split("\n\n")[0]
        assert first.rstrip().endswith((".", ":", "`.", '".')), f"{kind.__name__}.{name}: {first}"


@pytest.mark.parametrize("kind", public_classes(), ids=lambda kind: kind.__name__)
def test_everything_public_is_annotated(kind: type[Any]) -> None:
    """Each public method says what it takes and what it returns."""
    for name, member in public_members(kind):
        target = member.fget if isinstance(member, property) else member
        target = target.__func__ if isinstance(target, staticmethod | classmethod) else target
        signature = inspect.signature(target)
        assert signature.return_annotation is not inspect.Signature.empty, name
        for parameter in list(signature.parameters.values())[1:]:
            assert parameter.annotation is not inspect.Parameter.empty, f"{name}({parameter})"


# Endpoints


CONSTANTS = [name for name, value in vars(endpoints).items() if isinstance(value, Endpoint)]


def used_constants() -> set[str]:
    """Return the constants that the resources name as `api.CONSTANT`."""
    used: set[str] = set()
    for path in (PACKAGE / "resources").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "api"
            ):
                used.add(node.attr)
    return used


@pytest.mark.parametrize("name", CONSTANTS)
def test_every_endpoint_is_used_and_served(name: str) -> None:
    """A line of the table has a method of ours and an answer of the sandbox's."""
    assert name in used_constants()
    assert name in table()
    assert Account().answers(name) is not None


def test_no_endpoint_stands_twice() -> None:
    """Method and path name one endpoint."""
    pairs = [(getattr(endpoints, name).method, getattr(endpoints, name).path) for name in CONSTANTS]
    assert len(pairs) == len(set(pairs))


def test_every_endpoint_is_below_api() -> None:
    """Paths are those of the API, without a slash at their end."""
    for name in CONSTANTS:
        path: str = getattr(endpoints, name).path
        assert path.startswith("/api/")
        assert not path.endswith("/")

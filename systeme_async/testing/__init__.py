"""A Systeme.io for tests: a stateful server on loopback, faults on demand, and a virtual clock.

    async with Sandbox(quota=Quota(60), faults=Faults(lost=0.02)) as sandbox:
        async with Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme: ...

    async with ActiveCampaignSandbox() as sandbox:
        async with ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key) as activecampaign: ...

With pytest, the fixtures `sandbox` and `systeme` are there as soon as the package is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .account import Account
    from .activecampaign.account import ActiveCampaignAccount
    from .activecampaign.sandbox import ActiveCampaignSandbox
    from .books import Change
    from .clock import VirtualClockLoop
    from .connections import HeldConnection
    from .deliveries import Delivery
    from .faults import Faults
    from .gateway import GatewayRequest
    from .happenings import Happening
    from .maton import MatonGateway
    from .received import ReceivedRequest
    from .records import (
        HeldCampaign,
        HeldCampaignStep,
        HeldCommunity,
        HeldContact,
        HeldCourse,
        HeldEnrollment,
        HeldEvent,
        HeldFunnel,
        HeldFunnelStep,
        HeldMembership,
        HeldModule,
        HeldNewsletter,
        HeldSubscription,
        HeldTag,
        HeldWebhook,
    )
    from .sandbox import Sandbox

__all__ = [
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
]

# Imported when they are asked for: the pytest plugin lives in this package and is loaded in
# every test run of whoever installed it, whether it is used or not.
_HOMES: Final = {
    "Account": "account",
    "ActiveCampaignAccount": "activecampaign.account",
    "ActiveCampaignSandbox": "activecampaign.sandbox",
    "Change": "books",
    "Delivery": "deliveries",
    "Faults": "faults",
    "GatewayRequest": "gateway",
    "Happening": "happenings",
    "HeldCampaign": "records",
    "HeldCampaignStep": "records",
    "HeldCommunity": "records",
    "HeldConnection": "connections",
    "HeldContact": "records",
    "HeldCourse": "records",
    "HeldEnrollment": "records",
    "HeldEvent": "records",
    "HeldFunnel": "records",
    "HeldFunnelStep": "records",
    "HeldMembership": "records",
    "HeldModule": "records",
    "HeldNewsletter": "records",
    "HeldSubscription": "records",
    "HeldTag": "records",
    "HeldWebhook": "records",
    "MatonGateway": "maton",
    "ReceivedRequest": "received",
    "Sandbox": "sandbox",
    "VirtualClockLoop": "clock",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

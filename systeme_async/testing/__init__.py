"""A Systeme.io for tests: a stateful server on loopback, faults on demand, and a virtual clock.

    async with Sandbox(quota=Quota(60), faults=Faults(lost=0.02)) as sandbox:
        async with Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme: ...

With pytest, the fixtures `sandbox` and `systeme` are there as soon as the package is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .account import Account
    from .clock import VirtualClockLoop
    from .faults import Faults
    from .holdings import Change, HeldContact, HeldTag
    from .received import ReceivedRequest
    from .sandbox import Sandbox

__all__ = [
    "Account",
    "Change",
    "Faults",
    "HeldContact",
    "HeldTag",
    "ReceivedRequest",
    "Sandbox",
    "VirtualClockLoop",
]

# Imported when they are asked for: the pytest plugin lives in this package and is loaded in
# every test run of whoever installed it, whether it is used or not.
_HOMES: Final = {
    "Account": "account",
    "Change": "holdings",
    "Faults": "faults",
    "HeldContact": "holdings",
    "HeldTag": "holdings",
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

"""On which terms an account is served: its key, its quota, and how its server speaks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dialect import Dialect
    from .hints import Hints
    from .meter import Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What whoever opens a desk for an account has to know."""

    api_key: str
    meter: Callable[[], Meter | None]
    """Makes a full quota, or None where there is none."""
    wording: Hints
    dialect: Dialect

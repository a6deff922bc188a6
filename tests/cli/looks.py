"""Looks at jobs that never were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from systeme_async.cli.look import Look

if TYPE_CHECKING:
    from collections.abc import Mapping


def look(counts: Mapping[str, int] | None = None, **given: Any) -> Look:
    """Build a look at a job of ten rows that has only begun, but for what is given."""
    begun: dict[str, Any] = {
        "comparing": None,
        "count": 10,
        "elapsed": 0.0,
        "left": None,
        "limit": None,
        "remaining": None,
        "waiting": False,
        "wait": None,
        "until": None,
        "stopping": False,
    }
    return Look(counts=dict(counts or {}), **{**begun, **given})

"""What a caller may choose: the quota of the account, the lane of a call, the limits of a call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from .errors import ConfigurationError

REQUESTS_BY_PLAN: Final[dict[str, int | None]] = {
    "free": 30,
    "startup": 60,
    "webinar": 120,
    "unlimited": None,
}
"""Requests a minute for the whole account, by the plan's name; None is no quota at all."""


class Lane(IntEnum):
    """Who goes first when calls wait for the same budget; the lower number does."""

    INTERACTIVE = 0
    """Somebody is waiting for the answer: a web request, a person at a terminal."""

    BULK = 1
    """A job of many requests; it uses what interactive calls leave."""


@dataclass(frozen=True)
class Quota:
    """What the account may spend: `requests` in every `per` seconds, of which we use `share`.

    `requests` is None where the number is to be learnt from the answers or, with the
    `"unlimited"` plan, where there is none. `share` below 1 leaves the rest to the account's
    other integrations. Raises `ConfigurationError` for numbers that allow nothing.
    """

    requests: int | None = None
    per: float = 60.0
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.requests is not None and self.requests < 1:
            msg = f"Quota(requests={self.requests}): at least one request must be allowed"
            raise ConfigurationError(msg)
        if not (math.isfinite(self.per) and self.per > 0):
            msg = f"Quota(per={self.per}): give the period in seconds, above zero"
            raise ConfigurationError(msg)
        if not 0 < self.share <= 1:
            msg = f"Quota(share={self.share}): give the part to be used, above 0 and up to 1"
            raise ConfigurationError(msg)

    @classmethod
    def of(cls, choice: Quota | str | None) -> Quota:
        """Read a quota as callers give it: a `Quota`, a plan's name, or None for "learn it"."""
        if isinstance(choice, Quota):
            return choice
        if choice is None:
            return cls()
        plan = str(choice).lower()
        if plan in REQUESTS_BY_PLAN:
            return cls(REQUESTS_BY_PLAN[plan])
        names = ", ".join(REQUESTS_BY_PLAN)
        msg = f"quota={choice!r} is no plan; use one of {names}, or Quota(requests, per=60.0)"
        raise ConfigurationError(msg)


@dataclass(frozen=True)
class CallOptions:
    """How one call behaves; `with_options` makes a copy with some of it changed."""

    lane: Lane = Lane.INTERACTIVE
    timeout: float = 30.0
    """Seconds for one attempt, connecting and reading included."""
    deadline: float | None = None
    """Seconds for the whole call, waiting for quota and retries included; None is no end."""
    max_attempts: int = 5
    """Tries of one call, the first included."""
    max_wait: float | None = None
    """Seconds that an attempt may wait for the quota; 0 never waits, None is no end."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            msg = f"timeout={self.timeout}: give the seconds for one attempt, above zero"
            raise ConfigurationError(msg)
        wait = self.max_wait
        if wait is not None and not (math.isfinite(wait) and wait >= 0):
            msg = f"max_wait={wait}: give the seconds to wait for the quota, or None for no limit"
            raise ConfigurationError(msg)
        deadline = self.deadline
        if deadline is not None and not (math.isfinite(deadline) and deadline > 0):
            msg = f"deadline={deadline}: give the seconds for a whole call, or None for no end"
            raise ConfigurationError(msg)
        if self.max_attempts < 1:
            msg = f"max_attempts={self.max_attempts}: at least one attempt is needed"
            raise ConfigurationError(msg)

"""What can go wrong on the way: by chance, seeded, or exactly where a test wants it.

Pure: the dice are handed in, nothing here touches a socket.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from random import Random

Kind = Literal[
    "lost",
    "reset",
    "failed",
    "failed_after",
    "truncated",
    "hang",
    "redirect",
    "html",
    "huge",
    "empty",
    "throttle",
    "unauthorized",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
CARRIED_OUT: Final[frozenset[Kind]] = frozenset(
    {"lost", "failed_after", "truncated", "hang", "empty"}
)
"""The faults after which the request has had its effect all the same."""
UNCOUNTED: Final[frozenset[Kind]] = frozenset({"reset", "throttle", "unauthorized"})
"""The faults that cost no quota: the request never came as far as that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often a request meets a fault; each number is a probability from 0 to 1.

    Attributes:
        lost: carried out, then the connection is closed without an answer.
        reset: the connection is reset before anything is carried out; costs no quota.
        failed: answered with 500, 502 or 503, nothing carried out.
        latency: seconds of the round trip, half of them before the request arrives.
        lag: seconds until GETs show what a write has changed; the next write knows at once.
        writes_only: spare the GETs, but for the lag.
    """

    lost: float = 0.0
    reset: float = 0.0
    failed: float = 0.0
    latency: float = 0.0
    lag: float = 0.0
    writes_only: bool = False

    def __post_init__(self) -> None:
        for name in ("lost", "reset", "failed"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                msg = f"Faults({name}={value}): give a probability, from 0 to 1"
                raise ConfigurationError(msg)
        if self.lost + self.reset + self.failed > 1:
            msg = "Faults: lost, reset and failed are more than 1 together"
            raise ConfigurationError(msg)
        if not (math.isfinite(self.latency) and self.latency >= 0):
            msg = f"Faults(latency={self.latency}): give the round trip in seconds, 0 or more"
            raise ConfigurationError(msg)
        if not (math.isfinite(self.lag) and self.lag >= 0):
            msg = f"Faults(lag={self.lag}): give the seconds until reads show a write, 0 or more"
            raise ConfigurationError(msg)

    def draw(self, dice: Random, method: str) -> Kind | None:
        """Return the fault that a request meets; one throw of the dice for each request."""
        throw = dice.random()
        if self.writes_only and method == "GET":
            return None
        if throw < self.lost:
            return "lost"
        if throw < self.lost + self.reset:
            return "reset"
        if throw < self.lost + self.reset + self.failed:
            return "failed"
        return None


@dataclass(slots=True, kw_only=True)
class Injection:
    """A fault for certain requests: after `after` of those that match, the next `times`."""

    kind: Kind
    method: str | None
    path: str | None
    times: int
    after: int

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"inject({self.kind!r}): use one of {', '.join(KINDS)}"
            raise ConfigurationError(msg)
        if self.times < 1:
            msg = f"inject(times={self.times}): at least one request must meet the fault"
            raise ConfigurationError(msg)
        if self.after < 0:
            msg = f"inject(after={self.after}): give the number of requests to spare, 0 or more"
            raise ConfigurationError(msg)

    def matches(self, method: str, paths: tuple[str, ...]) -> bool:
        """Say whether the request is meant; it goes by each of `paths`."""
        return self.method in (None, method) and (self.path is None or self.path in paths)

    def strikes(self) -> bool:
        """Count one request that matches and say whether it meets the fault."""
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Fate:
    """Decides what each request meets: what was injected first, else the dice."""

    faults: Faults
    dice: Random
    injections: list[Injection] = field(default_factory=list[Injection])

    def throw(self, method: str) -> Kind | None:
        """Throw the dice once for a request that arrives."""
        return self.faults.draw(self.dice, method)

    def strike(
        self, method: str, paths: tuple[str, ...], by_chance: Kind | None, *, counted: bool
    ) -> Kind | None:
        """Return the fault that the request meets now, or None.

        It is asked twice: before the quota is debited, for the faults that cost none, and after
        it for the others, so that a request that is throttled uses up no injection.
        """
        for injection in self.injections:
            due = (injection.kind not in UNCOUNTED) is counted
            if due and injection.matches(method, paths) and injection.strikes():
                self.injections = [one for one in self.injections if one.times > 0]
                return injection.kind
        if by_chance is not None and (by_chance not in UNCOUNTED) is counted:
            return by_chance
        return None

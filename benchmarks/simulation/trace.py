"""What happened in one world: every event in order, hashed, and the last of them kept."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

KEPT: Final = 30

PROPERTIES: Final = {
    "1 quota, honest": "alone, every answer tells a true Remaining: nothing above the quota",
    "1 quota, gaps": "alone, some hints missing or unbelievable: nothing above the quota",
    "1 quota, after silence": "the same, of a probe that follows one that told nothing",
    "1 quota, configured": "alone with Quota(…), whatever the headers say: nothing above the quota",
    "1 quota, configured, late": "the same, of requests that arrive after they were given up",
    "2 tokens": "sent = settled + in flight at every event; nothing in flight at the end",
    "3 nobody lost": "each call is served, cancelled, refused or out of time, in bounded time",
    "4 ceiling": "never more than configured in any period, whatever the headers say",
    "4 ceiling, late": "the same, of requests that arrive after they were given up",
    "6 replay": "the same seed happens again in the same way",
    "7 bad hints": "each hint is read as it was meant, or ignored and counted",
    "judge": "server and judge agree on what was above the quota",
}


@dataclass
class Trace:
    """The events of one seed."""

    whole: list[str] | None = None
    last: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    violations: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    tail: tuple[str, ...] = ()
    """The events that led to the first violation."""
    met: Counter[str] = field(default_factory=Counter[str])
    """Every kind of fault, and how often it was met."""

    def __post_init__(self) -> None:
        self._hash = blake2b(digest_size=16)

    def note(self, now: int, event: str) -> None:
        """Write down an event."""
        line = f"{now / 1e9:16.9f} {event}"
        self.last.append(line)
        self._hash.update(line.encode() + b"\n")
        if self.whole is not None:
            self.whole.append(line)

    def violated(self, what: str, now: int, text: str) -> None:
        """Write down that a property does not hold; once for each property is enough."""
        assert what in PROPERTIES
        if any(what == other for other, _ in self.violations):
            return
        self.note(now, f"VIOLATION of {what}: {text}")
        if not self.violations:
            self.tail = tuple(self.last)
        self.violations.append((what, f"at {now / 1e9:.6f} s: {text}"))

    @property
    def digest(self) -> str:
        """A hash of all that happened."""
        return self._hash.hexdigest()

"""What is drawn from a seed: an account, a network, its faults, and who wants what when."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from systeme_async.options import Lane, Quota
from systeme_async.testing.quotas import SHAPES

if TYPE_CHECKING:
    from systeme_async.testing.quotas import Shape

SECOND: Final = 1_000_000_000
SKEW: Final = 15 * 60 * SECOND

FORMS: Final = ("seconds", "float", "tenths", "epoch", "ms", "date")
RELATIVE: Final = ("seconds", "float", "tenths")
LEFT_OUT: Final = ("Limit", "Remaining", "Refill", "all")

UNBELIEVABLE: Final = ("silent", "negative", "text", "NaN", "years away", "years ago")
"""Headers that are missing, or that nobody can believe: they do no harm."""
BELIEVABLE: Final = ("contradictory", "stale", "hours away", "too early", "too many")
"""Headers that look right and are wrong."""


@dataclass(frozen=True)
class Hints:
    """How the server words its headers, and how it lies."""

    form: str
    retry_form: str
    rounding: str
    left_out: str | None
    """A header that never comes."""
    duplicated: bool
    dated: bool
    skew: int
    """How far the server's clock is ahead."""
    lie: str | None
    lie_rate: float

    @property
    def honest(self) -> bool:
        """Whether all that can be believed is true, and Remaining is told."""
        clock = self.skew == 0 or self.dated or self.form in RELATIVE
        told = self.left_out not in {"Remaining", "all"}
        return clock and told and self.lie not in BELIEVABLE

    @property
    def complete(self) -> bool:
        """Whether every answer tells a true Remaining."""
        return self.honest and self.lie is None


@dataclass(frozen=True)
class Odds:
    """How often something goes wrong with a request, each between 0 and 1."""

    never_left: float = 0.0
    dropped: float = 0.0
    unheard: float = 0.0
    surprise: float = 0.0
    mute: float = 0.0
    """Parts of the surprising 429s without a word."""
    cancelled: float = 0.0


@dataclass
class Call:
    """Somebody who wants one request sent."""

    number: int
    at: int
    lane: Lane
    deadline: int | None
    cancel_after: int | None
    """-1 is before its task has begun."""
    phase: str = "not begun"


@dataclass(frozen=True)
class Scenario:
    """One world before anything has happened in it."""

    seed: int
    shape: Shape
    requests: int
    per: int
    opened: int
    """When one of the fixed windows opened, before the start."""
    hints: Hints
    latency: tuple[int, int]
    odds: Odds
    timeout: int
    attempts: int
    concurrency: int
    quota: Quota
    rivals: tuple[int, ...]
    calls: tuple[Call, ...]

    @property
    def allowed(self) -> int | None:
        """What the configured quota and its share come to."""
        if self.quota.requests is None:
            return None
        return max(1, int(self.quota.requests * self.quota.share))

    @property
    def alone_and_configured(self) -> bool:
        """Whether the configured quota is no larger than the server's, and nobody else's."""
        fits = self.allowed is not None and self.allowed <= self.requests
        return fits and self.quota.per * SECOND >= self.per and not self.rivals

    def __str__(self) -> str:
        hints, quota = self.hints, self.quota
        words = [
            f"seed {self.seed}: {self.requests} in {self.per // SECOND} s, {self.shape}",
            f"{hints.form} {hints.rounding}" + " twice" * hints.duplicated,
            f"without {hints.left_out}" * bool(hints.left_out),
            f"clock {hints.skew / SECOND:+.0f} s, {'' if hints.dated else 'no '}Date",
            f"lies: {hints.lie} at {hints.lie_rate:.0%}" * bool(hints.lie),
            f"one way {self.latency[0] / SECOND:.3f} to {self.latency[1] / SECOND:.3f} s",
            f"concurrency {self.concurrency}, timeout {self.timeout // SECOND} s",
            f"Quota({quota.requests}, per={quota.per:g}, share={quota.share:g})",
            f"{len(self.rivals)} requests of others" * bool(self.rivals),
            f"{len(self.calls)} calls, {self.odds}",
        ]
        return "; ".join(word for word in words if word)


def scenario_of(seed: int) -> Scenario:
    """Draw everything that can be said beforehand."""
    random = Random(seed)  # noqa: S311 - luck that is meant to be repeatable
    requests = random.choice((1, 2, 3, 5, 10, 10, 20, 30, 60))
    per = random.choice((1, 2, 10, 10, 60)) * SECOND
    slowest = random.choice((0, SECOND // 10, SECOND // 2, SECOND, 2 * SECOND))
    fastest = random.choice((0, slowest // 2, slowest))
    hints = _hints(random)
    return Scenario(
        seed=seed,
        shape=random.choice(tuple(SHAPES)),
        requests=requests,
        per=per,
        opened=-per - random.randrange(per),
        hints=hints,
        latency=(fastest, slowest),
        odds=_odds(random),
        timeout=random.choice((5, 10, 30)) * SECOND,
        attempts=random.choice((1, 3, 5, 5)),
        concurrency=random.choice((1, 2, 5, 20, 50, random.randint(1, 50))),
        quota=_quota(random, requests, per),
        rivals=_rivals(random, requests, per),
        calls=_calls(random, per),
    )


def _hints(random: Random) -> Hints:
    lie = left_out = None
    dice = random.random()
    if dice < 0.25:
        lie = random.choice(UNBELIEVABLE)
    elif dice < 0.45:
        lie = random.choice(BELIEVABLE)
    elif dice < 0.6:
        left_out = random.choice(LEFT_OUT)
    skewed = random.random() < 0.4
    return Hints(
        form=random.choice(FORMS),
        retry_form=random.choice(("seconds", "date", "none")),
        rounding=random.choice(("ceil", "floor")),
        left_out=left_out,
        duplicated=random.random() < 0.2,
        dated=random.random() < 0.7,
        skew=random.randint(-SKEW, SKEW) if skewed else 0,
        lie=lie,
        lie_rate=random.choice((0.1, 0.5, 1.0)) if lie else 0.0,
    )


def _odds(random: Random) -> Odds:
    def rate(most: float) -> float:
        return random.random() * most if random.random() < 0.35 else 0.0

    return Odds(rate(0.2), rate(0.1), rate(0.1), rate(0.1), random.choice((0.0, 0.5)), rate(0.2))


def _quota(random: Random, requests: int, per: int) -> Quota:
    """Draw none, one that fits, one that is too large, or one that is smaller."""
    share = random.choice((1.0, 1.0, 0.8, 0.5, 0.25))
    dice = random.random()
    if dice < 0.55:
        return Quota(share=share)
    if dice < 0.8:
        return Quota(requests, per=per / SECOND, share=share)
    configured = 2 * requests if dice < 0.9 else max(1, requests // 2)
    return Quota(configured, per=per / SECOND, share=share)


def _rivals(random: Random, requests: int, per: int) -> tuple[int, ...]:
    """Draw when somebody else spends one: never, evenly, or in bursts."""
    dice = random.random()
    if dice < 0.6:
        return ()
    if dice < 0.8:
        step = max(1, int(per / requests * random.choice((1, 2, 3))))
        return tuple(at * step + random.randrange(step) for at in range(200))
    starts = sorted(random.randrange(10 * per) for _ in range(5))
    return tuple(sorted(start + random.randrange(per) for start in starts for _ in range(20)))


def _calls(random: Random, per: int) -> tuple[Call, ...]:
    """Draw who comes when, in waves."""
    calls: list[Call] = []
    at = 0
    impatient = random.choice((0.0, 0.0, 0.3))
    hurried = random.choice((0.0, 0.3, 0.6))
    interactive = random.choice((0.0, 0.5, 1.0))
    for _ in range(random.randint(1, 4)):
        for _ in range(random.choice((1, 3, 10, 30, 60))):
            deadline = cancel_after = None
            if random.random() < hurried:
                deadline = at + round(random.choice((0.0, 0.5, 1.5, 5.0)) * per)
            if random.random() < impatient:
                cancel_after = random.choice((-1, 0, random.randrange(2 * per)))
            lane = Lane.INTERACTIVE if random.random() < interactive else Lane.BULK
            calls.append(Call(len(calls), at, lane, deadline, cancel_after))
        at += random.randrange(2 * per)
    return tuple(calls)

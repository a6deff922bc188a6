"""One call on its way: what has happened to it so far, and the error it may end in.

Pure. A call is what is to be sent; a trip is its attempts, up to the answer or the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from .. import errors
from ..options import CallOptions
from .answer import Answer, Failure
from .codec import redirect_error
from .endpoint import JSON, Effect
from .quota import SECOND, SILENT, read_report
from .refusal import api_error
from .verdict import LAST_RESORT, Action, Fate, already_gone, fate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from .lease import Lease
    from .quota import QuotaReport
    from .stores import Step

_SHORTEST_TIMEOUT: Final = 0.001


class Call(msgspec.Struct, frozen=True, gc=False):
    """One request, ready to be sent as often as its effect allows."""

    method: str
    target: str
    """Path and query, encoded."""
    effect: Effect
    body: bytes | None = None
    content: str = JSON
    not_found: str = ""
    """What to check after a 404, where that may mean more than an unknown id."""
    nulls_are_missing: bool = True
    loose: bool = False
    """Whether the values of its answer flip their types."""
    template: str = ""
    """The path before ids were filled in; empty where that is not known."""

    @property
    def name(self) -> str:
        """Method and path, for messages; the query may hold a person's address."""
        return f"{self.method} {self.target.partition('?')[0]}"


Departing: TypeAlias = "Callable[[], Awaitable[None]]"
"""Is awaited right before an attempt leaves; what it raises keeps the attempt from leaving."""

_UNTRIED: Final = Failure(sent=False, reason="not tried yet")


ASKING: Final = SECOND // 20
"""What asking whether there is room may take: also a call that never waits has to ask."""


class Trip(msgspec.Struct, gc=False):
    """The attempts of one call; instants are nanoseconds on the budget's clock."""

    call: Call
    options: CallOptions
    deadline: int | None
    departing: Departing | None = None
    attempts: int = 0
    repeats_paid: int = 0
    backoff: int = 0
    retry_at: int | None = None
    outcome: Answer | Failure = _UNTRIED
    fate: Fate = Fate.NOT_SENT
    source: errors.Source = "systeme"
    """Who gave the last answer."""
    in_doubt: bool = False
    """Whether an attempt before the last one may have been carried out."""
    cut_short: bool = False
    """Whether the deadline left the last attempt less time than its timeout."""
    impatient: bool = False
    """Whether it is `max_wait`, and not the deadline, that ends waiting for the quota."""

    def timeout(self, now: Callable[[], int]) -> float:
        """Seconds for the next attempt: its own timeout, or what is left of the deadline."""
        if self.deadline is None:
            return self.options.timeout
        left = (self.deadline - now()) / SECOND
        self.cut_short = left < self.options.timeout
        return max(_SHORTEST_TIMEOUT, min(self.options.timeout, left))

    def take(self, outcome: Answer | Failure, source: errors.Source = "systeme") -> None:
        """Note what came of an attempt, and who said so."""
        if self.fate is Fate.LOST or self.fate is Fate.FAILED:
            self.in_doubt = True
        self.outcome, self.source = outcome, source
        if isinstance(outcome, Answer):
            self.fate = fate_of(outcome.status)
        else:
            self.fate = Fate.LOST if outcome.sent else Fate.NOT_SENT

    def report(self, wall: Callable[[], int]) -> QuotaReport:
        """Read what the last answer says of a quota; `wall` tells the time since 1970."""
        if not isinstance(self.outcome, Answer):
            return SILENT
        return read_report(self.outcome.headers, wall)

    def lesson(self, lease: Lease, wall: Callable[[], int]) -> Step[None]:
        """Choose how the budget learns what came of the last attempt."""
        if isinstance(self.outcome, Answer):
            report = self.report(wall)
            if self.fate is Fate.THROTTLED:
                return lambda budget, now: budget.refused(lease, report, now)
            return lambda budget, now: budget.answered(lease, report, now)
        if self.outcome.sent:
            return lambda budget, now: budget.lost(lease, now)
        return lambda budget, _: budget.returned(lease)

    @property
    def already_gone(self) -> bool:
        """Whether a 404 means that an earlier attempt of this deletion has worked."""
        return (
            self.in_doubt
            and isinstance(self.outcome, Answer)
            and already_gone(self.call.method, self.outcome.status, self.outcome.body)
        )

    def waits_until(self, now: Callable[[], int]) -> int | None:
        """Say until when the next attempt may wait for the quota; None is for ever."""
        if self.options.max_wait is None:
            return self.deadline
        patience = now() + max(ASKING, int(self.options.max_wait * SECOND))
        self.impatient = self.deadline is None or patience < self.deadline
        return patience if self.impatient else self.deadline

    def late_error(self, at: int, when: Callable[[int], datetime]) -> errors.SystemeError:
        """Explain why there is no time for another attempt; `at` is when there would be room."""
        if self.attempts == 0 and self.impatient:
            return self._impatient_error(when(at))
        if self.attempts == 0:
            retry_at = when(at)
            msg = (
                f"{self.call.name} can't start within its deadline of {self.options.deadline:g} s: "
                f"the account's quota has no room for it before {retry_at:%H:%M:%S %Z}. "
                "Try again then (.retry_at), or allow a longer deadline"
            )
            return errors.DeadlineExceededError(msg, request=self.call.name, retry_at=retry_at)
        self.retry_at = at
        return self.error(LAST_RESORT[self.call.effect][self.fate], when)

    def _impatient_error(self, retry_at: datetime) -> errors.RateLimitedError:
        msg = (
            f"{self.call.name} would wait for longer than max_wait={self.options.max_wait:g} s: "
            f"the account's quota has no room for it before {retry_at:%H:%M:%S %Z}. "
            "Try again then (.retry_at), or allow a longer wait; nothing was sent"
        )
        error = errors.RateLimitedError(
            msg, status=429, request=self.call.name, attempts=0, source=self.source
        )
        error.retry_at = retry_at
        return error

    def error(self, action: Action, when: Callable[[int], datetime]) -> errors.SystemeError:
        """Turn the last outcome into the error the caller gets."""
        if isinstance(self.outcome, Answer):
            return self._answered_error(self.outcome, action, when)
        return self._failed_error(self.outcome, action)

    def _answered_error(
        self, answer: Answer, action: Action, when: Callable[[int], datetime]
    ) -> errors.SystemeError:
        if self.fate is Fate.REDIRECTED:
            return redirect_error(answer, self.call.name)
        error = api_error(answer, self.call.name, self.attempts, self.source, self.call.not_found)
        error.in_doubt = self.in_doubt
        if isinstance(error, errors.RateLimitedError) and self.retry_at is not None:
            error.retry_at = when(self.retry_at)
        if action is not Action.DOUBT:
            return error
        doubt = self._doubt(f"it was answered {answer.status}")
        doubt.__cause__ = error
        return doubt

    def _failed_error(self, failure: Failure, action: Action) -> errors.SystemeError:
        error: errors.SystemeError
        name, tries = self.call.name, self._tries
        if action is Action.DOUBT or (self.in_doubt and self.call.effect is not Effect.READS):
            error = self._doubt(failure.reason)
        elif not failure.sent:
            msg = (
                f"{name} never left, {tries}: {failure.reason}. "
                "Check the network and base_url, or url"
            )
            error = errors.NotSentError(msg, request=name, attempts=self.attempts)
        elif failure.timed_out and self.cut_short:
            msg = f"{name} had no answer within its deadline of {self.options.deadline:g} s"
            error = errors.DeadlineExceededError(msg, request=name)
        else:
            msg = f"{name} got no answer, {tries}: {failure.reason}. Nothing was changed by it"
            error = errors.TransportError(msg, request=name, attempts=self.attempts)
        error.__cause__ = failure.cause
        return error

    def _doubt(self, reason: str) -> errors.OutcomeUnknownError:
        advice = (
            "Sending it again brings the same state"
            if self.call.effect is Effect.CONVERGES
            else "Look whether it was carried out before sending it again: "
            "a doubled write may mail a real person twice"
        )
        name = self.call.name
        msg = f"nobody knows whether {name} was carried out, {self._tries}: {reason}. {advice}"
        return errors.OutcomeUnknownError(msg, request=name, attempts=self.attempts)

    @property
    def _tries(self) -> str:
        return "tried once" if self.attempts == 1 else f"tried {self.attempts} times"

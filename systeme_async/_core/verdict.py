"""What to do after an attempt: a table, and what is left of it when the tries are used up.

Pure. The one question is whether repeating could do harm, and two things answer it: what a
second delivery would do (`Effect`) and what is known of the first one (`Fate`). Nothing else
may decide a retry; there is no list of methods or statuses anywhere but here.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from .endpoint import Effect
from .quota import SECOND


class Fate(Enum):
    """What is known of an attempt."""

    SUCCEEDED = "2xx"
    REDIRECTED = "3xx"
    REFUSED = "4xx"
    THROTTLED = "429"
    FAILED = "5xx"
    NOT_SENT = "the connection could not be made"
    LOST = "sent, and no answer"


class Action(Enum):
    """What the send loop does next."""

    RETURN = "hand the answer over"
    REPEAT = "try once more"
    RAISE = "raise what happened"
    DOUBT = "raise that nobody knows what happened"


_ANYWAY: Final = {
    Fate.SUCCEEDED: Action.RETURN,
    Fate.REDIRECTED: Action.RAISE,
    Fate.REFUSED: Action.RAISE,
    Fate.THROTTLED: Action.REPEAT,
    Fate.NOT_SENT: Action.REPEAT,
}

FIRST_CHOICE: Final[dict[Effect, dict[Fate, Action]]] = {
    Effect.READS: {**_ANYWAY, Fate.FAILED: Action.REPEAT, Fate.LOST: Action.REPEAT},
    Effect.CONVERGES: {**_ANYWAY, Fate.FAILED: Action.REPEAT, Fate.LOST: Action.REPEAT},
    Effect.CREATES: {**_ANYWAY, Fate.FAILED: Action.DOUBT, Fate.LOST: Action.DOUBT},
}

LAST_RESORT: Final[dict[Effect, dict[Fate, Action]]] = {
    Effect.READS: dict.fromkeys(Fate, Action.RAISE),
    Effect.CONVERGES: {**dict.fromkeys(Fate, Action.RAISE), Fate.LOST: Action.DOUBT},
    Effect.CREATES: dict.fromkeys(Fate, Action.RAISE),
}
"""What REPEAT turns into when the call may not be tried again."""

# 408 is the server's word that it gave up waiting for the request: as uncertain as a 5xx.
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY_REQUESTS: Final = 429
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403
NO_RESULT: Final = b"No Result found for"
"""How ActiveCampaign says in some 403s that there is no such thing."""

FIRST_BACKOFF: Final = SECOND // 2
LONGEST_BACKOFF: Final = 20 * SECOND

RETRY_TOKENS: Final = 500
RETRY_COST: Final = 14


def fate_of(status: int) -> Fate:
    """Sort an answer by its status."""
    if 200 <= status < 300:  # noqa: PLR2004 - the classes of HTTP
        return Fate.SUCCEEDED
    if status == _TOO_MANY_REQUESTS:
        return Fate.THROTTLED
    if status >= 500 or status == _REQUEST_TIMEOUT:  # noqa: PLR2004
        return Fate.FAILED
    return Fate.REFUSED if status >= 400 else Fate.REDIRECTED  # noqa: PLR2004


def decide(effect: Effect, fate: Fate, *, may_repeat: bool) -> Action:
    """Look the action up; `may_repeat` is false when tries, retry quota or time are used up."""
    action = FIRST_CHOICE[effect][fate]
    if action is Action.REPEAT and not may_repeat:
        return LAST_RESORT[effect][fate]
    return action


def already_gone(method: str, status: int, body: bytes = b"") -> bool:
    """Tell whether a repeated deletion finds nothing because an earlier try has worked."""
    if method != "DELETE":
        return False
    return status == _NOT_FOUND or (status == _FORBIDDEN and NO_RESULT in body)


def backoff(attempt: int, jitter: float) -> int:
    """Nanoseconds to wait after failed attempt number `attempt`; `jitter` is in [0, 1).

    Full jitter: anything from nothing to a bound that doubles, so that clients that failed
    together do not come back together.
    """
    bound = min(FIRST_BACKOFF << min(attempt - 1, 10), LONGEST_BACKOFF)
    return int(bound * jitter)


class RetryQuota:
    """What retries may cost a client in all: when most calls fail, it stops repeating them.

    A repeat after a failure takes 14 of 500 tokens, a success of that call gives them back and
    any other success gives one. 429s are the budget's business and cost nothing.
    """

    __slots__ = ("tokens",)

    def __init__(self) -> None:
        self.tokens = RETRY_TOKENS

    def take(self) -> bool:
        """Pay for one repeat, if there is enough left."""
        if self.tokens < RETRY_COST:
            return False
        self.tokens -= RETRY_COST
        return True

    def give_back(self, repeats: int) -> None:
        """Take a success into account, with what its repeats had cost."""
        self.tokens = min(RETRY_TOKENS, self.tokens + max(1, repeats * RETRY_COST))

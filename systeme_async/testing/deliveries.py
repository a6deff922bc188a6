"""Deliveries to webhooks: what is sent, when again, and who is given up on. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from .call import DAWN
from .hints import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from .books import Books
    from .service import Instant

RETRIES: Final = 12
"""With these waits they end after five days, as the documentation has it."""
FIRST_DELAY: Final = 4.0
FACTOR: Final = 4.0
LONGEST_DELAY: Final = 86_400.0
TIMEOUT: Final = 10.0
"""Seconds that a receiver may take to answer."""

JUDGED: Final = 5 * 86_400
"""Seconds: how far back the success rate of a subscription reaches."""
FEWEST_JUDGED: Final = 20
"""Attempts that there must be before anybody is given up on."""
SOONEST_JUDGED: Final = 86_400
"""Seconds from the first attempt until anybody is, so that an outage of hours costs nothing."""
LOWEST_RATE: Final = 0.8
DISABLED: Final = "The success rate of the last 5 days is below 80%."

MILLISECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver an event, and how it ended.

    Attributes:
        at: seconds on the loop's clock since the sandbox was opened, when it started.
        attempt: 1 for the first.
        headers: as they were sent, by lower-case name; with `body` they make a whole delivery.
        status: of the receiver's answer, None where none was given.
        failure: what kept it from being delivered, "" where nothing did.
    """

    at: float
    event: str
    url: str
    webhook_id: str
    subscription_id: str
    message_id: str
    attempt: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    status: int | None = None
    failure: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken it."""
        return not self.failure


class Errand(Protocol):
    """Something that one webhook is to be told; whoever runs it has no say in it."""

    def delays(self) -> Iterator[float]:
        """Return how long to wait after each attempt that fails; at the end it is given up."""
        ...

    def attempt(self, number: int, now: Instant) -> Delivery | None:
        """Return what is to be sent, or None where nobody wants it any more."""
        ...

    def judge(self, delivery: Delivery, now: Instant) -> None:
        """Draw conclusions from how an attempt has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """What the postman keeps for all errands."""

    dice: Random
    """Make up ids."""
    standing: dict[tuple[Books, str], Record] = field(
        default_factory=dict["tuple[Books, str]", "Record"]
    )
    """How each subscription has fared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event on its way to one webhook, the same over all attempts."""

    id: str
    event: str
    schema_version: int
    happened: Instant
    webhook_id: str
    subscription_id: str
    url: str
    body: bytes

    def headers(self, attempt_id: str, now: Instant, secret: str) -> dict[str, str]:
        """Return the headers of one attempt."""
        return {
            "content-type": "application/json",
            "user-agent": "SystemeIO-Webhook",
            "x-webhook-event": self.event,
            "x-webhook-schema-version": str(self.schema_version),
            "x-webhook-signature": signature(secret, self.body),
            "x-webhook-message-id": self.id,
            "x-webhook-subscription-id": self.subscription_id,
            "x-webhook-delivery-attempt-id": attempt_id,
            "x-webhook-delivery-attempt-timestamp": now.date.isoformat(),
            "x-webhook-event-timestamp": self.happened.date.isoformat(),
        }


def signature(secret: str, body: bytes) -> str:
    """Sign the bytes of a body."""
    # JSON can carry half a surrogate pair, and a secret comes as JSON.
    return hmac.new(secret.encode(errors="surrogatepass"), body, hashlib.sha256).hexdigest()


def delays() -> Iterator[float]:
    """Return how long to wait after each attempt that fails; after the last, nothing is left."""
    delay = FIRST_DELAY
    for _ in range(RETRIES):
        yield delay
        delay = min(delay * FACTOR, LONGEST_DELAY)


def verdict(status: int) -> str:
    """Return what is wrong with an answer, "" where it is a success."""
    return "" if 200 <= status < 300 else f"answered {status}"  # noqa: PLR2004


def uuid7(now: Instant, dice: Random) -> str:
    """Make up an id that tells its time, as the server's do; the same run has the same ids."""
    milliseconds = round(DAWN.timestamp()) * 1000 + now.since // MILLISECOND
    number = milliseconds << 80 | dice.getrandbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=number))


class Record:
    """How the attempts of one subscription have ended lately."""

    def __init__(self) -> None:
        self._ended: deque[tuple[int, bool]] = deque()
        self._good = 0
        self._since: int | None = None

    def note(self, now: int, *, delivered: bool) -> bool:
        """Note how an attempt ended; say whether the subscription is to be given up."""
        if self._since is None:
            self._since = now
        self._ended.append((now, delivered))
        self._good += delivered
        while self._ended[0][0] <= now - JUDGED * SECOND:
            self._good -= self._ended.popleft()[1]
        ended = len(self._ended)
        enough = ended >= FEWEST_JUDGED and now - self._since >= SOONEST_JUDGED * SECOND
        if not enough or self._good >= LOWEST_RATE * ended:
            return False
        # Whoever enables it again starts it afresh.
        self._ended.clear()
        self._good, self._since = 0, None
        return True

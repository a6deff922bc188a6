"""How the server words its hints: the rate-limit headers in every form a server may choose.

The unit of `X-RateLimit-Refill` is not documented, so the sandbox can speak each of them. Pure;
instants and spans are integer nanoseconds, so that rounding says what it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from typing import Final, Literal, Protocol, assert_never

Form = Literal["seconds", "float", "epoch", "ms", "date"]
RetryForm = Literal["seconds", "date"]
Rounding = Literal["ceil", "floor"]

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000


class Hints(Protocol):
    """Words what a server says about its quota."""

    def quota(self, limit: int, remaining: int, wait_ns: int, wall_ns: int) -> dict[str, str]:
        """Word what every answer says: the refill comes in `wait_ns`, now is `wall_ns`."""
        ...

    def retry(self, wait_ns: int, wall_ns: int) -> dict[str, str]:
        """Word what a 429 says besides: come back in `wait_ns`, now is `wall_ns`."""
        ...


@dataclass(frozen=True, slots=True)
class Wording:
    """The form of each hint; None leaves that hint out, `refill=None` all of them."""

    refill: Form | None = "seconds"
    retry_after: RetryForm | None = "seconds"
    rounding: Rounding = "ceil"

    def quota(self, limit: int, remaining: int, wait_ns: int, wall_ns: int) -> dict[str, str]:
        """Word what every answer says: the refill comes in `wait_ns`, now is `wall_ns`."""
        if self.refill is None:
            return {}
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Refill": self._instant(self.refill, wait_ns, wall_ns),
        }

    def retry(self, wait_ns: int, wall_ns: int) -> dict[str, str]:
        """Word what a 429 says besides: come back in `wait_ns`, now is `wall_ns`."""
        if self.refill is None or self.retry_after is None:
            return {}
        return {"Retry-After": self._instant(self.retry_after, wait_ns, wall_ns)}

    def _instant(self, form: Form, wait_ns: int, wall_ns: int) -> str:
        match form:
            case "seconds":
                return str(self._whole(wait_ns, SECOND))
            case "float":
                return f"{wait_ns / SECOND:.6f}"
            case "epoch":
                return str(self._whole(wall_ns + wait_ns, SECOND))
            case "ms":
                return str(self._whole(wall_ns + wait_ns, MILLISECOND))
            case "date":
                return http_date(self._whole(wall_ns + wait_ns, SECOND))
            case _:
                assert_never(form)

    def _whole(self, nanoseconds: int, unit: int) -> int:
        return -(-nanoseconds // unit) if self.rounding == "ceil" else nanoseconds // unit


def http_date(seconds: int) -> str:
    """Write unix seconds as HTTP does."""
    return formatdate(seconds, usegmt=True)

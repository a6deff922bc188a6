"""The account's quota as the server keeps it: who is admitted, and what the headers say. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .hints import SECOND
from .quotas import SHAPES, Shared

if TYPE_CHECKING:
    from .hints import Hints
    from .quotas import Allowance, Shape


class Meter:
    """Debits requests; all instants are nanoseconds since the sandbox was opened."""

    def __init__(
        self, requests: int, per: float, *, shape: Shape, rivals: float, wording: Hints
    ) -> None:
        """Allow `requests` in `per` seconds, of which others take `rivals` a second."""
        self._limit = requests
        self._wording = wording
        self._allowance: Allowance = SHAPES[shape](requests, round(per * SECOND))
        if rivals:
            self._allowance = Shared(self._allowance, max(1, round(SECOND / rivals)))

    def admit(self, now: int) -> bool:
        """Debit one request, or say that the quota is spent."""
        return self._allowance.admit(now)

    def headers(self, now: int, wall: int) -> dict[str, str]:
        """Return what every answer says about the quota."""
        return self._wording.quota(
            self._limit, self._allowance.remaining(now), self._wait(now), wall
        )

    def retry_headers(self, now: int, wall: int) -> dict[str, str]:
        """Return what a 429 says besides."""
        return self._wording.retry(self._wait(now), wall)

    def _wait(self, now: int) -> int:
        return self._allowance.refill_at(now) - now

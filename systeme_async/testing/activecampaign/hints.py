"""How ActiveCampaign words its hints: when to come back, and elsewhere nothing at all. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .. import hints


@dataclass(frozen=True, slots=True)
class Wording:
    """The form of each hint.

    Attributes:
        shown: whether every answer says what is left, as documented; no answer seen does.
        retry_after: the form of `Retry-After` on a 429; None leaves it out.
    """

    shown: bool = False
    retry_after: hints.RetryForm | None = "seconds"
    rounding: hints.Rounding = "ceil"

    def quota(self, limit: int, remaining: int, wait_ns: int, wall_ns: int) -> dict[str, str]:
        """Word what every answer says."""
        del wait_ns, wall_ns
        if not self.shown:
            return {}
        return {"RateLimit-Limit": str(limit), "RateLimit-Remaining": str(remaining)}

    def retry(self, wait_ns: int, wall_ns: int) -> dict[str, str]:
        """Word what a 429 says besides."""
        spoken = hints.Wording(retry_after=self.retry_after, rounding=self.rounding)
        return spoken.retry(wait_ns, wall_ns)

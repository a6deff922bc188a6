"""The end of a subscription, as it is sent."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from .draft import Draft

CancelWhen = Literal["Now", "WhenBillingPeriodEnds"]
"""Whether a subscription ends at once, or when what has been paid for is used up."""


class Cancellation(Draft, frozen=True):
    """When a subscription is to end."""

    advice: ClassVar[dict[str, str]] = {"cancel": f"give one of {', '.join(get_args(CancelWhen))}"}
    cancel: CancelWhen

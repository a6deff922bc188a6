"""Says afterwards, from the instants alone, whether requests kept to a quota.

Shares no code with the budget nor with the server that answered: no state, no credit, only
instants in a list. Pure; instants and spans are integer nanoseconds, in order of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def above_fixed(instants: Sequence[int], requests: int, per: int, opened: int) -> int | None:
    """Return the first instant that its window of the grid had no room for."""
    for index in range(requests, len(instants)):
        if (instants[index] - opened) // per == (instants[index - requests] - opened) // per:
            return instants[index]
    return None


def above_sliding(instants: Sequence[int], requests: int, per: int) -> int | None:
    """Return the first instant with too many others within the period that ends there."""
    for index in range(requests, len(instants)):
        if instants[index] - instants[index - requests] < per:
            return instants[index]
    return None


def above_continuous(instants: Sequence[int], requests: int, per: int) -> int | None:
    """Return the first instant up to which more has left a bucket than can have been in it."""
    # What has left since any earlier instant is at most a full bucket and what dripped since:
    # n <= requests + elapsed * requests / per, all multiplied by `per`. Of all the earlier
    # instants, the one from which the least is left decides.
    worst: int | None = None
    for index, instant in enumerate(instants):
        here = index * per - instant * requests
        worst = here if worst is None else min(worst, here)
        if here + per - worst > requests * per:
            return instant
    return None


def above(shape: str, instants: Sequence[int], requests: int, per: int, opened: int) -> int | None:
    """Return the first instant at which a quota of this shape had nothing left."""
    if shape == "fixed":
        return above_fixed(instants, requests, per, opened)
    if shape == "sliding":
        return above_sliding(instants, requests, per)
    return above_continuous(instants, requests, per)

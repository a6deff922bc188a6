"""How long what a budget knows is of use, so that it is not forgotten before.

Pure. After that a fresh budget would do as well: it sends one request ahead and believes the
answer. Before that it would not know what of a configured quota is spent, nor that the server
has said 429, nor that the window is used up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .budget import Budget


def useful_until(budget: Budget) -> int:
    """Return from when on nothing is lost with this budget, if it is not used until then."""
    ends = [budget.pause.until, budget.refill_at or 0, *budget.ghosts.until[-1:]]
    if budget.ceiling is not None:
        ends += budget.ceiling.free_at[-1:]
    return max(ends)

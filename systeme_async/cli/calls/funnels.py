"""`systeme funnels`: rows of pages that lead visitors to a purchase."""

from __future__ import annotations

from ...models import Funnel, FunnelStep
from ..results import Listing
from ..words import IN_ORDER, WHOLE, Account, Cut, Id, Ordered
from . import group

app = group("funnels")


@app.command(name="list")
def list_funnels(
    *, query: str | None = None, part: Ordered = IN_ORDER, systeme: Account
) -> Listing:
    """List the funnels.

    Args:
        query: What the name contains.
    """
    return part.of(systeme.funnels.list(query=query, **part.ordered_page))


@app.command
async def get(funnel_id: Id, /, *, systeme: Account) -> Funnel:
    """Show one funnel."""
    return await systeme.funnels.get(funnel_id)


@app.command
async def create(name: str, /, *, systeme: Account) -> Funnel:
    """Create a funnel without steps; names need not be unique."""
    return await systeme.funnels.create(name)


@app.command
def steps(funnel_id: Id, /, *, part: Cut = WHOLE, systeme: Account) -> Listing:
    """List the steps of a funnel."""
    return part.of(systeme.funnels.steps(funnel_id, **part.page))


@app.command
async def step(step_id: Id, /, *, systeme: Account) -> FunnelStep:
    """Show one step of any funnel."""
    return await systeme.funnels.get_step(step_id)

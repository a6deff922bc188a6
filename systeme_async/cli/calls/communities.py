"""`systeme communities`: where the account's people talk to each other."""

from __future__ import annotations

from ..results import Listing
from ..words import IN_ORDER, Account, Ordered
from . import group

app = group("communities")


@app.command(name="list")
def list_communities(
    *, query: str | None = None, part: Ordered = IN_ORDER, systeme: Account
) -> Listing:
    """List the communities.

    Args:
        query: What the name contains.
    """
    return part.of(systeme.communities.list(query=query, **part.ordered_page))

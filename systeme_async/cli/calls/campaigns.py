"""`systeme campaigns`: e-mails that a contact gets one after the other."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from ...models import Campaign
from ..results import Done, Listing
from ..words import IN_ORDER, WHOLE, Account, Cut, Id, Ordered
from ..written import change_of, present, values_of
from . import group

app = group("campaigns")

Clearable = Annotated[
    list[Literal["sender_email", "description"]] | None,
    Parameter(negative=(), consume_multiple=False),
]


@app.command(name="list")
def list_campaigns(
    *, query: str | None = None, part: Ordered = IN_ORDER, systeme: Account
) -> Listing:
    """List the campaigns.

    Args:
        query: What the name contains.
    """
    return part.of(systeme.campaigns.list(query=query, **part.ordered_page))


@app.command
async def get(campaign_id: Id, /, *, systeme: Account) -> Campaign:
    """Show one campaign."""
    return await systeme.campaigns.get(campaign_id)


@app.command
async def create(
    name: str,
    /,
    *,
    sender_email: str | None = None,
    description: str | None = None,
    systeme: Account,
) -> Campaign:
    """Create a campaign without e-mails.

    Args:
        sender_email: Whom its e-mails come from.
        description: For the account's own people.
    """
    values = present({"sender_email": sender_email, "description": description})
    return await systeme.campaigns.create(name, **values)


@app.command
async def update(
    campaign_id: Id,
    /,
    *,
    name: str | None = None,
    sender_email: str | None = None,
    description: str | None = None,
    clear: Clearable = None,
    systeme: Account,
) -> Campaign:
    """Change what is given of a campaign, and nothing else.

    Args:
        name: Another name.
        sender_email: Whom its e-mails come from.
        description: For the account's own people.
        clear: What is to be emptied. May be repeated.
    """
    values = {"name": name, "sender_email": sender_email, "description": description}
    change = change_of(values_of(clear or (), values))
    return await systeme.campaigns.update(campaign_id, **change)


@app.command
async def delete(campaign_id: Id, /, *, systeme: Account) -> Done:
    """Delete a campaign."""
    await systeme.campaigns.delete(campaign_id)
    return Done(f"deleted campaign {campaign_id}")


@app.command
def steps(campaign_id: Id, /, *, part: Cut = WHOLE, systeme: Account) -> Listing:
    """List the e-mails of a campaign."""
    return part.of(systeme.campaigns.steps(campaign_id, **part.page))

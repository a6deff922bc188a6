"""`systeme tags`: the labels that an account puts on people."""

from __future__ import annotations

from ...models import Tag
from ..results import Done, Listing, found
from ..words import IN_ORDER, Account, Id, Ordered
from . import group

app = group("tags")


@app.command(name="list")
def list_tags(*, query: str | None = None, part: Ordered = IN_ORDER, systeme: Account) -> Listing:
    """List the tags.

    Args:
        query: What the name contains.
    """
    return part.of(systeme.tags.list(query=query, **part.ordered_page))


@app.command
async def get(tag_id: Id, /, *, systeme: Account) -> Tag:
    """Show one tag."""
    return await systeme.tags.get(tag_id)


@app.command
async def find(name: str, /, *, systeme: Account) -> Tag:
    """Show the tag of a name."""
    return found(await systeme.tags.find(name), f"tag named {name}")


@app.command
async def create(name: str, /, *, systeme: Account) -> Tag:
    """Create a tag; its name must be free."""
    return await systeme.tags.create(name)


@app.command
async def ensure(name: str, /, *, systeme: Account) -> Tag:
    """Show the tag of a name, created if there is none."""
    return await systeme.tags.ensure(name)


@app.command
async def rename(tag_id: Id, name: str, /, *, systeme: Account) -> Tag:
    """Give a tag another name."""
    return await systeme.tags.rename(tag_id, name)


@app.command
async def delete(tag_id: Id, /, *, systeme: Account) -> Done:
    """Delete a tag and take it off everybody who has it."""
    await systeme.tags.delete(tag_id)
    return Done(f"deleted tag {tag_id}")

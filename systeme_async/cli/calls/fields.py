"""`systeme fields`: what an account knows of people beyond their address."""

from __future__ import annotations

from ...models import ContactField
from ..results import Done, Listing
from ..words import ALL, Account, Most
from . import group

app = group("fields")


@app.command(name="list")
def list_fields(*, part: Most = ALL, systeme: Account) -> Listing:
    """List the fields that contacts can have."""
    return part.of(systeme.contact_fields.list())


@app.command
async def create(name: str, slug: str, /, *, systeme: Account) -> ContactField:
    """Create a field; its slug must be free, and can't be changed."""
    return await systeme.contact_fields.create(name, slug)


@app.command
async def ensure(name: str, slug: str, /, *, systeme: Account) -> ContactField:
    """Show the field of a slug, created with this name if there is none."""
    return await systeme.contact_fields.ensure(name, slug)


@app.command
async def rename(slug: str, name: str, /, *, systeme: Account) -> ContactField:
    """Give a field another name."""
    return await systeme.contact_fields.rename(slug, name)


@app.command
async def delete(slug: str, /, *, systeme: Account) -> Done:
    """Delete a field with all its values."""
    await systeme.contact_fields.delete(slug)
    return Done(f"deleted field {slug}")

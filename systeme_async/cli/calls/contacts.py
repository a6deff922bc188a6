"""`systeme contacts`: the people in the account."""

from __future__ import annotations

from ...models import Contact
from ..results import Done, Listing, found
from ..words import IN_ORDER, Account, Choice, Id, Ids, Instant, Ordered
from ..written import NOBODY, Person, change_of
from . import group

app = group("contacts")


@app.command(name="list")
def list_contacts(
    *,
    email: str | None = None,
    tag: Ids = None,
    registered_after: Instant | None = None,
    registered_before: Instant | None = None,
    unsubscribed: Choice = None,
    bounced: Choice = None,
    needs_confirmation: Choice = None,
    part: Ordered = IN_ORDER,
    systeme: Account,
) -> Listing:
    """List the contacts that match every filter given, newest first.

    Args:
        email: Exactly this address, in any case.
        tag: The id of a tag that they have. May be repeated: they have all of them.
        registered_after: A date, such as 2026-03-01 or 2026-03-01T12:00Z.
        registered_before: Likewise.
        unsubscribed: Those who have unsubscribed, or have not.
        bounced: Those whose e-mails came back, or did not.
        needs_confirmation: Those who have yet to confirm their address, or need not.
    """
    return part.of(
        systeme.contacts.list(
            email=email,
            tags=tag,
            registered_after=registered_after,
            registered_before=registered_before,
            unsubscribed=unsubscribed,
            bounced=bounced,
            needs_confirmation=needs_confirmation,
            **part.ordered_page,
        )
    )


@app.command
async def get(contact_id: Id, /, *, systeme: Account) -> Contact:
    """Show one contact, with fields and tags."""
    return await systeme.contacts.get(contact_id)


@app.command
async def find(email: str, /, *, systeme: Account) -> Contact:
    """Show the contact with an address."""
    contact = await systeme.contacts.find(email)
    return found(contact, f"contact with the address {email}")


@app.command
async def create(email: str, /, *, person: Person = NOBODY, systeme: Account) -> Contact:
    """Create a contact; the account's automations run, as for any new one."""
    return await systeme.contacts.create(email, **person.values)


@app.command
async def update(contact_id: Id, /, *, person: Person = NOBODY, systeme: Account) -> Contact:
    """Change what is given of a contact, and nothing else."""
    return await systeme.contacts.update(contact_id, **change_of(person.values))


@app.command
async def upsert(email: str, /, *, person: Person = NOBODY, systeme: Account) -> Contact:
    """Create the contact, or change of the existing one what differs."""
    return await systeme.contacts.upsert(email, **person.values)


@app.command
async def delete(contact_id: Id, /, *, systeme: Account) -> Done:
    """Delete a contact; the server may take days to forget it."""
    await systeme.contacts.delete(contact_id)
    return Done(f"deleted contact {contact_id}")


@app.command
async def assign_tag(contact_id: Id, tag_id: Id, /, *, systeme: Account) -> Done:
    """Put a tag on a contact."""
    await systeme.contacts.assign_tag(contact_id, tag_id)
    return Done(f"contact {contact_id} has tag {tag_id}")


@app.command
async def remove_tag(contact_id: Id, tag_id: Id, /, *, systeme: Account) -> Done:
    """Take a tag off a contact."""
    await systeme.contacts.remove_tag(contact_id, tag_id)
    return Done(f"removed tag {tag_id} from contact {contact_id}")

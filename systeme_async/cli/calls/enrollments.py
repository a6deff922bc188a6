"""`systeme enrollments`: who may take which course."""

from __future__ import annotations

from ...drafts import AccessType
from ...models import Enrollment
from ..results import Done, Listing
from ..words import IN_ORDER, Account, Id, Ids, Ordered
from . import group

app = group("enrollments")


@app.command(name="list")
def list_enrollments(
    *,
    course: Id | None = None,
    contact: Id | None = None,
    part: Ordered = IN_ORDER,
    systeme: Account,
) -> Listing:
    """List the enrollments of a course, of a contact, or all.

    Args:
        course: The id of a course.
        contact: The id of a contact.
    """
    pager = systeme.enrollments.list(course=course, contact=contact, **part.ordered_page)
    return part.of(pager)


@app.command
async def create(
    course_id: Id,
    contact_id: Id,
    /,
    *,
    access_type: AccessType = "full_access",
    module: Ids = None,
    systeme: Account,
) -> Enrollment:
    """Let a contact into a course; the account's automations run.

    Args:
        access_type: All of the course or a part, at once or one module after the other.
        module: The id of a module to open, where access is partial. May be repeated.
    """
    return await systeme.enrollments.create(
        course_id, contact_id, access_type=access_type, modules=module or ()
    )


@app.command
async def delete(enrollment_id: Id, /, *, systeme: Account) -> Done:
    """Take a contact out of a course."""
    await systeme.enrollments.delete(enrollment_id)
    return Done(f"deleted enrollment {enrollment_id}")

"""`systeme courses`: what the account teaches."""

from __future__ import annotations

from ..results import Listing
from ..words import IN_ORDER, WHOLE, Account, Choice, Cut, Id, Ordered
from . import group

app = group("courses")


@app.command(name="list")
def list_courses(
    *,
    query: str | None = None,
    active: Choice = None,
    part: Ordered = IN_ORDER,
    systeme: Account,
) -> Listing:
    """List the courses.

    Args:
        query: What the name contains.
        active: Those that are active, or are not.
    """
    return part.of(systeme.courses.list(query=query, active=active, **part.ordered_page))


@app.command
def modules(course_id: Id, /, *, part: Cut = WHOLE, systeme: Account) -> Listing:
    """List the modules of a course: what partial access can be given to."""
    return part.of(systeme.courses.modules(course_id, **part.page))

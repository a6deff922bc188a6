"""What a batch of contacts must be like to be taken at all. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from .keeping import is_email
from .reading import Given
from .refusals import not_imported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .refusals import Refused

MOST_CONTACTS: Final = 250
MOST_BYTES: Final = 400_000
MANY_A_MINUTE: Final = 100
ONES_A_MINUTE: Final = 20
"""Fewer batches of one contact are taken: for those there is the sync."""

INVALID: Final = "JSON payload did not pass validation. No contacts have been imported."


def too_many(most: int) -> Refused:
    """Return what is said when the quota of imports is spent: a 400."""
    reason = f"Up to {most} imports may be requested per minute. Please try again later."
    return not_imported("Rate limit exceeded.", [reason])


def batch_refusal(contacts: Sequence[object], size: int) -> Refused | None:
    """Return what a batch is refused with, or None where it can be taken."""
    if size >= MOST_BYTES:
        reason = f"The payload must be smaller than {MOST_BYTES} bytes."
        return not_imported(INVALID, [reason])
    if not contacts:
        return not_imported(INVALID, ["Field 'contacts' not found"])
    if len(contacts) > MOST_CONTACTS:
        reason = f"Up to {MOST_CONTACTS} contacts may be imported at once."
        return not_imported(INVALID, [reason])
    reasons: list[object] = [
        {"contact": number, "failureReason": reason}
        for number, one in enumerate(contacts, 1)
        for reason in _reasons(one)
    ]
    return not_imported(INVALID, reasons) if reasons else None


def _reasons(contact: object) -> Iterator[str]:
    """Return what is wrong with one contact; properties in camelCase are dropped, not wrong."""
    if not isinstance(contact, dict):
        yield "Contact must be an object"
        return
    given = Given(cast("dict[str, object]", contact))
    email = given.text("email").strip()
    if not email:
        yield "Field 'email' not found"
    elif not is_email(email):
        yield f"Field 'email' is not a valid email address: {email}"
    for name in ("fields", "subscribe", "unsubscribe"):
        key = "id" if name == "fields" else "listid"
        if any(one.number(key) is None for one in given.objects(name)):
            yield f"Field '{key}' in '{name}' must be an integer"

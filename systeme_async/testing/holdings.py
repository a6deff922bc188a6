"""What an account holds: its contacts, tags and fields, and the log of what changed them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from .call import Refusal
from .shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

# Contacts and tags start apart, so that the id of one in place of the other is noticed.
FIRST_CONTACT: Final = 1001
FIRST_TAG: Final = 1

BUILT_IN_FIELDS: Final[Mapping[str, str]] = {
    "first_name": "First name",
    "surname": "Surname",
    "phone_number": "Phone number",
    "country": "Country",
    "company_name": "Company name",
    "postcode": "Postcode",
    "street_address": "Street address",
    "city": "City",
    "state": "State",
    "tax_number": "Tax number",
}
"""Slug and label of the fields that every account has."""


class Change(NamedTuple):
    """One thing that a request did to the account, such as ("created contact", "1001")."""

    kind: str
    target: str

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


@dataclass(slots=True, kw_only=True)
class HeldContact:
    """A contact as the server keeps it; the marks may be set by a test at any time."""

    id: int
    email: str
    registered_at: datetime
    locale: str | None = "en"
    source_url: str | None = None
    unsubscribed: bool = False
    bounced: bool = False
    needs_confirmation: bool = False
    fields: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """Values by slug; None where one was cleared, absent where none was ever given."""
    tags: list[int] = field(default_factory=list[int])
    """Ids, in the order in which the tags were assigned."""


@dataclass(slots=True, kw_only=True)
class HeldTag:
    """A tag as the server keeps it."""

    id: int
    name: str
    created_at: datetime


class Holdings:
    """The state that all endpoints of an account share, and the log of its changes."""

    def __init__(
        self,
        *,
        max_contacts: int | None = None,
        max_tags: int | None = None,
        plan_limit_status: int = 403,
        dead_domains: Iterable[str] = (),
    ) -> None:
        """Open an empty account with the limits of its plan (None is no limit).

        `plan_limit_status` is what a request beyond them is answered with: the real one is not
        known. `dead_domains`, and all of `.invalid`, take no mail.
        """
        self.max_contacts = max_contacts
        self.max_tags = max_tags
        self.plan_limit_status = plan_limit_status
        self.dead_domains = {domain.lower() for domain in dead_domains}
        self.fields: dict[str, str] = dict(BUILT_IN_FIELDS)
        """The label of each field by its slug."""
        self.effects: list[Change] = []
        """What requests changed, in order; what a test put there itself is not among it."""
        self._contacts: Shelf[HeldContact] = Shelf(FIRST_CONTACT)
        self._tags: Shelf[HeldTag] = Shelf(FIRST_TAG)
        self._contact_ids: dict[str, int] = {}
        self._tag_ids: dict[str, int] = {}

    @property
    def contacts(self) -> Mapping[int, HeldContact]:
        """The contacts by id."""
        return self._contacts.view

    @property
    def tags(self) -> Mapping[int, HeldTag]:
        """The tags by id."""
        return self._tags.view

    def contact_by_email(self, email: str) -> HeldContact | None:
        """Return the contact with this address in any case, or None."""
        number = self._contact_ids.get(email.lower())
        return None if number is None else self._contacts.get(number)

    def tag_by_name(self, name: str) -> HeldTag | None:
        """Return the tag with exactly this name, or None."""
        number = self._tag_ids.get(name)
        return None if number is None else self._tags.get(number)

    def _changed(self, kind: str, target: object) -> None:
        self.effects.append(Change(kind, str(target)))

    def _within_plan(self, kind: str, held: int, most: int | None) -> None:
        if most is not None and held >= most:
            detail = f"Your plan allows {most} {kind}. Please upgrade your plan to add more."
            raise Refusal(self.plan_limit_status, detail)

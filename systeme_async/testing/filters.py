"""The filters of the listings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from . import rules
from .call import Complaint, refuse, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .records import HeldContact

BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
MARKS: Final = {
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "needsConfirmation": "needs_confirmation",
}
"""Filter and attribute of each mark."""


class Named(Protocol):
    """Something that goes by a name."""

    name: str


def named(query: Mapping[str, str]) -> Callable[[Named], bool]:
    """Return what finds the records whose name holds `query`, in any case."""
    part = query.get("query", "").lower()
    return lambda record: part in record.name.lower()


def pairs(query: Mapping[str, str], place: str) -> tuple[int | None, int | None]:
    """Return the filters `contact` and `place` of a listing of both, or raise a 422."""
    reader = FilterReader(query)
    found = reader.id("contact"), reader.id(place)
    refuse(reader.complaints)
    return found


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What a listing of contacts asks for; all of it must hold.

    `matches` leaves the address out: who has it is looked up instead of searched for.
    """

    email: str | None
    tags: frozenset[int]
    since: datetime | None
    until: datetime | None
    marks: Mapping[str, bool]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> ContactFilter:
        """Read the filters, or raise a 422; what is no filter is ignored."""
        reader = FilterReader(query)
        wanted = cls(
            email=reader.email("email"),
            tags=reader.ids("tags"),
            since=reader.instant("registeredAfter"),
            until=reader.instant("registeredBefore"),
            marks={
                attribute: value
                for name, attribute in MARKS.items()
                if (value := reader.boolean(name)) is not None
            },
        )
        refuse(reader.complaints)
        return wanted

    def matches(self, contact: HeldContact) -> bool:
        """Say whether a contact is asked for."""
        return (
            self.tags.issubset(contact.tags)
            and (self.since is None or contact.registered_at >= self.since)
            and (self.until is None or contact.registered_at <= self.until)
            and all(getattr(contact, name) is value for name, value in self.marks.items())
        )


class FilterReader:
    """Reads filters from a query and collects the complaints about them."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self.complaints: list[Complaint] = []

    def email(self, name: str) -> str | None:
        """Read an address."""
        value = self._query.get(name)
        if value is not None and not rules.is_email(value):
            self.complaints.append(rules.wrong_filter(name))
        return value

    def ids(self, name: str) -> frozenset[int]:
        """Read ids that are separated by commas."""
        value = self._query.get(name, "")
        numbers = [whole(part.strip()) for part in value.split(",")] if value else []
        if None in numbers:
            self.complaints.append(rules.wrong_filter(name))
        return frozenset(number for number in numbers if number is not None)

    def id(self, name: str) -> int | None:
        """Read one id."""
        value = self._query.get(name)
        number = None if value is None else whole(value)
        if value is not None and not number:
            self.complaints.append(rules.wrong_filter(name))
        return number

    def instant(self, name: str) -> datetime | None:
        """Read an ISO 8601 date; UTC where it names no offset."""
        value = self._query.get(name)
        if value is None:
            return None
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.complaints.append(rules.wrong_filter(name))
            return None
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def boolean(self, name: str) -> bool | None:
        """Read true or false."""
        value = self._query.get(name)
        if value is not None and value not in BOOLEANS:
            self.complaints.append(rules.wrong_filter(name))
        return None if value is None else BOOLEANS.get(value)

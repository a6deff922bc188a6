"""From a person to the row of an import, or to the reason why it is left out. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from ..bulk.rows import PHONE, SHORTENED
from .countries import country_code
from .mapping import LONGEST_VALUE
from .people import BOUNCED, UNSUBSCRIBED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .mapping import Mapping
    from .people import Person

_BAR: Final = "||"
COUNTRY: Final = "country"

NO_ADDRESS: Final = "no address"
GONE: Final = "deleted"
REASONS: Final = (NO_ADDRESS, GONE, "unsubscribed", "bounced", "unconfirmed", "without list")


class Mover:
    """Makes rows by a mapping, and counts what of their values could not be kept."""

    def __init__(self, mapping: Mapping) -> None:
        self.lost: Counter[str] = Counter()
        """Values that were cut or left out, by what is to be said of them."""
        self._mapping = mapping
        self._fields = {str(rule.id): rule for rule in mapping.fields if rule.slug}
        self._tags = {rule.id: rule.tag for rule in mapping.tags if rule.tag}
        self._lists = {rule.id: rule.tag for rule in mapping.lists if rule.tag}

    def reason(self, person: Person) -> str | None:
        """Say why a person is left out; None where it is moved."""
        if not person.email:
            return NO_ADDRESS
        if person.gone:
            return GONE
        # All of them have to be allowed: whose address bounces may have unsubscribed as well.
        return next((kind for kind in kinds_of(person) if self._stays(kind)), None)

    def _stays(self, kind: str) -> bool:
        fate: str = getattr(self._mapping.people, kind.replace(" ", "_"))
        return fate == "leave"

    def row(self, person: Person) -> dict[str, Any]:
        """Return the row of a person; what is blank is left out."""
        names = self._mapping.names
        values = {
            names.first_name: person.first_name,
            names.last_name: person.last_name,
            names.phone: person.phone,
            names.organization: person.organization,
        }
        row: dict[str, Any] = {"email": person.email}
        for slug, value in (*values.items(), *self._custom(person)):
            kept = self._fitting(slug, value) if slug else ""
            if kept:
                row[slug] = kept
        tags = dict.fromkeys(self._tags_of(person))
        if tags:
            row["tags"] = list(tags)
        return row

    def _custom(self, person: Person) -> Iterator[tuple[str, str]]:
        for number, value in person.values.items():
            rule = self._fields.get(number)
            if rule is None:
                continue
            text = plain(value)
            if len(text) > LONGEST_VALUE and rule.too_long == "leave":
                self.lost[f'"{rule.slug}" too long, left out'] += 1
                continue
            yield rule.slug, text

    def _fitting(self, slug: str, value: str) -> str:
        text = value.strip()
        if slug == COUNTRY and text:
            code = country_code(text)
            if code is None:
                self.lost['"country" is none that is known, left out'] += 1
            return code or ""
        if slug == PHONE and SHORTENED.fullmatch(text):
            self.lost[f'"{PHONE}" was cut by a spreadsheet once, left out'] += 1
            return ""
        if len(text) > LONGEST_VALUE:
            self.lost[f'"{slug}" too long, cut to {LONGEST_VALUE} characters'] += 1
        return text[:LONGEST_VALUE].strip()

    def _tags_of(self, person: Person) -> Iterator[str]:
        yield from (self._tags[number] for number in person.tags if number in self._tags)
        yield from (self._lists[one] for one in person.active_lists if one in self._lists)


def kinds_of(person: Person) -> Iterator[str]:
    """Say all that somebody is who can't simply be written to; nothing of who can.

    Who is subscribed to one list is active, whatever he has unsubscribed from besides.
    """
    statuses = set(person.lists.values())
    if person.active_lists:
        statuses = set[int]()
    elif not statuses:
        yield "without list"
    if UNSUBSCRIBED in statuses:
        yield "unsubscribed"
    if person.bounced or BOUNCED in statuses:
        yield "bounced"
    if statuses - {UNSUBSCRIBED, BOUNCED}:
        yield "unconfirmed"


def plain(value: str) -> str:
    """Write several values, which stand between bars, behind each other."""
    if not value.startswith(_BAR):
        return value
    return ", ".join(one.strip() for one in value.split(_BAR) if one.strip())

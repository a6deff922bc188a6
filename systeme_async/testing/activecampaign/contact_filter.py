"""What a listing of contacts can ask for; 0, or what is no number, asks for nothing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import whole
from .filters import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from ..call import Call
    from .records import HeldContact
    from .views import Views

    Matches = Callable[[HeldContact], bool]

TEXTS: Final[Mapping[str, Callable[[HeldContact, str], bool]]] = {
    "email": lambda contact, text: (contact.email or "").lower() == text,
    "email_like": lambda contact, text: text in (contact.email or "").lower(),
    "phone": lambda contact, text: contact.phone.startswith(text),
}
"""Parameters that are texts; those come in small letters."""

IDS: Final[Mapping[str, Callable[[HeldContact, int], bool]]] = {
    "exclude": lambda contact, number: contact.id != number,
    "formid": lambda contact, number: number in contact.forms,
    "listid": lambda contact, number: number in contact.lists,
    "seriesid": lambda contact, number: number in contact.runs,
    "waitid": lambda _contact, _number: False,
    "tagid": lambda contact, number: number in contact.tags,
}
"""Parameters that are ids; nobody waits here, for automations have no steps."""

DATES: Final[Mapping[str, Callable[[HeldContact, datetime], bool]]] = {
    "filters[created_after]": lambda contact, edge: contact.created_at > edge,
    "filters[created_before]": lambda contact, edge: contact.created_at < edge,
    "filters[updated_after]": lambda contact, edge: contact.updated_at > edge,
    "filters[updated_before]": lambda contact, edge: contact.updated_at < edge,
}
"""Parameters that are dates; nobody of that very second is meant."""

ORDERS: Final[Mapping[str, Callable[[HeldContact], object]]] = {
    "cdate": lambda contact: contact.created_at,
    "udate": lambda contact: contact.updated_at,
    "email": lambda contact: (contact.email or "").lower(),
    "first_name": lambda contact: contact.first_name.lower(),
    "last_name": lambda contact: contact.last_name.lower(),
    "name": lambda contact: f"{contact.first_name} {contact.last_name}".lower(),
}
"""What contacts can be ordered by besides their ids."""


def contact_tests(account: Views, call: Call) -> list[Matches]:
    """Return what a contact must pass to be listed."""
    query = call.query
    tests = [_text(TEXTS[name], query[name]) for name in TEXTS if query.get(name)]
    tests += [_number(IDS[name], number) for name in IDS if (number := whole(query.get(name, "")))]
    tests += _dated(account, query)
    if "ids[]" in call.repeated:
        wanted = frozenset(map(whole, call.repeated["ids[]"]))
        tests.append(lambda contact: contact.id in wanted)
    if query.get("search"):
        tests.append(_search(account, query["search"].lower()))
    status = whole(query.get("status", ""))
    if status is not None:
        tests.append(_status(account, status, whole(query.get("listid", ""))))
    return tests


def _text(test: Callable[[HeldContact, str], bool], text: str) -> Matches:
    lowered = text.lower()
    return lambda contact: test(contact, lowered)


def _number(test: Callable[[HeldContact, int], bool], number: int) -> Matches:
    return lambda contact: test(contact, number)


def _dated(account: Views, query: Mapping[str, str]) -> Iterator[Matches]:
    for name, compare in DATES.items():
        if query.get(name):
            yield _beyond(compare, instant(query[name], account.zone))


def _beyond(compare: Callable[[HeldContact, datetime], bool], edge: datetime) -> Matches:
    return lambda contact: compare(contact, edge)


def _search(account: Views, text: str) -> Matches:
    def matches(contact: HeldContact) -> bool:
        name = f"{contact.first_name} {contact.last_name}"
        held = (name, contact.email or "", contact.phone, account.organization_of(contact))
        return any(text in one.lower() for one in held)

    return matches


def _status(account: Views, status: int, list_id: int | None) -> Matches:
    def matches(contact: HeldContact) -> bool:
        return any(
            account.contact_lists[link].status == status
            for held, link in contact.lists.items()
            if not list_id or held == list_id
        )

    return matches

"""The filters that most listings have: `filters[name]`, `filters[name][contains]`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from .refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timezone

R = TypeVar("R")

_FILTER: Final = re.compile(r"filters\[(\w+)\](?:\[(\w+)\])?")

OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "eq": lambda held, wanted: held == wanted,
    "neq": lambda held, wanted: held != wanted,
    "contains": lambda held, wanted: wanted in held,
    "not_contains": lambda held, wanted: wanted not in held,
    "starts_with": lambda held, wanted: held.startswith(wanted),
    "gte": lambda held, wanted: _figure(held) >= _figure(wanted),
    "lte": lambda held, wanted: _figure(held) <= _figure(wanted),
}
"""By the name in the second pair of brackets; texts come in small letters."""


@dataclass(frozen=True, slots=True)
class Filter(Generic[R]):
    """What a filter looks at, and how where nothing is said: as an operator, `after`, `before`."""

    of: Callable[[R], Any]
    bare: str = "eq"


def filtered(
    records: Iterable[R],
    query: Mapping[str, str],
    filters: Mapping[str, Filter[R]],
    zone: timezone,
) -> list[R]:
    """Return the records that match all filters; a name or an operator unknown is ignored."""
    found = list(records)
    for name, value in query.items():
        match = _FILTER.fullmatch(name)
        if match is None or match[1] not in filters:
            continue
        wanted = filters[match[1]]
        matches = _matcher(match[2] or wanted.bare, value, zone)
        found = [one for one in found if matches(wanted.of(one))]
    return found


def _matcher(operator: str, value: str, zone: timezone) -> Callable[[Any], bool]:
    if operator in {"after", "before"}:
        edge = instant(value, zone)
        return lambda held: held > edge if operator == "after" else held < edge
    compare = OPERATORS.get(operator)
    if compare is None:
        return lambda _: True
    lowered = value.lower()
    return lambda held: compare(str("" if held is None else held).lower(), lowered)


def instant(text: str, zone: timezone) -> datetime:
    """Read a date as a filter has it, in the account's zone unless it says otherwise.

    Raises a 400 for what is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        detail = f"{text!r} is no date"
        raise bad_request(detail) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _figure(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0

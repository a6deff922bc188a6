"""What listings are asked for, checked before it is sent.

The server ignores a filter that is empty or that it can't read, and lists everybody: whoever
deletes what a listing finds would delete the account. So nothing leaves that is no filter.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from ..errors import ConfigurationError
from ..resources._base import check_id, checked_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._core.codec import QueryValue

LARGEST_PAGE: Final = 100


def id_of(name: str, value: int | None) -> int | None:
    """Return an id, where there is one; 0, which the server takes for none, is refused."""
    if value is not None:
        check_id(name, value)
    return value


def ids_of(name: str, values: Collection[int] | None) -> Collection[int] | None:
    """Return several ids as they are now; none at all would be no filter."""
    if values is None:
        return None
    given = cast("object", values)
    if isinstance(given, str | bytes) or not isinstance(given, Collection):
        msg = f"{name}={given!r}: give a list of ids"
        raise ConfigurationError(msg)
    return checked_ids(name, tuple(values))


def count_of(name: str, value: int | None) -> int | None:
    """Return a whole number from 0 on, where there is one."""
    if value is not None and (not _is_whole(value) or value < 0):
        msg = f"{name}={value!r}: give a whole number, from 0 on"
        raise ConfigurationError(msg)
    return value


def flag_of(name: str, value: object) -> bool:
    """Return a yes or no, or raise `ConfigurationError` for anything else."""
    if not isinstance(value, bool):
        msg = f"{name}={value!r}: give True or False"
        raise ConfigurationError(msg)
    return value


def text_of(name: str, value: str | None) -> str | None:
    """Return a text, where there is one; a blank one is refused."""
    return None if value is None else needed_text(name, value)


def needed_text(name: str, value: object) -> str:
    """Return a text without which a search would be one for everything."""
    if not isinstance(value, str) or not value.strip():
        msg = f"{name}={value!r}: give a text that is not blank"
        raise ConfigurationError(msg)
    return value


def choice_of(name: str, value: object, choices: Iterable[str]) -> str | None:
    """Return one of the values that there are, where there is one."""
    known = [*choices]
    if value is None or (isinstance(value, str) and value in known):
        return value
    msg = f"{name}={value!r}: give one of {', '.join(known)}"
    raise ConfigurationError(msg)


def instants(**given: datetime | None) -> dict[str, QueryValue]:
    """Return filters by date, under the names that the server has for them."""
    for name, value in given.items():
        held = cast("object", value)
        if held is None:
            continue
        if not isinstance(held, datetime):
            msg = f"{name}={held!r}: give an aware datetime"
            raise ConfigurationError(msg)
        if held.utcoffset() is None:
            msg = f"{name}={held.isoformat()} has no time zone; give an aware datetime"
            raise ConfigurationError(msg)
    return {f"filters[{name}]": value for name, value in given.items()}


def check_tagging(contact_id: int, tag: int | str) -> None:
    """Refuse what is no contact, or neither id nor name of a tag, before anything is sent."""
    check_id("contact_id", contact_id)
    if isinstance(tag, int):
        check_id("tag", tag)
    else:
        needed_text("tag", tag)


def check_limit(limit: int) -> None:
    """Refuse a page of a size that the server has not."""
    if not _is_whole(limit) or not 1 <= limit <= LARGEST_PAGE:
        msg = f"limit={limit!r}: the API takes 1 to {LARGEST_PAGE} items a page"
        raise ConfigurationError(msg)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

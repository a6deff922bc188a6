"""Records by id, and what is said where there is none. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .refusals import no_result, unrelated

if TYPE_CHECKING:
    from collections.abc import Mapping

R = TypeVar("R")


def found(held: Mapping[int, R], number: int, kind: str, status: int = 404) -> R:
    """Return what a path names, or raise what is said of an unknown id of its kind."""
    record = held.get(number)
    if record is None:
        raise no_result(kind, number, status)
    return record


def related(
    held: Mapping[int, R], number: int | None, kind: str, place: str, status: int = 404
) -> R:
    """Return what a property names, or raise what is said where that is not there."""
    record = None if number is None else held.get(number)
    if record is None:
        raise unrelated(kind, place, status)
    return record

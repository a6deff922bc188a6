"""What a call brings, to be printed: a record, a listing, or word that it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ..errors import NotFoundError
from ..models import Model
from ..paging import Pager

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Listing:
    """All items of a listing, or the first of them."""

    pager: Pager[Any]
    most: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """Something was done that brings nothing to be shown but this message."""

    message: str


Result: TypeAlias = Model | Listing | Done


def found(model: M | None, what: str) -> M:
    """Return what was looked for; raise `NotFoundError` where it is not there."""
    if model is None:
        msg = f"there is no {what}"
        raise NotFoundError(msg)
    return model

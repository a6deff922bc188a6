"""What a job has just learned of contacts, where looking it up again would cost a request. Pure."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from .batches import BATCH

T = TypeVar("T")

REMEMBERED: Final = 2 * BATCH + 500
"""Contacts: at least as many as rows can be taken out of a journal before one of them ends."""


class Lately(Generic[T]):
    """Remembers the latest by their keys, as many as are needed and no more."""

    def __init__(self) -> None:
        self._known: dict[str, T] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def get(self, key: str) -> T | None:
        """Return what is remembered, or None."""
        return self._known.get(key)

    def remember(self, key: str, value: T) -> None:
        """Remember it, in place of the oldest."""
        self._known.pop(key, None)
        self._known[key] = value
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

"""Packs rows into requests: as many as the API takes, and not a byte more.

Pure. Each row is written once; what is measured is what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from ..._core.codec import encode
from ..drafts import import_draft

if TYPE_CHECKING:
    from ..drafts import ImportDraft, ImportRow

MOST_CONTACTS: Final = 250
MOST_BYTES: Final = 399_999
"""Of one request; the API takes fewer than 400,000."""
ENVELOPE: Final = len(b'{"contacts":[],"exclude_automations":true}')


class Packed(NamedTuple):
    """A row, ready to be sent."""

    row: int
    """Its number, from 1."""
    draft: ImportDraft
    body: bytes


class Packing:
    """Takes row after row, and gives a batch out when the next one would be too much."""

    def __init__(self) -> None:
        self.batch: list[Packed] = []
        self._bytes = ENVELOPE

    def add(self, one: Packed) -> list[Packed]:
        """Take a row; return the batch that is full without it, or nothing."""
        size = len(one.body) + 1  # With the comma behind it.
        full: list[Packed] = []
        if len(self.batch) == MOST_CONTACTS or self._bytes + size > MOST_BYTES:
            full, self.batch, self._bytes = self.batch, [], ENVELOPE
        self.batch.append(one)
        self._bytes += size
        return full


def packed(row: int, given: ImportRow, *, exclude_automations: bool, validate: bool) -> Packed:
    """Write a row, or raise `ConfigurationError` for one that can't be sent."""
    draft = import_draft(given, exclude_automations=exclude_automations)
    return Packed(row, draft, encode(draft, validate=validate))


def fits(one: Packed) -> bool:
    """Tell whether a row can be sent by itself."""
    return ENVELOPE + len(one.body) <= MOST_BYTES


def body_of(batch: list[Packed], *, exclude_automations: bool) -> dict[str, Any]:
    """Return the request of a batch.

    Whether automations are left out is said where others were seen to say it, at the top, and
    in each contact, where the official example has it.
    """
    body: dict[str, Any] = {"contacts": [msgspec.Raw(one.body) for one in batch]}
    if exclude_automations:
        body["exclude_automations"] = True
    return body

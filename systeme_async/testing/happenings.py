"""What webhooks are told: each thing that happened in an account, as it is delivered. Pure.

A request makes things happen, and so does a sale; what a test puts into an account does not.
Whoever delivers takes the happenings away, in order, after each request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSIONS: Final[Mapping[str, int]] = {
    "CONTACT_CREATED": 1,
    "CONTACT_OPT_IN": 1,
    "CONTACT_TAG_ADDED": 1,
    "CONTACT_TAG_REMOVED": 1,
    "SALE_NEW": 2,
    "SALE_CANCELED": 2,
}
"""Every event, and the one version of its body that is known."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and the body that is delivered; it shows what was the case at that moment."""

    event: str
    body: dict[str, object]

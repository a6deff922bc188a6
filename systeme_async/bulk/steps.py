"""A write that a row is about to make, as the journal keeps it until the row has ended. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

SETTLE_TIME: Final = 10.0
"""Seconds for which a lookup may lag behind a write: only then it is believed to be missing."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One write of a row; whether it was carried out is open until the row ends."""

    method: str
    path: str
    """The template of the path: no address and no id is in it."""
    at: float
    """When it was about to leave, as a unix time."""
    change: str | None = None
    """What had become of the row's contact before: "created", "updated" or "unchanged"."""

    @property
    def creates(self) -> bool:
        """Whether the contact itself was about to be created."""
        return self.method == "POST" and self.path == "/api/contacts"

    def wait(self, now: float, lag: float | None = None) -> float:
        """Say for how many seconds a lookup may still not show it."""
        return max(0.0, min(self.at, now) + (SETTLE_TIME if lag is None else lag) - now)


encode: Final = msgspec.msgpack.Encoder().encode
decode: Final = msgspec.msgpack.Decoder(Step).decode

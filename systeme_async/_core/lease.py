"""What the budget answers: permission to send one request, or how long there is none. Pure."""

from __future__ import annotations

import msgspec


class Lease(msgspec.Struct, frozen=True, gc=False):
    """Permission to send one request; to be settled exactly once."""

    number: int
    heard: int
    """Requests settled when this one left: the others may have been counted after it."""
    probe: bool = False
    turn: int = 0
    """The number of its turn, where requests are spaced."""


class Wait(msgspec.Struct, frozen=True, gc=False):
    """Not now: not before `until`, or (None) not before something is settled."""

    until: int | None = None
    reserved: bool = False
    """Whether there may be room all the same, left to interactive calls."""

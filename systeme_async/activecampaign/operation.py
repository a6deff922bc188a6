"""An endpoint of ActiveCampaign, and the five kinds of which nearly all are."""

from __future__ import annotations

from types import NoneType
from typing import Generic, TypeVar

from .._core.endpoint import Effect, Endpoint
from .models.model import Many, One, many, one

T = TypeVar("T")


class Operation(Endpoint[T], Generic[T], frozen=True, kw_only=True):
    """An endpoint whose answers flip the types of their values."""

    loose: bool = True
    key: str = ""
    """The property in which a body travels; empty where it travels as it is."""


def listed(path: str, kind: type[T], key: str) -> Operation[Many[T]]:
    """Describe a listing, whose items stand under a key."""
    return Operation("GET", path, many(kind, key))


def read(path: str, kind: type[T], key: str) -> Operation[One[T]]:
    """Describe what fetches one thing, which stands under a key."""
    return Operation("GET", path, one(kind, key))


def created(
    path: str, kind: type[T], key: str, effect: Effect = Effect.CREATES
) -> Operation[One[T]]:
    """Describe what makes one thing; it travels under a key, there and back."""
    return Operation("POST", path, one(kind, key), effect, key=key)


def changed(path: str, kind: type[T], key: str, method: str = "PUT") -> Operation[One[T]]:
    """Describe what changes one thing; it travels under a key, there and back."""
    return Operation(method, path, one(kind, key), Effect.CONVERGES, key=key)


def deleted(path: str) -> Operation[None]:
    """Describe what deletes one thing; it is answered with 200 and an empty object."""
    return Operation("DELETE", path, NoneType, Effect.CONVERGES)

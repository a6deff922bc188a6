"""What all models share: frozen, by keyword, camelCase on the wire."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that the server sends."""


class Page(Model, Generic[T], frozen=True):
    """One page of a listing."""

    items: list[T]
    has_more: bool = False

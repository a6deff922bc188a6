"""Custom fields and their options, as they are sent."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...drafts.draft import Draft, Id
from .names import Name

FieldType = Literal[
    "text",
    "textarea",
    "date",
    "datetime",
    "dropdown",
    "radio",
    "checkbox",
    "listbox",
    "hidden",
    "number",
]
CHOICES: Final = frozenset({"dropdown", "radio", "checkbox", "listbox"})
"""The types from whose options people choose."""


class CustomFieldDraft(Draft, frozen=True):
    """A field to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "title": "give a title of 1 to 255 characters",
        "type": f"give one of {', '.join(get_args(FieldType))}",
    }
    title: Name | UnsetType = UNSET
    type: FieldType | UnsetType = UNSET
    description: str | UnsetType = msgspec.field(default=UNSET, name="descript")
    visible: int | UnsetType = UNSET
    is_required: int | UnsetType = msgspec.field(default=UNSET, name="isrequired")


class FieldOptionDraft(Draft, frozen=True):
    """One of the values from which people choose; it is its own label."""

    advice: ClassVar[dict[str, str]] = {"value": "give a text of 1 to 255 characters"}
    field: Id
    order: Id = msgspec.field(name="orderid")
    value: Name
    label: str
    is_default: bool = msgspec.field(default=False, name="isdefault")


class FieldRelationDraft(Draft, frozen=True):
    """With which list's contacts a field is seen; 0 is all of them."""

    field: Id
    list: Annotated[int, Meta(ge=0)] = msgspec.field(name="relid")

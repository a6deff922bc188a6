"""Custom fields of contacts, with the options of those from which people choose."""

from __future__ import annotations

import msgspec

from .model import Dated, Meta, Model


class FieldOption(Model, frozen=True):
    """One of the values from which people choose."""

    id: int
    field: int | None = None
    value: str | None = None
    """What a contact has that has chosen it."""
    label: str | None = None
    order: int | None = msgspec.field(default=None, name="orderid")
    is_default: bool = msgspec.field(default=False, name="isdefault")


class FieldRelation(Model, frozen=True):
    """That a field is seen with the contacts of a list; without any it is seen nowhere."""

    id: int
    field: int | None = None
    list: int | None = msgspec.field(default=None, name="relid")
    """0 for all lists."""


class Field(Dated, frozen=True):
    """A custom field."""

    title: str = ""
    type: str = "text"
    """"text", "textarea", "date", "datetime", "dropdown", "radio", "checkbox", "listbox",
    "hidden", "number" or another one."""
    perstag: str | None = None
    """The name by which mails call it, such as FAVORITE_COLOR."""
    description: str | None = msgspec.field(default=None, name="descript")
    is_required: bool = msgspec.field(default=False, name="isrequired")
    visible: bool = True
    options: list[FieldOption] = msgspec.field(default_factory=list[FieldOption], name="_options")
    relations: list[FieldRelation] = msgspec.field(
        default_factory=list[FieldRelation], name="_relations"
    )

    @property
    def multiple(self) -> bool:
        """Whether a contact may have several values."""
        return self.type in {"checkbox", "listbox"}


class _Beside(Model, frozen=True):
    field_options: list[FieldOption] | None = None
    field_rels: list[FieldRelation] | None = None

    def _completed(self, field: Field) -> Field:
        return msgspec.structs.replace(
            field,
            options=[one for one in self.field_options or () if one.field == field.id],
            relations=[one for one in self.field_rels or () if one.field == field.id],
        )


class FieldAnswer(_Beside, frozen=True, kw_only=True):
    """One field."""

    field: Field

    @property
    def it(self) -> Field:
        """The field, with its options."""
        return self._completed(self.field)


class FieldPage(_Beside, frozen=True, kw_only=True):
    """One page of fields."""

    fields: list[Field]
    meta: Meta = Meta()

    @property
    def items(self) -> list[Field]:
        """The fields, each with its options."""
        return [self._completed(field) for field in self.fields]

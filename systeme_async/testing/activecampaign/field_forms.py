"""How custom fields travel, and the name that mails call them by. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .contact_forms import ContactForms, texts

if TYPE_CHECKING:
    from collections.abc import Collection

    from .records import HeldField, HeldOption, HeldRelation

_NOT_IN_TAGS: Final = re.compile(r"[^A-Z0-9]+")


class FieldForms(ContactForms):
    """Writes fields, their options and their relations."""

    def _field_out(self, field: HeldField) -> dict[str, object]:
        return {
            "title": field.title,
            "descript": field.description or None,
            "type": field.type,
            "isrequired": str(int(field.required)),
            "perstag": field.perstag,
            "defval": None,
            "show_in_list": "0",
            "rows": "0",
            "cols": "0",
            "visible": str(int(field.visible)),
            "service": None,
            "ordernum": str(field.id),
            "options": texts(one.id for one in self.options.values() if one.field == field.id),
            "relations": texts(one.id for one in self.relations.values() if one.field == field.id),
            "cdate": self._stamp(field.created_at),
            "udate": self._stamp(field.updated_at),
            "links": [],
            "id": str(field.id),
        }

    def _field_written(self, field: HeldField) -> dict[str, object]:
        """Return a field as it is answered to who has written it: with numbers in it."""
        return {
            **self._field_out(field),
            "isrequired": int(field.required),
            "visible": int(field.visible),
            "ordernum": field.id,
        }

    def _option_out(self, option: HeldOption) -> dict[str, object]:
        return {
            "field": str(option.field),
            "orderid": str(option.order),
            "value": option.value,
            "label": option.label,
            "isdefault": str(int(option.default)),
            "cdate": None,
            "udate": None,
            "links": [],
            "id": str(option.id),
        }

    def _relation_out(self, relation: HeldRelation) -> dict[str, object]:
        return {
            "field": str(relation.field),
            "relid": str(relation.list_id),
            "dorder": "0",
            "cdate": self._stamp(relation.created_at),
            "links": [],
            "id": str(relation.id),
        }

    def _beside_fields(self, shown: Collection[int]) -> dict[str, object]:
        """Return the options and relations of fields, as they stand beside those."""
        options = [one for one in self.options.values() if one.field in shown]
        relations = [one for one in self.relations.values() if one.field in shown]
        return {
            "fieldOptions": [self._option_out(one) for one in options],
            "fieldRels": [self._relation_out(one) for one in relations],
        }


def perstag(title: str, taken: Collection[str]) -> str:
    """Make the name of a field from its title, in capitals and another than those taken."""
    name = _NOT_IN_TAGS.sub("_", title.upper()).strip("_") or "FIELD"
    number = 0
    while (unique := f"{name}_{number}" if number else name) in taken:
        number += 1
    return unique

"""The custom fields of the account. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Answer
from .field_forms import FieldForms, perstag
from .filters import Filter, filtered
from .finding import found, related
from .listing import LARGEST_PAGE, page_of
from .reading import Given
from .records import HeldField, HeldOption, HeldRelation
from .refusals import duplicate, failed, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..call import Call

TYPES: Final = frozenset(
    {
        *("text", "textarea", "date", "datetime", "dropdown", "radio"),
        *("checkbox", "listbox", "hidden", "number"),
    }
)
TAKEN: Final = "Custom field title already exists in the system"
NO_OPTIONS: Final = "Bulk operation failed. Request must contain an array of fieldOption objects."
FILTERS: Final[Mapping[str, Filter[HeldField]]] = {
    "perstag": Filter(lambda one: one.perstag),
    "title": Filter(lambda one: one.title, "contains"),
    "type": Filter(lambda one: one.type),
}


class FieldEndpoints(FieldForms):
    """Custom fields, what one can choose in them, and where they are seen."""

    def list_fields(self, call: Call) -> Answer:
        """Answer one page of the fields, with options and relations beside them."""
        matching = filtered(self.fields.values(), call.query, FILTERS, self.zone)
        page = page_of(
            call,
            "fields",
            matching,
            self._field_out,
            orders={"title": lambda field: field.title.lower()},
            usual=LARGEST_PAGE,
            meta={"selected": None},
        )
        return Answer(200, {**self._beside_fields({one.id for one in matching}), **page})

    def get_field(self, call: Call) -> Answer:
        """Answer one field, with options and relations beside it."""
        field = self._field_at(call)
        return Answer(200, {**self._beside_fields({field.id}), "field": self._field_out(field)})

    def create_field(self, call: Call) -> Answer:
        """Create a field that is seen nowhere yet, unless its title is taken."""
        given = Given.of(call, "field")
        title, kind = given.text("title").strip(), given.text("type")
        said = [] if title else ["Field name is required"]
        said += [] if kind in TYPES else ["Field type must be of type string"]
        if said:
            raise told(422, *said)
        self._check_title(title, None)
        field = self._keep_field(title, kind, call.second)
        self._describe(field, given)
        self._changed("created field", field.id)
        return Answer(201, {**self._beside_fields(set()), "field": self._field_written(field)})

    def update_field(self, call: Call) -> Answer:
        """Change what was sent; type and perstag stay."""
        field = self._field_at(call)
        given = Given.of(call, "field")
        title = given.text("title").strip() or field.title
        self._check_title(title, field)
        field.title, field.updated_at = title, call.second
        self._describe(field, given)
        self._changed("updated field", field.id)
        beside = self._beside_fields({field.id})
        return Answer(200, {**beside, "field": self._field_written(field)})

    def delete_field(self, call: Call) -> Answer:
        """Delete a field and everybody's value of it."""
        field = self._field_at(call)
        for contact in self.contacts.values():
            if field.id in contact.values:
                self._values.drop(contact.values.pop(field.id))
        self._options.drop_if(lambda one: one.field == field.id)
        self._relations.drop_if(lambda one: one.field == field.id)
        self._fields.drop(field.id)
        self._changed("deleted field", field.id)
        return Answer(200, {})

    def create_field_options(self, call: Call) -> Answer:
        """Add options to fields."""
        given = Given.of(call).objects("fieldOptions")
        if not given:
            raise failed(400, NO_OPTIONS)
        for one in given:
            related(self.fields, one.number("field"), "field", "field")
        options = [self._keep_option(one) for one in given]
        self._changed("created options", ", ".join(str(one.id) for one in options))
        return Answer(201, {"fieldOptions": [self._option_out(one) for one in options]})

    def create_field_relation(self, call: Call) -> Answer:
        """Let a field be seen with the contacts of a list; 0 is all lists."""
        given = Given.of(call, "fieldRel")
        field = related(self.fields, given.number("field"), "field", "field").id
        list_id = given.number("relid") or 0
        if list_id:
            related(self.lists, list_id, "list", "relid")
        relation = self._keep_relation(field, list_id, call.second)
        self._changed("created relation", relation.id)
        numbers = {"field": field, "relid": list_id, "dorder": 0}
        return Answer(201, {"fieldRel": {**self._relation_out(relation), **numbers}})

    def _field_at(self, call: Call) -> HeldField:
        return found(self.fields, call.id("field"), "Field")

    def _check_title(self, title: str, mine: HeldField | None) -> None:
        taken = (one for one in self.fields.values() if one.title.lower() == title.lower())
        if any(one is not mine for one in taken):
            raise duplicate(TAKEN, "title")

    def _keep_field(self, title: str, kind: str, at: datetime) -> HeldField:
        taken = {one.perstag for one in self.fields.values()}
        return self._fields.put(
            lambda number: HeldField(
                id=number,
                title=title,
                type=kind,
                perstag=perstag(title, taken),
                created_at=at,
                updated_at=at,
            )
        )

    def _describe(self, field: HeldField, given: Given) -> None:
        if "descript" in given:
            field.description = given.text("descript")
        if "isrequired" in given:
            field.required = given.flag("isrequired")
        if "visible" in given:
            field.visible = given.flag("visible")

    def _keep_option(self, given: Given) -> HeldOption:
        value = given.text("value")
        return self._options.put(
            lambda number: HeldOption(
                id=number,
                field=given.number("field") or 0,
                value=value,
                label=given.text("label") or value,
                order=given.number("orderid") or 0,
                default=given.flag("isdefault"),
            )
        )

    def _keep_relation(self, field: int, list_id: int, at: datetime) -> HeldRelation:
        return self._relations.put(
            lambda number: HeldRelation(id=number, field=field, list_id=list_id, created_at=at)
        )

"""The values of custom fields, one by one. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Answer
from .contact_forms import ContactForms
from .filters import Filter, filtered
from .finding import found, related
from .listing import listing
from .reading import Given
from .refusals import attribute_missing, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..call import Call
    from .records import HeldContact, HeldValue

FILTERS: Final[Mapping[str, Filter[HeldValue]]] = {
    "fieldid": Filter(lambda one: one.field),
    "val": Filter(lambda one: one.value),
}


class ValueEndpoints(ContactForms):
    """Values of fields for contacts; setting one a second time changes the same row."""

    def list_field_values(self, call: Call) -> Answer:
        """Answer one page of the values of everybody."""
        matching = filtered(self.values.values(), call.query, FILTERS, self.zone)
        return listing(call, "fieldValues", matching, self._value_out)

    def get_field_value(self, call: Call) -> Answer:
        """Answer one value; an unknown one is a 403."""
        return Answer(200, {"fieldValue": self._value_out(self._value_at(call, 403))})

    def set_field_value(self, call: Call) -> Answer:
        """Set the value of a field, known by its id and not by its perstag."""
        given = Given.of(call, "fieldValue")
        contact, field = self._place(given)
        return self._valued(contact, field, given.text("value"), call)

    def update_field_value(self, call: Call) -> Answer:
        """Change a value; contact and field must be told again."""
        held = self._value_at(call)
        given = Given.of(call, "fieldValue")
        for name in ("contact", "field", "value"):
            if name not in given:
                raise attribute_missing(name)
        contact, field = self._place(given)
        if (held.contact, held.field) != (contact.id, field):
            title = "Contact and field of a value cannot be changed"
            raise invalid(title, "field")
        return self._valued(contact, field, given.text("value"), call)

    def delete_field_value(self, call: Call) -> Answer:
        """Forget a value."""
        held = self._value_at(call)
        del self._contacts.get(held.contact).values[held.field]
        self._values.drop(held.id)
        self._changed("deleted value", held.id)
        return Answer(200, {})

    def _valued(self, contact: HeldContact, field: int, text: str, call: Call) -> Answer:
        fitting = self._fitting(field, text)
        [held] = self._set_values(contact, [(field, fitting)], call.second)
        contact.updated_at = call.second
        self._changed("set value", f"of field {field} for contact {contact.id}")
        written = self._value_out(held)
        return Answer(200, {"contacts": [self._listed(contact)], "fieldValue": written})

    def _place(self, given: Given) -> tuple[HeldContact, int]:
        field = given.number("field")
        if field is None or field not in self.fields:
            title = "Field id not valid"
            raise invalid(title, "field")
        return related(self.contacts, given.number("contact"), "subscriber", "contact"), field

    def _value_at(self, call: Call, status: int = 404) -> HeldValue:
        return found(self.values, call.id("value"), "FieldValue", status)

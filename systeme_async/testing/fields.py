"""The contact-field endpoints of the account. Pure; each method answers one of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rules
from .call import Answer, Complaint, not_found, refuse
from .holdings import BUILT_IN_FIELDS, Holdings
from .shelf import page

if TYPE_CHECKING:
    from .call import Call


class FieldEndpoints(Holdings):
    """The fields that contacts can have: a slug for ever, a label that may change."""

    def list_contact_fields(self, call: Call) -> Answer:
        """Answer all fields: they have no id, so there is one page and no cursor."""
        del call
        return Answer(200, page([field_out(slug, label) for slug, label in self.fields.items()]))

    def create_contact_field(self, call: Call) -> Answer:
        """Create a field, unless its slug is taken."""
        sent = call.properties
        slug, label = sent.text("slug"), sent.text("fieldName")
        taken = [rules.taken("slug")] if slug in self.fields else []
        refuse([*_label_complaints(label), *rules.slug("slug", slug), *taken])
        self.fields[slug or ""] = label or ""
        self._changed("created field", slug)
        return Answer(201, field_out(slug or "", label or ""))

    def rename_contact_field(self, call: Call) -> Answer:
        """Give a field another label; its slug stays."""
        slug = self._slug(call)
        label = call.properties.text("fieldName")
        refuse(_label_complaints(label))
        self.fields[slug] = label or ""
        self._changed("renamed field", slug)
        return Answer(200, field_out(slug, self.fields[slug]))

    def delete_contact_field(self, call: Call) -> Answer:
        """Delete a field and everybody's value of it; the built-in ones stay."""
        slug = self._slug(call)
        if slug in BUILT_IN_FIELDS:
            refuse([Complaint("slug", "A default contact field cannot be deleted.")])
        del self.fields[slug]
        for contact in self.contacts.values():
            contact.fields.pop(slug, None)
        self._changed("deleted field", slug)
        return Answer(204)

    def _slug(self, call: Call) -> str:
        slug = call.segments["slug"]
        if slug not in self.fields:
            raise not_found()
        return slug


def _label_complaints(label: str | None) -> list[Complaint]:
    return list(rules.text("fieldName", label, rules.TEXT_LENGTH))


def field_out(slug: str, label: str) -> dict[str, object]:
    """Return a field as it travels."""
    return {"slug": slug, "fieldName": label}

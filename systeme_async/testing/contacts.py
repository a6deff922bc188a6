"""The contact endpoints of the account. Pure; each method answers one endpoint of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rules
from .call import Answer, Complaint, not_found, refuse
from .filters import ContactFilter
from .happenings import Happening
from .holdings import Holdings
from .records import HeldContact
from .shelf import Cursor, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .call import Call, Properties


class ContactEndpoints(Holdings):
    """Find people, change them, tag them."""

    def list_contacts(self, call: Call) -> Answer:
        """Answer one page of the contacts that match every filter."""
        cursor = Cursor.read(call.query)
        wanted = ContactFilter.read(call.query)
        if wanted.email is None:
            return Answer(200, self._contacts.page(cursor, wanted.matches, self._contact_out))
        found = self.contact_by_email(wanted.email)
        if found is None or not (cursor.reaches(found.id) and wanted.matches(found)):
            return Answer(200, page([]))
        return Answer(200, page([self._contact_out(found)]))

    def create_contact(self, call: Call) -> Answer:
        """Create a contact, unless its address is taken or a value is refused."""
        sent = call.properties
        email, locale, fields = sent.text("email"), sent.text("locale"), sent.objects("fields")
        refuse(
            [
                *self._email_complaints(email),
                *rules.locale("locale", locale),
                *self._field_complaints(fields),
            ]
        )
        contact = self._keep_contact(email or "", locale or "en", field_values(fields), call.second)
        self._changed("created contact", contact.id)
        self._happened("CONTACT_CREATED", contact)
        return Answer(201, self._contact_out(contact))

    def get_contact(self, call: Call) -> Answer:
        """Answer one contact."""
        return Answer(200, self._contact_out(self._contacts.get(call.id("contact"))))

    def update_contact(self, call: Call) -> Answer:
        """Change the locale and the fields that were sent, and nothing else."""
        contact = self._contacts.get(call.id("contact"))
        sent = call.properties
        locale, fields = sent.text("locale"), sent.objects("fields")
        refuse([*rules.locale("locale", locale), *self._field_complaints(fields)])
        if "locale" in sent:
            contact.locale = locale
        contact.fields.update(field_values(fields))
        self._changed("updated contact", contact.id)
        return Answer(200, self._contact_out(contact))

    def delete_contact(self, call: Call) -> Answer:
        """Forget a contact and all that is its own at once, and free its address."""
        contact = self._contacts.drop(call.id("contact"))
        del self._contact_ids[contact.email.lower()]
        self._forget(contact.id)
        self._changed("deleted contact", contact.id)
        return Answer(204)

    def opt_in(self, contact_id: int) -> None:
        """Let a contact fill in a form, which is a CONTACT_OPT_IN; no request does that."""
        self._happened("CONTACT_OPT_IN", self._contacts.get(contact_id))

    def assign_tag(self, call: Call) -> Answer:
        """Put a tag on a contact; a second time is refused."""
        contact = self._contacts.get(call.id("contact"))
        tag = call.properties.number("tagId")
        if tag is None:
            refuse([rules.blank("tagId")])
        elif tag not in self.tags:
            refuse([rules.unknown("tagId", "Tag", tag)])
        elif tag in contact.tags:
            refuse([Complaint("tagId", "Tag already assigned to this contact.")])
        else:
            contact.tags.append(tag)
            self._changed("assigned tag", f"{tag} to contact {contact.id}")
            self._happened("CONTACT_TAG_ADDED", contact, tag)
        return Answer(204)

    def remove_tag(self, call: Call) -> Answer:
        """Take a tag off a contact that has it."""
        contact = self._contacts.get(call.id("contact"))
        tag = self._tags.get(call.id("tag"))
        if tag.id not in contact.tags:
            raise not_found()
        contact.tags.remove(tag.id)
        self._changed("removed tag", f"{tag.id} from contact {contact.id}")
        self._happened("CONTACT_TAG_REMOVED", contact, tag.id)
        return Answer(204)

    def _keep_contact(
        self, email: str, locale: str, fields: dict[str, str | None], at: datetime
    ) -> HeldContact:
        self._within_plan("contacts", len(self._contacts), self.max_contacts)
        contact = self._contacts.put(
            lambda number: HeldContact(
                id=number, email=email, registered_at=at, locale=locale, fields=fields
            )
        )
        self._contact_ids[email.lower()] = contact.id
        return contact

    def _happened(self, event: str, contact: HeldContact, tag: int | None = None) -> None:
        body: dict[str, object] = {"contact": self._contact_out(contact)}
        if tag is not None:
            body["tag"] = {"id": tag, "name": self.tags[tag].name}
        self.happenings.append(Happening(event, body))

    def _email_complaints(self, email: str | None) -> Iterator[Complaint]:
        yield from rules.email("email", email, self.dead_domains)
        if email and self.contact_by_email(email):
            yield rules.taken("email")

    def _field_complaints(self, fields: list[Properties]) -> Iterator[Complaint]:
        for index, entry in enumerate(fields):
            slug, value = entry.text("slug"), entry.text("value")
            path = f"fields[{index}]"
            if not slug:
                yield rules.blank(f"{path}.slug")
            elif slug not in self.fields:
                yield Complaint(f"{path}.slug", f'Contact field with slug "{slug}" not found.')
            else:
                yield from rules.field_value(f"{path}.value", slug, value)

    def _contact_out(self, contact: HeldContact) -> dict[str, object]:
        return {
            **person_out(contact),
            "fields": [
                {"fieldName": label, "slug": slug, "value": contact.fields[slug]}
                for slug, label in self.fields.items()
                if slug in contact.fields
            ],
            "tags": [{"id": tag, "name": self.tags[tag].name} for tag in contact.tags],
        }


def person_out(contact: HeldContact) -> dict[str, object]:
    """Return a contact as it travels inside others: without its fields and tags."""
    return {
        "id": contact.id,
        "email": contact.email,
        "registeredAt": contact.registered_at.isoformat(),
        "locale": contact.locale,
        "sourceURL": contact.source_url,
        "unsubscribed": contact.unsubscribed,
        "bounced": contact.bounced,
        "needsConfirmation": contact.needs_confirmation,
    }


def field_values(fields: list[Properties]) -> dict[str, str | None]:
    """Return the values that were sent, by slug."""
    return {entry.text("slug") or "": entry.text("value") for entry in fields}

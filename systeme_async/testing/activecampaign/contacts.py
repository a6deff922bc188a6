"""The contacts of the account. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..call import Answer
from .deal_forms import DealForms
from .finding import found
from .keeping import Act, is_email
from .listing import children
from .reading import Given
from .refusals import bad_email, bad_request, duplicate

if TYPE_CHECKING:
    from ..call import Call
    from .records import HeldContact

TAKEN = "Email address already exists in the system"
NAMES = {"firstName": "first_name", "lastName": "last_name", "phone": "phone"}
"""What can be written of a contact besides its address, as it travels and as it is kept."""


class ContactEndpoints(DealForms):
    """Find people, change them, forget them."""

    def get_contact(self, call: Call) -> Answer:
        """Answer one contact and what hangs on it, but for its tags."""
        contact = self._contact_at(call)
        runs = [one for one in self.runs.values() if one.contact == contact.id]
        deals = [one for one in self.deals.values() if one.contact == contact.id]
        firms = [] if contact.company is None else [self._company_contacts.get(contact.company)]
        beside = {
            "contactAutomations": [self._run_out(one) for one in runs],
            "contactLists": self._lists_out(contact),
            "deals": [self._deal_out(one) for one in deals],
            "fieldValues": self._values_out(contact),
            "geoIps": [],
            "accountContacts": [self._employed_out(one) for one in firms],
        }
        return Answer(200, {**beside, "contact": self._fetched(contact)})

    def create_contact(self, call: Call) -> Answer:
        """Create a contact, unless its address is taken or a value does not fit."""
        given = Given.of(call, "contact")
        email = given.text("email").strip()
        if not (is_email(email) or (not email and given.flag("allowNullEmail"))):
            raise bad_email()
        if email and self.contact_by_email(email):
            raise duplicate(TAKEN, "email")
        return self._created_from(email, given, call)

    def sync_contact(self, call: Call) -> Answer:
        """Create a contact, or change the one that has the address."""
        given = Given.of(call, "contact")
        email = given.text("email").strip()
        if not email:
            detail = "Contact email must be provided for sync"
            raise bad_request(detail)
        if not is_email(email):
            raise bad_email()
        contact = self.contact_by_email(email)
        if contact is None:
            return self._created_from(email, given, call)
        sent = self._write(contact, given, call)
        self._changed("updated contact", contact.id)
        return Answer(200, {"fieldValues": sent, "contact": self._created(contact)})

    def update_contact(self, call: Call) -> Answer:
        """Change what was sent, and nothing else."""
        contact = self._contact_at(call)
        given = Given.of(call, "contact")
        if "email" in given:
            self._check_move(contact, given.text("email").strip())
        sent = self._write(contact, given, call)
        if "email" in given:
            self._move(contact, given.text("email").strip())
        self._changed("updated contact", contact.id)
        return Answer(200, {"fieldValues": sent, "contact": self._updated(contact)})

    def delete_contact(self, call: Call) -> Answer:
        """Forget a contact and all that is its own."""
        contact = self._contact_at(call)
        self._forget_contact(contact)
        self._changed("deleted contact", contact.id)
        return Answer(200, {})

    def list_tags_of_contact(self, call: Call) -> Answer:
        """Answer the tags of one contact."""
        held = self._contact_at(call).tags.values()
        links = [self._contact_tag_out(self._contact_tags.get(one)) for one in held]
        return children(call, "contactTags", links, paged=self.paged_details)

    def list_lists_of_contact(self, call: Call) -> Answer:
        """Answer what one contact is to lists."""
        links = self._lists_out(self._contact_at(call))
        return children(call, "contactLists", links, paged=self.paged_details)

    def list_values_of_contact(self, call: Call) -> Answer:
        """Answer the values of one contact."""
        values = self._values_out(self._contact_at(call))
        return children(call, "fieldValues", values, paged=self.paged_details)

    def list_automations_of_contact(self, call: Call) -> Answer:
        """Answer which automations one contact has entered."""
        contact = self._contact_at(call)
        runs = [self._run_out(one) for one in self.runs.values() if one.contact == contact.id]
        return children(call, "contactAutomations", runs, paged=self.paged_details)

    def _lists_out(self, contact: HeldContact) -> list[object]:
        held = (self._contact_lists.get(one) for one in contact.lists.values())
        return [self._contact_list_out(one) for one in held]

    def _values_out(self, contact: HeldContact) -> list[object]:
        return [self._value_out(self._values.get(one)) for one in contact.values.values()]

    def _contact_at(self, call: Call) -> HeldContact:
        return found(self.contacts, call.id("contact"), "Subscriber")

    def _created_from(self, email: str, given: Given, call: Call) -> Answer:
        values = self._known_values(given.objects("fieldValues"), "field")
        contact = self._keep_contact(email or None, call.second)
        self._name(contact, given)
        held = self._set_values(contact, values, call.second)
        self._changed("created contact", contact.id)
        sent = [self._value_out(one) for one in held]
        return Answer(201, {"fieldValues": sent, "contact": self._created(contact)})

    def _write(self, contact: HeldContact, given: Given, call: Call) -> list[object]:
        """Change what was sent; return the values that were among it."""
        values = self._known_values(given.objects("fieldValues"), "field")
        self._name(contact, given)
        held = self._set_values(contact, values, call.second)
        contact.updated_at = call.second
        self._tell("update", contact, Act(call.second))
        return [self._value_out(one) for one in held]

    def _name(self, contact: HeldContact, given: Given) -> None:
        for sent, kept in NAMES.items():
            if sent in given:
                setattr(contact, kept, given.text(sent))

    def _check_move(self, contact: HeldContact, email: str) -> None:
        if not is_email(email):
            raise bad_email()
        if self.contact_by_email(email) not in (None, contact):
            raise duplicate(TAKEN, "email")

    def _move(self, contact: HeldContact, email: str) -> None:
        if contact.email:
            del self._contact_ids[contact.email.lower()]
        contact.email = email
        self._contact_ids[email.lower()] = contact.id

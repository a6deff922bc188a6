"""Notes about contacts, deals and companies. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Answer
from .contact_forms import ContactForms
from .crm_records import HeldNote
from .finding import found
from .listing import children, listing
from .reading import Given
from .refusals import missing, unrelated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..call import Call
    from .records import HeldContact

OWNERS: Final[Mapping[str, str]] = {
    "Subscriber": "contact",
    "Deal": "deal",
    "CustomerAccount": "customerAccount",
    "Activity": "activity",
    "DealTask": "dealTask",
}
"""What a note may be about, and what its owner is called then."""
EVENTS: Final[Mapping[str, str]] = {"Subscriber": "subscriber_note", "Deal": "deal_note_add"}


class NoteEndpoints(ContactForms):
    """Notes."""

    def list_notes(self, call: Call) -> Answer:
        """Answer one page of the notes."""
        return listing(call, "notes", self.notes.values(), self._note_out)

    def list_notes_of_contact(self, call: Call) -> Answer:
        """Answer the notes about one contact."""
        contact = found(self.contacts, call.id("contact"), "Subscriber")
        about = ("Subscriber", contact.id)
        notes = [one for one in self.notes.values() if (one.reltype, one.relid) == about]
        return children(call, "notes", [*map(self._note_out, notes)], paged=self.paged_details)

    def get_note(self, call: Call) -> Answer:
        """Answer one note."""
        return Answer(200, {"note": self._note_out(self._note_at(call))})

    def create_note(self, call: Call) -> Answer:
        """Write a note about something that is there."""
        given = Given.of(call, "note")
        reltype, relid = given.text("reltype"), given.number("relid") or 0
        if not given.text("note"):
            title = "Note is required"
            raise missing(title, "note")
        if not self._is_there(reltype, relid):
            kind = reltype or "record"
            raise unrelated(kind, "relid")
        note = self._keep_note(given.text("note"), reltype, relid, call.second)
        contact = self.contacts.get(relid) if reltype == "Subscriber" else None
        self._changed("created note", note.id)
        if reltype in EVENTS:
            self._happened(EVENTS[reltype], call.second, contact=contact, note=note.text)
        return Answer(201, self._note_written(note, contact))

    def update_note(self, call: Call) -> Answer:
        """Change the text of a note; an unknown one is a 403."""
        note = self._note_at(call, 403)
        note.text = Given.of(call, "note").text("note") or note.text
        note.updated_at = call.second
        self._changed("updated note", note.id)
        return Answer(200, self._note_written(note, None))

    def delete_note(self, call: Call) -> Answer:
        """Delete a note; an unknown one is a 403."""
        note = self._note_at(call, 403)
        self._notes.drop(note.id)
        self._changed("deleted note", note.id)
        return Answer(200, {})

    def _is_there(self, reltype: str, relid: int) -> bool:
        """Say whether there is what a note is about; activities and tasks nobody keeps here."""
        if reltype == "Subscriber":
            return relid in self.contacts
        if reltype == "Deal":
            return relid in self.deals
        return relid in self.companies if reltype == "CustomerAccount" else reltype in OWNERS

    def _keep_note(self, text: str, reltype: str, relid: int, at: datetime) -> HeldNote:
        return self._notes.put(
            lambda number: HeldNote(
                id=number, text=text, reltype=reltype, relid=relid, created_at=at, updated_at=at
            )
        )

    def _note_at(self, call: Call, status: int = 404) -> HeldNote:
        return found(self.notes, call.id("note"), "Note", status)

    def _note_written(self, note: HeldNote, contact: HeldContact | None) -> dict[str, object]:
        """Return a note as it is answered to who has written it: with numbers in it."""
        numbers = {"relid": note.relid, "userid": 1, "user": 1}
        owner = {"type": OWNERS[note.reltype], "id": note.relid}
        return {
            "contacts": [] if contact is None else [self._listed(contact)],
            "note": {**self._note_out(note), **numbers, "owner": owner},
        }

    def _note_out(self, note: HeldNote) -> dict[str, object]:
        return {
            "note": note.text,
            "reltype": note.reltype,
            "relid": str(note.relid),
            "owner": {"type": OWNERS[note.reltype], "id": str(note.relid)},
            "userid": "1",
            "user": "1",
            "is_draft": "0",
            "cdate": self._stamp(note.created_at),
            "mdate": self._stamp(note.updated_at),
            "links": [],
            "id": str(note.id),
        }

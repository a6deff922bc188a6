"""The bulk import: batches that are taken at once and carried out some time later. Pure.

The account has no clock, so what is due is carried out when the next call comes in, whichever
that is. Webhooks are told nothing of it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from ..call import Answer
from .batches import MANY_A_MINUTE, ONES_A_MINUTE, batch_refusal, too_many
from .employing import Employing
from .keeping import SUBSCRIBED, UNSUBSCRIBED, Act
from .reading import Given
from .records import HeldBatch

if TYPE_CHECKING:
    from datetime import datetime

    from ..call import Call
    from .records import HeldContact

MINUTE: Final = timedelta(minutes=1)
UNKNOWN: Final = timedelta(seconds=1)
"""How long a new batch is not even known."""
WAITING: Final = timedelta(seconds=2)
"""How long it is then left alone, counted from its beginning."""
PROPERTIES: Final = ("first_name", "last_name", "phone")

# UUIDs as the API has them, but counted, so that a test can be repeated.
_BATCH_ID: Final = 0x019C418B_0112_4000_8000_0000_0000_0000


class ImportEndpoints(Employing):
    """Contacts by the batch."""

    def import_contacts(self, call: Call) -> Answer:
        """Take a batch, or refuse all of it for one contact that is wrong."""
        given = Given.of(call)
        contacts = given.objects("contacts")
        self._admit(call.at, single=len(contacts) == 1)
        refusal = batch_refusal(given.elements("contacts"), call.size)
        if refusal is not None:
            raise refusal
        number = len(self.imports) + 1
        batch = HeldBatch(
            id=str(UUID(int=_BATCH_ID + number)),
            queued_at=call.at,
            contacts=[cast("dict[str, object]", one) for one in given.elements("contacts")],
            exclude_automations=given.flag("exclude_automations"),
        )
        self.imports[batch.id] = batch
        self._changed("queued import", batch.id)
        self.settle(call.at)
        # Both spellings were seen.
        success = "success" if number % 2 else "Success"
        return Answer(
            200,
            {
                success: 1,
                "queued_contacts": len(contacts),
                "batchId": batch.id,
                "message": "Contact import queued",
            },
        )

    def get_import(self, call: Call) -> Answer:
        """Answer how far a batch has come; in its first second that is `false`."""
        batch = self.imports.get(call.query.get("batchId", ""))
        status = False if batch is None else self._stage(batch, call.at)
        ended = batch is not None and batch.done
        return Answer(
            200,
            {
                "status": status,
                "success": [str(one) for one in batch.success] if batch and ended else [],
                "failure": batch.failure if batch and ended else [],
            },
        )

    def settle(self, at: datetime) -> None:
        """Carry out the batches that are due, in their order, each as of its own time."""
        for batch in self.imports.values():
            due = batch.queued_at + timedelta(seconds=self.import_seconds)
            if not batch.done and due <= at:
                batch.done = True
                self._imported += 1
                if batch.ending == "completed":
                    self._carry_out(batch, due.replace(microsecond=0))

    def _stage(self, batch: HeldBatch, at: datetime) -> object:
        if batch.done:
            return batch.ending
        passed = at - batch.queued_at
        if passed < UNKNOWN:
            return False
        return "waiting" if passed < WAITING else "active"

    def _admit(self, at: datetime, *, single: bool) -> None:
        """Debit the quota of imports: of those with one contact, or of those with more."""
        lately = [one for one in self._imports_at[single] if one > at - MINUTE]
        self._imports_at[single] = lately
        most = ONES_A_MINUTE if single else MANY_A_MINUTE
        if len(lately) >= most:
            raise too_many(most)
        lately.append(at)

    def _carry_out(self, batch: HeldBatch, at: datetime) -> None:
        for one in batch.contacts:
            given = Given(one)
            email = given.text("email").strip()
            held = self.contact_by_email(email)
            if email.lower() in self.excluded or (held is not None and held.bounced_hard):
                continue
            if email.lower() in self.refused_imports:
                batch.failure.append(email)
                continue
            contact = held or self._keep_contact(email, at)
            # Where it belongs is told differently in three places, so either will do.
            starts = not (batch.exclude_automations or given.flag("exclude_automations"))
            self._import(contact, given, Act(at, None, starts))
            batch.success.append(contact.id)

    def _import(self, contact: HeldContact, given: Given, act: Act) -> None:
        for name in PROPERTIES:
            if name in given:
                setattr(contact, name, given.text(name))
        contact.updated_at = act.at
        values = [
            (number, one.text("value"))
            for one in given.objects("fields")
            if (number := one.number("id")) in self.fields and number is not None
        ]
        self._set_values(contact, values, act.at)
        for name in given.texts("tags"):
            self._put_on(contact, self._keep_tag(name, act.at), act)
        if given.text("customer_acct_name"):
            company = self._company_named(given.text("customer_acct_name"), act.at)
            self._employ(contact, company, act.at)
        self._import_lists(contact, given, act)

    def _import_lists(self, contact: HeldContact, given: Given, act: Act) -> None:
        """Subscribe and unsubscribe; who has unsubscribed stays so."""
        held: dict[int, Any] = self.lists_of(contact.id)
        for one in given.objects("subscribe"):
            number = one.number("listid") or 0
            if number in self.lists and held.get(number) != UNSUBSCRIBED:
                self._relate(contact, number, SUBSCRIBED, act)
        for one in given.objects("unsubscribe"):
            number = one.number("listid") or 0
            if number in self.lists:
                self._relate(contact, number, UNSUBSCRIBED, act)

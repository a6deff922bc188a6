"""The lists of the account and who is what to them. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ..call import Answer
from .contact_forms import ContactForms
from .filters import Filter, filtered
from .finding import found, related
from .keeping import SUBSCRIBED, Act
from .listing import listing
from .reading import Given
from .records import HeldList
from .refusals import attribute_missing, invalid, missing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..call import Call

NEEDED: Final = ("name", "stringid", "sender_url", "sender_reminder")
STATUSES: Final = range(4)
"""Unconfirmed, subscribed, unsubscribed, bounced."""
FILTERS: Final[Mapping[str, Filter[HeldList]]] = {"name": Filter(lambda one: one.name, "contains")}
UNUSED: Final[Mapping[str, object]] = {
    "userid": "1",
    "user": "1",
    "p_use_tracking": "1",
    "p_use_analytics_read": "0",
    "p_embed_image": "1",
    "private": "0",
    "deletestamp": None,
    "carboncopy": None,
    "subscription_notify": None,
    "to_name": "Recipient",
    "optinoptout": "1",
    "require_name": "0",
    "channel": "email",
    "sender_name": "",
    "sender_city": "",
    "sender_country": "",
}
"""What every list has that nobody asks for."""


class ListEndpoints(ContactForms):
    """Lists, and subscriptions to them."""

    def list_lists(self, call: Call) -> Answer:
        """Answer one page of the lists."""
        matching = filtered(self.lists.values(), call.query, FILTERS, self.zone)
        counts = Counter((one.list_id, one.status) for one in self.contact_lists.values())
        return listing(
            call,
            "lists",
            matching,
            lambda one: self._list_out(one, counts),
            orders={"name": lambda one: one.name.lower()},
        )

    def get_list(self, call: Call) -> Answer:
        """Answer one list."""
        held = self._list_at(call)
        counts = Counter((one.list_id, one.status) for one in self.contact_lists.values())
        return Answer(200, {"list": self._list_out(held, counts)})

    def create_list(self, call: Call) -> Answer:
        """Create a list; four properties must be given."""
        given = Given.of(call, "list")
        for name in NEEDED:
            if not given.text(name):
                title = f"List {name} is required"
                raise missing(title, name)
        held = self._keep_list(given.text("name"), given, call.second)
        self._changed("created list", held.id)
        self._happened("list_add", call.second, list_id=held.id)
        return Answer(201, {"list": self._list_written(held)})

    def update_list(self, call: Call) -> Answer:
        """Change what was sent, and nothing else."""
        held = self._list_at(call)
        given = Given.of(call, "list")
        for name in NEEDED:
            if given.text(name):
                setattr(held, name, given.text(name))
        held.updated_at = call.second
        self._changed("updated list", held.id)
        return Answer(200, {"list": self._list_written(held)})

    def delete_list(self, call: Call) -> Answer:
        """Delete a list and what everybody is to it; an unknown one is a 403."""
        held = self._list_at(call, 403)
        for contact in self.contacts.values():
            if held.id in contact.lists:
                self._contact_lists.drop(contact.lists.pop(held.id))
        self._lists.drop(held.id)
        self._changed("deleted list", held.id)
        return Answer(200, {})

    def set_subscription(self, call: Call) -> Answer:
        """Set what a contact is to a list, also against the contact's own will."""
        given = Given.of(call, "contactList")
        for name in ("contact", "list", "status"):
            if given.number(name) is None:
                raise attribute_missing(name)
        contact = related(self.contacts, given.number("contact"), "subscriber", "contact")
        list_id = related(self.lists, given.number("list"), "list", "list").id
        status = given.number("status") or 0
        if status not in STATUSES:
            title = "Status is not valid"
            raise invalid(title, "status")
        held = self._relate(contact, list_id, status, Act(call.second))
        held.source = given.number("sourceid") or 0
        self._changed("set status", f"{status} of contact {contact.id} to list {list_id}")
        written = self._contact_list_out(held, written=True)
        return Answer(200, {"contacts": [self._listed(contact)], "contactList": written})

    def _list_at(self, call: Call, status: int = 404) -> HeldList:
        return found(self.lists, call.id("list"), "_List", status)

    def _keep_list(self, name: str, given: Given, at: datetime) -> HeldList:
        held = self._lists.put(
            lambda number: HeldList(
                id=number,
                name=name,
                stringid=given.text("stringid"),
                sender_url=given.text("sender_url"),
                sender_reminder=given.text("sender_reminder"),
                created_at=at,
                updated_at=at,
            )
        )
        if "send_last_broadcast" in given:
            held.send_last_broadcast = given.number("send_last_broadcast") or 0
        return held

    def _list_written(self, held: HeldList) -> dict[str, object]:
        """Return a list as it is answered to who has written it: with numbers in it."""
        return {
            "name": held.name,
            "stringid": held.stringid,
            "sender_url": held.sender_url,
            "sender_reminder": held.sender_reminder,
            "send_last_broadcast": held.send_last_broadcast,
            "userid": 1,
            "user": 1,
            "cdate": self._stamp(held.created_at),
            "udate": self._stamp(held.updated_at),
            "links": [],
            "id": str(held.id),
        }

    def _list_out(self, held: HeldList, counts: Counter[tuple[int, int]]) -> dict[str, object]:
        everybody = sum(counts[held.id, status] for status in STATUSES)
        return {
            **self._list_written(held),
            **UNUSED,
            **self._stamps(held.created_at, held.updated_at),
            "send_last_broadcast": str(held.send_last_broadcast),
            "active_subscribers": str(counts[held.id, SUBSCRIBED]),
            "non_deleted_subscribers": str(everybody),
        }

"""What can be done to a contact, by a request, an import or a test alike. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from .records import (
    HeldContact,
    HeldContactList,
    HeldContactTag,
    HeldRun,
    HeldTag,
    HeldValue,
)
from .refusals import unsaved
from .views import Views

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .reading import Given
    from .records import HeldAutomation

SUBSCRIBED: Final = 1
UNSUBSCRIBED: Final = 2

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Act:
    """When something is done and who is told: webhooks if there is a source, automations if so."""

    at: datetime
    source: str | None = "api"
    starts: bool = True
    """Whether automations start."""


class Keeping(Views):
    """Changes contacts and what hangs on them, and lets follow what follows from it."""

    def _keep_contact(self, email: str | None, at: datetime) -> HeldContact:
        contact = self._contacts.put(
            lambda number: HeldContact(id=number, email=email, created_at=at, updated_at=at)
        )
        if email:
            self._contact_ids[email.lower()] = contact.id
        return contact

    def _forget_contact(self, contact: HeldContact) -> None:
        """Drop a contact and all that is its own."""
        self._contacts.drop(contact.id)
        if contact.email:
            del self._contact_ids[contact.email.lower()]
        for tag in contact.tags.values():
            self._contact_tags.drop(tag)
        for one in contact.lists.values():
            self._contact_lists.drop(one)
        for value in contact.values.values():
            self._values.drop(value)
        self._runs.drop_if(lambda one: one.contact == contact.id)
        if contact.company is not None:
            self._company_contacts.drop(contact.company)
        self._deals.drop_if(lambda one: one.contact == contact.id)
        self._notes.drop_if(lambda one: (one.reltype, one.relid) == ("Subscriber", contact.id))

    def _keep_tag(self, name: str, at: datetime) -> HeldTag:
        """Return the tag with this name, made if missing."""
        held = self.tag_by_name(name)
        if held is not None:
            return held
        tag = self._tags.put(
            lambda number: HeldTag(id=number, name=name, created_at=at, updated_at=at)
        )
        self._tag_ids[name] = tag.id
        return tag

    def _put_on(self, contact: HeldContact, tag: HeldTag, act: Act) -> HeldContactTag | None:
        """Put a tag on a contact, which counts as a change; None where it was on already."""
        if tag.id in contact.tags:
            return None
        link = self._contact_tags.put(
            lambda number: HeldContactTag(
                id=number, contact=contact.id, tag=tag.id, created_at=act.at
            )
        )
        contact.tags[tag.id] = link.id
        contact.updated_at = act.at
        self._tell("contact_tag_added", contact, act, tag=tag.name)
        self._start(contact, act, (one for one in self._awaiting() if one.on_tag == tag.id))
        return link

    def _take_off(self, link: HeldContactTag, act: Act) -> None:
        """Take a tag off a contact."""
        contact = self._contacts.get(link.contact)
        self._contact_tags.drop(link.id)
        del contact.tags[link.tag]
        self._tell("contact_tag_removed", contact, act, tag=self._tags.get(link.tag).name)

    def _relate(self, contact: HeldContact, list_id: int, status: int, act: Act) -> HeldContactList:
        """Set what a contact is to a list; the row is the same for ever."""
        number = contact.lists.get(list_id)
        if number is None:
            link = self._contact_lists.put(
                lambda number: HeldContactList(
                    id=number,
                    contact=contact.id,
                    list_id=list_id,
                    status=-1,
                    created_at=act.at,
                    updated_at=act.at,
                )
            )
            contact.lists[list_id] = link.id
        else:
            link = self._contact_lists.get(number)
        before, link.status, link.updated_at = link.status, status, act.at
        if status != before:
            self._related(contact, link, act)
        return link

    def _related(self, contact: HeldContact, link: HeldContactList, act: Act) -> None:
        if link.status == SUBSCRIBED:
            link.subscribed_at, link.unsubscribed_at = act.at, None
            self._tell("subscribe", contact, act, list_id=link.list_id)
            lists = (one for one in self._awaiting() if one.on_list == link.list_id)
            self._start(contact, act, lists)
        elif link.status == UNSUBSCRIBED:
            link.unsubscribed_at = act.at
            self._tell("unsubscribe", contact, act, list_id=link.list_id)

    def _set_values(
        self, contact: HeldContact, values: Iterable[tuple[int, str]], at: datetime
    ) -> list[HeldValue]:
        """Set values of custom fields; the row of one is the same for ever."""
        held: list[HeldValue] = []
        for field, text in values:
            number = contact.values.get(field)
            if number is None:
                value = self._keep_value(contact, field, text, at)
            else:
                value = self._values.get(number)
                value.value, value.updated_at = text, at
            held.append(value)
        return held

    def _keep_value(self, contact: HeldContact, field: int, text: str, at: datetime) -> HeldValue:
        value = self._values.put(
            lambda number: HeldValue(
                id=number,
                contact=contact.id,
                field=field,
                value=text,
                created_at=at,
                updated_at=at,
            )
        )
        contact.values[field] = value.id
        return value

    def _known_values(self, given: Iterable[Given], key: str) -> list[tuple[int, str]]:
        """Read values by their fields' ids; those of unknown fields are ignored without a word.

        Raises a 422 for one that its field does not take.
        """
        found: list[tuple[int, str]] = []
        for one in given:
            number = one.number(key)
            if number is not None and number in self.fields:
                found.append((number, self._fitting(number, one.text("value"))))
        return found

    def _fitting(self, field: int, text: str) -> str:
        kind = self._fields.get(field).type
        if text and kind == "date" and not _is_date(text):
            raise unsaved(text, kind)
        return text

    def _awaiting(self) -> Iterable[HeldAutomation]:
        return (one for one in self.automations.values() if one.active)

    def _start(self, contact: HeldContact, act: Act, automations: Iterable[HeldAutomation]) -> None:
        for automation in automations:
            if act.starts:
                self._enter(contact, automation, act.at)

    def _enter(
        self, contact: HeldContact, automation: HeldAutomation, at: datetime
    ) -> HeldRun | None:
        """Let a contact enter an automation; None where that cannot be."""
        if not automation.active or (automation.id in contact.runs and not automation.many_times):
            return None
        run = self._runs.put(
            lambda number: HeldRun(
                id=number, contact=contact.id, automation=automation.id, entered_at=at
            )
        )
        contact.runs[automation.id] = run.id
        automation.entered += 1
        return run

    def _tell(
        self, event: str, contact: HeldContact, act: Act, *, list_id: int = 0, **more: object
    ) -> None:
        if act.source is not None:
            self._happened(
                event, act.at, contact=contact, source=act.source, list_id=list_id, **more
            )


def is_email(text: str) -> bool:
    """Say whether the server takes a text for an address; it takes nearly all."""
    return _EMAIL.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

"""Contacts, and what hangs on them: tags, lists, values of custom fields."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar

import msgspec

from .model import Dated, Meta, Model, instant


class Tag(Dated, frozen=True):
    """A label of the account."""

    name: str = msgspec.field(default="", name="tag")
    kind: str = msgspec.field(default="contact", name="tagType")
    """"contact" or "template"; both kinds share their names."""
    description: str = ""
    subscriber_count: int | None = msgspec.field(default=None, name="subscriber_count")


class ContactTag(Model, frozen=True):
    """That a contact has a tag."""

    id: int
    """What is needed to take the tag off."""
    tag: int
    contact: int | None = None
    cdate: str | None = None

    @property
    def created_at(self) -> datetime | None:
        """When the tag was put on."""
        return instant(self.cdate)


class ContactList(Model, frozen=True):
    """What a contact is to a list."""

    id: int
    list: int
    contact: int | None = None
    status: int = 0
    """0 unconfirmed, 1 subscribed, 2 unsubscribed, 3 bounced."""
    sdate: str | None = None
    udate: str | None = None

    @property
    def subscribed_at(self) -> datetime | None:
        """When the contact was subscribed."""
        return instant(self.sdate)

    @property
    def unsubscribed_at(self) -> datetime | None:
        """When the contact was unsubscribed."""
        return instant(self.udate)


class FieldValue(Model, frozen=True):
    """The value that a custom field has for a contact."""

    id: int
    field: int
    value: str | None = None
    """Several values stand between bars: "||red||blue||"; see `values`."""
    contact: int | None = None

    @property
    def values(self) -> list[str]:
        """The values one by one; none where the field is empty."""
        if self.value is None:
            return []
        if self.value.startswith("||"):
            return [one for one in self.value.split("||") if one]
        return [self.value]


class Contact(Dated, frozen=True):
    """A person in the account.

    `field_values`, `tags` and `lists` are there where they were asked for: by `get`, without the
    tags, and by `list(details=True)`.
    """

    email: str | None = None
    """None for a contact that has a phone number alone."""
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    organization_name: str | None = msgspec.field(default=None, name="orgname")
    bounced_hard: int = msgspec.field(default=0, name="bounced_hard")
    bounced_soft: int = msgspec.field(default=0, name="bounced_soft")
    deleted: bool = False
    anonymized: bool = False
    udate: str | None = None
    field_values: list[FieldValue] = msgspec.field(
        default_factory=list[FieldValue], name="_field_values"
    )
    tags: list[ContactTag] = msgspec.field(default_factory=list[ContactTag], name="_tags")
    lists: list[ContactList] = msgspec.field(default_factory=list[ContactList], name="_lists")

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed last; a tag that is put on changes it too."""
        return instant(self.udate)


class _Beside(Model, frozen=True):
    """What stands beside contacts in an answer; None is what the server has not told."""

    field_values: list[FieldValue] | None = None
    contact_tags: list[ContactTag] | None = None
    contact_lists: list[ContactList] | None = None

    @property
    def told(self) -> frozenset[str]:
        """The kinds of details that are told."""
        return frozenset(name for name in DETAILS if getattr(self, name) is not None)

    def _completed(self, contacts: list[Contact]) -> list[Contact]:
        if not self.told:
            return contacts
        values = _by_contact(self.field_values)
        tags = _by_contact(self.contact_tags)
        lists = _by_contact(self.contact_lists)
        return [
            msgspec.structs.replace(
                contact,
                field_values=values.get(contact.id, []),
                tags=tags.get(contact.id, []),
                lists=lists.get(contact.id, []),
            )
            for contact in contacts
        ]


DETAILS: Final = ("field_values", "contact_tags", "contact_lists")


class ContactAnswer(_Beside, frozen=True, kw_only=True):
    """One contact."""

    contact: Contact

    @property
    def it(self) -> Contact:
        """The contact, with what stands beside it."""
        return self._completed([self.contact])[0]


class ContactPage(_Beside, frozen=True, kw_only=True):
    """One page of contacts."""

    contacts: list[Contact]
    meta: Meta = Meta()

    @property
    def items(self) -> list[Contact]:
        """The contacts, each with what stands beside them and is its own."""
        return self._completed(self.contacts)


D = TypeVar("D", FieldValue, ContactTag, ContactList)


def _by_contact(children: list[D] | None) -> dict[int, list[D]]:
    found: dict[int, list[D]] = {}
    for one in children or ():
        if one.contact is not None:
            found.setdefault(one.contact, []).append(one)
    return found

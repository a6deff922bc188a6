"""Contacts, their fields and their tags, as the server sends them."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from .model import Model

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tag(Model, frozen=True):
    """A label of the account. Inside a contact it has no `created_at`."""

    id: int
    name: str = ""
    created_at: datetime | None = None


class ContactField(Model, frozen=True):
    """A field that contacts can have; `field_name` is its label in the account's language."""

    slug: str
    field_name: str = ""


class FieldValue(Model, frozen=True):
    """One field of one contact, as it travels."""

    slug: str
    value: str | None = None
    field_name: str = ""


class Contact(Model, frozen=True):
    """A person in the account.

    Inside a membership only `id` is set, inside an enrollment `fields` and `tags` are empty.
    """

    id: int
    email: str | None = None
    registered_at: datetime | None = None
    locale: str | None = None
    source_url: str | None = msgspec.field(default=None, name="sourceURL")
    unsubscribed: bool | None = None
    bounced: bool | None = None
    needs_confirmation: bool | None = None
    field_values: list[FieldValue] = msgspec.field(default_factory=list[FieldValue], name="fields")
    """The fields in the server's order, with their labels."""
    tags: list[Tag] = msgspec.field(default_factory=list[Tag])

    @property
    def fields(self) -> Mapping[str, str | None]:
        """The values by slug: `contact.fields["city"]`."""
        return MappingProxyType({field.slug: field.value for field in self.field_values})

    @property
    def first_name(self) -> str | None:
        """The value of the field `first_name`."""
        return self.fields.get("first_name")

    @property
    def surname(self) -> str | None:
        """The value of the field `surname`."""
        return self.fields.get("surname")

    @property
    def phone_number(self) -> str | None:
        """The value of the field `phone_number`."""
        return self.fields.get("phone_number")

    @property
    def country(self) -> str | None:
        """The value of the field `country`, an ISO 3166-1 alpha-2 code."""
        return self.fields.get("country")

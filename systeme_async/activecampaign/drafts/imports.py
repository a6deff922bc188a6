"""Contacts as they are imported in bulk: under names of their own, with tags by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Final, Required, TypeAlias, TypedDict, cast

import msgspec
from msgspec import UNSET, UnsetType

from ...drafts.draft import Draft, Id
from ...errors import ConfigurationError
from .contacts import Address, TagName, Value, value_text

ImportRow: TypeAlias = Mapping[str, object]
"""A contact to be imported: a mapping with the keys of `ImportContact`."""


class ImportContact(TypedDict, total=False):
    """What can be imported of a contact; a key left out, or None, leaves alone what is there."""

    email: Required[str]
    first_name: str | None
    last_name: str | None
    phone: str | None
    account_name: str | None
    """The company; it is created if missing."""
    tags: Collection[str] | None
    """Names; those that are missing are created."""
    fields: Mapping[int, Value] | None
    """Values of custom fields by the fields' ids."""
    subscribe: Collection[int] | None
    """Ids of lists; one who has left a list is not subscribed to it again."""
    unsubscribe: Collection[int] | None
    """Ids of lists."""


class ImportFieldDraft(Draft, frozen=True):
    """The value of a custom field."""

    id: Id
    value: str


class ImportListDraft(Draft, frozen=True):
    """A list to be subscribed to, or unsubscribed from."""

    list: Id = msgspec.field(name="listid")


class ImportDraft(Draft, frozen=True):
    """A contact to be imported. Names in any other form are dropped without a word."""

    advice: ClassVar[dict[str, str]] = {
        "email": "give one address such as jane@example.com, of at most 255 characters",
        "tags[...]": "give names of 1 to 255 characters",
        "fields[...].id": "give the id of a field, as fields.list() shows it",
        "subscribe[...].listid": "give the id of a list, as lists.list() shows it",
        "unsubscribe[...].listid": "give the id of a list, as lists.list() shows it",
    }
    email: Address
    first_name: str | UnsetType = msgspec.field(default=UNSET, name="first_name")
    last_name: str | UnsetType = msgspec.field(default=UNSET, name="last_name")
    phone: str | UnsetType = UNSET
    account_name: str | UnsetType = msgspec.field(default=UNSET, name="customer_acct_name")
    tags: list[TagName] | UnsetType = UNSET
    fields: list[ImportFieldDraft] | UnsetType = UNSET
    subscribe: list[ImportListDraft] | UnsetType = UNSET
    unsubscribe: list[ImportListDraft] | UnsetType = UNSET
    exclude_automations: bool | UnsetType = msgspec.field(default=UNSET, name="exclude_automations")

    @property
    def plain(self) -> bool:
        """Whether `contacts.sync` can do the same."""
        more = (self.account_name, self.tags, self.subscribe, self.unsubscribe)
        return all(one is UNSET for one in (*more, self.exclude_automations))

    @property
    def synced(self) -> dict[str, Any]:
        """The same as `contacts.sync` takes it, without the address."""
        named = {name: getattr(self, name) for name in ("first_name", "last_name", "phone")}
        values: dict[str, Any] = {key: value for key, value in named.items() if value is not UNSET}
        if not isinstance(self.fields, UnsetType):
            values["fields"] = {one.id: one.value for one in self.fields}
        return values


_KEYS: Final = tuple(ImportContact.__annotations__)
_TEXTS: Final = ("email", "first_name", "last_name", "phone", "account_name")


def import_draft(row: ImportRow, *, exclude_automations: bool = False) -> ImportDraft:
    """Write a row as it travels, or raise `ConfigurationError` for what can't be written."""
    if not isinstance(cast("object", row), Mapping):
        msg = f"a row of type {type(row).__name__} is no mapping: give one with an email"
        raise ConfigurationError(msg)
    unknown = [str(key) for key in row if key not in _KEYS]
    if unknown:
        msg = f"no {', '.join(unknown)} to import: give {', '.join(_KEYS)}"
        raise ConfigurationError(msg)
    given = {key: value for key, value in row.items() if value is not None}
    parts: dict[str, Any] = {key: given[key] for key in _TEXTS if key in given}
    parts["email"] = parts.get("email", "")
    if "tags" in given:
        parts["tags"] = _several("tags", given["tags"])
    for key in ("subscribe", "unsubscribe"):
        if key in given:
            parts[key] = [ImportListDraft(list=one) for one in _several(key, given[key])]
    if "fields" in given:
        parts["fields"] = _fields(given["fields"])
    return ImportDraft(**parts, exclude_automations=exclude_automations or UNSET)


def _several(name: str, given: Any) -> list[Any]:  # noqa: ANN401 - whatever was given
    if isinstance(given, str | bytes) or not isinstance(given, Collection):
        msg = f"{name}={given!r}: give a list of them"
        raise ConfigurationError(msg)
    return [*cast("Collection[object]", given)]


def _fields(given: object) -> list[ImportFieldDraft]:
    if not isinstance(given, Mapping):
        msg = f"fields={given!r}: give values by the ids of their fields"
        raise ConfigurationError(msg)
    values = cast("Mapping[int, Value]", given).items()
    return [
        ImportFieldDraft(id=number, value=value_text(value))
        for number, value in values
        if value is not None
    ]

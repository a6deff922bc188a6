"""Webhooks and the events they are to deliver, as they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Final, cast
from urllib.parse import urlsplit

from msgspec import UNSET, Meta, UnsetType

from .._core.secret import Secret
from ..errors import ConfigurationError
from ..origin import is_loopback
from .draft import Draft, Name

EventChoice = str | tuple[str, int]
"""An event's name, or its name with the version of the body that is wanted."""

SCHEMA_VERSIONS: Final[dict[str, int]] = {
    "CONTACT_CREATED": 1,
    "CONTACT_OPT_IN": 1,
    "CONTACT_TAG_ADDED": 1,
    "CONTACT_TAG_REMOVED": 1,
    "SALE_NEW": 2,
    "SALE_CANCELED": 2,
}
"""The events, with the version that the server takes where none is named."""

_NAME_RULE: Final = "give a name of 1 to 255 characters"
_EVENTS_RULE: Final = "give at least one event"


class EventDraft(Draft, frozen=True):
    """One kind of event to be delivered."""

    event: Annotated[str, Meta(min_length=1)]
    schema_version: Annotated[int, Meta(ge=1)]


class WebhookDraft(Draft, frozen=True):
    """A webhook to be registered."""

    advice: ClassVar[dict[str, str]] = {
        "name": _NAME_RULE,
        "subscriptions": _EVENTS_RULE,
        "subscriptions[...].schemaVersion": "give a version from 1 on",
    }
    name: Name
    url: str
    secret: Secret
    subscriptions: Annotated[list[EventDraft], Meta(min_length=1)]
    active: bool = True

    def complaint(self) -> str | None:
        """Refuse an address that deliveries must not be sent to, and an empty secret."""
        return _address_complaint(self.url) or _secret_complaint(self.secret)


class WebhookChange(Draft, frozen=True):
    """What is to be changed of a webhook; its address can't be."""

    advice: ClassVar[dict[str, str]] = WebhookDraft.advice
    name: Name | UnsetType = UNSET
    secret: Secret | UnsetType = UNSET
    subscriptions: Annotated[list[EventDraft], Meta(min_length=1)] | UnsetType = UNSET
    active: bool | UnsetType = UNSET

    def complaint(self) -> str | None:
        """Refuse an empty secret."""
        return None if isinstance(self.secret, UnsetType) else _secret_complaint(self.secret)


def event_drafts(events: Iterable[EventChoice]) -> list[EventDraft]:
    """Write events as the API wants them: objects, each with the version of its body.

    Raises `ConfigurationError` for a name that is not known and comes without a version.
    """
    given = cast("object", events)
    listed = not isinstance(given, str | bytes | Mapping) and isinstance(given, Iterable)
    if not listed or _is_pair(cast("object", events)):
        msg = f"events={events!r}: give a list, such as events=['SALE_NEW', ('SALE_NEW', 2)]"
        raise ConfigurationError(msg)
    return [_event_draft(choice) for choice in events]


def _is_pair(choice: object) -> bool:
    if not isinstance(choice, tuple):
        return False
    parts = cast("tuple[object, ...]", choice)
    return len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], int)  # noqa: PLR2004


def _event_draft(choice: EventChoice) -> EventDraft:
    if not isinstance(choice, str):
        if not _is_pair(choice):
            msg = f"event {choice!r}: give a name, or a pair such as ('SALE_NEW', 2)"
            raise ConfigurationError(msg)
        name, version = choice
        return EventDraft(event=name, schema_version=version)
    version = SCHEMA_VERSIONS.get(choice, 0)
    if not version:
        msg = (
            f"event {choice!r} is none of {', '.join(SCHEMA_VERSIONS)}; "
            f"give ({choice!r}, schema_version) if the API has it"
        )
        raise ConfigurationError(msg)
    return EventDraft(event=choice, schema_version=version)


def _secret_complaint(secret: Secret) -> str | None:
    if secret == Secret(""):
        return "secret is empty: make one up, such as secrets.token_urlsafe(32), and keep it"
    return None


def _address_complaint(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname
    except ValueError:
        scheme, host = "", None
    if not url.isprintable() or " " in url or not host:
        return f"url={url!r} is no address; give one such as https://example.com/systeme"
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        return f"url={url!r} must be https: deliveries hold people's data"
    return None

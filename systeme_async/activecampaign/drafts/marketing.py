"""Lists, automations and webhooks, as they are sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated, ClassVar, Final, Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...drafts.draft import Draft, Id
from ...errors import ConfigurationError
from ...origin import is_loopback
from .names import Name, Words

Initiator = Literal["public", "admin", "api", "system"]
"""Who caused an event: a contact, a user, the API, an automation."""

INITIATORS: Final[tuple[Initiator, ...]] = ("public", "admin", "api", "system")

EVENTS: Final = frozenset(
    {
        *("account_add", "account_contact_add", "account_contact_update", "account_update"),
        *("bounce", "click", "contact_tag_added", "contact_tag_removed", "contact_task_add"),
        *("deal_add", "deal_note_add", "deal_pipeline_add", "deal_stage_add", "deal_task_add"),
        *("deal_task_complete", "deal_tasktype_add", "deal_update", "forward", "list_add", "open"),
        *("reply", "sent", "share", "sms_reply", "sms_sent", "sms_unsub", "subscribe"),
        *("subscriber_note", "unsubscribe", "update"),
    }
)
"""What can be delivered, as far as it is known; none of them is about a contact that is new."""

_HTTPS_PORT: Final = 443

S = TypeVar("S", bound=str)


class ListDraft(Draft, frozen=True):
    """A list to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "name": "give a name of 1 to 255 characters",
        "stringid": "give small letters, digits and hyphens",
        "sender_url": "give the address of the site on which people subscribe",
        "sender_reminder": "tell people why they get mails",
    }
    name: Name | UnsetType = UNSET
    stringid: Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9_-]*\Z")] | UnsetType = UNSET
    sender_url: Name | UnsetType = msgspec.field(default=UNSET, name="sender_url")
    sender_reminder: Words | UnsetType = msgspec.field(default=UNSET, name="sender_reminder")
    send_last_broadcast: int | UnsetType = msgspec.field(default=UNSET, name="send_last_broadcast")


class ContactAutomationDraft(Draft, frozen=True):
    """A contact to be put into an automation."""

    contact: Id
    automation: Id


class WebhookDraft(Draft, frozen=True):
    """A webhook to be registered, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "name": "give a name of 1 to 255 characters",
        "events": "give at least one event",
        "sources": f"give at least one of {', '.join(get_args(Initiator))}",
        "sources[...]": f"give some of {', '.join(get_args(Initiator))}",
        "listid": "give the id of a list, or 0 for all",
    }
    name: Name | UnsetType = UNSET
    url: str | UnsetType = UNSET
    events: Annotated[list[str], Meta(min_length=1)] | UnsetType = UNSET
    sources: Annotated[list[Initiator], Meta(min_length=1)] | UnsetType = UNSET
    list_id: Annotated[int, Meta(ge=0)] | UnsetType = msgspec.field(default=UNSET, name="listid")

    def complaint(self) -> str | None:
        """Refuse events that are not known, and an address that nothing is delivered to."""
        unknown = sorted(set(self.events or ()) - EVENTS)
        if unknown:
            return (
                f"events={unknown!r} are none of {', '.join(sorted(EVENTS))}; webhooks.events() "
                "asks the account, and a client with validate=False sends what you give"
            )
        return None if isinstance(self.url, UnsetType) else _address_complaint(self.url)


def texts(name: str, given: Iterable[S]) -> list[S]:
    """Return several texts as a list, or raise `ConfigurationError` for a single one."""
    several = cast("object", given)
    if isinstance(several, str | bytes) or not isinstance(several, Iterable):
        msg = f"{name}={given!r}: give a list, such as [{given!r}]"
        raise ConfigurationError(msg)
    return list(given)


def texts_if_set(name: str, given: Iterable[S] | UnsetType) -> list[S] | UnsetType:
    """Return several texts as a list, where they are given at all."""
    return UNSET if isinstance(given, UnsetType) else texts(name, given)


def stringid_of(name: str) -> str:
    """Make a list's name in URLs from its name, or raise `ConfigurationError`."""
    if not isinstance(cast("object", name), str):
        msg = f"name={name!r}: give a text"
        raise ConfigurationError(msg)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not made:
        msg = f"name={name!r} has no letters for a URL: give stringid=…, such as newsletter"
        raise ConfigurationError(msg)
    return made


def _address_complaint(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if not url.isprintable() or " " in url or not host:
        return f"url={url!r} is no address; give one such as https://example.com/activecampaign"
    if scheme == "http" and is_loopback(host):
        return None
    if scheme != "https" or port not in {None, _HTTPS_PORT}:
        return f"url={url!r} must be https, on its own port 443: nothing else is delivered to"
    return None

"""Which event a body is.

Pure. Nothing is repeated by the server, so that a delivery refused is a delivery lost: whatever
looks like one at all becomes an event, and what it lacks makes it an unknown one.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ...errors import WebhookVerificationError
from ...webhooks.delivery import instant_in
from .brackets import members_of, raw_of
from .contact import contact_in, id_in, text_in
from .events import (
    AccountEvent,
    ContactTagAdded,
    ContactTagRemoved,
    ContactUpdated,
    DealEvent,
    MailEvent,
    Subscribed,
    UnknownEvent,
    Unsubscribed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...webhooks.body import Body
    from .brackets import Member, Members
    from .contact import DeliveredContact
    from .events import Event

Shared: TypeAlias = dict[str, Any]
"""What all events share, by name."""

Reader: TypeAlias = "Callable[[Members, DeliveredContact | None, Shared], Event | None]"
"""Makes an event of members, contact and what all share; None where it lacks something."""


def parse(body: Body | str) -> Event:
    """Read a delivery that is trusted already; `DeliveryToken.unwrap` looks whether it may be.

    Raises `WebhookVerificationError` for what is none: larger than 1 MiB, nested beyond measure,
    or with neither an event nor a contact in it.
    """
    raw = raw_of(body)
    members = members_of(raw)
    name, contact = text_in(members.get("type")), contact_in(members.get("contact"))
    if name is None and contact is None:
        msg = "the body is no delivery of ActiveCampaign: it names neither an event nor a contact"
        raise WebhookVerificationError(msg)
    shared = _shared(members, name or "", raw)
    event = _READERS.get(name or "", _unknown)(members, contact, shared)
    return event or UnknownEvent(**shared, contact=contact)


def _shared(members: Members, name: str, raw: bytes) -> Shared:
    return {
        "type": name,
        "happened_at": instant_in(members.get("date_time")),
        "initiated_from": text_in(members.get("initiated_from")),
        "initiated_by": text_in(members.get("initiated_by")),
        "list_ids": _list_ids(members.get("list")),
        "body": members,
        "digest": hashlib.sha256(raw).hexdigest(),
    }


def _list_ids(member: Member | None) -> tuple[int, ...]:
    """Read one list's id, or those of a list of lists."""
    if isinstance(member, dict):
        member = [member["id"]] if "id" in member else [*member.values()]
    several = member if isinstance(member, list) else [member]
    ids = (id_in(one.get("id") if isinstance(one, dict) else one) for one in several)
    return tuple(number for number in ids if number is not None)


def _unknown(_: Members, __: DeliveredContact | None, ___: Shared) -> Event | None:
    return None


def _tagged(kind: type[ContactTagAdded | ContactTagRemoved]) -> Reader:
    def read(members: Members, contact: DeliveredContact | None, shared: Shared) -> Event | None:
        tag = members.get("tag")
        name = text_in(tag.get("tag") if isinstance(tag, dict) else tag)
        if contact is None or name is None:
            return None
        return kind(**shared, contact=contact, tag=name)

    return read


def _of_contact(kind: type[Subscribed | ContactUpdated]) -> Reader:
    def read(_: Members, contact: DeliveredContact | None, shared: Shared) -> Event | None:
        return None if contact is None else kind(**shared, contact=contact)

    return read


def _unsubscribed(
    members: Members, contact: DeliveredContact | None, shared: Shared
) -> Event | None:
    if contact is None:
        return None
    said = _object(members, "unsubscribe")
    return Unsubscribed(**shared, contact=contact, reason=text_in(said.get("reason")))


def _deal(members: Members, contact: DeliveredContact | None, shared: Shared) -> Event | None:
    deal = _object(members, "deal")
    number = id_in(deal.get("id"))
    if number is None:
        return None
    return DealEvent(**shared, deal_id=number, deal=deal, contact=contact)


def _mail(members: Members, contact: DeliveredContact | None, shared: Shared) -> Event | None:
    if contact is None:
        return None
    campaign, link = _object(members, "campaign"), _object(members, "link")
    return MailEvent(
        **shared,
        contact=contact,
        campaign_id=id_in(campaign.get("id")),
        url=text_in(link.get("url")),
    )


def _account(members: Members, contact: DeliveredContact | None, shared: Shared) -> Event | None:
    account = _object(members, "account")
    number = id_in(account.get("id"))
    if number is None:
        return None
    return AccountEvent(**shared, account_id=number, account=account, contact=contact)


def _object(members: Members, name: str) -> Members:
    held = members.get(name)
    return held if isinstance(held, dict) else {}


_READERS: Final[dict[str, Reader]] = {
    "contact_tag_added": _tagged(ContactTagAdded),
    "contact_tag_removed": _tagged(ContactTagRemoved),
    "subscribe": _of_contact(Subscribed),
    "unsubscribe": _unsubscribed,
    "update": _of_contact(ContactUpdated),
    **dict.fromkeys(
        ("deal_add", "deal_update", "deal_note_add", "deal_task_add", "deal_task_complete"), _deal
    ),
    **dict.fromkeys(("bounce", "click", "forward", "open", "reply", "share"), _mail),
    **dict.fromkeys(
        ("account_add", "account_update", "account_contact_add", "account_contact_update"),
        _account,
    ),
}

"""Deliveries as they are captured and documented, written as the server writes them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote_plus

TOKEN: Final = "made-up-by-token_urlsafe-4f1c"


def form(*pairs: tuple[str, str]) -> bytes:
    """Write a form, percent-encoded in names and values."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


CONTACT: Final = (
    ("contact[id]", "123456"),
    ("contact[email]", "robert@example.com"),
    ("contact[first_name]", "Robert"),
    ("contact[last_name]", ""),
    ("contact[phone]", "+1 555-010-1234"),
    ("contact[ip]", "127.0.0.1"),
    ("contact[tags]", "Tag A, Tag B, Tag C"),
    ("contact[fields][39]", "1111"),
    ("contact[fields][41]", "||red||blue||"),
)


def delivery(kind: str, *more: tuple[str, str], list_id: str = "0") -> bytes:
    """Write a delivery about the contact."""
    head = (
        ("type", kind),
        ("date_time", "2026-07-17T22:01:25-05:00"),
        ("initiated_from", "admin"),
        ("initiated_by", "admin"),
        ("list", list_id),
    )
    return form(*head, *CONTACT, *more)


TAG_ADDED: Final = delivery("contact_tag_added", ("tag", "Tag A"))
"""As it was captured on 2026-07-17, with another address."""

BODIES: Final[dict[str, bytes]] = {
    "contact_tag_added": TAG_ADDED,
    "contact_tag_removed": delivery("contact_tag_removed", ("tag[tag]", "Tag A")),
    "subscribe": delivery("subscribe", ("form[id]", "1"), list_id="3"),
    "unsubscribe": form(
        ("type", "unsubscribe"),
        *CONTACT,
        ("list[][id]", "3"),
        ("list[][id]", "4"),
        ("unsubscribe[reason]", "too many"),
        ("active_subscriptions[0]", "5"),
    ),
    "update": delivery("update"),
    "deal_update": delivery(
        "deal_update",
        ("deal[id]", "7"),
        ("deal[title]", "Big one"),
        ("deal[value]", "1,000.00"),
        ("deal[stageid]", "2"),
        ("updated_fields[]", "stageid"),
        ("updated_fields[]", "value"),
    ),
    "click": delivery(
        "click",
        ("campaign[id]", "9"),
        ("link[id]", "1"),
        ("link[url]", "https://example.com/?a=1&b"),
    ),
    "account_contact_add": delivery(
        "account_contact_add",
        ("account[id]", "8"),
        ("account[name]", "Acme"),
        ("accountContact[id]", "1"),
    ),
    "sms_sent": delivery("sms_sent", ("sms[id]", "1")),
}

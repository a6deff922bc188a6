"""Deliveries as they were captured, and a sender that signs them with any HMAC tool's recipe."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Final

SECRET: Final = "s3cret"

CONTACT: Final[dict[str, Any]] = {
    "id": 123,
    "email": "jean@example.com",
    "registeredAt": "2026-01-01T00:00:00+00:00",
    "sourceURL": "http://example.com",
    "fields": [
        {"fieldName": "Prénom", "slug": "first_name", "value": "Jean"},
        {"fieldName": "Ville", "slug": "city", "value": None},
    ],
    "tags": [{"id": 7, "name": "vip"}],
}
TAG: Final[dict[str, Any]] = {"id": 9, "name": "Webinar 2026"}

SALE: Final = (
    rb'{"customer":{"id":12799002,"clientIp":"203.0.113.10","contactId":445573087,'
    rb'"email":"buyer@example.com","fields":{"first_name":"Test","country":"FR"},'
    rb'"paymentProcessor":"cash on delivery","sourceUrl":"https:\/\/me.systeme.io\/466f06b8"},'
    rb'"coupon":null,'
    rb'"funnelStep":{"id":25610405,"name":"Order form","type":"offer-form",'
    rb'"funnel":{"id":7648170,"name":"Test funnel"}},'
    rb'"checkoutPage":null,'
    rb'"order":{"id":12768313,"createdAt":"2026-09-27T20:16:26+00:00","discountAmount":null,'
    rb'"discountType":null,"shippingFee":null,"totalPrice":100,"vat":0.0},'
    rb'"orderItem":{"createdAt":"2026-09-27T20:16:26+00:00","id":15460129,'
    rb'"resources":[{"course":null,"courseBundle":null,"enrollmentAccessType":null,'
    rb'"enrollmentDrippingAccessCourse":null,'
    rb'"physicalProduct":{"id":170454,"name":"Thing","options":[]},"tag":null}]},'
    rb'"pricePlan":{"id":3456303,"name":"Thing","type":"one_shot","amount":100,"currency":"eur",'
    rb'"innerName":"Thing","recurringOptions":null,"statementDescriptor":""}}'
)

BODIES: Final[dict[str, Any]] = {
    "CONTACT_CREATED": {"contact": CONTACT},
    "CONTACT_OPT_IN": {"contact": CONTACT},
    "CONTACT_TAG_ADDED": {"contact": CONTACT, "tag": TAG},
    "CONTACT_TAG_REMOVED": {"contact": CONTACT, "tag": TAG},
    "SALE_NEW": json.loads(SALE),
    "SALE_CANCELED": json.loads(SALE),
}
"""A body for each event."""

AUTOMATION: Final[dict[str, Any]] = {
    "type": "contact.course.enrolled",
    "data": {
        "contact": {
            "id": 5,
            "email": "jane@example.com",
            "registered_at": "2026-01-01T00:00:00+00:00",
            "source_url": None,
            "fields": {"first_name": "Jane", "city": None},
            "tags": [{"id": 7, "name": "vip"}],
        },
        "course": {"id": 1, "name": "Knitting"},
    },
    "account": {"id": 99},
    "created_at": "2026-09-27T20:16:26+00:00",
}


def php(value: object) -> bytes:
    """Write JSON as the server does."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    """Sign a body, without a line of the library's."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(event: str, body: bytes, **changed: str) -> dict[str, str]:
    """Write the headers of a delivery; more of them, or others, by name with underscores."""
    return {
        "content-type": "application/json",
        "user-agent": "SystemeIO-Webhook",
        "x-webhook-event": event,
        "x-webhook-schema-version": "2",
        "x-webhook-signature": signature(body),
        "x-webhook-message-id": "01a0e483-09fb-7d11-ac67-be0fb3c6a98b",
        "x-webhook-subscription-id": "01a0e461-30e6-7b5b-b3cb-4b3aceac6b6c",
        "x-webhook-delivery-attempt-id": "01a0e483-0a93-791e-8aa0-133b57df3f20",
        "x-webhook-delivery-attempt-timestamp": "2026-09-27T20:16:28+00:00",
        "x-webhook-event-timestamp": "2026-09-27T20:16:27+00:00",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }

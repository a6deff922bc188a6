"""Automation rules: a token in the address vouches for what nobody signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from systeme_async import (
    ConfigurationError,
    DecodeError,
    SignatureError,
    WebhookVerificationError,
)
from systeme_async._core.secret import Secret
from systeme_async.models import Contact, Tag
from systeme_async.webhooks import AutomationEvent, AutomationHook
from systeme_async.webhooks.body import MAX_BODY_BYTES

from .deliveries import AUTOMATION

TOKEN: Final = "token-of-the-rule"
HOOK: Final = AutomationHook(token=TOKEN)
BODY: Final = json.dumps(AUTOMATION).encode()


def read(**changed: object) -> AutomationEvent:
    """Unwrap the example with other members."""
    return HOOK.unwrap(json.dumps({**AUTOMATION, **changed}).encode(), TOKEN)


def test_an_automation_event_is_read() -> None:
    """Type, instant, account and data arrive as they came."""
    event = HOOK.unwrap(BODY, TOKEN)
    assert "contact.course.enrolled" == event.type
    assert datetime(2026, 9, 27, 20, 16, 26, tzinfo=UTC) == event.created_at
    assert {"id": 99} == event.account
    assert AUTOMATION["data"] == event.data


def test_its_contact_is_like_any_other() -> None:
    """snake_case and fields by slug end in the client's own type."""
    contact = HOOK.unwrap(BODY, TOKEN).contact
    assert isinstance(contact, Contact)
    assert (5, "jane@example.com", "Jane") == (contact.id, contact.email, contact.first_name)
    assert {"first_name": "Jane", "city": None} == contact.fields
    assert [Tag(id=7, name="vip")] == contact.tags
    assert datetime(2026, 1, 1, tzinfo=UTC) == contact.registered_at


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (None, None),
        ([], None),
        ("x", None),
        ({}, None),
        ({"id": "5"}, None),
        ({"id": 5}, Contact(id=5)),
        ({"id": 5, "fields": [], "tags": None}, Contact(id=5)),
        ({"id": 5, "email": "a@b.c", "tags": ["vip"]}, Contact(id=5, email="a@b.c")),
        ({"id": 5, "email": 7, "registered_at": "x"}, Contact(id=5)),
    ],
)
def test_a_contact_is_given_as_far_as_it_goes(contact: object, expected: object) -> None:
    """What does not fit is left out; without an id there is no contact."""
    assert expected == read(data={"contact": contact}).contact


@pytest.mark.parametrize("name", ["tags", "fields"])
def test_a_contact_of_any_depth_is_none_or_read(name: str) -> None:
    """What the interpreter gives out at is no contact."""
    for depth in range(1, 950, 25):
        deep = "[" * depth + "0" + "]" * depth
        body = f'{{"type": "x", "data": {{"contact": {{"id": 5, "{name}": {deep}}}}}}}'
        assert HOOK.unwrap(body.encode(), TOKEN).contact in [None, Contact(id=5)]


@pytest.mark.parametrize("value", [None, [], 5, "x"])
def test_account_and_data_may_be_missing(value: object) -> None:
    """They are empty where they are no objects."""
    event = read(account=value, data=value)
    assert ({}, {}, None) == (event.account, event.data, event.contact)


@pytest.mark.parametrize("value", [None, [], 5, "yesterday", "2026-09-27T20:16:26"])
def test_an_unreadable_instant_is_none(value: object) -> None:
    """No delivery fails for it."""
    assert read(created_at=value).created_at is None


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"type":null}', b"{}", b'{"type":5}', b"[" * 100_000, b'{"type":NaN}'],
)
def test_a_body_that_is_no_event_is_told(body: bytes) -> None:
    """With the token and without sense it is a `DecodeError`."""
    with pytest.raises(DecodeError):
        HOOK.unwrap(body, TOKEN)


@pytest.mark.parametrize("given", [None, "", 5, b"token-of-the-rule", ["token-of-the-rule"]])
def test_a_missing_token_is_explained(given: Any) -> None:
    """The message says how a token gets into the address."""
    with pytest.raises(SignatureError, match=r"\?token=…"):
        HOOK.unwrap(BODY, given)


@pytest.mark.parametrize(
    "given", ["other", TOKEN.upper(), f" {TOKEN}", TOKEN[:-1], TOKEN + "x", "é", "\ud800"]
)
def test_a_wrong_token_is_refused(given: str) -> None:
    """It fits to the letter, or not at all."""
    with pytest.raises(SignatureError, match="another one") as caught:
        HOOK.unwrap(BODY, given)
    assert TOKEN not in str(caught.value)


def test_the_body_is_not_looked_at_before_the_token() -> None:
    """Nobody without the token makes us parse."""
    with pytest.raises(SignatureError):
        HOOK.unwrap(b"{", "wrong")


def test_a_large_body_is_refused() -> None:
    """The same measure as for signed deliveries."""
    with pytest.raises(WebhookVerificationError, match="1,048,577 bytes"):
        HOOK.unwrap(b" " * (MAX_BODY_BYTES + 1), TOKEN)


@pytest.mark.parametrize("body", ["{}", {}, None])
def test_a_parsed_body_is_explained(body: Any) -> None:
    """As for signed deliveries."""
    with pytest.raises(ConfigurationError, match="before any parser"):
        HOOK.unwrap(body, TOKEN)


def test_several_tokens_are_for_a_change() -> None:
    """Any of them lets in."""
    both = AutomationHook(token=["new", Secret("old")])
    assert both.unwrap(BODY, "new") == both.unwrap(BODY, "old")


@pytest.mark.parametrize("token", ["", None, [], 5, b"x", "x\n"])
def test_what_is_no_token_is_explained(token: Any) -> None:
    """Without a token everybody would be let in."""
    with pytest.raises(ConfigurationError, match="token"):
        AutomationHook(token=token)


def test_a_hook_hides_its_token() -> None:
    """It is kept as a hash alone."""
    assert "AutomationHook('***')" == repr(HOOK)


def test_repeated_deliveries_share_a_key() -> None:
    """There is no id, so the key is the digest of the body."""
    assert HOOK.unwrap(BODY, TOKEN).key == HOOK.unwrap(BODY, TOKEN).key
    assert HOOK.unwrap(BODY, TOKEN).key != read(created_at=None).key

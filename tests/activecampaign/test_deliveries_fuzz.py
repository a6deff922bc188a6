"""Whatever comes ends in an event or in a `WebhookVerificationError`, and in nothing else."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import WebhookVerificationError
from systeme_async.activecampaign.deliveries import Event, parse

from .deliveries import BODIES, form

if TYPE_CHECKING:
    from systeme_async.activecampaign.deliveries import DeliveredContact

CASES: Final = 20_000

SCRAPS: Final = [
    b"&", b"=", b"[", b"]", b"[]", b"%", b"%5B", b"%5D", b"%00", b"%ff", b"%C3", b"+", b";", b"\0",
    b"\xff", b"\xc3\x28", b"\xf0\x9f", b"\xed\xa0\x80", b"type=", b"contact[id]=", b"contact=",
    b"contact[fields][", b"contact[tags]=", b"tag=", b"tag[tag]=", b"deal[id]=", b"list[][id]=",
    b"date_time=", b"[" * 30, b"[a]" * 9, b"&" * 50, b"1" * 30, b"-1", b"0", b"\r\n", b"{}", b'"',
    b"||", b"||a||", b"subscribe", b"update", b"deal_add", b"contact_tag_added",
]  # fmt: skip
NAMES: Final = [
    "type", "contact", "contact[id]", "contact[email]", "contact[fields]", "contact[fields][]",
    "contact[fields][1]", "contact[fields][a][b][c]", "contact[tags]", "contact[tags][]", "tag",
    "tag[tag]", "tag[]", "list", "list[]", "list[][id]", "list[id]", "deal", "deal[id]", "deal[][]",
    "account[id]", "campaign[id]", "link[url]", "unsubscribe[reason]", "date_time", "", "[", "a[b",
]  # fmt: skip
VALUES: Final = [
    "", "0", "1", "-1", "9" * 25, "x", "é", "\0", "||a||b||", ", , ", "2026-07-17T22:01:25-05:00",
    *BODIES,
]  # fmt: skip


def outcome(body: bytes | str) -> str:
    """Parse, look at all there is, and name what came of it."""
    try:
        event = parse(body)
    except WebhookVerificationError:
        return "refused"
    assert isinstance(event, Event)
    assert repr(event)
    assert json.dumps(event.body)
    assert event.key
    assert all(number > 0 for number in event.list_ids)
    contact: DeliveredContact | None = event.contact
    if contact is not None:
        assert contact.id > 0
        assert all(isinstance(tag, str) for tag in contact.tags)
        for field in (*contact.fields_by_id, *contact.fields_by_perstag, 1, "a"):
            assert all(isinstance(value, str) for value in contact.values(field))
    return type(event).__name__


def noise(random: Random) -> bytes:
    """Draw bytes: random ones, or scraps of forms."""
    if random.random() < 0.3:
        return random.randbytes(random.randrange(80))
    return b"".join(random.choices(SCRAPS, k=random.randrange(20)))


def mutated(random: Random) -> bytes:
    """Change, drop, double or replace a few bytes of a genuine delivery."""
    changed = bytearray(random.choice(list(BODIES.values())))
    for _ in range(random.randrange(1, 6)):
        place = random.randrange(len(changed) + 1)
        end = min(len(changed), place + random.choice([0, 1, 1, 5, 50]))
        changed[place:end] = random.choice(
            [b"", random.choice(SCRAPS), bytes(changed[place:end]) * 2, random.randbytes(2)]
        )
    return bytes(changed)


def shuffled(random: Random) -> bytes:
    """Draw a form of names and values that belong together, or do not."""
    pairs = [(random.choice(NAMES), random.choice(VALUES)) for _ in range(random.randrange(12))]
    return form(("type", random.choice([*BODIES, ""])), *pairs)


@pytest.mark.slow
def test_hostile_bodies() -> None:
    """Of all that is drawn, every kind of event comes out, and nothing else but refusals."""
    random = Random(1)
    outcomes: dict[str, int] = {}
    for number in range(CASES):
        body = (noise, mutated, shuffled)[number % 3](random)
        name = outcome(body if number % 2 else body.decode("latin-1"))
        outcomes[name] = outcomes.get(name, 0) + 1
    kinds = {
        "ContactTagAdded", "ContactTagRemoved", "Subscribed", "Unsubscribed", "ContactUpdated",
        "DealEvent", "MailEvent", "AccountEvent", "UnknownEvent", "refused",
    }  # fmt: skip
    assert kinds == set(outcomes)
    assert min(outcomes.values()) > 100


@pytest.mark.slow
def test_large_hostile_bodies_take_no_time_to_speak_of() -> None:
    """A mebibyte of anything is read, or refused, in a moment."""
    scraps = [b"a[]=&", b"a[" * 9, b"[", b"]", b"%", b"&", b"=", b"a[a][a]=1&", b"\xff", b"a", b"+"]
    for scrap in scraps:
        outcome(b"type=x&" + scrap * (1_000_000 // len(scrap)))


@given(st.binary() | st.text(st.characters(exclude_categories=())))
def test_anything_ends_in_an_event_or_a_refusal(body: bytes | str) -> None:
    """Bytes and texts, halves of characters too."""
    outcome(body)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES) | st.text("ab[]", max_size=12) | st.text(),
            st.sampled_from(VALUES) | st.text(),
        ),
        max_size=12,
    ).filter(lambda pairs: all("\ud800" not in "".join(pair) for pair in pairs))
)
def test_any_form_ends_in_an_event_or_a_refusal(pairs: list[tuple[str, str]]) -> None:
    """Names with brackets in any order."""
    outcome(form(*pairs))

"""Whatever comes ends in an event or in an error of the library's, and in nothing else."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import SystemeError
from systeme_async.webhooks import AutomationEvent, AutomationHook, Event, Webhook

from .deliveries import AUTOMATION, BODIES, SECRET, headers, php, signature

WEBHOOK: Final = Webhook(secret=[SECRET, "old"])
HOOK: Final = AutomationHook(token="token")
GENUINE: Final = [(name, php(body)) for name, body in BODIES.items()]
NAMES: Final = [*BODIES, "", "NEW", "SALE_NEW ", "\ud800", "x" * 300]

RAW_CASES: Final = 30_000
MUTATED_CASES: Final = 30_000
SIGNED_CASES: Final = 60_000
AUTOMATION_CASES: Final = 20_000

SCRAPS: Final = [
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\u", b"\\ud800", b"\\/", b"null", b"NaN",
    b"-", b"1e999", b"0.0", b"1" * 5_000, b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"true",
    b'"id":', b'"contact":', b'"tag":', b'"orderItem":', b"{" * 50, b"[" * 2_000, b'{"contact":',
    b'"fields":[]', b'"fields":{}', b'{"id":1}', b" ", b"\n",
]  # fmt: skip
ODD: Final[list[Any]] = [
    None, 5, -1, 0.0, True, "", "x", "\ud800", "é", b"", b"\xff", b"x", [], {}, (), object(),
    "0" * 64, "f" * 64, ["0" * 64], memoryview(b"x"), 10**5_000, float("nan"), "2" * 5_000,
    "2026-09-27T20:16:28+00:00", "\0", " ",
]  # fmt: skip
HEADERS: Final = [
    "x-webhook-signature", "X-Webhook-Signature", "x-webhook-event", "X-WEBHOOK-EVENT",
    "x-webhook-message-id", "x-webhook-schema-version", "x-webhook-event-timestamp",
    "x-webhook-delivery-attempt-timestamp", "x-webhook-delivery-attempt-id", "content-type",
    b"x-webhook-signature", b"X-Webhook-Event", b"\xff", "", None, 5, (), "\ud800",
]  # fmt: skip
VALUES: Final[list[Any]] = [
    None, True, 0, -1, 5, 10**30, 0.0, 1.5, "", "x", "5", "null", "é/\u2028", "\0", [], {}, [None],
    [[]], [{}], {"id": 5}, {"id": None}, {"id": "5"}, {"contact": {"id": 5}},
    {"contact": {"id": 5}, "tag": {"id": 1}}, {"slug": "a"}, [{"slug": None}], [{"slug": []}],
    {"a": {"b": [{"c": None}]}}, "2026-01-01T00:00:00+00:00",
]  # fmt: skip


def unwrap(body: Any, given_headers: Any, expected: object = None) -> str:
    """Unwrap, and name what came of it; anything but an event or our error is a failure."""
    try:
        event = WEBHOOK.unwrap(body, given_headers)
    except SystemeError as error:
        return type(error).__name__
    assert isinstance(event, Event)
    assert repr(event)
    assert expected in {None, json.dumps(event.body)}
    assert event.key
    return type(event).__name__


def noise(random: Random) -> bytes:
    """Draw bytes: random ones, or scraps of JSON."""
    if random.random() < 0.3:
        return random.randbytes(random.randrange(60))
    return b"".join(random.choices(SCRAPS, k=random.randrange(12)))


def odd_headers(random: Random) -> Any:
    """Draw headers of any kind, or none."""
    if random.random() < 0.1:
        return random.choice(ODD)
    pairs = [(random.choice(HEADERS), random.choice(ODD)) for _ in range(random.randrange(6))]
    if random.random() < 0.5:
        return pairs
    return {name: value for name, value in pairs if name.__hash__ is not None}


def mutated(random: Random, body: bytes) -> bytes:
    """Change, drop, double or replace a few bytes."""
    changed = bytearray(body)
    for _ in range(random.randrange(4)):
        place = random.randrange(len(changed) + 1)
        end = min(len(changed), place + random.choice([0, 1, 1, 5, 50]))
        changed[place:end] = random.choice(
            [b"", random.choice(SCRAPS), bytes(changed[place:end]) * 2, random.randbytes(2)]
        )
    return bytes(changed)


def reshaped(random: Random, value: Any) -> Any:
    """Put another value at some places of a body."""
    if random.random() < 0.06:
        return random.choice(VALUES)
    if isinstance(value, dict):
        members = {name: reshaped(random, inner) for name, inner in value.items()}
        if random.random() < 0.1 and members:
            del members[random.choice(list(members))]
        if random.random() < 0.05:
            members[random.choice(["contact", "tag", "order", "id", "x"])] = random.choice(VALUES)
        return members
    if isinstance(value, list):
        return [reshaped(random, inner) for inner in value]
    return value


def signed(random: Random, body: bytes) -> dict[str, str]:
    """Sign a body under some event's name."""
    written = headers(random.choice(NAMES), body)
    if random.random() < 0.2:
        written["x-webhook-signature"] = signature(body, "old").upper()
    return written


@pytest.mark.slow
def test_any_bytes_with_any_headers() -> None:
    """Noise never passes, and never breaks anything."""
    random = Random(1)
    outcomes = {unwrap(noise(random), odd_headers(random)) for _ in range(RAW_CASES)}
    assert outcomes <= {"SignatureError", "WebhookVerificationError"}


@pytest.mark.slow
def test_mutated_deliveries() -> None:
    """A genuine delivery whose body or headers were changed passes only as what it was."""
    random = Random(2)
    outcomes: set[str] = set()
    for _ in range(MUTATED_CASES):
        name, body = random.choice(GENUINE)
        written: dict[Any, Any] = dict(headers(name, body))
        if random.random() < 0.5:
            written[random.choice(HEADERS)] = random.choice([*ODD, *NAMES])
        outcomes.add(unwrap(mutated(random, body), written, json.dumps(json.loads(body))))
    assert {"SignatureError", "WebhookVerificationError", "SaleNew", "TagAdded"} <= outcomes


@pytest.mark.slow
def test_signed_garbage() -> None:
    """What is correctly signed reaches the parser, and ends in an event or an error."""
    random = Random(3)
    outcomes: dict[str, int] = {}
    for number in range(SIGNED_CASES):
        if number % 3 == 0:
            body = noise(random)
        elif number % 3 == 1:
            body = mutated(random, random.choice(GENUINE)[1])
        else:
            body = php(reshaped(random, random.choice(list(BODIES.values()))))
        outcome = unwrap(body, signed(random, body))
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    kinds = {"ContactCreated", "ContactOptIn", "TagAdded", "TagRemoved", "SaleNew", "SaleCanceled"}
    assert {*kinds, "UnknownEvent", "DecodeError", "WebhookVerificationError"} == set(outcomes)
    assert min(outcomes.values()) > 100


@pytest.mark.slow
def test_any_automation_event() -> None:
    """Unsigned bodies end in an event or an error too, their contact included."""
    random = Random(4)
    for number in range(AUTOMATION_CASES):
        body = noise(random) if number % 2 else json.dumps(reshaped(random, AUTOMATION)).encode()
        try:
            event = HOOK.unwrap(body, random.choice(["token"] * 9 + ODD))
        except SystemeError:
            continue
        assert isinstance(event, AutomationEvent)
        assert event.contact is None or isinstance(event.contact.id, int)


ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    body=st.binary() | ANY_JSON.map(php),
    pairs=st.lists(st.tuples(st.sampled_from(HEADERS), st.sampled_from(ODD) | st.text())),
)
def test_nothing_unsigned_passes(body: bytes, pairs: list[Any]) -> None:
    """No bytes with no headers make an event without the secret."""
    assert unwrap(body, pairs) in {"SignatureError", "WebhookVerificationError"}


@given(name=st.sampled_from(NAMES), body=st.dictionaries(st.text(), ANY_JSON))
def test_any_signed_object_is_an_event_or_told(name: str, body: dict[str, Any]) -> None:
    """What the server signs is read, or its flaw is named."""
    raw = php(body)
    assert unwrap(raw, headers(name, raw)) not in {"SignatureError", "ConfigurationError"}


@given(body=st.dictionaries(st.text(), ANY_JSON))
def test_any_rewritten_object_is_recognized(body: dict[str, Any]) -> None:
    """Python's way of writing JSON, with its blanks, is brought back to the server's."""
    raw = php(body)
    rewritten = json.dumps(body).encode()
    assert unwrap(raw, headers("NEW", raw)) == unwrap(rewritten, headers("NEW", raw))

"""Signatures: what is genuine passes in every form it may arrive in, and nothing else does."""

from __future__ import annotations

import json
import pickle
from types import MappingProxyType
from typing import Any, Final

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from starlette.datastructures import Headers

from systeme_async import ConfigurationError, SignatureError, WebhookVerificationError
from systeme_async._core.secret import Secret
from systeme_async.webhooks import ContactCreated, SaleNew, UnknownEvent, Webhook
from systeme_async.webhooks.body import MAX_BODY_BYTES

from .deliveries import BODIES, SALE, SECRET, headers, php, signature

VECTOR: Final = (
    rb'{"contact":{"id":123,"sourceURL":"http:\/\/example.com",'
    rb'"fields":[{"fieldName":"Pr\u00e9nom","slug":"first_name","value":"Jean"}]}}'
)
VECTOR_SIGNATURE: Final = "1cd85fcdf5d690e4648a879e66a5c0206c99fe5d5e5cc240194752b2a0f67753"

WEBHOOK: Final = Webhook(secret=SECRET)


def unwrap(body: bytes, signed: str, webhook: Webhook = WEBHOOK) -> Any:
    """Unwrap with the signature alone."""
    return webhook.unwrap(body, {"X-Webhook-Signature": signed, "X-Webhook-Event": "ANY"})


# The bytes as they came


def test_the_vector_of_the_reference() -> None:
    """The signature is the HMAC-SHA256 of the raw body under the secret, in lower-case hex."""
    assert signature(VECTOR) == VECTOR_SIGNATURE
    assert WEBHOOK.sign(VECTOR) == VECTOR_SIGNATURE
    event = WEBHOOK.unwrap(VECTOR, headers("CONTACT_CREATED", VECTOR))
    assert isinstance(event, ContactCreated)
    assert (123, "Jean") == (event.contact.id, event.contact.first_name)
    assert "http://example.com" == event.contact.source_url


@pytest.mark.parametrize(
    "claimed",
    [
        VECTOR_SIGNATURE.upper(),
        f"  {VECTOR_SIGNATURE}\t",
        f"\n{VECTOR_SIGNATURE.upper()} ",
    ],
)
def test_another_spelling_of_the_signature_is_accepted(claimed: str) -> None:
    """Upper-case hex and surrounding blanks say the same."""
    assert isinstance(unwrap(VECTOR, claimed), UnknownEvent)


@pytest.mark.parametrize(
    "claimed",
    [
        "",
        "0" * 64,
        VECTOR_SIGNATURE[:-1],
        VECTOR_SIGNATURE + "0",
        f"sha256={VECTOR_SIGNATURE}",
        "٣" * 64,
        "é" * 64,
        "\ud800" * 64,
        "\0" * 64,
        "İ" * 64,
        "0" * 1_000_000,
        f"{VECTOR_SIGNATURE}, {VECTOR_SIGNATURE}",
    ],
)
def test_anything_else_is_no_signature(claimed: str) -> None:
    """What is not 64 hexadecimal digits, or the wrong ones, is refused."""
    with pytest.raises(SignatureError):
        unwrap(VECTOR, claimed)


def test_one_changed_byte_is_noticed() -> None:
    """The signature covers all of the body."""
    for place in range(len(VECTOR)):
        changed = bytearray(VECTOR)
        changed[place] ^= 1
        with pytest.raises(SignatureError):
            unwrap(bytes(changed), VECTOR_SIGNATURE)


def test_a_missing_signature_is_told_as_such() -> None:
    """The message names the header, for a proxy may have removed it."""
    with pytest.raises(SignatureError, match="no header x-webhook-signature"):
        WEBHOOK.unwrap(VECTOR, {"X-Webhook-Event": "CONTACT_CREATED"})


def test_a_wrong_signature_does_not_tell_the_right_one() -> None:
    """Neither the secret nor the signature that would have passed is in the message."""
    with pytest.raises(SignatureError) as caught:
        unwrap(VECTOR, "0" * 64)
    assert SECRET not in str(caught.value)
    assert VECTOR_SIGNATURE not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        VECTOR,
        bytearray(VECTOR),
        memoryview(VECTOR),
        memoryview(b"".join(bytes([byte, 0]) for byte in VECTOR))[::2],
    ],
    ids=["bytes", "bytearray", "memoryview", "every other byte of one"],
)
def test_any_kind_of_bytes_is_a_body(body: Any) -> None:
    """A body is what holds its bytes, in whatever container."""
    assert VECTOR_SIGNATURE == WEBHOOK.sign(body)
    assert isinstance(unwrap(body, VECTOR_SIGNATURE), UnknownEvent)


@pytest.mark.parametrize("body", ["{}", {}, [], None, 5, {"contact": {"id": 1}}])
def test_a_body_that_was_parsed_is_explained(body: Any) -> None:
    """Whoever hands over text or objects is told to take the bytes before the parser."""
    with pytest.raises(ConfigurationError, match=r"await request\.read\(\)"):
        WEBHOOK.unwrap(body, headers("SALE_NEW", SALE))
    with pytest.raises(ConfigurationError, match=r"await request\.body\(\)"):
        WEBHOOK.sign(body)


def test_a_released_memoryview_is_explained() -> None:
    """It holds no bytes any more."""
    view = memoryview(VECTOR)
    view.release()
    with pytest.raises(ConfigurationError, match="released"):
        unwrap(view, VECTOR_SIGNATURE)  # type: ignore[arg-type]


def test_a_body_beyond_all_measure_is_not_looked_at() -> None:
    """The largest body is accepted, one byte more is refused before any work."""
    largest = b'{"x":"' + b"y" * (MAX_BODY_BYTES - 8) + b'"}'
    assert isinstance(unwrap(largest, signature(largest)), UnknownEvent)
    beyond = largest + b" "
    with pytest.raises(WebhookVerificationError, match="1,048,577 bytes"):
        unwrap(beyond, signature(beyond))


# The bytes as they were


def rewritten(body: bytes) -> list[bytes]:
    """Write a body as proxies do that parse it and write it anew."""
    value = json.loads(body)
    return [
        json.dumps(value).encode(),
        json.dumps(value, ensure_ascii=False).encode(),
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),
        json.dumps(value, indent=2).encode(),
        body.replace(b"\\/", b"/"),
        b"\n " + body + b"\r\n",
        json.dumps(value, ensure_ascii=False).encode("utf-16"),
    ]


@pytest.mark.parametrize("name", BODIES)
def test_a_rewritten_body_is_recognized(name: str) -> None:
    """Blanks, bare slashes and letters instead of escapes do not break the signature."""
    body = php(BODIES[name])
    as_it_was = WEBHOOK.unwrap(body, headers(name, body))
    for other in rewritten(body):
        event = WEBHOOK.unwrap(other, headers(name, body))
        assert as_it_was == event
        assert as_it_was.digest == event.digest


@pytest.mark.parametrize(
    "value",
    [
        0.0,
        100.0,
        19.99,
        -0.5,
        1e-7,
        10**30,
        -(10**18),
        "/",
        "\\/",
        "é😀\u2028",
        '"',
        "\0\x1f\x7f",
        "",
        [],
        {},
        [None, True, False],
        {"": {"/": "/"}},
    ],
)
def test_a_rewritten_value_is_recognized(value: object) -> None:
    """Each kind of value comes back to the form that was signed."""
    body = php({"value": value, "after": 1})
    for other in rewritten(body):
        event = unwrap(other, signature(body))
        assert {"value": value, "after": 1} == event.body


def test_a_float_keeps_its_zero() -> None:
    """`0.0` is not written as `0` when the server's form is restored."""
    spaced = SALE.replace(b":0.0}", b": 0.0 }")
    assert isinstance(WEBHOOK.unwrap(spaced, headers("SALE_NEW", SALE)), SaleNew)


def test_what_was_signed_is_what_is_read() -> None:
    """Where the restored form fits, it and not the bytes that came are parsed."""
    body = php({"contact": {"id": 1}})
    twice = b'{"contact": {"id": 2}, "contact": {"id": 1}}'
    event = WEBHOOK.unwrap(twice, headers("CONTACT_CREATED", body))
    assert isinstance(event, ContactCreated)
    assert {"contact": {"id": 1}} == event.body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"x":NaN}',
        b'{"x":1e999}',
        b'{"x":1e2}',
        b'{"x":' + b"9" * 10_000 + b"}",
        b'{"x":"\\ud800"}',
        b"[" * 100_000,
        b'{"x":' * 20_000 + b"1" + b"}" * 20_000,
    ],
    ids=["empty", "no text", "NaN", "inf", "1e2", "digits", "half", "deep", "deep objects"],
)
def test_odd_bodies_are_refused_like_any_other(body: bytes) -> None:
    """What can't be restored is not genuine; trying to does no harm."""
    with pytest.raises(SignatureError):
        unwrap(body, "0" * 64)


@pytest.mark.parametrize("size", [1 << 17, (1 << 17) + 1])
def test_a_large_body_must_come_as_it_was(size: int) -> None:
    """Strangers can't make us rewrite a megabyte; the raw bytes pass at any size."""
    raw = php({"x": "y" * (size - 9)})
    rewritten = raw.replace(b":", b": ")
    assert size == len(rewritten)
    assert isinstance(unwrap(raw, signature(raw)), UnknownEvent)
    if size <= 1 << 17:
        assert isinstance(unwrap(rewritten, signature(raw)), UnknownEvent)
    else:
        with pytest.raises(SignatureError):
            unwrap(rewritten, signature(raw))


# Secrets


def test_several_secrets_are_for_a_change() -> None:
    """Any of them verifies and the first one signs."""
    both = Webhook(secret=["new", "old"])
    for secret in ("new", "old"):
        assert isinstance(unwrap(SALE, signature(SALE, secret), both), UnknownEvent)
    assert signature(SALE, "new") == both.sign(SALE)
    with pytest.raises(SignatureError):
        unwrap(SALE, signature(SALE, "other"), both)


@pytest.mark.parametrize("secret", ["s3cret", Secret("s3cret"), ["s3cret"], (Secret("s3cret"),)])
def test_a_secret_comes_in_several_forms(secret: Any) -> None:
    """Text and `Secret`, alone or in a sequence."""
    assert signature(SALE) == Webhook(secret).sign(SALE)


def test_any_text_may_be_a_secret() -> None:
    """A secret was made up by a person: blanks and letters of any script are kept."""
    for secret in (" two words ", "clé 🔑", "x" * 1_000):
        assert signature(SALE, secret) == Webhook(secret).sign(SALE)


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("", "empty"),
        (" ", "empty"),
        ([], "empty list"),
        (["good", ""], "empty"),
        (None, "NoneType"),
        (b"bytes", "bytes"),
        (bytearray(b"bytes"), "int"),
        (5, "int"),
        ({"a": "b"}, "dict"),
        ([b"bytes"], "bytes"),
        (["good", None], "NoneType"),
        ("from a file\n", "line break"),
        ("\ud800", "half a character"),
        (Secret(""), "empty"),
    ],
)
def test_what_is_no_secret_is_explained(secret: Any, told: str) -> None:
    """The sentence says what is wrong, and repeats no secret."""
    with pytest.raises(ConfigurationError, match=told) as caught:
        Webhook(secret=secret)
    assert "good" not in str(caught.value)


def test_a_webhook_hides_its_secrets() -> None:
    """Neither printed nor pickled does it give them away."""
    webhook = Webhook(secret=["new-secret", "old-secret"])
    assert "Webhook('***', '***')" == repr(webhook)
    assert "secret" not in repr([getattr(webhook, name) for name in webhook.__slots__])
    with pytest.raises(TypeError):
        pickle.dumps(webhook)


# Headers


SIGNED: Final = {"X-Webhook-Signature": signature(SALE), "X-WEBHOOK-EVENT": "SALE_NEW"}


@pytest.mark.parametrize(
    "given",
    [
        SIGNED,
        {name.lower(): value for name, value in SIGNED.items()},
        MappingProxyType(SIGNED),
        CIMultiDict(SIGNED),
        CIMultiDictProxy(CIMultiDict(SIGNED)),
        Headers(SIGNED),
        list(SIGNED.items()),
        tuple(SIGNED.items()),
        SIGNED.items(),
        [(name.encode(), value.encode()) for name, value in SIGNED.items()],
        [(name.lower().encode(), value.encode()) for name, value in SIGNED.items()],
        {name.encode(): value.encode() for name, value in SIGNED.items()},
        {**SIGNED, "Content-Length": 5, None: None, 3: "x", b"\xff": b"\xff"},
    ],
)
def test_headers_come_in_many_forms(given: Any) -> None:
    """Any mapping and any list of pairs, names in any case, text or bytes."""
    assert isinstance(WEBHOOK.unwrap(SALE, given), SaleNew)


@pytest.mark.parametrize(
    "given",
    [
        None,
        5,
        "x-webhook-signature",
        b"x-webhook-signature",
        [],
        {},
        [()],
        [("x-webhook-signature",)],
        [1, 2],
        [("a", "b", "c")],
        {"X-Webhook-Signature": None},
        {"X-Webhook-Signature": 5},
        {"X-Webhook-Signature": [signature(SALE)]},
        {"X-Webhook-Signature": memoryview(b"x")},
        {**SIGNED, "x-webhook-signature": signature(SALE)},
        CIMultiDict([*SIGNED.items(), *SIGNED.items()]),
        [*SIGNED.items(), ("x-webhook-signature", "0" * 64)],
    ],
)
def test_odd_headers_are_no_signature(given: Any) -> None:
    """What two readers could understand differently is refused."""
    with pytest.raises(SignatureError):
        WEBHOOK.unwrap(SALE, given)


@pytest.mark.parametrize(
    "given",
    [
        {**SIGNED, "x-webhook-event": "SALE_CANCELED"},
        {**SIGNED, "x-webhook-message-id": None},
        [*SIGNED.items(), ("x-webhook-message-id", "a"), ("X-Webhook-Message-Id", "b")],
    ],
)
def test_odd_headers_beside_the_signature_are_refused(given: Any) -> None:
    """A header of a delivery comes once, and is text."""
    with pytest.raises(WebhookVerificationError, match="comes twice"):
        WEBHOOK.unwrap(SALE, given)

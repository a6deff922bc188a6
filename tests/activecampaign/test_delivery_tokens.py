"""A token in the address: the one thing that vouches for a delivery."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import (
    ConfigurationError,
    Secret,
    SignatureError,
    WebhookVerificationError,
)
from systeme_async.activecampaign.deliveries import ContactTagAdded, DeliveryToken

from .deliveries import TAG_ADDED, TOKEN

GATE: Final = DeliveryToken(TOKEN)
URL: Final = f"https://example.com/hook?token={TOKEN}"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://example.com/hook", URL),
        ("https://example.com/hook?a=1", f"https://example.com/hook?a=1&token={TOKEN}"),
        ("https://example.com/hook?", URL),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:8000?token={TOKEN}"),
    ],
)
def test_an_address_is_made(base: str, expected: str) -> None:
    """The token stands behind whatever else is there, and its own check lets it in."""
    assert expected == GATE.url(base)
    GATE.check(GATE.url(base))


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("https://example.com/hook?token=x", "token"),
        ("https://example.com/hook?a=1&token=", "token"),
        ("https://example.com/hook#here", "#"),
        ("https://example.com/hook?a=1#here", "#"),
        ("http://example.com/hook", "in the clear"),
        ("example.com/hook", "is no URL"),
        ("", "is no URL"),
    ],
)
def test_an_address_that_can_not_be_made(base: str, words: str) -> None:
    """A second token, a fragment, and what is no address to deliver to."""
    with pytest.raises(ConfigurationError, match=words):
        GATE.url(base)


@pytest.mark.parametrize(
    "given_",
    [
        URL,
        f"/hook?token={TOKEN}",
        f"?token={TOKEN}",
        f"token={TOKEN}",
        f"a=1&token={TOKEN}&b=2",
        f"https://example.com/hook?a=1&token={TOKEN}#x",
        TOKEN,
        f"a=1&token={TOKEN}".encode(),
        TOKEN.encode(),
    ],
)
def test_the_token_is_found(given_: str | bytes) -> None:
    """In an address, in a query, in bytes as ASGI has it too, or by itself."""
    GATE.check(given_)
    assert isinstance(GATE.unwrap(TAG_ADDED, given_), ContactTagAdded)


@pytest.mark.parametrize(
    "given_",
    [
        None,
        "",
        b"",
        b"token=",
        b"\xff=1",
        "https://example.com/hook",
        "https://example.com/hook?",
        "https://example.com/hook?token=",
        f"https://example.com/hook?token={TOKEN}&token={TOKEN}",
        f"https://example.com/hook#token={TOKEN}",
        f"https://example.com/{TOKEN}",
        "token=&x=1",
        "https://[::1?token=x",
        "x=1&" * 200 + f"token={TOKEN}",
        "?" + "x" * 20_000,
    ],
)
def test_a_missing_token_is_explained(given_: Any) -> None:
    """The message says how a token gets into the address."""
    with pytest.raises(SignatureError, match=r"DeliveryToken\.url"):
        GATE.check(given_)


@pytest.mark.parametrize("given_", [5, ["token"], {"token": TOKEN}, bytearray(b"token=x")])
def test_what_can_not_hold_a_token_is_no_forgery(given_: Any) -> None:
    """The receiver hands over the wrong thing: refused as forged, every delivery would be lost."""
    with pytest.raises(ConfigurationError, match=r"str\(request\.url\)"):
        GATE.check(given_)


@pytest.mark.parametrize(
    "token", ["other", TOKEN.upper(), TOKEN[:-1], TOKEN + "x", "é", "%00", "\ud800"]
)
def test_a_wrong_token_is_refused(token: str) -> None:
    """It fits to the letter, or not at all; neither of the two is shown."""
    with pytest.raises(SignatureError, match="another one") as caught:
        GATE.check(f"?token={token}")
    assert TOKEN not in str(caught.value)


def test_a_token_is_changed() -> None:
    """Both are good while one takes the place of the other; the first one is registered."""
    new = "new-token-of-2026-09"
    both = DeliveryToken([new, TOKEN])
    both.check(f"?token={new}")
    both.check(URL)
    assert f"https://example.com?token={new}" == both.url("https://example.com")
    with pytest.raises(SignatureError):
        DeliveryToken(new).check(URL)


@pytest.mark.parametrize(
    "token",
    ["", " ", "a b", "a&b", "a=b", "a%20b", "é", "line\n", [], [""], None, 5, ["ok", "a/b"]],
)
def test_a_token_that_is_none_is_refused(token: Any) -> None:
    """It must fit into an address as it is."""
    with pytest.raises(ConfigurationError, match="token"):
        DeliveryToken(token)


@pytest.mark.parametrize("token", ["a", "x" * 15, [TOKEN, "old"], Secret("short")])
def test_a_token_that_can_be_guessed_is_refused(token: Any) -> None:
    """The message says how to make one, and does not show it."""
    with pytest.raises(ConfigurationError, match=r"secrets\.token_urlsafe\(32\)") as caught:
        DeliveryToken(token)
    assert "short" not in str(caught.value)
    DeliveryToken("x" * 16)


def test_a_token_is_never_shown() -> None:
    """Neither one nor several, nor one that is a `Secret`."""
    for token in (TOKEN, [TOKEN, TOKEN.upper()], Secret(TOKEN)):
        gate = DeliveryToken(token)
        gate.check(URL)
        assert TOKEN not in repr(gate)
    assert "DeliveryToken('***', '***')" == repr(DeliveryToken(["a" * 20, "b" * 20]))


def test_nothing_is_read_before_the_token_is_checked() -> None:
    """Whoever does not know it learns nothing of what is wrong with a body."""
    for body in (b"", b"x" * 2_000_000, b"type=x"):
        with pytest.raises(SignatureError):
            GATE.unwrap(body, "?token=guess")
    with pytest.raises(WebhookVerificationError, match="no delivery"):
        GATE.unwrap(b"", URL)


@given(st.text() | st.text("?&=/#[]:token%0", max_size=40).map(lambda text: f"https://{text}"))
def test_no_text_passes(text: str) -> None:
    """Nothing but the token opens the gate, and nothing breaks it."""
    with pytest.raises(SignatureError):
        GATE.check(text)

"""Origins: a key never travels in the clear, nor into a URL that is none."""

from __future__ import annotations

import pytest

from systeme_async import ConfigurationError
from systeme_async.origin import checked_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.systeme.io", "https://api.systeme.io"),
        ("https://api.systeme.io/", "https://api.systeme.io"),
        ("https://gateway.example/systeme/", "https://gateway.example/systeme"),
        ("https://gateway.example:8443", "https://gateway.example:8443"),
        ("HTTPS://gateway.example", "HTTPS://gateway.example"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://localhost", "http://localhost"),
        ("http://LOCALHOST:8000", "http://LOCALHOST:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_good_origin_loses_its_last_slash_and_nothing_else(url: str, expected: str) -> None:
    """https anywhere, http on loopback."""
    assert expected == checked_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.systeme.io",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://128.0.0.1",
        "http://0.0.0.0",
        "http://[::2]",
        "http://10.0.0.1",
        "http://2130706433",
    ],
)
def test_http_is_for_loopback_alone(url: str) -> None:
    """Anywhere else the key would travel in the clear."""
    with pytest.raises(ConfigurationError, match="in the clear; use https"):
        checked_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.systeme.io",
        "//api.systeme.io",
        "/api",
        "ftp://api.systeme.io",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///api",
        "https://:443",
        "https://[",
        "https://[::1",
        "https://[v1.x]/",
    ],
)
def test_what_is_no_url_is_refused_with_an_example(url: str) -> None:
    """Anything but http(s) with a host, malformed addresses included."""
    with pytest.raises(ConfigurationError, match="base_url"):
        checked_url(url)


@pytest.mark.parametrize("port", ["x", "65536", "-1"])
def test_a_port_that_is_none_is_refused_here(port: str) -> None:
    """Not in the first call, as somebody else's ValueError."""
    with pytest.raises(ConfigurationError, match="base_url"):
        checked_url(f"https://gateway.example:{port}")


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass-word@gateway.example",
        "https://user@gateway.example",
        "https://@gateway.example",
        "https://:pass-word@gateway.example",
        "https://gateway.example\\@evil.example",
    ],
)
def test_a_url_holds_no_credentials(url: str) -> None:
    """They would be printed with the URL; the message does not print them either."""
    with pytest.raises(ConfigurationError) as caught:
        checked_url(url)
    assert "pass-word" not in str(caught.value)
    assert "api_key" in str(caught.value)


@pytest.mark.parametrize("end", ["?", "?a=1", "#", "#top", "/?", "/#", "?#"])
def test_a_url_ends_with_its_path(end: str) -> None:
    """Whatever followed a ? or # would swallow the endpoint's path, even if it is empty."""
    with pytest.raises(ConfigurationError, match=r"without \? or #"):
        checked_url(f"https://gateway.example{end}")


@pytest.mark.parametrize(
    "url",
    [
        " https://api.systeme.io",
        "https://api.systeme.io ",
        "https://api.systeme.io\n",
        "https://api.sys\tteme.io",
        "https://api.systeme.io/a b",
        "https://api.systeme.io/\x00",
    ],
)
def test_blanks_and_control_characters_are_refused(url: str) -> None:
    """A line's end read with a URL from a file must not reach the request line."""
    with pytest.raises(ConfigurationError, match="base_url"):
        checked_url(url)


def test_the_option_to_blame_is_named() -> None:
    """`what` says which of several URLs is wrong."""
    with pytest.raises(ConfigurationError, match=r"control_url='gopher://x'"):
        checked_url("gopher://x", what="control_url")

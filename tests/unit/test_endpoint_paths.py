"""Paths: no id climbs out of its segment, and no path names another host."""

from __future__ import annotations

import re
from types import NoneType
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import ConfigurationError, endpoints
from systeme_async._core.endpoint import JSON, MERGE, Effect, Endpoint, literal, segment

TWO_SLOTS = Endpoint("DELETE", "/api/contacts/{contact}/tags/{tag}", NoneType, Effect.CONVERGES)
SAFE = re.compile(r"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})+")

any_text = st.one_of(
    st.text(),
    st.text(st.characters(exclude_categories=())),
    st.text(st.sampled_from("./\\%25eE#?&=;:@ \t\r\n\x00~*'\"<>|{}é\u2025\u3002")),
)


@given(any_text)
def test_no_text_escapes_its_segment(text: str) -> None:
    """It stays one segment, comes back as it was, and is no dot segment; or it is refused."""
    try:
        filled = segment("slug", text)
    except ConfigurationError:
        return
    assert SAFE.fullmatch(filled)
    assert text == unquote(filled, errors="strict")
    assert filled not in {".", ".."}
    assert unquote(filled) not in {"", ".", ".."}


@given(any_text, any_text)
def test_two_texts_stay_in_their_two_segments(contact: str, tag: str) -> None:
    """Neither slot can reach into the other, whatever braces it holds."""
    try:
        filled = TWO_SLOTS.fill({"contact": contact, "tag": tag})
    except ConfigurationError:
        return
    parts = filled.split("/")
    assert ["", "api", "contacts"] == parts[:3]
    assert ["tags"] == parts[4:5]
    assert [contact, tag] == [unquote(parts[3]), unquote(parts[5])]
    assert 6 == len(parts)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "1"),
        (12345, "12345"),
        (10**30, "1" + "0" * 30),
        ("city", "city"),
        ("019c418b-0110-7910-9b3d-03f8790a7da3", "019c418b-0110-7910-9b3d-03f8790a7da3"),
        ("a/b", "a%2Fb"),
        ("../tags", "..%2Ftags"),
        ("%2e%2e", "%252e%252e"),
        ("a?b#c", "a%3Fb%23c"),
        ("a b", "a%20b"),
        ("ville_é", "ville_%C3%A9"),
        ("a.b", "a.b"),
        ("{contact}", "%7Bcontact%7D"),
        ("a\r\nHost: x", "a%0D%0AHost%3A%20x"),
        ("\\", "%5C"),
    ],
)
def test_an_id_is_percent_encoded(value: int | str, expected: str) -> None:
    """Ids, UUIDs and slugs travel as one segment."""
    assert f"/api/x/{expected}" == Endpoint("GET", "/api/x/{id}", NoneType).fill({"id": value})


@pytest.mark.parametrize("value", ["", ".", "..", " ", "\t", "\r\n", " .. ", ". ."])
def test_an_empty_or_dot_segment_is_refused(value: str) -> None:
    """It would name another place: the listing, or the parent."""
    with pytest.raises(ConfigurationError, match="slug=.*is empty or a dot segment"):
        segment("slug", value)


@pytest.mark.parametrize("value", [0, -1, -(10**20)])
def test_ids_start_at_one(value: int) -> None:
    """Zero is what a missing id turns into."""
    with pytest.raises(ConfigurationError, match=f"contact={value}: ids start at 1"):
        segment("contact", value)


@pytest.mark.parametrize("value", [True, False, None, 1.0, b"1", [1], object()])
def test_what_is_no_id_is_refused(value: object) -> None:
    """True is no id, nor is None, a float or bytes; the message names the type."""
    with pytest.raises(ConfigurationError, match=f"not {type(value).__name__}"):
        segment("contact", value)


def test_a_lone_surrogate_is_refused_like_any_impossible_value() -> None:
    """Undecodable bytes of a file name must not surface as a UnicodeEncodeError."""
    with pytest.raises(ConfigurationError):
        segment("slug", "a\udc80")


def all_endpoints() -> list[Endpoint[Any]]:
    """Return the whole table."""
    return [value for value in vars(endpoints).values() if isinstance(value, Endpoint)]


@pytest.mark.parametrize("endpoint", all_endpoints(), ids=lambda endpoint: endpoint.path)
def test_the_table_holds_no_surprise(endpoint: Endpoint[Any]) -> None:
    """A path below /api, named slots, and the effect its method suggests at least."""
    filled = endpoint.fill(dict.fromkeys(endpoint.slots, 7))
    assert re.fullmatch(r"(/[a-z0-9_-]+)+", filled)
    assert endpoint.path.count("{") == len(endpoint.slots) == len(set(endpoint.slots))
    assert (endpoint.method == "GET") is (endpoint.effect is Effect.READS)
    assert (endpoint.method == "PATCH") is (endpoint.content == MERGE)
    if endpoint.method == "POST" and endpoint is not endpoints.CANCEL_SUBSCRIPTION:
        assert Effect.CREATES is endpoint.effect


# Paths written by callers


@pytest.mark.parametrize(
    ("method", "effect", "content"),
    [
        ("GET", Effect.READS, JSON),
        ("get", Effect.READS, JSON),
        ("POST", Effect.CREATES, JSON),
        ("PUT", Effect.CONVERGES, JSON),
        ("PATCH", Effect.CONVERGES, MERGE),
        ("DELETE", Effect.CONVERGES, JSON),
    ],
)
def test_a_literal_endpoint_promises_what_its_method_does(
    method: str, effect: Effect, content: str
) -> None:
    """A POST is taken for a creation, the rest for what HTTP says."""
    endpoint = literal(method, "/api/funnels")
    assert (method.upper(), "/api/funnels") == (endpoint.method, endpoint.fill({}))
    assert (effect, content) == (endpoint.effect, endpoint.content)


@pytest.mark.parametrize("method", ["", "HEAD", "OPTIONS", "TRACE", "CONNECT", "GET ", "G\nET"])
def test_a_method_that_the_api_lacks_is_refused(method: str) -> None:
    """The message lists the methods there are."""
    with pytest.raises(ConfigurationError, match="GET, PUT, PATCH, DELETE, POST"):
        literal(method, "/api/contacts")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "api/contacts",
        "//evil.example/api",
        "https://evil.example/api",
        "\\\\evil.example",
        "/api\\..\\admin",
        "/api/contacts?email=a",
        "/api/contacts#top",
        "/api/../admin",
        "/api/..",
        "/..",
        "/api/./contacts",
        "/api/%2e%2e/admin",
        "/api/%2E./admin",
        "/api/.%2e",
        "/api/%2e/contacts",
        "/api/..%2fadmin",
        "/api/%2e%2e%2Fadmin",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    """Another host, a filter hidden in the path, or dots in any spelling."""
    with pytest.raises(ConfigurationError, match="path="):
        literal("GET", path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/contacts", "/api/contacts"),
        ("/api/contact_fields/ville_é", "/api/contact_fields/ville_%C3%A9"),
        ("/api/x/a%2Fb", "/api/x/a%2Fb"),
        ("/api/x/a b", "/api/x/a%20b"),
        ("/api/x/...", "/api/x/..."),
        ("/api/x/{y}", "/api/x/%7By%7D"),
        ("/api/x\r\nX-Evil: 1", "/api/x%0D%0AX-Evil:%201"),
    ],
)
def test_a_literal_path_is_encoded_once(path: str, expected: str) -> None:
    """What is encoded already stays, what is not is; braces are no slots."""
    assert expected == literal("GET", path).fill({})


@given(any_text)
def test_any_literal_path_is_a_path_or_refused(text: str) -> None:
    """Nothing but path characters reaches the request line."""
    try:
        filled = literal("GET", f"/{text}").fill({})
    except ConfigurationError:
        return
    assert re.fullmatch(r"/[A-Za-z0-9_.~/%:@!$&'()*+,;=-]*", filled)
    assert not filled.startswith("//")
    assert not {".", ".."} & set(unquote(filled).split("/"))

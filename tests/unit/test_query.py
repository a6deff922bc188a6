"""Filters: how they travel in a URL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import ConfigurationError
from systeme_async._core.codec import encode_query

PARIS = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ""),
        ({"limit": None}, ""),
        ({"limit": 100}, "limit=100"),
        ({"limit": 100, "order": None, "query": "vip"}, "limit=100&query=vip"),
        ({"unsubscribed": True, "bounced": False}, "unsubscribed=true&bounced=false"),
        ({"tags": [7, 9]}, "tags=7%2C9"),
        ({"tags": (7,)}, "tags=7"),
        ({"email": "jane+vip@example.com"}, "email=jane%2Bvip%40example.com"),
        ({"query": "a&b=c #?/é"}, "query=a%26b%3Dc+%23%3F%2F%C3%A9"),
        ({"query": ""}, "query="),
        (
            {"registeredAfter": datetime(2026, 1, 2, 3, 4, 5, 678, UTC)},
            "registeredAfter=2026-01-02T03%3A04%3A05%2B00%3A00",
        ),
        (
            {"registeredBefore": datetime(2026, 1, 2, tzinfo=PARIS)},
            "registeredBefore=2026-01-02T00%3A00%3A00%2B01%3A00",
        ),
    ],
)
def test_a_filter_is_written_as_the_api_reads_it(query: dict[str, Any], expected: str) -> None:
    """Booleans in lower case, ids joined by commas, instants with their zone, None left out."""
    assert expected == encode_query(query)


def test_an_instant_without_a_zone_is_refused() -> None:
    """The server would take it for its own time; the message says what to give."""
    with pytest.raises(ConfigurationError, match="registeredAfter=.*give an aware datetime"):
        encode_query({"registeredAfter": datetime(2026, 1, 2)})  # noqa: DTZ001 - that is the point


def test_half_a_character_is_refused_like_any_impossible_value() -> None:
    """Undecodable bytes of a file must not surface as a UnicodeEncodeError."""
    with pytest.raises(ConfigurationError, match="email="):
        encode_query({"email": "jane\udc80@example.com"})


@given(
    st.dictionaries(
        st.sampled_from(["email", "query", "order"]),
        st.text(st.characters(exclude_categories=())),
    )
)
def test_any_text_comes_back_as_it_was_or_is_refused(query: dict[str, str]) -> None:
    """No filter can add another one, nor raise anything but a `ConfigurationError`."""
    try:
        encoded = encode_query(query)
    except ConfigurationError:
        return
    assert list(query.items()) == parse_qsl(encoded, keep_blank_values=True, errors="strict")

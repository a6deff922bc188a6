"""From a row as people have it to a contact as the API takes it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from systeme_async import ConfigurationError
from systeme_async.bulk.rows import contact_row, tag_names


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("VIP; new", ("VIP", "new")),
        ("VIP,new", ("VIP", "new")),
        ("Doe, Jane; VIP", ("Doe, Jane", "VIP")),
        ('"VIP","Old, customer"', ("VIP", "Old, customer")),
        ('"VIP"; "a, b"', ("VIP", "a, b")),
        ('"VIP" people, new', ('"VIP" people', "new")),
        ("a\nb", ("a", "b")),
        (["VIP", " VIP ", None, ""], ("VIP",)),
        (None, ()),
        ("", ()),
        ('""', ()),
    ],
)
def test_names_of_tags(cell: Any, names: tuple[str, ...]) -> None:
    """A list, or one text; names in quotes, as Mailchimp writes them, keep their commas."""
    assert names == tag_names(cell)


@pytest.mark.parametrize("cell", [7, b"VIP", {"VIP": 1}, [["VIP"]]])
def test_what_is_no_names_of_tags(cell: Any) -> None:
    """Bytes would be numbers and a mapping its keys: neither is what anybody means."""
    with pytest.raises(ConfigurationError, match="tags"):
        tag_names(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("\u202a+49 171 5550100\u202c", "+49 171 5550100"),
        ("\u00a0Lyon\u00a0", "Lyon"),
        ('="00491715550100"', "00491715550100"),
        (75001.0, "75001"),
        (0.1, "0.1"),
    ],
)
def test_a_value_is_what_people_see(cell: Any, value: str) -> None:
    """Marks that nobody sees, and Excel's way to keep zeros, are no part of it."""
    row = contact_row(1, {"email": "a@example.com", "phone_number": cell})
    assert [(field.slug, field.value) for field in row.draft.fields or ()] == [
        ("phone_number", value)
    ]


@pytest.mark.parametrize("cell", ["4,91715E+11", "4.91715E+11"])
def test_a_number_that_a_spreadsheet_has_cut(cell: str) -> None:
    """Its last digits are gone, so it is no number of anybody's."""
    with pytest.raises(ConfigurationError, match="spreadsheet"):
        contact_row(1, {"email": "a@example.com", "phone_number": cell})


@pytest.mark.parametrize("cell", [math.inf, -math.inf, True, b"x", ["x"]])
def test_a_value_that_is_no_text(cell: Any) -> None:
    """Nobody knows how such a thing is to be written."""
    with pytest.raises(ConfigurationError, match="is no text"):
        contact_row(1, {"email": "a@example.com", "city": cell})

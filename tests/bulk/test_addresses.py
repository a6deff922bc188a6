"""Which addresses are refused before they cost a request."""

from __future__ import annotations

import pytest

from systeme_async.bulk import addresses
from systeme_async.bulk.addresses import complaint_of

GOOD = (
    "jane@example.com",
    "jane+list@example.co.uk",
    "o'hara@example.com",
    "müller@example.com",
    "jane@bücher.example",
    "x@nobody.invalid",
)
BAD = (
    "jane..doe@example.com",
    ".jane@example.com",
    "jane@example..com",
    "jane@-example.com",
    "jane@exam_ple.com",
    "jane doe@example.com",
    "jane@example.com.",
    '"jane"@example.com',
)


@pytest.mark.parametrize("email", GOOD)
def test_an_address_that_can_be_one(email: str) -> None:
    """Also with signs that are rare, and in other scripts."""
    assert complaint_of(email) is None


@pytest.mark.parametrize("email", BAD)
def test_an_address_that_can_be_none(email: str) -> None:
    """It says which address, and why."""
    complaint = complaint_of(email)
    assert complaint is not None
    assert email in complaint


def test_without_the_library_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is the check that every value goes through."""
    monkeypatch.setattr(addresses, "_validator", lambda: None)
    assert complaint_of(BAD[0]) is None

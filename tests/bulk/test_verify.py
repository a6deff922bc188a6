"""Comparing a file and an account: what is missing, other, untagged, or could not be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import client

from systeme_async import ConfigurationError
from systeme_async.bulk.journal import Journal
from systeme_async.bulk.verify import Difference, Disagreement, differences
from systeme_async.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Name a journal that does not exist yet."""
    return tmp_path / "verify.journal"


async def compared(systeme: Systeme, rows: Any, journal: Path, **options: Any) -> list[Difference]:
    """Compare rows with an account, in a journal of its own."""
    journal.unlink(missing_ok=True)  # noqa: ASYNC240 - of the test itself
    await systeme.bulk.import_contacts(rows, journal=journal, **options).plan()
    opened = await Journal.open(journal)
    try:
        return [one async for one in differences(opened)]
    finally:
        await opened.aclose()


ROWS = [
    {"email": "a@example.com", "city": "Nice", "locale": "fr", "tags": ["VIP"]},
    {"email": "b@example.com", "city": "Metz"},
]


async def test_what_was_imported_agrees(journal: Path) -> None:
    """After an import there is no difference, and comparing writes nothing."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(ROWS, tags=["Spring"]).run()
        before = list(sandbox.account.effects)
        assert await compared(systeme, ROWS, journal, tags=["Spring"]) == []
        assert sandbox.account.effects == before


async def test_every_kind_of_difference_is_told(journal: Path) -> None:
    """In the order of the rows, with what the account has and what the rows say."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("A@example.com", {"city": "Lyon"})
        rows = [*ROWS, {"email": "nobody"}]
        told = await compared(systeme, rows, journal, tags=["Spring"])
    changed, untagged, missing, rejected = told
    assert changed == Difference(
        1,
        Disagreement.CHANGED,
        "a@example.com",
        1001,
        values={"city": ("Lyon", "Nice"), "locale": ("en", "fr")},
    )
    assert (untagged.kind, untagged.tags) == (Disagreement.UNTAGGED, ("Spring", "VIP"))
    assert missing == Difference(2, Disagreement.MISSING, "b@example.com")
    assert (rejected.row, rejected.kind) == (3, Disagreement.REJECTED)
    assert "can't be sent as email" in rejected.reason


async def test_the_last_row_of_an_address_has_the_last_word(journal: Path) -> None:
    """Rows with one address are compared as what they come to, once."""
    rows = [
        {"email": "a@example.com", "city": "Lyon", "state": "X", "tags": "one"},
        {"email": "A@example.com", "city": "Nice", "state": "", "tags": "two"},
    ]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(rows).run()
        assert await compared(systeme, rows, journal) == []
        [change] = await compared(systeme, [*rows, {**rows[0]}], journal)
    assert change.values == {"city": ("Nice", "Lyon")}


async def test_with_skip_it_is_enough_to_be_there(journal: Path) -> None:
    """Values and tags are not the import's business then."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("a@example.com")
        told = await compared(systeme, ROWS, journal, on_existing="skip", tags=["Spring"])
    assert [(one.row, one.kind) for one in told] == [(2, Disagreement.MISSING)]


async def test_with_fail_it_has_to_hold_what_the_row_says(journal: Path) -> None:
    """An import that rejects whom the account has is verified by what it has created."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(ROWS, on_existing="fail").run()
        assert await compared(systeme, ROWS, journal, on_existing="fail") == []


async def test_a_job_that_has_begun_is_not_compared(journal: Path) -> None:
    """Its journal knows what was done, and not what the account holds."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(ROWS, journal=journal).run()
    opened = await Journal.open(journal)
    with pytest.raises(ConfigurationError, match="has begun"):
        await anext(aiter(differences(opened)))
    await opened.aclose()

"""Tags and contact fields over the wire: finding them exactly, ensuring them once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import (
    AlreadyExistsError,
    DeadlineExceededError,
    DecodeError,
    NotFoundError,
    OutcomeUnknownError,
    PlanLimitError,
    ValidationError,
)
from systeme_async.testing import Account, Faults, Sandbox

from .pair import calls, client, now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio

FIND = "GET /api/tags"
CREATE = "POST /api/tags"


async def test_find_is_exact() -> None:
    """The server searches for parts of names; the tag of exactly this name is returned."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for name in ("VIP", "VIP 2026", "old VIP"):
            sandbox.account.add_tag(name)
        tag = await systeme.tags.find("VIP")
        nobody = await systeme.tags.find("VI")
    assert tag is not None
    assert (tag.id, tag.name) == (1, "VIP")
    assert nobody is None
    assert [request.query["query"] for request in sandbox.requests] == ["VIP", "VI"]


async def test_find_prefers_the_same_case() -> None:
    """A name that differs in case alone is taken where none is the same to the letter."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for name in ("vip", "VIP", "Gold"):
            sandbox.account.add_tag(name)
        exact = await systeme.tags.find("VIP")
        similar = await systeme.tags.find("GOLD")
    assert exact is not None
    assert similar is not None
    assert (exact.name, similar.name) == ("VIP", "Gold")


async def test_find_goes_on_to_further_pages() -> None:
    """A tag is found although more than a page of names hold its own."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        for number in range(150):
            sandbox.account.add_tag(f"VIP {number}")
        tag = await systeme.tags.find("VIP")
    assert tag is not None
    assert tag.id == 1
    assert calls(sandbox) == [FIND] * 2


async def test_create_where_the_name_is_taken() -> None:
    """The second tag of one name is an AlreadyExistsError."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        with pytest.raises(AlreadyExistsError):
            await systeme.tags.create("VIP")


async def test_create_beyond_the_plan() -> None:
    """A free account has one tag, and says so when a second one is wanted."""
    async with Sandbox(account=Account(max_tags=1)) as sandbox, client(sandbox) as systeme:
        await systeme.tags.create("VIP")
        with pytest.raises(PlanLimitError) as caught:
            await systeme.tags.create("Gold")
    assert (caught.value.status, caught.value.attempts) == (403, 1)


async def test_rename_and_delete() -> None:
    """A tag keeps its id under another name, and is gone when deleted."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        contact = sandbox.account.add_contact("jane@example.com", tags=["VIP"])
        sandbox.account.add_tag("Gold")
        renamed = await systeme.tags.rename(1, "Silver")
        assert (renamed.id, renamed.name) == (1, "Silver")
        with pytest.raises(AlreadyExistsError):
            await systeme.tags.rename(1, "Gold")
        await systeme.tags.delete(1)
        with pytest.raises(NotFoundError):
            await systeme.tags.get(1)
    assert contact.tags == []


async def test_ensure_what_is_there() -> None:
    """A tag that exists costs one request and no write."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        assert (await systeme.tags.ensure("VIP")).id == 1
    assert calls(sandbox) == [FIND]


async def test_ensure_what_is_not_there() -> None:
    """A new tag costs two requests."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        tag = await systeme.tags.ensure("VIP")
    assert calls(sandbox) == [FIND, CREATE]
    assert list(sandbox.account.tags) == [tag.id]


@pytest.mark.parametrize("latency", [0.0, 0.3])
async def test_ensure_at_once(latency: float) -> None:
    """Whoever comes second between look and creation gets the tag of the first."""
    faults = Faults(latency=latency)
    async with Sandbox(faults=faults) as sandbox, client(sandbox) as systeme:
        tags = await asyncio.gather(*(systeme.tags.ensure("VIP") for _ in range(5)))
    assert {1} == {tag.id for tag in tags}
    assert list(sandbox.account.tags) == [1]


async def test_ensure_when_somebody_else_is_faster() -> None:
    """A tag that appears between look and creation is found by looking again."""
    async with Sandbox(faults=Faults(latency=1)) as sandbox, client(sandbox) as systeme:
        ensured = asyncio.create_task(systeme.tags.ensure("VIP"))
        await asyncio.sleep(1.2)
        sandbox.account.add_tag("VIP")
        assert (await ensured).id == 1
    assert calls(sandbox) == [FIND, CREATE, FIND]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("lost", [FIND, CREATE, FIND]),
        ("failed_after", [FIND, CREATE, FIND]),
        ("truncated", [FIND, CREATE, FIND]),
        ("failed", [FIND, CREATE, FIND, CREATE]),
        ("reset", [FIND, CREATE, FIND, CREATE]),
    ],
)
async def test_ensure_settles_a_lost_creation(fault: Any, expected: list[str]) -> None:
    """A creation without an answer is looked for, and sent again only if it does not show."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST")
        tag = await systeme.tags.ensure("VIP")
    assert calls(sandbox) == expected
    assert list(sandbox.account.tags) == [tag.id]


async def test_ensure_gives_up() -> None:
    """A server that fails every creation is asked a bounded number of times."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("failed", method="POST", times=50)
        with pytest.raises(OutcomeUnknownError):
            await systeme.tags.ensure("VIP")
    assert calls(sandbox).count(CREATE) <= 6


async def test_ensure_that_stays_in_doubt() -> None:
    """Where looking fails after a lost creation, the doubt is what comes out."""
    async with Sandbox() as sandbox, client(sandbox, max_attempts=2) as systeme:
        sandbox.inject("lost", method="POST")
        sandbox.inject("failed", method="GET", times=2, after=1)
        with pytest.raises(OutcomeUnknownError) as caught:
            await systeme.tags.ensure("VIP")
    assert caught.value.request == CREATE
    assert list(sandbox.account.tags) == [1]


async def test_the_deadline_is_for_the_whole_ensure() -> None:
    """A call of two requests has one deadline, not two."""
    async with (
        Sandbox(faults=Faults(latency=4)) as sandbox,
        client(sandbox, deadline=6) as systeme,
    ):
        with pytest.raises((DeadlineExceededError, OutcomeUnknownError)):
            await systeme.tags.ensure("VIP")
        assert now() <= 6.1


# Contact fields


async def test_fields_are_one_page() -> None:
    """All fields come with one request, built-in ones and the account's own."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        fields = await systeme.contact_fields.list().collect()
    assert (fields[-1].slug, fields[-1].field_name) == ("hat_size", "Hat size")
    assert len(fields) == 11
    assert sandbox.requests[0].query == {}


async def test_a_field_is_found_by_its_slug() -> None:
    """The slug decides, to the letter; the label says nothing."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        found = await systeme.contact_fields.find("hat_size")
        assert found is not None
        assert found.field_name == "Hat size"
        assert await systeme.contact_fields.find("Hat size") is None
        assert await systeme.contact_fields.find("HAT_SIZE") is None


async def test_ensured_field_keeps_its_label() -> None:
    """A field that exists is returned as it is."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        field = await systeme.contact_fields.ensure("Size of hat", "hat_size")
        assert field.field_name == "Hat size"
        new = await systeme.contact_fields.ensure("Shoe size", "shoe_size")
    assert (new.slug, new.field_name) == ("shoe_size", "Shoe size")
    assert sandbox.received == 3


async def test_a_lost_field_is_settled() -> None:
    """A creation without an answer is looked for."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("lost", method="POST")
        field = await systeme.contact_fields.ensure("Hat size", "hat_size")
    assert field.slug == "hat_size"
    assert ["GET", "POST", "GET"] == [request.method for request in sandbox.requests]


async def test_fields_are_renamed_and_deleted() -> None:
    """A label changes, a field goes with its values, a built-in one stays."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        contact = sandbox.account.add_contact("jane@example.com", {"hat_size": "7"})
        assert (await systeme.contact_fields.rename("hat_size", "Size")).field_name == "Size"
        await systeme.contact_fields.delete("hat_size")
        assert contact.fields == {}
        with pytest.raises(ValidationError):
            await systeme.contact_fields.delete("city")
        with pytest.raises(AlreadyExistsError):
            await systeme.contact_fields.create("City", "city")


async def test_a_slug_is_one_segment() -> None:
    """A slug with a slash asks for a field of that name, not for another path."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(NotFoundError):
            await systeme.contact_fields.delete("../tags/1")
    assert calls(sandbox) == ["DELETE /api/contact_fields/..%2Ftags%2F1"]


# A 204 is a promise


WITHOUT_BODY: list[tuple[str, Callable[[Systeme], Awaitable[None]]]] = [
    ("delete a contact", lambda s: s.contacts.delete(1001)),
    ("assign a tag", lambda s: s.contacts.assign_tag(1001, 2)),
    ("remove a tag", lambda s: s.contacts.remove_tag(1001, 1)),
    ("delete a tag", lambda s: s.tags.delete(1)),
    ("delete a field", lambda s: s.contact_fields.delete("hat_size")),
]


@pytest.mark.parametrize(
    "call", [call for _, call in WITHOUT_BODY], ids=[name for name, _ in WITHOUT_BODY]
)
async def test_a_web_page_is_no_success(call: Callable[[Systeme], Awaitable[None]]) -> None:
    """A sign-in page with a 200 did not carry anything out, so it is an error."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("jane@example.com", tags=["VIP"])
        sandbox.account.add_tag("Other")
        sandbox.account.add_field("hat_size", "Hat size")
        sandbox.inject("html")
        with pytest.raises(DecodeError):
            await call(systeme)
    assert sandbox.account.effects == []

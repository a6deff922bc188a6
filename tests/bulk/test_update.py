"""Changing contacts who are there: the same for all or each by its row, and nobody is created."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import calls, client

from systeme_async import ConfigurationError
from systeme_async.bulk import Status
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async.bulk import Job

pytestmark = pytest.mark.anyio


def filled(sandbox: Sandbox, count: int, **fields: str) -> list[int]:
    """Put people into the account; return their ids."""
    return [
        sandbox.account.add_contact(f"p{number}@example.com", fields).id for number in range(count)
    ]


def cities(sandbox: Sandbox) -> list[str | None]:
    """List who lives where."""
    return [contact.fields.get("city") for contact in sandbox.account.contacts.values()]


def patches(sandbox: Sandbox) -> int:
    """Count the requests that have changed a contact."""
    return sum(one.startswith("PATCH") for one in calls(sandbox))


async def outcomes(job: Job) -> list[Status]:
    """Carry a job out and say how its rows ended, in their order."""
    async with job:
        ended = [outcome async for outcome in job]
    return [one.status for one in sorted(ended, key=lambda one: one.row)]


async def test_the_same_for_all() -> None:
    """Only those in whom it differs are written to, each with what differs alone."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = filled(sandbox, 40, city="Lyon")
        for number in ids[:10]:
            sandbox.account.contacts[number].fields["city"] = "Nice"
        job = systeme.bulk.update(ids, fields={"city": "Nice"}, locale="en")
        report = await job.run()
        assert ["Nice"] * 40 == cities(sandbox)
    assert (report.updated, report.unchanged, report.requests) == (30, 10, 1 + 30)
    bodies = [request.body for request in sandbox.requests if request.method == "PATCH"]
    assert [{"fields": [{"slug": "city", "value": "Nice"}]}] * 30 == bodies


async def test_a_value_can_be_cleared_of_all() -> None:
    """None says so, as in a single update."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = filled(sandbox, 3, city="Lyon")
        report = await systeme.bulk.update(ids, fields={"city": None}).run()
    assert report.updated == 3
    assert [None] * 3 == cities(sandbox)


async def test_each_by_its_row() -> None:
    """Rows are as an import takes them, with ids or addresses; a blank changes nothing."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = filled(sandbox, 4, city="Lyon", first_name="Jo")
        rows: list[Any] = [
            {"id": ids[0], "city": "Nice"},
            {"email": "P1@example.com", "city": "Rome", "first_name": ""},
            {"contact_id": str(ids[2]), "city": "Lyon"},
            {"id": ids[3], "tags": ["VIP"]},
        ]
        ended = await outcomes(systeme.bulk.update(rows))
        account = sandbox.account
    assert ended == [Status.UPDATED, Status.UPDATED, Status.UNCHANGED, Status.UPDATED]
    assert ["Nice", "Rome", "Lyon", "Lyon"] == cities(sandbox)
    assert ["Jo"] * 4 == [one.fields["first_name"] for one in account.contacts.values()]
    assert [[], [], [], [1]] == [one.tags for one in account.contacts.values()]
    assert patches(sandbox) == 2


async def test_a_file_with_ids_or_addresses(tmp_path: Path) -> None:
    """Its headers are matched as an import's; a row without an id goes by its address."""
    file = tmp_path / "people.csv"
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        [number, _] = filled(sandbox, 2)
        file.write_text(
            f"Contact ID,E-Mail,City\n{number},x@example.com,Nice\n,p1@example.com,Rome\n"
        )
        report = await systeme.bulk.update(file).run()
    assert report.updated == 2
    assert ["Nice", "Rome"] == cities(sandbox)


async def test_a_file_that_only_names_them(tmp_path: Path) -> None:
    """Where all get the same, the other columns do not matter."""
    file = tmp_path / "people.csv"
    file.write_text("Mail,Shoe size,City\np0@example.com,44,Oslo\n")
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        filled(sandbox, 1)
        report = await systeme.bulk.update(file, fields={"city": "Nice"}).run()
    assert report.updated == 1
    assert ["Nice"] == cities(sandbox)


async def test_nobody_is_created() -> None:
    """Who is not there is rejected, by id and by address, and the plan says so."""
    rows = [{"email": "nobody@example.com", "city": "Nice"}, {"id": 77, "city": "Nice"}]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.update(rows)
        plan = await job.plan()
        assert (plan.rejects, plan.creates, plan.requests) == (2, 0, 0)
        assert [
            "nobody in the account has the address nobody@example.com",
            "nobody in the account has the id 77",
        ] == [one.reason for one in plan.first_rejects]
        assert await outcomes(job) == [Status.REJECTED, Status.REJECTED]
        assert sandbox.account.effects == []


async def test_a_plan_says_what_changes() -> None:
    """Its requests are those of the run; two rows about one contact are one after the other."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        filled(sandbox, 20, city="Lyon")
        rows = [{"email": f"p{n}@example.com", "city": "Nice"} for n in range(15)]
        rows += [
            {"email": "p3@example.com", "city": "Nice"},
            {"email": "p4@example.com", "city": ""},
        ]
        job = systeme.bulk.update(rows)
        plan = await job.plan()
        assert (plan.updates, plan.unchanged, plan.rejects, plan.doubles) == (15, 1, 1, 1)
        assert plan.first_changes[0].values == {"city": ("Lyon", "Nice")}
        assert "nothing to change" in plan.first_rejects[0].reason
        report = await job.run()
    assert (report.updated, report.unchanged) == (15, 1)
    assert plan.requests == report.requests == 15


BAD: dict[str, dict[str, Any]] = {
    "a country by name": {"country": "France"},
    "a slug that is none": {"fields": {"shoe size": "44"}},
    "a language the API has not": {"locale": "xx"},
}


@pytest.mark.parametrize("name", BAD)
async def test_what_can_not_be_written_costs_nothing(name: str) -> None:
    """It says what to give, before anything is read."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="give"):
            await systeme.bulk.update([1, 2], **BAD[name]).run()
        assert sandbox.received == 0


@pytest.mark.parametrize("requests", [2, 5, 12, 20])
async def test_it_goes_on_where_it_was_cut_off(requests: int, tmp_path: Path) -> None:
    """The journal alone is enough: the values are in it too."""
    journal = tmp_path / "update.journal"
    async with Sandbox(faults=Faults(latency=0.3)) as sandbox:
        ids = filled(sandbox, 25, city="Lyon")
        async with client(sandbox) as systeme:
            job = systeme.bulk.update(ids, fields={"city": "Nice"}, journal=journal)
            task = asyncio.create_task(job.run())
            while sandbox.received < requests:  # noqa: ASYNC110 - the server knows no event
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with client(sandbox) as systeme:
            report = await systeme.bulk.resume(journal).run()
    assert (report.updated, report.rejected, report.unknown) == (25, 0, 0)
    assert ["Nice"] * 25 == cities(sandbox)

"""One thing done with many contacts: what it costs, whom it leaves alone, how it goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import calls, client

from systeme_async import ConfigurationError
from systeme_async.bulk import Status
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from systeme_async import Systeme
    from systeme_async.bulk import Job

pytestmark = pytest.mark.anyio

KINDS = ("enroll", "join", "tag", "untag", "delete")


def filled(sandbox: Sandbox, count: int, **values: Any) -> list[int]:
    """Put people into the account; return their ids."""
    return [
        sandbox.account.add_contact(f"p{number}@example.com", **values).id
        for number in range(count)
    ]


def job_of(systeme: Systeme, sandbox: Sandbox, kind: str, contacts: Any, **options: Any) -> Job:
    """Describe a job of a kind."""
    bulk = systeme.bulk
    if kind == "enroll":
        course = (
            next(iter(sandbox.account.courses), None) or sandbox.account.add_course("Cooking").id
        )
        return bulk.enroll(course, contacts, **options)
    if kind == "join":
        place = next(iter(sandbox.account.communities), None)
        return bulk.join(place or sandbox.account.add_community("Cooks").id, contacts, **options)
    if kind == "delete":
        return bulk.delete(contacts, **options)
    return (bulk.tag if kind == "tag" else bulk.untag)("VIP", contacts, **options)


def writes(sandbox: Sandbox) -> int:
    """Count the requests that were not just looking."""
    return sum(not one.startswith("GET") for one in calls(sandbox))


def prepared(sandbox: Sandbox, kind: str, count: int) -> list[int]:
    """Put people into the account with whom it is not done yet."""
    return filled(sandbox, count, tags=["VIP"] if kind == "untag" else [])


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_done_with_everybody_once(kind: str) -> None:
    """N contacts cost N writes; a second time nobody is written to."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = prepared(sandbox, kind, 30)
        report = await job_of(systeme, sandbox, kind, ids).run()
        await asyncio.sleep(60)  # A membership comes later than its order.
        done = report.created + report.updated
        assert (done, report.rejected, report.unknown) == (30, 0, 0)
        before = writes(sandbox)
        assert before == 30 + (kind == "tag")
        if kind != "delete":
            report = await job_of(systeme, sandbox, kind, ids).run()
            assert (report.unchanged, report.rows) == (30, 30)
            assert writes(sandbox) == before
            assert report.requests <= 2


async def test_enrolling_those_enrolled_costs_a_listing() -> None:
    """400 of 500 are in: that costs four pages, and 100 calls."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = filled(sandbox, 500)
        course = sandbox.account.add_course("Cooking").id
        await systeme.bulk.enroll(course, ids[:400]).run()
        before = sandbox.received
        report = await systeme.bulk.enroll(course, ids).run()
    assert (report.created, report.unchanged) == (100, 400)
    assert sandbox.received - before == 100 + 4


@pytest.mark.parametrize("kind", ["tag", "enroll"])
async def test_contacts_may_be_named_by_address(kind: str) -> None:
    """Their ids are found by a listing; who is in no account is rejected."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        filled(sandbox, 50)
        emails = [f"P{number}@example.com" for number in range(51)]
        report = await job_of(systeme, sandbox, kind, emails).run()
    assert (report.created + report.updated, report.rejected) == (50, 1)
    assert report.first_errors[0].row == 51
    assert report.requests <= 50 + 6


async def test_contacts_as_they_were_listed() -> None:
    """A listing can be handed on."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        filled(sandbox, 5)
        report = await systeme.bulk.tag("VIP", systeme.contacts.list()).run()
    assert report.updated == 5


@pytest.mark.parametrize("column", ["id", "Contact ID", "Email", "Correo"])
async def test_a_file_names_them_in_a_column(column: str, tmp_path: Path) -> None:
    """By ids where there are any, else by addresses; the other columns do not matter."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = filled(sandbox, 3)
        cells = ids if "id" in column.casefold() else [f"p{n}@example.com" for n in range(3)]
        file = tmp_path / "people.csv"
        file.write_text(f"Name,{column}\n" + "".join(f"Jo,{cell}\n" for cell in cells))
        report = await systeme.bulk.tag("VIP", file).run()
    assert report.updated == 3


async def test_a_file_that_names_nobody_is_refused(tmp_path: Path) -> None:
    """It says which columns there are, and nothing is sent."""
    file = tmp_path / "people.csv"
    file.write_text("Name,City\nJo,Lyon\n")
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="'Name', 'City'"):
            await systeme.bulk.tag("VIP", file).run()
        assert sandbox.received == 0


@pytest.mark.parametrize("row", ["nobody", 0, -1, 1.5, None, True, {}, {"email": ""}, "1 000"])
async def test_what_names_no_contact_is_rejected(row: Any) -> None:
    """It costs nothing, and the others go on."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        [number] = filled(sandbox, 1)
        job = systeme.bulk.delete([row, number])
        async with job:
            outcomes = sorted([one async for one in job], key=lambda one: one.row)
    assert [Status.REJECTED, Status.UPDATED] == [one.status for one in outcomes]
    assert sandbox.account.contacts == {}


BAD: dict[str, Callable[[Systeme], Job]] = {
    "a course by name": lambda s: s.bulk.enroll("Cooking", [1]),  # type: ignore[arg-type]
    "no community": lambda s: s.bulk.join(0, [1]),
    "a tag without a name": lambda s: s.bulk.tag(" ", [1]),
    "a tag that is a flag": lambda s: s.bulk.untag(tag=True, contacts=[1]),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_can_not_work_costs_nothing(name: str) -> None:
    """It says what to give."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="give"):
            await BAD[name](systeme).run()
        assert sandbox.received == 0


async def test_a_tag_that_is_not_there_can_not_be_taken_off() -> None:
    """It is not created for that."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="no tag"):
            await systeme.bulk.untag("VIP", [1]).run()
        assert sandbox.account.tags == {}


@pytest.mark.parametrize("requests", [3, 9, 20])
@pytest.mark.parametrize("kind", KINDS)
async def test_it_goes_on_where_it_was_cut_off(kind: str, requests: int, tmp_path: Path) -> None:
    """What was under way is looked up first; nothing is done twice."""
    journal = tmp_path / "fan-out.journal"
    async with Sandbox(faults=Faults(latency=0.3)) as sandbox:
        ids = prepared(sandbox, kind, 25)
        async with client(sandbox) as systeme:
            job = job_of(systeme, sandbox, kind, ids, journal=journal)
            task = asyncio.create_task(job.run())
            while sandbox.received < requests:  # noqa: ASYNC110 - the server knows no event
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.sleep(60)
        async with client(sandbox) as systeme:
            report = await systeme.bulk.resume(journal).run()
        effects = [one.kind for one in sandbox.account.effects]
    assert (report.created + report.updated, report.rejected, report.unknown) == (25, 0, 0)
    assert max(effects.count(one) for one in set(effects)) == 25


@pytest.mark.parametrize("kind", KINDS)
async def test_over_a_bad_network_it_is_done_with_everybody(kind: str) -> None:
    """Answers get lost, connections are reset, the server fails: nobody is left out."""
    faults = Faults(lost=0.05, reset=0.05, failed=0.02)
    async with Sandbox(faults=faults, seed=3) as sandbox, client(sandbox) as systeme:
        ids = prepared(sandbox, kind, 60)
        report = await job_of(systeme, sandbox, kind, ids).run()
        effects = [one.kind for one in sandbox.account.effects]
        await asyncio.sleep(60)
    assert report.rejected == 0
    assert report.created + report.updated + report.unchanged + report.unknown == 60
    assert max(effects.count(one) for one in set(effects)) <= 60


@pytest.mark.parametrize("kind", KINDS)
async def test_a_plan_says_what_it_comes_to(kind: str) -> None:
    """Its requests are those of the run, and planning writes nothing."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = prepared(sandbox, kind, 20)
        job = job_of(systeme, sandbox, kind, [*ids, "nobody"])
        plan = await job.plan()
        assert sandbox.account.effects == []
        assert (plan.creates + plan.updates, plan.rejects) == (20, 1)
        report = await job.run()
    assert report.requests - plan.requests <= 2

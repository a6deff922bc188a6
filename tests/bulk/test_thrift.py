"""What a job does not send: what it knows already, what the server has refused, what is stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import calls, client, now

from systeme_async import AuthenticationError, Quota
from systeme_async.bulk import check
from systeme_async.bulk.journal import Journal
from systeme_async.bulk.lifecycle import State
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.anyio

CREATE = "POST /api/contacts"


def people(count: int, **values: Any) -> list[dict[str, Any]]:
    """Make up so many rows."""
    return [{"email": f"p{number}@example.com", **values} for number in range(count)]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Name a journal that does not exist yet."""
    return tmp_path / "spring.journal"


async def states(path: Path) -> list[State]:
    """Say how far each row of a journal has come."""
    opened = await Journal.open(path)
    try:
        return [entry.state async for entry in opened.entries()]
    finally:
        await opened.aclose()


# Rows that stand twice


@pytest.mark.parametrize("apart", [1, 30, 2_600])
async def test_a_row_knows_what_the_one_before_it_has_left(apart: int) -> None:
    """The second row of an address costs what it changes, and nothing to find out."""
    rows = [*people(apart), *people(3, city="Nice"), *people(3, city="Nice")]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(rows, tags=["VIP"])
        plan = await job.plan()
        before = sandbox.received
        report = await job.run()
    new = max(apart, 3)
    changes = 3 if apart >= 3 else 1
    assert (plan.creates, plan.updates, plan.tag_adds) == (new, changes, new)
    assert (report.created, report.updated, report.unchanged) == (
        new, changes, len(rows) - new - changes,
    )  # fmt: skip
    assert sandbox.received - before == plan.requests == 2 * new + changes + 1


async def test_it_knows_so_after_a_crash_too(journal: Path) -> None:
    """What a row has left is in the journal as soon as the row has ended."""
    rows = [*people(20, city="Lyon"), *people(20, city="Nice")]
    async with Sandbox(faults=Faults(latency=0.2)) as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(rows, journal=journal)
        async with job:
            async for _ in job:
                if job.report.rows == 20:
                    break
        report = await systeme.bulk.resume(journal).run()
    assert (report.created, report.updated) == (20, 20)
    assert calls(sandbox).count(CREATE) == 20
    assert sandbox.received == 20 + 20 + 1  # The listing is not had a second time.


@pytest.mark.parametrize("on_existing", ["skip", "fail"])
async def test_a_plan_of_a_job_that_leaves_others_alone(on_existing: Any) -> None:
    """Rows whose contact is there, or will be by then, are unchanged or refused, and say why."""
    rows = [*people(4), {"email": "p3@example.com", "city": "Nice"}]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("p0@example.com")
        job = systeme.bulk.import_contacts(rows, on_existing=on_existing)
        plan = await job.plan()
        report = await job.run()
    spared = report.unchanged if on_existing == "skip" else report.rejected
    assert (plan.creates, report.created, spared) == (3, 3, 2)
    assert (plan.unchanged, plan.rejects) == ((2, 0) if on_existing == "skip" else (0, 2))
    assert [one.row for one in plan.first_rejects] == ([1, 5] if on_existing == "fail" else [])
    assert report.requests == plan.requests == 3


async def test_a_contact_named_twice_is_dealt_with_once() -> None:
    """Also in a fan-out the second row costs nothing."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        ids = [sandbox.account.add_contact(row["email"]).id for row in people(10)]
        report = await systeme.bulk.tag("VIP", [*ids, *ids]).run()
    assert (report.updated, report.unchanged) == (10, 10)
    assert report.requests <= 10 + 3


# What is out of date


async def test_what_was_found_long_ago_is_looked_up_again(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan of last week does not say what the account is like now."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for row in people(30):
            sandbox.account.add_contact(row["email"], {"city": "Nice"})
        job = systeme.bulk.import_contacts(people(30, city="Nice"), journal=journal)
        plan = await job.plan()
        assert plan.unchanged == 30
        for contact in sandbox.account.contacts.values():
            contact.fields["city"] = "Lyon"
        monkeypatch.setattr(check, "SHELF_LIFE", -1.0)
        report = await systeme.bulk.import_contacts(people(30, city="Nice"), journal=journal).run()
    assert report.updated == 30


async def test_what_was_found_today_is_not_looked_up_again(journal: Path) -> None:
    """A plan, and an hour later its run: the account is listed once."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for row in people(30):
            sandbox.account.add_contact(row["email"], {"city": "Nice"})
        await systeme.bulk.import_contacts(people(30, city="Nice"), journal=journal).plan()
        before = sandbox.received
        report = await systeme.bulk.import_contacts(people(30, city="Nice"), journal=journal).run()
    assert (report.unchanged, sandbox.received - before) == (30, 0)


# What is stopped


async def test_a_row_that_waits_for_quota_is_no_intent(journal: Path) -> None:
    """Cut off while all wait, none is in doubt: the next run looks nothing up."""
    async with Sandbox(quota=Quota(30), faults=Faults(latency=0.1)) as sandbox:
        async with client(sandbox) as systeme:
            run = asyncio.create_task(
                systeme.bulk.import_contacts(people(60), journal=journal).run()
            )
            await asyncio.sleep(30)
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
        found = await states(journal)
        assert set(found) == {State.PLANNED, State.DONE}
        async with client(sandbox) as systeme:
            report = await systeme.bulk.resume(journal).run()
    assert report.created == 60
    assert calls(sandbox).count(CREATE) == 60


async def test_who_has_sent_nothing_is_let_go_at_once(journal: Path) -> None:
    """A job that is stopped does not wait for quota that it has no use for."""
    async with Sandbox(quota=Quota(30), faults=Faults(latency=0.1)) as sandbox:
        async with client(sandbox) as systeme:
            job = systeme.bulk.import_contacts(people(100), tags=["VIP"], journal=journal)
            async with job:
                async for _ in job:
                    if job.report.rows == 8:
                        await asyncio.sleep(20)  # By now all others wait.
                        stopped = now()
                        job.stop()
            waited = now() - stopped
        begun = calls(sandbox).count(CREATE)
        found = await states(journal)
    # Those half done get their tags; nobody else is begun.
    assert begun <= 8 + 20
    assert all(one.tags == [1] for one in sandbox.account.contacts.values())
    assert found.count(State.DONE) == len(sandbox.account.contacts) == begun
    assert set(found) == {State.PLANNED, State.DONE}
    assert waited <= 2 * 60


async def test_a_refusal_of_the_job_leaves_its_rows_as_they_were(journal: Path) -> None:
    """A key that is withdrawn has carried nothing out, so nothing has to be looked up later."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("unauthorized", method="POST", path="/api/contacts", after=5, times=100)
        with pytest.raises(AuthenticationError):
            await systeme.bulk.import_contacts(people(60), journal=journal).run()
        assert set(await states(journal)) == {State.PLANNED, State.DONE}
        sandbox._fate.injections.clear()
        before, began = sandbox.received, now()
        report = await systeme.bulk.resume(journal).run()
        assert now() - began < 5
    assert report.created == 60
    assert sandbox.received - before == 55

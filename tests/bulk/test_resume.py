"""Jobs with a journal: they go on where they ended, and nothing is done twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import calls, client, now

from systeme_async import ConfigurationError, OutcomeUnknownError
from systeme_async.bulk import Status
from systeme_async.bulk.steps import SETTLE_TIME
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async import Systeme
    from systeme_async.bulk import Job

pytestmark = pytest.mark.anyio

CREATE = "POST /api/contacts"


def people(count: int, **values: Any) -> list[dict[str, Any]]:
    """Make up so many rows."""
    return [{"email": f"p{number}@example.com", **values} for number in range(count)]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Name a journal that does not exist yet."""
    return tmp_path / "spring.journal"


async def begin_and_stop(job: Job, after: int) -> None:
    """Run a job until so many rows have ended, and stop it."""
    async with job:
        async for _ in job:
            after -= 1
            if not after:
                job.stop()


async def cut_off(job: Job, sandbox: Sandbox, requests: int) -> None:
    """Let a job die while so many requests have been received: no row under way ends."""
    task = asyncio.create_task(job.run())
    while sandbox.received < requests:  # noqa: ASYNC110 - the server knows no event
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def exact(sandbox: Sandbox, count: int) -> bool:
    """Say whether each contact is there once, with its tag, and none was written twice."""
    effects = sandbox.account.effects
    created = [one for one in effects if one.kind == "created contact"]
    tagged = [one for one in effects if one.kind == "assigned tag"]
    contacts = sandbox.account.contacts.values()
    return (
        sorted(one.email for one in contacts) == sorted(row["email"] for row in people(count))
        and all(one.tags == [1] for one in contacts)
        and (len(created), len(tagged)) == (count, count)
    )


async def test_a_job_goes_on_where_it_was_stopped(journal: Path) -> None:
    """The second run does the rest; the report is of all rows, and nothing is sent twice."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await begin_and_stop(
            systeme.bulk.import_contacts(people(60), tags=["VIP"], journal=journal), 25
        )
        done = calls(sandbox).count(CREATE)
        assert 25 <= done < 60
        report = await systeme.bulk.import_contacts(people(60), tags=["VIP"], journal=journal).run()
    assert (report.created, report.rows) == (60, 60)
    assert exact(sandbox, 60)
    assert calls(sandbox).count(CREATE) == 60


async def test_a_finished_job_costs_nothing_more(journal: Path) -> None:
    """Run once more, it looks up its tag and is done."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(people(10), journal=journal).run()
        received = sandbox.received
        report = await systeme.bulk.import_contacts(people(10), journal=journal).run()
    assert sandbox.received == received
    assert (report.created, report.requests) == (10, 0)


@pytest.mark.parametrize("requests", [4, 5, 13, 25, 37, 61, 80])
async def test_what_was_under_way_is_looked_up_first(journal: Path, requests: int) -> None:
    """Cut off anywhere, with writes under way: each contact is there once, each tag put on once."""
    faults = Faults(latency=0.3)
    async with Sandbox(faults=faults) as sandbox:
        async with client(sandbox) as systeme:
            job = systeme.bulk.import_contacts(people(40), tags=["VIP"], journal=journal)
            await cut_off(job, sandbox, requests)
        async with client(sandbox) as systeme:
            report = await systeme.bulk.resume(journal).run()
    assert report.created == 40
    assert exact(sandbox, 40)


async def test_a_lookup_that_lags_is_waited_for(journal: Path) -> None:
    """What a lookup does not show is missing only once it would have to show."""
    async with Sandbox(faults=Faults(latency=0.3)) as sandbox:
        async with client(sandbox) as systeme:
            job = systeme.bulk.import_contacts(people(3), journal=journal)
            await cut_off(job, sandbox, 2)
        async with client(sandbox) as systeme:
            began = now()
            await systeme.bulk.resume(journal).run()
    assert now() - began >= SETTLE_TIME - 1
    assert len(sandbox.account.contacts) == 3


async def test_resume_needs_nothing_but_the_journal(journal: Path, tmp_path: Path) -> None:
    """The file may be gone: its rows are in the journal, and so are the job's options."""
    file = tmp_path / "list.csv"
    file.write_text("email,first name\n" + "".join(f"p{n}@example.com,Jo\n" for n in range(30)))
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(file, tags=["VIP"], journal=journal)
        await begin_and_stop(job, 5)
        file.unlink()
        report = await systeme.bulk.resume(journal).run()
    assert report.created == 30
    assert exact(sandbox, 30)
    assert all(one.fields["first_name"] == "Jo" for one in sandbox.account.contacts.values())


async def other_rows(systeme: Systeme, journal: Path) -> Job:
    """Describe the same job with another row."""
    return systeme.bulk.import_contacts(people(11), journal=journal)


async def other_options(systeme: Systeme, journal: Path) -> Job:
    """Describe the same rows with a tag."""
    return systeme.bulk.import_contacts(people(10), tags=["VIP"], journal=journal)


@pytest.mark.parametrize("other", [other_rows, other_options])
async def test_another_job_with_an_old_journal_is_refused(journal: Path, other: Any) -> None:
    """It says what differs, and nothing is sent."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(people(10), journal=journal).run()
        received = sandbox.received
        with pytest.raises(ConfigurationError, match="journal of its own"):
            await (await other(systeme, journal)).run()
    assert sandbox.received == received


async def test_another_account_is_refused(journal: Path) -> None:
    """A journal is good for the account that it was begun with."""
    async with Sandbox() as first, client(first) as systeme:
        await systeme.bulk.import_contacts(people(10), journal=journal).run()
    async with Sandbox(api_key="another-key") as second, client(second) as systeme:
        with pytest.raises(ConfigurationError, match="another account"):
            await systeme.bulk.resume(journal).run()
        assert second.received == 0


async def test_there_is_no_journal(journal: Path, tmp_path: Path) -> None:
    """Resuming makes none."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="no journal"):
            await systeme.bulk.resume(journal).run()
    assert [] == list(tmp_path.iterdir())  # noqa: ASYNC240 - of the test itself


async def test_only_what_failed_is_tried_again(journal: Path) -> None:
    """Rows that were done stay done, also when they are asked for once more."""
    rows = [*people(10), {"email": "x@nobody.invalid"}]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        report = await systeme.bulk.import_contacts(rows, journal=journal).run()
        assert (report.created, report.rejected) == (10, 1)
        before = sandbox.received
        report = await systeme.bulk.retry(journal).run()
    assert (report.created, report.rejected) == (10, 1)
    assert calls(sandbox)[before:].count(CREATE) == 1


async def test_a_row_whose_end_is_unknown_is_settled_by_the_next_run(journal: Path) -> None:
    """Nobody could tell: every answer got lost, and so did every look."""
    async with Sandbox() as sandbox, client(sandbox, max_attempts=1) as systeme:
        job = systeme.bulk.import_contacts(people(1), journal=journal)
        sandbox.inject("lost", times=1_000)
        async with job:
            outcomes = [outcome async for outcome in job]
        assert [Status.UNKNOWN] == [outcome.status for outcome in outcomes]
        assert isinstance(outcomes[0].error, OutcomeUnknownError)
        sandbox._fate.injections.clear()
        report = await systeme.bulk.resume(journal).run()
    assert (report.created, report.unknown) == (1, 0)
    assert len(sandbox.account.contacts) == 1


# Plans


async def test_a_plan_says_what_the_job_then_does(journal: Path) -> None:
    """Requests, creations, changes and tags are what the run comes to; nothing is written."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for row in people(40):
            sandbox.account.add_contact(row["email"], {"city": "Lyon"}, tags=["VIP"])
        rows = [
            *people(20, city="Lyon"),
            *people(50, city="Nice")[20:],
            {"email": "no address"},
            {"email": "P3@example.com", "city": "Rome"},
        ]
        job = systeme.bulk.import_contacts(rows, tags=["VIP"], journal=journal)
        plan = await job.plan()
        assert sandbox.account.effects == []
        spent = sandbox.received
        assert (plan.creates, plan.updates, plan.unchanged) == (10, 20 + 1, 20)
        assert (plan.tag_adds, plan.rejects, plan.doubles) == (10, 1, 1)
        assert (plan.requests, plan.spent) == (10 + 21 + 10, spent)
        assert plan.first_doubles == [(52, 4)]
        assert plan.first_changes[0].values == {"city": ("Lyon", "Nice")}
        assert "e-mail" in plan.first_rejects[0].reason or "email" in plan.first_rejects[0].reason
        report = await job.run()
    assert (report.created, report.updated, report.rejected) == (10, 21, 1)
    assert report.requests == plan.requests


async def test_a_plan_of_a_few_rows_in_a_large_account_looks_them_up() -> None:
    """Where the listing would cost more than the rows themselves, it ends."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for number in range(2_000):
            sandbox.account.add_contact(f"other{number}@example.com")
        sandbox.account.add_contact("p1@example.com")
        job = systeme.bulk.import_contacts(people(3))
        plan = await job.plan()
        await job.aclose()
    assert (plan.creates, plan.unchanged) == (2, 1)
    assert plan.spent <= 2 * 3 + 1


@pytest.mark.parametrize(("rows", "account", "changed"), [(300, 1_000, 0), (500, 500, 20)])
async def test_the_floor_of_a_job_that_changes_little(
    rows: int, account: int, changed: int
) -> None:
    """N rows of which k changed, in an account of A: A / 100 + k requests."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for row in people(account):
            sandbox.account.add_contact(row["email"], {"city": "Lyon"})
        mine = [*people(changed, city="Nice"), *people(rows, city="Lyon")[changed:]]
        report = await systeme.bulk.import_contacts(mine).run()
    assert (report.updated, report.unchanged) == (changed, rows - changed)
    assert report.requests == account // 100 + changed


async def test_a_refused_row_stands_before_no_other() -> None:
    """A good row with the address of a refused one is planned, and looked up, like any other."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("p0@example.com", {"city": "Lyon"})
        rows = [
            {"email": "p0@example.com", "locale": "no such"},
            {"email": "p0@example.com", "city": "Nice"},
            {"email": "p1@example.com"},
        ]
        plan = await systeme.bulk.import_contacts(rows).plan()
    assert (plan.rejects, plan.updates, plan.creates, plan.doubles) == (1, 1, 1, 0)


async def test_a_row_that_is_tried_again_does_not_get_the_last_word(journal: Path) -> None:
    """What a later row of the same address has said stays, and the rest is made up for."""
    rows = [
        {"email": "p0@example.com", "city": "Lyon", "state": "Rhône"},
        {"email": "p0@example.com", "city": "Nice"},
    ]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        label = sandbox.account.fields.pop("state")
        report = await systeme.bulk.import_contacts(rows, journal=journal).run()
        assert (report.created, report.rejected) == (1, 1)
        sandbox.account.fields["state"] = label
        report = await systeme.bulk.retry(journal).run()
    assert (report.rows, report.rejected) == (2, 0)
    [contact] = sandbox.account.contacts.values()
    assert contact.fields == {"city": "Nice", "state": "Rhône"}

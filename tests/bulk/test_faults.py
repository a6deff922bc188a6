"""A thousand rows over a bad network: each contact once, each tag on it, nothing unexplained."""

from __future__ import annotations

import asyncio
import csv
import random
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import calls, client, now, tasks, turns
from wire.raw import Delivery, RawServer, answer

import systeme_async
from systeme_async import NotSentError, Quota
from systeme_async.bulk import Outcome, Status
from systeme_async.testing import Account, Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.anyio

EXAMPLE = Path(systeme_async.__file__).parents[1] / "examples" / "contacts.csv"
SLUGS = {
    "First name": "first_name",
    "Surname": "surname",
    "Phone": "phone_number",
    "Country": "country",
    "City": "city",
    "Company": "company_name",
}


@dataclass
class Wanted:
    """What the file says of one person, all rows of the address together."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    locale: str = "en"
    tags: set[str] = field(default_factory=set[str])


@cache
def example() -> tuple[dict[str, Wanted], int, int]:
    """Read the example by hand: the people by address, rows in all, rows without an address."""
    people: dict[str, Wanted] = {}
    rows = invalid = 0
    with EXAMPLE.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            rows += 1
            email = row["Email"].strip().lower()
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", email):
                invalid += 1
                continue
            person = people.setdefault(email, Wanted())
            for header, slug in SLUGS.items():
                text = row[header].strip()
                if text:
                    person.fields[slug] = text.upper() if slug == "country" else text
            person.locale = row["Language"].strip() or person.locale
            person.tags |= {tag.strip() for tag in row["Tags"].split(";") if tag.strip()}
    return people, rows, invalid


def found(account: Account) -> dict[str, Wanted]:
    """Read the account in the same form."""
    names = {number: tag.name for number, tag in account.tags.items()}
    return {
        contact.email.lower(): Wanted(
            {slug: value for slug, value in contact.fields.items() if value},
            contact.locale or "",
            {names[number] for number in contact.tags},
        )
        for contact in account.contacts.values()
    }


def doubled(account: Account) -> list[str]:
    """List what was done to the account more than once: creations and assignments."""
    addresses = [contact.email.lower() for contact in account.contacts.values()]
    writes = [str(change) for change in account.effects if "updated" not in change.kind]
    return sorted(
        {address for address in addresses if addresses.count(address) > 1}
        | {write for write in writes if writes.count(write) > 1}
    )


def people(count: int) -> list[dict[str, Any]]:
    """Make up so many rows."""
    return [{"email": f"p{number}@example.com", "city": str(number)} for number in range(count)]


def complete(account: Account, count: int) -> bool:
    """Say whether so many of the made-up people are there, with the tag of the job."""
    expected = {row["email"]: Wanted({"city": row["city"]}, "en", {"VIP"}) for row in people(count)}
    return expected == found(account) and doubled(account) == []


# The example


@pytest.mark.slow
async def test_the_example_on_a_good_day() -> None:
    """The account holds exactly what the file says, and each write was needed."""
    people, rows, invalid = example()
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        report = await systeme.bulk.import_contacts(EXAMPLE).run()
    assert people == found(sandbox.account)
    assert doubled(sandbox.account) == []
    assert (report.rows, report.rejected, report.unknown) == (rows, invalid, 0)
    assert report.created == len(people)
    assert report.requests == sandbox.received


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(3))
async def test_the_example_over_a_bad_network(seed: int) -> None:
    """Lost, reset and failed requests cost time and nothing else."""
    people, rows, invalid = example()
    random.seed(seed)  # The jitter decides which request meets which fault.
    faults = Faults(lost=0.02, reset=0.02, failed=0.01, latency=0.15)
    async with (
        Sandbox(quota=Quota(120), faults=faults, seed=seed) as sandbox,
        client(sandbox) as systeme,
    ):
        job = systeme.bulk.import_contacts(EXAMPLE, tags=["imported"])
        async with job:
            ended = [outcome async for outcome in job]
        report = job.report
        await turns()
        assert tasks() == []
    expected = {
        email: Wanted(person.fields, person.locale, person.tags | {"imported"})
        for email, person in people.items()
    }
    assert expected == found(sandbox.account)
    assert doubled(sandbox.account) == []
    assert sandbox.throttled == report.throttled == 0
    assert report.requests == sandbox.received
    assert (report.rows, report.rejected, report.unknown) == (rows, invalid, 0)
    assert report.created == len(people)
    consistent(ended, report)
    assert len({outcome.row for outcome in ended}) == rows


def consistent(ended: Iterable[Outcome], report: Any) -> None:
    """Assert that the sums are those of the outcomes."""
    counted = dict.fromkeys(Status, 0)
    for outcome in ended:
        counted[outcome.status] += 1
        failed = outcome.status in {Status.REJECTED, Status.UNKNOWN}
        assert (outcome.error is not None) == failed
        assert failed or outcome.contact_id is not None
    assert counted == {status: getattr(report, status.value) for status in Status}


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(2))
async def test_the_example_into_a_full_account(seed: int) -> None:
    """People who are there already keep what the file does not mention."""
    people, rows, invalid = example()
    random.seed(seed)
    account = Account()
    there = random.sample(sorted(people), len(people) // 2)
    for email in there:
        account.add_contact(email.title(), {"city": "Old", "state": "kept"}, tags=["old"])
    faults = Faults(lost=0.03, reset=0.03, failed=0.03, latency=0.15)
    async with (
        Sandbox(account=account, faults=faults, seed=seed) as sandbox,
        client(sandbox) as systeme,
    ):
        report = await systeme.bulk.import_contacts(EXAMPLE).run()
    expected: dict[str, Wanted] = {}
    for email, person in people.items():
        fields, tags = person.fields, person.tags
        if email in there:
            fields, tags = {"city": "Old", "state": "kept", **fields}, tags | {"old"}
        expected[email] = Wanted(fields, person.locale, tags)
    assert expected == found(account)
    assert doubled(account) == []
    assert (report.rows, report.rejected, report.unknown) == (rows, invalid, 0)
    assert report.created == len(people) - len(there)


@pytest.mark.slow
async def test_a_second_run_writes_nothing() -> None:
    """The file again changes nothing: what it says is there."""
    people, rows, invalid = example()
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(EXAMPLE).run()
        # Doubles that contradict each other take turns in every run, as they should.
        before = len(sandbox.account.effects)
        report = await systeme.bulk.import_contacts(EXAMPLE).run()
        written = sandbox.account.effects[before:]
    assert people == found(sandbox.account)
    assert {change.kind for change in written} <= {"updated contact"}
    assert len(written) == report.updated < 2 * (rows - invalid - len(people)) + 1
    assert report.created == 0


# Worse


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_a_terrible_network(seed: int) -> None:
    """With every third request in trouble, all is done in the end, and nothing twice."""
    random.seed(seed)
    faults = Faults(lost=0.12, reset=0.12, failed=0.12, latency=0.3)
    async with (
        Sandbox(quota=Quota(300), faults=faults, seed=seed) as sandbox,
        client(sandbox) as systeme,
    ):
        job = systeme.bulk.import_contacts(people(150), tags=["VIP"])
        async with job:
            ended = [outcome async for outcome in job]
        consistent(ended, job.report)
        unexplained = [outcome for outcome in ended if outcome.status is Status.REJECTED]
        assert unexplained == []
        assert job.report.unknown <= 3
    assert doubled(sandbox.account) == []
    if job.report.unknown == 0:
        assert complete(sandbox.account, 150)


@pytest.mark.parametrize("kind", ["truncated", "failed_after", "hang", "throttle"])
async def test_other_faults(kind: Any) -> None:
    """Every tenth write in another kind of trouble: all is done, nothing twice."""
    async with Sandbox(faults=Faults(latency=0.1)) as sandbox, client(sandbox) as systeme:
        for after in range(0, 100, 10):
            sandbox.inject(kind, method="POST", path="/api/contacts", after=after)
            sandbox.inject(kind, method="POST", path="/api/contacts/{contact}/tags", after=after)
        report = await systeme.bulk.import_contacts(people(80), tags=["VIP"]).run()
    assert (report.created, report.rejected, report.unknown) == (80, 0, 0)
    assert complete(sandbox.account, 80)


async def test_an_empty_answer_to_a_creation() -> None:
    """A 201 without its contact is a contact all the same: its row is not left half done."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("empty", method="POST", path="/api/contacts")
        report = await systeme.bulk.import_contacts(people(3), tags=["VIP"]).run()
    assert (report.created, report.unknown) == (3, 0)
    assert complete(sandbox.account, 3)


async def test_the_tag_meets_trouble_first() -> None:
    """The job's tag is ensured through lost and failed requests before any contact."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("failed", path="/api/tags", times=2)
        sandbox.inject("lost", method="POST", path="/api/tags")
        report = await systeme.bulk.import_contacts(people(3), tags=["VIP"]).run()
    assert report.created == 3
    assert [tag.name for tag in sandbox.account.tags.values()] == ["VIP"]


# Outages


@pytest.mark.slow
@pytest.mark.parametrize("began", [2.0, 7.3])
async def test_a_network_that_is_down(began: float) -> None:
    """Five minutes without a server are sat out; then the job goes on to its end."""
    account = Account()
    faults = Faults(latency=0.5)
    first = Sandbox(account=account, faults=faults, api_key="the-key")
    await first.start()
    async with client(first) as systeme:
        port = int(first.url.rpartition(":")[2])
        job = systeme.bulk.import_contacts(people(300), tags=["VIP"])
        run = asyncio.create_task(job.run())
        await asyncio.sleep(began)
        await first.aclose()
        await asyncio.sleep(300)
        assert not run.done()
        async with Sandbox(account=account, faults=faults, api_key="the-key", port=port) as second:
            report = await run
            assert now() <= 480
            received = len(first.requests) + len(second.requests)
            # A connection that was made and cut before its request was read is counted by us alone.
            assert received <= report.requests <= received + 20
    assert complete(account, 300)
    assert (report.rows, report.rejected, report.unknown) == (300, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("began", [2.0, 7.3])
async def test_a_server_that_is_down(began: float) -> None:
    """Five minutes of 500, 502 and 503 are sat out as well."""
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        run = asyncio.create_task(systeme.bulk.import_contacts(people(300), tags=["VIP"]).run())
        await asyncio.sleep(began)
        sandbox.inject("failed", times=1_000_000)
        await asyncio.sleep(300)
        during = sandbox.received
        sandbox._fate.injections.clear()
        report = await run
        assert now() <= 480
        assert sandbox.received == report.requests
    assert complete(sandbox.account, 300)
    assert (report.rows, report.rejected, report.unknown) == (300, 0, 0)
    # A server that is down is not hammered meanwhile.
    assert during <= 1_000


@pytest.mark.slow
@pytest.mark.parametrize("began", [2.0, 7.3])
async def test_a_page_for_everybody(began: float) -> None:
    """Five minutes of a maintenance page with a 200 do not burn row after row."""
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        run = asyncio.create_task(systeme.bulk.import_contacts(people(300), tags=["VIP"]).run())
        await asyncio.sleep(began)
        sandbox.inject("html", times=1_000_000)
        await asyncio.sleep(300)
        sandbox._fate.injections.clear()
        report = await run
    assert (report.rejected, doubled(sandbox.account)) == (0, [])
    assert report.unknown <= 20


async def test_fields_that_cannot_be_looked_up() -> None:
    """A failing server is no reason to reject a row: its keys are looked up in the end."""
    rows = [{**row, "hat_size": "7"} for row in people(10)]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        sandbox.inject("failed", path="/api/contact_fields", times=12)
        report = await systeme.bulk.import_contacts(rows).run()
    assert (report.created, report.rejected) == (10, 0)


async def test_a_shape_that_stays_wrong_is_not_waited_for() -> None:
    """JSON of another shape is no outage: each row ends soon, and says what is wrong."""
    taken = {"violations": [{"propertyPath": "email", "message": "This value is already used."}]}
    wrong = {"items": [{"id": "one", "email": "p0@example.com"}], "hasMore": False}

    async def act(delivery: Delivery, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(422, taken) if delivery.method == "POST" else answer(200, wrong))
        await writer.drain()

    async with RawServer(act) as server, client(server) as systeme:
        report = await systeme.bulk.import_contacts(people(1)).run()
        assert now() <= 60
    assert report.unknown + report.rejected == 1


@pytest.mark.slow
async def test_two_processes_with_one_file() -> None:
    """Two clients that import the same rows at once double nothing between them."""
    faults = Faults(lost=0.03, failed=0.03, latency=0.2)
    random.seed(1)
    async with (
        Sandbox(quota=Quota(300), faults=faults, seed=1) as sandbox,
        client(sandbox) as one,
        client(sandbox) as other,
    ):
        first, second = await asyncio.gather(
            one.bulk.import_contacts(people(150), tags=["VIP"]).run(),
            other.bulk.import_contacts(people(150), tags=["VIP"]).run(),
        )
    assert complete(sandbox.account, 150)
    assert (first.rejected, second.rejected) == (0, 0)
    assert (first.unknown, second.unknown) == (0, 0)


@pytest.mark.slow
async def test_an_outage_without_end() -> None:
    """A network that stays away ends the job with NotSentError, and the report is true."""
    account = Account()
    first = Sandbox(account=account, faults=Faults(latency=0.1))
    await first.start()
    async with client(first) as systeme:
        job = systeme.bulk.import_contacts(people(300), tags=["VIP"])
        run = asyncio.create_task(job.run())
        await asyncio.sleep(1.55)
        await first.aclose()
        async with asyncio.timeout(4 * 3600):
            with pytest.raises(NotSentError):
                await run
        assert now() >= 900
        await turns()
        assert tasks() == []
        budget = systeme.budget.snapshot()
        assert (budget.in_flight, budget.waiting) == (0, 0)
    assert doubled(account) == []
    assert job.report.created <= len(account.contacts)


@pytest.mark.parametrize("stopped_at", [10, 100, 700])
async def test_stopping_in_an_outage(tmp_path: Path, stopped_at: float) -> None:
    """Nobody waits for a network that is away; what had been begun is gone on with later."""
    account, journal = Account(), tmp_path / "spring.journal"
    first = Sandbox(account=account, api_key="the-same-key", faults=Faults(latency=0.1))
    await first.start()
    async with client(first) as systeme:
        job = systeme.bulk.import_contacts(people(300), tags=["VIP"], journal=journal)
        run = asyncio.create_task(job.run())
        await asyncio.sleep(1.55)
        await first.aclose()
        await asyncio.sleep(stopped_at)
        job.stop()
        begun = now()
        await run
        assert now() - begun < 60  # What is on its way is let end, with the repeats it has.
        await turns()
        assert tasks() == []
    async with (
        Sandbox(account=account, api_key="the-same-key") as second,
        client(second) as systeme,
    ):
        report = await systeme.bulk.resume(journal).run()
    assert (report.rows, report.unknown) == (300, 0)
    assert complete(account, 300)


async def test_no_network_from_the_start() -> None:
    """A job that reaches nobody fails in the end, and rows are not rejected one by one."""
    async with Sandbox() as sandbox:
        pass
    async with client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(people(300))
        async with asyncio.timeout(4 * 3600):
            with pytest.raises(NotSentError):
                await job.run()
        assert (job.report.rows, job.report.requests) == (0, 0)
    assert calls(sandbox) == []


async def test_a_pause_of_the_server() -> None:
    """A 429 for the whole account in the middle of a job costs its time and nothing more."""
    async with Sandbox(faults=Faults(latency=0.2)) as sandbox, client(sandbox) as systeme:
        sandbox.inject("throttle", after=30, times=7)
        report = await systeme.bulk.import_contacts(people(50), tags=["VIP"]).run()
        assert report.elapsed >= 30
    assert (report.created, report.rejected, report.throttled) == (50, 0, 7)
    assert complete(sandbox.account, 50)

"""Imports of contacts: what they cost, what they leave alone, and who has the last word."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import UNSET
from wire.pair import calls, client, now

from systeme_async import (
    AlreadyExistsError,
    ClientStateError,
    ConfigurationError,
    Quota,
    ValidationError,
)
from systeme_async.bulk import Outcome, Status
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from systeme_async import Systeme
    from systeme_async.bulk import ImportJob

pytestmark = pytest.mark.anyio

CREATE = "POST /api/contacts"


def people(count: int, **values: Any) -> list[dict[str, Any]]:
    """Make up so many rows."""
    return [{"email": f"p{number}@example.com", **values} for number in range(count)]


async def outcomes(job: ImportJob) -> list[Outcome]:
    """Run a job and return its outcomes in the order of their rows."""
    async with job:
        ended = [outcome async for outcome in job]
    return sorted(ended, key=lambda outcome: outcome.row)


def held_tags(sandbox: Sandbox, email: str) -> list[str]:
    """Name the tags of a contact."""
    contact = sandbox.account.contact_by_email(email)
    assert contact is not None
    return [sandbox.account.tags[number].name for number in contact.tags]


def changes(sandbox: Sandbox, kind: str) -> int:
    """Count the changes of one kind that requests made."""
    return sum(change.kind == kind for change in sandbox.account.effects)


# What it costs


@pytest.mark.parametrize("latency", [0.0, 0.2])
async def test_new_contacts_with_a_tag(latency: float) -> None:
    """N new contacts with one tag cost 2N + 3 requests: one page is looked at, one tag ensured."""
    faults = Faults(latency=latency)
    async with Sandbox(faults=faults) as sandbox, client(sandbox) as systeme:
        report = await systeme.bulk.import_contacts(people(50), tags=["VIP"]).run()
    assert sandbox.received == report.requests == 2 * 50 + 3
    assert (report.created, report.rows, report.first_errors) == (50, 50, [])
    assert all(contact.tags == [1] for contact in sandbox.account.contacts.values())


async def test_new_contacts_without_tags() -> None:
    """N new contacts cost N requests, and a page of those who are there."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        report = await systeme.bulk.import_contacts(people(30, first_name="Jo")).run()
    assert calls(sandbox) == ["GET /api/contacts", *[CREATE] * 30]
    assert report.created == 30


async def test_no_rows() -> None:
    """An import of nobody costs nothing."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        report = await systeme.bulk.import_contacts([]).run()
    assert (sandbox.received, report.rows, report.requests) == (0, 0, 0)


async def test_unchanged_contacts() -> None:
    """Whoever has it all costs a hundredth of a request, and nothing is written."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for row in people(20):
            sandbox.account.add_contact(row["email"], {"city": "Lyon"}, tags=["VIP", "old"])
        rows = people(20, city="Lyon", tags="VIP", state="")
        report = await systeme.bulk.import_contacts(rows).run()
    assert report.unchanged == 20
    assert sandbox.account.effects == []
    assert report.requests == 2


async def test_changed_contacts() -> None:
    """Whoever differs costs one request; the PATCH holds the difference alone."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for row in people(5):
            sandbox.account.add_contact(row["email"], {"city": "Lyon", "state": "X"})
        rows = people(5, city="Nice", state="X")
        report = await systeme.bulk.import_contacts(rows).run()
    assert (report.updated, report.requests) == (5, 1 + 5)
    patches = [request.body for request in sandbox.requests if request.method == "PATCH"]
    assert [{"fields": [{"slug": "city", "value": "Nice"}]}] * 5 == patches


async def test_a_tag_alone_is_an_update() -> None:
    """A contact that lacks a tag gets it, and no PATCH."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("p0@example.com", tags=["old"])
        [outcome] = await outcomes(systeme.bulk.import_contacts(people(1), tags=["VIP"]))
    assert outcome.status is Status.UPDATED
    assert held_tags(sandbox, "p0@example.com") == ["old", "VIP"]
    assert changes(sandbox, "updated contact") == 0


async def test_a_quota_is_used_up_and_not_overrun() -> None:
    """A job takes as many windows as its requests need, and meets no 429."""
    async with Sandbox(quota=Quota(60)) as sandbox, client(sandbox) as systeme:
        report = await systeme.bulk.import_contacts(people(120), tags=["VIP"]).run()
        assert report.requests == 243
        assert (report.throttled, sandbox.throttled) == (0, 0)
        assert 240 <= report.elapsed <= 250
        assert report.elapsed == pytest.approx(now(), abs=1)


async def test_tags_are_ensured_once() -> None:
    """Tags of the job and of all rows are looked up or created once, however many need them."""
    rows = [{**row, "tags": ["a", "b", "c"][: number % 4]} for number, row in enumerate(people(40))]
    async with Sandbox(faults=Faults(latency=0.1)) as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("b")
        report = await systeme.bulk.import_contacts(rows, tags=["b"]).run()
    assert report.created == 40
    assert calls(sandbox).count("GET /api/tags") == 3
    assert calls(sandbox).count("POST /api/tags") == 2
    expected = {row["email"]: {"b", *row["tags"]} for row in rows}
    assert expected == {
        contact.email: set(held_tags(sandbox, contact.email))
        for contact in sandbox.account.contacts.values()
    }
    assert changes(sandbox, "assigned tag") == sum(len(tags) for tags in expected.values())


async def test_one_tag_in_two_cases() -> None:
    """Names that the account takes for one tag cost one assignment."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        rows = [{"email": "jane@example.com", "tags": "vip; VIP"}]
        report = await systeme.bulk.import_contacts(rows, tags=["Vip"]).run()
    assert report.created == 1
    assert calls(sandbox).count("POST /api/contacts/1001/tags") == 1


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("VIP", ["VIP"]),
        ("VIP; gold ;VIP", ["VIP", "gold"]),
        ("VIP|gold", ["VIP", "gold"]),
        ("VIP\ngold", ["VIP", "gold"]),
        ("VIP,gold", ["VIP", "gold"]),
        ("Paris, France;gold", ["Paris, France", "gold"]),
        (["VIP", " gold ", ""], ["VIP", "gold"]),
        (("Paris, France",), ["Paris, France"]),
        ("", []),
        (" ; ", []),
        (None, []),
    ],
)
async def test_tags_of_a_row(cell: object, expected: list[str]) -> None:
    """Names stand in one text with separators, or in a list."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        rows = [{"email": "jane@example.com", "tags": cell}]
        assert (await systeme.bulk.import_contacts(rows).run()).created == 1
    assert sorted(expected) == sorted(held_tags(sandbox, "jane@example.com"))


# Who is there already


async def test_skip_leaves_everybody_alone() -> None:
    """Who has the address already costs one request, and gets neither values nor tags."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("p0@example.com", {"city": "Lyon"}, tags=["old"])
        job = systeme.bulk.import_contacts(people(2, city="Nice"), tags=["VIP"], on_existing="skip")
        first, second = await outcomes(job)
    assert (first.status, second.status) == (Status.UNCHANGED, Status.CREATED)
    assert (held.fields, held.tags) == ({"city": "Lyon"}, [1])
    assert job.report.requests == 2 + 1 + 2


async def test_fail_rejects_everybody() -> None:
    """Who has the address already is rejected with the server's refusal, and left alone."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("p0@example.com", {"city": "Lyon"})
        job = systeme.bulk.import_contacts(people(2, city="Nice"), tags=["VIP"], on_existing="fail")
        first, second = await outcomes(job)
    assert (first.status, second.status) == (Status.REJECTED, Status.CREATED)
    assert isinstance(first.error, AlreadyExistsError)
    assert (held.fields, held.tags) == ({"city": "Lyon"}, [])


@pytest.mark.parametrize("on_existing", ["skip", "fail"])
@pytest.mark.parametrize("fault", ["lost", "failed", "reset"])
async def test_nobody_is_touched_after_a_lost_refusal(on_existing: Any, fault: Any) -> None:
    """A lost answer about somebody who was there before does not make us tag that contact."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("p0@example.com", {"city": "Lyon"})
        await asyncio.sleep(3600)
        sandbox.inject(fault, method="POST", path="/api/contacts")
        job = systeme.bulk.import_contacts(
            people(1, city="Lyon"), tags=["VIP"], on_existing=on_existing
        )
        [outcome] = await outcomes(job)
    assert held.tags == []
    assert outcome.status is not Status.CREATED


@pytest.mark.parametrize("on_existing", ["update", "skip", "fail"])
@pytest.mark.parametrize("fault", ["lost", "failed", "failed_after", "reset", "truncated"])
async def test_a_new_contact_is_new_after_a_lost_answer(on_existing: Any, fault: Any) -> None:
    """The creation whose answer got lost is ours: it counts as created and gets its tags."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST", path="/api/contacts")
        job = systeme.bulk.import_contacts(
            people(1, city="Lyon"), tags=["VIP"], on_existing=on_existing
        )
        [outcome] = await outcomes(job)
    assert outcome.status is Status.CREATED
    assert held_tags(sandbox, "p0@example.com") == ["VIP"]
    assert changes(sandbox, "created contact") == 1


@pytest.mark.parametrize("on_existing", ["update", "skip", "fail"])
async def test_ours_though_an_automation_was_faster(on_existing: Any) -> None:
    """A creation whose answer got lost is ours, though a rule has tagged the contact since."""
    async with Sandbox(faults=Faults(latency=2)) as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("by a rule")
        job = systeme.bulk.import_contacts(people(1), tags=["VIP"], on_existing=on_existing)
        sandbox.inject("lost", method="POST", path="/api/contacts")
        ended = asyncio.create_task(outcomes(job))
        # Two round trips for the tag, half of one for the creation to arrive.
        await asyncio.sleep(2 + 2 + 1.5)
        [contact] = sandbox.account.contacts.values()
        contact.tags.append(1)
        [outcome] = await ended
    assert outcome.status is Status.CREATED
    assert held_tags(sandbox, "p0@example.com") == ["by a rule", "VIP"]


async def test_a_wrong_word_for_existing_ones() -> None:
    """What to do with existing contacts is one of three words."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        word: Any = "merge"
        with pytest.raises(ConfigurationError, match="merge"):
            systeme.bulk.import_contacts([], on_existing=word)


# Doubles within the file


@pytest.mark.parametrize("latency", [0.0, 0.3])
@pytest.mark.parametrize("concurrency", [1, 4, 20])
async def test_the_last_word_wins(concurrency: int, latency: float) -> None:
    """Rows of one address, in any case, are carried out in their order."""
    rows = [
        {"email": f"{'JaNe' if number % 2 else 'jane'}@example.com", "city": str(number)}
        for number in range(30)
    ]
    rows += [{"email": "JANE@EXAMPLE.COM", "state": "last", "tags": "VIP"}]
    async with (
        Sandbox(faults=Faults(latency=latency)) as sandbox,
        client(sandbox, concurrency=concurrency) as systeme,
    ):
        report = await systeme.bulk.import_contacts(rows).run()
    [contact] = sandbox.account.contacts.values()
    assert {"city": "29", "state": "last"} == contact.fields
    assert (report.created, report.updated) == (1, 30)
    patched = [request.body for request in sandbox.requests if request.method == "PATCH"]
    cities = [patch["fields"][0]["value"] for patch in patched]  # type: ignore[index]
    assert [*map(str, range(1, 30)), "last"] == cities


async def test_doubles_among_others() -> None:
    """Doubles far apart keep their order while everybody else goes on."""
    rows: list[dict[str, Any]] = []
    for turn in range(10):
        rows += [{**row, "city": str(turn)} for row in people(12)]
    async with Sandbox(faults=Faults(latency=0.3)) as sandbox, client(sandbox) as systeme:
        report = await systeme.bulk.import_contacts(rows, tags=["VIP"]).run()
    assert (report.created, report.updated, report.rows) == (12, 108, 120)
    for contact in sandbox.account.contacts.values():
        assert (contact.fields, contact.tags) == ({"city": "9"}, [1])


async def test_a_double_of_a_rejected_row() -> None:
    """A row that the server refused does not hold up the next one of its address."""
    rows = [
        {"email": "jane@example.com", "country": "XX"},
        {"email": "Jane@example.com", "country": "FR"},
    ]
    async with Sandbox(faults=Faults(latency=0.3)) as sandbox, client(sandbox) as systeme:
        first, second = await outcomes(systeme.bulk.import_contacts(rows))
    assert (first.status, second.status) == (Status.REJECTED, Status.CREATED)
    assert isinstance(first.error, ValidationError)


async def test_doubles_where_existing_ones_are_skipped() -> None:
    """The first row of an address creates it, the second finds it there."""
    rows = [*people(1, city="first"), *people(1, city="second")]
    async with Sandbox(faults=Faults(latency=0.3)) as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(rows, on_existing="skip")
        first, second = await outcomes(job)
    assert (first.status, second.status) == (Status.CREATED, Status.UNCHANGED)
    assert sandbox.account.contacts[1001].fields == {"city": "first"}


@pytest.mark.parametrize("fault", ["lost", "failed", "reset"])
async def test_a_double_is_created_once(fault: Any) -> None:
    """The second row of an address counts as unchanged, though its refusal got lost."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST", after=1)
        first, second = await outcomes(
            systeme.bulk.import_contacts([*people(1, city="Lyon"), *people(1, city="Lyon")])
        )
    assert (first.status, second.status) == (Status.CREATED, Status.UNCHANGED)
    assert changes(sandbox, "created contact") == 1


@pytest.mark.parametrize("on_existing", ["update", "skip", "fail"])
async def test_a_lost_creation_after_a_rejected_double(on_existing: Any) -> None:
    """A row that was refused created nobody, so that the next of its address is new."""
    rows = [
        {"email": "jane@example.com", "country": "XX"},
        {"email": "jane@example.com", "tags": "VIP"},
    ]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("lost", method="POST", path="/api/contacts", after=1)
        first, second = await outcomes(systeme.bulk.import_contacts(rows, on_existing=on_existing))
    assert (first.status, second.status) == (Status.REJECTED, Status.CREATED)
    assert held_tags(sandbox, "jane@example.com") == ["VIP"]


# Rejected here


BAD: list[dict[str, Any]] = [
    {"email": ""},
    {"email": None},
    {"first_name": "Jane"},
    {"email": "jane"},
    {"email": "jane@@example.com"},
    {"email": "ja ne@example.com"},
    {"email": "jane@example.com", "country": "France"},
    {"email": "jane@example.com", "locale": "xx"},
    {"email": "jane@example.com", "city": "x" * 256},
    {"email": "jane@example.com", "city": ["Lyon"]},
    {"email": "jane@example.com", "city": True},
    {"email": "jane@example.com", "tags": 7},
    {"email": "jane@example.com", "tags": "x" * 65},
    {"email": "jane@example.com", "tags": ["VIP", {"name": "x"}]},
    {"email": "jane@example.com", "fields": {"city": "x" * 256}},
]


@pytest.mark.parametrize("row", BAD, ids=lambda row: str(row)[:50])
async def test_an_invalid_row_costs_no_request(row: dict[str, Any]) -> None:
    """A row that the API would refuse is rejected here, with the reason."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        [outcome] = await outcomes(systeme.bulk.import_contacts([row]))
    assert (outcome.row, outcome.status) == (1, Status.REJECTED)
    assert isinstance(outcome.error, ConfigurationError)
    assert sandbox.received == 0


@pytest.mark.parametrize("blank", [float("nan"), None, "", "  ", UNSET])
async def test_a_blank_is_no_value(blank: object) -> None:
    """What spreadsheets and data frames leave empty is never written as text."""
    rows = [{"email": "jane@example.com", "city": blank, "state": "X"}]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        [outcome] = await outcomes(systeme.bulk.import_contacts(rows))
    assert outcome.status is Status.CREATED
    assert sandbox.account.contacts[1001].fields == {"state": "X"}


@pytest.mark.parametrize("number", [69007, 69007.0, "69007"])
async def test_a_whole_number_stays_whole(number: object) -> None:
    """A column of numbers with gaps comes as fractions; a postcode is none."""
    rows = [{"email": "jane@example.com", "postcode": number}]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.bulk.import_contacts(rows).run()
    assert sandbox.account.contacts[1001].fields == {"postcode": "69007"}


@pytest.mark.parametrize("row", ["jane@example.com", 7, None, ["jane@example.com"], object()])
async def test_a_row_that_is_none(row: object) -> None:
    """What is neither mapping nor struct is rejected, and the others go on."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        first, second = await outcomes(systeme.bulk.import_contacts([row, *people(1)]))
    assert (first.status, second.status) == (Status.REJECTED, Status.CREATED)
    assert sandbox.received == 1


async def test_rows_keep_their_numbers() -> None:
    """Outcomes name their row, rejected ones among others too."""
    rows = people(6)
    rows[2] = {"email": "nonsense"}
    rows[4] = {"email": ""}
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(rows)
        ended = await outcomes(job)
    assert [1, 2, 3, 4, 5, 6] == [outcome.row for outcome in ended]
    assert [3, 5] == [outcome.row for outcome in ended if outcome.status is Status.REJECTED]
    assert [3, 5] == sorted(outcome.row for outcome in job.report.first_errors)
    assert [1001, 1002] == [outcome.contact_id for outcome in ended[:2]]
    assert ended[0].email == "p0@example.com"


async def test_a_tag_that_is_too_long_for_the_job() -> None:
    """A tag of the job that no account can have is refused before the first request."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await systeme.bulk.import_contacts(people(3), tags=["x" * 65]).run()
    assert sandbox.received == 0


async def test_what_the_server_refuses() -> None:
    """A row that only the server can refuse is rejected with its words; the others go on."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        rows = [*people(1, country="XX"), {"email": "x@nobody.invalid"}, *people(2)]
        job = systeme.bulk.import_contacts(rows)
        ended = await outcomes(job)
    assert [Status.REJECTED, Status.REJECTED, Status.CREATED, Status.CREATED] == [
        outcome.status for outcome in ended
    ]
    assert "MX" in str(ended[1].error)
    assert job.report.requests == 5


@pytest.mark.parametrize("fault", ["html", "huge", "empty"])
async def test_an_answer_that_cannot_be_read(fault: Any) -> None:
    """What became of a creation whose answer is no contact is looked up, as if it were lost."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST", path="/api/contacts")
        ended = await outcomes(systeme.bulk.import_contacts(people(2), tags=["VIP"]))
    assert [Status.CREATED] * 2 == [outcome.status for outcome in ended]
    assert changes(sandbox, "created contact") == 2
    assert all(contact.tags == [1] for contact in sandbox.account.contacts.values())


async def test_a_page_instead_of_a_tag() -> None:
    """A tag that was not assigned does not count as done: the row says so."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("html", path="/api/contacts/{contact}/tags")
        [outcome] = await outcomes(systeme.bulk.import_contacts(people(1), tags=["VIP"]))
    assert outcome.status is Status.UNKNOWN
    assert outcome.contact_id == 1001


# The job as a thing


async def test_a_job_runs_once() -> None:
    """A job that has run does not run again."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(people(1))
        await job.run()
        with pytest.raises(ClientStateError):
            await job.run()
        with pytest.raises(ClientStateError):
            await anext(systeme.bulk.import_contacts(people(1)))
    assert sandbox.received == 1


async def test_nothing_happens_before_it_runs() -> None:
    """Describing a job reads nothing and sends nothing."""
    read: list[int] = []
    rows = (read.append(number) or row for number, row in enumerate(people(3)))
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(rows, tags=["VIP"])
        assert job.report.rows == 0
        assert (read, sandbox.received) == ([], 0)


async def test_two_jobs_at_once() -> None:
    """Jobs that share a client share its budget, and ensure their tag once between them."""
    async with (
        Sandbox(quota=Quota(60), faults=Faults(latency=0.3)) as sandbox,
        client(sandbox) as systeme,
    ):
        rows = people(60)
        reports = await asyncio.gather(
            systeme.bulk.import_contacts(rows[:40], tags=["VIP"]).run(),
            systeme.bulk.import_contacts(rows[20:], tags=["VIP"]).run(),
        )
        assert sandbox.throttled == 0
    assert [len(sandbox.account.contacts), len(sandbox.account.tags)] == [60, 1]
    assert sum(report.created for report in reports) == 60
    assert changes(sandbox, "assigned tag") == 60


async def test_single_calls_go_first() -> None:
    """While a job uses up the quota, a person's call is sent as soon as there is room."""
    async with Sandbox(quota=Quota(30)) as sandbox, client(sandbox) as systeme:
        job = asyncio.create_task(systeme.bulk.import_contacts(people(200)).run())
        await asyncio.sleep(70)
        assert systeme.budget.snapshot().waiting > 0
        began = now()
        await systeme.tags.find("mine")
        assert now() - began <= 52
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job


async def run_with(systeme: Systeme, rows: list[dict[str, Any]]) -> Any:
    """Run an import with a tag."""
    return await systeme.bulk.import_contacts(rows, tags=["VIP"]).run()


async def test_the_deadline_of_single_calls_is_not_the_jobs() -> None:
    """A client made for hasty calls loses no row of a job that must wait for quota."""
    async with Sandbox(quota=Quota(20)) as sandbox, client(sandbox, deadline=10) as systeme:
        report = await run_with(systeme, people(50))
    assert (report.created, report.rejected, report.unknown) == (50, 0, 0)
    assert all(contact.tags == [1] for contact in sandbox.account.contacts.values())


@pytest.mark.parametrize("options", [{"max_attempts": 1}, {"concurrency": 1}, {"timeout": 2}])
async def test_options_of_the_client_lose_no_row(options: dict[str, Any]) -> None:
    """However single calls shall behave, a job through the same client is complete."""
    faults = Faults(lost=0.05, failed=0.05, reset=0.05, latency=0.1)
    async with (
        Sandbox(quota=Quota(120), faults=faults, seed=5) as sandbox,
        client(sandbox, **options) as systeme,
    ):
        sandbox.inject("throttle", after=20, times=2)
        report = await run_with(systeme, people(100))
    assert (report.created, report.rejected, report.unknown) == (100, 0, 0)
    assert all(contact.tags == [1] for contact in sandbox.account.contacts.values())


async def test_validation_left_to_the_server() -> None:
    """With `validate=False` rows travel that would be rejected here."""
    async with Sandbox() as sandbox, client(sandbox, validate=False) as systeme:
        [outcome] = await outcomes(systeme.bulk.import_contacts([{"email": "jane"}]))
    assert isinstance(outcome.error, ValidationError)
    assert sandbox.received == 1

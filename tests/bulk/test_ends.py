"""How a job ends: by itself, early, by an error of anybody's; and that nothing stays behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import calls, client, now, tasks, turns

from systeme_async import (
    AuthenticationError,
    ClientStateError,
    PermissionDeniedError,
    PlanLimitError,
    Quota,
    SystemeError,
)
from systeme_async.bulk import Outcome, Status
from systeme_async.testing import Account, Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from systeme_async import Systeme
    from systeme_async.bulk import ImportJob

pytestmark = pytest.mark.anyio

Row = dict[str, Any]


def people(count: int) -> list[Row]:
    """Make up so many rows."""
    return [{"email": f"p{number}@example.com"} for number in range(count)]


def whole(sandbox: Sandbox) -> bool:
    """Say whether every contact has the tag of the job: no row was left half done."""
    return all(contact.tags == [1] for contact in sandbox.account.contacts.values())


async def quiet(sandbox: Sandbox, systeme: Systeme) -> None:
    """Assert that nothing of a job is left, and that nothing more of it comes."""
    await turns()
    budget = systeme.budget.snapshot()
    assert (tasks(), budget.in_flight, budget.waiting) == ([], 0, 0)
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0
    await asyncio.sleep(2)  # What was cut off on its way may still arrive.
    received = sandbox.received
    await asyncio.sleep(300)
    assert (sandbox.received, sandbox.in_flight) == (received, 0)


class Taken:
    """Rows that know how many of them were taken, and whether their generator was closed."""

    def __init__(self, rows: list[Row], *, then: BaseException | None = None) -> None:
        self.rows = rows
        self.then = then
        self.taken = 0
        self.closed = False

    def each(self) -> Iterator[Row]:
        """Yield the rows, then raise."""
        try:
            for row in self.rows:
                self.taken += 1
                yield row
            if self.then is not None:
                raise self.then
        finally:
            self.closed = True

    async def stream(self) -> AsyncIterator[Row]:
        """Yield the rows asynchronously, then raise."""
        try:
            for row in self.rows:
                await asyncio.sleep(0.01)
                self.taken += 1
                yield row
            if self.then is not None:
                raise self.then
        finally:
            self.closed = True

    async def stall(self) -> AsyncIterator[Row]:
        """Yield the rows, then wait for more that never come."""
        try:
            for row in self.rows:
                self.taken += 1
                yield row
            await asyncio.get_running_loop().create_future()
        finally:
            self.closed = True


async def take(
    job: ImportJob, into: list[Outcome], *, error: Exception | None = None, after: int = 0
) -> None:
    """Collect the outcomes of a job; raise an error of one's own after some of them."""
    async with job:
        async for outcome in job:
            into.append(outcome)
            if error is not None and len(into) == after:
                raise error


# Early


@pytest.mark.parametrize("after", [1, 7, 50])
async def test_leaving_early(after: int) -> None:
    """No row is begun after the loop was left, those under way end whole, nothing is pending."""
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        source = Taken(people(500))
        job = systeme.bulk.import_contacts(source.stream(), tags=["VIP"])
        seen = 0
        async with job:
            async for _ in job:
                seen += 1
                if seen == after:
                    begun = calls(sandbox).count("POST /api/contacts")
                    break
        assert calls(sandbox).count("POST /api/contacts") <= begun + 20
        await quiet(sandbox, systeme)
        assert source.taken <= after + 70
    assert whole(sandbox)
    assert job.report.rows == after


async def leave_by_break(job: ImportJob) -> None:
    """Leave after the first outcome."""
    async with job:
        async for _ in job:
            break


async def leave_at_once(job: ImportJob) -> None:
    """Begin and take no outcome at all."""
    async with job:
        await asyncio.sleep(0.1)


async def leave_by_return(job: ImportJob) -> Outcome:
    """Leave by returning the first outcome."""
    async with job:
        async for outcome in job:
            return outcome
    raise AssertionError


@pytest.mark.parametrize("leave", [leave_by_break, leave_at_once, leave_by_return])
@pytest.mark.parametrize("rows", [1, 30])
async def test_leaving_while_rows_are_slow_to_come(
    leave: Callable[[ImportJob], Any], rows: int
) -> None:
    """A source that waits for its next row does not keep the job from ending."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        source = Taken(people(rows))
        job = systeme.bulk.import_contacts(source.stall(), tags=["VIP"])
        async with asyncio.timeout(600):
            await leave(job)
        await quiet(sandbox, systeme)
    assert whole(sandbox)


@pytest.mark.parametrize("error", [KeyError("mine"), TimeoutError("mine")])
async def test_an_error_in_the_loop(error: Exception) -> None:
    """What the caller raises comes out as it is, after the rows under way have ended whole."""
    rows = [{**row, "city": "New"} for row in people(100)]
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        # Some are there already, so that rows are at different points when the error comes.
        for row in rows[::3]:
            sandbox.account.add_contact(row["email"], {"city": "Old"})
        job = systeme.bulk.import_contacts(rows, tags=["VIP"])
        with pytest.raises(type(error)) as caught:
            await take(job, [], error=error, after=5)
        assert caught.value is error
        await quiet(sandbox, systeme)
    held = sandbox.account.contacts.values()
    begun = [contact for contact in held if contact.fields["city"] == "New"]
    assert [contact.email for contact in begun if contact.tags != [1]] == []
    assert len(begun) < 60


async def test_stopping_a_job() -> None:
    """After `stop()` no row is begun; the outcomes of those under way still come."""
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        source = Taken(people(500))
        job = systeme.bulk.import_contacts(source.stream(), tags=["VIP"])
        ended: list[Outcome] = []
        job.stop()  # Before it has begun there is nothing to stop.
        async with job:
            async for outcome in job:
                ended.append(outcome)
                if len(ended) == 5:
                    job.stop()
                    job.stop()
        await quiet(sandbox, systeme)
    assert whole(sandbox)
    assert {outcome.contact_id for outcome in ended} == set(sandbox.account.contacts)
    assert job.report.rows == len(ended) <= 60


async def test_stopping_a_job_that_compares(tmp_path: Path) -> None:
    """It looks no further and begins no row, also where nobody can be reached; then it goes on."""
    journal = tmp_path / "people.journal"
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("reset", method="GET", times=1_000)
        job = systeme.bulk.import_contacts(people(300), journal=journal)
        run = asyncio.create_task(job.run())
        await asyncio.sleep(30)
        job.stop()
        assert (await run).rows == 0
        assert now() == 30
        sandbox._fate.injections.clear()
        assert sandbox.account.effects == []
        await asyncio.sleep(120)
        assert (await systeme.bulk.resume(journal).run()).created == 300


@pytest.mark.parametrize("how", ["each", "stream", "stall"])
async def test_an_early_end_closes_the_source(how: str) -> None:
    """A generator of rows is closed with the job, so that its files and connections are too."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        source = Taken(people(100))
        job = systeme.bulk.import_contacts(getattr(source, how)())
        await leave_by_break(job)
        assert source.closed


async def test_cancelling_a_job() -> None:
    """A cancelled job ends at once, as cancelled, and leaves nothing behind."""
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(Taken(people(500)).stream(), tags=["VIP"])
        run = asyncio.create_task(job.run())
        await asyncio.sleep(3)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert now() <= 4
        await quiet(sandbox, systeme)
        assert 0 < job.report.rows <= len(sandbox.account.contacts)
        assert job.report.requests == sandbox.received


@pytest.mark.parametrize("turn", [*range(0, 60, 3), 100, 200])
async def test_cancelling_a_job_at_any_turn(turn: int) -> None:
    """Wherever it is cancelled, nothing hangs, and a second job brings all to its end."""
    async with Sandbox(quota=Quota(60)) as sandbox, client(sandbox) as systeme:
        run = asyncio.create_task(systeme.bulk.import_contacts(people(30), tags=["VIP"]).run())
        await turns(turn)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        await quiet(sandbox, systeme)
        async with asyncio.timeout(3600):
            report = await systeme.bulk.import_contacts(people(30), tags=["VIP"]).run()
        assert (report.rows, report.rejected, report.unknown) == (30, 0, 0)
        assert sandbox.throttled == 0
    assert whole(sandbox)
    assert len(sandbox.account.contacts) == 30


async def test_a_timeout_around_a_job() -> None:
    """A timeout of the caller's is a timeout, and the client works on."""
    async with Sandbox(quota=Quota(30)) as sandbox, client(sandbox) as systeme:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(100):
                await systeme.bulk.import_contacts(people(500)).run()
        assert now() == pytest.approx(100, abs=0.1)
        await quiet(sandbox, systeme)
        await systeme.tags.find("VIP")


async def test_closing_the_client_under_a_job() -> None:
    """A job whose client is closed ends with an error of the tree."""
    async with Sandbox(quota=Quota(30)) as sandbox:
        systeme = client(sandbox)
        run = asyncio.create_task(systeme.bulk.import_contacts(people(500)).run())
        await asyncio.sleep(5)
        await systeme.aclose()
        async with asyncio.timeout(3600):
            with pytest.raises(ClientStateError):
                await run
        assert now() <= 10
        await turns()
        assert tasks() == []


# Errors of the source


@pytest.mark.parametrize("how", ["each", "stream"])
async def test_rows_that_raise(how: str) -> None:
    """An error of the source comes out as it is, after the rows before it have ended."""
    error = ValueError("line 31 is torn")
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        source = Taken(people(30), then=error)
        job = systeme.bulk.import_contacts(getattr(source, how)(), tags=["VIP"])
        with pytest.raises(ValueError, match="torn") as caught:
            await job.run()
        assert caught.value is error
        await quiet(sandbox, systeme)
        assert (job.report.created, job.report.rows) == (30, 30)
        assert job.report.requests == sandbox.received
    assert whole(sandbox)
    assert len(sandbox.account.contacts) == 30


async def test_rows_that_raise_while_taken_one_by_one() -> None:
    """The outcomes of the rows before come first, then the error."""
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        source = Taken(people(10), then=ValueError("torn"))
        job = systeme.bulk.import_contacts(source.each())
        seen: list[Outcome] = []
        with pytest.raises(ValueError, match="torn"):
            await take(job, seen)
    assert len(seen) == 10


async def test_rows_that_stop_iterating_oddly() -> None:
    """A source that raises at once ends the job before anything is sent."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        source = Taken([], then=RuntimeError("no file"))
        with pytest.raises(RuntimeError, match="no file"):
            await systeme.bulk.import_contacts(source.stream()).run()
        await quiet(sandbox, systeme)
    assert sandbox.received == 0


# Errors that end the job


STOPPERS = {
    "key withdrawn": ("unauthorized", AuthenticationError, Account()),
    "plan is full": ("", PlanLimitError, Account(max_contacts=40)),
}


@pytest.mark.parametrize("name", STOPPERS)
@pytest.mark.parametrize("latency", [0.0, 0.5])
async def test_what_every_row_would_meet_ends_the_job(name: str, latency: float) -> None:
    """The job stops at once with the error itself, and its report says what was done."""
    fault, error, account = STOPPERS[name]
    account = Account(max_contacts=account.max_contacts)
    async with (
        Sandbox(account=account, faults=Faults(latency=latency)) as sandbox,
        client(sandbox) as systeme,
    ):
        if fault:
            kind: Any = fault
            sandbox.inject(kind, method="POST", path="/api/contacts", after=40, times=10_000)
        source = Taken(people(500))
        job = systeme.bulk.import_contacts(source.each(), tags=["VIP"])
        with pytest.raises(error) as caught:
            await job.run()
        assert type(caught.value) is error
        await quiet(sandbox, systeme)
        assert calls(sandbox).count("POST /api/contacts") <= 40 + 20
        assert job.report.created == len(account.contacts) == 40
        assert job.report.requests == sandbox.received
    assert whole(sandbox)


async def test_a_stop_while_rows_are_slow_to_come() -> None:
    """A job that must stop does not wait for the next row to do so."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("unauthorized", method="POST", times=10_000)
        source = Taken(people(1))
        async with asyncio.timeout(600):
            with pytest.raises(AuthenticationError):
                await systeme.bulk.import_contacts(source.stall()).run()
        await quiet(sandbox, systeme)


async def test_a_stop_in_the_middle_of_rows() -> None:
    """Every contact that was created has an outcome, though its row was not finished."""
    async with Sandbox(faults=Faults(latency=0.5)) as sandbox, client(sandbox) as systeme:
        path = "/api/contacts/{contact}/tags"
        sandbox.inject("unauthorized", path=path, after=10, times=10_000)
        job = systeme.bulk.import_contacts(people(100), tags=["VIP"])
        ended: list[Outcome] = []
        with pytest.raises(AuthenticationError):
            await take(job, ended)
    known = {outcome.contact_id for outcome in ended}
    assert set(sandbox.account.contacts) <= known


async def test_a_stop_while_taken_one_by_one() -> None:
    """Outcomes come until the error does, which is the error itself."""
    account = Account(max_contacts=10)
    async with Sandbox(account=account) as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(people(50))
        seen: list[Outcome] = []
        with pytest.raises(PlanLimitError):
            await take(job, seen)
    assert [outcome.status for outcome in seen] == [Status.CREATED] * 10


async def test_a_plan_without_room_for_the_tag() -> None:
    """A tag that can't be created ends the job before the first contact."""
    account = Account(max_tags=1)
    account.add_tag("other")
    async with Sandbox(account=account) as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(people(50), tags=["VIP"])
        with pytest.raises(PlanLimitError):
            await job.run()
        await quiet(sandbox, systeme)
        assert (job.report.rows, job.report.requests) == (0, 2)
    assert account.contacts == {}


async def test_a_plan_without_room_for_the_tag_of_a_row() -> None:
    """A row whose tag can't be had is not created without it."""
    account = Account(max_tags=1)
    rows = [{**row, "tags": f"t{number // 5}"} for number, row in enumerate(people(20))]
    async with Sandbox(account=account) as sandbox, client(sandbox) as systeme:
        with pytest.raises(PermissionDeniedError):
            await systeme.bulk.import_contacts(rows).run()
        await quiet(sandbox, systeme)
    assert whole(sandbox)
    assert len(account.contacts) <= 5


async def test_after_a_stop_the_client_works_on() -> None:
    """A job that stopped leaves the client as good as it was, for another job too."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject("unauthorized", method="POST", after=5)
        with pytest.raises(SystemeError):
            await systeme.bulk.import_contacts(people(50), tags=["VIP"]).run()
        report = await systeme.bulk.import_contacts(people(50), tags=["VIP"]).run()
    assert report.rows == 50
    assert whole(sandbox)


# Memory


@pytest.mark.slow
@pytest.mark.parametrize("how", ["each", "stream"])
async def test_rows_are_never_all_in_memory(how: str) -> None:
    """Of 8,000 rows only a bounded number is ahead of the outcomes taken."""
    rows = people(8_000)
    for number, row in enumerate(rows):
        if number % 20:
            row["email"] = "nobody"  # rejected here, which is fast
    async with Sandbox(keep_requests=False) as sandbox, client(sandbox) as systeme:
        source = Taken(rows)
        job = systeme.bulk.import_contacts(getattr(source, how)())
        ahead = ended = 0
        async with job:
            async for _ in job:
                ended += 1
                ahead = max(ahead, source.taken - ended)
    assert ended == 8_000
    assert ahead <= 3 * 20 + 5
    assert len(sandbox.account.contacts) == 400


async def test_a_slow_taker_slows_the_job() -> None:
    """Whoever takes his time over an outcome is not overrun by further ones."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        source = Taken(people(300))
        job = systeme.bulk.import_contacts(source.each())
        ended = 0
        async with job:
            async for _ in job:
                ended += 1
                await asyncio.sleep(1)
                assert source.taken <= ended + 65
    assert len(sandbox.account.contacts) == 300

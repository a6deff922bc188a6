"""Imports that are killed or stopped at any request, also in an outage, while look-ups lag.

Whatever happens in whatever order, the account ends as if nothing had happened: no contact is
missing, none is there twice, and nothing was done to one a second time.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire.pair import client, tasks, turns

from systeme_async.testing import Account, Faults, Sandbox, VirtualClockLoop

if TYPE_CHECKING:
    from systeme_async.bulk import Job, Report
    from systeme_async.testing.faults import Kind

pytestmark = pytest.mark.slow

LATENCY = 0.2
TAGS = ("VIP", "Spring")
MOST_LIVES = 12
SOON = 120.0


@dataclass
class Person:
    """What somebody is to be like in the end."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    tags: set[str] = field(default_factory=set[str])


@dataclass
class End:
    """How the life of a process ends."""

    after: int
    """So many requests."""
    outage: Kind | None = None
    """What becomes of all requests from then on."""
    stopped: float | None = None
    """How long after that it is asked to stop, in seconds; None kills it at once."""


@dataclass
class Script:
    """What happens to one import."""

    rows: list[dict[str, Any]]
    there: list[dict[str, Any]]
    """Who is in the account before."""
    faults: Faults
    ends: list[End]
    """Of each life."""
    concurrency: int
    seed: int


emails = st.integers(0, 5).map("p{}@example.com".format)
cities = st.sampled_from(["", "Lyon", "Nice"])
people = st.fixed_dictionaries(
    {
        "email": emails,
        "city": cities,
        "first_name": st.sampled_from(["", "Jo"]),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
    }
)
chances = st.sampled_from([0.0, 0.0, 0.05, 0.15])
faults = st.builds(
    Faults,
    lost=chances,
    reset=chances,
    failed=chances,
    latency=st.just(LATENCY),
    lag=st.sampled_from([0.0, 0.5, 3.0, 9.0]),
)
ends = st.builds(
    End,
    after=st.integers(1, 12),
    outage=st.sampled_from([None, None, "lost", "reset", "failed", "failed_after", "truncated"]),
    stopped=st.sampled_from([None, None, 0.0, 0.3, 5.0, 100.0]),
)
scripts = st.builds(
    Script,
    rows=st.lists(people, min_size=1, max_size=14),
    there=st.lists(people, max_size=4, unique_by=lambda one: one["email"]),
    faults=faults,
    ends=st.lists(ends, max_size=4),
    concurrency=st.integers(1, 6),
    seed=st.integers(0, 1_000),
)


def expected(script: Script) -> dict[str, Person]:
    """Say what a run without faults comes to: the last row of an address has the last word."""
    found: dict[str, Person] = {}
    for row in (*script.there, *script.rows):
        person = found.setdefault(row["email"], Person())
        person.fields.update({slug: row[slug] for slug in ("city", "first_name") if row[slug]})
        person.tags.update(row["tags"])
    return found


def found(account: Account) -> dict[str, Person]:
    """Read off the account what is there."""
    names = {tag.id: tag.name for tag in account.tags.values()}
    return {
        contact.email: Person(
            {slug: value for slug, value in contact.fields.items() if value},
            {names[number] for number in contact.tags},
        )
        for contact in account.contacts.values()
    }


def done_twice(account: Account) -> list[str]:
    """List what has happened to the account more than once."""
    addresses = Counter(contact.email for contact in account.contacts.values())
    effects = Counter(str(one) for one in account.effects if one.kind != "updated contact")
    return [what for counted in (addresses, effects) for what, n in counted.items() if n > 1]


def journal_of(job: Job) -> Any:
    """Return the journal that a job has open, if it has come so far."""
    return None if job._docket is None else job._docket.journal


async def live(script: Script, sandbox: Sandbox, path: Path, end: End | None) -> Report | None:
    """Run the import until its end, or until its process dies or is asked to stop."""
    systeme = client(sandbox, concurrency=script.concurrency)
    job = systeme.bulk.import_contacts(script.rows, journal=path)
    run = asyncio.create_task(job.run())
    begun = sandbox.received
    while not run.done() and end is not None and sandbox.received - begun < end.after:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    if end is not None and end.outage is not None:
        sandbox.inject(end.outage, times=100_000)
    if end is not None and end.stopped is not None and not run.done():
        await asyncio.sleep(end.stopped)
        job.stop()
        stopped = asyncio.get_running_loop().time()
        await asyncio.wait([run])
        # With the repeats and the look-ups of what was on its way, and no outage sat out.
        assert asyncio.get_running_loop().time() - stopped < SOON
    if end is None or run.done():
        report = await run
        await systeme.aclose()
        return report
    die(job, path)
    await asyncio.gather(run, return_exceptions=True)
    await systeme.aclose()
    await turns()
    await asyncio.sleep(LATENCY)  # What had left by then arrives, and is carried out.
    assert tasks() == []
    return None


def die(job: Job, path: Path) -> None:
    """End at this very instant: nothing more leaves, and the disk keeps what it has by now.

    The files are put aside, for whoever ends in this process tidies them up, and then put back.
    """
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        if task.get_coro().__qualname__ in CLIENTS:  # type: ignore[union-attr]
            task.cancel()
    journal = journal_of(job)
    if journal is not None:
        journal._desk._thread.submit(lambda: None).result()
    for file in path.parent.iterdir():
        shutil.copy(file, path.parent.parent / "kept" / file.name)


CLIENTS = {"Job.run", "Engine._feed", "Engine._work", "live"}


async def play(script: Script, folder: Path) -> tuple[Account, Report]:
    """Let an import live and die as the script says; the last life comes to its end."""
    account = Account()
    for person in script.there:
        fields = {slug: person[slug] for slug in ("city", "first_name") if person[slug]}
        account.add_contact(person["email"], fields, tags=person["tags"])
    random.seed(script.seed)  # The jitter decides which request meets which fault.
    async with Sandbox(account=account, faults=script.faults, seed=script.seed) as sandbox:
        report = None
        for life in range(MOST_LIVES):
            path = folder / str(life) / "people.journal"
            path.parent.mkdir()
            bring_back(folder / "kept", path.parent)
            end = script.ends[life] if life < len(script.ends) else None
            report = await live(script, sandbox, path, end)
            sandbox._fate.injections.clear()  # The outage is over.
            if report is not None and not report.unknown and end is None:
                return account, report
            if report is not None:
                keep(path.parent, folder / "kept")
    pytest.fail(f"it never came to its end: {report}")


def bring_back(kept: Path, folder: Path) -> None:
    """Put back what a life has left on the disk, but for its lock."""
    kept.mkdir(exist_ok=True)
    for file in kept.iterdir():
        if not file.name.endswith("-lock"):
            shutil.copy(file, folder / file.name)


def keep(folder: Path, kept: Path) -> None:
    """Put aside what a life has left that has come to an end."""
    shutil.rmtree(kept)
    shutil.copytree(folder, kept)


@pytest.mark.timeout(600)
@given(script=scripts)
def test_any_order_of_crash_loss_and_lag_ends_in_the_same_account(script: Script) -> None:
    """As many lives as it takes: the account is as if nothing had gone wrong."""
    with (
        tempfile.TemporaryDirectory() as name,
        asyncio.Runner(loop_factory=VirtualClockLoop) as runner,
    ):
        account, report = runner.run(play(script, Path(name)))
    assert expected(script) == found(account)
    assert done_twice(account) == []
    assert (report.rows, report.rejected, report.unknown) == (len(script.rows), 0, 0)

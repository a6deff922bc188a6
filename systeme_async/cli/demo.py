"""`systeme demo`: the whole round on a sandbox, and the proof from its own ledger."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..systeme import Systeme
from . import wording
from .access import LATENCY, STARTUP, read_quota, refuse_account
from .carrying import passed
from .people import people
from .planning import as_text
from .render import view_of
from .running import run
from .speech import complain, say
from .status import Exit
from .watch import DayClock, Watch, carry_out
from .words import Given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..bulk import Job
    from ..testing import Account, Sandbox
    from .running import Interrupts


ROWS: Final = 200
THERE_BEFORE: Final = 20
TAG: Final = "Spring 2026"
LOST: Final = 0.03
"""Part of the answers that never arrive."""
PLAN_LINES: Final = 5
"""Of the plan's text; the changes of single rows follow."""
KILL_LOOK: Final = 0.05
"""Seconds between two looks whether half of the rows have ended."""
NAIVE_REQUESTS: Final = 3
"""Requests for a row where each is looked up, written and tagged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the sandbox's ledger says, not what the client believes."""

    rows: int
    there: int
    """Rows whose contact is in the account and has the tag."""
    doubled: int
    """Addresses that are there twice, and changes that were carried out twice."""
    lost_answers: int
    throttled: int
    requests: int
    naive_requests: int
    account_seconds: float
    real_seconds: float

    @property
    def holds(self) -> bool:
        """Whether everything is there, once."""
        return self.there == self.rows and not self.doubled


def show_demo(*, given: Given) -> int:
    """Plan an import of 200 contacts, have it killed half-way, resume it, and prove the end.

    Nothing is sent anywhere: account, server and clock live in this process. With --json,
    standard output gets one object with what the sandbox's ledger says.

    Args:
        given: What stood before the command.
    """
    quota = STARTUP if given.quota is None else read_quota(given.quota)
    refuse_account(given, "demo")

    async def show(interrupts: Interrupts) -> int:
        from ..testing import Faults, Sandbox  # noqa: PLC0415 - it brings a whole server along

        faults = Faults(lost=LOST, latency=LATENCY)
        async with Sandbox(quota=quota, faults=faults, seed=2026) as sandbox:
            return await _play(sandbox, interrupts, as_json=given.json)

    return run(show, virtual=True)


async def _play(sandbox: Sandbox, interrupts: Interrupts, *, as_json: bool) -> int:
    rows = list(people(ROWS))
    for row in rows[:: ROWS // THERE_BEFORE]:
        sandbox.account.add_contact(row["email"], {"first_name": row["first_name"], "city": "?"})
    complain(
        f"{ROWS} contacts go into a sandbox that has {THERE_BEFORE} of them already, and that "
        f"loses {LOST:.0%} of its answers"
    )
    clock = DayClock(virtual=True)
    with tempfile.TemporaryDirectory() as folder:
        round_ = _Round(sandbox, rows, Path(folder) / "demo.journal", clock, interrupts)
        await round_.plan()
        await round_.be_killed()
        if interrupts.first is None:
            await round_.resume()
        if interrupts.first is not None:
            return Exit.INTERRUPTED
        agreed = await round_.verify()
    proof = _prove(sandbox, rows, clock)
    if as_json:
        say(json.dumps(asdict(proof)))
    else:
        for line in (*_told(proof), passed(clock), "Your own file: systeme --sandbox import FILE"):
            say(line)
    return Exit.DONE if proof.holds and agreed else Exit.ROWS_FAILED


class _Round:
    """The whole story of one import: planned, begun, killed half-way, resumed, verified."""

    def __init__(
        self,
        sandbox: Sandbox,
        rows: list[dict[str, Any]],
        journal: Path,
        clock: DayClock,
        interrupts: Interrupts,
    ) -> None:
        self._sandbox = sandbox
        self._rows = rows
        self._journal = journal
        self._clock = clock
        self._interrupts = interrupts

    def _client(self) -> Systeme:
        return Systeme(api_key=self._sandbox.api_key, base_url=self._sandbox.url)

    def _job(self, systeme: Systeme) -> Job:
        return systeme.bulk.import_contacts(self._rows, tags=[TAG], journal=self._journal)

    async def plan(self) -> None:
        """Say in advance what will happen."""
        complain("1. plan: what it will do, before anything is written")
        async with self._client() as systeme:
            plan = await self._job(systeme).plan()
            lines = as_text(plan, ROWS, systeme.budget.snapshot().limit)
            for line in islice(lines, PLAN_LINES):
                complain(f"   {line}")

    async def be_killed(self) -> None:
        """Begin, and end half-way with requests on their way, as a process that is killed does."""
        complain("2. import, killed half-way")
        async with self._client() as systeme:
            job = self._job(systeme)
            task = asyncio.create_task(self._watched(systeme, job))
            cut_off = 0
            while not task.done() and not (cut_off and job.report.rows >= ROWS // 2):
                await asyncio.sleep(KILL_LOOK)
                cut_off = systeme.budget.snapshot().in_flight
            done = task.done()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            if not done:
                complain(
                    f"   killed: {job.report.rows} rows had ended, "
                    f"{wording.counted(cut_off, 'request')} on the way without an answer"
                )

    async def resume(self) -> None:
        """Go on from the journal alone, in a new client."""
        complain("3. resume from the journal: what was on the way is looked up first")
        async with self._client() as systeme:
            await self._watched(systeme, systeme.bulk.resume(self._journal))

    async def verify(self) -> bool:
        """Compare rows and account once more; tell whether they agree."""
        async with self._client() as systeme:
            job = systeme.bulk.import_contacts(self._rows, tags=[TAG])
            plan = await job.plan()
            await job.aclose()
        complain(
            "4. verify: rows and account agree"
            if not plan.requests
            else f"4. verify: {wording.counted(plan.requests, 'request')} would still be needed"
        )
        return not plan.requests

    async def _watched(self, systeme: Systeme, job: Job) -> None:
        with view_of("demo") as view:
            watch = Watch(job, systeme, view, self._clock, count=ROWS, linger=view.linger)
            await carry_out(job, watch, view, self._interrupts, lambda _: None)


def _prove(sandbox: Sandbox, rows: list[dict[str, Any]], clock: DayClock) -> Proof:
    account = sandbox.account
    return Proof(
        rows=len(rows),
        there=sum(_is_there(account, row["email"]) for row in rows),
        doubled=_doubled(account),
        lost_answers=sum(request.fault == "lost" for request in sandbox.requests),
        throttled=sandbox.throttled,
        requests=sandbox.received,
        naive_requests=len(rows) * NAIVE_REQUESTS,
        account_seconds=round(clock.elapsed, 3),
        real_seconds=round(clock.real_elapsed, 3),
    )


def _is_there(account: Account, email: str) -> bool:
    contact, tag = account.contact_by_email(email), account.tag_by_name(TAG)
    return contact is not None and tag is not None and tag.id in contact.tags


def _doubled(account: Account) -> int:
    addresses = Counter(contact.email.casefold() for contact in account.contacts.values())
    assigned = Counter(
        change for change in account.effects if change.kind in {"created contact", "assigned tag"}
    )
    return sum(times - 1 for counter in (addresses, assigned) for times in counter.values())


def _told(proof: Proof) -> Iterator[str]:
    yield "What the sandbox's own ledger says:"
    yield f"  {proof.there} of {proof.rows} contacts are there and have the tag"
    yield (
        f"  {proof.doubled} of them doubled, though "
        f"{wording.counted(proof.lost_answers, 'answer')} got lost on the way"
    )
    yield f"  {proof.throttled} times 429: nothing was sent before there was quota for it"
    yield (
        f"  {proof.requests:,} requests, where looking up, writing and tagging each row takes "
        f"{proof.naive_requests:,}"
    )

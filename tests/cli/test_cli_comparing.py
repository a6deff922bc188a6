"""What is shown while rows are compared with the account, before anything is sent for them."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from systeme_async import Quota, Systeme
from systeme_async.cli.comparing import plan_of
from systeme_async.cli.render import PlainView
from systeme_async.cli.running import run
from systeme_async.cli.watch import DayClock, Watch, carry_out
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest

    from systeme_async.bulk import Job
    from systeme_async.cli.look import Look
    from systeme_async.cli.running import Interrupts

    Deed = Callable[[Systeme, Job, Interrupts], Awaitable[None]]

THERE = 40
"""Rows whose contacts are the newest of the account: a listing that finds them pays."""
ROWS = [{"email": f"person{number}@example.org"} for number in range(45)]
COMPARING = re.compile(r"(.+): comparing with the account: (\d+) requests?, quota .+ left(, .+)?")
SENDING = re.compile(r".+: [\d,]+ of 45 rows")


class Looks(PlainView):
    """Keeps what it shows."""

    def __init__(self) -> None:
        super().__init__("people", io.StringIO())
        self.all: list[Look] = []

    def show(self, look: Look) -> None:
        """Keep a look."""
        self.all.append(look)


def with_a_large_account(journal: Path, deed: Deed) -> None:
    """Do something with a job whose comparison takes more than a minute of quota."""

    async def work(interrupts: Interrupts) -> int:
        async with Sandbox(quota=Quota(10), faults=Faults(latency=0.15)) as sandbox:
            for number in range(1200):
                sandbox.account.add_contact(f"other{number}@example.org")
            for row in ROWS[:THERE]:
                sandbox.account.add_contact(row["email"])
            async with Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme:
                job = systeme.bulk.import_contacts(ROWS, journal=journal)
                await deed(systeme, job, interrupts)
        return 0

    assert run(work, virtual=True) == 0


def test_an_import_tells_how_far_comparing_has_come(tmp_path: Path) -> None:
    """Requests and the wait for quota are told until the rows are begun, and not after that."""
    stream = io.StringIO()

    async def carry(systeme: Systeme, job: Job, interrupts: Interrupts) -> None:
        view = PlainView("people", stream)
        watch = Watch(job, systeme, view, DayClock(virtual=True))
        await carry_out(job, watch, view, interrupts, lambda _: None)

    with_a_large_account(tmp_path / "people.journal", carry)
    before, begun, after = stream.getvalue().partition("people: 45 rows\n")
    lines = before.splitlines()
    told = [COMPARING.fullmatch(line) for line in lines]
    requests = [int(match[2]) for match in told if match is not None]
    assert begun
    assert len(requests) == len(lines) > 1
    assert requests == sorted(requests)
    assert "waiting for quota until" in lines[0]
    assert all(SENDING.match(line) for line in after.splitlines())


def test_a_dry_run_tells_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Planning compares as an import does, in the same words."""

    async def plan(systeme: Systeme, job: Job, _: Interrupts) -> None:
        plan = await plan_of(job, systeme, "people", virtual=True)
        assert (plan.creates, plan.unchanged) == (5, 40)

    with_a_large_account(tmp_path / "people.journal", plan)
    *lines, rows, read = capsys.readouterr().err.splitlines()
    assert (rows, read) == ("people: 45 rows", "read as rows of an iterable")
    assert len(lines) > 1
    assert all(map(COMPARING.fullmatch, lines))


def test_a_look_at_a_comparison_guesses_no_time(tmp_path: Path) -> None:
    """The pace of a comparison says nothing about the rows; its own seconds are told."""
    view = Looks()

    async def carry(systeme: Systeme, job: Job, interrupts: Interrupts) -> None:
        watch = Watch(job, systeme, view, DayClock(virtual=True))
        await carry_out(job, watch, view, interrupts, lambda _: None)

    with_a_large_account(tmp_path / "people.journal", carry)
    comparing = [look for look in view.all if look.comparing is not None]
    assert view.all[: len(comparing)] == comparing
    assert {look.left for look in comparing} == {None}
    seconds = [look.elapsed for look in view.all]
    assert seconds == sorted(seconds)
    assert comparing[-1].elapsed > 60

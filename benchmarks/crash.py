"""Imports that are killed at any instant, over a bad network, end exact.

A process imports a file into the sandbox, which loses 2 % of the answers, resets 2 % of the
connections and fails 1 %. It is killed with SIGKILL and begun again with the same journal, until
it has come to its end. Some are killed at random instants; others right after an intent is on the
disk and before its bytes leave, or right after the effect and before the row is noted as done.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import platform
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from systeme_async import Systeme
from systeme_async.bulk import steps
from systeme_async.bulk.journal import Journal
from systeme_async.bulk.results import write_results
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FAULTS: Final = Faults(lost=0.02, reset=0.02, failed=0.01)
TAG: Final = "Spring"
KILLS_EACH: Final = 10
"""Kills of one import."""
SETTLE_TIME: Final = 0.5
"""Seconds instead of ten: this sandbox shows a write at once."""
POINTS: Final = ("random", "intent", "done")


@dataclass
class Sums:
    """What came of all imports."""

    imports: int = 0
    kills: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


def write_file(path: Path, rows: int) -> None:
    """Write a list of so many people."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["Email", "First name", "City"])
        lines.writerows([f"p{n}@example.com", f"Jo {n}", "Lyon"] for n in range(rows))


# The one who is killed


def die_at(name: str, number: int) -> None:
    """Let the process kill itself at the so manieth call of one of the journal's methods."""
    method: Callable[..., Awaitable[None]] = getattr(Journal, name)
    left = number

    async def fatal(*given: object, **named: object) -> None:
        nonlocal left
        left -= 1
        last = not left  # Others come while this one waits for the disk.
        if last and name == "end":
            os.kill(os.getpid(), signal.SIGKILL)
        await method(*given, **named)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(Journal, name, fatal)


async def work(url: str, folder: Path, point: str, number: int) -> None:
    """Import the file; die at a point, where one is given."""
    steps.SETTLE_TIME = SETTLE_TIME  # type: ignore[misc]
    if point != "random":
        die_at({"intent": "intend", "done": "end"}[point], number)
    async with Systeme(api_key=os.environ["KEY"], base_url=url) as systeme:
        await systeme.bulk.import_contacts(
            folder / "list.csv", tags=[TAG], journal=folder / "list.journal"
        ).run()


# The one who kills


async def start(
    sandbox: Sandbox, folder: Path, point: str, number: int
) -> asyncio.subprocess.Process:
    """Begin the import, or go on with it."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.crash", "--work", sandbox.url, str(folder), point, str(number)),
        env={**os.environ, "KEY": sandbox.api_key},
    )


async def killed(process: asyncio.subprocess.Process, after: float) -> bool:
    """Kill a process some time later; tell whether it was there still."""
    try:
        await asyncio.wait_for(process.wait(), after)
    except TimeoutError:
        process.kill()
        await process.wait()
        return True
    return process.returncode == -signal.SIGKILL


async def import_once(seed: int, rows: int, point: str, sums: Sums) -> None:
    """Let one import be killed some times, and see what it has come to."""
    luck = Random(seed)  # noqa: S311 - seeded luck
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_file(folder / "list.csv", rows)
        async with Sandbox(quota=None, faults=FAULTS, seed=seed) as sandbox:
            for _ in range(KILLS_EACH):
                number = luck.randrange(1, max(2, rows // 4))
                process = await start(sandbox, folder, point, number)
                after = luck.uniform(0.3, 0.3 + rows / 600) if point == "random" else 120.0
                if not await killed(process, after):
                    break
                sums.kills[point] += 1
            process = await start(sandbox, folder, "random", 0)
            status = await asyncio.wait_for(process.wait(), 300)
            complaints = [f"status {status}"] * bool(status)
            complaints += wrong_in(sandbox, rows) + await wrong_in_journal(folder, rows)
            complaints += await wrong_in_results(folder, sandbox)
    sums.imports += 1
    sums.wrong += [f"seed {seed}, {point}: {what}" for what in complaints]


def wrong_in(sandbox: Sandbox, rows: int) -> list[str]:
    """Say what is not as it should be in the account."""
    account = sandbox.account
    emails = Counter(one.email for one in account.contacts.values())
    effects = Counter(one.kind for one in account.effects)
    wrong = [f"{len(emails)} contacts"] * (len(emails) != rows)
    wrong += [f"{email} is there {times} times" for email, times in emails.items() if times > 1]
    untagged = sum(len(one.tags) != 1 for one in account.contacts.values())
    wrong += [f"{untagged} contacts have no tag, or several"] * bool(untagged)
    wrong += [f"{effects['created contact']} creations"] * (effects["created contact"] != rows)
    wrong += [f"{effects['assigned tag']} tags put on"] * (effects["assigned tag"] != rows)
    return wrong


async def wrong_in_journal(folder: Path, rows: int) -> list[str]:
    """Say what is not as it should be in the journal: whole, in order, all done."""
    journal = await Journal.open(folder / "list.journal")
    try:
        entries = [(entry.number, entry.status) async for entry in journal.entries()]
    finally:
        await journal.aclose()
    wrong = ["rows of the journal out of order"] * (
        [n for n, _ in entries] != [*range(1, rows + 1)]
    )
    statuses = Counter(status for _, status in entries)
    return wrong + [f"rows ended as {statuses}"] * (statuses["created"] != rows)


async def wrong_in_results(folder: Path, sandbox: Sandbox) -> list[str]:
    """Say what is not as it should be in the results: each row, in order, and its id."""
    await write_results(folder / "list.journal", folder / "results.csv")
    ids = {one.email: str(one.id) for one in sandbox.account.contacts.values()}
    with (
        (folder / "list.csv").open(newline="", encoding="utf-8") as file,
        (folder / "results.csv").open(newline="", encoding="utf-8-sig") as results,
    ):
        expected = [
            {**row, "row": str(number), "status": "created", "contact_id": ids.get(row["Email"])}
            for number, row in enumerate(csv.DictReader(file), 1)
        ]
        found = [
            {name: value for name, value in row.items() if name not in {"error", "advice"}}
            for row in csv.DictReader(results)
        ]
    if expected == found:
        return []
    different = [str(one) for one, other in zip(found, expected, strict=False) if one != other]
    return [f"{len(found)} rows of results, the first other than expected: {different[:1]}"]


async def main(rows: int, kills: int, first: int) -> bool:
    """Let imports be killed so many times at each kind of point; print what came of it."""
    print("| killed | kills | imports | wrong |\n|---|---:|---:|---:|")
    wrong: list[str] = []
    began = time.monotonic()
    for point in POINTS:
        sums, seed = Sums(), first
        share = kills if point == "random" else kills // 2
        while sums.kills[point] < share:
            await import_once(seed, rows, point, sums)
            seed += 1
        print(f"| {point} | {sums.kills[point]} | {sums.imports} | {len(sums.wrong)} |", flush=True)
        wrong += sums.wrong
    print(f"\n{rows:,} rows each, {time.monotonic() - began:.0f} s")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    for what in wrong:
        print(what)
    return not wrong


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=200, help="at random, and as many at points")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    chosen = arguments()
    if chosen.work:
        address, where, what, count = chosen.work
        asyncio.run(work(address, Path(where), what, int(count)))
    elif not asyncio.run(main(chosen.rows, chosen.kills, chosen.first)):
        sys.exit("an import did not end exact")

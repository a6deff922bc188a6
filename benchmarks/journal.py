"""What a job's journal costs: rows a second on this disk, and memory with a million rows."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from systeme_async.bulk.journal import Entry, Header, Journal
from systeme_async.bulk.lifecycle import OPEN, State

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS: Final = 100_000
"""Rows that are carried out in the measurement of speed."""
MANY: Final = 1_000_000
"""Rows of the journal whose memory is measured."""
WORKERS: Final = 20
BATCH: Final = 1_000
FEWEST_ROWS: Final = 3_000.0
"""A second; each is an intent and an end."""
MOST_MEGABYTES: Final = 200.0
SYNCED: Final = 2.0
"""Seconds for which the bare disk is measured."""
HEADER: Final = Header("import", None, "f" * 32, "account", {}, None, 0.0)
STEP: Final = b"POST /api/contacts " + b"x" * 40


def entry(number: int) -> Entry:
    """Make a row like those of lists: an address, a name, a place, a number."""
    email = f"jane.doe.{number}@example.com"
    return Entry(number, email, [email, "Jane", f"Doe {number}", "Paris", "+33 1 55 50 10 00"])


async def ingest(journal: Journal, rows: int) -> float:
    """Take rows in, and return how many a second."""
    began = time.perf_counter()
    await journal.begin(HEADER)
    for first in range(1, rows + 1, BATCH):
        await journal.ingest([entry(number) for number in range(first, first + BATCH)])
    await journal.ingested(rows)
    return rows / (time.perf_counter() - began)


async def carry_out(journal: Journal, rows: int, workers: int) -> float:
    """Let workers carry rows out, without a server, and return how many a second."""
    waiting: asyncio.Queue[Entry] = asyncio.Queue(workers)

    async def feed() -> None:
        after = 0
        while after < rows and (batch := await journal.take(after, BATCH, OPEN)):
            after = batch[-1].number
            for one in batch:
                await waiting.put(one)

    async def work() -> None:
        while True:
            number = (await waiting.get()).number
            await journal.intend(number, STEP)
            await journal.end(number, State.DONE, "created", number)
            waiting.task_done()

    began = time.perf_counter()
    tasks = [asyncio.create_task(work()) for _ in range(workers)]
    await feed()
    await waiting.join()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return rows / (time.perf_counter() - began)


async def speed(path: Path, workers: int, rows: int) -> tuple[float, float]:
    """Return rows a second, taken in and carried out."""
    journal = await Journal.open(path)
    taken_in = await ingest(journal, rows)
    done = await carry_out(journal, rows, workers)
    counts = await journal.counts()
    assert counts == {(State.DONE, "created"): rows}, counts
    await journal.aclose()
    return taken_in, done


def syncs(folder: Path) -> float:
    """Return how often a second the bare disk takes what one commit of ours writes."""
    with (folder / "bare").open("wb", buffering=0) as file:
        times, began = 0, time.perf_counter()
        while time.perf_counter() - began < SYNCED:
            file.write(b"x" * 2 * 4_120)  # Two pages with their frames.
            os.fsync(file.fileno())
            times += 1
        return times / (time.perf_counter() - began)


async def fill(path: str, rows: int) -> None:
    """Use a large journal in every way that a job does; its memory is what is measured."""
    journal = await Journal.open(path)
    await ingest(journal, rows)
    await carry_out(journal, ROWS, WORKERS)
    await journal.by_keys([entry(number).key for number in range(1, BATCH)])
    seen = 0
    async for one in journal.entries():
        seen += one.state is State.PLANNED
    assert seen == rows - ROWS, seen
    await journal.aclose()


def peak_of(arguments: Sequence[str]) -> float:
    """Return the peak memory, in megabytes, of a process of this program."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.journal", *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        msg = f"the journal of {arguments} failed"
        raise SystemExit(msg)
    return usage.ru_maxrss / 1024


def main() -> int:
    """Print the tables; return how many figures were missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = syncs(folder)
        print("| tasks | rows a second, taken in | carried out |\n|---:|---:|---:|")
        for workers in (1, WORKERS, 100):
            rows = ROWS // 10 if workers == 1 else ROWS
            taken_in, done = asyncio.run(speed(folder / f"{workers}.journal", workers, rows))
            print(f"| {workers} | {taken_in:,.0f} | {done:,.0f} |")
            if workers == WORKERS:
                slow = done < FEWEST_ROWS
        print(f"\nthe bare disk: {bare:,.0f} syncs a second")
        print(f"{WORKERS} tasks at least {FEWEST_ROWS:,.0f} rows{' MISSED' if slow else ''}\n")
        peak = peak_of([str(folder / "many.journal"), str(MANY)])
        size = (folder / "many.journal").stat().st_size / 1e6
    large = peak > MOST_MEGABYTES
    print(f"{MANY:,} rows: {peak:.0f} MB of memory, {size:.0f} MB of disk;", end=" ")
    print(f"memory at most {MOST_MEGABYTES:.0f} MB{' MISSED' if large else ''}\n")
    return slow + large


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(fill(sys.argv[1], int(sys.argv[2])))
    else:
        raise SystemExit(main())

"""A million rows, planned and imported: how long it takes, and in how much memory.

The sandbox has no quota and runs in a process of its own: it holds a million contacts, and what
is measured is the memory of the process that imports them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from systeme_async import Systeme
from systeme_async.testing import Sandbox

from .memory import write

ROWS: Final = 1_000_000
MOST_MEGABYTES: Final = 200.0


async def work(url: str, folder: Path, rows: int) -> None:
    """Plan and import the file, and say how long that took."""
    async with Systeme(api_key=os.environ["KEY"], base_url=url) as systeme:
        job = systeme.bulk.import_contacts(folder / "list.csv", journal=folder / "list.journal")
        began = time.perf_counter()
        plan = await job.plan()
        planned = time.perf_counter()
        report = await job.run()
        ended = time.perf_counter()
    assert (plan.creates, report.created) == (rows, rows), (plan, report)
    print(
        f"planned in {planned - began:.0f} s, imported in {ended - planned:.0f} s "
        f"({rows / (ended - planned):,.0f} rows a second, {report.requests:,} requests)",
        flush=True,
    )


def run_apart(url: str, key: str, folder: Path, rows: int) -> float:
    """Import in a process of its own; return its peak memory in megabytes."""
    command = [sys.executable, "-m", "benchmarks.million", "--work", url, str(folder)]
    environment = {**os.environ, "KEY": key}
    process = os.posix_spawn(sys.executable, [*command, "--rows", str(rows)], environment)
    _, status, usage = os.wait4(process, 0)
    assert status == 0, status
    size = sum(file.stat().st_size for file in folder.glob("list.journal*"))
    print(f"journal: {size / 2**20:.0f} MB on the disk")
    return usage.ru_maxrss / 1024


async def measure(rows: int) -> float:
    """Return the peak memory, in megabytes, of a process that imports so many rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "list.csv", rows)
        async with Sandbox(quota=None, keep_requests=False) as sandbox:
            peak = await asyncio.to_thread(run_apart, sandbox.url, sandbox.api_key, folder, rows)
            assert len(sandbox.account.contacts) == rows
            return peak


def main(rows: int) -> int:
    """Print the peak; return 1 if it is too high."""
    peak = asyncio.run(measure(rows))
    good = peak < MOST_MEGABYTES
    print(f"peak memory with {rows:,} rows: {peak:.1f} MB, {MOST_MEGABYTES:.0f} at most", end="")
    print("" if good else " MISSED")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    return not good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        asyncio.run(work(chosen.work[0], Path(chosen.work[1]), chosen.rows))
    else:
        raise SystemExit(main(chosen.rows))

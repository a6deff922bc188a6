"""Import a list of contacts and keep what became of every row.

It runs on a sandbox with the quota of the Startup plan, whose clock skips the waiting. For an
account of your own: `async with Systeme() as systeme`, with the key in SYSTEME_API_KEY, and
`asyncio.run(main())`.
"""

from __future__ import annotations

import asyncio
import csv
import sys
from collections import Counter
from pathlib import Path
from tempfile import gettempdir

from systeme_async import Systeme
from systeme_async.testing import Faults, Sandbox, VirtualClockLoop

CONTACTS = Path(__file__).with_name("contacts.csv")
FAULTS = Faults(latency=0.15, lost=0.02, reset=0.02, failed=0.01)


async def import_list(systeme: Systeme, contacts: Path, results: Path) -> None:
    """Write a line for every row as it ends, in the order in which they end."""
    counts: Counter[str] = Counter()
    job = systeme.bulk.import_contacts(contacts, tags=["Spring 2026"])
    with results.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["row", "email", "status", "contact_id", "error"])
        async with job:
            async for outcome in job:
                counts[outcome.status] += 1
                table.writerow(
                    [outcome.row, outcome.email, outcome.status, outcome.contact_id, outcome.error]
                )
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    minutes = job.report.elapsed / 60
    print(f"{job.report.requests} requests in {minutes:.0f} min, {job.report.throttled} met a 429")
    print(f"results in {results}")


async def main() -> None:
    results = Path(sys.argv[1] if len(sys.argv) > 1 else Path(gettempdir(), "results.csv"))
    async with (
        Sandbox(quota="startup", faults=FAULTS) as sandbox,
        Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme,
    ):
        await import_list(systeme, CONTACTS, results)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(main())

"""How the memory of an import grows with its rows: a process each for 1,000 and for 100,000."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from systeme_async import Systeme

from .canned import serving

FEW: Final = 1_000
MANY: Final = 100_000
MOST_MEGABYTES: Final = 8


def write(path: Path, rows: int) -> None:
    """Write a file of contacts."""
    with path.open("w", encoding="utf-8") as file:
        file.write("email,first_name,city\n")
        file.writelines(f"jane.{n}@example.com,Jane {n},Paris\n" for n in range(rows))


async def load(url: str, path: str) -> int:
    """Import the file and return the rows created."""
    async with Systeme(api_key="k", base_url=url) as systeme:
        return (await systeme.bulk.import_contacts(path).run()).created


def peak_of(url: str, rows: int, folder: str) -> float:
    """Return the peak memory, in megabytes, of a process that imports so many rows."""
    path = Path(folder) / f"{rows}.csv"
    write(path, rows)
    command = [sys.executable, "-m", "benchmarks.memory", url, str(path), str(rows)]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        msg = f"the import of {rows} rows failed"
        raise SystemExit(msg)
    return usage.ru_maxrss / 1024


def main() -> int:
    """Print both peaks; return 1 if the difference is too large."""
    with serving() as url, tempfile.TemporaryDirectory() as folder:
        few, many = (peak_of(url, rows, folder) for rows in (FEW, MANY))
    grown = many - few
    good = grown < MOST_MEGABYTES
    print("| rows imported | peak memory |\n|---:|---:|")
    print(f"| {FEW:,} | {few:.1f} MB |\n| {MANY:,} | {many:.1f} MB |")
    print(f"\ngrown by {grown:.1f} MB, less than {MOST_MEGABYTES}{'' if good else ' MISSED'}\n")
    return not good


if __name__ == "__main__":
    created = asyncio.run(load(sys.argv[1], sys.argv[2]))
    assert created == int(sys.argv[3]), created
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0

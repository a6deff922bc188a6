"""Run the benchmarks named on the command line, or all of them, and print their tables."""

from __future__ import annotations

import os
import platform
import sys

from . import adaptive, cpu, imports, journal, memory, quota, stores

ALL = {
    "quota": quota.main,
    "cpu": cpu.main,
    "imports": imports.main,
    "memory": memory.main,
    "stores": stores.main,
    "adaptive": adaptive.main,
    "journal": journal.main,
}


def main() -> int:
    """Run, print, and fail with the number of figures missed."""
    names = sys.argv[1:] or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    missed = sum(ALL[name]() for name in names)
    print("all figures met" if not missed else f"{missed} figures missed")
    return min(missed, 1)


raise SystemExit(main())

"""What `import systeme_async` costs, against importing its four dependencies."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from typing import Final

ROUNDS: Final = 21
MOST: Final = 1.15
OURS: Final = "import systeme_async"
THEIRS: Final = "import aiohttp, msgspec, aiolimiter, anyio"


def cpu_of(code: str) -> float:
    """Return the CPU seconds of a fresh interpreter that runs the code."""
    process = subprocess.Popen([sys.executable, "-c", code])
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Print medians and the ratio; return 1 if it is too high."""
    for code in (OURS, THEIRS, "pass"):
        cpu_of(code)
    ours, theirs, empty = [], [], []
    for _ in range(ROUNDS):
        ours.append(cpu_of(OURS))
        theirs.append(cpu_of(THEIRS))
        empty.append(cpu_of("pass"))
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    good = ratio <= MOST
    print("| whole process | CPU |\n|---|---:|")
    print(f"| {OURS} | {median(ours) * 1000:.0f} ms |")
    print(f"| {THEIRS} | {median(theirs) * 1000:.0f} ms |")
    print(f"| nothing | {median(empty) * 1000:.0f} ms |")
    print(f"\nratio {ratio:.2f}, at most {MOST}{'' if good else ' MISSED'}\n")
    return not good

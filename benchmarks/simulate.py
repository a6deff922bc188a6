"""Let 10,000 worlds happen to the real gate and budget: `python -m benchmarks.simulate`.

Each world is drawn from its seed: a quota, a server that words its headers well or badly or
lies, a network that delays, reorders and loses, others on the account, callers who give up.
A world runs on the virtual clock without sockets, and is the same in every process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from .simulation.trace import PROPERTIES
from .simulation.world import Result, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_MET: Final = 100
"""How often each kind of fault has to be met in a whole run."""
WHOLE_RUN: Final = 10_000
REPLAYED: Final = 100
"""Every so many seeds, and each that violates something, are let happen a second time."""
SHOWN: Final = 8
"""Seeds named for each property that does not hold."""


@dataclass
class Tally:
    """What came of many seeds."""

    seeds: int = 0
    calls: int = 0
    requests: int = 0
    seconds: float = 0.0
    replayed: int = 0
    met: Counter[str] = field(default_factory=Counter[str])
    judged: Counter[str] = field(default_factory=Counter[str])
    violated: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._hash = blake2b(digest_size=8)

    def add(self, result: Result, *, replayed: bool) -> None:
        """Count one seed; they must come in order for the digest to be the same."""
        self.seeds += 1
        self.calls += result.calls
        self.requests += result.requests
        self.seconds += result.seconds
        self.replayed += replayed
        self.met += result.met
        self.judged[result.judged] += bool(result.judged)
        self._hash.update(bytes.fromhex(result.digest))
        for what, _ in result.violations:
            self.violated[what].append(result.seed)

    @property
    def digest(self) -> str:
        """A hash of all events of all seeds."""
        return self._hash.hexdigest()

    @property
    def too_rare(self) -> list[str]:
        """Return the kinds of faults that were not met often enough to tell anything."""
        if self.seeds < WHOLE_RUN:
            return []
        return sorted(fault for fault, times in self.met.items() if times < LEAST_MET)


def tried(seed: int) -> tuple[Result, bool]:
    """Let a seed happen, and a second time where that tells something."""
    result = simulate(seed)
    if not result.violations and seed % REPLAYED:
        return result, False
    again = simulate(seed)
    if again.digest != result.digest:
        other = ("6 replay", f"{result.digest} is not {again.digest}")
        result = replace(result, violations=(*result.violations, other))
    return result, True


def all_of(seeds: Sequence[int], jobs: int) -> Iterator[tuple[Result, bool]]:
    """Let all of them happen, in several processes, and hand them over in order."""
    if jobs == 1:
        yield from map(tried, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(tried, seeds, chunksize=25)


def print_failure(result: Result) -> None:
    """Show what does not hold, in which world, and how it came to that."""
    print(result.description)
    for event in result.tail:
        print(event)
    for what, text in result.violations:
        print(f"{what}: {text}")
    print(f"the whole of it: python -m benchmarks.simulate --seed {result.seed}\n")


def print_tables(tally: Tally, seconds: float, jobs: int) -> None:
    """Print what held, what was met, and where."""
    print("| property | judged in seeds | violated in | seeds |\n|---|---:|---:|---|")
    for what, meaning in PROPERTIES.items():
        seeds = tally.violated.get(what, [])
        judged = tally.judged.get(what, "")
        shown = ", ".join(map(str, seeds[:SHOWN])) + ", …" * (len(seeds) > SHOWN)
        print(f"| {what}: {meaning} | {judged} | {len(seeds)} | {shown} |")
    print("\n| met | times |\n|---|---:|")
    for fault, times in sorted(tally.met.items()):
        print(f"| {fault} | {times:,}{' TOO RARE' if fault in tally.too_rare else ''} |")
    print(
        f"\n{tally.seeds:,} seeds, {tally.calls:,} calls, {tally.requests:,} requests, "
        f"{tally.seconds / 86_400:,.0f} virtual days in {seconds:.0f} s with {jobs} processes; "
        f"{tally.replayed:,} seeds replayed; digest {tally.digest}"
    )
    print(
        f"Python {platform.python_version()}, anyio {version('anyio')}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=WHOLE_RUN, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this one alone, with all its events")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--keep-going", action="store_true", help="don't stop at a violation")
    return parser.parse_args()


def one(seed: int) -> int:
    """Print all that happens in one world."""
    result = simulate(seed, whole=True)
    print(result.description)
    for event in result.events:
        print(event)
    for what, text in result.violations:
        print(f"{what}: {text}")
    print(f"digest {result.digest}")
    return bool(result.violations)


def main() -> int:
    """Simulate, print, and fail where something did not hold."""
    chosen = arguments()
    if chosen.seed is not None:
        return one(chosen.seed)
    tally, began = Tally(), time.monotonic()
    for result, replayed in all_of(range(chosen.first, chosen.first + chosen.seeds), chosen.jobs):
        tally.add(result, replayed=replayed)
        if result.violations and not chosen.keep_going:
            print_failure(result)
            return 1
    print_tables(tally, time.monotonic() - began, chosen.jobs)
    return bool(tally.violated or tally.too_rare)


if __name__ == "__main__":
    sys.exit(main())

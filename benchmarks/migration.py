"""A migration of thousands, killed again and again on the way, ends exact; the next writes nothing.

A process moves people with fields, tags and lists from one sandbox to the other. It is killed with
SIGKILL at random instants and begun again with the same folder, until it has come to its end. What
is counted is the ledger of both sandboxes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from systeme_async import ActiveCampaign, Systeme
from systeme_async.bulk import steps
from systeme_async.migrate import Migration
from systeme_async.testing import ActiveCampaignAccount, ActiveCampaignSandbox, Sandbox

from .crash import SETTLE_TIME, killed

if TYPE_CHECKING:
    from systeme_async.testing import Account

PEOPLE: Final = 5_000
KILLS: Final = 10


def filled(count: int) -> ActiveCampaignAccount:
    """Open an account with so many people; every tenth has unsubscribed."""
    account = ActiveCampaignAccount()
    city = account.add_field("City")
    color = account.add_field("Favorite color", type="checkbox", options=["red", "blue"])
    news = account.add_list("News")
    for number in range(count):
        account.add_contact(
            f"p{number}@example.com",
            first_name=f"Jo {number}",
            fields={city.id: "Lyon", color.id: "||red||blue||"},
            tags=["VIP", "customer"] if number % 2 else ["customer"],
            lists={news.id: 1 if number % 10 else 2},
        )
    return account


async def work(source: str, target: str, folder: Path, step: str) -> None:
    """Move people, or go on; or compare both accounts."""
    steps.SETTLE_TIME = SETTLE_TIME  # type: ignore[misc]
    async with (
        ActiveCampaign(url=source, api_key=os.environ["SOURCE_KEY"]) as activecampaign,
        Systeme(api_key=os.environ["TARGET_KEY"], base_url=target) as systeme,
    ):
        migration = Migration(activecampaign, systeme, folder)
        if step == "apply":
            await migration.apply()
        else:
            found = await migration.verify()
            assert found.agrees, found


class Pair:
    """Both sandboxes, and the processes that move people between them."""

    def __init__(self, source: ActiveCampaignSandbox, target: Sandbox, folder: Path) -> None:
        self.source = source
        self.target = target
        self._folder = folder

    async def start(self, step: str = "apply") -> asyncio.subprocess.Process:
        """Begin to move people, or go on."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "benchmarks.migration", "--work", self.source.url, self.target.url),
            *(str(self._folder), step),
            env={
                **os.environ,
                "SOURCE_KEY": self.source.api_key,
                "TARGET_KEY": self.target.api_key,
            },
        )

    async def to_the_end(self, step: str = "apply") -> tuple[int, int]:
        """Take a step that nothing interrupts; return how many requests both have met for it."""
        before = self.received
        process = await self.start(step)
        status = await asyncio.wait_for(process.wait(), 900)
        assert status == 0, status
        return self.source.received - before[0], self.target.received - before[1]

    @property
    def received(self) -> tuple[int, int]:
        """Count the requests that both have met."""
        return self.source.received, self.target.received


def wrong_in(account: Account, count: int) -> list[str]:
    """Say what is not as it should be in the account that people were moved to."""
    moved = [number for number in range(count) if number % 10]
    names = {tag.id: tag.name for tag in account.tags.values()}
    wrong = [f"{len(account.contacts)} contacts"] * (len(account.contacts) != len(moved))
    for number in moved:
        contact = account.contact_by_email(f"p{number}@example.com")
        tags = {"customer", "list: News"} | ({"VIP"} if number % 2 else set[str]())
        if contact is None or {names[one] for one in contact.tags} != tags:
            wrong.append(f"p{number}")
        elif contact.fields["favorite_color"] != "red, blue":
            wrong.append(f"p{number}'s color")
    effects = Counter(str(one) for one in account.effects)
    return wrong + [f"{what}: {times} times" for what, times in effects.items() if times > 1]


def floor(count: int) -> tuple[int, int]:
    """Return the fewest requests to both: pages read, and writes with three listings before."""
    moved = [number for number in range(count) if number % 10]
    tags = 2 * len(moved) + sum(number % 2 for number in moved)
    return 3 + -(-count // 100), 3 + 1 + 3 + len(moved) + tags


async def measure(people: int, kills: int, seed: int) -> list[str]:
    """Move people; print what it took, and return what is wrong."""
    luck = Random(seed)  # noqa: S311 - seeded luck
    with tempfile.TemporaryDirectory() as name:
        async with (
            ActiveCampaignSandbox(account=filled(people), quota=None) as source,
            Sandbox(quota=None) as target,
        ):
            pair = Pair(source, target, Path(name) / "move")
            began, times = time.monotonic(), 0
            while times < kills:
                process = await pair.start()
                if not await killed(process, luck.uniform(1.0, 1.0 + people / 1_200)):
                    break
                times += 1
            await pair.to_the_end()
            first = pair.received
            wrong = wrong_in(target.account, people)
            effects = len(target.account.effects)
            again = await pair.to_the_end()
            compared = await pair.to_the_end("verify")
            wrong += ["the second run has written"] * (len(target.account.effects) != effects)
    least = floor(people)
    print("| | ActiveCampaign | Systeme.io |\n|---|---:|---:|")
    print(f"| the fewest requests | {least[0]:,} | {least[1]:,} |")
    print(f"| killed {times} times | {first[0]:,} | {first[1]:,} |")
    print(f"| a second run, in which nobody has changed | {again[0]:,} | {again[1]:,} |")
    print(f"| verified | {compared[0]:,} | {compared[1]:,} |")
    print(f"\n{people:,} people, {time.monotonic() - began:.0f} s")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    return wrong


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.migration", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    chosen = arguments()
    if chosen.work:
        source_url, target_url, where, what = chosen.work
        asyncio.run(work(source_url, target_url, Path(where), what))
    else:
        complaints = asyncio.run(measure(chosen.people, chosen.kills, chosen.seed))
        for complaint in complaints:
            print(complaint)
        raise SystemExit(bool(complaints))

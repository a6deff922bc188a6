"""`systeme quota --watch`: what is seen, what it costs, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from systeme_async import BudgetSnapshot, Lane, Quota
from systeme_async.cli.gauge import NO_QUOTA, UNKNOWN, as_json, as_line
from systeme_async.cli.gauge_drawing import drawing
from systeme_async.testing import Sandbox
from systeme_async.testing.thread import SandboxThread

from .runs import KEY, environment_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from .runs import Cli, Start

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
WAITING = {Lane.INTERACTIVE: 2, Lane.BULK: 1_950}

# Waits for quota in both lanes until it is killed.
CROWD = """
import asyncio, sys
from systeme_async import Lane, Systeme

async def main(url, key, budget):
    async with Systeme(api_key=key, base_url=url, budget=budget) as systeme:
        bulk = systeme.with_options(lane=Lane.BULK)
        calls = [systeme.tags.find("mine"), *(bulk.tags.find("bulk") for _ in range(4))]
        print("begins", flush=True)
        await asyncio.gather(*calls)

asyncio.run(main(*sys.argv[1:]))
"""


def snapshot(**known: Any) -> BudgetSnapshot:
    """Build what is known of a budget."""
    base: dict[str, Any] = {
        "limit": 60, "remaining": 15, "refill_at": NOW + timedelta(seconds=12), "in_flight": 3,
        "waiting": 0, "paused_until": None, "throttled": 0, "requests": 1_045, "ignored": 0,
    }  # fmt: skip
    return BudgetSnapshot(**{**base, **known})


BUSY = snapshot(waiting_everywhere=WAITING, processes_waiting={Lane.INTERACTIVE: 1, Lane.BULK: 5})
PAUSED = snapshot(
    remaining=0, paused_until=NOW + timedelta(seconds=7), throttled=2, ignored=1, refill_at=NOW
)


@pytest.fixture
def limited() -> Generator[Sandbox]:
    """Serve an account with two requests a minute in real time, in a thread."""
    with SandboxThread(Sandbox(api_key=KEY, quota=Quota(2))) as sandbox:
        yield sandbox


@pytest.fixture
def budget(tmp_path: Path) -> str:
    """Name a budget that processes of this machine share."""
    return f"sqlite:///{tmp_path / 'budget.db'}"


def watch(cli: Cli, sandbox: Sandbox, *argv: str, before: tuple[str, ...] = ()) -> Any:
    """Watch the served account."""
    words = ("--base-url", sandbox.url, "--api-key-stdin", *before, "quota", "--watch", *argv)
    return cli(*words, stdin=f"{KEY}\n")


LINES = [
    (
        BUSY,
        (
            "[#####...............] 15 of 60 requests left; refill in 12 s; 3 in flight; "
            "waiting: 2 interactive in 1 process, 1,950 bulk in 5 processes; "
            "1,045 requests, 0 times 429"
        ),
    ),
    (
        PAUSED,
        (
            "[....................] 0 of 60 requests left; refill due, the next request brings "
            "it; paused for 7 s after a 429; 3 in flight; waiting: nobody; "
            "1,045 requests, 2 times 429, 1 hint ignored"
        ),
    ),
    (
        snapshot(limit=None, remaining=None, refill_at=None, requests=1, in_flight=0),
        f"{NO_QUOTA}; 0 in flight; waiting: nobody; 1 request, 0 times 429",
    ),
    (
        snapshot(limit=None, remaining=None, refill_at=None, requests=0, in_flight=0),
        f"{UNKNOWN}; 0 in flight; waiting: nobody; 0 requests, 0 times 429",
    ),
]


@pytest.mark.parametrize(("known", "line"), LINES)
def test_a_line_tells_everything(known: BudgetSnapshot, line: str) -> None:
    """What is left, when more comes, what is under way, who waits where, and the counts."""
    assert as_line(known, NOW) == line


def test_an_object_tells_everything() -> None:
    """Lanes are named, instants are ISO 8601, and what is not known is null."""
    told = as_json(BUSY, NOW)
    assert told["waiting"] == {"interactive": 2, "bulk": 1_950}
    assert told["processes_waiting"] == {"interactive": 1, "bulk": 5}
    assert (told["in_flight"], told["paused_until"], told["requests"]) == (3, None, 1_045)
    assert as_json(PAUSED, NOW)["paused_until"] == "2026-03-01T12:00:07.000+00:00"
    assert as_json(snapshot(refill_at=None), NOW)["refill_in"] is None


@pytest.mark.parametrize("width", [30, 80, 200])
@pytest.mark.parametrize("known", [BUSY, PAUSED, snapshot(limit=None, remaining=None)])
def test_the_drawing_fits(known: BudgetSnapshot, width: int) -> None:
    """It has a line for everything, none of them wider than the terminal."""
    console = Console(width=width, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(drawing(known, NOW, min(width, 100)))
    lines = captured.get().splitlines()
    assert all(len(line) <= width for line in lines)
    told = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert told == ["quota", "refill", "in", "waiting", "sent", "paused"][: len(told)]
    assert len(told) == (6 if known.paused_until else 5)


def test_one_request_now_and_one_after_each_refill(cli: Cli) -> None:
    """Without a shared budget only the server can tell; three windows cost three requests."""
    ended = cli("--sandbox", "--json", "quota", "--watch", "--count", "14", "--every", "10")
    assert ended.status == 0
    looks = [json.loads(line) for line in ended.out.splitlines()]
    assert [look["requests"] for look in looks] == [1] * 7 + [2] * 6 + [3]
    assert {look["limit"] for look in looks} == {60}
    assert "one request now and one after each refill" in ended.err
    assert ended.err.endswith("systeme: watched for 2 min 10 s\n")


def test_where_drops_come_back_it_asks_seldom(remote: Cli, served: Sandbox) -> None:
    """An account without a quota is asked once, and so it stays."""
    ended = remote("quota", "--watch", "--count", "3", "--every", "0.01")
    assert ended.status == 0
    assert ended.out.count(NO_QUOTA) == 3
    assert served.received == 1


def test_a_shared_budget_is_watched_without_a_request(
    cli: Cli, limited: Sandbox, budget: str
) -> None:
    """One request where nothing is known yet; whoever watches later sends none."""
    blind = watch(cli, limited, "--count", "1", "--never-ask", before=("--budget", budget))
    assert (blind.status, limited.received) == (0, 0)
    assert UNKNOWN in blind.out
    assert "no request is sent" in blind.err
    for _ in range(2):
        seen = watch(cli, limited, "--count", "3", "--every", "0.01", before=("--budget", budget))
        assert seen.out.count("1 of 2 requests left") == 3
        assert limited.received == 1


def test_the_environment_names_the_budget(
    cli: Cli, limited: Sandbox, budget: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SYSTEME_BUDGET holds for all commands: what one has learned, the next one knows."""
    monkeypatch.setenv("SYSTEME_BUDGET", budget)
    tags = cli("--base-url", limited.url, "--api-key-stdin", "tags", "list", stdin=f"{KEY}\n")
    assert tags.status == 0
    seen = watch(cli, limited, "--count", "1", "--never-ask", before=("--json",))
    assert (json.loads(seen.out)["remaining"], limited.received) == (1, 1)


@pytest.mark.slow
def test_the_calls_of_another_process_are_seen(start: Start, limited: Sandbox, budget: str) -> None:
    """Who waits in which lane of another process is told, and ends when that is killed."""
    crowd = subprocess.Popen(
        [sys.executable, "-c", CROWD, limited.url, KEY, budget],
        env=environment_of(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    words = ("--base-url", limited.url, "--api-key-stdin", "--budget", budget, "--json", "quota")
    watcher = start(*words, "--watch", "--never-ask", "--every", "0.1")
    try:
        assert watcher.stdin is not None
        watcher.stdin.write(f"{KEY}\n")
        watcher.stdin.flush()
        assert watcher.stdout is not None
        looks = (json.loads(line) for line in watcher.stdout)
        # Two of the five calls leave, bulk ones as late as there are others.
        full = next(look for look in looks if sum(look["waiting"].values()) == 3)
        assert full["waiting"] == {"interactive": 0, "bulk": 3}
        assert full["processes_waiting"] == {"interactive": 0, "bulk": 1}
        crowd.kill()
        gone = next(look for look in looks if not sum(look["waiting"].values()))
        assert (gone["limit"], gone["remaining"], gone["requests"]) == (2, 0, 2)
    finally:
        crowd.kill()
        crowd.communicate()
    watcher.send_signal(signal.SIGINT)
    _, err = watcher.communicate()
    assert watcher.returncode == 130
    assert err.splitlines()[-1].startswith("systeme: watched for ")
    assert "Traceback" not in err
    assert limited.received == 2


@pytest.mark.slow
def test_nobody_reads_on(start: Start) -> None:
    """It ends well when the other end of the pipe is closed."""
    watcher = start("--sandbox", "quota", "--watch", "--count", "100000", "--every", "0.5")
    assert watcher.stdout is not None
    watcher.stdout.readline()
    watcher.stdout.close()
    assert watcher.stderr is not None
    assert "watched for" in watcher.stderr.read()
    assert watcher.wait() == 0


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--sandbox", "quota", "--count", "3"), "give --watch too"),
        (("--sandbox", "quota", "--never-ask"), "give --watch too"),
        (("--sandbox", "quota", "--watch"), "--count"),
        (("--sandbox", "quota", "--watch", "--count", "0"), "--count"),
        (("--sandbox", "quota", "--watch", "--every", "0"), "--every"),
        (("--sandbox", "quota", "--watch", "--count", "2", "--never-ask"), "--never-ask out"),
        (("--sandbox", "--budget", "sqlite:///x.db", "quota"), "leave --budget out"),
        (("demo", "--budget", "sqlite:///x.db"), "leave --budget out"),
        (("--budget", "postgres://x", "tags", "list"), "names no place"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, argv: tuple[str, ...], said: str) -> None:
    """It is told in one line what to do instead, and no request is sent."""
    ended = cli(*argv)
    assert ended.status == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    "url", ["redis://:hush@127.0.0.1/0", "redis://me@127.0.0.1/0", "rediss://h/0?password=hush"]
)
def test_a_password_does_not_stand_on_the_command_line(cli: Cli, url: str) -> None:
    """It is refused without being repeated, and the place for it is named."""
    ended = cli("--budget", url, "quota")
    assert ended.status == 2
    assert "SYSTEME_BUDGET" in ended.err
    assert "hush" not in ended.err

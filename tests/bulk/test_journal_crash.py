"""What is left of a journal when its process is killed, forked, or meets a full disk.

Each of these runs a program of its own, for it does not survive.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from systeme_async.bulk.journal import Entry, Journal
from systeme_async.bulk.lifecycle import OPEN, State
from systeme_async.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="the system has no such signals"),
]

ROOT: Final = Path(__file__).parents[2]
ROWS: Final = 200

BEGIN: Final = f"""
import asyncio, gc, os, resource, signal, sys
from systeme_async.errors import ClientStateError, JournalError
from systeme_async.bulk.journal import Entry, Header, Journal
from systeme_async.bulk.lifecycle import OPEN, State

PATH, ROWS = sys.argv[1], {ROWS}
HEADER = Header("import", None, "f", "a", {{}}, None, 0.0)

def say(*words):
    os.write(1, (" ".join(map(str, words)) + chr(10)).encode())

async def fill(journal):
    if journal.complete:
        return
    for first in range(1, ROWS + 1, 20):
        await journal.ingest(
            [Entry(n, f"secret.{{n}}@example.com", "secret") for n in range(first, first + 20)]
        )
        say("taken", first)
    await journal.begin(HEADER)
    await journal.ingested(ROWS)
    say("complete", ROWS)
"""

# Works off what is open with twenty tasks, and says what the journal has.
WORK: Final = f"""{BEGIN}
async def main():
    journal = await Journal.open(PATH)
    await fill(journal)
    rows = iter(await journal.take(0, ROWS, OPEN))

    async def work():
        for row in rows:
            await journal.intend(row.number, b"create", row.number)
            say("intent", row.number)
            await asyncio.sleep(0)
            await journal.end(row.number, State.DONE, "created", 1000 + row.number)
            say("done", row.number)

    await asyncio.gather(*(work() for _ in range(20)))
    await journal.aclose()
    say("closed", 0)

asyncio.run(main())
"""

PURGE: Final = f"""{BEGIN}
async def main():
    journal = await Journal.open(PATH)
    await fill(journal)
    say("purging", 0)
    await journal.purge()
    await journal.aclose()

asyncio.run(main())
"""

FULL: Final = f"""{BEGIN}
async def main():
    journal = await Journal.open(PATH)
    await fill(journal)
    room = os.stat(PATH + "-wal").st_size + 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    for number in range(1, ROWS + 1):
        try:
            await journal.intend(number, b"x" * 500)
        except JournalError as error:
            say("failed", number, error)
        else:
            say("intent", number)
    say("counted", sum((await journal.counts()).values()))
    await journal.aclose()

asyncio.run(main())
"""

FORK: Final = f"""{BEGIN}
async def main():
    journal = await Journal.open(PATH)
    await fill(journal)
    await journal.intend(1, b"create")
    child = os.fork()
    if child == 0:
        return journal
    os.waitpid(child, 0)
    await journal.intend(2, b"create")
    say("intent", 2)
    os._exit(0)

async def use(journal):
    for call in (journal.counts, journal.aclose):
        try:
            await call()
        except ClientStateError as error:
            say("child", error)

# The child comes here, and throws the journal away; not the loop, which has a part in the kernel
# that is its parent's too.
loop = asyncio.new_event_loop()
try:
    journal = loop.run_until_complete(main())
finally:
    asyncio._set_running_loop(None)
asyncio.run(use(journal))
del journal
gc.collect()
os._exit(0)
"""

LEFT_BEHIND: Final = f"""{BEGIN}
async def main():
    journal = await Journal.open(PATH)
    if os.fork() == 0:
        say("child", os.getpid())
        signal.pause()
    signal.pause()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Name a journal."""
    return str(tmp_path / "spring.journal")


def start(code: str, path: str) -> subprocess.Popen[str]:
    """Run a program."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def said(code: str, path: str, lines: int | None = None) -> list[list[str]]:
    """Run a program, kill it when it has said so many lines, and return all that it has said."""
    with start(code, path) as process:
        assert process.stdout is not None
        heard: list[str] = []
        for line in process.stdout:
            heard.append(line)
            if len(heard) == lines:
                process.kill()
    assert process.returncode == (0 if lines is None else process.returncode)
    return [line.split(maxsplit=2) for line in heard if line.endswith("\n")]


def numbers(heard: list[list[str]], word: str) -> set[int]:
    """Return of which rows a program has said something."""
    return {int(line[1]) for line in heard if line[0] == word}


def check_file(path: str) -> None:
    """Let the database look for damage, in all that a killed process has left."""
    with closing(sqlite3.connect(path)) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()


async def states(path: str) -> dict[int, State]:
    """Open a journal, and return the states of its rows."""
    journal = await Journal.open(path)
    found = {entry.number: entry.state async for entry in journal.entries()}
    await journal.aclose()
    return found


def instants(seed: int) -> Iterator[int]:
    """Draw when to kill, early and late; each program says up to 400 lines and some more."""
    luck = random.Random(seed)
    while True:
        yield luck.randrange(1, luck.choice([30, 100, 400]))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(3))
async def test_a_journal_survives_every_death_of_its_process(path: str, seed: int) -> None:
    """What a call has noted when it returns is there, however often the process is killed."""
    intents: set[int] = set()
    done: set[int] = set()
    for lines in instants(seed):
        heard = said(WORK, path, lines)
        intents |= numbers(heard, "intent")
        done |= numbers(heard, "done")
        if ["closed", "0"] in heard:
            break
        found = await states(path)
        check_file(path)
        if ["complete", str(ROWS)] in heard or intents:
            assert set(range(1, ROWS + 1)) == set(found)
        assert {State.DONE} >= {found[number] for number in done}
        assert {State.DONE, State.UNKNOWN} >= {found[number] for number in intents}
        # What is unknown has been intended: twenty tasks at most had not heard of it yet.
        assert 20 >= len({n for n, state in found.items() if state in OPEN - {State.PLANNED}})
    assert {State.DONE} == set((await states(path)).values())
    assert set(range(1, ROWS + 1)) == done | intents


@pytest.mark.parametrize("after", [ROWS // 20 + 2, None])
async def test_a_process_that_dies_while_it_empties_a_journal(path: str, after: int | None) -> None:
    """Either all is there, or the next one that opens it has nothing personal left."""
    said(PURGE, path, after)
    journal = await Journal.open(path)
    cells = {entry.cells async for entry in journal.entries()}
    await journal.aclose()
    assert cells == ({None} if journal.purged else {"secret"})
    assert journal.purged or after is not None
    assert journal.purged is not holds(path, b"secret")
    assert ROWS == journal.total
    check_file(path)


def holds(path: str, what: bytes) -> bool:
    """Say whether a journal, or something beside it, holds these bytes."""
    return any(what in file.read_bytes() for file in Path(path).parent.iterdir())


async def test_a_full_disk(path: str) -> None:
    """No further intent is noted, what was is there, and with more room the job goes on."""
    heard = said(FULL, path)
    intents, failed = numbers(heard, "intent"), numbers(heard, "failed")
    assert intents
    assert set(range(len(intents) + 1, ROWS + 1)) == failed
    messages = {line[2] for line in heard if line[0] == "failed"}
    (message,) = messages
    assert "can't be written: disk I/O error; nothing was sent since. Put that right" in message
    assert {ROWS} == numbers(heard, "counted")
    found = await states(path)
    check_file(path)
    assert {State.UNKNOWN} == {found[number] for number in intents}
    # The one that failed first may have reached the disk all the same; it was not sent.
    assert {State.PLANNED} == {found[number] for number in failed - {len(intents) + 1}}
    said(WORK, path)
    assert {State.DONE} == set((await states(path)).values())


async def test_a_database_that_may_not_grow(path: str) -> None:
    """The message says what to do, and all that wait for that commit are told."""
    journal = await Journal.open(path)
    await journal.ingest([Entry(number, "", "x") for number in range(1, 11)])
    await journal.ingested(10)
    await journal._desk.carry_out(lambda connection: connection.execute("PRAGMA max_page_count=9"))
    large = b"x" * 20_000
    calls = [journal.intend(1, b"small"), journal.intend(2, large), journal.note("x", large)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    for error in results:
        assert isinstance(error, JournalError)
        assert "nothing was sent since. Free some space, and run the same job again" in str(error)
    with pytest.raises(JournalError, match="full"):
        await journal.end(1, State.DONE, "unchanged", None)
    with pytest.raises(JournalError, match="full"):
        await journal.purge()
    assert {(State.PLANNED, None): 10} == await journal.counts()
    await journal.aclose()
    assert {State.PLANNED} == set((await states(path)).values())


async def test_a_process_that_is_forked(path: str) -> None:
    """The child can't use the journal, and its end takes nothing away from its parent's."""
    heard = [" ".join(line).strip() for line in said(FORK, path)]
    refusal = "child this journal was opened before a fork; open it in one of the processes alone"
    assert [refusal, refusal, "intent 2"] == heard[-3:]
    found = await states(path)
    check_file(path)
    assert [State.UNKNOWN, State.UNKNOWN, State.PLANNED] == [found[number] for number in (1, 2, 3)]


async def test_a_child_that_outlives_its_parent(path: str) -> None:
    """The journal was its parent's, so the next one can have it."""
    with start(LEFT_BEHIND, path) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().split()[1])
        process.kill()
        process.wait()
        try:
            assert {} == await states(path)
        finally:
            os.kill(child, signal.SIGKILL)

"""Where a journal lies: who may read it, what else may lie there, and who has it open."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import ConfigurationError, JournalInUseError
from systeme_async.bulk.journal import Entry, Header, Journal, database, lock
from systeme_async.bulk.lifecycle import State
from systeme_async.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

HEADER = Header("import", None, "f", "a", {}, None, 0.0)
ROOT = Path(__file__).parents[2]

posix = pytest.mark.skipif(os.name != "posix", reason="the system has other rights for files")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a journal."""
    return tmp_path / "spring.journal"


def files(folder: Path) -> dict[str, bytes]:
    """Return what lies in a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def modes(folder: Path) -> dict[str, int]:
    """Return who may do what with the files of a folder."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def give_away(file: Path) -> None:
    """Let everybody read a file."""
    file.touch()
    file.chmod(0o644)


def damage(file: Path, first: int) -> None:
    """Overwrite a page's worth of bytes."""
    content = bytearray(file.read_bytes())
    content[first : first + 4096] = b"\xaa" * 4096
    file.write_bytes(content)


def write(file: Path, content: bytes) -> None:
    """Put content into a file, in a folder that may have to be made."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


def let_lead(link: Path, to: Path) -> None:
    """Make a link."""
    link.symlink_to(to)


def target(link: Path) -> Path:
    """Return where a link leads."""
    return link.readlink()


def remove(file: Path) -> None:
    """Remove a file."""
    file.unlink()


async def begun(path: Path) -> Journal:
    """Open a new journal of two rows, the first of which is an intent."""
    journal = await Journal.open(path)
    await journal.ingest([Entry(1, "a", 1), Entry(2, "b", 2)])
    await journal.begin(HEADER)
    await journal.ingested(2)
    await journal.intend(1, b"create")
    return journal


async def killed(path: Path, copy: Path) -> Path:
    """Return a journal as a process that was killed leaves it, with what lies beside it."""
    journal = await begun(path)
    copy.parent.mkdir(exist_ok=True)
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, copy.parent / file.name.replace(path.name, copy.name))
    await journal.aclose()
    return copy


async def refusal(path: Path | str) -> str:
    """Try to open what can't be opened, see that nothing is touched, and return what is said."""
    folder = Path(path).parent
    before = files(folder) if folder.is_dir() else {}
    with pytest.raises(ConfigurationError) as caught:
        await Journal.open(path)
    assert before == (files(folder) if folder.is_dir() else {})
    return str(caught.value)


@posix
async def test_nobody_else_may_read_it(path: Path) -> None:
    """Neither it nor what lies beside it, whatever the process lets others read by default."""
    before = os.umask(0)
    try:
        journal = await begun(path)
    finally:
        os.umask(before)
    name = path.name
    assert {name: 0o600, f"{name}-wal": 0o600, f"{name}-lock": 0o600} == modes(path.parent)
    await journal.aclose()


@posix
@pytest.mark.parametrize("content", ["nothing", "a journal"])
async def test_what_others_may_read_is_taken_from_them(path: Path, content: str) -> None:
    """A copy or an unpacked archive may have given it away."""
    if content == "a journal":
        await (await begun(path)).aclose()
    give_away(path)
    journal = await Journal.open(path)
    assert {path.name: 0o600} == {path.name: modes(path.parent)[path.name]}
    await journal.aclose()


async def test_nothing_is_left_beside_it(path: Path) -> None:
    """Closed, it is one file, which can be copied and moved."""
    await (await begun(path)).aclose()
    assert [path.name] == list(files(path.parent))


async def test_it_can_be_named_by_a_text_and_from_here(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path means the folder of the moment in which it is opened."""
    monkeypatch.chdir(path.parent)
    journal = await Journal.open(path.name)
    monkeypatch.chdir(path.parent.parent)
    await journal.note("pages", b"1")
    await journal.aclose()
    assert [path.name] == list(files(path.parent))


async def test_odd_names(tmp_path: Path) -> None:
    """Signs that mean something in the address of a database mean nothing here."""
    for name in ("a b?mode=memory", "50%41#x", "Frühling ☀"):
        await (await begun(tmp_path / name)).aclose()
    assert {"a b?mode=memory", "50%41#x", "Frühling ☀"} == set(files(tmp_path))


async def test_a_link_is_followed(path: Path) -> None:
    """By both names it is one journal, and its companions lie where it lies."""
    link = path.with_name("current.journal")
    let_lead(link, path)
    journal = await begun(link)
    beside = {path.name, f"{path.name}-wal", f"{path.name}-lock"}
    assert {*beside, link.name} == set(files(path.parent))
    assert "open already" in await refusal(path)
    await journal.aclose()
    assert path == target(link)
    journal = await Journal.open(path)
    assert 2 == journal.total
    await journal.aclose()


@posix
async def test_a_link_to_itself(path: Path) -> None:
    """There is no end to following it."""
    let_lead(path, path)
    assert "symbolic link" in await refusal(path)


@pytest.mark.parametrize("name", ["", "a\0b"])
async def test_no_name_at_all(name: str) -> None:
    """Such a file can't be."""
    with pytest.raises(ConfigurationError, match="names no file"):
        await Journal.open(name)


async def test_a_folder(tmp_path: Path) -> None:
    """A file in it has to be named."""
    assert "is a folder; name a file in it" in await refusal(tmp_path)


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It may be a slip of the pen, so it is not created."""
    assert "create it first" in await refusal(tmp_path / "lists" / "spring.journal")
    assert {} == files(tmp_path)


@posix
async def test_a_pipe(path: Path) -> None:
    """Nobody waits for somebody to read from it."""
    os.mkfifo(path)
    assert "no regular file" in await refusal(path)


@pytest.mark.parametrize(
    "content",
    [b"email\njane@example.com\n", b"SQLite format 3", b"SQLite format 3\0" + b"x" * 40],
)
async def test_another_file(path: Path, content: bytes) -> None:
    """Somebody's list must not be overwritten because two arguments changed places."""
    write(path, content)
    assert "is no journal; nothing was touched" in await refusal(path)


async def test_a_database_of_another_program(path: Path) -> None:
    """It has tables of its own."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE rows (number INTEGER)")
    assert "a database of another program; nothing was touched" in await refusal(path)


async def test_a_journal_of_a_newer_version(path: Path) -> None:
    """Its rows may mean something else."""
    await (await begun(path)).aclose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    assert "newer version of systeme_async; upgrade" in await refusal(path)


@pytest.mark.parametrize("where", ["the tables", "the header", "a page"])
async def test_a_damaged_journal(path: Path, where: str) -> None:
    """It says so before anything is sent, or when it is found out."""
    await (await begun(path)).aclose()
    if where == "the header":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE facts SET value = '{' WHERE name = 'header'")
    else:
        damage(path, 100 if where == "the tables" else 4096)
    with pytest.raises(ConfigurationError, match="damaged"):
        await Journal.open(path)


async def test_a_file_that_was_copied_without_its_companion(tmp_path: Path, path: Path) -> None:
    """What was noted last is missing, so rows would be carried out once more."""
    copy = await killed(path, tmp_path / "elsewhere" / "copy.journal")
    remove(copy.with_name("copy.journal-lock"))
    whole = files(copy.parent)
    remove(copy.with_name("copy.journal-wal"))
    for _ in range(2):
        assert "copy.journal-wal; copy or move both" in await refusal(copy)
    for name, content in whole.items():
        write(copy.with_name(name), content)
    journal = await Journal.open(copy)
    assert [1] == [entry.number for entry in await journal.take(0, 9, {State.UNKNOWN})]
    await journal.aclose()


async def test_a_companion_without_its_file(tmp_path: Path, path: Path) -> None:
    """It would be mixed into the new journal."""
    copy = await killed(path, tmp_path / "elsewhere" / "copy.journal")
    remove(copy.with_name("copy.journal-lock"))
    remove(copy)
    assert "is a part of one; put the journal back" in await refusal(copy)


async def test_what_a_killed_process_leaves_behind(path: Path) -> None:
    """Its lock and its beginnings of a journal are in nobody's way."""
    write(path.with_name(f"{path.name}-lock"), b"4194303\n")
    write(path.with_name(f"{path.name}-new"), b"SQLite format 3\0 and half a page")
    journal = await begun(path)
    assert f"{os.getpid()}\n".encode() == files(path.parent)[f"{path.name}-lock"]
    await journal.aclose()
    assert [path.name] == list(files(path.parent))


@pytest.mark.parametrize("suffix", ["-lock", "-new"])
async def test_what_is_somebody_elses(path: Path, suffix: str) -> None:
    """A file that is no journal's is not overwritten because of its name."""
    write(path.with_name(path.name + suffix), b"Dear Jane, about the lock")
    await refusal(path)


async def test_a_second_one_in_this_process(path: Path) -> None:
    """Two jobs on one journal would carry its rows out twice."""
    journal = await begun(path)
    for _ in range(2):
        message = await refusal(path)
        assert f"this process has the journal {str(path)!r} open already" in message
    with pytest.raises(JournalInUseError) as caught:
        await Journal.open(path)
    assert os.getpid() == caught.value.pid
    await journal.intend(2, b"create")
    await journal.aclose()
    await (await Journal.open(path)).aclose()


@posix
@pytest.mark.parametrize("content", [b"", b"somebody"])
async def test_a_holder_that_does_not_say_who_it_is(path: Path, content: bytes) -> None:
    """It has the journal all the same: the lock counts, and not what is written in it."""
    journal = await begun(path)
    write(path.with_name(f"{path.name}-lock"), content)
    with pytest.raises(JournalInUseError, match="is in use by") as caught:
        await Journal.open(path)
    assert caught.value.pid is None
    await journal.aclose()


@posix
async def test_a_lock_that_is_removed_while_it_is_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who holds it removes it on leaving; what is locked then would keep nobody out."""
    try_lock: Callable[[int], None] = lock._try_lock
    beside = path.with_name(f"{path.name}-lock")
    removals = [beside, beside]

    def lock_too_late(file: int) -> None:
        if removals:
            remove(removals.pop())
        try_lock(file)

    monkeypatch.setattr(lock, "_try_lock", lock_too_late)
    journal = await Journal.open(path)
    assert [] == removals
    with pytest.raises(JournalInUseError, match="open already"):
        lock.Lock(path)
    await journal.aclose()


@pytest.mark.slow
async def test_a_second_process(path: Path) -> None:
    """It is told whom to wait for, and the first one goes on."""
    journal = await begun(path)
    code = f"""
import asyncio
from systeme_async import JournalInUseError
from systeme_async.bulk.journal import Journal
try:
    asyncio.run(Journal.open({str(path)!r}))
except JournalInUseError as error:
    print(error.pid, error)
"""
    done = python(code)
    assert f"is in use by process {os.getpid()}; let it end" in done.stdout
    assert str(os.getpid()) == done.stdout.split()[0]
    await journal.intend(2, b"create")
    await journal.aclose()


async def test_another_program_that_looks_into_it(path: Path) -> None:
    """A browser of databases has to be closed first, and afterwards all is well."""
    await (await begun(path)).aclose()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigurationError, match="another program has it open"):
            await Journal.open(path)
        connection.execute("ROLLBACK")
    journal = await Journal.open(path)
    assert 2 == journal.total
    await journal.aclose()


@posix
@pytest.mark.slow
@pytest.mark.parametrize("what", ["the file", "the folder"])
async def test_what_can_not_be_written(tmp_path: Path, what: str) -> None:
    """It is refused before anything is sent; tried by somebody who is not the administrator."""
    journal = tmp_path / "lists" / "spring.journal"
    write(journal, b"")
    await (await begun(journal)).aclose()
    close_to_others(journal, file=what == "the file")
    code = f"""
import asyncio, os
from systeme_async.bulk.journal import Journal
os.chdir({str(journal.parent)!r})
if os.getuid() == 0:
    os.setresuid(65534, 65534, 65534)
asyncio.run(Journal.open("spring.journal"))
"""
    done = python(code)
    assert "permission denied; it and its folder have to be writable" in done.stderr
    assert ["spring.journal"] == list(files(journal.parent))


def close_to_others(journal: Path, *, file: bool) -> None:
    """Let others in, and let nobody write a file, or nobody its folder."""
    journal.chmod(0o444 if file else 0o666)
    journal.parent.chmod(0o777 if file else 0o555)
    for folder in list(journal.parents)[1:4]:
        folder.chmod(folder.stat().st_mode | 0o011)


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("how", ["removed", "replaced"])
async def test_a_file_that_goes_away_meanwhile(path: Path, suffix: str, how: str) -> None:
    """What would be written from then on would be gone with the process: no write leaves."""
    journal = await begun(path)
    file = path.with_name(path.name + suffix)
    away = path.with_name("away")
    rename(file, away)
    if how == "replaced":
        shutil.copy(away, file)
    with pytest.raises(JournalError, match=r"was removed or replaced .* nothing was sent since"):
        await journal.intend(2, b"create")
    rename(away, file)
    with pytest.raises(JournalError, match="was removed or replaced"):
        await journal.intend(2, b"create")
    await journal.aclose()
    journal = await Journal.open(path)
    assert {(State.PLANNED, None): 1, (State.UNKNOWN, None): 1} == await journal.counts()
    await journal.aclose()


def rename(file: Path, to: Path) -> None:
    """Move a file, over another one if need be."""
    file.replace(to)


async def test_opening_that_fails_at_any_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the journal's own name lies a whole one, or none; the next one can open it."""

    class Failing(sqlite3.Connection):
        steps = 0

        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            Failing.steps -= 1
            if Failing.steps == 0:
                message = "disk I/O error"
                raise sqlite3.OperationalError(message)
            return super().execute(*arguments)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Failing))
    failed = 0
    for steps in range(1, 40):
        Failing.steps = steps
        try:
            journal = await Journal.open(path)
        except ConfigurationError:
            failed += 1
        else:
            await journal.aclose()
            break
        Failing.steps = 0
        journal = await Journal.open(path)
        assert {} == await journal.counts()
        await journal.aclose()
        remove(path)
    assert failed > 10


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_a_disk_that_is_full_before_it_begins(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no mistake in the call: with more room the same one works."""

    def prepare(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(database, "prepare", prepare)
    with pytest.raises(JournalError, match="free some space, and run the same job again"):
        await Journal.open(path)
    monkeypatch.undo()
    await (await Journal.open(path)).aclose()

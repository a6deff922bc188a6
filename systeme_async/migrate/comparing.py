"""Comparing what was moved with the account as it is; nothing is written to either account."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anyio import to_thread
from msgspec import structs

from ..bulk.journal import Journal
from ..bulk.verify import differences
from ..errors import ConfigurationError
from .mapping import read_mapping
from .plan import Verification
from .rows import ID, gather, rows_in, slugs_of

if TYPE_CHECKING:
    from .accounts import Accounts
    from .folder import Folder, State

SHOWN: Final = 10
"""Differences that are kept."""


async def compare(folder: Folder, accounts: Accounts, state: State) -> Verification:
    """Compare; who differs is moved again by the next run that reads everybody."""
    runs = [run for run in state.runs if folder.run(run.number).journal.exists()]
    if not runs:
        raise nobody_moved(folder)
    under_way, whole = not runs[-1].applied, not runs[-1].applied or runs[-1].rejected
    tags = read_mapping(folder.run(runs[-1].number).mapping).tag_names
    with tempfile.TemporaryDirectory() as name:
        rows, journal = Path(name) / "rows.jsonl", Path(name) / "verify.journal"
        files = [folder.run(run.number).rows for run in runs]
        count = await to_thread.run_sync(
            lambda: gather(
                [path for path in files if path.exists()],
                folder.moved(),
                rows,
                whole=whole and files[-1].exists(),
            )
        )
        if not count:
            return Verification(0)
        await accounts.read_fields()
        slugs = await to_thread.run_sync(slugs_of, rows)
        gone = slugs - accounts.slugs
        columns = {slug: None if slug in gone else slug for slug in slugs}
        job = await accounts.job(rows, journal, columns, tags)
        await job.plan()
        found, differ = await _differences(journal, Verification(count, gone=sorted(gone)))
        found.under_way = under_way
        if not under_way:
            await to_thread.run_sync(_mark, folder, rows, differ, gone)
    return found


def nobody_moved(folder: Folder) -> ConfigurationError:
    """Say that there is nothing to compare."""
    msg = f"nobody was moved yet from {str(folder.path)!r}: apply the migration first"
    return ConfigurationError(msg)


async def _differences(path: Path, found: Verification) -> tuple[Verification, set[int]]:
    """Count the differences, and return the numbers of the rows too."""
    differ: set[int] = set()
    journal = await Journal.open(path)
    try:
        async for one in differences(journal):
            found.counts[one.kind.value] += 1
            differ.add(one.row)
            if len(found.first) < SHOWN:
                found.first.append(one)
    finally:
        await journal.aclose()
    return found, differ


def _mark(folder: Folder, rows: Path, differ: set[int], gone: set[str]) -> None:
    """Note of whom it is no longer true that all is moved."""
    moved = folder.moved()
    wrong: set[str] = set()
    # Every row is looked at: what a field that is gone held is in any of them.
    for number, row in enumerate(rows_in(rows), 1):
        if number in differ or gone & row.keys():
            wrong.add(str(row[ID]))
    wrong &= moved.keys()
    if wrong:
        marked = {one: structs.replace(moved[one], again=True) for one in wrong}
        folder.keep_moved(moved | marked)

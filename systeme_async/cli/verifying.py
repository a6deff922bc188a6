"""`systeme verify`: whether the account holds what a file says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from ..bulk.journal import Journal
from ..bulk.verify import Difference, Disagreement, differences
from . import wording
from .access import Access
from .comparing import plan_of
from .lists import AS_IT_IS, ContactList
from .planning import and_more, values_as_json, values_as_text
from .running import run
from .speech import complain, say
from .status import Exit
from .words import Given

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .running import Interrupts

SHOWN: Final = 10
"""Differences of each kind that are shown as text."""
TITLES: Final = {
    Disagreement.MISSING: "not in the account",
    Disagreement.CHANGED: "other values than the file (account → file)",
    Disagreement.UNTAGGED: "without a tag",
    Disagreement.REJECTED: "can't be imported as they stand",
}


def verify_file(file: str, /, *, contacts: ContactList = AS_IT_IS, given: Given) -> int:
    """Compare a file with the account; nothing is written.

    It ends with 0 only if an import of the file, with the same options, would find nothing to do.
    With --on-existing skip it is enough that an address is there.

    With --json, standard output gets one object: all differences, a line each, then the counts.

    Args:
        file: CSV (.csv, .tsv, .txt), JSON lines (.jsonl, .ndjson) or Parquet (.parquet).
        contacts: What the file was imported with.
        given: What stood before the command.
    """
    access = Access(given)

    async def verify(_: Interrupts) -> int:
        with TemporaryDirectory() as folder:
            path = Path(folder, "verify.journal")
            async with access.open() as systeme:
                job = contacts.job(systeme, file, path)
                plan = await plan_of(job, systeme, Path(file).name, virtual=access.virtual)
            complain(f"compared: {plan.way}, {wording.counted(plan.spent, 'request')} in all")
            return await _tell(path, as_json=given.json)

    return run(verify, virtual=access.virtual)


async def _tell(path: Path, *, as_json: bool) -> int:
    journal = await Journal.open(path)
    try:
        findings = Findings(journal.total)
        tell = _tell_as_json if as_json else _tell_as_text
        await tell(findings, differences(journal))
    finally:
        await journal.aclose()
    return Exit.ROWS_FAILED if findings.differing else Exit.DONE


class Findings:
    """What is kept of the differences: how many there are, and the first of each kind."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.differing = 0
        """Rows; one may differ in several things."""
        self.counts: Counter[Disagreement] = Counter()
        self.first: dict[Disagreement, list[Difference]] = {kind: [] for kind in TITLES}
        self._row = 0

    def take(self, one: Difference) -> None:
        """Count a difference; those of one row follow each other."""
        self.differing += one.row != self._row
        self._row = one.row
        self.counts[one.kind] += 1
        if self.counts[one.kind] <= SHOWN:
            self.first[one.kind].append(one)

    def lines(self) -> Iterator[str]:
        """Say what was found."""
        rows = wording.counted(self.total, "row")
        if not self.differing:
            yield f"{rows}: the file and the account agree"
            return
        yield f"{rows}: the file and the account differ in {self.differing:,}"
        for kind, title in TITLES.items():
            if self.first[kind]:
                yield f"{title}, {wording.counted(self.counts[kind], 'row')}:"
            for one in self.first[kind]:
                yield f"  row {one.row}{about(one)}"
            yield from and_more(self.counts[kind], len(self.first[kind]))

    def sums(self) -> dict[str, Any]:
        """Return the sums by the names that --json has."""
        counts = {kind.value: self.counts[kind] for kind in TITLES}
        agree = not self.differing
        return {"rows": self.total, "differing": self.differing, "agree": agree, **counts}


async def _tell_as_text(findings: Findings, found: AsyncIterator[Difference]) -> None:
    async for one in found:
        findings.take(one)
    say("\n".join(findings.lines()))


async def _tell_as_json(findings: Findings, found: AsyncIterator[Difference]) -> None:
    """Write one object, its differences as they come: there may be as many as rows."""
    read = say('{"differences": [')
    comma = " "
    async for one in found:
        findings.take(one)
        read = read and say(comma + json.dumps(as_json_object(one)))
        comma = ","
    if read:
        say(f"], {json.dumps(findings.sums())[1:]}")


def as_json_object(one: Difference) -> dict[str, Any]:
    """Return a difference as one object."""
    return {
        "row": one.row,
        "kind": one.kind.value,
        "email": one.email or None,
        "contact_id": one.contact_id,
        "values": values_as_json(one.values),
        "tags": list(one.tags),
        "reason": one.reason or None,
    }


def about(one: Difference) -> str:
    """Say whom a difference is about, and what it is."""
    email = one.email.strip()
    who = f" {wording.printable(email)}" if email and email not in one.reason else ""
    contact = "" if one.contact_id is None else f" (contact {one.contact_id})"
    what = one.reason or ", ".join(one.tags)
    said = values_as_text(one.values) if one.values else wording.printable(what)
    return f"{who}{contact}{f': {said}' if said else ''}"

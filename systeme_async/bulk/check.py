"""Comparing the rows of a job with the account, as long as it saves more than it costs.

A listing tells of a hundred contacts in one request. Without it each row that needs nothing costs
a request or two of its own: the write that is refused, and the look at what there is. So a
listing pays as long as its pages show enough contacts of the job's; it goes on for a few pages in
any case, and ends where it stops paying. How far it has come is kept in the journal.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..paging import Pager
    from .journal import Journal

T = TypeVar("T")

GRACE: Final = 5
"""Pages that are read whatever they show, at least."""
WAGER: Final = 10
"""One page for so many rows is read whatever it shows."""
NOTE: Final = "check"
SHELF_LIFE: Final = 86_400.0
"""Seconds after which what was found is out of date: a day later others have worked on it."""


class Progress(msgspec.Struct):
    """How far the comparison has come."""

    pages: int = 0
    found: int = 0
    after: int | None = None
    """The id of the last item seen."""
    complete: bool = False
    """Whether all items have been seen: what was not found is not there."""
    given_up: bool = False
    """Whether it stopped paying."""
    looked: int = 0
    """Rows looked up one by one."""
    at: float = 0.0
    """When something was listed last, as a unix time."""

    @property
    def over(self) -> bool:
        """Whether nothing more is listed."""
        return self.complete or self.given_up


class Finding(NamedTuple):
    """What an item of the listing tells of rows."""

    keys: tuple[str, ...]
    """Of the rows it is about."""
    contact_id: int
    plan: bytes
    """What is to be kept of it."""


_encode: Final = msgspec.json.Encoder().encode
_read: Final = msgspec.json.Decoder(Progress).decode


class Check(Generic[T]):
    """Compares the rows of a journal with a listing.

    Args:
        journal: whose rows are compared, and which remembers how far it has come.
        listing: begins the listing after an item.
        describe: says what an item tells of rows, and None where it tells nothing.
        id_of: names the id by which the listing goes on.
        saves: requests that each row found in advance saves.
        name: what it is noted under, where a job has several.
    """

    def __init__(
        self,
        journal: Journal,
        listing: Callable[[int | None], Pager[T]],
        describe: Callable[[T], Finding | None],
        id_of: Callable[[T], int],
        *,
        saves: int,
        name: str = NOTE,
    ) -> None:
        self._journal = journal
        self._listing = listing
        self._describe = describe
        self._id_of = id_of
        self._saves = saves
        self._name = name
        self.progress = Progress()

    async def run(self, most: int | None = None) -> Progress:
        """List as long as that pays; with `most`, up to so many pages whether it pays or not."""
        noted = await self._journal.noted(self._name)
        if noted is not None:
            self.progress = _read(noted)
        progress = self.progress
        if most is not None and progress.given_up:
            progress.given_up = progress.pages > most
        if not progress.over:
            await self._list(progress, most)
        return progress

    async def note(self) -> None:
        """Keep how far it has come."""
        self.progress.at = time.time()
        await self._journal.note(self._name, _encode(self.progress))

    async def _list(self, progress: Progress, most: int | None) -> None:
        async for page in self._listing(progress.after).pages():
            progress.pages += 1
            progress.found += await self._compare(page)
            progress.after = self._id_of(page[-1]) if page else progress.after
            progress.given_up = not self._pays(most)
            await self.note()
            if progress.given_up:
                return
        progress.complete = True
        await self.note()

    def _pays(self, most: int | None) -> bool:
        pages, found = self.progress.pages, self.progress.found
        if most is not None:
            return pages <= most
        grace = max(GRACE, self._journal.total // WAGER)
        return pages <= grace or pages <= self._saves * found

    async def _compare(self, page: list[T]) -> int:
        """Note which rows a page tells of; return how many."""
        findings = {
            key: finding
            for finding in map(self._describe, page)
            if finding is not None
            for key in finding.keys
        }
        first = await self._journal.firsts(list(findings))
        # Of several rows with one key the first alone meets what is there now.
        await self._journal.planned(
            [
                (number, findings[key].plan, findings[key].contact_id)
                for key, number in first.items()
            ]
        )
        return len(first)


async def forget_if_old(journal: Journal, *names: str) -> None:
    """Forget what was found by comparisons of some names, if the last of it was found long ago."""
    noted = [value for name in names if (value := await journal.noted(name)) is not None]
    newest = max((_read(value).at for value in noted), default=None)
    if newest is not None and not 0 <= time.time() - newest <= SHELF_LIFE:
        await journal.forget(names)


def counted(number: int, noun: str) -> str:
    """Word a number of things: "1 page", "2 pages"."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"

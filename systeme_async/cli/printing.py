"""Prints what a call brings, for people or as JSON, and never more of it in memory than a page.

The columns of a table are as wide as its first page asks for. A longer cell further down pushes
the rest of its line aside and is not cut: what is printed is complete, also in a pipe.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from . import columns
from .results import Done, Listing
from .speech import complain, say
from .wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..models import Model
    from .results import Result

GAP: Final = "  "


async def show(result: Result, *, as_json: bool) -> None:
    """Print it."""
    match result:
        case Done():
            complain(printable(result.message))
        case Listing():
            await _show_listing(result, as_json=as_json)
        case _ if as_json:
            say(_as_json(result))
        case _:
            say("\n".join(columns.lines(result)))


async def _show_listing(listing: Listing, *, as_json: bool) -> None:
    """Print a listing page by page, until it ends, enough was printed or nobody reads on."""
    left, table = listing.most, Table()
    async for page in listing.pager.pages():
        items: list[Model] = page[:left]
        told = map(_as_json, items) if as_json else table.lines(items)
        # Leaving the loop before anything is awaited takes back the request for the next page.
        if items and not say("\n".join(told)):
            return
        left = None if left is None else left - len(items)
        if left == 0:
            return
    if table.empty and not as_json:
        complain("nothing to list")


class Table:
    """Rows below their headings, wide enough for those that came first."""

    def __init__(self) -> None:
        self._widths: list[int] = []

    @property
    def empty(self) -> bool:
        """Whether no row has come yet."""
        return not self._widths

    def lines(self, models: Sequence[Model]) -> Iterable[str]:
        """Write some rows; above the first ones, the headings."""
        rows = [columns.cells(model) for model in models]
        if self.empty and models:
            rows.insert(0, columns.columns_of(type(models[0])))
            self._widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        return map(self._line, rows)

    def _line(self, row: Sequence[str]) -> str:
        padded = [
            text + " " * (width - cell_len(text))
            for text, width in zip(row, self._widths, strict=True)
        ]
        return GAP.join(padded).rstrip()


def _as_json(model: Model) -> str:
    return json.dumps(columns.plain(model))

"""Cells that a spreadsheet can't run, and the columns that results add to those of a file.

Pure. A spreadsheet takes a cell that begins with one of a few signs for a formula, and runs it.
Such a cell gets an apostrophe in front. So does one that begins with an apostrophe: what `defuse`
has done to a text, whatever it is, `restore` undoes to the letter.

A program that takes another sign for the delimiter, as Excel does in half of Europe, cuts a cell
at that sign and at line breaks, and the rest may begin with a formula. So the rule holds behind
those signs too.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = ("row", "status", "contact_id", "error", "advice")
"""What results say of each row, behind the columns that it had before."""

# The last four are the same signs in full width, as East Asian keyboards type them.
_SIGNS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_CUTS: Final = ",;\t\r\n"
_DANGEROUS: Final = re.compile(
    rf"""\A(?=['\t\r\n]|[\s"]*[{_SIGNS}])|(?<=[{_CUTS}])(?='|"*[{_SIGNS}])"""
)
_DEFUSED: Final = re.compile(rf"(?:\A|(?<=[{_CUTS}]))'")
_FIRST: Final = re.compile(rf"{COLUMNS[0]}(_\d+)?")


def defuse(text: str) -> str:
    """Put an apostrophe before whatever a spreadsheet might run."""
    return _DANGEROUS.sub("'", text)


def restore(text: str) -> str:
    """Take those apostrophes away again."""
    return _DEFUSED.sub("", text)


def result_columns(heading: Sequence[str]) -> list[str]:
    """Name the columns of results; all get a number where a column of the file is called so."""
    taken = {name.strip() for name in heading}
    names = (
        [f"{name}{'' if number == 1 else f'_{number}'}" for name in COLUMNS] for number in count(1)
    )
    return next(chosen for chosen in names if not taken & {*chosen})


def result_places(heading: Sequence[str]) -> frozenset[int]:
    """Say where the columns of results stand; nowhere, if not all of them are there."""
    names = [name.strip() for name in heading]
    for name in names:
        if first := _FIRST.fullmatch(name):
            ours = [column + (first[1] or "") for column in COLUMNS]
            if set(ours) <= set(names):
                return frozenset(map(names.index, ours))
    return frozenset()

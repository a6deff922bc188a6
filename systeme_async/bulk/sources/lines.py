"""A second look at a file, line by line: only where its bytes are not simply UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, Final

from ...errors import ConfigurationError
from .plausible import WESTERN, broken, implausible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME_IT: Final = "name its encoding (File(path, encoding=...), --encoding)"
_LONGEST: Final = 1 << 20
"""A line may have no end; it is then looked at in pieces."""


def line_at(path: Path, offset: int, encoding: str) -> int:
    """Return the number of the line, from 1, in which the byte at an offset stands."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
    line = 1
    with path.open("rb") as file:
        while offset > 0 and (block := file.read(min(offset, _LONGEST))):
            offset -= len(block)
            line += newlines.decode(block).count("\n")
    return line


def refuse_or_guess_western(path: Path) -> None:
    """Return where a file that is not UTF-8 may be taken for cp1252.

    Raises `ConfigurationError` where other lines are UTF-8, and where cp1252 makes no sense.
    """
    name = path.name
    bad: tuple[int, bytes] | None = None
    good: int | None = None
    odd: tuple[int, str] | None = None
    for number, raw in _lines_beyond_ascii(path):
        try:
            raw.decode()
            good = good or number
        except UnicodeDecodeError as error:
            bad = bad or (number, raw[error.start : error.start + 1])
        odd = odd or _oddity(number, raw)
    if bad is None:
        msg = f"{name} changed while it was read; try again when it is complete"
        raise ConfigurationError(msg)
    where = f"{name}, line {bad[0]}: the byte {bad[1].hex().upper()} is not UTF-8"
    if good is not None:
        msg = (
            f"{where}, though line {good} is: the file mixes encodings; correct that line, save "
            f"all of it as CSV UTF-8, or {_NAME_IT}"
        )
        raise ConfigurationError(msg)
    if odd is not None:
        msg = (
            f"{where}, and it is not cp1252 (Windows) either, as far as line {odd[0]} tells: "
            f"{odd[1]}; save it as CSV UTF-8, or {_NAME_IT}"
        )
        raise ConfigurationError(msg)


def inspect_utf_8(path: Path) -> tuple[str, ...]:
    """Note what was decoded wrongly before the file was written.

    Raises `ConfigurationError` where that is most of what there is beyond ASCII.
    """
    beyond = 0
    first: tuple[int, str, str | None] | None = None
    count = 0
    for number, raw in _lines_beyond_ascii(path):
        beyond += 1
        found = broken(raw.decode(errors="replace"))
        if found is not None:
            count += 1
            first = first or (number, *found)
    if first is None:
        return ()
    number, whole, right = first
    what = f"line {number} has {whole!r}"
    what += f" for {right!r}" if right else ", where a letter was lost"
    if 2 * count > beyond:
        msg = (
            f"{path.name} was decoded wrongly before it was saved: {what}; export it anew as "
            f"CSV UTF-8; or to take it as it is, {_NAME_IT}"
        )
        raise ConfigurationError(msg)
    lines = "1 line was" if count == 1 else f"{count} lines were"
    return (f"{lines} perhaps decoded wrongly before: {what}",)


def _oddity(number: int, raw: bytes) -> tuple[int, str] | None:
    try:
        text = implausible(raw.decode(WESTERN))
    except UnicodeDecodeError as error:
        byte = raw[error.start : error.start + 1].hex().upper()
        return number, f"the byte {byte} means nothing in it"
    return None if text is None else (number, f"it would say {text!r}")


def _lines_beyond_ascii(path: Path) -> Iterator[tuple[int, bytes]]:
    # Latin-1 maps each byte to one character and back, so that \r alone can end a line too.
    with path.open(encoding="latin-1") as file:
        number = 1
        while line := file.readline(_LONGEST):
            if not line.isascii():
                yield number, line.encode("latin-1")
            number += line.endswith("\n")

"""Files of text: how they are encoded, found out in one pass over their bytes.

The rule: a byte order mark decides; else UTF-16 where every second byte at the beginning is zero;
else UTF-8, to the letter; else cp1252 where that is plausible (see `plausible`); else the file is
refused with the line. Never some lines one way and some another.
"""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from ...errors import ConfigurationError
from .lines import inspect_utf_8, line_at, refuse_or_guess_western
from .plausible import WESTERN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO, TextIO

HEAD: Final = 64 * 1024
_BLOCK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SHOWN: Final = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16",
                 "utf-16-le": "UTF-16 (guessed)", "utf-16-be": "UTF-16 (guessed)"}  # fmt: skip
_SUSPECTS: Final = (b"\xc3\x83", b"\xc3\x82", b"\xc3\xa2\xe2\x82\xac", b"\xef\xbf\xbd")
_WIDE: Final = ("utf-16", "utf-32")
"""Encodings in which a zero byte is a part of most letters."""
_ZEROS: Final = 0.3
"""The part of every second byte that is zero in UTF-16 of a European list, at least."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of text that has been read once from its first to its last byte."""

    path: Path
    encoding: str
    shown: str
    """The encoding as people know it, and whether it was guessed."""
    fingerprint: str
    notes: tuple[str, ...]
    stamp: tuple[int, int]

    @property
    def name(self) -> str:
        """The name without the folders."""
        return self.path.name

    def open(self) -> TextIO:
        """Open it for reading, line ends kept; refuses a file that has changed meanwhile."""
        if _stamp(self.path) != self.stamp:
            msg = f"{self.name} has changed since it was checked; describe the job anew"
            raise ConfigurationError(msg)
        return self.path.open(encoding=self.encoding, newline="")


def examine(path: Path, encoding: str | None = None) -> TextFile:
    """Read a file to its end and find out how to decode it.

    Raises `ConfigurationError` for bytes that are no text in the encoding given or found.
    """
    stamp = _stamp(path)
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = _declared(path.name, head, encoding)
    # The mark is no text of its own: counting bytes is simpler with it than without.
    check = _Pass("utf-8" if found in {None, "utf-8-sig"} else str(found))
    with path.open("rb") as file:
        check.read(file)
    found, notes = _settled(path, found, check, trusted=encoding is not None)
    shown = _SHOWN.get(found) or (encoding or f"{found} (guessed)")
    return TextFile(path, found, shown, check.fingerprint, notes, stamp)


def fingerprint_of(path: Path) -> str:
    """Return the digest of a file that is no text."""
    digest = blake2b(digest_size=32)
    with path.open("rb") as file:
        for block in _blocks(file):
            digest.update(block)
    return digest.hexdigest()


def _settled(
    path: Path, found: str | None, check: _Pass, *, trusted: bool
) -> tuple[str, tuple[str, ...]]:
    """Return the encoding, after what the pass over the bytes has shown, and notes on it."""
    if check.zero is not None:
        line = line_at(path, check.zero, check.encoding)
        msg = f"{path.name}, line {line} holds a zero byte: it is no text, or cut; export it anew"
        raise ConfigurationError(msg)
    if check.wrong is None:
        suspect = check.suspect and not trusted and check.encoding.startswith("utf-8")
        return found or check.encoding, inspect_utf_8(path) if suspect else ()
    if found is None:
        refuse_or_guess_western(path)
        return WESTERN, ()
    line = line_at(path, check.wrong, check.encoding)
    known = "" if trusted else ", which its first bytes say it is"
    msg = (
        f"{path.name}, line {line}: the byte at {check.wrong} is not "
        f"{_SHOWN.get(found, found).removesuffix(' (guessed)')}{known}; "
        "correct that line, or save the file as CSV UTF-8"
    )
    raise ConfigurationError(msg)


class _Pass:
    """One pass over the bytes: digest them, and try whether they decode."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.wrong: int | None = None
        """Where the first byte is that does not decode."""
        self.zero: int | None = None
        """Where the first zero character is; for wide encodings, about where."""
        self.suspect = False
        """Whether something in it was perhaps decoded wrongly before."""
        self.fingerprint = ""

    def read(self, file: BinaryIO) -> None:
        digest = blake2b(digest_size=32)
        decoder = codecs.getincrementaldecoder(self.encoding)()
        at = 0
        for block in _blocks(file):
            digest.update(block)
            if self.zero is None and not self.encoding.startswith(_WIDE) and 0 in block:
                self.zero = at + block.index(0)
            self._try(decoder, at, block)
            at += len(block)
        self._try(decoder, at, b"", final=True)
        self.fingerprint = digest.hexdigest()

    def _try(
        self, decoder: codecs.IncrementalDecoder, at: int, block: bytes, *, final: bool = False
    ) -> None:
        if self.wrong is not None:
            return
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final)
        except UnicodeError as error:
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            self.wrong = at - pending + start
            return
        if self.zero is None and "\0" in text:
            self.zero = at
        if not self.suspect and not text.isascii():
            self.suspect = any(suspect in block for suspect in _SUSPECTS)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _declared(name: str, head: bytes, encoding: str | None) -> str | None:
    """Return what the caller, the mark or the zeros say; None leaves it to be tried."""
    marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), None)
    if encoding is None:
        return marked or _wide(head)
    try:
        # Python counts compressions among its encodings; only a text wrapper knows better.
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        wanted = codecs.lookup(encoding).name
    except LookupError:
        msg = f"no encoding {encoding!r}; give one such as 'utf-8', 'cp1252' or 'mac-roman'"
        raise ConfigurationError(msg) from None
    if marked and not wanted.startswith(marked.removesuffix("-sig")):
        msg = f"{name} begins with the mark of {_SHOWN[marked]}: it is not {encoding}"
        raise ConfigurationError(msg)
    return marked or wanted


def _wide(head: bytes) -> str | None:
    """Recognize UTF-16 without a mark by its zeros."""
    even, odd = head[0::2], head[1::2]
    for zeros, others, codec in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros and zeros.count(0) >= _ZEROS * len(zeros) and 0 not in others:
            return codec
    return None

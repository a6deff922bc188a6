"""Whether a text reads as one that people wrote: what the guess of an encoding rests on.

Pure. There are no statistics in here but six rules that can be told. Bytes that are not UTF-8 are
taken for cp1252, the encoding of Windows in western Europe, where all of this holds:

1. every byte means something in it: 81, 8D, 8F, 90 and 9D do not;
2. every letter beyond ASCII is one of German, French, Spanish, Portuguese or Italian;
3. no three of those follow each other, as in Russian or Greek that is read wrongly;
4. no sign stands between two letters, apostrophes and hyphenation points aside, and no
   opening sign right after one;
5. no capital of those stands after a small letter, nor within a word of small letters;
6. õ stands before e, and ã before a, e, i, o, s, z or at the end, as they do in Portuguese.

So central European, Cyrillic and Macintosh files are refused, and so is a rare right one, for
which the caller names the encoding.
"""

from __future__ import annotations

import re
from typing import Final

WESTERN: Final = "cp1252"

_SMALL: Final = "äöüßàâçèéêëîïôùûÿæœáíñóúãõìò"
_CAPITAL: Final = "ÄÖÜÀÂÇÈÉÊËÎÏÔÙÛÆŒÁÍÑÓÚÃÕÌÒ"
_FOREIGN: Final = "ŠšŽžŸÝýÅåØøÐðÞþƒˆ˜¨¯¸¤¦¬"  # noqa: RUF001 - signs of cp1252
_LETTER: Final = f"[a-zA-Z{_SMALL}{_CAPITAL}]"
_SIGN: Final = rf"[^\x00-\x7f{_SMALL}{_CAPITAL}’´·ªº\xa0\xad]"  # noqa: RUF001 - signs of cp1252

_IMPLAUSIBLE: Final = re.compile(
    f"[{_FOREIGN}]"
    f"|[{_SMALL}{_CAPITAL}]{{3}}"
    f"|{_LETTER}{_SIGN}{_LETTER}"
    f"|{_LETTER}[‚„¿¡]"  # noqa: RUF001 - signs of cp1252
    f"|[a-z{_SMALL}][{_CAPITAL}]"
    f"|{_LETTER}[{_CAPITAL}][a-z{_SMALL}]"
    rf"|[õÕ](?![eE])|[ãÃ](?![aeioszAEIOSZ])(?={_LETTER})"
)

_BROKEN: Final = re.compile(r"Ã[^\x00-\x7f]|Â[^\x00-\x7f]|â€[^\x00-\x7f]|�")
_UNSIGNED: Final = "\x81\x8d\x8f\x90\x9d"
_RIGHT: Final = frozenset(f"{_SMALL}{_CAPITAL}“”‘’–—…•€\xa0¡¿°ªº«»´§©®")  # noqa: RUF001 - signs of cp1252


def implausible(text: str) -> str | None:
    """Return the word that nobody would have written, or None.

    Args:
        text: a line of bytes decoded as cp1252.
    """
    found = _IMPLAUSIBLE.search(text)
    return None if found is None else _word_around(text, found.start(), found.end())


def broken(text: str) -> tuple[str, str | None] | None:
    """Return a word that was decoded wrongly before, and what it should be where that is known.

    "MÃ¼ller" is UTF-8 that somebody read as cp1252 and saved again; � is a letter that is lost.
    """
    for found in _BROKEN.finditer(text):
        if found.group() == "�":
            return _word_around(text, found.start(), found.end()), None
        right = _read_again(found.group())
        if right in _RIGHT:
            whole = _word_around(text, found.start(), found.end())
            return whole, whole.replace(found.group(), right)
    return None


def _read_again(text: str) -> str:
    """Undo the wrong decoding; "" where there was none."""
    try:
        # Bytes that cp1252 has no sign for come through many programs as they are.
        return b"".join(
            letter.encode("latin-1" if letter in _UNSIGNED else WESTERN) for letter in text
        ).decode()
    except UnicodeError:
        return ""


def _word_around(text: str, start: int, end: int) -> str:
    before = re.search(r"[^\s,;|\"]*\Z", text[max(0, start - 30) : start])
    after = re.match(r"[^\s,;|\"]*", text[end : end + 30])
    return f"{before.group() if before else ''}{text[start:end]}{after.group() if after else ''}"

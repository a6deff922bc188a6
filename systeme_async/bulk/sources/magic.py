"""What a file is by its first bytes, whatever its name says.

Pure. A workbook by the name of .csv is refused as what it is, not as bytes that make no sense.
"""

from __future__ import annotations

from typing import Final

_SAVE: Final = "open it in a spreadsheet and save it as CSV UTF-8"

_BEGINNINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", f"a workbook or another zip file: {_SAVE}"),
    (b"\xd0\xcf\x11\xe0", f"a workbook of an old kind: {_SAVE}"),
    (b"\x1f\x8b", "compressed by gzip: unpack it first"),
    (b"BZh", "compressed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "compressed by xz: unpack it first"),
    (b"(\xb5/\xfd", "compressed by zstd: unpack it first"),
    (b"%PDF", "a PDF: export the list as CSV UTF-8 where it comes from"),
    (b"{\\rtf", "a formatted text: save it as CSV UTF-8"),
    (b"PAR1", "Parquet: rename it to .parquet"),
    (b"SQLite format 3", "a database: export the table as CSV UTF-8"),
    (b"\xff\xfe\x00\x00", "UTF-32: save it as CSV UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32: save it as CSV UTF-8"),
    (b"<", f"HTML or XML: {_SAVE}"),
)

_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
SUFFIXES: Final = {
    **dict.fromkeys(_WORKBOOKS, f"a workbook: {_SAVE}"),
    ".json": "JSON: write one object a line, and name it .jsonl",
    ".gz": "compressed by gzip: unpack it first",
    ".zip": "a zip file: unpack it first",
}
"""Why a file by such a name is not read."""


def mistaken(head: bytes, *, lines_of_json: bool) -> str | None:
    """Say what a text file really is, or None where it may be text.

    Args:
        head: its first bytes.
        lines_of_json: whether it is to hold JSON lines rather than CSV.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, what in _BEGINNINGS:
        if head.startswith(beginning) or text.startswith(beginning):
            return what
    if not lines_of_json and text.startswith((b'{"', b'[{"', b"[\n")):
        return "JSON: name it .jsonl if each line holds one object"
    if lines_of_json and text.startswith(b"["):
        return "one array of JSON: write one object a line"
    return None

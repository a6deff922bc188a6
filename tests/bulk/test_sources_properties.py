"""Whatever is written as CSV is read as it was written, or refused with the reason."""

from __future__ import annotations

import asyncio
import codecs
import csv
import io
import json
import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import assume, example, given, reject
from hypothesis import strategies as st

from systeme_async import ConfigurationError
from systeme_async.bulk.sources import File, open_source

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
LETTERS = "abzÄéßñç€’çãõøŠЖ語😀'\"=;,\t| \n\r\u2028\x85\x0b@.\ufeff\xa0-"
CELLS = st.text(LETTERS, max_size=8) | st.text(max_size=8)
EMAILS = st.sampled_from(["Email", " E-MAIL ", "Correo electrónico", "email"])
HEADERS = st.sampled_from(["Vorname", "Prénom", "City", "Straße", "Nom, prénom", "a;b", ""])


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw a table with headers of its own, each once, and rows of the header's length."""
    others = st.lists(HEADERS | CELLS, max_size=4)
    headers = draw(st.permutations([draw(EMAILS), *draw(others)]))
    rows = st.lists(CELLS, min_size=len(headers), max_size=len(headers))
    return [headers, *draw(st.lists(rows, max_size=6))]


def written(table: list[list[str]], encoding: str, **dialect: Any) -> bytes:
    """Write a table as Python's own writer does, or leave the example."""
    text = io.StringIO(newline="")
    try:
        csv.writer(text, **dialect).writerows(table)
        content = text.getvalue().encode(encoding)
        # The writer leaves some cells bare that even its own reader takes for two.
        text.seek(0)
        faithful = list(csv.reader(text, delimiter=dialect["delimiter"])) == table
    except (csv.Error, UnicodeEncodeError):
        reject()
    assume(faithful)
    return content


def read(file: Path | File) -> tuple[list[str], list[Any], list[list[str]]]:
    """Return header, rows and cells of a file."""

    async def all_rows() -> list[Any]:
        return [row async for row in source.rows()]

    source = open_source(file)
    rows = asyncio.run(all_rows())
    cells = list(source.cells())
    assert source.count == len(rows) == len(cells)
    return list(source.headers or ()), rows, cells


def is_utf_8(content: bytes) -> bool:
    """Tell whether bytes decode as UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def blank(row: list[str]) -> bool:
    """Tell whether a row holds nothing, as spreadsheets leave them below a table."""
    return not "".join(row).strip()


@given(
    table=tables(),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(",;\t|"),
    lineterminator=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE]),
    told=st.booleans(),
)
def test_csv_is_read_as_it_was_written_or_refused(
    *,
    table: list[list[str]],
    encoding: str,
    delimiter: str,
    lineterminator: str,
    quoting: int,
    told: bool,
) -> None:
    """Any cells, delimiter, encoding, line end and quoting: the same again, or an error."""
    content = written(
        table, encoding, delimiter=delimiter, lineterminator=lineterminator, quoting=quoting
    )
    # Without any delimiter in the header it can't be told which one the cells do not hold.
    assume(told or len(table[0]) > 1 or not re.search(r"[,;\t|]", str(table)))
    # By chance, bytes of cp1252 may be UTF-8 as well, and then they are.
    assume(told or encoding != "cp1252" or content.isascii() or not is_utf_8(content))
    with TemporaryDirectory() as folder:
        path = Path(folder, "people.csv")
        path.write_bytes(content)
        try:
            headers, rows, cells = read(
                File(path, encoding=encoding, delimiter=delimiter) if told else path
            )
        except ConfigurationError:
            return
    first, *others = [row for row in table if not blank(row)]
    # A column without a name that holds something is called by its place.
    assert [name.strip().lstrip("\ufeff").strip() for name in first] == [
        "" if name.startswith("column ") else name for name in headers
    ]
    assert others == cells
    for row, values in zip(rows, others, strict=True):
        if not isinstance(row, ConfigurationError):
            assert dict(zip(headers, values, strict=True)) == row


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELLS, inner, max_size=3),
    max_leaves=4,
)


@given(
    rows=st.lists(st.dictionaries(CELLS, JSON, max_size=4), max_size=6),
    encoding=st.sampled_from(ENCODINGS),
    line_end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    ascii_only=st.booleans(),
)
def test_json_lines_are_read_as_they_were_written_or_refused(
    *, rows: list[dict[str, Any]], encoding: str, line_end: str, ascii_only: bool
) -> None:
    """Any objects, encoding and line end: the same again, or an error."""
    text = "".join(json.dumps(row, ensure_ascii=ascii_only) + line_end for row in rows)
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        reject()
    with TemporaryDirectory() as folder:
        path = Path(folder, "people.jsonl")
        path.write_bytes(content)
        try:
            _, got, cells = read(path)
        except ConfigurationError:
            return
    assert rows == got
    assert len(cells) == len(rows)


@given(content=st.binary(max_size=200), name=st.sampled_from(["a.csv", "a.jsonl", "a.parquet"]))
@example(codecs.BOM_UTF16_LE + b"\x00\xd8", "a.csv")
@example(b"Email\xff", "a.csv")
@example(b"PAR1PAR1", "a.parquet")
def test_any_bytes_are_rows_or_a_reason(content: bytes, name: str) -> None:
    """No bytes end in another error than ours."""
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        with suppress(ConfigurationError):
            read(path)

"""What a file is taken for: its encoding, its delimiter, its header, or the reason why not."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import ConfigurationError
from systeme_async.bulk.sources import File, open_source

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async.bulk.sources import Source

pytestmark = pytest.mark.anyio

GERMAN = "Vorname;Nachname;E-Mail;Straße\r\nJürgen;Müßig;j@example.de;Ährenweg 3 – „Süd“\r\n"
FRENCH = "Prénom;Nom;Adresse e-mail\r\nHélène;D’Œuvre-Noël;h@example.fr\r\n"
SPANISH = "Nombre;Apellidos;Correo\r\nIñaki;Muñoz Peña;i@example.es\r\n"
PORTUGUESE = "Primeiro nome;Sobrenome;E-mail\r\nJoão;Conceição Simões;j@example.pt\r\n"
ITALIAN = "Nome;Cognome;Città;E-mail\r\nNiccolò;D´Alì;Forlì;n@example.it\r\n"
ENGLISH = "First name;Email;Company\r\nZoë;z@example.com;Café £5 · ½ ©\r\n"

Keep = Callable[..., "Path"]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Write a file and return its path."""

    def make(content: bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


async def rows_of(source: Source) -> list[Any]:
    """Return all rows."""
    return [row async for row in source.rows()]


def lines_of(text: str, delimiter: str = ";") -> list[dict[str, str]]:
    """Read simple text the simple way."""
    header, *lines = [line.split(delimiter) for line in text.splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, ENGLISH])
@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("cp1252", "cp1252 (guessed)"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 (guessed)"),
        ("utf-16-be", "UTF-16 (guessed)"),
    ],
)
async def test_an_encoding_is_found_out(keep: Keep, text: str, encoding: str, shown: str) -> None:
    """What spreadsheets of six languages save is read, and what was guessed is said."""
    source = open_source(keep(text.encode(encoding)))
    assert lines_of(text) == await rows_of(source)
    assert source.description == f"CSV, {shown}, semicolons"
    assert source.notes == ()


@pytest.mark.parametrize(
    ("word", "encoding", "said"),
    [
        ("Müßig Bäcker", "mac-roman", "cp1252"),
        ("España", "mac-roman", "'Espa–a'"),
        ("Bäcker", "cp850", "'B„cker'"),
        ("Jürgen", "cp850", "the byte 81 means nothing"),
        ("Dvořák", "cp1250", "'Dvoøák'"),
        ("Dąbrowski", "cp1250", "'D¹browski'"),
        ("Erdős", "cp1250", "'Erdõs'"),
        ("Mărgineanu", "cp1250", "'Mãrgineanu'"),
        ("Вероника", "cp1251", "cp1252"),
        ("Γιώργος", "cp1253", "cp1252"),
        ("Gülşah", "cp1254", "'Gülþah'"),
        ("北京市", "gbk", "cp1252"),
        ("Søren", "cp1252", "'Søren'"),
    ],
)
async def test_other_encodings_are_refused_until_named(
    keep: Keep, word: str, encoding: str, said: str
) -> None:
    """What can't be told from something else is not guessed; the caller's word is taken."""
    text = f"Email,City\na@example.com,Lyon\nb@example.com,{word}\n"
    path = keep(text.encode(encoding))
    with pytest.raises(ConfigurationError, match="line 3.*--encoding") as refusal:
        open_source(path)
    assert said in str(refusal.value)
    source = open_source(File(path, encoding=encoding))
    assert (await rows_of(source))[1]["City"] == word
    assert source.description == f"CSV, {encoding}, commas"


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"Email,City\na@b.de,K\xc3\xb6ln\nc@d.de,K\xf6ln\n", "line 3: the byte F6.*line 2 is"),
        (b"\xef\xbb\xbfEmail,City\na@b.de,K\xf6ln\n", "line 2: the byte at 22 is not UTF-8"),
        (b"Email,City\na@b.de,Jos\xc3", "line 2: the byte C3"),
        ("Email,City\na@b.de,x\n".encode("utf-16") + b"x", "line 3.* is not UTF-16"),
        (b"Email,City\na@b.de,Ly\0on\n", "line 2 holds a zero byte"),
        (b"Email,City\n\xf6\na@b.de,Ly\0on\n", "line 3 holds a zero byte"),
        ("Email,City\na@b.de,Ly\0on\n".encode("utf-16"), "zero byte"),
        ("Email,City\na@b.de,MÃ¼ller\n".encode(), "line 2 has 'MÃ¼ller' for 'Müller'"),
        ("Email,City\na@b.de,itâ€™s\n".encode(), "'itâ€™s' for 'it’s'"),
        ("Email,City\na@b.de,M\ufffdller\n".encode(), "line 2 has 'M\ufffdller', where a letter"),
    ],
)
def test_text_that_is_broken_is_refused(keep: Keep, content: bytes, match: str) -> None:
    """Mixed, cut or already wrong: refused with the line before anything is sent."""
    with pytest.raises(ConfigurationError, match=match):
        open_source(keep(content))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_wrong_byte_far_below_is_named_by_its_line(keep: Keep, end: str) -> None:
    """Whatever ends a line, and however many there are."""
    good = f"a@example.de,Jürgen,Köln{end}" * 9_000
    content = f"Email,First name,City{end}{good}".encode() + b"z@example.de,J\xfcrgen,Bonn"
    with pytest.raises(ConfigurationError, match="line 9002: the byte FC is not UTF-8"):
        open_source(keep(content))


def test_a_few_broken_words_are_noted(keep: Keep) -> None:
    """One word among many that is wrong is for people to look at."""
    good = "a@example.de,Jürgen\n" * 3
    source = open_source(keep(f"Email,City\n{good}b@example.de,JosÃ©\n".encode()))
    assert source.notes == (
        "1 line was perhaps decoded wrongly before: line 5 has 'JosÃ©' for 'José'",
    )


def test_broken_words_are_taken_where_the_encoding_is_named(keep: Keep) -> None:
    """The caller may want them as they are."""
    path = keep("Email,City\na@example.de,MÃ¼ller\n".encode())
    assert open_source(File(path, encoding="utf-8")).notes == ()


@pytest.mark.parametrize("encoding", ["utf-9", "rot13", "zlib", ""])
def test_an_encoding_that_is_none(keep: Keep, encoding: str) -> None:
    """A name that Python does not know, or that is no encoding of text, is refused."""
    with pytest.raises(ConfigurationError, match="no encoding"):
        open_source(File(keep(b"Email\n"), encoding=encoding))


def test_an_encoding_that_the_mark_denies(keep: Keep) -> None:
    """The file itself says what it is."""
    with pytest.raises(ConfigurationError, match="the mark of UTF-8"):
        open_source(File(keep("\ufeffEmail\n".encode()), encoding="cp1252"))


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8_sig"])
async def test_an_encoding_that_the_mark_confirms(keep: Keep, encoding: str) -> None:
    """The mark is then no part of the first header."""
    path = keep('\ufeff"Email"\na@example.com\n'.encode())
    assert open_source(File(path, encoding=encoding)).headers == ["Email"]


@pytest.mark.parametrize(
    ("text", "shown", "row"),
    [
        ("sep=;\nEmail;City\na@b.de;x,y\n", "semicolons", {"Email": "a@b.de", "City": "x,y"}),
        ("\ufeffsep=;\r\nEmail;City\r\na@b.de;x\r\n", "semicolons",
         {"Email": "a@b.de", "City": "x"}),
        ("SEP=\t\nEmail\tCity\na@b.de\tx\n", "tabs", {"Email": "a@b.de", "City": "x"}),
        ('"sep=^"\nEmail^City\na@b.de^x\n', "'^'", {"Email": "a@b.de", "City": "x"}),
        ("Email;Nachname, Vorname, Ort\na@b.de;x\n", "semicolons",
         {"Email": "a@b.de", "Nachname, Vorname, Ort": "x"}),
        ('Email,"City\n(home)"\na@b.de,x\n', "commas", {"Email": "a@b.de", "City\n(home)": "x"}),
        ('Email, "City"\na@b.de, "x, y"\n', "commas", {"Email": "a@b.de", "City": "x, y"}),
        ('Email, City\na@b.de, "x, y"\n', "commas", {"Email": "a@b.de", "City": "x, y"}),
        ('Email,City\na@b.de,x "y" z\n', "commas", {"Email": "a@b.de", "City": 'x "y" z'}),
        ("Email\na@b.de\n", "one column", {"Email": "a@b.de"}),
        (";;;\n ; \nEmail;City\na@b.de;x\n", "semicolons", {"Email": "a@b.de", "City": "x"}),
        ("\ufeff\ufeffEmail|City\n  |  \na@b.de|x\n", "bars", {"Email": "a@b.de", "City": "x"}),
    ],
)  # fmt: skip
async def test_a_dialect_is_found_out(keep: Keep, text: str, shown: str, row: object) -> None:
    """The header tells the delimiter, or Excel's own line above it does."""
    source = open_source(keep(text.encode()))
    assert [row] == await rows_of(source)
    assert source.description == f"CSV, UTF-8, {shown}"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a@example.com,Jane\nb@example.com,Joe\n", "no header"),
        ("Jane;a@example.com\n", "no header"),
        ("a@example.com\n", "no header"),
        ("Jane <a@example.com>, x\n", "no header"),
        ("Kontakte vom 12.3.\n\nE-Mail;Ort\na@b.de;x\n", "'E-Mail;Ort' comes later"),
        ("Kontakte;;\nE-Mail;Ort;PLZ\na@b.de;x;1\n", "'E-Mail;Ort;PLZ' comes later"),
        ("'Email','City'\n'a@b.de','x'\n", "single quotes"),
        ("Email;a,email\nx@y.de;b,c\n", "commas or semicolons; say which"),
        (";\u2028\tEmail\nx\ta@b.de\n", "semicolons or tabs; say which"),
        ("Email,Phone,Phone\na@b.de,1,2\n", "several columns named Phone"),
        ("  \n ,, \n", "is empty"),
        ("\ufeff", "is empty"),
        ('Email,City\n\na@b.de,"x\nc@d.de,y\n', "lines 3 to 4: unexpected end of data"),
        ('sep=,\nEmail,City\na@b.de,"x"y\n', "line 3: ',' expected"),
    ],
)
def test_a_csv_that_is_refused(keep: Keep, text: str, match: str) -> None:
    """No header, a title above it, or quotes that do not close."""
    with pytest.raises(ConfigurationError, match=match):
        open_source(keep(text.encode()))


async def test_a_delimiter_is_named(keep: Keep) -> None:
    """It goes before any guess."""
    path = keep(b"Email;a,email\nx@y.de;b,c\n")
    source = open_source(File(path, delimiter=";"))
    assert await rows_of(source) == [{"Email": "x@y.de", "a,email": "b,c"}]


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_delimiter_that_is_none(keep: Keep, delimiter: str) -> None:
    """It is one character, and neither quote nor line end."""
    with pytest.raises(ConfigurationError, match="one character"):
        open_source(File(keep(b"Email\n"), delimiter=delimiter))


@pytest.mark.parametrize(
    ("content", "name", "match"),
    [
        (b"PK\x03\x04...", "people.csv", "a workbook or another zip"),
        (b"\xd0\xcf\x11\xe0...", "people.csv", "a workbook of an old kind"),
        (gzip.compress(b"Email\n", mtime=0), "people.csv", "gzip"),
        (b"%PDF-1.7", "people.csv", "a PDF"),
        (b"\n<html><table>", "people.csv", "HTML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "people.txt", "XML"),
        (b"PAR1...", "people.csv", "rename it to .parquet"),
        ("Email\n".encode("utf-32"), "people.csv", "UTF-32"),
        (b'{"email": "a@b.de"}\n', "people.csv", "name it .jsonl"),
        (b'[{"email": "a@b.de"}]', "people.csv", "JSON"),
        (b'[{"email": "a@b.de"}]', "people.jsonl", "one array of JSON"),
        (b"PK\x03\x04", "people.xlsx", "neither .csv.*workbook"),
        (b"x", "people.csv.gz", "unpack it first"),
        (b"[]", "people.json", "one object a line"),
    ],
)
def test_a_file_that_is_something_else(keep: Keep, content: bytes, name: str, match: str) -> None:
    """It is refused as what it is, with what to do."""
    with pytest.raises(ConfigurationError, match=match):
        open_source(keep(content, name))


async def test_a_column_without_a_name_is_called_by_its_place(keep: Keep) -> None:
    """If it holds anything; else it is one of those that spreadsheets leave behind."""
    source = open_source(keep(b",Email,,column 1,\n0,a@b.de,,x,\n1,c@d.de,,y,\n"))
    assert source.headers == ["column 1'", "Email", "", "column 1", ""]
    assert source.heading == ["", "Email", "", "column 1", ""]
    first = (await rows_of(source))[0]
    assert {"column 1'": "0", "Email": "a@b.de", "column 1": "x"}.items() <= first.items()


async def test_a_row_that_cannot_be_read_keeps_its_number_and_its_cells(keep: Keep) -> None:
    """Rows are counted with the unreadable ones, and every cell of the file can be had again."""
    text = (
        "Email,City\n"
        "a@b.de,x,7e\n"
        'c@d.de,"y\ne@f.de,z"\n'
        "g@h.de\n"
        ",\n"
        "i@j.de,v,,\n"
    )  # fmt: skip
    source = open_source(keep(text.encode()))
    rows = await rows_of(source)
    assert source.count == len(rows) == 4
    assert [type(row).__name__ for row in rows] == ["ConfigurationError"] * 2 + ["dict"] * 2
    assert "line 2: the row has 3 cells" in str(rows[0])
    assert "lines 3 to 4 are one row" in str(rows[1])
    assert list(source.cells()) == [
        ["a@b.de", "x", "7e"], ["c@d.de", "y\ne@f.de,z"], ["g@h.de"], ["i@j.de", "v", "", ""],
    ]  # fmt: skip


async def test_blanks_before_a_quote_far_below_are_rejected(keep: Keep) -> None:
    """Where the beginning shows none, they make nobody guess."""
    rows = "a@b.de,x\n" * 100
    source = open_source(keep(f'Email,City\n{rows}c@d.de, "y"\n'.encode()))
    assert "line 102: blanks stand before a quote" in str((await rows_of(source))[-1])


async def test_cells_of_json_lines(keep: Keep) -> None:
    """All keys there are make the heading, and what is no text stands there as JSON."""
    text = '{"email": "a@b.de", "tags": ["x"]}\n\n{"email": "c@d.de", "n": 7, "city": null}\n'
    source = open_source(keep(text.encode(), "people.jsonl"))
    assert source.heading == ["email", "tags", "n", "city"]
    assert list(source.cells()) == [["a@b.de", '["x"]', "", ""], ["c@d.de", "", "7", ""]]
    assert (source.count, source.headers) == (2, None)
    assert source.description == "JSON lines, UTF-8"


@pytest.mark.parametrize("name", ["people.csv", "people.jsonl"])
async def test_a_file_has_a_fingerprint_and_can_be_read_again(keep: Keep, name: str) -> None:
    """The same bytes have the same one, whatever they are called; one byte more has another."""
    content = b"email\na@b.de\n" if name.endswith("csv") else b'{"email": "a@b.de"}\n'
    source = open_source(keep(content, name))
    assert source.repeatable
    assert await rows_of(source) == await rows_of(source) == [{"email": "a@b.de"}]
    assert source.fingerprint == open_source(keep(content, f"copy.{name}")).fingerprint
    assert source.fingerprint != open_source(keep(content + b"\n", f"more.{name}")).fingerprint


@pytest.mark.parametrize(("rows", "repeatable"), [([], True), ((), True), (iter([]), False)])
def test_rows_of_a_program_have_no_cells(rows: Any, *, repeatable: bool) -> None:
    """A list can be read again and an iterator can't; neither is a table."""
    source = open_source(rows)
    assert (repeatable, None, None) == (source.repeatable, source.fingerprint, source.heading)
    with pytest.raises(ConfigurationError, match="no table"):
        source.cells()


async def test_a_file_that_changes_meanwhile_is_refused(keep: Keep) -> None:
    """What was checked is what is sent."""
    source = open_source(keep(b"Email\na@b.de\n"))
    keep(b"Email\na@b.de\nc@d.de\n")
    with pytest.raises(ConfigurationError, match="has changed"):
        await rows_of(source)

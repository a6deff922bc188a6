"""Tables of columns: Parquet, pyarrow, and whatever else offers an Arrow stream."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from wire.pair import client

from systeme_async import ConfigurationError
from systeme_async.bulk.sources import File, open_source
from systeme_async.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

pytestmark = pytest.mark.anyio


class Frame:
    """What pandas, polars and DuckDB have in common: an Arrow stream, and perhaps a length."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __iter__(self) -> Any:
        """Give the names of columns, as a data frame does; nobody means those."""
        return iter(self.table.column_names)


class SizedFrame(Frame):
    def __len__(self) -> int:
        return int(self.table.num_rows)


PEOPLE = {
    "Email": ["jane@example.com", "joe@example.com", None],
    "Prénom": ["Jané", None, "Ann"],
    "City": ["Lyon", "Köln", "Nice"],
    "Tags": [["VIP", "new"], None, []],
}


async def read(rows: Any) -> list[Any]:
    """Return all rows of a source."""
    return [row async for row in open_source(rows).rows()]


async def test_a_table_is_imported_and_nulls_are_left_out() -> None:
    """A table's names are matched as a header is, and a row without an address is rejected."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job = systeme.bulk.import_contacts(Frame(pyarrow.table(PEOPLE)))
        report = await job.run()
        contacts = {contact.email: contact for contact in sandbox.account.contacts.values()}
        tags = {number: tag.name for number, tag in sandbox.account.tags.items()}
    assert (report.created, report.rejected) == (2, 1)
    assert contacts["jane@example.com"].fields == {"first_name": "Jané", "city": "Lyon"}
    assert contacts["joe@example.com"].fields == {"city": "Köln"}
    assert [tags[number] for number in contacts["jane@example.com"].tags] == ["VIP", "new"]
    assert job.columns["Prénom"] == "first_name"


@pytest.mark.parametrize(
    ("make", "repeatable", "count"),
    [
        (lambda table: table, True, 3),
        (SizedFrame, True, 3),
        (Frame, False, None),
        (lambda table: table.to_reader(), False, None),
        (lambda table: table.to_batches()[0], True, 3),
    ],
    ids=["table", "frame", "stream", "reader", "batch"],
)
async def test_a_table_is_read_as_often_as_it_lasts(
    *, make: Any, repeatable: bool, count: int | None
) -> None:
    """What has a length can be read again; a stream flows once."""
    source = open_source(make(pyarrow.table(PEOPLE)))
    assert (repeatable, count) == (source.repeatable, source.count)
    assert source.headers == source.heading == list(PEOPLE)
    assert source.fingerprint is None
    expected = [dict(zip(PEOPLE, row, strict=True)) for row in zip(*PEOPLE.values(), strict=True)]
    assert expected == [row async for row in source.rows()]
    if repeatable:
        assert expected == [row async for row in source.rows()]
        assert next(source.cells()) == ["jane@example.com", "Jané", "Lyon", '["VIP","new"]']


async def test_a_parquet_file_is_read_in_parts(tmp_path: Path) -> None:
    """Every row of a file of many row groups comes, once, in its order, as often as asked."""
    path = tmp_path / "people.parquet"
    emails = [f"person{number}@example.com" for number in range(10_000)]
    parquet.write_table(pyarrow.table({"email": emails}), path, row_group_size=700)
    source = open_source(path)
    assert (source.count, source.repeatable, source.description) == (10_000, True, "Parquet")
    assert [{"email": email} for email in emails] == [row async for row in source.rows()]
    assert [[email] for email in emails] == list(source.cells())
    assert open_source(str(path)).fingerprint == source.fingerprint
    parquet.write_table(pyarrow.table({"email": emails[::-1]}), path)
    assert open_source(path).fingerprint != source.fingerprint


NOON = dt.datetime.fromisoformat("1990-05-01T12:00:00")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("string", "x", "x"),
        ("large_string", "x", "x"),
        ("int64", 75001, 75001),
        ("float32", 0.1, 0.1),
        ("float64", 7.5, 7.5),
        ("date32", dt.date(1990, 5, 1), "1990-05-01"),
        ("timestamp[s]", NOON, "1990-05-01T12:00:00"),
        ("timestamp[ns]", NOON.replace(microsecond=1), "1990-05-01T12:00:00.000001"),
        ("time64[us]", dt.time(7, 30), "07:30:00"),
        ("bool", True, True),
    ],
)
async def test_values_come_as_text_where_there_is_one(kind: str, value: Any, text: Any) -> None:
    """Dates as ISO 8601 has them, numbers as numbers, and a null of any kind as none."""
    column = pyarrow.array([value, None]).cast(kind)
    assert await read(pyarrow.table({"x": column})) == [{"x": text}, {"x": None}]


async def test_zones_decimals_and_categories_come_as_text() -> None:
    """A time with its offset, a decimal with its zeros, a category as its word."""
    table = pyarrow.table(
        {
            "at": pyarrow.array([0], pyarrow.timestamp("ns", "UTC")),
            "paid": pyarrow.array([Decimal("1.50")]),
            "plan": pyarrow.array(["free"]).dictionary_encode(),
        }
    )
    assert await read(table) == [
        {"at": "1970-01-01T00:00:00+00:00", "paid": "1.50", "plan": "free"}
    ]


async def test_the_numbers_of_rows_of_pandas_are_no_column() -> None:
    """An index without a name is left out, as it holds nothing of the people."""
    table = pyarrow.table({"email": ["a@example.com"], "__index_level_0__": [7]})
    assert await read(table) == [{"email": "a@example.com"}]


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (pyarrow.chunked_array([["a@example.com"]]), "can't be read as a table"),
        (pyarrow.table([["a"], ["b"]], names=["email", "email"]), "several columns named email"),
    ],
    ids=["no table", "doubled names"],
)
def test_a_table_that_is_refused(table: Any, match: str) -> None:
    """A single column, and two by one name, are refused."""
    with pytest.raises(ConfigurationError, match=match):
        open_source(table)


async def test_a_value_that_python_has_not() -> None:
    """A date beyond the year 9999 names its column."""
    table = pyarrow.table({"born": pyarrow.array([10**15], pyarrow.timestamp("s"))})
    with pytest.raises(ConfigurationError, match="column 'born'"):
        await read(table)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"email\nx"])
def test_a_broken_parquet_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file by that name that is none is refused before anything is sent."""
    path = tmp_path / "people.parquet"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="people.parquet"):
        open_source(path)


def test_a_parquet_file_that_is_not_there(tmp_path: Path) -> None:
    """It is said as of any other file."""
    with pytest.raises(ConfigurationError, match="No such file"):
        open_source(tmp_path / "people.parquet")


def test_a_parquet_file_has_no_encoding(tmp_path: Path) -> None:
    """Options that mean nothing are refused rather than forgotten."""
    with pytest.raises(ConfigurationError, match="only text"):
        open_source(File(tmp_path / "people.parquet", encoding="cp1252"))


@pytest.mark.parametrize("how", ["table", "file"])
def test_without_pyarrow_it_is_said_what_to_install(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named; nothing else of the package needs it."""
    path = tmp_path / "people.parquet"
    parquet.write_table(pyarrow.table(PEOPLE), path)
    rows: Any = path if how == "file" else Frame(pyarrow.table(PEOPLE))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'systeme-async\[parquet\]'"):
        open_source(rows)


class OldFrame:
    """A data frame of before Arrow streams."""

    def itertuples(self) -> Any:
        """Give its rows, as pandas does."""
        return iter(())

    def __iter__(self) -> Any:
        return iter(["email"])


def test_an_old_data_frame_is_refused() -> None:
    """Its rows would be the names of its columns."""
    with pytest.raises(ConfigurationError, match="to_dict"):
        open_source(OldFrame())


@pytest.mark.parametrize("library", ["pandas", "polars"])
async def test_data_frames(library: str) -> None:
    """The frames of both are rows, where they are installed."""
    frames = pytest.importorskip(library)
    frame = frames.DataFrame({"email": ["a@example.com", None], "zip": [75001, None]})
    rows = await read(frame)
    assert [row["email"] for row in rows] == ["a@example.com", None]
    assert [row["zip"] for row in rows] == [75001, None]

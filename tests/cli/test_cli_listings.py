"""Listings: tables that stay readable in a pipe, lines of JSON, and no page too many."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from systeme_async import models
from systeme_async.cli import columns
from systeme_async.cli.printing import Table
from systeme_async.maton import Connection
from systeme_async.models import Contact, Course, EventSubscription, FieldValue, Model, Page, Tag

from .runs import KEY, environment_of

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox

    from .runs import Cli, Start

KINDS = [
    value
    for value in (*vars(models).values(), Connection)
    if isinstance(value, type) and issubclass(value, Model) and value not in {Model, Page}
]


def people(sandbox: Sandbox, count: int) -> None:
    """Put so many contacts into an account, 1001 the first."""
    for number in range(1, count + 1):
        sandbox.account.add_contact(f"person{number}@example.org")


@pytest.mark.parametrize(
    ("words", "items", "limits"),
    [
        ("", 150, ["100", "100"]),
        ("--limit 50", 150, ["50", "50", "50"]),
        ("--max 3", 3, ["10"]),
        ("--max 40", 40, ["40"]),
        ("--max 40 --limit 20", 40, ["20", "20"]),
        ("--max 30 --limit 20", 30, ["20", "20"]),
        ("--max 100", 100, ["100"]),
        ("--max 120", 120, ["100", "100"]),
        ("--max 1000", 150, ["100", "100"]),
        ("--starting-after 1140 --order asc", 10, ["100"]),
    ],
)
def test_no_page_is_fetched_that_is_not_printed(
    remote: Cli, served: Sandbox, words: str, items: int, limits: list[str]
) -> None:
    """--max ends the listing, with the pages as small as it allows and none behind the last."""
    people(served, 150)
    out = remote("--json", "contacts", "list", *words.split()).out
    told = [json.loads(line)["id"] for line in out.splitlines()]
    assert len(set(told)) == len(told) == items
    assert [request.query["limit"] for request in served.requests] == limits


def test_the_table_has_headings_once_and_columns_in_line(remote: Cli, served: Sandbox) -> None:
    """The first line names the columns as --json does; each one begins where its heading does."""
    people(served, 120)
    lines = remote("contacts", "list", "--order", "asc").out.splitlines()
    assert len(lines) == 121
    assert lines[0].startswith("id    email                  first_name  surname  registered_at")
    assert lines[1].startswith("1001  person1@example.org    -           -        2026-")
    assert lines[120].startswith("1120  person120@example.org  -           -        2026-")
    assert all(line == line.rstrip() for line in lines)


def tag(number: int, name: str) -> Tag:
    """Make a tag."""
    return Tag(id=number, name=name, created_at=datetime(2026, 3, 1, tzinfo=UTC))


def test_the_first_page_decides_about_the_widths() -> None:
    """A later cell that is wider is not cut, and pushes its own line alone."""
    table = Table()
    assert table.empty
    assert list(table.lines([])) == []
    assert list(table.lines([tag(1, "a"), tag(22, "bcdef")])) == [
        "id  name   created_at",
        "1   a      2026-03-01T00:00:00+00:00",
        "22  bcdef  2026-03-01T00:00:00+00:00",
    ]
    assert list(table.lines([tag(4444, "a very long name"), tag(3, "c")])) == [
        "4444  a very long name  2026-03-01T00:00:00+00:00",
        "3   c      2026-03-01T00:00:00+00:00",
    ]


def test_wide_letters_take_their_two_columns() -> None:
    """A terminal gives some letters two columns, and the table knows."""
    lines = list(Table().lines([tag(1, "会员"), tag(2, "abcd")]))
    assert lines[1:] == [
        "1   会员  2026-03-01T00:00:00+00:00",
        "2   abcd  2026-03-01T00:00:00+00:00",
    ]


@pytest.mark.parametrize("kind", sorted(columns.COLUMNS, key=lambda kind: kind.__name__))
def test_columns_are_attributes(kind: type[Model]) -> None:
    """Each column is a path of attributes that the thing has."""
    for column in columns.columns_of(kind):
        at: type[object] = kind
        for name in column.split("."):
            hints = {field.name: field.type for field in msgspec.structs.fields(at)}
            assert name in hints or hasattr(at, name), column
            parts = [part for part in getattr(hints.get(name), "__args__", ()) if part is not None]
            at = parts[0] if parts else hints.get(name, str)


def test_whatever_is_listed_has_columns() -> None:
    """Only what never stands in a listing by itself has none."""
    inner = {kind.__name__ for kind in KINDS if kind not in columns.COLUMNS}
    assert inner == {
        "EventSubscription",
        "FieldValue",
        "NewsletterContent",
        "NewsletterState",
        "PricePlan",
        "RecurringOptions",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("", "-"),
        ([], "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("a\x1b[2J\n", "a\\x1b[2J\\n"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00+00:00"),
        ([Tag(id=1, name="a"), Tag(id=2, name="")], "a (1), - (2)"),
        (EventSubscription(event="SALE_NEW", schema_version=2), "SALE_NEW:2"),
        (EventSubscription(event="SALE_NEW"), "SALE_NEW"),
        (
            EventSubscription(event="X", disabled_at=datetime(2026, 3, 1, tzinfo=UTC)),
            "X (disabled 2026-03-01T00:00:00+00:00)",
        ),
    ],
)
def test_cells(value: object, text: str) -> None:
    """A value is one cell in one line, whatever it is."""
    assert columns.cell(value) == text


def test_a_record_shows_what_is_known() -> None:
    """What is missing at the top is told; of what is inside, only what the server sent."""
    contact = Contact(
        id=1, email="a@example.org", field_values=[FieldValue(slug="ci\nty", value="x")]
    )
    lines = list(columns.lines(contact))
    assert lines[:3] == ["id: 1", "email: a@example.org", "registered_at: -"]
    assert lines[-2:] == ["tags: -", "fields.ci\\nty: x"]
    course = models.Enrollment(id=2, course=Course(id=3, name="Cooking"))
    assert list(columns.lines(course)) == [
        "id: 2",
        "access_type: -",
        "active: -",
        "course.id: 3",
        "course.name: Cooking",
        "contact: -",
    ]


def test_where_a_connection_is_authorized_is_shown_no_longer_than_needed() -> None:
    """The url opens the connection to whoever has it."""
    pending = Connection(id="a", status="PENDING", url="https://connect.example/secret")
    assert columns.plain(pending)["url"] == "https://connect.example/secret"
    active = Connection(id="a", status="ACTIVE", url="https://connect.example/secret")
    assert columns.plain(active)["url"] is None
    assert "secret" not in "\n".join(columns.lines(active))
    assert "url" not in columns.columns_of(Connection)


@pytest.mark.slow
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_nobody_reading_on_ends_a_listing(
    start: Start, served: Sandbox, form: tuple[str, ...]
) -> None:
    """`| head -1` ends it in silence, with 0, and without all the pages."""
    people(served, 2000)
    argv = (*form, "--base-url", served.url, "--api-key-stdin", "contacts", "list", "--limit", "10")
    process = start(*argv)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{KEY}\n")
    process.stdin.flush()
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait() == 0
    assert len(served.requests) < 150


MEMORY = """
import resource, sys
from systeme_async.cli.app import main
status = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the system tells no peak of memory")
def test_a_long_listing_is_not_held_in_memory(served: Sandbox) -> None:
    """Twenty times as many contacts take about the same memory."""
    people(served, 10_000)

    def peak(most: int) -> int:
        argv = ["--base-url", served.url, "--api-key-stdin", "--json", "contacts", "list"]
        ended = subprocess.run(
            [sys.executable, "-c", MEMORY, *argv, "--max", str(most), "--limit", "100"],
            env=environment_of(),
            input=f"{KEY}\n",
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert len(ended.stdout.splitlines()) == most
        return int(ended.stderr)

    assert peak(10_000) < peak(500) * 1.05

"""Where rows come from: files in every dialect people have, iterables of every kind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import UNSET
from wire.pair import calls, client

from systeme_async import ConfigurationError, Contact
from systeme_async.bulk import Status
from systeme_async.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async.bulk import ImportJob, Outcome, Report

pytestmark = pytest.mark.anyio

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file and return its path."""

    def make(text: str, name: str = "people.csv", encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return str(path)

    return make


async def imported(rows: Any, **options: Any) -> tuple[Sandbox, Report]:
    """Import rows into an account with the fields hat_size and shoe_size."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        sandbox.account.add_field("shoe_size", "Size of shoes")
        report = await systeme.bulk.import_contacts(rows, **options).run()
    return sandbox, report


async def refused(rows: Any, match: str, **options: Any) -> None:
    """Assert that rows are refused as a whole, before anything is written."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        with pytest.raises(ConfigurationError, match=match):
            await systeme.bulk.import_contacts(rows, **options).run()
    assert sandbox.account.effects == []
    assert all(request.method == "GET" for request in sandbox.requests)


def held(sandbox: Sandbox) -> dict[str, dict[str, str | None]]:
    """Return the fields of all contacts by address."""
    return {contact.email: contact.fields for contact in sandbox.account.contacts.values()}


def tagged(sandbox: Sandbox) -> dict[str, list[str]]:
    """Return the names of the tags of all contacts by address."""
    names = {number: tag.name for number, tag in sandbox.account.tags.items()}
    contacts = sandbox.account.contacts.values()
    return {contact.email: [names[number] for number in contact.tags] for contact in contacts}


JANE = {"jane@example.com": {"first_name": "Jané", "city": "Lyon"}}


# CSV


@pytest.mark.parametrize(
    "text",
    [
        "Email,First name,City\njane@example.com,Jané,Lyon\n",
        "Email;First name;City\njane@example.com;Jané;Lyon\n",
        "Email\tFirst name\tCity\njane@example.com\tJané\tLyon\n",
        "Email|First name|City\njane@example.com|Jané|Lyon\n",
        "Email,First name,City\r\njane@example.com,Jané,Lyon\r\n",
        "Email,First name,City\rjane@example.com,Jané,Lyon\r",
        "Email,First name,City\njane@example.com,Jané,Lyon",
        "\ufeffEmail,First name,City\njane@example.com,Jané,Lyon\n",
        '"Email","First name","City"\n"jane@example.com","Jané","Lyon"\n',
        "Email,First name,City\n\n\njane@example.com,Jané,Lyon\n\n,,\n",
        " email , FIRST_NAME ,City \n  jane@example.com ,\tJané, Lyon  \n",
        "E-Mail;Given Name;Town\njane@example.com;Jané;Lyon\n",
        "City,e-mail address,Firstname\nLyon,jane@example.com,Jané\n",
        "Email,First name,City,\njane@example.com,Jané,Lyon,\n",
        "Email,First name,City\njane@example.com,Jané,Lyon,,\n",
        "\nEmail,First name,City\njane@example.com,Jané,Lyon\n",
        "\r\n\r\nEmail;First name;City\r\njane@example.com;Jané;Lyon\r\n",
    ],
    ids=[
        "commas", "semicolons", "tabs", "bars", "crlf", "cr", "no last newline", "bom", "quotes",
        "blank lines", "blanks", "aliases", "other order", "empty column", "empty surplus",
        "blank line first", "blank lines first",
    ],
)  # fmt: skip
async def test_dialects(write: Write, text: str) -> None:
    """However a file is written, it holds Jane."""
    sandbox, report = await imported(write(text))
    assert held(sandbox) == JANE
    assert (report.created, report.rows) == (1, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["people.csv", "PEOPLE.CSV", "people.tsv", "people.txt"])
async def test_encodings(write: Write, encoding: str, name: str) -> None:
    """UTF-8 with and without a mark, and the UTF-16 that spreadsheets call Unicode text."""
    text = "Email\tFirst name\tCity\r\njane@example.com\tJané\tLyon\r\n"
    sandbox, _ = await imported(write(text, name, encoding))
    assert held(sandbox) == JANE


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
async def test_utf_16_either_way_round(write: Write, encoding: str) -> None:
    """The mark at its beginning says which byte of a pair comes first."""
    text = "\ufeffEmail,First name,City\njane@example.com,Jané,Lyon\n"
    sandbox, _ = await imported(write(text, encoding=encoding))
    assert held(sandbox) == JANE


async def test_a_file_of_windows(write: Write) -> None:
    """The encoding of spreadsheets in western Europe is guessed, whichever line shows it."""
    text = "Email,City\n" + "joe@example.com\n" * 5_000 + "jane@example.com,Orléans\n"
    sandbox, _ = await imported(write(text, encoding="cp1252"))
    assert held(sandbox)["jane@example.com"] == {"city": "Orléans"}


async def test_a_file_of_a_macintosh(write: Write) -> None:
    """Another old encoding is refused with what to do, though the trouble is in the last line."""
    text = "Email,City\n" + "joe@example.com,Lyon\n" * 5_000 + "jane@example.com,Orléans\n"
    await refused(write(text, encoding="mac-roman"), "line 5002.*UTF-8")


async def test_quoted_cells(write: Write) -> None:
    """Separators, quotes and newlines within quotes belong to the cell."""
    text = 'Email,City\njane@example.com,"Lyon, ""7e""\nRhône"\njoe@example.com,x\n'
    sandbox, report = await imported(write(text))
    assert report.created == 2
    assert held(sandbox)["jane@example.com"] == {"city": 'Lyon, "7e"\nRhône'}


async def test_surplus_cells(write: Write) -> None:
    """A row with more cells than the header is rejected: nobody knows what is where."""
    text = "Email,City\njane@example.com,Lyon, 7e\njoe@example.com,Nice\nann@example.com\n"
    sandbox, report = await imported(write(text))
    assert (report.rejected, report.created) == (1, 2)
    assert held(sandbox) == {"joe@example.com": {"city": "Nice"}, "ann@example.com": {}}
    assert sandbox.received == 3


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        (",,\n", "empty"),
        ("First name,City\nJane,Lyon\n", "e-mail"),
        ("Email,Lieblingsfarbe\njane@example.com,blau\n", "Lieblingsfarbe"),
        ("Email,E-mail\njane@example.com,j@example.com\n", "both mean email"),
        ("Email,Email\njane@example.com,j@example.com\n", "Email"),
        ("Email,City,Town\njane@example.com,Lyon,Nice\n", "both mean city"),
        ("Email,Hat size,hat_size\njane@example.com,7,8\n", "both mean hat_size"),
        ('Email,City\njane@example.com,"Lyon\njoe@example.com,Nice\n', "line"),
        ('Email,City\njane@example.com,"Lyon"7e\n', "line 2"),
    ],
)
async def test_a_file_that_is_refused(write: Write, text: str, match: str) -> None:
    """Rather nothing is written than the wrong thing."""
    await refused(write(text), match)


@pytest.mark.parametrize(
    ("name", "match"), [("people.xlsx", "csv"), ("people", "csv"), ("missing.csv", "read")]
)
async def test_a_path_that_is_refused(tmp_path: Path, name: str, match: str) -> None:
    """A path to nothing, or to something else, is refused with the reason."""
    if name != "missing.csv":
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    await refused(tmp_path / name, match)


async def test_a_folder_is_refused(tmp_path: Path) -> None:
    """A folder by the name of a file is no file."""
    (tmp_path / "people.csv").mkdir()
    await refused(tmp_path / "people.csv", "read")


async def test_own_fields(write: Write) -> None:
    """The account's own fields are matched by slug and by label, for one request."""
    text = "Email,HAT SIZE,size of shoes\njane@example.com,7,42\n"
    sandbox, _ = await imported(write(text))
    assert held(sandbox) == {"jane@example.com": {"hat_size": "7", "shoe_size": "42"}}
    assert calls(sandbox) == ["GET /api/contact_fields", "POST /api/contacts"]


@pytest.mark.parametrize("slug", ["mobile", "region", "company", "address", "phone"])
async def test_an_own_field_goes_before_a_guess(write: Write, slug: str) -> None:
    """A header that is the slug of a field means that field, not what it might mean elsewhere."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field(slug, f"Our {slug}")
        path = write(f"Email,{slug}\njane@example.com,7\n")
        report = await systeme.bulk.import_contacts(path).run()
    assert report.created == 1
    assert held(sandbox) == {"jane@example.com": {slug: "7"}}


async def test_columns_are_mapped() -> None:
    """What the caller says of a column goes before any guess; None leaves it out."""
    rows = [{"Mail": "jane@example.com", "City": "7", "Wohnort": "Lyon", "Notes": "x"}]
    columns = {"City": "hat_size", "Wohnort": "city", "Notes": None}
    sandbox, _ = await imported(rows, columns=columns)
    assert held(sandbox) == {"jane@example.com": {"hat_size": "7", "city": "Lyon"}}


async def test_columns_of_a_file_are_mapped(write: Write) -> None:
    """So it is for the columns of a file, and the job says what it made of them."""
    path = write("Mail,City,Wohnort,Notes\njane@example.com,7,Lyon,x\n")
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_field("hat_size", "Hat size")
        job = systeme.bulk.import_contacts(
            path, columns={"City": "hat_size", "Wohnort": "city", "Notes": None}
        )
        await job.run()
    assert held(sandbox) == {"jane@example.com": {"hat_size": "7", "city": "Lyon"}}
    assert job.count == 1
    assert {"Mail": "email", "City": "hat_size", "Wohnort": "city", "Notes": None}.items() <= (
        job.columns.items()
    )


async def test_a_column_mapped_to_no_field(write: Write) -> None:
    """A field that the account does not have is noticed before it costs a request a row."""
    path = write("Email,City\n" + "".join(f"p{n}@example.com,x\n" for n in range(30)))
    await refused(path, "hat_sise", columns={"City": "hat_sise"})


async def test_a_mapping_of_no_column(write: Write) -> None:
    """A column that is mapped and not there is a typing error."""
    await refused(write("Email\njane@example.com\n"), "Citty", columns={"Citty": "city"})


async def test_a_header_alone(write: Write) -> None:
    """A file without rows is an import of nobody."""
    sandbox, report = await imported(write("Email,City\n"))
    assert (report.rows, sandbox.received) == (0, 0)


async def test_locales_and_countries(write: Write) -> None:
    """Codes are brought into the API's form, and empty cells clear nothing."""
    text = (
        "Email,Language,Country,City\n"
        "a@example.com,pt-BR,fr,\nb@example.com,JA,FR,x\nc@example.com,da,,\n"
        "d@example.com,uk,,\ne@example.com,nb_NO,,\nf@example.com,,,\n"
    )
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("a@example.com", {"city": "Lyon"})
        report = await systeme.bulk.import_contacts(write(text)).run()
    assert (report.created, report.updated) == (5, 1)
    locales = {contact.email[0]: contact.locale for contact in sandbox.account.contacts.values()}
    assert {"a": "pt", "b": "jp", "c": "dk", "d": "ua", "e": "no", "f": "en"} == locales
    assert {"city": "Lyon", "country": "FR"} == sandbox.account.contacts[1001].fields


# JSON lines


async def test_json_lines(write: Write) -> None:
    """One object a line, with the API's names, fields in their own object or beside."""
    lines: list[Any] = [
        {"email": "a@example.com", "first_name": "Ann", "tags": ["VIP"], "hat_size": "7"},
        {"email": "b@example.com", "fields": {"city": "Lyon", "hat_size": 8}, "locale": None},
    ]
    text = "\ufeff" + "\r\n\r\n".join(json.dumps(line) for line in lines)
    for name in ("people.jsonl", "people.ndjson"):
        sandbox, report = await imported(write(text, name))
        assert report.created == 2
        assert held(sandbox) == {
            "a@example.com": {"first_name": "Ann", "hat_size": "7"},
            "b@example.com": {"city": "Lyon", "hat_size": "8"},
        }
        assert tagged(sandbox) == {"a@example.com": ["VIP"], "b@example.com": []}


@pytest.mark.parametrize("line", ["[]", "7", "null", '"jane@example.com"', "{", "{'a': 1}", "x"])
async def test_json_lines_that_are_refused(write: Write, line: str) -> None:
    """A line that is no object is refused before the first is sent."""
    text = '{"email": "jane@example.com"}\n' * 3 + f"\n{line}\n"
    await refused(write(text, "people.jsonl"), "line 5")


async def test_line_separators_of_unicode(write: Write) -> None:
    """Characters that some take for the end of a line are text like any other."""
    row = {"email": "jane@example.com", "city": "a\u2028b\x85c\x0bd"}
    text = json.dumps(row, ensure_ascii=False) + "\n"
    sandbox, _ = await imported(write(text, "people.jsonl"))
    assert held(sandbox) == {"jane@example.com": {"city": "a\u2028b\x85c\x0bd"}}


# Iterables


class Person(msgspec.Struct):
    """A struct of the caller's own."""

    email: str
    first_name: str | None = None
    tags: list[str] = msgspec.field(default_factory=list)
    hat_size: Any = UNSET


@dataclass
class Member:
    """A dataclass of the caller's own."""

    email: str
    first_name: str | None = None
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


def generated(rows: Iterable[Any]) -> Iterable[Any]:
    """Yield rows."""
    yield from rows


async def streamed(rows: Iterable[Any]) -> AsyncIterator[Any]:
    """Yield rows asynchronously."""
    for row in rows:
        yield row


ROWS: dict[str, list[Any]] = {
    "mappings": [
        {"email": "a@example.com", "first_name": "Ann", "tags": ["VIP"]},
        {"email": "b@example.com", "hat_size": 7},
    ],
    "structs": [
        Person("a@example.com", "Ann", ["VIP"]),
        Person("b@example.com", hat_size="7"),
    ],
    "dataclasses": [
        Member("a@example.com", "Ann", ["VIP"]),
        Member("b@example.com", fields={"hat_size": "7"}),
    ],
    "contacts": [
        msgspec.convert(
            {
                "id": 1,
                "email": "a@example.com",
                "locale": "en",
                "fields": [{"slug": "first_name", "value": "Ann"}, {"slug": "city", "value": None}],
                "tags": [{"id": 99, "name": "VIP"}],
            },
            Contact,
        ),
        msgspec.convert(
            {
                "id": 2,
                "email": "b@example.com",
                "fields": [{"slug": "hat_size", "value": "7"}],
            },
            Contact,
        ),
    ],
    "labels": [
        {"Email": "a@example.com", "First name": "Ann", "Tags": "VIP"},
        {"E-mail": "b@example.com", "hat_size": "7"},
    ],
}


@pytest.mark.parametrize(
    "how", [list, tuple, iter, generated, streamed], ids=lambda how: how.__name__
)
@pytest.mark.parametrize("kind", ROWS)
async def test_kinds_of_rows(kind: str, how: Callable[[Any], Any]) -> None:
    """Mappings, structs, dataclasses and contacts, in any kind of iterable."""
    sandbox, report = await imported(how(ROWS[kind]))
    assert (report.created, report.rows) == (2, 2)
    assert held(sandbox) == {
        "a@example.com": {"first_name": "Ann"},
        "b@example.com": {"hat_size": "7"},
    }
    assert tagged(sandbox) == {"a@example.com": ["VIP"], "b@example.com": []}


async def test_contacts_of_another_account() -> None:
    """A listing of one account is the source of an import into another."""
    async with Sandbox() as old, Sandbox() as new:
        for number in range(120):
            old.account.add_contact(f"p{number}@example.com", {"city": "Lyon"}, tags=["VIP"])
        async with client(old) as source, client(new) as target:
            report = await target.bulk.import_contacts(source.contacts.list()).run()
    assert report.created == 120
    assert {contact.email for contact in old.account.contacts.values()} == {
        contact.email for contact in new.account.contacts.values()
    }
    assert all(contact.tags == [1] for contact in new.account.contacts.values())


@pytest.mark.parametrize("rows", [7, None, {"email": "a@example.com"}, b"people.csv", object()])
async def test_what_is_no_rows(rows: Any) -> None:
    """A single row, or something else altogether, is refused."""
    await refused(rows, "rows")


async def test_a_key_that_is_no_field() -> None:
    """A row with a key that nobody knows is rejected with the way out; the others go on."""
    rows = [{"email": "a@example.com", "hat": "7"}, {"email": "b@example.com"}]
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        job: ImportJob = systeme.bulk.import_contacts(rows)
        async with job:
            ended: list[Outcome] = [outcome async for outcome in job]
    rejected = next(outcome for outcome in ended if outcome.status is Status.REJECTED)
    assert "hat" in str(rejected.error)
    assert list(held(sandbox)) == ["b@example.com"]
    assert calls(sandbox).count("GET /api/contact_fields") == 1


async def test_a_struct_with_other_attributes() -> None:
    """What a struct holds besides the API's names is left out where the caller says so."""

    class Customer(msgspec.Struct):
        number: int
        email: str

    rows = [Customer(1, "a@example.com")]
    sandbox, report = await imported(rows, columns={"number": None})
    assert report.created == 1
    assert held(sandbox) == {"a@example.com": {}}


async def test_a_delimiter_in_quotes_is_none(write: Write) -> None:
    """What a header holds in quotes says nothing of how its columns are separated."""
    path = write('E-Mail;"Name, Vorname, Ort"\njane@example.com;Jane\n')
    sandbox, _ = await imported(path, columns={"Name, Vorname, Ort": "first_name"})
    assert held(sandbox) == {"jane@example.com": {"first_name": "Jane"}}

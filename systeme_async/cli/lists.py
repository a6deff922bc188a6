"""What is to be made of a file of contacts: the options of every command that reads one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from ..bulk import File, Job
from ..errors import ConfigurationError
from ..systeme import Systeme
from .words import Repeated

OnExisting = Literal["update", "skip", "fail"]
Mapped = Annotated[
    list[str] | None,
    Parameter(
        name="--map",
        negative=(),
        consume_multiple=False,
        help=(
            'HEADER=SLUG puts a column into a field, HEADER= leaves it out, and "*=" all '
            "columns that match nothing. May be repeated."
        ),
    ),
]
Tags = Annotated[
    Repeated, Parameter(help="A tag for every contact, created if missing. May be repeated.")
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ContactList:
    """How the file is read, and what its rows are to become."""

    tag: Tags = None
    mapping: Mapped = None
    on_existing: Annotated[
        OnExisting,
        Parameter(
            help="What to do with an address that the account has: change what differs, leave "
            "the contact alone, or reject the row."
        ),
    ] = "update"
    encoding: Annotated[
        str | None,
        Parameter(help="Of the file, such as cp1252 or mac-roman, in place of what is guessed."),
    ] = None
    delimiter: Annotated[
        str | None,
        Parameter(
            help='Between the cells of a CSV, in place of what is guessed; "tab" is one too.'
        ),
    ] = None

    @property
    def columns(self) -> dict[str, str | None]:
        """Which columns are mapped; raises `ConfigurationError` for what maps nothing."""
        return columns_of(self.mapping or ())

    @property
    def identity(self) -> dict[str, Any]:
        """All that makes two imports of one file two different jobs."""
        return {**asdict(self), "mapping": self.columns}

    def job(self, systeme: Systeme, file: str, journal: Path | None) -> Job:
        """Describe the import of a file."""
        sign = "\t" if self.delimiter in {"tab", "\\t"} else self.delimiter
        return systeme.bulk.import_contacts(
            File(file, self.encoding, sign),
            tags=self.tag or (),
            on_existing=self.on_existing,
            columns=self.columns,
            journal=journal,
        )


AS_IT_IS: Final = ContactList()


def columns_of(mappings: Iterable[str]) -> dict[str, str | None]:
    """Read what --map was given, or raise `ConfigurationError`."""
    columns: dict[str, str | None] = {}
    for text in mappings:
        # A header may hold "=" as well; a slug never does.
        header, equals, slug = text.rpartition("=")
        if not equals or not header.strip():
            msg = f"--map {text}: give HEADER=SLUG, or HEADER= to leave the column out"
            raise ConfigurationError(msg)
        columns[header.strip()] = slug.strip() or None
    return columns

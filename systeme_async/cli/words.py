"""The kinds of words that commands are made of: flags, ids, instants, parts of a listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypedDict

from cyclopts import Parameter, Token
from cyclopts.validators import Number

from .._core.secret import Secret
from ..errors import ConfigurationError
from ..maton import Maton
from ..paging import Pager
from ..systeme import Systeme
from .access import Options
from .results import Listing

LARGEST_PAGE: Final = 100
SMALLEST_PAGE: Final = 10


def read_instant(_: object, tokens: Sequence[Token]) -> datetime:
    """Read a date, with or without a time, as local time unless it names its zone."""
    text = tokens[0].value
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text} is no date: give 2026-03-01, 2026-03-01T12:00 or 2026-03-01T12:00Z"
        raise ConfigurationError(msg) from None
    return instant if instant.tzinfo is not None else instant.astimezone()


# What a command asks for, besides its words, by the name of the parameter.
Given = Annotated[Options, Parameter(parse=False)]
Account = Annotated[Systeme, Parameter(parse=False)]
Gateway = Annotated[Maton, Parameter(parse=False)]
Signing = Annotated[Secret, Parameter(parse=False)]
NewSigning = Annotated[Secret | None, Parameter(parse=False)]

Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
Choice = Annotated[bool | None, Parameter(show_default=False)]
Repeated = Annotated[list[str] | None, Parameter(negative=(), consume_multiple=False)]
Id = Annotated[int, Parameter(validator=Number(gte=1))]
Ids = Annotated[list[Id] | None, Parameter(negative=(), consume_multiple=False)]
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]
Seconds = Annotated[float, Parameter(validator=Number(gt=0))]
Instant = Annotated[datetime, Parameter(converter=read_instant, n_tokens=1)]
Direction = Literal["asc", "desc"]


class Page(TypedDict):
    """What a listing's requests are told."""

    limit: int
    starting_after: int | None


class OrderedPage(Page):
    """The same, with the direction."""

    order: Direction | None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Most:
    """How much of a listing is wanted."""

    max: Annotated[
        int | None,
        Parameter(validator=Number(gte=1), help="Print at most so many, and fetch no more."),
    ] = None

    def of(self, pager: Pager[Any]) -> Listing:
        """Cut a listing to what is wanted of it."""
        return Listing(pager, self.max)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Cut(Most):
    """How much of a listing is wanted, from where on, and how much at a time."""

    limit: Annotated[
        int | None,
        Parameter(
            validator=Number(gte=SMALLEST_PAGE, lte=LARGEST_PAGE),
            help="Fetch so many with each request: 10 to 100, and 100 unless --max is less.",
        ),
    ] = None
    starting_after: Annotated[
        Id | None, Parameter(help="Go on after the one with this id, the last one seen.")
    ] = None

    @property
    def page(self) -> Page:
        """What the requests are told."""
        fitting = min(LARGEST_PAGE, max(SMALLEST_PAGE, self.max or LARGEST_PAGE))
        return {"limit": self.limit or fitting, "starting_after": self.starting_after}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Ordered(Cut):
    """The same, of a listing that can be had from either end."""

    order: Annotated[
        Direction | None, Parameter(help="By id: desc, newest first, unless given.")
    ] = None

    @property
    def ordered_page(self) -> OrderedPage:
        """What the requests are told."""
        return {**self.page, "order": self.order}


ALL: Final = Most()
WHOLE: Final = Cut()
IN_ORDER: Final = Ordered()

"""What a job does with its rows: one of these for each kind of job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .engine import Hold
    from .intake import Intake
    from .journal import Entry, Journal
    from .plan import Plan
    from .report import Outcome
    from .sources import Source
    from .steps import Step


class Unit(Protocol):
    """A row that is ready to be carried out."""

    @property
    def number(self) -> int:
        """Counts from 1."""
        ...

    @property
    def key(self) -> str:
        """Rows with one key are carried out one after the other."""
        ...

    @property
    def doubt(self) -> Step | None:
        """A write of an earlier run of which nobody knows whether it was carried out."""
        ...


class Ended(NamedTuple):
    """How a row has ended."""

    outcome: Outcome
    known: bytes | None = None
    """What is known of its contact now, as a comparison keeps it; for the next such row."""


Operation: TypeAlias = Callable[[Any, "Hold"], Awaitable[Ended]]
"""Carries out one row, and says from when it has to be let end."""


class Task(Protocol):
    """A kind of job, with its options.

    Its methods are called in their order here; a job that is resumed is not read again.
    """

    @property
    def kind(self) -> str:
        """What the journal calls it."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """What decides about what is written, as the journal keeps it."""
        ...

    @property
    def columns(self) -> Mapping[str, str | None]:
        """Which name each column of a file stands for, once it has been read."""
        ...

    def check(self) -> None:
        """Raise `ConfigurationError` for options that can't work; no request."""
        ...

    async def read(self, source: Source) -> None:
        """Understand what the columns of the rows mean; this may cost a request."""
        ...

    def intake(self, source: Source) -> Intake:
        """Return what takes all rows into a journal."""
        ...

    def unit_of(self, entry: Entry) -> Unit:
        """Return the work that a row of the journal stands for."""
        ...

    def without(self, unit: Any, later: Entry) -> Unit:  # noqa: ANN401 - of its own
        """Return the work less what a later row of the same contact, which is done, has said."""
        ...

    async def compare(self, journal: Journal, *, thorough: bool) -> str:
        """Find out which rows need nothing; say how, for people.

        `thorough` leaves none open, whatever it costs; otherwise it ends where it stops paying.
        """
        ...

    async def plan(self, journal: Journal) -> Plan:
        """Sum up what is still to be done, once the rows are compared."""
        ...

    async def prepare(self) -> None:
        """Look up or create what all rows need; errors of the job's settings show here."""
        ...

    def operation(self, journal: Journal | None) -> Operation:
        """Return what carries out one row."""
        ...

"""Runs one import: rows in, a report out; of the rows never more than a batch is in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from contextlib import aclosing
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final, cast

from anyio.lowlevel import checkpoint

from ...errors import ConfigurationError
from .packing import MOST_CONTACTS, Packing, fits, packed

if TYPE_CHECKING:
    from ..drafts import ImportRow
    from .following import Following
    from .packing import Packed
    from .report import ImportReport, Tally
    from .sending import Sending

_ONE_THING: Final = (str, bytes, bytearray, memoryview, Mapping)
"""What can be iterated over, and holds no rows."""
_TOO_LARGE: Final = "the row alone is more than the API takes in a request"


class Running:
    """One run over rows.

    Args:
        sending: sends batches.
        following: follows them.
        tally: counts.
        exclude_automations: whether no automations are to run.
        validate: whether values are checked before they cost a request.
    """

    def __init__(
        self,
        sending: Sending,
        following: Following,
        tally: Tally,
        *,
        exclude_automations: bool,
        validate: bool,
    ) -> None:
        self._sending = sending
        self._following = following
        self._tally = tally
        self._exclude = exclude_automations
        self._validate = validate

    async def run(self, rows: Iterable[ImportRow] | AsyncIterable[ImportRow]) -> ImportReport:
        """Import all rows, and wait until the server has carried them out."""
        try:
            async with aclosing(self._batches(rows)) as batches:
                async for batch in batches:
                    await self._sending.deliver(batch)
                    await self._following.keep_up()
            await self._following.finish()
        except Exception as error:
            self._following.leave_all()
            report = self._tally.report()
            error.add_note(
                f"the import ended early: the rows before row {report.next_row} had their turn, "
                f"{report.imported} contacts are known to be imported; see .report"
            )
            vars(error)["report"] = report  # Whatever the error is: the rows' own are no less.
            raise
        self._tally.next_row = self._tally.rows + 1  # Behind those that were left out here, too.
        return self._tally.report()

    async def _batches(
        self, rows: Iterable[ImportRow] | AsyncIterable[ImportRow]
    ) -> AsyncGenerator[list[Packed]]:
        packing = Packing()
        async with aclosing(_each(rows)) as given:
            async for row in given:
                self._tally.rows += 1
                one = self._packed(row)
                if one is not None and (full := packing.add(one)):
                    yield full
        if packing.batch:
            yield packing.batch

    def _packed(self, row: ImportRow) -> Packed | None:
        """Write a row; None, and a note of it, where it can't be sent."""
        number = self._tally.rows
        try:
            one = packed(number, row, exclude_automations=self._exclude, validate=self._validate)
        except ConfigurationError as error:
            self._tally.leave_out("rejected", number, _email_of(row), str(error))
            return None
        if fits(one):
            self._tally.unsent += 1
            return one
        self._tally.leave_out("rejected", number, one.draft.email, _TOO_LARGE)
        return None


def check_arguments(contacts: object, on_left_out: object) -> None:
    """Refuse with `ConfigurationError` what no rows can be taken from, or nothing be told to."""
    kind = type(contacts)
    if issubclass(kind, _ONE_THING) or not issubclass(kind, Iterable | AsyncIterable):
        msg = (
            f"contacts is of type {kind.__name__}: give a list, or another iterable, of mappings "
            "with an email each"
        )
        raise ConfigurationError(msg)
    if on_left_out is None:
        return
    if not callable(on_left_out) or _is_coroutine_function(on_left_out):
        msg = (
            "on_left_out must be a plain function that takes a LeftOut: nobody awaits it; let it "
            "append to a list or put into a queue what is to be worked off"
        )
        raise ConfigurationError(msg)


def _is_coroutine_function(told: object) -> bool:
    called = getattr(told, "__call__", None)  # noqa: B004 - of an object whose call is a coroutine
    return iscoroutinefunction(told) or iscoroutinefunction(called)


async def _each(
    rows: Iterable[ImportRow] | AsyncIterable[ImportRow],
) -> AsyncGenerator[ImportRow]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
        return
    for number, row in enumerate(rows, 1):
        if number % MOST_CONTACTS == 0:
            await checkpoint()  # Others have their turn, however many rows are refused here.
        yield row


def _email_of(row: object) -> str | None:
    email = cast("ImportRow", row).get("email") if isinstance(row, Mapping) else None
    return email if isinstance(email, str) else None

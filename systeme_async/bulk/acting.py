"""Doing an act with the contact of one row, and finding out whether it is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import anyio

from ..errors import (
    DecodeError,
    NotFoundError,
    OutcomeUnknownError,
    SystemeError,
    ValidationError,
)
from ..resources._base import settled
from ..resources.upsert import find_contact
from .intents import RowCaller
from .lately import Lately
from .operations import STOPPING, failed
from .plan import nobody
from .report import Outcome, Status
from .task import Ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core.caller import Caller
    from ..resources._base import Caller as Sender
    from .acts import Act
    from .engine import Hold
    from .journal import Journal
    from .targets import Target

DONE: Final = b"done"
"""What is kept of a row when it was done with an earlier one of the same contact."""
TRIES: Final = 3
"""How often a write is sent whose answers get lost, each time once it would have to show."""


class ActOnContact:
    """Does an act with the contact of each row.

    Args:
        caller: sends for all rows.
        act: what is done.
        journal: is told of each write before it leaves, unless the job has none.
        needs_nothing: whether it is known of a row that it is done.
    """

    def __init__(
        self,
        caller: Caller,
        act: Act,
        journal: Journal | None,
        needs_nothing: Callable[[Target], bool],
    ) -> None:
        self._caller = caller
        self._act = act
        self._journal = journal
        self._needs_nothing = needs_nothing
        self._lately = Lately[None]()

    async def perform(self, unit: Target, hold: Hold) -> Ended:
        """Carry the row out; an error of this row alone is its outcome."""
        sender = RowCaller(self._caller, unit.number, self._journal, hold)
        try:
            outcome = await self._perform(unit, sender)
        except STOPPING:
            raise
        except SystemeError as error:
            return Ended(failed(unit.number, error, unit.contact_id, unit.email))
        self._lately.remember(unit.key, None)
        return Ended(outcome, DONE)

    async def _perform(self, unit: Target, sender: Sender) -> Outcome:
        if self._needs_nothing(unit) or unit.key in self._lately:
            return _outcome(unit, Status.UNCHANGED, unit.contact_id)
        number = unit.contact_id
        if number is None:
            contact = await find_contact(sender, str(unit.email))
            if contact is None:
                raise NotFoundError(nobody(None, unit.email), status=404)
            number = contact.id
        if unit.doubt is not None:
            await anyio.sleep(unit.doubt.wait(time.time(), self._act.lag))
            if await self._act.is_done(sender, number):
                return _outcome(unit, self._act.done, number)
        return _outcome(unit, await self._carry_out(sender, number), number)

    async def _carry_out(self, sender: Sender, number: int) -> Status:
        doubt: SystemeError | None = None
        for _ in range(TRIES):
            try:
                await self._act.carry_out(sender, number)
            except ValidationError:
                # One refusal stands for "is so already" as well; the account itself tells.
                if not await settled(doubt, self._act.is_done(sender, number)):
                    raise
                return Status.UNCHANGED if doubt is None else self._act.done
            except (OutcomeUnknownError, DecodeError) as error:
                if isinstance(error, DecodeError) and error.redirected:
                    raise
                doubt = error
                await anyio.sleep(self._act.lag)
                if await settled(doubt, self._act.is_done(sender, number)):
                    return self._act.done
            else:
                return self._act.done
        assert doubt is not None  # noqa: S101 - nothing else has led here
        raise doubt


def _outcome(unit: Target, status: Status, number: int | None) -> Outcome:
    return Outcome(unit.number, status, number, email=unit.email)

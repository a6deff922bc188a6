"""Sends batches: under the import's own quota, without the rows that the server refuses.

One invalid contact refuses its whole batch; the server names it, and the rest is sent again.
A batch whose answer got lost is another matter. The server knows contacts by their addresses, so
that none would be there twice; but it would run their automations once more, and mail real
people. So it is sent again only where automations are excluded; otherwise its rows are in doubt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from ..._core.pace import Pace, shared_pace
from ..._core.quota import SECOND, SILENT, QuotaReport, read_report
from ...errors import APIError, DecodeError, OutcomeUnknownError, RateLimitedError, ValidationError
from .packing import body_of
from .report import ImportBatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...errors import Violation
    from ..models import ImportReceipt
    from .following import Following
    from .packing import Packed
    from .report import Tally

FEW: Final = 10
"""Fewer contacts than that go one by one, where that can be done."""
SEVERAL_A_MINUTE: Final = 100
SINGLE_A_MINUTE: Final = 20
"""Requests with one contact, of which fewer are allowed."""
LONGEST_ROW: Final = 30
"""Refusals by the quota in a row: behind them nothing is left to wait for."""
MOST_STRIKES: Final = 3
"""Batches in a row that were refused as a whole, or lost: what is wrong there is not a row."""

_OF_ROWS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Statuses for which rows may be to blame."""
_BLIND: Final = QuotaReport(retry_after=10 * SECOND)
"""What a refusal asks for that says nothing: the quota is one of a minute."""
_PLACE: Final = re.compile(r"contacts\[(?P<number>[0-9]{1,6})\]")
"""How our errors name the contacts of a batch that are refused."""


Submit = Callable[[Mapping[str, Any]], Awaitable["ImportReceipt"]]
"""Sends one batch."""

Sync = Callable[[str, Mapping[str, Any]], Awaitable[object]]
"""Creates or changes one contact, by address and values."""


class Paces(NamedTuple):
    """The spacing of an account's imports, which is one for all who import into it."""

    several: Pace
    single: Pace

    @classmethod
    def under(cls, ceiling: str) -> Self:
        """Return the running loop's spacing under a ceiling; whoever holds it keeps it."""
        return cls(
            shared_pace(f"{ceiling}/several", SEVERAL_A_MINUTE / 60),
            shared_pace(f"{ceiling}/single", SINGLE_A_MINUTE / 60),
        )


class Sending:
    """Sends the batches of one import.

    Args:
        submit: sends one batch.
        sync: creates or changes one contact.
        tally: is told what became of each row.
        following: is told of each batch that was taken.
        paces: the quota of imports.
        exclude_automations: whether no automations are to run.
    """

    def __init__(
        self,
        submit: Submit,
        sync: Sync,
        tally: Tally,
        following: Following,
        *,
        paces: Paces,
        exclude_automations: bool,
    ) -> None:
        self._submit_one = submit
        self._sync_one = sync
        self._tally = tally
        self._following = following
        self._exclude = exclude_automations
        self._paces = paces
        self._strikes = 0

    async def deliver(self, batch: list[Packed]) -> None:
        """Send a batch until each of its rows is taken, refused or in doubt."""
        while batch:
            if len(batch) < FEW and all(one.draft.plain for one in batch):
                await self._sync(batch)
                return
            refused = await self._submit(batch)
            for number, reason in refused.items():
                one = batch[number]
                self._tally.leave_out("rejected", one.row, one.draft.email, reason)
            if not refused:
                return
            batch = [one for number, one in enumerate(batch) if number not in refused]

    async def _sync(self, batch: list[Packed]) -> None:
        for one in batch:
            self._tally.requests += 1
            try:
                await self._sync_one(one.draft.email, one.draft.synced)
            except ValidationError as error:
                self._tally.leave_out("rejected", one.row, one.draft.email, error.detail)
            else:
                self._tally.imported += 1

    async def _submit(self, batch: list[Packed]) -> Mapping[int, str]:
        """Send a batch once; return which of its rows keep it from being taken, and why."""
        body = body_of(batch, exclude_automations=self._exclude)
        try:
            receipt = await self._within_quota(body, single=len(batch) == 1)
        except (OutcomeUnknownError, DecodeError) as error:
            if isinstance(error, DecodeError) and error.redirected:
                raise
            self._strike(error)
            reason = str(error)
            for one in batch:
                self._tally.leave_out("in doubt", one.row, one.draft.email, reason)
            return {}
        except APIError as error:
            if isinstance(error, RateLimitedError) or error.status not in _OF_ROWS:
                raise
            named = reasons_in(error.violations, len(batch))
            if not named:
                self._strike(error)
            return named or dict.fromkeys(range(len(batch)), error.detail)
        self._strikes = 0
        self._following.add(ImportBatch(batch_id=receipt.batch_id, contacts=len(batch)))
        return {}

    def _strike(self, error: Exception) -> None:
        self._strikes += 1
        if self._strikes >= MOST_STRIKES:
            raise error

    async def _within_quota(self, body: Mapping[str, Any], *, single: bool) -> ImportReceipt:
        pace, refusals = self._paces.single if single else self._paces.several, 0
        while True:
            turn = await pace.turn()
            self._tally.requests += 1
            try:
                receipt = await self._submit_one(body)
            except RateLimitedError as error:
                refusals += 1
                # Any other status is the account's own quota, and has been waited for already.
                if error.status != HTTPStatus.BAD_REQUEST or refusals > LONGEST_ROW:
                    raise
                report = read_report(error.headers, time.time_ns)
                pace.refused(turn, _BLIND if report is SILENT else report)
            else:
                pace.succeeded()
                return receipt


def reasons_in(violations: Iterable[Violation], contacts: int) -> dict[int, str]:
    """Read which contacts of a batch an answer refuses, from 0, each with the reason."""
    found: dict[int, str] = {}
    for one in violations:
        place = _PLACE.fullmatch(one.property_path)
        if place is not None and int(place["number"]) < contacts:
            found[int(place["number"])] = one.message
    return found

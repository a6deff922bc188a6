"""Sends batches: under the import's own quota, without the rows that the server refuses.

One invalid contact refuses its whole batch; the server names it, and the rest is sent again.
A batch whose answer got lost is another matter. The server knows contacts by their addresses, so
that none would be there twice; but it would run their automations once more, and mail real
people. So it is sent again only where automations are excluded; otherwise its rows are in doubt.
So are those of what was sent again in vain. A single contact that is synchronized converges, and
is always sent again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeVar

from ..._core.pace import Pace, shared_pace
from ..._core.quota import SECOND, QuotaReport, read_report
from ...errors import (
    APIError,
    DecodeError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    ServerError,
    ValidationError,
)
from .packing import body_of
from .receipt import batch_id_in
from .report import ImportBatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...errors import SystemeError, Violation
    from ..models import ImportReceipt
    from .following import Following
    from .packing import Packed
    from .report import Kind, Tally

T = TypeVar("T")

FEW: Final = 10
"""Fewer contacts than that go one by one, where that can be done."""
SEVERAL_A_MINUTE: Final = 100
SINGLE_A_MINUTE: Final = 20
"""Requests with one contact, of which fewer are allowed."""
LONGEST_ROW: Final = 30
"""Refusals by the quota in a row: behind them nothing is left to wait for."""
LONGEST_PAUSE: Final = 120 * SECOND
"""After a refusal by that quota, which is one of a minute, whatever the server asks for."""
MOST_STRIKES: Final = 3
"""Requests in a row that were refused as a whole, or lost: what is wrong there is not a row."""
TRIES: Final = 3
"""How often something is sent whose answer is empty or torn, which this server's are at times."""
LOST: Final = (OutcomeUnknownError, DecodeError, ServerError)
"""What leaves open whether a request was carried out."""

_OF_ROWS: Final = frozenset(
    {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""Statuses for which rows may be to blame; refusals come with a 200, too."""
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
                for one in batch:
                    await self._sync(one)
                return
            batch = await self._submit(batch)

    async def _sync(self, one: Packed) -> None:
        try:
            await self._again(partial(self._synced, one))
        except ValidationError as error:
            self._strikes = 0
            self._leave_out("rejected", [one], error)
        except NotFoundError as error:
            self._leave_out("in doubt" if error.in_doubt else "rejected", [one], error)
            self._strike(error)
        except LOST as error:
            self._doubt([one], error)
        else:
            self._strikes = 0
            self._tally.imported += 1
            self._tally.turned(1, one.row + 1)

    async def _synced(self, one: Packed) -> None:
        self._tally.requests += 1
        await self._sync_one(one.draft.email, one.draft.synced)

    async def _submit(self, batch: list[Packed]) -> list[Packed]:
        """Send a batch once; return what is left of it to be sent again."""
        body = body_of(batch, exclude_automations=self._exclude)
        send = partial(self._within_quota, body, single=len(batch) == 1)
        try:
            batch_id = await (self._again(send) if self._exclude else send())
        except LOST as error:
            self._doubt(batch, error)
            return []
        except APIError as error:
            if isinstance(error, RateLimitedError) or error.status not in _OF_ROWS:
                raise
            return self._without_refused(batch, error)
        self._strikes = 0
        taken = ImportBatch(batch_id=batch_id, contacts=len(batch))
        self._following.add(taken, (one.row for one in batch))
        self._tally.turned(len(batch), batch[-1].row + 1)
        return []

    async def _again(self, send: Callable[[], Awaitable[T]]) -> T:
        """Send what may be sent twice until its answer is readable, a few times at most."""
        for _ in range(TRIES - 1):
            try:
                return await send()
            except DecodeError as error:
                if not error.no_json:
                    raise
        return await send()

    def _without_refused(self, batch: list[Packed], error: APIError) -> list[Packed]:
        """Leave out the rows that keep a batch from being taken, all where none is named."""
        named = reasons_in(error.violations, len(batch))
        if not named:
            self._leave_out("rejected", batch, error)
            self._strike(error)
            return []
        self._strikes = 0
        for number, reason in named.items():
            self._tally.leave_out("rejected", batch[number].row, batch[number].draft.email, reason)
        left = [one for number, one in enumerate(batch) if number not in named]
        self._tally.turned(len(named), left[0].row if left else batch[-1].row + 1)
        return left

    def _doubt(self, batch: list[Packed], error: SystemeError) -> None:
        if isinstance(error, DecodeError) and error.redirected:
            raise error
        self._leave_out("in doubt", batch, error)
        self._strike(error)

    def _leave_out(self, kind: Kind, batch: list[Packed], error: SystemeError) -> None:
        said = error.detail if kind == "rejected" and isinstance(error, APIError) else ""
        self._tally.turned(len(batch), batch[-1].row + 1)
        for one in batch:
            self._tally.leave_out(kind, one.row, one.draft.email, said or str(error))

    def _strike(self, error: SystemeError) -> None:
        self._strikes += 1
        if self._strikes >= MOST_STRIKES:
            raise error

    async def _within_quota(self, body: Mapping[str, Any], *, single: bool) -> str:
        """Send a batch, waiting out the import's own quota; return the id that it is given."""
        pace, refusals = self._paces.single if single else self._paces.several, 0
        while True:
            turn = await pace.turn()
            self._tally.requests += 1
            try:
                batch_id = batch_id_in(await self._submit_one(body))
            except RateLimitedError as error:
                refusals += 1
                # A 429 is the account's own quota, and has been waited for already.
                if error.status == HTTPStatus.TOO_MANY_REQUESTS or refusals > LONGEST_ROW:
                    raise
                pace.refused(turn, pause_of(error))
            else:
                pace.succeeded()
                return batch_id


def pause_of(error: RateLimitedError) -> QuotaReport:
    """Read how long the import's quota asks to wait: no more than one of a minute can mean."""
    report = read_report(error.headers, time.time_ns)
    hints = [hint for hint in (report.retry_after, report.refill_in) if hint is not None]
    return QuotaReport(retry_after=min(max(hints), LONGEST_PAUSE)) if hints else _BLIND


def reasons_in(violations: Iterable[Violation], contacts: int) -> dict[int, str]:
    """Read which contacts of a batch an answer refuses, from 0, each with the reason."""
    found: dict[int, str] = {}
    for one in violations:
        place = _PLACE.fullmatch(one.property_path)
        if place is not None and int(place["number"]) < contacts:
            found[int(place["number"])] = one.message
    return found

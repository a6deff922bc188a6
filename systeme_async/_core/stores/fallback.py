"""The budget while the shared one is out of reach: a fixed share of the last known quota.

Pure. A share begins a period after the others may have spent last, since the running period may
be spent already. Leases that were given before the outage count in the share while they last;
what becomes of them is owed to the shared budget and told to it when it is back.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

from msgspec.structs import replace

from ...options import Quota
from ..lease import Lease
from ..pause import Pause
from ..quota import DAY, SECOND, QuotaReport
from ..shared import LEASE_TIME, SharedBudget
from .envelope import LATELY, begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from . import Step
    from .envelope import Envelope

T = TypeVar("T")

_NEVER: Final = DAY
"""When a process begins that has no share: the shared budget is back before that."""


class _Ending(NamedTuple):
    """How a lease ends: what a step says, to be told to whichever budget gave the lease."""

    lease: Lease
    kind: str
    tell: Callable[[SharedBudget, Lease, int], None]


class _Listener(SharedBudget):
    """Stands in for a budget and notes which lease a step wants to settle."""

    endings: list[_Ending] = []  # noqa: RUF012 - each struct has a list of its own

    def answered(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Note an answer."""
        del now
        self._note(lease, "answered", lambda own, its, at: own.answered(its, report, at))

    def refused(self, lease: Lease, report: QuotaReport, now: int) -> None:
        """Note a 429."""
        del now
        self._note(lease, "refused", lambda own, its, at: own.refused(its, report, at))

    def lost(self, lease: Lease, now: int) -> None:
        """Note a request without an answer."""
        del now
        self._note(lease, "lost", lambda own, its, at: own.lost(its, at))

    def returned(self, lease: Lease) -> None:
        """Note a request that never left."""
        self._note(lease, "returned", lambda own, its, _: own.returned(its))

    def _note(
        self, lease: Lease, kind: str, tell: Callable[[SharedBudget, Lease, int], None]
    ) -> None:
        self.endings.append(_Ending(lease, kind, tell))


def overhear(step: Step[Any], now: int) -> _Ending | None:
    """Find out which lease a step settles; None where it settles none."""
    listener = _Listener(Quota())
    step(listener, now)
    return listener.endings[-1] if listener.endings else None


class _Debt(NamedTuple):
    """What the shared budget is yet to be told of a lease of its own."""

    lease: Lease
    kind: str
    pause_until: int


class Fallback:
    """One process's own budget, from the beginning of an outage until its last lease is settled.

    `last` is the last known state, None where the server was never reached: then it is unknown
    who else there is, and the process acts on the whole quota as if it were alone.
    """

    def __init__(
        self,
        quota: Quota,
        process: str,
        last: Envelope | None,
        in_flight: Iterable[int],
        now: int,
    ) -> None:
        self.process = process
        self.share: int | None = None
        """Requests a period; None where no quota is known."""
        self.starts_at = now
        self.budget = begin(quota, now)
        self._alone = last is None
        if last is not None:
            self._take_share(quota, last, now)
        first = self.budget.sent
        self._stand_ins = {
            number: Lease(first + place, first) for place, number in enumerate(sorted(in_flight), 1)
        }
        self.budget.sent += len(self._stand_ins)
        self.budget.held = {it.number: now + LEASE_TIME for it in self._stand_ins.values()}
        self._given: set[int] = set()
        self._debts: list[_Debt] = []

    def _take_share(self, quota: Quota, last: Envelope, now: int) -> None:
        known, self.share = last.budget, last.share(self.process)
        self.starts_at = max(now, known.pause.until)
        if self.share is not None:
            # A refill that is farther off than a period tells how long a period is.
            per = max(int(quota.per * SECOND), (known.refill_at or 0) - now)
            self.budget = begin(Quota(max(1, self.share), per / SECOND), now)
            self.starts_at = max(self.starts_at, now + per)
            if not last.knows_all(self.process, now):
                self.starts_at += LATELY
            if not self.share:
                self.starts_at += _NEVER
        self.budget.pause = Pause(self.starts_at, blind=known.pause.blind)
        self.budget.window = replace(known.window)

    def apply(self, step: Step[T], now: int) -> T:
        """Apply a step to the share; what it says of an earlier lease is owed as well."""
        ending = overhear(step, now)
        if ending is not None and ending.lease.number not in self._given:
            self._owe(ending, now)
            return cast("T", None)
        result = step(self.budget, now)
        if isinstance(result, Lease):
            self._given.add(result.number)
        elif ending is not None:
            self._given.discard(ending.lease.number)
        return result

    def gave(self, lease: Lease) -> bool:
        """Tell whether a lease was given here and is not settled yet."""
        return lease.number in self._given

    @property
    def over(self) -> bool:
        """Whether all leases that were given here are settled."""
        return not self._given

    def describe(self, now: int) -> str:
        """Say in a log what the process does meanwhile."""
        if self._alone:
            return "acts on the whole quota, for it knows of no others: nothing is shared"
        if self.share is None:
            return "goes by its own answers, for no quota is known"
        if not self.share:
            return "waits, for there are more processes than requests"
        seconds = (self.starts_at - now) / SECOND
        return f"may send its share of {self.share} a period, from {seconds:.0f} s on"

    def _owe(self, ending: _Ending, now: int) -> None:
        stand_in = self._stand_ins.pop(ending.lease.number, None)
        if stand_in is not None:
            ending.tell(self.budget, stand_in, now)
        pause_until = self.budget.pause.until if ending.kind == "refused" else 0
        self._debts.append(_Debt(ending.lease, ending.kind, pause_until))

    def hand_over(self, shared: Envelope, now: int) -> None:
        """Tell the shared budget what it missed; nothing more is to be asked for here then."""
        for debt in self._debts:
            _settle(shared.budget, debt, now)
        shared.budget.ghosts.add(now, len(self._given))
        if now > self.starts_at:
            self._tell_spent(shared, now)

    def _tell_spent(self, shared: Envelope, now: int) -> None:
        """Count what may have been spent: here, and by those that are not back yet."""
        budget = shared.budget
        if budget.credit is not None:
            # Somebody may have spent it: a probe asks first.
            budget.credit = min(budget.credit, 0)
            budget.refill_at = min(budget.refill_at or now, now)
            return
        ceiling = budget.ceiling
        if ceiling is None:
            return
        own = self.budget.ceiling
        under_way = [now + ceiling.per] * len(self._given)
        for until in under_way if own is None else own.free_at + under_way:
            insort(ceiling.free_at, until)
        others = sum(
            shared.share(name) or 0
            for name, member in shared.members.items()
            if name != self.process and member.seen + ceiling.per <= now
        )
        for _ in range(min(others, ceiling.room(now, budget.in_flight))):
            ceiling.settled(now)


def _settle(budget: SharedBudget, debt: _Debt, now: int) -> None:
    """Settle a lease late: what its answer told is no news any more, but for a pause."""
    lease = debt.lease
    if lease.number not in budget.held:
        return  # It expired, and counts as lost already.
    if debt.kind == "returned":
        budget.returned(lease)
    elif debt.pause_until > now:
        budget.refused(lease, QuotaReport(retry_after=debt.pause_until - now), now)
    else:
        budget.lost(lease, now)

"""What bulk calls leave to people, by the table and against servers of each shape."""

from __future__ import annotations

from typing import Final

import pytest

from systeme_async._core.budget import Budget
from systeme_async._core.lease import Lease, Wait
from systeme_async._core.line import Waiting
from systeme_async._core.quota import SECOND, QuotaReport
from systeme_async._core.reserve import Reserve
from systeme_async._core.shared import SharedBudget
from systeme_async.options import Lane, Quota
from systeme_async.testing.quotas import SHAPES, Shape

from .servers import MINUTE

INTERACTIVE, BULK = Lane.INTERACTIVE, Lane.BULK
START: Final = 1_000 * SECOND

OPENINGS: Final[list[tuple[bool, int, int, int, int]]] = [
    # Whether windows open whole, requests a minute, room, seconds to the refill, seconds to wait.
    (True, 60, 60, 60, 0),
    (True, 60, 7, 40, 0),
    (True, 60, 6, 40, 33),
    (True, 60, 6, 7, 0),
    (True, 60, 1, 40, 38),
    (True, 60, 1, 1, 0),
    (True, 60, 1, 0, 0),
    (False, 60, 7, 40, 0),
    (False, 60, 6, 40, 33),
    (False, 60, 1, 40, 40),
    (False, 60, 1, 1, 1),
    (False, 60, 2, 1, 0),
    (False, 60, 1, 0, 0),
    # One in ten is too much to be left standing.
    (False, 10, 1, 1, 0),
    (True, 1, 1, 60, 0),
]


@pytest.mark.parametrize(("whole", "limit", "room", "refill", "wait"), OPENINGS)
def test_bulk_leaves_a_tenth_and_takes_it_at_the_end(
    *, whole: bool, limit: int, room: int, refill: int, wait: int
) -> None:
    """As long as the refill is further away than what is left would last."""
    reserve = Reserve(whole=whole)
    opens_at = reserve.opens_at(limit, MINUTE, room, START + refill * SECOND, START)
    assert wait == pytest.approx((opens_at - START) / SECOND, abs=1e-6)


def test_bulk_that_had_to_wait_leaves_one_by_one() -> None:
    """What came back in a burst is spread, so that it does not come back in one again."""
    reserve = Reserve(whole=False, held_back=True, left_at=START)
    assert START + SECOND * 9 // 10 == reserve.opens_at(60, MINUTE, 50, START, START)
    assert START == Reserve(whole=False, left_at=START).opens_at(60, MINUTE, 50, START, START)


def test_bulk_that_was_idle_may_leave_in_a_burst_again() -> None:
    """A small import need not crawl because a large one did an hour ago."""
    reserve = Reserve(whole=False, held_back=True, left_at=START)
    reserve.leave(START + MINUTE, MINUTE)
    assert not reserve.held_back


class Account:
    """A budget before a server, both on one clock; answers come at once."""

    def __init__(self, shape: Shape, quota: Quota | None = None, limit: int = 60) -> None:
        self.server = SHAPES[shape](limit, MINUTE)
        self.budget = Budget(quota or Quota())
        self.limit = limit
        self.refused = 0

    def call(self, lane: Lane, now: int) -> bool:
        """Try to send one request; tell whether it left."""
        lease = self.budget.admit(now, lane)
        if isinstance(lease, Wait):
            return False
        admitted = self.server.admit(now)
        self.refused += not admitted
        left, refill = self.server.remaining(now), self.server.refill_at(now) - now
        self.budget.answered(lease, QuotaReport(self.limit, left, refill), now)
        return True

    def work(self, start: int, seconds: int) -> int:
        """Let a job send what it may for a while; return how much it was."""
        ticks = range(start, start + seconds * SECOND, SECOND // 20)
        return sum(self.call(BULK, now) for now in ticks)


@pytest.mark.parametrize("configured", [False, True])
@pytest.mark.parametrize("shape", list(SHAPES))
def test_people_find_room_beside_a_job(shape: Shape, *, configured: bool) -> None:
    """Whenever somebody comes, he has left two intervals later, whatever the shape."""
    account = Account(shape, Quota(60) if configured else None)
    sent, wanted = 0, list(range(22, 600, 23))
    for second in range(600):
        now = START + second * SECOND
        while wanted and wanted[0] <= second and account.call(INTERACTIVE, now):
            del wanted[0]
            sent += 1
        assert not wanted or second <= wanted[0] + 2
        sent += account.work(now, 1)
    assert account.refused == 0
    assert sent >= 0.95 * 600


def test_a_job_alone_uses_all_of_a_quota_that_drips() -> None:
    """The one that is left standing is missed once, not once a drop."""
    account = Account("continuous")
    account.work(START, 120)
    assert account.work(START + 120 * SECOND, 600) >= 598


def told(budget: Budget, remaining: int) -> None:
    """Let a budget hear one answer."""
    lease = budget.admit(START)
    assert isinstance(lease, Lease)
    budget.answered(lease, QuotaReport(60, remaining, 40 * SECOND), START)


def test_a_turn_that_bulk_can_not_use_passes_between_processes() -> None:
    """Every tenth lease is bulk's; what is left to people is theirs all the same."""
    budget = SharedBudget(Quota())
    told(budget, 2)
    line = budget.line
    line.overtaken = 9

    def lanes(lane: Lane) -> dict[Lane, Waiting]:
        return {other: Waiting(START if other is lane else None) for other in Lane}

    assert isinstance(budget.admit_for("import", BULK, lanes(BULK), START), Wait)
    assert isinstance(budget.admit_for("web", INTERACTIVE, lanes(INTERACTIVE), START), Lease)
    assert isinstance(budget.admit_for("web", INTERACTIVE, lanes(INTERACTIVE), START), Lease)

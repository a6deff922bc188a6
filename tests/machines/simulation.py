"""One client's budget against one model server, event by event, on a clock of integers.

A heap of events stands for the network: a request leaves, reaches the server after one random
latency, and its answer is heard after another, so both directions reorder. The client asks the
budget as the gate does: the first in line asks, and asks again whenever something is settled
or the instant it was told has come.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from systeme_async._core.budget import Budget, Lease
from systeme_async._core.probe import PATIENCE
from systeme_async._core.quota import SILENT, read_report
from systeme_async.options import Quota

from .servers import MINUTE, SECOND, WALL_AT_ZERO

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from .servers import Form, Server

TIMEOUT: Final = 30 * SECOND


@dataclass
class Odds:
    """How often something goes wrong, each between 0 and 1."""

    not_sent: float = 0.0
    """The connection could not be made: the lease comes back."""
    dropped: float = 0.0
    """The request never reaches the server, and nobody tells us."""
    unheard: float = 0.0
    """The server counts it, and the answer never comes."""
    silent: float = 0.0
    """The answer says nothing of the quota."""
    cancelled: float = 0.0
    """The caller gives up while the request is under way, maybe before the server has seen it."""


@dataclass
class Tally:
    """What happened."""

    accepted: list[int] = field(default_factory=list[int])
    refused: list[int] = field(default_factory=list[int])
    untold: int = 0
    """Requests that left and told nothing of the quota: lost, cancelled or without headers."""
    finished: int = 0
    asked: int = 0


class World:
    """A demand, a budget, a network and a server."""

    def __init__(
        self,
        server: Server,
        form: Form,
        *,
        limit: int,
        random: Random,
        latency: Callable[[], int],
        quota: Quota | None = None,
        per: int = MINUTE,
        concurrency: int = 20,
        odds: Odds | None = None,
    ) -> None:
        if quota is None:
            quota = Quota(limit, per / SECOND) if form.refill is None else Quota()
        self.server = server
        self.form = form
        self.limit = limit
        self.random = random
        self.latency = latency
        self.concurrency = concurrency
        self.odds = Odds() if odds is None else odds
        self.budget = Budget(quota)
        self.now = 0
        self.line: deque[int] = deque()
        self.under_way: dict[int, Lease] = {}
        self._counting: deque[int] = deque()
        """When each request that left stops counting against a configured quota."""
        self.probes_since_pause: list[int] = []
        self.tally = Tally()
        self._requests = count(1)
        self._order = count()
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._alarm: int | None = None

    # Time

    def at(self, instant: int, event: Callable[[], None]) -> None:
        """Let something happen at an instant."""
        heapq.heappush(self._events, (instant, next(self._order), event))

    def step(self) -> bool:
        """Let the next thing happen; False if nothing is left to happen."""
        if not self._events:
            return False
        instant, _, event = heapq.heappop(self._events)
        self.now = max(self.now, instant)
        event()
        self.pump()
        return True

    def run(self, *, until: int | None = None) -> None:
        """Let everything happen up to an instant, or to the end."""
        while self._events and (until is None or self._events[0][0] <= until):
            self.step()
        if until is not None:
            self.now = max(self.now, until)
            self.pump()

    # The client

    def demand(self, requests: int) -> None:
        """Put calls in line."""
        self.line.extend(next(self._requests) for _ in range(requests))
        self.pump()

    def give_up(self, place: int) -> None:
        """Cancel one who waits."""
        del self.line[place]
        self.tally.finished += 1
        self.pump()

    def pump(self) -> None:
        """Ask for those in line, as long as the budget lets them go."""
        while self.line and len(self.under_way) < self.concurrency:
            before = self.budget.in_flight
            assert self.now >= 0
            admission = self.budget.admit(self.now)
            self.tally.asked += 1
            if isinstance(admission, Lease):
                assert before + 1 == self.budget.in_flight
                self._check_lease(admission)
                self._depart(self.line.popleft(), admission)
                continue
            assert before == self.budget.in_flight
            if admission.until is None:
                assert self.under_way, "told to wait for an answer, and nothing is under way"
            else:
                assert admission.until > self.now, "told to wait for an instant that has passed"
                self._wake_at(admission.until)
            return

    def _wake_at(self, instant: int) -> None:
        if self._alarm is not None and self.now < self._alarm <= instant:
            return
        self._alarm = instant
        self.at(instant, lambda: None)

    def _check_lease(self, lease: Lease) -> None:
        budget = self.budget
        assert self.now >= budget.pause.until, "sent during a pause"
        allowed = budget.quota.requests
        if allowed is not None:
            while self._counting and self._counting[0] <= self.now:
                self._counting.popleft()
            used = budget.in_flight + len(self._counting)
            assert used <= max(1, int(allowed * budget.quota.share)), "more than configured"
        if budget.probe.due:
            assert lease.probe, "after a pause, a request that is no probe"
            recent = [at for at in self.probes_since_pause if at > self.now - PATIENCE]
            assert not recent, "after a pause, a second probe before the first was answered"
            self.probes_since_pause.append(self.now)

    def check_books(self) -> None:
        """Check that every token is somewhere."""
        budget = self.budget
        assert budget.sent == budget.settled + len(self.under_way)
        assert budget.in_flight == len(self.under_way)
        assert budget.in_flight >= 0

    # The network

    def _depart(self, request: int, lease: Lease) -> None:
        self.under_way[lease.number] = lease
        odds, dice = self.odds, self.random.random()
        if dice < odds.not_sent:
            self.at(self.now + self.latency(), lambda: self._come_back(request, lease))
            return
        if self.random.random() < odds.cancelled:
            self.at(self.now + self.random.randrange(SECOND), lambda: self._lose(lease))
        if self.random.random() < odds.dropped:
            self.at(self.now + TIMEOUT, lambda: self._lose(lease))
            return
        self.at(self.now + self.latency(), lambda: self._arrive(request, lease))

    def _arrive(self, request: int, lease: Lease) -> None:
        accepted = self.server.accept(self.now)
        (self.tally.accepted if accepted else self.tally.refused).append(self.now)
        if self.random.random() < self.odds.unheard:
            self.at(self.now + TIMEOUT, lambda: self._lose(lease))
            return
        headers = self.form.headers(
            self.limit,
            self.server.remaining(self.now),
            self.server.refill_at(self.now) - self.now,
            self.now,
            refused=not accepted,
        )
        if accepted and self.random.random() < self.odds.silent:
            headers = {}
            self.tally.untold += 1
        self.at(
            self.now + self.latency(),
            lambda: self._hear(request, lease, headers, refused=not accepted),
        )

    def _hear(self, request: int, lease: Lease, headers: dict[str, str], *, refused: bool) -> None:
        if not self._settle(lease):
            return
        report = read_report(headers, self._wall) if headers else SILENT
        if refused:
            self.budget.refused(lease, report, self.now)
            self.probes_since_pause.clear()
            self.line.appendleft(request)
        else:
            self.budget.answered(lease, report, self.now)
            self.tally.finished += 1

    def _wall(self) -> int:
        return WALL_AT_ZERO + self.now

    def _lose(self, lease: Lease) -> None:
        if self._settle(lease):
            self.budget.lost(lease, self.now)
            self.tally.untold += 1
            self.tally.finished += 1

    def _come_back(self, request: int, lease: Lease) -> None:
        if self._settle(lease, left=False):
            self.budget.returned(lease)
            self.line.appendleft(request)

    def _settle(self, lease: Lease, *, left: bool = True) -> bool:
        """Take it off what is under way; False if its caller has given up already."""
        if self.under_way.pop(lease.number, None) is None:
            return False
        if left:
            self._counting.append(self.now + round(self.budget.quota.per * SECOND))
        if lease.probe:
            self.probes_since_pause.clear()
        return True

    # The account's other integrations

    def rivals(self, instants: list[int]) -> None:
        """Let somebody else spend one request at each of these instants."""
        for instant in instants:
            self.at(instant, self._rival)

    def _rival(self) -> None:
        self.server.accept(self.now)

    # What came of it

    @property
    def utilisation(self) -> float:
        """What was accepted, of what could have been between the first and the last of it."""
        accepted = self.tally.accepted
        return len(accepted) / self.server.most(accepted[0], accepted[-1])

    def refused_by_period(self, per: int = MINUTE) -> Counter[int]:
        """Count the refusals of each refill period."""
        return Counter(instant // per for instant in self.tally.refused)

"""The budget under every order of events: a few requests, and all the ways they can overtake.

Each request leaves, is counted by the server and is answered; each may be lost on its way back.
Between any two of these steps the others may take theirs. The states are few enough to visit
all of them.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from systeme_async._core.budget import Budget, Lease
from systeme_async._core.quota import QuotaReport
from systeme_async.options import Quota

from .servers import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 10
NOW = 1


@dataclass(frozen=True)
class Moment:
    """The budget, what the server holds, and what is on its way."""

    budget: Budget
    held: int
    under_way: tuple[tuple[Lease, int | None], ...]
    """Each lease with the Remaining on its answer; None until the server has counted it."""
    to_send: int
    story: tuple[str, ...]

    @property
    def key(self) -> tuple[bytes, int, tuple[tuple[Lease, int | None], ...], int]:
        """What makes two moments the same, however they came about."""
        return msgspec.json.encode(self.budget), self.held, self.under_way, self.to_send

    @property
    def room(self) -> int:
        """How many the budget would let go."""
        return self.budget.room(NOW)

    @property
    def truth(self) -> int:
        """How many the server has room for once those on their way to it have arrived."""
        return self.held - sum(told is None for _, told in self.under_way)

    def next(self, *, losses: bool) -> Iterator[Moment]:
        """Take each step that is possible now."""
        if self.to_send:
            yield from self._send()
        for place, (lease, told) in enumerate(self.under_way):
            rest = self.under_way[:place] + self.under_way[place + 1 :]
            if told is None:
                yield self._counted(place, lease)
                if losses:
                    yield self._returned(lease, rest)
                continue
            yield self._answered(lease, told, rest)
            if losses:
                yield self._lost(lease, rest)

    def _send(self) -> Iterator[Moment]:
        budget = deepcopy(self.budget)
        lease = budget.admit(NOW)
        if isinstance(lease, Lease):
            story = (*self.story, f"{lease.number} leaves")
            under_way = (*self.under_way, (lease, None))
            yield Moment(budget, self.held, under_way, self.to_send - 1, story)

    def _counted(self, place: int, lease: Lease) -> Moment:
        told = (lease, self.held - 1)
        under_way = (*self.under_way[:place], told, *self.under_way[place + 1 :])
        story = (*self.story, f"{lease.number} is counted: {self.held - 1} remain")
        return Moment(self.budget, self.held - 1, under_way, self.to_send, story)

    def _answered(
        self, lease: Lease, told: int, rest: tuple[tuple[Lease, int | None], ...]
    ) -> Moment:
        budget = deepcopy(self.budget)
        budget.answered(lease, QuotaReport(LIMIT, told, MINUTE), NOW)
        story = (*self.story, f"{lease.number} is heard: {told} remained")
        return Moment(budget, self.held, rest, self.to_send, story)

    def _lost(self, lease: Lease, rest: tuple[tuple[Lease, int | None], ...]) -> Moment:
        budget = deepcopy(self.budget)
        budget.lost(lease, NOW)
        return Moment(
            budget, self.held, rest, self.to_send, (*self.story, f"{lease.number} is lost")
        )

    def _returned(self, lease: Lease, rest: tuple[tuple[Lease, int | None], ...]) -> Moment:
        budget = deepcopy(self.budget)
        budget.returned(lease)
        return Moment(
            budget, self.held, rest, self.to_send, (*self.story, f"{lease.number} never left")
        )


def after_the_first_answer(to_send: int) -> Moment:
    """Begin where the first request has taught the budget its numbers."""
    budget = Budget(Quota())
    lease = budget.admit(NOW)
    assert isinstance(lease, Lease)
    budget.answered(lease, QuotaReport(LIMIT, LIMIT - 1, MINUTE), NOW)
    return Moment(budget, LIMIT - 1, (), to_send, ())


def every_moment(to_send: int, *, losses: bool) -> Iterator[Moment]:
    """Visit every state that can be reached."""
    seen: set[object] = set()
    open_ends = [after_the_first_answer(to_send)]
    while open_ends:
        moment = open_ends.pop()
        if moment.key not in seen:
            seen.add(moment.key)
            yield moment
            open_ends.extend(moment.next(losses=losses))


@pytest.mark.slow
@pytest.mark.parametrize(("requests", "losses"), [(5, False), (4, True)])
def test_no_order_of_events_makes_the_budget_promise_too_much(
    requests: int, *, losses: bool
) -> None:
    """Whoever overtakes whom, the server has room for all that the budget would let go."""
    for moment in every_moment(requests, losses=losses):
        assert moment.room <= moment.truth, "\n".join(moment.story)


@pytest.mark.parametrize("requests", [4])
def test_in_the_end_the_budget_knows_what_is_left(requests: int) -> None:
    """Once all answers are heard nothing of the quota is forgotten, whatever their order."""
    for moment in every_moment(requests, losses=False):
        if not moment.under_way and not moment.to_send:
            assert moment.truth == moment.room, "\n".join(moment.story)

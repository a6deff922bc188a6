"""The budget as a state machine: anything may happen at any time, to any of those in line."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from .servers import FORMS, SECOND, SHAPES, server_of
from .simulation import Odds, World

pytestmark = pytest.mark.slow


class AccountMachine(RuleBasedStateMachine):
    """One client, one server, a network that loses and reorders, and sometimes rivals."""

    @initialize(
        shape=st.sampled_from(SHAPES),
        form=st.sampled_from(sorted(FORMS)),
        limit=st.sampled_from([2, 3, 10, 60]),
        per=st.sampled_from([1, 10, 60]),
        slowest=st.sampled_from([2, SECOND // 10, SECOND, 2 * SECOND]),
        concurrency=st.sampled_from([1, 2, 20]),
        seed=st.integers(0, 1 << 32),
    )
    def open(
        self,
        shape: str,
        form: str,
        limit: int,
        per: int,
        slowest: int,
        concurrency: int,
        seed: int,
    ) -> None:
        """Draw an account."""
        random = Random(seed)
        self.wanted = 0
        self.rivals = False
        self.world = World(
            server_of(next(name for name in SHAPES if name == shape), limit, per * SECOND),
            FORMS[form],
            limit=limit,
            random=random,
            latency=lambda: random.randint(1, slowest),
            per=per * SECOND,
            concurrency=concurrency,
            odds=Odds(),
        )

    @rule(calls=st.integers(1, 25))
    def demand(self, calls: int) -> None:
        """Calls come in."""
        self.wanted += calls
        self.world.demand(calls)

    @rule(seconds=st.sampled_from([0, 0.001, 0.3, 1, 7, 61, 3_600]))
    def elapse(self, seconds: float) -> None:
        """Time passes."""
        self.world.run(until=self.world.now + round(seconds * SECOND))

    @rule()
    def step(self) -> None:
        """One thing happens."""
        self.world.step()

    @precondition(lambda self: self.world.line)
    @rule(place=st.integers(0, 1 << 16))
    def give_up(self, place: int) -> None:
        """Somebody in line is cancelled."""
        self.world.give_up(place % len(self.world.line))

    @rule(odds=st.sampled_from(["not_sent", "dropped", "unheard", "silent", "cancelled"]))
    def worsen(self, odds: str) -> None:
        """The network gets worse."""
        setattr(self.world.odds, odds, 0.2)

    @rule()
    def improve(self) -> None:
        """The network gets well again."""
        self.world.odds = Odds()

    @rule(requests=st.integers(1, 30), seconds=st.integers(1, 30))
    def compete(self, requests: int, seconds: int) -> None:
        """Somebody else spends of the same account."""
        self.rivals = True
        step = seconds * SECOND // requests
        self.world.rivals([self.world.now + number * step for number in range(requests)])

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every token is somewhere."""
        if hasattr(self, "world"):
            self.world.check_books()

    @invariant()
    def nobody_is_refused_without_reason(self) -> None:
        """Alone, each 429 needs a request that left and told nothing."""
        if hasattr(self, "world") and not self.rivals:
            tally = self.world.tally
            pending = len(self.world.under_way)
            assert len(tally.refused) <= tally.untold + pending

    def teardown(self) -> None:
        """In the end everybody has left the line."""
        if not hasattr(self, "world"):
            return
        self.world.odds = Odds()
        self.world.run()
        self.world.check_books()
        assert not self.world.line
        assert not self.world.under_way
        assert self.wanted == self.world.tally.finished
        assert self.world.tally.asked <= 60 * self.wanted + 1_000


TestAccount = AccountMachine.TestCase
TestAccount.settings = settings(stateful_step_count=30)

"""The turns as a state machine: whoever wants a slot gets it in turn, and none is ever lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from systeme_async._core.line import BULK_TURN
from systeme_async._core.turns import Turns
from systeme_async.options import Lane

if TYPE_CHECKING:
    from collections.abc import Iterable

ACCOUNTS = range(8)


@dataclass
class Place:
    """Where an account began to stand in a lane, and how many slots were given since."""

    ahead: int
    given: int = 0


class TurnsMachine(RuleBasedStateMachine):
    """Some accounts and a few slots, and a model of the lines that is kept by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Lane, dict[int, Place]] = {lane: {} for lane in Lane}
        self.offered: set[int] = set()
        self.used = 0
        self.overtaken = 0

    @initialize(most=st.sampled_from([1, 2, 5, 20]), kept=st.sampled_from([0, 1, 2]))
    def begin(self, most: int, kept: int) -> None:
        """Draw the slots; one at least is left to bulk calls."""
        self.turns = Turns[int](most, kept=min(kept, most - 1))

    def stand(self, who: int, lane: Lane) -> None:
        """Let the model stand in line as `want` says."""
        if lane is Lane.INTERACTIVE:
            self.lines[Lane.BULK].pop(who, None)
        if who not in self.lines[Lane.INTERACTIVE]:
            self.lines[lane].setdefault(who, Place(len(self.lines[lane])))

    def given(self, who: int) -> None:
        """Check that it was this one's turn, and let the model know."""
        people, jobs = self.lines[Lane.INTERACTIVE], self.lines[Lane.BULK]
        lane = Lane.INTERACTIVE if who in people else Lane.BULK
        assert who == next(iter(self.lines[lane])), "out of order in its lane"
        if lane is Lane.BULK:
            due = self.overtaken >= BULK_TURN - 1
            assert due or not people, "bulk before its turn"
            # It is counted by now.
            assert due or self.turns.taken <= self.turns.most - self.turns.kept, "what was kept"
            self.overtaken = 0
        else:
            self.overtaken = self.overtaken + 1 if jobs else 0
            assert self.overtaken < BULK_TURN, "bulk never gets its turn"
        del self.lines[lane][who]
        self.offered.add(who)
        for line in self.lines.values():
            for place in line.values():
                place.given += 1

    def offer(self) -> None:
        """Offer what is free, as whoever uses the turns has to."""
        while (who := self.turns.next_up()) is not None:
            self.given(who)

    @rule(who=st.sampled_from(ACCOUNTS), lane=st.sampled_from(Lane))
    def want(self, who: int, lane: Lane) -> None:
        """Somebody wants a slot."""
        held = who in self.offered
        if not held:
            self.stand(who, lane)
        wanted = self.turns.want(who, lane)
        if wanted and not held:
            self.given(who)
        assert wanted is (who in self.offered)
        self.offer()

    @rule(who=st.sampled_from(ACCOUNTS))
    def hurry(self, who: int) -> None:
        """Somebody's person comes in behind its own bulk call."""
        if who in self.lines[Lane.BULK]:
            self.stand(who, Lane.INTERACTIVE)
        self.turns.hurry(who)
        self.offer()

    @rule(who=st.sampled_from(ACCOUNTS))
    def leave(self, who: int) -> None:
        """Somebody gives up: its place, or what is on offer."""
        for line in self.lines.values():
            line.pop(who, None)
        self.offered.discard(who)
        self.turns.leave(who)
        self.offer()

    @precondition(lambda self: self.offered)
    @rule(place=st.integers(0, 7))
    def use(self, place: int) -> None:
        """Somebody makes use of the slot on offer."""
        self.use_those([sorted(self.offered)[place % len(self.offered)]])

    def use_those(self, some: Iterable[int]) -> None:
        """Make use of the slots on offer to some."""
        for who in some:
            self.turns.use(who)
            self.offered.remove(who)
            self.used += 1

    @rule(count=st.integers(5, 25), first=st.sampled_from(ACCOUNTS))
    def traffic(self, count: int, first: int) -> None:
        """People come and are served, one after the other."""
        for number in range(first, first + count):
            self.want(number % len(ACCOUNTS), Lane.INTERACTIVE)
            self.use_those(sorted(self.offered))
            if self.used:
                self.give_back()

    @precondition(lambda self: self.used)
    @rule()
    def give_back(self) -> None:
        """A request ends."""
        self.turns.give_back()
        self.used -= 1
        self.offer()

    @invariant()
    def never_over_the_limit(self) -> None:
        """What is in use or on offer is counted, and no more than there is."""
        if hasattr(self, "turns"):
            assert self.used + len(self.offered) == self.turns.taken <= self.turns.most
            assert sum(map(len, self.lines.values())) == self.turns.waiting

    @invariant()
    def nobody_waits_without_reason(self) -> None:
        """People wait only while all is taken; bulk calls leave free what is kept for people."""
        if hasattr(self, "turns"):
            assert self.turns.next_up() is None
            free = self.turns.most - self.turns.taken
            assert not free or not self.lines[Lane.INTERACTIVE]
            assert free <= self.turns.kept or not self.lines[Lane.BULK]

    @invariant()
    def everybody_is_served_in_turn(self) -> None:
        """An account waits for those ahead of it, and for bulk's turns between them."""
        for place in self.lines[Lane.INTERACTIVE].values():
            assert place.given <= place.ahead + 1 + place.ahead // (BULK_TURN - 1)
        for place in self.lines[Lane.BULK].values():
            assert place.given < BULK_TURN * (place.ahead + 1)

    def teardown(self) -> None:
        """When everything ends, everybody has been served."""
        while self.offered or self.used:
            self.use_those(sorted(self.offered))
            self.give_back()
        if hasattr(self, "turns"):
            assert (0, 0) == (self.turns.taken, self.turns.waiting)


TestTurns = TurnsMachine.TestCase
TestTurns.settings = settings(stateful_step_count=60)

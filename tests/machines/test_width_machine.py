"""The width under anything that may happen, and against servers of a known capacity."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from systeme_async._core.quota import SECOND
from systeme_async._core.width import DECREASE, NARROWEST, Flight, Width

from .capacity import Server, keep_busy

ENDPOINTS = [("GET", "/api/contacts"), ("POST", "/api/contacts"), ("GET", "")]


class WidthMachine(RuleBasedStateMachine):
    """Requests leave as the width allows, and end in any order and in any way."""

    @initialize(most=st.sampled_from([1, 2, 7, 8, 9, 20, 64, 1_000]))
    def open(self, most: int) -> None:
        """Draw a client."""
        self.width = Width(most)
        self.in_flight: list[Flight] = []
        self.left = 0
        self.left_at_decrease = 0
        """Requests that had left when the width last shrank."""
        self.used = False
        """Whether all that was allowed was in flight since the width last changed."""

    @rule(count=st.integers(1, 70))
    def leave(self, count: int) -> None:
        """Some leave, as far as there is room."""
        for _ in range(min(count, self.width.size - len(self.in_flight))):
            self.in_flight.append(self.width.left(len(self.in_flight) + 1, 0))
            self.left += 1
        self.used |= len(self.in_flight) >= self.width.size

    @precondition(lambda self: self.in_flight)
    @rule(
        place=st.integers(0, 1 << 16),
        endpoint=st.sampled_from(ENDPOINTS),
        took=st.sampled_from([0, 1, SECOND // 100, SECOND // 5, SECOND, 30 * SECOND]),
        times=st.integers(1, 70),
    )
    def succeed(self, place: int, endpoint: tuple[str, str], took: int, times: int) -> None:
        """Some are answered; each makes room for the next."""
        for _ in range(times):
            flight, before = self._land(place, took)
            self.width.succeeded(flight, endpoint)
            self._check(flight, before)
            if self.width.size > before:
                assert self.used, "wider, and what was allowed was not used"
                assert self.width.size <= 2 * before
                self.used = False
            self.leave(1)

    @precondition(lambda self: self.in_flight)
    @rule(place=st.integers(0, 1 << 16))
    def fail(self, place: int) -> None:
        """One fails."""
        flight, before = self._land(place, SECOND)
        self.width.failed(flight)
        self._check(flight, before)
        assert self.width.size <= before

    @precondition(lambda self: self.in_flight)
    @rule(place=st.integers(0, 1 << 16), took=st.sampled_from([0, SECOND, 90 * SECOND]))
    def give_up(self, place: int, took: int) -> None:
        """One is given up by its caller."""
        flight, before = self._land(place, took)
        self.width.given_up(flight, ENDPOINTS[0])
        self._check(flight, before)
        assert self.width.size <= before

    @precondition(lambda self: self.in_flight)
    @rule()
    def forget_all(self) -> None:
        """All are cancelled, or end in what says nothing."""
        self.in_flight.clear()

    def _land(self, place: int, took: int) -> tuple[Flight, int]:
        flight = self.in_flight.pop(place % len(self.in_flight))
        flight.took = took
        return flight, self.width.size

    def _check(self, flight: Flight, before: int) -> None:
        after = self.width.size
        if after < before:
            assert flight.number > self.left_at_decrease, "narrowed twice for one round trip"
            assert after >= min(before, max(NARROWEST, int(before * DECREASE)))
            self.left_at_decrease = self.left
            self.used = False

    @invariant()
    def in_bounds(self) -> None:
        """Never fewer than eight, unless fewer are allowed, and never more than allowed."""
        if hasattr(self, "width"):
            assert min(NARROWEST, self.width.most) <= self.width.size <= self.width.most


TestWidth = pytest.mark.slow(WidthMachine.TestCase)


@cache
def best_of_fixed(capacity: int) -> float:
    """Return what the best of all fixed widths gets done, in requests a second."""
    return max(
        keep_busy(Server(capacity), 2_000, fixed=fixed).a_second for fixed in (8, 12, 20, 50, 64)
    )


@pytest.mark.slow
@pytest.mark.parametrize("capacity", [8, 12, 20, 50])
def test_the_width_finds_what_a_server_can_carry(capacity: int) -> None:
    """It moves about the capacity, and gets nearly as much done as the best fixed width."""
    run = keep_busy(Server(capacity), 6_000)
    later = run.sizes[2_000:]
    assert 0.9 * best_of_fixed(capacity) <= run.a_second
    assert 0.9 * capacity <= min(later)
    assert max(later) <= min(64, 2 * capacity)


@pytest.mark.slow
@pytest.mark.parametrize("capacity", [8, 12, 20, 50])
@pytest.mark.parametrize("spread", [0.3, 0.6])
def test_answers_that_differ_do_not_narrow_the_width_for_long(capacity: int, spread: float) -> None:
    """Where single answers take half or twice as long by chance, it still gets most of it done."""
    run = keep_busy(Server(capacity, spread), 12_000)
    assert 0.8 * best_of_fixed(capacity) <= run.a_second


@pytest.mark.slow
def test_the_width_follows_a_server_that_changes() -> None:
    """When the capacity falls it comes down within some round trips, and goes up again after."""
    server = Server(40)
    widths = [keep_busy(server, 2_000).sizes[-1]]
    later = _changing(server, [10, 40])
    assert 40 <= widths[0]
    assert max(later[0]) <= 20
    assert 40 <= later[1][-1]


def _changing(server: Server, capacities: list[int]) -> list[list[int]]:
    """Let one client meet several capacities; return its last 1,000 widths under each."""
    at = [2_000 * (number + 1) for number in range(len(capacities))]
    answers = 0
    takes = Server.takes

    class Changing(Server):
        def takes(self, in_flight: int) -> int:
            nonlocal answers
            answers += 1
            if answers in at:
                self.capacity = capacities[at.index(answers)]
            return takes(self, in_flight)

    sizes = keep_busy(Changing(server.capacity), 2_000 * (len(capacities) + 1)).sizes
    return [sizes[end + 1_000 : end + 2_000] for end in at]

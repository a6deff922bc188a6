"""The width: what widens it, what narrows it, and what leaves it alone."""

from __future__ import annotations

from typing import Final

import pytest

from systeme_async._core.quota import SECOND
from systeme_async._core.width import LOADED, NARROWEST, SLOW, Flight, Width

CREATE: Final = ("POST", "/api/contacts")
USUAL: Final = SECOND // 5


class Client:
    """Has requests in flight, and lets them end in order."""

    def __init__(self, most: int = 64) -> None:
        self.width = Width(most)
        self.flights: list[Flight] = []

    def fill(self, but: int = 0) -> None:
        """Send as many as may be in flight, but so many."""
        while len(self.flights) < self.width.size - but:
            self.flights.append(self.width.left(len(self.flights) + 1, 0))

    def succeed(self, factor: float = 1.0) -> None:
        """Let the oldest be answered, after so many times the usual time."""
        flight = self.flights.pop(0)
        flight.took = int(USUAL * factor)
        self.width.succeeded(flight, CREATE)

    def fail(self) -> None:
        """Let the oldest fail."""
        self.width.failed(self.flights.pop(0))

    def rounds(self, count: int, factor: float = 1.0, *, but: int = 0) -> None:
        """Let as many succeed as may be in flight, several times."""
        for _ in range(count):
            for _ in range(self.width.size):
                self.fill(but)
                self.succeed(factor)

    def settled(self) -> Width:
        """Return a width whose slow start is over, at eight, and that knows what is usual."""
        self.rounds(1)
        self.fill()
        while self.width.size > NARROWEST or self.flights:
            self.fail()
            self.fill(but=self.width.size - 1)
            if self.width.size == NARROWEST:
                self.flights.clear()
        return self.width


@pytest.mark.parametrize(("most", "first"), [(1, 1), (3, 3), (8, 8), (9, 8), (64, 8)])
def test_the_width_begins_at_eight_or_at_what_is_allowed(most: int, first: int) -> None:
    """A client that is allowed fewer than eight has them all, always."""
    assert first == Width(most).size


def test_the_first_rounds_double() -> None:
    """What was doubled is tried for a round before it is doubled again."""
    client, sizes = Client(), list[int]()
    for _ in range(7):
        sizes.append(client.width.size)
        client.rounds(1)
    assert [8, 16, 16, 32, 32, 64, 64] == sizes


def test_the_first_sign_of_load_ends_the_doubling() -> None:
    """From then on a round brings one more."""
    client = Client()
    client.rounds(3)
    assert 32 == client.width.size
    client.rounds(2, (LOADED + SLOW) / 2)
    assert 33 == client.width.size
    client.rounds(1)
    assert 34 == client.width.size


def test_the_first_failure_ends_the_doubling() -> None:
    """A round brings one more after it."""
    client = Client()
    client.settled()
    client.rounds(3)
    assert 11 == client.width.size


def test_what_is_not_used_does_not_grow() -> None:
    """Where the width is no limit, success says nothing of a wider one."""
    client = Client()
    client.rounds(20, but=1)
    assert NARROWEST == client.width.size


def test_the_width_never_exceeds_what_is_allowed() -> None:
    """`concurrency` is the most, whatever goes well."""
    client = Client(20)
    client.rounds(30)
    assert 20 == client.width.size


def test_a_failure_takes_three_tenths() -> None:
    """The rest is left, down to eight."""
    client, sizes = Client(), list[int]()
    client.rounds(8)
    for _ in range(9):
        sizes.append(client.width.size)
        client.flights.clear()
        client.fill()
        client.fail()
    assert [64, 44, 30, 21, 14, 9, 8, 8, 8] == sizes


def test_a_burst_of_failures_narrows_once() -> None:
    """Whatever left before the decrease cannot have been spared by it."""
    client = Client()
    client.rounds(8)
    client.fill()
    while client.flights:
        client.fail()
    assert 44 == client.width.size
    client.fill()
    client.fail()
    assert 30 == client.width.size


def test_a_failure_of_what_left_before_a_doubling_counts() -> None:
    """A server that had too much to do at eight has it at sixteen as well."""
    client = Client()
    client.rounds(1)
    assert 16 == client.width.size
    client.fail()
    assert 11 == client.width.size


def test_a_success_from_before_a_decrease_counts_for_nothing() -> None:
    """It says how things went when more were in flight."""
    client = Client()
    client.rounds(8)
    client.fill()
    client.fail()
    while client.flights:
        client.succeed(20.0)
    assert 44 == client.width.size


def test_a_round_with_a_failure_begins_anew() -> None:
    """At eight, too, where nothing is taken away, a failure keeps the width from growing."""
    client = Client()
    client.settled()
    for _ in range(50):
        for _ in range(NARROWEST - 1):
            client.fill()
            client.succeed()
        client.fill()
        client.fail()
    assert NARROWEST == client.width.size


def test_a_server_that_gets_slow_gets_less() -> None:
    """Beyond one and a half times the usual latency the width shrinks, once in a round trip."""
    client = Client()
    client.rounds(8)
    round_trips = 0
    while client.width.size > NARROWEST:
        client.rounds(1, SLOW + 1)
        round_trips += 1
    assert 5 <= round_trips <= 20


def test_one_decrease_that_helps_is_enough() -> None:
    """It is expected to have made the server faster: one slow answer more does not make two."""
    client = Client()
    client.rounds(8)
    while client.width.size == 64:
        client.fill()
        client.succeed(1.8)
    client.flights.clear()
    client.fill()
    client.succeed(3.0)
    client.rounds(3)
    assert 44 <= client.width.size <= 47


def test_a_slow_server_is_not_asked_for_more_at_eight() -> None:
    """As long as it is slower than usual it keeps what it has."""
    client = Client()
    client.settled()
    for _ in range(2 * NARROWEST):
        client.fill()
        client.succeed(6.0)
        assert NARROWEST == client.width.size


def test_a_server_that_is_a_little_slower_gets_more() -> None:
    """Below that, what is in flight still grows by one a round."""
    client = Client()
    client.rounds(3)
    client.rounds(20, SLOW - 0.1)
    assert 45 <= client.width.size <= 52


def test_slowness_that_lasts_becomes_usual_at_eight() -> None:
    """A server that has become slow for good is asked for more again in the end."""
    client = Client(20)
    client.rounds(10)
    sizes = list[int]()
    for _ in range(60):
        client.rounds(1, 4.0)
        sizes.append(client.width.size)
    assert NARROWEST == min(sizes)
    assert 20 == sizes[-1]


def test_slowness_is_not_ours_where_the_width_is_not_used() -> None:
    """A few slow answers on a wide and empty way take nothing from it."""
    client = Client()
    client.rounds(8)
    client.fill()
    while client.flights:
        client.succeed()
    client.rounds(3, 5.0, but=40)
    assert 64 == client.width.size


@pytest.mark.parametrize(("factor", "size"), [(0.0, 64), (1.0, 64), (2.9, 64), (3.1, 44)])
def test_giving_up_is_a_failure_only_after_a_long_wait(factor: float, size: int) -> None:
    """A caller with little patience says nothing of the server; one that has waited does."""
    client = Client()
    client.rounds(8)
    client.fill()
    flight = client.flights.pop()
    flight.took = int(USUAL * factor)
    client.width.given_up(flight, CREATE)
    assert size == client.width.size


def test_giving_up_on_what_is_unknown_is_no_failure() -> None:
    """Before anything has been answered nobody knows what is long."""
    width = Width(20)
    width.given_up(Flight(1, 1, 0, 60 * SECOND), CREATE)
    assert NARROWEST == width.size

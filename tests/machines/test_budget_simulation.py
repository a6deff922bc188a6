"""The budget against model servers: what is refused, what is used, and that nobody waits for ever.

Everything is decided by seeds; the clock is an integer. The figures asserted here are those
that the README promises.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async._core.forecast import forecast
from systeme_async.options import Quota

from .servers import FORMS, MINUTE, SECOND, SHAPES, Form, Shape, server_of
from .simulation import Odds, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async._core.budget import Lease

LIMIT: Final = 100
DEMAND: Final = 1_000

LEAST_USE: Final[dict[Shape, float]] = {"fixed": 0.98, "sliding": 0.95, "continuous": 0.95}

FORM_NAMES: Final = list(FORMS)


def latency_of(seconds: float, spread: float, random: Random) -> Callable[[], int]:
    """Take `seconds` one way, and up to `spread` more; some nanoseconds at the least."""
    low = max(1, round(seconds * SECOND))
    return lambda: random.randint(low, low + round(spread * SECOND))


def world_of(
    shape: Shape,
    form: Form,
    *,
    seed: int = 0,
    latency: tuple[float, float] = (0.05, 0.2),
    odds: Odds | None = None,
    opened: int | None = None,
    quota: Quota | None = None,
) -> World:
    """Put 100 requests a minute behind a network."""
    random = Random(seed)
    return World(
        server_of(shape, LIMIT, MINUTE, opened),
        form,
        limit=LIMIT,
        random=random,
        latency=latency_of(*latency, random),
        odds=odds,
        quota=quota,
    )


def finish(world: World, requests: int) -> World:
    """Let everything happen, and see that everybody came out at the other end."""
    world.run()
    world.check_books()
    assert not world.line
    assert not world.under_way
    assert requests == world.tally.finished
    assert world.tally.asked <= 40 * requests + 1_000, "somebody asks without end"
    return world


# Alone on the account


@pytest.mark.parametrize(
    "latency",
    [(0.0, 0.0), (0.2, 0.0), (0.1, 0.2), (0.0, 0.4)],
    ids=["no RTT", "RTT 0.4", "RTT 0.2-0.6", "RTT 0-0.8"],
)
@pytest.mark.parametrize("form", FORM_NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_thousand_requests_at_once_use_the_quota_and_meet_no_429(
    shape: Shape, form: str, latency: tuple[float, float]
) -> None:
    """Nearly all that the server could have accepted from the first to the last of them."""
    world = world_of(shape, FORMS[form], latency=latency)
    world.demand(DEMAND)
    finish(world, DEMAND)
    assert [] == world.tally.refused
    assert DEMAND == len(world.tally.accepted)
    assert world.utilisation >= LEAST_USE[shape]


@pytest.mark.parametrize("form", FORM_NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_far_server_is_used_as_well(shape: Shape, form: str) -> None:
    """Where an answer is older than the refill it speaks of, the pipe is full all the same."""
    world = world_of(shape, FORMS[form], latency=(0.75, 0.0))
    world.demand(DEMAND)
    finish(world, DEMAND)
    assert [] == world.tally.refused
    assert world.utilisation >= LEAST_USE[shape]


@pytest.mark.parametrize("form", FORM_NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_windows_that_follow_the_servers_own_clock_are_used_too(form: str, seed: int) -> None:
    """A fixed window need not open with our first request."""
    opened = Random(seed).randrange(MINUTE)
    world = world_of("fixed", FORMS[form], seed=seed, opened=opened - MINUTE)
    world.demand(500)
    finish(world, 500)
    assert [] == world.tally.refused
    # The last window is not ours to fill.
    whole = world.server.most(world.tally.accepted[0], world.tally.accepted[-1]) - LIMIT
    assert 500 >= 0.98 * whole


ODDS: Final = {
    "never left": Odds(not_sent=0.1),
    "never arrived": Odds(dropped=0.03),
    "answer lost": Odds(unheard=0.03),
    "no headers": Odds(silent=0.05),
    "cancelled": Odds(cancelled=0.05),
    "all at once": Odds(0.05, 0.02, 0.02, 0.05, 0.03),
}


@pytest.mark.parametrize("odds", ODDS)
@pytest.mark.parametrize("form", ["seconds, ceil", "float", "unix ms, Date", "none"])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_gets_lost_costs_no_429(shape: Shape, form: str, odds: str) -> None:
    """A request that left counts as spent until an answer tells otherwise."""
    for seed in range(3):
        world = world_of(shape, FORMS[form], seed=seed, odds=ODDS[odds])
        world.demand(400)
        finish(world, 400)
        assert [] == world.tally.refused


@pytest.mark.slow
def test_a_thousand_worlds_without_rivals_see_no_429() -> None:
    """Any quota, period, latency and concurrency; demand in waves, and waiters who give up."""
    refused = [
        description for description, world in map(random_world, range(1_000)) if world.tally.refused
    ]
    assert [] == refused


def random_world(seed: int) -> tuple[str, World]:
    """Let one world happen, all of it drawn from its seed."""
    random = Random(seed)
    shape, name = random.choice(SHAPES), random.choice(FORM_NAMES)
    limit, per = random.choice((1, 2, 3, 5, 10, 30, 100)), random.choice((1, 10, 60)) * SECOND
    slowest = random.choice((2, SECOND // 10, SECOND // 2, 2 * SECOND))
    opened = random.choice((None, -random.randrange(per)))
    world = World(
        server_of(shape, limit, per, opened),
        FORMS[name],
        limit=limit,
        random=random,
        latency=lambda: random.randint(1, slowest),
        per=per,
        concurrency=random.choice((1, 2, 5, 20)),
    )
    wanted = random.choice((1, 5, 50, 200))
    world.demand(wanted)
    for _ in range(random.randrange(4)):
        world.run(until=world.now + random.randrange(2 * per))
        more = random.randrange(30)
        world.demand(more)
        wanted += more
        if world.line:
            world.give_up(random.randrange(len(world.line)))
        world.check_books()
    finish(world, wanted)
    return f"{seed}: {limit} in {per / SECOND} s, {shape}, {name}, {slowest / SECOND} s", world


@pytest.mark.parametrize("form", ["seconds, floor", "float", "none"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_share_leaves_the_rest_of_a_window_to_others(shape: Shape, form: str) -> None:
    """With `share=0.8` a fifth of the quota is still there when we have taken ours."""
    requests = LIMIT if form == "none" else None
    quota = Quota(requests, per=60.0, share=0.8)
    world = world_of(shape, FORMS[form], quota=quota)
    world.demand(300)
    world.run(until=5 * SECOND)
    assert 80 <= len(world.tally.accepted) <= 80 + 9
    assert world.server.remaining(world.now) >= 20 - 2
    finish(world, 300)
    assert [] == world.tally.refused


class Forecasting(World):
    """Notes what those in line are told, and when they leave."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.told: dict[int, list[tuple[int, int]]] = {}
        self.in_vain: list[tuple[float, float, float]] = []

    def ask_around(self) -> None:
        """Tell everybody in line when he may leave at the earliest."""
        for ahead, request in enumerate(self.line):
            told = (self.now, forecast(self.budget, self.now, ahead))
            self.told.setdefault(request, []).append(told)

    def _depart(self, request: int, lease: Lease) -> None:
        for asked, told in self.told.pop(request, ()):
            # A refill is rounded up by a second or two, and a rate is measured.
            if told > self.now + 3 * SECOND + (told - asked) // 50:
                self.in_vain.append((asked / SECOND, told / SECOND, self.now / SECOND))
        super()._depart(request, lease)


@pytest.mark.parametrize("form", ["seconds, floor", "float", "HTTP date, Date ahead", "none"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_forecast_is_later_than_the_truth(shape: Shape, form: str) -> None:
    """Whoever is told that his deadline comes first could indeed not have left before it."""
    for seed in range(12):
        random = Random(seed)
        limit = random.choice((30, 60, 120))
        slowest = random.choice((SECOND // 10, SECOND))
        world = Forecasting(
            server_of(shape, limit, MINUTE, -random.randrange(MINUTE)),
            FORMS[form],
            limit=limit,
            random=random,
            latency=lambda random=random, slowest=slowest: random.randint(1, slowest),
        )
        world.demand(5 * limit)
        while world.line:
            world.ask_around()
            world.run(until=world.now + random.randrange(10 * SECOND))
        assert [] == world.in_vain


# With rivals


def steady(every: float, seconds: int, random: Random) -> list[int]:
    """Spend one request every so many seconds, not quite regularly."""
    step = round(every * SECOND)
    return [at + random.randrange(step) for at in range(0, seconds * SECOND, step)]


def bursts(count: int, size: int, seconds: int, random: Random) -> list[int]:
    """Spend many requests within three seconds, now and then."""
    starts = [random.randrange(seconds * SECOND) for _ in range(count)]
    return [start + random.randrange(3 * SECOND) for start in starts for _ in range(size)]


@pytest.mark.parametrize("rivals", ["half", "all", "bursts"])
@pytest.mark.parametrize("form", ["seconds, ceil", "float", "unix ms, Date"])
@pytest.mark.parametrize("shape", ["fixed", "sliding"])
def test_rivals_cost_at_most_one_burst_a_period(shape: Shape, form: str, rivals: str) -> None:
    """Whoever is in flight when the quota ends is refused, and then nobody until the refill."""
    for seed in range(4):
        random = Random(seed)
        world = world_of(shape, FORMS[form], seed=seed, opened=-random.randrange(MINUTE))
        world.rivals(
            {
                "half": steady(1.2, 1_200, random),
                "all": steady(0.6, 1_200, random),
                "bursts": bursts(15, 60, 1_200, random),
            }[rivals]
        )
        world.demand(500)
        finish(world, 500)
        assert max(world.refused_by_period().values(), default=0) <= world.concurrency


@pytest.mark.parametrize("form", FORM_NAMES)
def test_rivals_at_a_dripping_bucket_cost_at_most_one_429_a_drop(form: str) -> None:
    """Where a request comes back every 0.6 s, each of them may be somebody else's."""
    random = Random(7)
    world = world_of("continuous", FORMS[form])
    world.rivals(steady(1.2, 1_200, random))
    world.demand(500)
    finish(world, 500)
    assert max(world.refused_by_period().values(), default=0) <= LIMIT


def test_a_server_that_wants_to_be_asked_again_at_once_is_not_hammered() -> None:
    """`Retry-After: 0` from a server that goes on refusing must not become a storm of 429s."""
    at_once = Form("at once", None, lambda _distance, _wall: "0")
    world = world_of("fixed", at_once, latency=(0.01, 0.0), quota=Quota(), opened=0)
    world.demand(300)
    finish(world, 300)
    assert max(world.refused_by_period().values()) <= 60


def test_a_server_without_a_word_is_learnt_by_its_429s() -> None:
    """No headers, no quota configured: refused now and then, and never stuck."""
    mute = Form("mute", None, None)
    for shape in SHAPES:
        world = world_of(shape, mute, quota=Quota())
        world.demand(500)
        finish(world, 500)
        # A bucket that drips is the worst: nobody is told when the next drop falls.
        assert max(world.refused_by_period().values()) <= LIMIT // 2

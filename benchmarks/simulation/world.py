"""One world: the real gate and the real budget, callers before them, a network behind them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from systeme_async._core.gate import Gate, OutOfTimeError
from systeme_async._core.quota import SILENT, QuotaReport, read_report
from systeme_async._core.slots import Slots
from systeme_async._core.stores.memory import MemoryStore
from systeme_async.options import Lane
from systeme_async.testing import VirtualClockLoop

from .headers import DAY, WALL_AT_ZERO
from .judge import above, above_sliding
from .network import Network
from .scenario import SECOND, Call, scenario_of
from .trace import Trace

if TYPE_CHECKING:
    from collections import Counter

    from systeme_async._core.lease import Lease

    from .network import Reply
    from .scenario import Scenario

SLACK: Final = 20_000
"""Nanoseconds by which a float of seconds may miss an instant."""
MOST_STEPS: Final = 100
"""Looks at the clock for each attempt; a gate that needs more turns in a circle."""


@dataclass(frozen=True)
class Result:
    """What came of one seed."""

    seed: int
    description: str
    digest: str
    violations: tuple[tuple[str, str], ...]
    tail: tuple[str, ...]
    met: Counter[str]
    calls: int
    requests: int
    judged: str
    """Under which head property 1 was judged; empty where it was not."""
    seconds: float
    events: tuple[str, ...] = ()


class CircleError(Exception):
    """Somebody asks without end."""


class WatchedStore(MemoryStore):
    """The store in memory, and how often it was asked for the time."""

    left = 0

    def now(self) -> int:
        """Return the clock's nanoseconds, so many times and no more."""
        self.left -= 1
        if self.left < 0:
            raise CircleError
        return super().now()


class World:
    """Callers, gate, budget, network and server of one scenario."""

    def __init__(self, scenario: Scenario, trace: Trace, loop: asyncio.AbstractEventLoop) -> None:
        self.scenario, self.trace, self.loop = scenario, trace, loop
        self.random = Random(~scenario.seed)  # noqa: S311 - luck that is meant to be repeatable
        self.network = Network(scenario, self.random, trace, loop)
        self.now = self.network.now
        self.store = WatchedStore(scenario.quota, self.now)
        self.store.left = MOST_STEPS * (scenario.attempts * len(scenario.calls) + 10)
        self.gate = Gate(self.store, Slots(scenario.concurrency))
        self.under_way: dict[int, Call] = {}
        self.leases = self.settled = self.unsent = self.ignored = self.newest = 0
        self.given_up: dict[int, int] = {}
        """When each request that brought no answer was given up, by its number."""
        self.after_silence: set[int] = set()
        """Probes that left when the one before them had told nothing, and that one."""
        self.probe, self.probe_told, self.told_before = 0, True, True
        self.outcomes: dict[int, str] = {}
        self.untold_before_first = False
        self.told = False

    # Who comes

    async def run(self) -> None:
        """Let everything happen, up to a call that comes after everybody."""
        scenario, tasks = self.scenario, []
        for at in scenario.rivals:
            self.loop.call_at(at / SECOND, self._rival)
        for call in scenario.calls:
            if (wait := call.at - self.now()) > 0:
                await asyncio.sleep(wait / SECOND)
            tasks.append(self._come(call))
        last = Call(len(tasks), self.now(), Lane.INTERACTIVE, None, None)
        await self._everybody(tasks)
        tasks.append(self._come(last))
        await self._everybody(tasks[-1:])
        # What was given up is still on its way, and then its answer.
        await asyncio.sleep((2 * scenario.latency[1] + 1) / SECOND)
        assert not self.network.on_the_way
        self._end([*scenario.calls, last], tasks)

    def _come(self, call: Call) -> asyncio.Task[None]:
        task = self.loop.create_task(self._call(call))
        if call.cancel_after == -1:
            self._cancel(call, task)
        elif call.cancel_after is not None:
            self.loop.call_later(call.cancel_after / SECOND, self._cancel, call, task)
        return task

    async def _everybody(self, tasks: list[asyncio.Task[None]]) -> None:
        bound = self._bound(len(tasks))
        began = self.now()
        _, waiting = await asyncio.wait(tasks, timeout=bound / SECOND)
        if waiting:
            taken = (self.now() - began) / SECOND
            phases = sorted(call.phase for call in self.scenario.calls)
            text = f"{len(waiting)} calls have not ended after {taken:,.0f} s: {phases}"
            self.trace.violated("3 nobody lost", self.now(), text)
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting, timeout=60)

    def _bound(self, calls: int) -> int:
        """Say by when everybody must have ended, if every attempt has to wait its longest."""
        scenario, hints = self.scenario, self.scenario.hints
        attempts = calls * scenario.attempts + 10
        if not hints.honest:
            # Up to a day is believed, and a date that is read against the wrong clock.
            return attempts * (DAY + 1_000 * SECOND)
        allowed = min(scenario.requests, scenario.allowed or scenario.requests)
        share = scenario.quota.share
        each = max(1, int(allowed * share)) if scenario.allowed is None else allowed
        missing = hints.left_out == "Refill" or hints.lie is not None
        period = max(scenario.per, round(scenario.quota.per * SECOND) if missing else scenario.per)
        slow = 2 * scenario.latency[1] + scenario.timeout + 10 * SECOND
        # Refusals and losses cost a pause of a minute at most and a timeout each.
        faulty = any((scenario.rivals, hints.lie, *vars(scenario.odds).values()))
        each = 1 if faulty else each
        more = 64 * SECOND if faulty else 0
        return (attempts // each + 4) * (period + slow + more)

    def _rival(self) -> None:
        taken = self.network.allowance.admit(self.now())
        self.trace.met["requests of others"] += 1
        self.trace.note(self.now(), f"somebody else {'takes one' if taken else 'is refused'}")

    # What they do

    async def _call(self, call: Call) -> None:
        trace = self.trace
        for attempt in range(self.scenario.attempts):
            call.phase = "in line"
            trace.note(self.now(), f"call {call.number} in line, {call.lane.name.lower()}")
            trace.met[f"lane {call.lane.name.lower()}"] += 1
            began = self.now()
            try:
                lease = await self.gate.acquire(call.lane, call.deadline, again=attempt > 0)
            except OutOfTimeError as late:
                self._out_of_time(call, late.at, began)
                return
            call.phase = "in flight"
            self._departed(call, lease)
            if await self._attempt(call, lease) in {"answered", "lost"}:
                call.phase = self.outcomes[call.number] = "served"
                return
        call.phase = self.outcomes[call.number] = "out of tries"

    async def _attempt(self, call: Call, lease: Lease) -> str:
        number = self.leases
        if self.random.random() < self.scenario.odds.cancelled:
            task = asyncio.current_task()
            longest = 2 * self.scenario.latency[1] + 1
            after = self.random.randrange(longest) / SECOND
            self.loop.call_later(after, self._cancel_attempt, call, number, task)
        try:
            given_up = self.given_up
            reply = await self.network.send(number, self._timeout(call), lambda: number in given_up)
        except BaseException:
            self._settled(number, "given up")
            self.given_up[number] = self.now()
            await self.gate.settle(lambda budget, now: budget.lost(lease, now))
            self._check_books()
            raise
        self._settled(number, reply.kind)
        await self._learn(number, lease, reply)
        self._check_books()
        return reply.kind

    def _timeout(self, call: Call) -> int:
        """Return how long an attempt may take: a deadline cuts it short."""
        timeout = self.scenario.timeout
        if call.deadline is None or call.deadline - self.now() >= timeout:
            return timeout
        self.trace.met["timeout cut short by a deadline"] += 1
        return max(SECOND // 1_000, call.deadline - self.now())

    async def _learn(self, number: int, lease: Lease, reply: Reply) -> None:
        """Tell the budget what came of it, as the session does."""
        if reply.kind == "returned":
            self.unsent += 1
            if number == self.probe:
                self.probe_told = self.told_before
            await self.gate.settle(lambda budget, _: budget.returned(lease))
        elif reply.kind == "lost":
            self.given_up[number] = self.now()
            await self.gate.settle(lambda budget, now: budget.lost(lease, now))
        else:
            self.trace.met["answers overtaken"] += number < self.newest
            self.newest = max(self.newest, number)
            report = self._read(reply)
            if reply.kind == "refused":
                await self.gate.settle(lambda budget, now: budget.refused(lease, report, now))
            else:
                self.untold_before_first |= report.remaining is None and not self.told
                await self.gate.settle(lambda budget, now: budget.answered(lease, report, now))
            self._note_silence(number, report, refused=reply.kind == "refused")

    def _note_silence(self, number: int, report: QuotaReport, *, refused: bool) -> None:
        when = report.refill_in is not None or report.retry_after is not None
        self.told |= report.remaining is not None
        if refused and not when:
            self.probe_told = False
        elif report.remaining is not None:
            self.probe_told |= number >= self.probe

    def _read(self, reply: Reply) -> QuotaReport:
        """Read the headers, and hold what was read against what was written."""
        headers, now = reply.headers, self.now()
        assert headers is not None
        self._count_hints(reply)
        written = headers.written()
        report = read_report(written, lambda: WALL_AT_ZERO + now) if written else SILENT
        expected = headers.expected(now)
        read = (report.limit, report.remaining, report.refill_in, report.retry_after)
        if (*read, report.ignored) != expected:
            text = f"{dict(written)}: read as {report}, expected {expected}"
            self.trace.violated("7 bad hints", now, text)
        self.ignored += expected[4]
        true, told = headers.refill_at, report.refill_in
        if not self.scenario.hints.honest or headers.lies or true is None or told is None:
            return report
        if now + told < true:
            text = f"the refill comes in {true - now} ns and was read as {told}"
            self.trace.violated("7 bad hints", now, text)
        return report

    def _count_hints(self, reply: Reply) -> None:
        hints, met = self.scenario.hints, self.trace.met
        headers = reply.headers
        assert headers is not None
        if headers.refill is not None and not headers.lies:
            met[f"Refill as {hints.form}, {hints.rounding}"] += 1
        if hints.left_out:
            met[f"headers without {hints.left_out}"] += 1
        if headers.copies > 1:
            met["headers twice"] += 1
        for lie in headers.lies:
            met[f"headers: {lie}"] += 1
        if hints.skew:
            ahead = "ahead" if hints.skew > 0 else "behind"
            met[f"clock {ahead}, {'' if hints.dated else 'no '}Date"] += 1

    def _departed(self, call: Call, lease: Lease) -> None:
        now = self.now()
        self.leases += 1
        self.under_way[self.leases] = call
        if lease.probe:
            if not self.probe_told:
                # The one before may still be on its way, and be overtaken.
                self.after_silence |= {self.probe, self.leases}
            self.told_before, self.probe_told = self.probe_told, False
            self.probe = self.leases
        probe = ", a probe" if lease.probe else ""
        self.trace.note(now, f"call {call.number} leaves as #{self.leases}{probe}")
        self._check_books()
        if len(self.under_way) > self.scenario.concurrency:
            self.trace.violated("2 tokens", now, "more under way than `concurrency` allows")
        if call.deadline is not None and now > call.deadline + SLACK:
            self.trace.violated("3 nobody lost", now, f"call {call.number} served too late")

    def _out_of_time(self, call: Call, at: int, began: int) -> None:
        now = self.now()
        call.phase = self.outcomes[call.number] = "out of time"
        self.trace.note(now, f"call {call.number} is out of time")
        assert call.deadline is not None
        self.trace.met["deadline passed" if now >= call.deadline else "deadline hopeless"] += 1
        if now > max(call.deadline, began) + SLACK:
            self.trace.violated("3 nobody lost", now, f"call {call.number} told too late")
        if now < call.deadline and at <= call.deadline:
            self.trace.violated("3 nobody lost", now, f"call {call.number} refused with hope left")

    def _cancel_attempt(self, call: Call, number: int, task: asyncio.Task[Any]) -> None:
        if number in self.under_way:
            self._cancel(call, task)

    def _cancel(self, call: Call, task: asyncio.Task[Any]) -> None:
        if not task.done():
            self.trace.met[f"cancelled: {call.phase}"] += 1
            self.trace.note(self.now(), f"call {call.number} is cancelled: {call.phase}")
            task.cancel()

    # What must hold

    def _settled(self, number: int, how: str) -> None:
        del self.under_way[number]
        self.settled += 1
        self.trace.note(self.now(), f"#{number} ends: {how}")

    def _check_books(self) -> None:
        budget = self.store.view()
        books = (budget.sent, budget.settled, budget.unsent, budget.in_flight)
        expected = (self.leases, self.settled, self.unsent, len(self.under_way))
        if books != expected or budget.unsent > budget.sent or budget.in_flight < 0:
            text = f"sent, settled, unsent, in flight are {books}, expected {expected}"
            self.trace.violated("2 tokens", self.now(), text)

    def _end(self, calls: list[Call], tasks: list[asyncio.Task[None]]) -> None:
        now, trace, budget = self.now(), self.trace, self.store.view()
        self._check_books()
        if budget.in_flight:
            trace.violated("2 tokens", now, f"{budget.in_flight} in flight at the end")
        if self.gate.waiting:
            trace.violated("3 nobody lost", now, f"{self.gate.waiting} in line at the end")
        for call, task in zip(calls, tasks, strict=True):
            if task.cancelled():
                self.outcomes.setdefault(call.number, "cancelled")
            elif (error := task.exception()) is not None:
                trace.violated("3 nobody lost", now, f"call {call.number} ended in {error!r}")
        if len(self.outcomes) != len(calls):
            trace.violated("3 nobody lost", now, f"{len(self.outcomes)} of {len(calls)} ended")
        if budget.ignored != self.ignored:
            text = f"{budget.ignored} hints ignored, {self.ignored} should have been"
            trace.violated("7 bad hints", now, text)
        trace.met["bad hints ignored"] += self.ignored
        self._judge()

    def _judge(self) -> None:
        scenario, network = self.scenario, self.network
        if scenario.allowed is not None:
            per = round(scenario.quota.per * SECOND)
            at = above_sliding(instants(network.arrivals), scenario.allowed, per)
            if at is not None:
                clipped = above_sliding(self._in_time(network.arrivals), scenario.allowed, per)
                text = f"the request at {at / SECOND:.9f} s is one more than {scenario.allowed}"
                late = ", late" if clipped is None else ""
                self.trace.violated("4 ceiling" + late, self.now(), text)
        if scenario.rivals:
            return
        at = self._above(instants(network.counted))
        if (at is None) != (not network.refused):
            text = f"the judge says {at}, the server refused {network.refused}"
            self.trace.violated("judge", self.now(), text)
        if at is None or not self.judged:
            return
        head = self.judged
        if head == "1 quota, configured":
            head += ", late" * (self._above(self._in_time(network.counted)) is None)
        elif self.after_silence.issuperset(network.refused):
            head = "1 quota, after silence"
        refused = ", ".join(f"#{number}" for number in network.refused)
        text = f"the first at {at / SECOND:.9f} s; refused were {refused}"
        self.trace.violated(head, self.now(), text)

    def _above(self, arrivals: list[int]) -> int | None:
        scenario = self.scenario
        return above(scenario.shape, arrivals, scenario.requests, scenario.per, scenario.opened)

    def _in_time(self, arrivals: list[tuple[int, int]]) -> list[int]:
        """Return the instants as if nothing had arrived after it was given up."""
        return sorted(min(at, self.given_up.get(number, at)) for at, number in arrivals)

    @property
    def judged(self) -> str:
        """Under which head the use of the quota is judged; empty where nothing is promised."""
        if self.scenario.rivals:
            return ""
        if self.scenario.hints.complete and not self.untold_before_first:
            return "1 quota, honest"
        if self.scenario.alone_and_configured:
            return "1 quota, configured"
        if self.scenario.hints.honest and not self.untold_before_first:
            return "1 quota, gaps"
        return ""


def instants(arrivals: list[tuple[int, int]]) -> list[int]:
    """Return when, without which."""
    return [at for at, _ in arrivals]


def simulate(seed: int, *, whole: bool = False) -> Result:
    """Let one world happen, all of it drawn from its seed."""
    scenario, trace = scenario_of(seed), Trace([] if whole else None)
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        world = World(scenario, trace, runner.get_loop())
        runner.run(world.run())
    return Result(
        seed=seed,
        description=str(scenario),
        digest=trace.digest,
        violations=tuple(trace.violations),
        tail=trace.tail,
        met=trace.met,
        calls=len(scenario.calls) + 1,
        requests=len(world.network.arrivals),
        judged=world.judged,
        seconds=world.now() / SECOND,
        events=tuple(trace.whole or ()),
    )

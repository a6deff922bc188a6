"""An asyncio event loop whose time is virtual: sleeping costs nothing, sockets are real.

When nothing is ready and the next timer lies in the future, the loop moves its clock there
instead of sleeping. Bytes on their way between two sockets of this loop are never overtaken,
and while a job runs outside the loop (a thread of an executor, a child process) the clock
stands still, since nobody knows when it will answer. Time that passes elsewhere is not seen:
a server in another thread or another process answers in real time and must be waited for
within `holding()`.

    asyncio.Runner(loop_factory=VirtualClockLoop).run(main())
"""

from __future__ import annotations

import asyncio
import math
import selectors
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from concurrent.futures import Executor
    from contextvars import Context

    Ready = list[tuple[selectors.SelectorKey, int]]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

NANOSECONDS: Final = 1_000_000_000
RESOLUTION: Final = 1e-9
"""Seconds: a timer that is due within this is due now."""
FRUITLESS_JUMPS: Final = 10_000
"""Jumps in a row to one and the same timer before the loop says that it never runs."""
TIMERS_AT_ONCE: Final = 1_000
"""Timers armed in a row for the very instant at which they are armed, before time moves on."""
# On Linux a byte sent on loopback has arrived when send() returns, elsewhere soon after.
LOOPBACK_DELAY: Final = 0.0 if sys.platform == "linux" else 0.001
OUTSIDE_POLL: Final = 0.1
"""Real seconds between two looks at jobs outside the loop."""


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """Run coroutines and real sockets on a clock that jumps; `time()` starts at 0."""

    # CPython's own heap of timers and its idea of the clock's precision.
    _scheduled: list[asyncio.TimerHandle]
    _clock_resolution: float

    def __init__(self) -> None:
        self._now_ns = 0
        self._outside = 0
        self._children: list[asyncio.SubprocessTransport] = []
        self._target: float | None = None
        self._fruitless = 0
        self._armed = (0, 0)
        super().__init__(_JumpingSelector(self._jump))
        self._clock_resolution = RESOLUTION

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now_ns / NANOSECONDS

    @property
    def jumped(self) -> float:
        """Seconds that were skipped so far."""
        return self._now_ns / NANOSECONDS

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Arm a timer; where many are armed for now, the clock moves on by a nanosecond.

        A callback that finds itself early by less than that would arm itself for ever, for
        while it runs, this clock stands still and no other does.
        """
        if when > self.time() + RESOLUTION:
            return super().call_at(when, callback, *args, context=context)
        instant, count = self._armed
        self._armed = (self._now_ns, count + 1 if instant == self._now_ns else 0)
        if self._armed[1] >= TIMERS_AT_ONCE:
            self._now_ns += 1
        return super().call_at(when, callback, *args, context=context)

    @contextmanager
    def holding(self) -> Generator[None]:
        """Keep the clock still within the block, for an answer from outside the loop."""
        self._outside += 1
        try:
            yield
        finally:
            self._outside -= 1

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a function in a thread; the clock stands still until it returns."""
        future = super().run_in_executor(executor, func, *args)
        self._outside += 1
        future.add_done_callback(self._returned)
        return future

    async def shutdown_default_executor(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is asyncio's
    ) -> None:
        """Wait for the executor's threads, however long they take in real time."""
        del timeout  # it would be over at once: on this clock nothing takes time but timers
        with self.holding():
            await super().shutdown_default_executor()

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as upstream
        """Start a program; the clock stands still until it ends."""
        with self.holding():
            transport, protocol = await super().subprocess_exec(*args, **options)
        self._children.append(transport)
        return transport, protocol

    async def subprocess_shell(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as upstream
        """Start a shell command; the clock stands still until it ends."""
        with self.holding():
            transport, protocol = await super().subprocess_shell(*args, **options)
        self._children.append(transport)
        return transport, protocol

    def _returned(self, _: asyncio.Future[Any]) -> None:
        self._outside -= 1

    def _waiting_outside(self) -> bool:
        self._children = [child for child in self._children if child.get_returncode() is None]
        return self._outside > 0 or bool(self._children)

    def _jump(self) -> bool:
        """Move the clock to the next timer; refuse while something runs outside."""
        if self._waiting_outside():
            return False
        timer = self._scheduled[0]
        self._note_progress(timer)
        self._now_ns = max(self._now_ns, _not_before(timer.when()))
        # Far from zero a float cannot tell nanoseconds apart; the timer must be due all the same.
        self._clock_resolution = max(RESOLUTION, 2 * math.ulp(timer.when()))
        return True

    def _note_progress(self, timer: asyncio.TimerHandle) -> None:
        # By its instant, not its identity: a callback may arm itself again for the same one.
        self._fruitless = self._fruitless + 1 if timer.when() == self._target else 0
        self._target = timer.when()
        if self._fruitless >= FRUITLESS_JUMPS:
            msg = (
                f"the clock jumped {self._fruitless:,} times to {timer!r} and it never ran: "
                f"time() stands at {self.time()!r}"
            )
            raise RuntimeError(msg)


def _not_before(instant: float) -> int:
    """Return the nanosecond at which `time()` has reached the instant, rounding included.

    A callback that finds itself early by the last bit of a float would arm itself anew for
    ever, as anyio's cancel scopes do.
    """
    now_ns = round(instant * NANOSECONDS)
    while now_ns / NANOSECONDS < instant:
        now_ns += 1
    return now_ns


class _JumpingSelector(selectors.DefaultSelector):
    """Polls the real sockets; where it would sleep for a timer, it lets the clock jump."""

    def __init__(self, jump: Callable[[], bool]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> Ready:
        """Return what is ready, waiting in real time only where no timer is to come."""
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = self._under_way()
        if ready or self._jump():
            return ready
        return super().select(OUTSIDE_POLL)

    def _under_way(self) -> Ready:
        """Look twice: what one socket sent, the kernel may hand to the other a moment later."""
        return super().select(0) or super().select(LOOPBACK_DELAY)

"""The state in Redis as one process sees it: the last known one, and how to write a newer.

A write is numbered and says whose it is, so that a process that got no answer learns later
whether it arrived: from the answer to its next write, whoever else wrote in between.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..lease import Lease
from ..quota import SECOND
from .envelope import Envelope, begin, begin_again, decode, encode, fit
from .redis_link import EXPIRY, VERSION_LENGTH, GoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...options import Quota
    from . import Step
    from .fallback import Fallback
    from .redis_link import Link, Reply
    from .server_clock import ServerClock

logger: Final = logging.getLogger("systeme_async")

QUICK_RETRIES: Final = 8
"""Writes that other processes may overtake before the next one waits a little."""
LONGEST_NAP: Final = 0.02
"""Seconds."""


class Work:
    """One step on the whole envelope, and what came of it in the last computation."""

    __slots__ = ("error", "result", "step", "unwanted")

    writes = True
    """Whether it may change anything."""

    def __init__(self, step: Callable[[Envelope, int], Any]) -> None:
        self.step = step
        self.unwanted: Callable[[], bool] = bool
        """Whether nobody waits for it any more, so that it must give no lease."""
        self.result: Any = None
        self.error: Exception | None = None


class Request(Work):
    """A step of the gate's, and who waits for it."""

    __slots__ = ("_on_budget", "future")

    def __init__(self, step: Step[Any]) -> None:
        super().__init__(lambda envelope, now: step(envelope.budget, now))
        self._on_budget = step
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.unwanted = self.future.cancelled

    def carry_out(self, fallback: Fallback, now: int) -> None:
        """Carry the step out in an outage; what was computed before it counts for nothing."""
        self.error = self.result = None
        try:
            self.result = fallback.apply(self._on_budget, now)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
            self.error = error
        if self.unwanted() and isinstance(self.result, Lease):
            lease = self.result
            fallback.apply(lambda budget, _: budget.returned(lease), now)
        self.answer()

    def answer(self) -> None:
        """Hand the outcome to whoever waits."""
        if self.error is not None:
            self.fail(self.error)
        elif not self.future.done():
            self.future.set_result(self.result)

    def fail(self, error: Exception) -> None:
        """Raise an error where the step is waited for."""
        if not self.future.done():
            self.future.set_exception(error)


class Glance(Request):
    """Looks at the state and changes nothing."""

    __slots__ = ()

    writes = False

    def __init__(self) -> None:
        super().__init__(_nothing)


def _nothing(_budget: object, _now: int) -> None:
    """Change nothing."""


def requests_of(batch: list[Work]) -> list[Request]:
    """Return the work of a batch that somebody waits for."""
    return [work for work in batch if isinstance(work, Request)]


class RedisState:
    """Computes steps from the last known state and writes the outcome, if nobody was faster."""

    def __init__(self, link: Link, clock: ServerClock, process: str, quota: Quota) -> None:
        self._link = link
        self._clock = clock
        self._process = process
        self._quota = quota
        self._state, self._version = b"", b""
        self.known: Envelope | None = None
        """The last known state; None before there is one."""
        self._tag = os.urandom(VERSION_LENGTH - 8)
        self._number = 0
        self._in_doubt: tuple[int, list[Lease]] | None = None
        self._to_give_back: list[Lease] = []
        self._told_unreadable = False

    @property
    def held(self) -> set[int]:
        """The leases that are held, whoever has them."""
        return set() if self.known is None else set(self.known.budget.held)

    @property
    def joined(self) -> bool:
        """Whether the others know of this process: it has written."""
        return self.known is not None and self._process in self.known.members

    async def write(self, work: Sequence[Work]) -> None:
        """Carry out all steps in one write; one that raises is left out and keeps its error.

        Raises `GoneError`. Then the steps may have been carried out all the same; leases that
        they gave are given back by the next write.
        """
        overtaken = 0
        while True:
            now = self._clock.now()
            envelope = self._compute(work, now)
            state = encode(envelope)
            version = self._tag + self._number.to_bytes(8, "big")
            try:
                reply = await self._link.exchange(self._version, version + state, now)
            except (GoneError, asyncio.CancelledError):
                leases = [one.result for one in work if isinstance(one.result, Lease)]
                self._in_doubt = (self._number, leases)
                raise
            if reply.written:
                self._in_doubt, self._to_give_back = None, []
                self._state, self._version, self.known = state, version, envelope
                return
            if self._adopt(reply):
                return
            overtaken += 1
            if overtaken > QUICK_RETRIES:
                await asyncio.sleep(random.uniform(0, LONGEST_NAP))  # noqa: S311 - not to meet

    async def look(self) -> None:
        """Learn what is there, without a write. Raises `GoneError`."""
        self._number += 1
        # No state has this version, so nothing is written over it.
        self._adopt(await self._link.exchange(bytes(VERSION_LENGTH), b"", self._clock.now()))
        if self.known is not None:
            self.known.budget.expire(self._clock.now())

    def _compute(self, work: Sequence[Work], now: int) -> Envelope:
        self._number += 1
        for one in work:
            one.error = None
        while True:
            envelope = (decode(self._state) if self._state else None) or Envelope(
                begin(self._quota, now)
            )
            fit(envelope.budget, self._quota)
            envelope.sign(self._process, self._number, now)
            for lease in self._to_give_back:
                if lease.number in envelope.budget.held:
                    envelope.budget.returned(lease)
            if self._steps(envelope, work, now):
                return envelope

    @staticmethod
    def _steps(envelope: Envelope, work: Sequence[Work], now: int) -> bool:
        """Apply the steps; False if one failed, which may have left the state half changed."""
        for one in work:
            if one.error is not None:
                continue
            unwanted = one.unwanted()
            before = encode(envelope.budget) if unwanted else b""
            try:
                one.result = one.step(envelope, now)
            except Exception as error:  # noqa: BLE001 - it belongs to whoever gave the step
                one.result, one.error = None, error
                return False
            if unwanted and isinstance(one.result, Lease):
                one.result = None
                envelope.budget = msgspec.msgpack.decode(before, type=type(envelope.budget))
        return True

    def _adopt(self, reply: Reply) -> bool:
        """Take over the state that is there; tell whether it holds the latest write already."""
        self._version, state = reply.state[:VERSION_LENGTH], reply.state[VERSION_LENGTH:]
        there = decode(state) if state else None
        if there is None:
            if reply.state:
                self._tell_unreadable()
            there = self._begin_anew()
            state = b"" if there is None else encode(there)
            self._state = state
            self.known = there
            self._in_doubt = None
            return False
        self._state, self.known = state, there
        me = there.members.get(self._process)
        number = 0 if me is None else me.writes
        if self._in_doubt is not None and number == self._in_doubt[0]:
            self._to_give_back += self._in_doubt[1]
        self._in_doubt = None
        if number == self._number:
            self._to_give_back = []
            return True
        return False

    def _begin_anew(self) -> Envelope | None:
        """Go on from the last known state where the server has lost it."""
        last, now = self.known, self._clock.now()
        me = None if last is None else last.members.get(self._process)
        if last is None or me is None or me.seen < now - EXPIRY * SECOND:
            return None
        return Envelope(begin_again(last.budget, now), last.members)

    def _tell_unreadable(self) -> None:
        if not self._told_unreadable:
            self._told_unreadable = True
            logger.warning(
                "the shared budget at %s was written by another version; it is begun anew",
                self._link.name,
            )

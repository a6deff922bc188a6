"""The pager as a state machine: the listing changes and the server breaks while it is read."""

from __future__ import annotations

import asyncio
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from systeme_async import PaginationError
from systeme_async.paging import Pager
from systeme_async.testing import VirtualClockLoop

from .listings import FAULTS, Fault, Listing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from systeme_async.models import Tag


pytestmark = pytest.mark.slow


class PagerMachine(RuleBasedStateMachine):
    """One walk through one listing, item by item."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualClockLoop)
        self.complaints: list[str] = []
        self.runner.get_loop().set_exception_handler(
            lambda _, context: self.complaints.append(str(context["message"]))
        )
        self.seen: list[int] = []
        self.ended = False
        self.stopped = False

    @initialize(
        count=st.integers(0, 40),
        size=st.sampled_from([2, 3, 10]),
        descending=st.booleans(),
        delay=st.sampled_from([0.0, 1.0]),
    )
    def open(self, count: int, size: int, delay: float, *, descending: bool) -> None:
        """Draw a listing."""
        self.listing = Listing(count, size, descending=descending)
        self.listing.delay = delay
        self.always = set(self.listing.ids)
        self.items: AsyncIterator[Tag] | None = aiter(Pager(self.listing.fetch, attrgetter("id")))

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something in the loop."""
        self.runner.run(coroutine)

    @precondition(lambda self: not self.ended)
    @rule(count=st.integers(1, 15))
    def read(self, count: int) -> None:
        """Some items are read."""

        async def some() -> None:
            for _ in range(count):
                await self._read_one()

        self.run(some())

    async def _read_one(self) -> None:
        if self.ended or self.items is None:
            return
        try:
            self.seen.append((await anext(self.items)).id)
        except StopAsyncIteration:
            self.ended = True
        except PaginationError:
            self.ended = self.stopped = True
        except ConnectionError:
            pass

    @rule(places=st.sets(st.integers(0, 50), max_size=5), end=st.booleans())
    def insert(self, places: set[int], *, end: bool) -> None:
        """Items appear: new ones with the highest ids, old ones come back in between."""
        highest = max(self.listing.ids, default=0) // 10 * 10 + 10
        new = {highest + 10 * place if end else 10 * place + 5 for place in places}
        self.listing.ids = sorted({*self.listing.ids, *new})

    @rule(places=st.sets(st.integers(0, 50), max_size=5))
    def delete(self, places: set[int]) -> None:
        """Items vanish, the one the cursor names among them maybe."""
        gone = {10 * place for place in places} | {
            self.seen[-1] for place in places if place % 2 and self.seen
        }
        self.listing.ids = [one for one in self.listing.ids if one not in gone]
        self.always -= gone

    @precondition(lambda self: self.listing.fault is None)
    @rule(fault=st.sampled_from(FAULTS))
    def break_server(self, fault: Fault) -> None:
        """From now on the server answers wrongly."""
        self.listing.fault = fault

    @rule()
    def fail_once(self) -> None:
        """The next request fails."""
        self.listing.failures = [ConnectionError("lost")]

    @precondition(lambda self: not self.ended)
    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0]))
    def cancel_a_reader(self, seconds: float) -> None:
        """Somebody waits for an item and is cancelled; the item is not lost."""

        async def main() -> None:
            reader = asyncio.create_task(self._read_one())
            await asyncio.sleep(seconds)
            reader.cancel()
            await asyncio.wait([reader])

        self.run(main())

    @rule()
    def elapse(self) -> None:
        """Time passes, and what was fetched ahead comes in."""
        self.run(asyncio.sleep(5))

    @invariant()
    def nothing_is_seen_twice(self) -> None:
        """Whatever the server does."""
        assert len(set(self.seen)) == len(self.seen)

    @invariant()
    def a_broken_server_is_noticed(self) -> None:
        """Two requests after it broke at most, and one that was under way."""
        if hasattr(self, "listing"):
            assert self.listing.since_fault <= 2

    def teardown(self) -> None:
        """In the end all that was there throughout has been seen, or an error said why not."""
        try:
            if hasattr(self, "listing"):
                self._finish()
        finally:
            self.runner.close()

    def _finish(self) -> None:
        self.listing.failures = []
        if self.always and min(self.always) % 2:
            self.items = None  # Some leave early.
            self.ended = True
        while not self.ended:
            self.read(50)
        self.items = None

        async def leave() -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert 1 == len(asyncio.all_tasks())

        self.run(leave())
        assert [] == self.complaints
        if self.listing.fault is None:
            assert not self.stopped, "an honest server was accused"
            assert self.always <= set(self.seen)
        elif not self.stopped:
            assert self.always <= set(self.seen) or not self.listing.since_fault


TestPager = PagerMachine.TestCase
TestPager.settings = settings(stateful_step_count=25)

"""The deduplicator: once however often it comes, and again where it failed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from systeme_async import ConfigurationError, ReplayError
from systeme_async.models import Contact
from systeme_async.webhooks import (
    AutomationEvent,
    ContactCreated,
    Deduplicator,
    Delivery,
    InProgressError,
    MemoryStore,
)

pytestmark = pytest.mark.anyio


class Broken(Exception):  # noqa: N818 - a handler's own
    """What a handler may raise."""


class SlowStore:
    """A store at the other end of a network, on the loop's clock; shared by processes."""

    def __init__(self) -> None:
        self.noted: dict[str, float] = {}
        self.asked: list[tuple[str, str]] = []

    async def _answer(self, question: str, key: str) -> float:
        self.asked.append((question, key))
        await asyncio.sleep(0.01)
        now = asyncio.get_running_loop().time()
        self.noted = {key: until for key, until in self.noted.items() if until > now}
        return now

    async def add(self, key: str, ttl: float) -> bool:
        """Note a key until its time is over."""
        now = await self._answer("add", key)
        if key in self.noted:
            return False
        self.noted[key] = now + ttl
        return True

    async def has(self, key: str) -> bool:
        """Look a key up."""
        await self._answer("has", key)
        return key in self.noted

    async def discard(self, key: str) -> None:
        """Forget a key."""
        await self._answer("discard", key)
        self.noted.pop(key, None)


STORES = [MemoryStore, SlowStore]


def event(message_id: str | None = "one", digest: str = "d1") -> ContactCreated:
    """Make an event as `unwrap` does."""
    delivery = Delivery(message_id=message_id)
    return ContactCreated(contact=Contact(id=1), delivery=delivery, digest=digest)


async def handled(duplicates: Deduplicator, *deliveries: Any, pause: float = 0.0) -> list[str]:
    """Handle deliveries one after the other and say how each ended."""
    return [await outcome(duplicates, delivery, pause) for delivery in deliveries]


async def outcome(duplicates: Deduplicator, delivery: Any, pause: float = 0.0) -> str:
    """Handle one delivery."""
    try:
        async with duplicates.once(delivery):
            await asyncio.sleep(pause)
    except InProgressError:
        return "at work"
    except ReplayError:
        return "done before"
    return "handled"


@pytest.mark.parametrize("store", STORES)
async def test_a_delivery_is_handled_once(store: Any) -> None:
    """A retry of what is done is told as such; another delivery is not."""
    duplicates = Deduplicator(store())
    outcomes = await handled(duplicates, event("one"), event("one"), event("two"), event("one"))
    assert ["handled", "done before", "handled", "done before"] == outcomes


@pytest.mark.parametrize("store", STORES)
async def test_a_failure_lets_the_retry_in(store: Any) -> None:
    """A handler that raised has not handled anything."""
    duplicates = Deduplicator(store())
    for _ in range(2):
        with pytest.raises(Broken):
            async with duplicates.once(event()):
                raise Broken
    assert ["handled", "done before"] == await handled(duplicates, event(), event())


@pytest.mark.parametrize("store", STORES)
async def test_of_two_at_once_one_is_handled(store: Any) -> None:
    """The other is neither done nor lost: it comes again."""
    duplicates = Deduplicator(store())
    both = [outcome(duplicates, event(), 1.0) for _ in range(5)]
    assert ["at work"] * 4 + ["handled"] == sorted(await asyncio.gather(*both))
    assert "done before" == await outcome(duplicates, event())


async def test_of_two_processes_at_once_one_handles() -> None:
    """A shared store keeps processes apart as one process keeps its tasks."""
    store = SlowStore()
    processes = [Deduplicator(store) for _ in range(4)]
    each = [outcome(process, event(), 1.0) for process in processes]
    assert ["at work"] * 3 + ["handled"] == sorted(await asyncio.gather(*each))
    assert ["done before"] * 4 == [await outcome(process, event()) for process in processes]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("turns", range(8))
async def test_cancelled_at_any_point_leaves_no_note(store: Any, turns: int) -> None:
    """A handler that was cancelled has not handled anything, wherever it stood."""
    duplicates = Deduplicator(store())
    task = asyncio.create_task(outcome(duplicates, event(), 5.0))
    for _ in range(turns):
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not duplicates._at_work
    # Cut off within an answer of the store, the note may stay until its lease is over.
    await asyncio.sleep(301)
    assert "handled" == await outcome(duplicates, event())


async def test_a_killed_process_delays_a_delivery_and_loses_none() -> None:
    """Its note stays for the lease, and for that time retries are told to come again."""
    store = SlowStore()
    await store.add("at-work:one", 300.0)  # what the process left
    duplicates = Deduplicator(store)
    assert "at work" == await outcome(duplicates, event())
    await asyncio.sleep(300)
    assert "handled" == await outcome(duplicates, event())


async def test_what_is_done_is_kept_for_longer_than_retries_go_on() -> None:
    """Six days; then the store may forget it."""
    store = SlowStore()
    duplicates = Deduplicator(store)
    await outcome(duplicates, event())
    await asyncio.sleep(5 * 86_400)
    assert "done before" == await outcome(duplicates, event())
    assert ["done:one"] == list(store.noted)


async def test_a_store_that_fails_leaves_the_delivery_to_a_retry() -> None:
    """Its error reaches the caller, and nothing is taken for done."""

    class FailingStore(SlowStore):
        failing = "has"

        async def _answer(self, question: str, key: str) -> float:
            if question == self.failing:
                raise Broken(question)
            return await super()._answer(question, key)

    store = FailingStore()
    duplicates = Deduplicator(store)
    for failing in ("add", "has"):
        store.failing = failing
        with pytest.raises(Broken, match=failing):
            await outcome(duplicates, event())
    store.failing = ""
    assert "handled" == await outcome(duplicates, event())


async def test_the_oldest_is_forgotten() -> None:
    """Memory is bounded; what is forgotten would be handled again."""
    duplicates = Deduplicator(capacity=3)
    await handled(duplicates, *[event(str(number)) for number in range(4)])
    outcomes = await handled(duplicates, event("3"), event("2"), event("0"))
    assert ["done before", "done before", "handled"] == outcomes


async def test_memory_stays_within_its_capacity() -> None:
    """A hundred thousand deliveries take no more room than ten."""
    store = MemoryStore(10)
    duplicates = Deduplicator(store)
    for number in range(10_000):
        assert not await duplicates.seen(str(number))
    assert 10 == len(store)


async def test_a_crowd_pushes_out_nobody_at_work() -> None:
    """However many come meanwhile, a delivery at work is not handled a second time."""
    duplicates = Deduplicator(capacity=2)
    first = asyncio.create_task(outcome(duplicates, event("slow"), 10.0))
    await asyncio.sleep(1)
    await handled(duplicates, *[event(str(number)) for number in range(10)])
    assert "at work" == await outcome(duplicates, event("slow"))
    assert "handled" == await first


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_capacity_leaves_room(capacity: int) -> None:
    """A memory for nothing is a mistake."""
    with pytest.raises(ConfigurationError, match="capacity"):
        Deduplicator(capacity=capacity)


@pytest.mark.parametrize("store", STORES)
async def test_seen_notes_at_once(store: Any) -> None:
    """The first is new, those after it are not, until it is forgotten."""
    duplicates = Deduplicator(store())
    assert [False, True, True] == [await duplicates.seen(event()) for _ in range(3)]
    assert "done before" == await outcome(duplicates, event())
    await duplicates.forget(event())
    assert "handled" == await outcome(duplicates, event())
    assert await duplicates.seen(event())


async def test_of_many_at_once_one_is_new() -> None:
    """Nothing comes between the look and the note."""
    duplicates = Deduplicator(SlowStore())
    answers = await asyncio.gather(*[duplicates.seen(event()) for _ in range(10)])
    assert [False] + [True] * 9 == sorted(answers)


async def test_without_a_message_id_the_digest_decides() -> None:
    """A proxy may remove the header; the body is still the same."""
    duplicates = Deduplicator()
    outcomes = await handled(
        duplicates, event(None, "d1"), event(None, "d1"), event(None, "d2"), event("one", "d1")
    )
    assert ["handled", "done before", "handled", "handled"] == outcomes


async def test_a_key_of_ones_own() -> None:
    """By its digest a body is recognized under any message id."""
    duplicates = Deduplicator(key=lambda event: event.digest)
    outcomes = await handled(duplicates, event("one"), event("forged"), event("two", "d2"))
    assert ["handled", "done before", "handled"] == outcomes


async def test_ids_and_automation_events_are_keys_too() -> None:
    """Whatever names a delivery can be told apart."""
    duplicates = Deduplicator()
    automation = AutomationEvent(type="x", digest="d1")
    outcomes = await handled(duplicates, "one", event("one"), automation, automation)
    assert ["handled", "done before", "handled", "done before"] == outcomes


async def test_an_id_cannot_pose_as_a_note_of_another_kind() -> None:
    """Ids are not authenticated, so none may collide with the notes of another delivery."""
    duplicates = Deduplicator()
    await handled(duplicates, "at-work:one", "done:one")
    assert "handled" == await outcome(duplicates, "one")

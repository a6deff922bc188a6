"""Put a tag on everybody who lacks it, many at a time and never more than a few in memory.

It runs on a sandbox with a small quota, in real time: a few seconds.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from systeme_async import Contact, Lane, Quota, Systeme, SystemeError
from systeme_async.testing import Faults, Sandbox

AT_ONCE = 20


async def tag_everybody(systeme: Systeme, name: str) -> Counter[str]:
    """Walk all contacts and tag those that lack the tag; one failure does not stop the rest."""
    # Behind whatever else the program asks for, and with as much time as the quota takes.
    systeme = systeme.with_options(lane=Lane.BULK, deadline=None)
    tag = await systeme.tags.ensure(name)
    counts: Counter[str] = Counter()
    room = asyncio.Semaphore(AT_ONCE)

    async def assign(contact: Contact) -> None:
        try:
            await systeme.contacts.assign_tag(contact.id, tag.id)
            counts["tagged"] += 1
        except SystemeError as error:
            counts["failed"] += 1
            print(f"contact {contact.id}: {error}")
        finally:
            room.release()

    async with asyncio.TaskGroup() as group:
        async for contact in systeme.contacts.list():
            if any(held.id == tag.id for held in contact.tags):
                counts["had it"] += 1
                continue
            await room.acquire()
            group.create_task(assign(contact))
    return counts


async def main() -> None:
    async with Sandbox(quota=Quota(60, per=1), faults=Faults(latency=0.01)) as sandbox:
        for number in range(100):
            tags = ["VIP"] if number % 5 == 0 else []
            sandbox.account.add_contact(f"person{number}@example.com", tags=tags)
        async with Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme:
            print(dict(await tag_everybody(systeme, "VIP")))
            print(f"{sandbox.received} requests, {sandbox.throttled} of them met a 429")


if __name__ == "__main__":
    asyncio.run(main())

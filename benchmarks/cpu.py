"""CPU time of one request, against aiohttp and msgspec used by hand, in pairs of rounds."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING, Final

import aiohttp
import msgspec

from systeme_async import Systeme
from systeme_async.models import Contact, Page

from .canned import serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS: Final = 11
IN_FLIGHT: Final = 20
CREATES: Final = 2_000
PAGES: Final = 400
MOST_A_REQUEST: Final = 1.3
MOST_A_PAGE: Final = 1.2


class Draft(msgspec.Struct):
    """What the hand-written version sends."""

    email: str
    fields: list[dict[str, str]]


class Raw:
    """The same calls without a client: no quota, no retries, no errors told apart."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = aiohttp.ClientSession(headers={"X-API-Key": "k"})
        self.encoder = msgspec.json.Encoder()
        self.contact = msgspec.json.Decoder(Contact)
        self.page = msgspec.json.Decoder(Page[Contact])

    async def create(self) -> None:
        """Create one contact."""
        draft = Draft("jane@example.com", [{"slug": "city", "value": "Paris"}])
        async with self.session.post(
            self.url + "/api/contacts",
            data=self.encoder.encode(draft),
            headers={"Content-Type": "application/json"},
        ) as response:
            response.raise_for_status()
            self.contact.decode(await response.read())

    async def list(self) -> None:
        """Read one page of 100 contacts."""
        async with self.session.get(
            self.url + "/api/contacts", params={"limit": "100"}
        ) as response:
            response.raise_for_status()
            self.page.decode(await response.read())


async def cpu_of(call: Callable[[], Awaitable[object]], times: int) -> float:
    """Return the CPU seconds of one call, of `times` with 20 in flight."""

    async def worker() -> None:
        for _ in range(times // IN_FLIGHT):
            await call()

    before = time.process_time()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return (time.process_time() - before) / times


async def measure(url: str) -> tuple[list[float], list[float], list[float], list[float]]:
    """Take turns between ours and theirs, so that a noisy neighbor hits both."""
    raw = Raw(url)
    async with Systeme(api_key="k", base_url=url) as systeme:

        async def create() -> None:
            await systeme.contacts.create("jane@example.com", fields={"city": "Paris"})

        async def read_page() -> None:
            await systeme.contacts.list().collect()

        await cpu_of(create, 200)
        await cpu_of(raw.create, 200)
        sides: tuple[list[float], list[float], list[float], list[float]] = ([], [], [], [])
        for _ in range(ROUNDS):
            sides[0].append(await cpu_of(create, CREATES))
            sides[1].append(await cpu_of(raw.create, CREATES))
            sides[2].append(await cpu_of(read_page, PAGES))
            sides[3].append(await cpu_of(raw.list, PAGES))
    await raw.session.close()
    return sides


def _row(name: str, ours: list[float], theirs: list[float], most: float) -> int:
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    good = ratio <= most
    print(
        f"| {name} | {median(ours) * 1e6:.0f} µs | {median(theirs) * 1e6:.0f} µs "
        f"| {ratio:.2f} | {most} |{'' if good else ' MISSED'}"
    )
    return not good


def main() -> int:
    """Print medians and ratios; return how many missed their figure."""
    with serving() as url:
        create, raw_create, page, raw_page = asyncio.run(measure(url))
    print("| CPU of | ours | by hand | ratio | at most |\n|---|---:|---:|---:|---:|")
    missed = _row("one create", create, raw_create, MOST_A_REQUEST)
    missed += _row("one page of 100 contacts", page, raw_page, MOST_A_PAGE)
    print()
    return missed

"""What the tests on the wire share: a client of a server, and what there is to see of both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from systeme_async import Systeme

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox

_OF_OTHERS = ("RequestHandler.", "RawServer.", "TestRunner.")


class Origin(Protocol):
    """A sandbox or a raw server."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    api_key: str


def client(origin: Origin, **options: Any) -> Systeme:
    """Make a client of a server."""
    return Systeme(**{"api_key": origin.api_key, "base_url": origin.url, **options})


def calls(sandbox: Sandbox) -> list[str]:
    """List what the sandbox received, as method and path."""
    return [f"{request.method} {request.path}" for request in sandbox.requests]


def tasks() -> list[str]:
    """Name the tasks of this loop, besides this one and those of servers and test runner."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    names = [task.get_coro().__qualname__ for task in others]  # type: ignore[union-attr]
    return sorted(name for name in names if not name.startswith(_OF_OTHERS))


async def turns(count: int = 10) -> None:
    """Let the loop turn, without letting time pass."""
    for _ in range(count):
        await asyncio.sleep(0)


def now() -> float:
    """Read the virtual clock."""
    return asyncio.get_running_loop().time()

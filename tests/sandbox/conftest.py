"""What the tests of the sandbox share: a plain session to it, and calls without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from systeme_async.testing.call import DAWN, Call, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from systeme_async.testing import Account, Sandbox


@pytest.fixture
def connect() -> Callable[[Sandbox], aiohttp.ClientSession]:
    """Give a session that sends the sandbox's key; nothing of ours between test and wire."""
    return lambda sandbox: aiohttp.ClientSession(
        sandbox.url, headers={"X-API-Key": sandbox.api_key}
    )


@dataclass(frozen=True)
class Reply:
    """What an endpoint answered, or why it refused."""

    status: int
    value: Any = None
    detail: str = ""

    @property
    def ids(self) -> list[int]:
        """The ids on a page."""
        return [item["id"] for item in self.value["items"]]


@pytest.fixture
def ask() -> Callable[..., Reply]:
    """Give a way to call an endpoint of an account by its constant's name, without a socket."""

    def ask(
        account: Account,
        endpoint: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        at: datetime = DAWN,
        **segments: object,
    ) -> Reply:
        answers = account.answers(endpoint)
        assert answers is not None
        texts = {name: str(value) for name, value in (query or {}).items()}
        path = {name: str(value) for name, value in segments.items()}
        try:
            answer = answers(Call(path, texts, body, at))
        except Refusal as refusal:
            return Reply(refusal.status, detail=refusal.detail)
        return Reply(answer.status, answer.value)

    return ask

"""What the tests of the sandbox share: a plain session to it, and calls without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from systeme_async.testing import ActiveCampaignSandbox
from systeme_async.testing.call import DAWN, Call, Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from systeme_async.testing import Account, ActiveCampaignAccount, Sandbox


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


@dataclass(frozen=True)
class Line:
    """A plain session to an ActiveCampaign without a quota; paths are those below /api/3."""

    sandbox: ActiveCampaignSandbox
    http: aiohttp.ClientSession

    @property
    def account(self) -> ActiveCampaignAccount:
        """The account behind it."""
        return self.sandbox.account

    async def get(self, path: str, query: Any = None) -> tuple[int, Any]:
        """Return the status and the JSON of a GET."""
        async with self.http.get(f"/api/3/{path}", params=query) as answer:
            return answer.status, await answer.json(content_type=None)

    async def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return the status and the JSON of another request."""
        async with self.http.request(method, f"/api/3/{path}", json=body) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        """Return the status and the JSON of a POST."""
        return await self.send("POST", path, body)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """Open an empty account of ActiveCampaign, and a session to it."""
    async with ActiveCampaignSandbox(quota=None) as sandbox:
        headers = {"Api-Token": sandbox.api_key}
        async with aiohttp.ClientSession(sandbox.url, headers=headers) as http:
            yield Line(sandbox, http)

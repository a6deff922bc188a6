"""Every operation of ActiveCampaign, natively and through Maton: what travels, what comes back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import ActiveCampaign, __version__
from systeme_async._core.endpoint import Endpoint
from systeme_async.activecampaign import endpoints
from systeme_async.activecampaign.resources.bulk_imports import BulkImports
from systeme_async.testing import ActiveCampaignSandbox, Sandbox

from .contract import ROWS, Row, prepared

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from systeme_async.testing import ActiveCampaignAccount, ReceivedRequest

pytestmark = pytest.mark.anyio

ELSEWHERE = {"IMPORT_CONTACTS", "GET_IMPORT", "END_AUTOMATION"}
"""Operations with a test of their own below."""

every_row = pytest.mark.parametrize("name", ROWS)
both_ways = pytest.mark.parametrize("through_maton", [False, True], ids=["natively", "maton"])


@asynccontextmanager
async def reached(
    account: ActiveCampaignAccount, *, through_maton: bool
) -> AsyncIterator[tuple[ActiveCampaign, Callable[[], Sequence[Any]]]]:
    """Reach an account in one of both ways; give the client, and what lists its requests."""
    if not through_maton:
        async with (
            ActiveCampaignSandbox(account=account, quota=None) as sandbox,
            ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key) as client,
        ):
            yield client, lambda: sandbox.requests
        return
    async with Sandbox() as front:
        connection = front.maton.add_connection("active-campaign", account=account)
        async with ActiveCampaign.via_maton(
            api_key=front.maton.api_key, base_url=front.maton.url, connection=connection.id
        ) as client:
            yield client, lambda: front.maton.requests


def test_every_operation_has_a_row() -> None:
    """A new line in the table asks for one here."""
    constants = {name for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}
    assert constants == set(ROWS) | ELSEWHERE


@every_row
def test_row_and_operation_agree(name: str) -> None:
    """Method and template of the table are those that the row expects on the wire."""
    endpoint: Endpoint[Any] = getattr(endpoints, name)
    row = ROWS[name]
    assert row.method == endpoint.method
    assert len(row.path.split("/")) == len(endpoint.path.split("/"))


def check(row: Row, request: ReceivedRequest, ids: dict[str, int], prefix: str) -> None:
    """Compare a request with what the API wants."""
    assert (row.method, prefix + row.path.format(**ids), row.status) == (
        request.method,
        request.path,
        request.status,
    )
    expected = {name: value.format(**ids) for name, value in row.query.items()}
    assert expected == request.query
    body = None if row.body is None else row.body(ids)
    assert body == request.body
    assert request.content_type == ("" if body is None else "application/json")


@every_row
@both_ways
async def test_what_travels_and_what_comes_back(name: str, *, through_maton: bool) -> None:
    """One call is one request, as the API wants it, and its answer is a struct."""
    row = ROWS[name]
    account, ids = prepared()
    async with reached(account, through_maton=through_maton) as (client, requests):
        answer = await row.call(client, ids)
    received = requests()
    assert row.requests == len(received)
    check(row, received[-1], ids, "/active-campaign" if through_maton else "")
    found = answer if isinstance(answer, list) else [answer]
    kinds = {type(one) for one in found}
    expected: set[Any] = {type(None)} if row.answer is None else {row.answer}
    assert kinds <= expected if isinstance(answer, list) else kinds == expected


@both_ways
async def test_who_says_it_is(*, through_maton: bool) -> None:
    """The key travels natively, and never through the gateway, which names the connection."""
    account, _ = prepared()
    async with reached(account, through_maton=through_maton) as (client, requests):
        await client.users.me()
    headers = requests()[-1].headers
    assert headers["user-agent"] == f"systeme-async/{__version__}"
    assert ("api-token" in headers) is not through_maton
    assert ("maton-connection" in headers) is through_maton
    assert "x-api-key" not in headers


@both_ways
async def test_an_automation_is_left(*, through_maton: bool) -> None:
    """By the id of what says that the contact is in it."""
    account, ids = prepared()
    async with reached(account, through_maton=through_maton) as (client, requests):
        entered = await client.automations.start(ids["jane"], ids["automation"])
        await client.automations.end(entered.id)
    last = requests()[-1]
    assert last.path.endswith(f"/api/3/contactAutomations/{entered.id}")
    assert (last.method, last.status) == ("DELETE", 200)


@both_ways
async def test_a_bulk_import_is_followed_to_its_end(*, through_maton: bool) -> None:
    """Contacts go in one request, and their end is asked for."""
    account, ids = prepared()
    people = [
        {"email": f"new{number}@example.com", "tags": ["VIP"], "subscribe": [ids["news"]]}
        for number in range(20)
    ]
    async with reached(account, through_maton=through_maton) as (client, requests):
        assert isinstance(client.bulk_imports, BulkImports)
        report = await client.bulk_imports.run(people)
    assert (report.imported, report.rejected_count) == (20, 0)
    paths = [request.path.rpartition("/api/3")[2] for request in requests()]
    assert paths[0] == "/import/bulk_import"
    assert set(paths[1:]) == {"/import/info"}
    assert account.contact_by_email("new19@example.com") is not None

"""Every endpoint of the table, natively and through Maton: what travels, what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async import Systeme, __version__, endpoints
from systeme_async._core.endpoint import Endpoint

from .contract import ROWS, Row, prepared
from .pair import client

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async.testing import ReceivedRequest, Sandbox

pytestmark = pytest.mark.anyio


def through_maton(sandbox: Sandbox) -> Systeme:
    """Make a client that goes through the sandbox's gateway, by a connection it is told."""
    [connection] = sandbox.maton.connections
    return Systeme.via_maton(
        api_key=sandbox.maton.api_key, base_url=sandbox.maton.url, connection=connection
    )


WAYS: Final[dict[str, Callable[[Sandbox], Systeme]]] = {
    "natively": client,
    "through Maton": through_maton,
}

both_ways: Final = pytest.mark.parametrize("way", WAYS)
every_row: Final = pytest.mark.parametrize("name", ROWS)


def test_every_endpoint_has_a_row() -> None:
    """A new line in the table of endpoints asks for one here."""
    constants = {name for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}
    assert constants == set(ROWS)


@every_row
def test_row_and_endpoint_agree(name: str) -> None:
    """Method and template of the table are those that the row expects on the wire."""
    endpoint: Endpoint[Any] = getattr(endpoints, name)
    row = ROWS[name]
    assert row.method == endpoint.method
    assert len(row.path.split("/")) == len(endpoint.path.split("/"))


def check(row: Row, request: ReceivedRequest, prefix: str = "") -> None:
    """Compare a request with what the API wants."""
    assert (row.method, prefix + row.path) == (request.method, request.path)
    assert row.query == request.query
    assert row.content_type == request.content_type
    assert row.body == request.body
    assert row.status == request.status


@both_ways
@every_row
async def test_what_travels(name: str, way: str) -> None:
    """One request reaches the API, exactly as it wants it, and its answer is decoded."""
    row = ROWS[name]
    async with prepared() as sandbox, WAYS[way](sandbox) as systeme:
        result = await row.call(systeme)
    [request] = sandbox.requests
    check(row, request)
    if row.answer is None:
        assert result is None
    elif isinstance(result, list):
        assert {row.answer} == {type(item) for item in result}
    else:
        assert type(result) is row.answer


@every_row
async def test_what_reaches_the_gateway(name: str) -> None:
    """The same request under the app's name, with the connection and without a key of ours."""
    row = ROWS[name]
    async with prepared() as sandbox, through_maton(sandbox) as systeme:
        await row.call(systeme)
    [request] = sandbox.maton.requests
    check(row, request, prefix="/systeme")
    [connection] = sandbox.maton.connections
    assert request.headers["maton-connection"] == connection == request.connection
    assert request.forwarded
    assert not request.own_key


@every_row
async def test_headers_of_all_requests(name: str) -> None:
    """Each request names us, carries the key, asks for JSON and brings no cookie."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        await ROWS[name].call(systeme)
    headers = sandbox.requests[0].headers
    assert headers["x-api-key"] == "***"
    assert headers["user-agent"] == f"systeme-async/{__version__}"
    assert headers["accept"] == "application/json"
    assert {"cookie", "authorization", "expect", "maton-connection"}.isdisjoint(headers)

"""Five requests a second for an account, and behind Maton the limit of both: nobody meets a 429."""

from __future__ import annotations

import asyncio

import pytest

from systeme_async import ActiveCampaign, Quota
from systeme_async.testing import ActiveCampaignAccount, ActiveCampaignSandbox, Faults, Sandbox

pytestmark = pytest.mark.anyio

CALLS = 60
LATENCY = Faults(latency=0.05)


async def spent(client: ActiveCampaign) -> float:
    """Send many requests at once; return the seconds that they took."""
    clock = asyncio.get_running_loop().time
    start = clock()
    await asyncio.gather(*(client.users.me() for _ in range(CALLS)))
    return clock() - start


async def test_an_account_of_its_own() -> None:
    """Five a second are kept, and hardly anything of them is lost."""
    async with (
        ActiveCampaignSandbox(faults=LATENCY) as sandbox,
        ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key) as client,
    ):
        took = await spent(client)
        assert sandbox.received == CALLS
    assert (CALLS - 5) / 5 <= took <= 1.25 * CALLS / 5


@pytest.mark.parametrize(
    ("quota", "most"),
    [(Quota(5, per=1.0), 5), (Quota(100, per=1.0), 10)],
    ids=["the account's is tighter", "Maton's is tighter"],
)
async def test_through_maton_the_tighter_limit_counts(quota: Quota, most: int) -> None:
    """Both are kept: the account's own, and the ten a second of the gateway."""
    async with Sandbox(faults=LATENCY) as front:
        front.maton.add_connection("active-campaign", account=ActiveCampaignAccount(), quota=quota)
        async with ActiveCampaign.via_maton(
            api_key=front.maton.api_key, base_url=front.maton.url, quota=quota
        ) as client:
            took = await spent(client)
        statuses = [request.status for request in front.maton.requests]
    assert statuses == [200] * (CALLS + 1)  # One of them has looked up the connection.
    assert (CALLS - most) / most <= took <= 1.4 * CALLS / most


async def test_who_else_spends_is_made_room_for() -> None:
    """Another program takes half of it: what is refused is sent again, and nothing is lost."""
    async with (
        ActiveCampaignSandbox(faults=LATENCY) as sandbox,
        ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key) as client,
        ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key) as rival,
    ):
        await asyncio.gather(spent(client), spent(rival))
        served = [request for request in sandbox.requests if request.status == 200]
    assert len(served) == 2 * CALLS

"""ActiveCampaign behind Maton: its own app, its own key, its own quota."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.options import Quota
from systeme_async.testing import Account, ActiveCampaignAccount, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

TAGS = "/active-campaign/api/3/tags"


def through(sandbox: Sandbox) -> aiohttp.ClientSession:
    """Give a session to the sandbox's Maton that sends its key."""
    sandbox.maton.rate = None
    headers = {"Authorization": f"Bearer {sandbox.maton.api_key}"}
    return aiohttp.ClientSession(sandbox.maton.url, headers=headers)


async def get(http: aiohttp.ClientSession, path: str = TAGS, **options: Any) -> tuple[int, Any]:
    """Return the status and the JSON of a GET."""
    async with http.get(path, **options) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_request_passes_through() -> None:
    """Query and body reach the account under its own key, and its answer comes back."""
    account = ActiveCampaignAccount()
    async with Sandbox() as sandbox, through(sandbox) as http:
        connection = sandbox.maton.add_connection("active-campaign", account=account)
        async with http.post(TAGS, json={"tag": {"tag": "VIP"}}) as answer:
            assert (answer.status, answer.headers["Set-Cookie"][:9]) == (201, "PHPSESSID")
        _, page = await get(http, f"{TAGS}?search=vi&limit=1")
        assert [one["tag"] for one in page["tags"]] == ["VIP"]
        assert account.effects == [("created tag", "11")]
        assert sandbox.received == 0
        assert connection.account is account
        record = sandbox.maton.requests[0]
        assert (record.path, record.connection, record.forwarded, record.effect) == (
            *(TAGS, connection.id),
            *(True, "created tag 11"),
        )


async def test_a_key_of_the_callers_own_is_noticed_and_replaced() -> None:
    """The record tells that there was one of this app's, and never which."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.add_connection("active-campaign", account=ActiveCampaignAccount())
        for name in ("X-Other", "Api-Token", "X-API-Key"):
            assert (await get(http, headers={name: "mine"}))[0] == 200
        assert [one.own_key for one in sandbox.maton.requests] == [False, True, False]
        shown = [one.headers.get("api-token") for one in sandbox.maton.requests]
        assert shown == [None, "***", None]


async def test_the_other_apps_key_header_is_nothing_special() -> None:
    """Towards Systeme.io an `Api-Token` is a header like any other."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        assert (await get(http, "/systeme/api/tags", headers={"Api-Token": "mine"}))[0] == 200
        assert [one.own_key for one in sandbox.maton.requests] == [False]
        assert "mine" not in repr(sandbox.requests)


async def test_each_account_has_five_requests_a_second() -> None:
    """Its own, whatever others spend; the refusal is the upstream's."""
    async with Sandbox(quota=Quota(100)) as sandbox, through(sandbox) as http:
        first = sandbox.maton.add_connection("active-campaign", account=ActiveCampaignAccount())
        second = sandbox.maton.add_connection("active-campaign", account=ActiveCampaignAccount())
        statuses = {
            one.id: [(await get(http, headers={"Maton-Connection": one.id}))[0] for _ in range(6)]
            for one in (first, second)
        }
        assert list(statuses.values()) == [[200] * 5 + [429]] * 2
        async with http.get(TAGS) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        await asyncio.sleep(1)
        assert (await get(http))[0] == 200


async def test_the_quota_behind_it_slides() -> None:
    """Five in the second half of one second and the first half of the next are all there are."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.add_connection("active-campaign", account=ActiveCampaignAccount())
        statuses = list[int]()
        for pause in (0.0, 0.8, 0.0, 0.0, 0.0, 0.4, 0.0):
            await asyncio.sleep(pause)
            statuses.append((await get(http))[0])
        assert statuses == [200] * 6 + [429]


async def test_another_quota_can_be_given() -> None:
    """To an account that is new there."""
    account = ActiveCampaignAccount()
    async with Sandbox() as sandbox, through(sandbox) as http:
        quota = Quota(1, per=1.0)
        sandbox.maton.add_connection("active-campaign", account=account, quota=quota)
        assert [(await get(http))[0] for _ in range(2)] == [200, 429]
        with pytest.raises(ConfigurationError, match="has a quota already"):
            sandbox.maton.add_connection("active-campaign", account=account, quota=quota)
        sandbox.maton.add_connection("active-campaign", account=account)
        assert (await get(http))[0] == 429


async def test_a_revoked_key_is_the_upstreams_403() -> None:
    """The connection looks active, and who is authorized again is let in again."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        maton = sandbox.maton
        connection = maton.add_connection("active-campaign", account=ActiveCampaignAccount())
        maton.revoke(connection.id)
        assert await get(http) == (403, {"message": "Forbidden"})
        maton.activate(connection.id)
        assert (await get(http))[0] == 200


@pytest.mark.parametrize(
    ("app", "build", "words"),
    [
        ("systeme", ActiveCampaignAccount, "account=ActiveCampaignAccount.*: give an Account"),
        ("active-campaign", Account, "account=Account.*: give an ActiveCampaignAccount"),
    ],
)
async def test_an_account_of_the_wrong_kind_is_refused(
    app: str, build: Callable[[], Any], words: str
) -> None:
    """Each app has a server for one kind."""
    with pytest.raises(ConfigurationError, match=words):
        Sandbox().maton.add_connection(app, account=build())


async def test_without_an_account_there_is_no_server() -> None:
    """The sandbox's own is one of Systeme.io."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.add_connection("active-campaign")
        said = {"message": "There is no server behind app 'active-campaign' here"}
        assert await get(http) == (404, said)


async def test_faults_of_the_sandbox_meet_it_too() -> None:
    """What is injected upstream strikes by the path of the upstream."""
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.add_connection("active-campaign", account=ActiveCampaignAccount())
        sandbox.inject("failed", path="/api/3/tags")
        sandbox.maton.inject("failed", path="/active-campaign", after=1)
        assert await get(http) == (500, {"message": "Internal Server Error"})
        assert (await get(http))[1] == {"error": {"message": "Internal server error"}}


async def test_its_webhooks_are_served_by_the_same_postman() -> None:
    """What happens behind Maton is recorded with the deliveries of the sandbox."""
    account = ActiveCampaignAccount()
    account.add_contact("jane@example.com")
    account.add_tag("VIP")
    account.add_webhook("https://example.com/hook", ["contact_tag_added"])
    async with Sandbox() as sandbox, through(sandbox) as http:
        sandbox.maton.add_connection("active-campaign", account=account)
        body = {"contactTag": {"contact": 1001, "tag": 11}}
        await http.post("/active-campaign/api/3/contactTags", json=body)
        await sandbox.deliveries_done()
        assert [one.event for one in sandbox.deliveries] == ["contact_tag_added"]


@pytest.mark.slow
def test_who_has_systeme_io_alone_does_not_load_it() -> None:
    """A sandbox of the one API costs nothing of the other."""
    code = (
        "import sys; from systeme_async.testing import Sandbox; Sandbox(); "
        "print([name for name in sys.modules if '.activecampaign' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"

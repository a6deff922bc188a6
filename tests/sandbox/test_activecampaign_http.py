"""The sandbox of ActiveCampaign over HTTP: keys, quota, headers, faults and the forms of errors."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.options import Quota
from systeme_async.testing import ActiveCampaignAccount, ActiveCampaignSandbox, Faults, Sandbox
from systeme_async.testing.activecampaign.table import served, table
from systeme_async.testing.routes import Routes
from systeme_async.testing.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Line

pytestmark = pytest.mark.anyio

TAGS = "/api/3/tags"


def session(sandbox: ActiveCampaignSandbox) -> aiohttp.ClientSession:
    """Give a session that sends the sandbox's key."""
    return aiohttp.ClientSession(sandbox.url, headers={"Api-Token": sandbox.api_key})


@pytest.mark.parametrize("name", table())
def test_every_endpoint_is_answered(name: str) -> None:
    """Each line of the table has an answer in the account."""
    assert ActiveCampaignAccount().answers(name) is not None


def test_an_endpoint_without_an_answer_is_named() -> None:
    """A new line of the table without a method keeps a sandbox from opening."""
    odd = {**served(), "NEW_ENDPOINT": table()["LIST_TAGS"]}
    with pytest.raises(ConfigurationError, match="no answer to NEW_ENDPOINT: .* ActiveCampaignAcc"):
        Routes(ActiveCampaignAccount(), odd)


@pytest.mark.parametrize("headers", [{}, {"Api-Token": "wrong"}, {"X-API-Key": "key"}])
async def test_a_wrong_key_is_a_403(headers: dict[str, str]) -> None:
    """Without the key, or with another one, there is a message and no 401."""
    async with ActiveCampaignSandbox(api_key="key") as sandbox, aiohttp.ClientSession() as http:
        async with http.get(sandbox.url + TAGS, headers=headers) as answer:
            assert (answer.status, await answer.json()) == (403, {"message": "Forbidden"})
        assert "key" not in [one.headers.get("api-token") for one in sandbox.requests]


async def test_what_was_received_is_on_record(line: Line) -> None:
    """A record holds request, answer and effect, lists of PHP whole, and never the key."""
    await line.post("tags", {"tag": {"tag": "VIP", "tagType": "contact"}})
    await line.get("contacts", [("ids[]", "1"), ("ids[]", "2"), ("limit", "5")])
    first, second = line.sandbox.requests
    assert (first.method, first.path, first.status) == ("POST", TAGS, 201)
    assert first.body == {"tag": {"tag": "VIP", "tagType": "contact"}}
    assert (first.effect, first.headers["api-token"]) == ("created tag 11", "***")
    assert second.query == {"ids[]": "1,2", "limit": "5"}
    assert line.sandbox.api_key not in repr(line.sandbox.requests)
    assert (line.sandbox.received, line.sandbox.in_flight) == (2, 0)


async def test_five_requests_a_second_are_allowed() -> None:
    """A sixth within a second is a 429 that says how long to wait, and costs nothing."""
    async with ActiveCampaignSandbox() as sandbox, session(sandbox) as http:
        statuses = list[int]()
        for _ in range(7):
            async with http.get(TAGS) as answer:
                statuses.append(answer.status)
                wait = answer.headers.get("Retry-After")
        assert (statuses, wait) == ([200] * 5 + [429] * 2, "1")
        assert sandbox.throttled == 2
        await asyncio.sleep(1)
        async with http.get(TAGS) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(("shape", "again"), [("sliding", [429, 200]), ("fixed", [200, 429])])
async def test_the_window_slides_unless_it_is_fixed(shape: Any, again: list[int]) -> None:
    """A fixed window opens whole at its turn, a sliding one lets each request come back."""
    quota = Quota(1, per=1.0)
    async with ActiveCampaignSandbox(quota=quota, shape=shape) as sandbox, session(sandbox) as http:
        statuses = list[int]()
        for instant in (0.0, 1.5, 2.1, 2.6):
            await asyncio.sleep(instant - asyncio.get_running_loop().time())
            async with http.get(TAGS) as answer:
                statuses.append(answer.status)
        assert statuses == [200, 200, *again]


async def test_no_quota_is_none() -> None:
    """With `quota=None` nothing is ever refused for being too much."""
    async with ActiveCampaignSandbox(quota=None) as sandbox, session(sandbox) as http:
        for _ in range(30):
            async with http.get(TAGS) as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    ("headers", "wanted"), [({}, [None, None]), ({"headers": True}, ["5", "4"])]
)
async def test_answers_say_nothing_of_the_quota_unless_told_to(
    headers: dict[str, bool], wanted: list[str | None]
) -> None:
    """The headers of the documentation come on request."""
    async with (
        ActiveCampaignSandbox(**headers) as sandbox,
        session(sandbox) as http,
        http.get(TAGS) as answer,
    ):
        found = [answer.headers.get(f"RateLimit-{name}") for name in ("Limit", "Remaining")]
        assert found == wanted


async def test_answers_have_a_cookie_and_name_themselves(line: Line) -> None:
    """Each has a request id of its own, and what those of the real server have around them."""
    ids = set[str]()
    for path in (TAGS, f"{TAGS}/1"):
        async with line.http.get(path) as answer:
            ids.add(answer.headers["x-request-id"])
            assert answer.headers["x-envoy-upstream-service-time"].isdigit()
            assert answer.headers["Set-Cookie"].startswith("PHPSESSID=")
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("as_html", "kind"), [(False, "application/json"), (True, "text/html; charset=UTF-8")]
)
async def test_json_may_be_called_a_web_page(*, as_html: bool, kind: str) -> None:
    """One option calls every success text/html; what is inside stays JSON."""
    async with ActiveCampaignSandbox(as_html=as_html) as sandbox, session(sandbox) as http:
        async with http.get(TAGS) as answer:
            assert answer.headers["Content-Type"] == kind
            assert json.loads(await answer.read())["tags"] == []
        async with http.get(f"{TAGS}/1") as answer:
            assert (answer.status, answer.content_type) == (404, "application/json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "tags/1", 404),
        ("GET", "tags/VIP", 404),
        ("PUT", "lists/101", 405),
        ("DELETE", "users/me", 405),
    ],
)
async def test_wrong_turns_are_messages(line: Line, method: str, path: str, status: int) -> None:
    """Unknown paths and ids, and methods that are not taken, are told in one message."""
    line.account.add_list("News")
    answer = await line.send(method, path, {})
    assert (answer[0], list(answer[1])) == (status, ["message"])


@pytest.mark.parametrize("body", [b"{", b"[1]", b"NaN", b"\xff"])
async def test_malformed_json_is_a_bad_request(line: Line, body: bytes) -> None:
    """Whatever is no JSON object is a 400, whatever it is called, and changes nothing."""
    async with line.http.post(TAGS, data=body) as answer:
        assert (answer.status, list(await answer.json())) == (400, ["message"])
    assert line.account.effects == []


@pytest.mark.parametrize("path", ["contacts/1001", "tags/11", "accounts/30001"])
async def test_a_patch_does_what_a_put_does(line: Line, path: str) -> None:
    """It is documented nowhere and was seen to work."""
    line.account.add_contact("jane@example.com")
    line.account.add_tag("VIP")
    line.account.add_company("Acme")
    assert (await line.send("PATCH", path, {}))[0] == 200


@pytest.mark.parametrize(
    ("kind", "status", "held"),
    [
        ("failed", 500, 0),
        ("failed_after", 500, 1),
        ("throttle", 429, 0),
        ("unauthorized", 403, 0),
    ],
)
async def test_faults_are_told_in_its_own_words(
    line: Line, kind: Any, status: int, held: int
) -> None:
    """An injected fault is answered as this server would, and does what its kind says."""
    line.sandbox.inject(kind, method="post", path=TAGS)
    answer = await line.post("tags", {"tag": {"tag": "VIP"}})
    assert (answer[0], list(answer[1])) == (status, ["message"])
    assert len(line.account.tags) == held
    assert [one.fault for one in line.sandbox.requests] == [kind]


@pytest.mark.parametrize(("kind", "held"), [("lost", 1), ("reset", 0), ("truncated", 1)])
async def test_answers_get_lost_too(line: Line, kind: Any, held: int) -> None:
    """What is lost on the way back was carried out, what was reset was not."""
    line.sandbox.inject(kind, path="/api/3/tags")
    with pytest.raises(aiohttp.ClientError):
        await line.post("tags", {"tag": {"tag": "VIP"}})
    assert len(line.account.tags) == held


async def test_faults_come_by_chance_as_well() -> None:
    """Losses, latency and the dice are those of every sandbox."""
    faults = Faults(failed=0.5, latency=0.2)
    async with ActiveCampaignSandbox(quota=None, faults=faults, seed=3) as sandbox:
        async with session(sandbox) as http:
            statuses = set[int]()
            for _ in range(20):
                async with http.get(TAGS) as answer:
                    statuses.add(answer.status)
        assert statuses == {200, 500, 502, 503}
        assert asyncio.get_running_loop().time() == pytest.approx(4.0)


async def test_reads_may_lag_behind_writes() -> None:
    """With `lag` a contact shows in listings some seconds after it was made."""
    async with ActiveCampaignSandbox(quota=None, faults=Faults(lag=5)) as sandbox:
        async with session(sandbox) as http:
            counts = list[int]()
            await http.post("/api/3/contacts", json={"contact": {"email": "jane@example.com"}})
            for _ in range(3):
                async with http.get("/api/3/contacts") as answer:
                    counts.append(len((await answer.json())["contacts"]))
                await asyncio.sleep(3)
        assert counts == [0, 0, 1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": "round"}, "ActiveCampaignSandbox(shape='round'): use one of"),
        ({"port": -1}, "ActiveCampaignSandbox(port=-1): 0 takes any that is free"),
        ({"api_key": ""}, "ActiveCampaignSandbox(api_key='***'): give a key"),
        ({"rivals": -1}, "ActiveCampaignSandbox(rivals=-1): give the requests a second"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], words: str) -> None:
    """The error names the option and what it may be."""
    with pytest.raises(ConfigurationError) as excinfo:
        ActiveCampaignSandbox(**options)
    assert str(excinfo.value).startswith(words)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda sandbox: sandbox.url, "async with ActiveCampaignSandbox"),
        (lambda sandbox: sandbox.deliver(), "async with ActiveCampaignSandbox"),
        (lambda sandbox: sandbox.inject("flood"), "use one of lost, reset"),
    ],
)
def test_what_is_done_too_early_or_wrongly_is_named(
    use: Callable[[ActiveCampaignSandbox], object], words: str
) -> None:
    """A sandbox that is not open has no address, and an unknown fault is none."""
    with pytest.raises(ConfigurationError, match=words):
        use(ActiveCampaignSandbox())


async def test_an_account_goes_on_in_another_sandbox(line: Line) -> None:
    """What one sandbox did to an account, another one finds there."""
    await line.post("tags", {"tag": {"tag": "VIP"}})
    async with (
        ActiveCampaignSandbox(account=line.account) as sandbox,
        session(sandbox) as http,
        http.get(TAGS) as answer,
    ):
        assert [one["tag"] for one in (await answer.json())["tags"]] == ["VIP"]


def test_it_can_live_in_a_thread() -> None:
    """Whoever has no event loop to share gives it one of its own."""
    with SandboxThread(ActiveCampaignSandbox()) as sandbox:
        assert sandbox.url.startswith("http://127.0.0.1:")
    assert isinstance(sandbox, ActiveCampaignSandbox)
    assert not isinstance(sandbox, Sandbox)

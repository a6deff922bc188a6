"""Through Maton's gateway: which account, which budget, whose error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async import (
    APIError,
    AuthenticationError,
    ClientStateError,
    ConfigurationError,
    ConnectionMissingError,
    DeadlineExceededError,
    DecodeError,
    Maton,
    NotFoundError,
    OutcomeUnknownError,
    Quota,
    RateLimitedError,
    ServerError,
    Systeme,
    ValidationError,
)
from systeme_async.testing import Account, Faults, Sandbox

from .pair import now, tasks, turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

OFFICIAL: Final = "https://gateway.maton.ai"


def via(sandbox: Sandbox, **options: Any) -> Systeme:
    """Make a client of the sandbox's account that goes through its gateway."""
    maton = sandbox.maton
    return Systeme.via_maton(**{"api_key": maton.api_key, "base_url": maton.url, **options})


def control(sandbox: Sandbox, **options: Any) -> Maton:
    """Make a client of the sandbox's Maton account."""
    maton = sandbox.maton
    return Maton(**{"api_key": maton.api_key, "base_url": maton.url, **options})


def paths(sandbox: Sandbox) -> list[str]:
    """List what reached the gateway."""
    return [f"{request.method} {request.path}" for request in sandbox.maton.requests]


# Which account


async def test_the_connection_is_looked_up_once_and_pinned() -> None:
    """A hundred calls at once cost one lookup, and each names the connection."""
    async with Sandbox() as sandbox, via(sandbox) as systeme:
        await asyncio.gather(*(systeme.tags.list().first() for _ in range(100)))
        [connection] = sandbox.maton.connections
    lookups = [request for request in sandbox.maton.requests if request.path == "/connections"]
    assert [{"app": "systeme", "status": "ACTIVE"}] == [request.query for request in lookups]
    others = sandbox.maton.requests[1:]
    assert len(others) == 100
    assert {connection} == {request.headers.get("maton-connection") for request in others}


async def test_a_given_connection_is_not_looked_up() -> None:
    """Who names the connection spends nothing on finding it."""
    async with Sandbox() as sandbox:
        other = sandbox.maton.add_connection(account=Account())
        async with via(sandbox, connection=other.id) as systeme:
            await systeme.contacts.create("jane@example.com")
    assert paths(sandbox) == ["POST /systeme/api/contacts"]
    assert sandbox.account.contacts == {}


async def test_several_connections_have_to_be_told_apart() -> None:
    """With two active ones nothing is sent to either; the error lists their ids."""
    async with Sandbox() as sandbox, via(sandbox) as systeme:
        sandbox.maton.add_connection(account=Account())
        sandbox.maton.add_connection(status="PENDING")
        sandbox.maton.add_connection(app="active-campaign")
        with pytest.raises(ConfigurationError) as caught:
            await systeme.contacts.create("jane@example.com")
        first, second, *others = sandbox.maton.connections
    assert f"connection=…: {first}, {second}" in str(caught.value)
    assert not any(other in str(caught.value) for other in others)
    assert paths(sandbox) == ["GET /connections"]


async def test_no_connection() -> None:
    """Without an active connection the error says how to get one; the next call looks again."""
    async with Sandbox() as sandbox, via(sandbox) as systeme:
        [connection] = sandbox.maton.connections
        sandbox.maton.fail(connection)
        with pytest.raises(ConnectionMissingError, match="connections.create") as caught:
            await systeme.tags.ensure("VIP")
        assert caught.value.source == "maton"
        sandbox.maton.activate(connection)
        await systeme.tags.ensure("VIP")


async def test_a_deleted_connection_is_never_replaced_by_another() -> None:
    """The pinned connection is gone: an error, and no write into whatever account is next."""
    async with Sandbox() as sandbox, via(sandbox) as systeme, control(sandbox) as maton:
        [connection] = sandbox.maton.connections
        await systeme.tags.ensure("VIP")
        other = Account()
        sandbox.maton.add_connection(account=other)
        await maton.connections.delete(connection)
        with pytest.raises(ConnectionMissingError):
            await systeme.contacts.create("jane@example.com")
    assert other.effects == []


@pytest.mark.parametrize("status", [400, 404])
async def test_a_missing_connection_by_either_status(status: int) -> None:
    """Whether the gateway says 400 or 404, it is the same error, not retried."""
    async with Sandbox() as sandbox, via(sandbox, connection="nobody") as systeme:
        sandbox.maton.missing_status = status
        with pytest.raises(ConnectionMissingError) as caught:
            await systeme.tags.get(1)
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert sandbox.received == 0


async def test_whoever_is_cancelled_during_the_lookup_takes_nobody_along() -> None:
    """The first caller gives up, the second one gets its answer from the same lookup."""
    async with Sandbox(faults=Faults(latency=1)) as sandbox, via(sandbox) as systeme:
        first = asyncio.create_task(systeme.tags.list().first())
        second = asyncio.create_task(systeme.tags.list().first())
        await asyncio.sleep(0.5)
        first.cancel()
        assert await second is None
    assert paths(sandbox) == ["GET /connections", "GET /systeme/api/tags"]


async def test_a_deadline_covers_the_lookup() -> None:
    """A call that spends its time on the lookup ends at its deadline."""
    async with Sandbox(faults=Faults(latency=8)) as sandbox, via(sandbox, deadline=3) as systeme:
        with pytest.raises(DeadlineExceededError, match="connection"):
            await systeme.tags.list().first()
        assert now() == pytest.approx(3)


async def test_closing_during_the_lookup_leaves_nothing_behind() -> None:
    """The lookup ends with the client, and so does the call that waits for it."""
    async with Sandbox(faults=Faults(latency=8)) as sandbox:
        systeme = via(sandbox)
        call = asyncio.create_task(systeme.tags.list().first())
        await asyncio.sleep(1)
        await systeme.aclose()
        with pytest.raises(ClientStateError):
            await call
        await turns()
        assert not [name for name in tasks() if "Pin" in name or "look" in name]


async def test_a_copy_shares_the_pinned_connection() -> None:
    """`with_options` changes neither the account nor costs it another lookup."""
    async with Sandbox() as sandbox, via(sandbox) as systeme:
        await systeme.with_options(timeout=5).tags.list().first()
        await systeme.with_options(deadline=5).tags.list().first()
    assert paths(sandbox).count("GET /connections") == 1


# Keys and hosts


def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the machine's own environment says."""
    for name in ("MATON_API_KEY", "MATON_API_URL", "SYSTEME_API_KEY"):
        monkeypatch.delenv(name, raising=False)


MAKERS: Final[dict[str, Callable[..., Any]]] = {"Maton": Maton, "via_maton": Systeme.via_maton}
makers: Final = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@makers
def test_a_key_is_needed(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key the message names the variable and where keys are shown."""
    no_environment(monkeypatch)
    with pytest.raises(ConfigurationError, match="MATON_API_KEY.*maton.ai/settings"):
        make()


@makers
@pytest.mark.parametrize("setting", ["base_url", "control_url"])
def test_the_environments_key_goes_to_official_hosts_alone(
    make: Callable[..., Any], setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another gateway or another control plane gets the key that was passed, or none."""
    no_environment(monkeypatch)
    monkeypatch.setenv("MATON_API_KEY", "k" * 32)
    with pytest.raises(ConfigurationError, match="api_key"):
        make(**{setting: "https://maton.example.com"})
    make(**{setting: "https://maton.example.com", "api_key": "j" * 32})
    make(**{setting: "https://api.maton.ai"})


@makers
def test_the_environments_url(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """MATON_API_URL sets both hosts: the newer official one, or one that needs a passed key."""
    no_environment(monkeypatch)
    monkeypatch.setenv("MATON_API_KEY", "k" * 32)
    monkeypatch.setenv("MATON_API_URL", "https://api.maton.ai/")
    assert "https://api.maton.ai" in repr(make())
    monkeypatch.setenv("MATON_API_URL", "https://maton.example.com")
    with pytest.raises(ConfigurationError, match="api_key"):
        make()
    monkeypatch.setenv("MATON_API_URL", "http://maton.example.com")
    with pytest.raises(ConfigurationError, match="https"):
        make(api_key="j" * 32)


def test_the_default_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data goes to the gateway under the app's name, control to the control plane."""
    no_environment(monkeypatch)
    assert f"{OFFICIAL}/systeme" in repr(Systeme.via_maton(api_key="k" * 32))
    assert "https://ctrl.maton.ai" in repr(Maton(api_key="k" * 32))


@pytest.mark.parametrize("connection", ["", "a b", "a\r\nX-Evil: 1", "ä"])
def test_what_is_no_connection(connection: str) -> None:
    """An id that could not travel in a header is refused at once."""
    with pytest.raises(ConfigurationError, match="connection"):
        Systeme.via_maton(api_key="k" * 32, connection=connection)


def test_unknown_options_are_no_options() -> None:
    """A misspelt option is an error of the program's, as with any function."""
    with pytest.raises(TypeError, match="retries"):
        Systeme.via_maton(api_key="k" * 32, retries=3)  # type: ignore[call-arg]


async def test_the_wrong_key_of_maton() -> None:
    """Maton's own 401 says so and where to look, and is no native one."""
    async with Sandbox() as sandbox, via(sandbox, api_key="wrong" * 5) as systeme:
        with pytest.raises(AuthenticationError, match="maton.ai/settings") as caught:
            await systeme.tags.list().first()
    assert (caught.value.status, caught.value.source) == (401, "maton")
    assert sandbox.received == 0


# Whose error


async def test_an_error_of_the_account_is_the_accounts() -> None:
    """What Systeme.io refuses passes through with its class and its source."""
    async with Sandbox() as sandbox, via(sandbox) as systeme:
        with pytest.raises(NotFoundError) as missing:
            await systeme.contacts.get(7)
        with pytest.raises(ValidationError) as refused:
            await systeme.contacts.create("nobody@nowhere.invalid")
        sandbox.maton.revoke(next(iter(sandbox.maton.connections)))
        with pytest.raises(AuthenticationError) as denied:
            await systeme.contacts.get(7)
    errors = (missing.value, refused.value, denied.value)
    assert {"systeme"} == {error.source for error in errors}
    assert "public API key" in str(denied.value)


async def test_an_expired_authorization() -> None:
    """The gateway's 500 is a ServerError that tells how to mend the connection."""
    async with Sandbox() as sandbox, via(sandbox, max_attempts=2) as systeme:
        sandbox.maton.expire(next(iter(sandbox.maton.connections)))
        with pytest.raises(ServerError, match="new connection") as caught:
            await systeme.tags.list().first()
        assert (caught.value.source, caught.value.attempts) == ("maton", 2)
        with pytest.raises(OutcomeUnknownError) as doubt:
            await systeme.contacts.create("jane@example.com")
    cause = doubt.value.__cause__
    assert isinstance(cause, APIError)
    assert cause.source == "maton"


async def test_an_unknown_path_of_the_gateways() -> None:
    """A base_url that leads nowhere is named as what it is."""
    async with Sandbox() as sandbox:
        url = f"{sandbox.maton.url}/elsewhere"
        async with via(sandbox, base_url=url, connection="x") as systeme:
            with pytest.raises(NotFoundError, match="base_url") as caught:
                await systeme.tags.get(1)
    assert caught.value.source == "maton"


@pytest.mark.parametrize("fault", ["lost", "reset", "truncated", "failed", "html"])
async def test_faults_behind_the_gateway(fault: Any) -> None:
    """A creation in doubt is settled through the gateway as it is natively."""
    async with Sandbox() as sandbox, via(sandbox) as systeme:
        sandbox.inject(fault, method="POST")
        tag = await systeme.tags.ensure("VIP")
    assert list(sandbox.account.tags) == [tag.id]


# Two budgets


@pytest.mark.parametrize("passes", [True, False])
async def test_no_second_holds_more_than_ten(*, passes: bool) -> None:
    """A hundred calls at once under no quota: not one 429 of Maton's."""
    async with Sandbox(faults=Faults(latency=0.3)) as sandbox, via(sandbox) as systeme:
        sandbox.maton.passes_headers = passes
        await asyncio.gather(*(systeme.tags.list().first() for _ in range(100)))
        assert now() < 100 * 0.125 + 2
    assert sandbox.maton.throttled == 0
    assert sandbox.received == 100


async def test_the_accounts_quota_is_kept_through_the_gateway() -> None:
    """Sixty a minute natively are sixty a minute through Maton, without a 429 of either."""
    async with Sandbox(quota=Quota(60)) as sandbox, via(sandbox) as systeme:
        await asyncio.gather(*(systeme.tags.list().first() for _ in range(150)))
        assert 120 <= now() <= 135
    assert (sandbox.throttled, sandbox.maton.throttled) == (0, 0)


@pytest.mark.parametrize("says", [True, False])
async def test_a_429_of_matons_pauses_maton_alone(*, says: bool) -> None:
    """The account's budget is not touched, and the call succeeds after a short pause."""
    async with Sandbox(quota=Quota(60)) as sandbox, via(sandbox) as systeme:
        await systeme.tags.list().first()
        left = systeme.budget.snapshot().remaining
        sandbox.maton.retry_after = says
        sandbox.maton.inject("throttle")
        began = now()
        await systeme.tags.list().first()
        snapshot = systeme.budget.snapshot()
        assert 1 <= now() - began <= 35
    assert left is not None
    assert snapshot.remaining == left - 1
    assert (snapshot.throttled, snapshot.paused_until) == (0, None)
    assert sandbox.received == 2


async def test_a_429_of_the_accounts_pauses_the_account() -> None:
    """The upstream's 429, passed through, is the account's: its Retry-After is obeyed."""
    async with Sandbox(quota=Quota(60)) as sandbox, via(sandbox) as systeme:
        await systeme.tags.list().first()
        sandbox.inject("throttle")
        began = now()
        await systeme.tags.list().first()
        assert now() - began >= 30
        assert systeme.budget.snapshot().throttled == 1


async def test_a_429_that_may_not_be_waited_for() -> None:
    """With one attempt, Maton's 429 is raised with its source and the time to come back."""
    async with Sandbox() as sandbox, via(sandbox, max_attempts=1) as systeme:
        await systeme.tags.list().first()
        sandbox.maton.inject("throttle")
        with pytest.raises(RateLimitedError, match="ten requests a second") as caught:
            await systeme.tags.list().first()
    assert caught.value.source == "maton"
    assert caught.value.retry_at is not None


async def test_a_write_that_maton_throttled_was_not_sent() -> None:
    """A creation refused by the gateway's ceiling is safe to repeat, and is repeated."""
    async with Sandbox() as sandbox, via(sandbox) as systeme:
        await systeme.tags.list().first()
        sandbox.maton.inject("throttle", method="POST")
        await systeme.contacts.create("jane@example.com")
    assert [str(change) for change in sandbox.account.effects] == ["created contact 1001"]


async def test_an_import_through_the_gateway() -> None:
    """A bulk job travels like any call: pinned, within both budgets, nothing doubled."""
    rows = [{"email": f"p{number}@example.com"} for number in range(40)]
    async with Sandbox(quota=Quota(60)) as sandbox, via(sandbox) as systeme:
        report = await systeme.bulk.import_contacts(rows, tags=["VIP"]).run()
    assert (report.created, report.throttled) == (40, 0)
    assert sandbox.maton.throttled == 0
    assert not any(request.own_key for request in sandbox.maton.requests)


# The control plane


async def test_the_life_of_a_connection() -> None:
    """Created, waited for, listed, used, deleted."""
    async with Sandbox() as sandbox, control(sandbox) as maton:
        sandbox.maton.activation_delay = 7
        created = await maton.connections.create("systeme")
        assert (created.status, created.app) == ("PENDING", "systeme")
        assert created.url is not None
        assert created.created_at is not None
        active = await maton.connections.wait_until_active(created.id)
        assert (active.id, active.status) == (created.id, "ACTIVE")
        assert now() == pytest.approx(8, abs=1)
        listed = await maton.connections.list(app="systeme", status="ACTIVE").collect()
        assert created.id in [connection.id for connection in listed]
        await maton.connections.delete(created.id)
        with pytest.raises(ConnectionMissingError) as caught:
            await maton.connections.get(created.id)
    assert caught.value.source == "maton"


@pytest.mark.parametrize(
    ("form", "requests"),
    [("wrapped", ["POST /connections"]), ("flat", ["POST /connections"]), ("bare", None)],
)
async def test_each_form_of_the_answer(form: Any, requests: list[str] | None) -> None:
    """Wrapped or flat, with its url or without: the same connection comes out."""
    async with Sandbox() as sandbox, control(sandbox) as maton:
        sandbox.maton.answer_form = form
        created = await maton.connections.create("systeme")
        assert created.url is not None
        assert created.url.startswith("https://connect.maton.ai/")
    assert paths(sandbox) == (requests or ["POST /connections", f"GET /connections/{created.id}"])


async def test_the_url_is_hidden(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever has the url can authorize the connection: no repr and no log shows it."""
    caplog.set_level("DEBUG")
    async with Sandbox() as sandbox, control(sandbox) as maton:
        created = await maton.connections.create("systeme")
        assert created.url is not None
        token = created.url.partition("session_token=")[2]
        assert len(token) > 8
        shown = [repr(created), str(created), f"{[created]}", caplog.text, repr(maton)]
    assert not any(token in text for text in shown)


async def test_a_connection_that_fails() -> None:
    """Waiting ends at once where nothing is to be hoped for."""
    async with Sandbox() as sandbox, control(sandbox) as maton:
        created = await maton.connections.create("systeme")
        waiting = asyncio.create_task(maton.connections.wait_until_active(created.id))
        await asyncio.sleep(5)
        sandbox.maton.fail(created.id)
        with pytest.raises(ConnectionMissingError, match="FAILED"):
            await waiting
        assert now() <= 7


async def test_a_connection_that_nobody_authorizes() -> None:
    """Waiting ends after its timeout, looking every two seconds, and says what is missing."""
    async with Sandbox() as sandbox, control(sandbox) as maton:
        created = await maton.connections.create("systeme")
        with pytest.raises(DeadlineExceededError, match="open its url"):
            await maton.connections.wait_until_active(created.id, timeout=10)
        assert now() == pytest.approx(10, abs=0.1)
    assert len(paths(sandbox)) == 1 + 5


BAD: Final[list[Callable[[Maton], Awaitable[object]]]] = [
    lambda maton: maton.connections.create(""),
    lambda maton: maton.connections.get(""),
    lambda maton: maton.connections.get(".."),
    lambda maton: maton.connections.delete("."),
    lambda maton: maton.connections.wait_until_active("x", timeout=0),
]


@pytest.mark.parametrize("call", BAD)
async def test_bad_input_costs_nothing(call: Callable[[Maton], Awaitable[object]]) -> None:
    """What can't work is refused before a request."""
    async with Sandbox() as sandbox, control(sandbox) as maton:
        with pytest.raises(ConfigurationError):
            await call(maton)
    assert paths(sandbox) == []


async def test_an_id_stays_in_its_segment() -> None:
    """An id with a slash asks for a connection of that name, not for another path."""
    async with Sandbox() as sandbox, control(sandbox) as maton:
        with pytest.raises(ConnectionMissingError):
            await maton.connections.get("../connections")
    assert paths(sandbox) == ["GET /connections/..%2Fconnections"]


async def test_the_wrong_key_on_the_control_plane() -> None:
    """The control plane's 401 is Maton's."""
    async with Sandbox() as sandbox, control(sandbox, api_key="wrong" * 5) as maton:
        with pytest.raises(AuthenticationError) as caught:
            await maton.connections.list().collect()
    assert caught.value.source == "maton"


async def test_an_answer_that_is_no_connection() -> None:
    """A web page in place of the API's answer is a DecodeError."""
    async with Sandbox() as sandbox, control(sandbox) as maton:
        sandbox.maton.inject("html")
        with pytest.raises(DecodeError):
            await maton.connections.list().collect()

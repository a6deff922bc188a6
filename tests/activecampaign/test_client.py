"""The client: which account, which key may go where, and the gateway in front of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

import pytest
from wire.raw import RawServer, answer

from systeme_async import (
    ActiveCampaign,
    AuthenticationError,
    ConfigurationError,
    DecodeError,
    NotFoundError,
    Quota,
    RateLimitedError,
)
from systeme_async.activecampaign import models

from .servers import client

if TYPE_CHECKING:
    from collections.abc import Mapping

URL: Final = "https://acme.api-us1.com"
ME: Final = answer(200, {"user": {"id": "1", "email": "admin@example.com"}})


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take whatever the machine has set out of the way."""
    for name in ("ACTIVECAMPAIGN_URL", "ACTIVECAMPAIGN_API_KEY", "MATON_API_KEY", "MATON_API_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "url", [URL, f"{URL}/", f"{URL}/api/3", f"{URL}/api/3/", "https://acme.api-us1.com:443"]
)
def test_the_url_is_taken_as_people_find_it(url: str) -> None:
    """With or without the path of the API, and a slash behind it."""
    origin = repr(ActiveCampaign(url=url, api_key="k")).removesuffix(">").rpartition(" ")[2]
    assert origin in {URL, f"{URL}:443"}


@pytest.mark.parametrize(
    ("settings", "environment", "words"),
    [
        ({}, {}, "no url: pass url=…, or set ACTIVECAMPAIGN_URL"),
        ({"url": ""}, {}, "no url"),
        ({"url": "acme"}, {}, "is no URL"),
        ({"url": 5}, {}, "give the API URL as a text"),
        *(
            ({"url": f"{URL}{path}", "api_key": "k"}, {}, "has the path")
            for path in ("/api/3/contacts", "/admin", "/API/3", "/api", "/api/3/x/api/3", "//api/3")
        ),
        ({"url": "http://acme.api-us1.com", "api_key": "k"}, {}, "in the clear"),
        ({"url": URL}, {}, "no key: pass api_key=…, or set ACTIVECAMPAIGN_API_KEY"),
        ({"url": URL, "api_key": ""}, {}, "no key"),
        ({"url": URL, "api_key": "k\n"}, {}, "api_key"),
        ({"url": "https://evil.example"}, {"API_KEY": "k"}, "official hosts alone"),
        ({"url": "https://api-us1.com.evil.example"}, {"API_KEY": "k"}, "official hosts alone"),
        ({"url": URL, "api_key": "k", "concurrency": 0}, {}, "concurrency=0"),
    ],
)
def test_settings_that_can_not_work_are_refused(
    settings: dict[str, Any],
    environment: Mapping[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before anything is sent, with a word on where to find what is missing."""
    for name, value in environment.items():
        monkeypatch.setenv(f"ACTIVECAMPAIGN_{name}", value)
    with pytest.raises(ConfigurationError, match=words):
        ActiveCampaign(**settings)


def test_a_key_of_the_environment_goes_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    """To official hosts, and to whatever url stands beside it in the environment."""
    monkeypatch.setenv("ACTIVECAMPAIGN_API_KEY", "k")
    assert ActiveCampaign(url=URL)
    monkeypatch.setenv("ACTIVECAMPAIGN_URL", "https://account.example")
    assert "https://account.example" in repr(ActiveCampaign())


def test_a_key_is_never_shown() -> None:
    """Not by the client, and not by an error that is raised over its settings."""
    assert "top-secret" not in repr(ActiveCampaign(url=URL, api_key="top-secret"))
    with pytest.raises(ConfigurationError) as caught:
        ActiveCampaign(url=URL, api_key="top secret\n")
    assert "top secret" not in str(caught.value)


@pytest.mark.anyio
async def test_through_maton_the_account_needs_no_key() -> None:
    """Maton's key, the connection and the app's path; nothing of the account's."""
    async with (
        RawServer(ME) as server,
        ActiveCampaign.via_maton(
            api_key="key-of-maton", connection="c-1", base_url=server.url
        ) as account,
    ):
        assert 1 == (await account.users.me()).id
    [delivery] = server.deliveries
    assert "/active-campaign/api/3/users/me" == delivery.target
    assert ("Bearer key-of-maton", "c-1") == (
        delivery.headers["authorization"],
        delivery.headers["maton-connection"],
    )
    assert "api-token" not in delivery.headers


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "body", "kind", "source"),
    [
        (401, {"message": "Invalid API key"}, AuthenticationError, "maton"),
        (403, {"message": "Forbidden"}, AuthenticationError, "activecampaign"),
        (404, {"message": "No Result found for User with id 1"}, NotFoundError, "activecampaign"),
    ],
)
async def test_through_maton_it_is_told_who_refused(
    status: int, body: Any, kind: type[Any], source: str
) -> None:
    """The gateway, or the account behind it."""
    async with (
        RawServer(answer(status, body)) as server,
        ActiveCampaign.via_maton(
            api_key="key-of-maton", connection="c", base_url=server.url
        ) as account,
    ):
        with pytest.raises(kind) as caught:
            await account.users.me()
    assert source == caught.value.source


@pytest.mark.anyio
async def test_a_patch_of_any_kind_is_plain_json() -> None:
    """A merge patch is what another API wants."""
    async with RawServer(ME) as server, client(server) as account:
        await account.request("PATCH", "/api/3/contacts/1", json={"contact": {"phone": "1"}})
    assert "application/json" == server.deliveries[0].headers["content-type"]


@pytest.mark.anyio
async def test_a_call_that_never_left_is_the_accounts() -> None:
    """What its quota refuses is not told as somebody else's."""
    async with RawServer(ME) as server, client(server, quota=Quota(1), max_wait=0) as account:
        await account.users.me()
        with pytest.raises(RateLimitedError) as caught:
            await account.users.me()
    assert ("activecampaign", 1) == (caught.value.source, len(server.deliveries))


@pytest.mark.anyio
async def test_a_redirect_names_the_setting() -> None:
    """It is called url here."""
    away = answer(301, None, "Location: https://elsewhere.example/")
    async with RawServer(away) as server, client(server) as account:
        with pytest.raises(DecodeError, match="or url"):
            await account.users.me()


@pytest.mark.anyio
async def test_a_copy_has_all_resources() -> None:
    """It behaves differently, on the same session."""
    async with RawServer(ME) as server, client(server) as account:
        copy = account.with_options(timeout=3)
        assert 1 == (await copy.users.me()).id
        assert type(copy.bulk_imports) is type(account.bulk_imports)
        await copy.aclose()


# Instants


CDT: Final = timezone(-timedelta(hours=5))
TEXT: Final = "2026-05-28T03:05:54-05:00"
WHEN: Final = datetime(2026, 5, 28, 3, 5, 54, tzinfo=CDT)


@pytest.mark.parametrize(
    ("made", "names"),
    [
        (models.Contact(id=1, cdate=TEXT, udate=TEXT), ["created_at", "updated_at"]),
        (models.Tag(id=1, cdate=TEXT), ["created_at"]),
        (models.ContactTag(id=1, tag=1, cdate=TEXT), ["created_at"]),
        (
            models.ContactList(id=1, list=1, sdate=TEXT, udate=TEXT),
            ["subscribed_at", "unsubscribed_at"],
        ),
        (models.Field(id=1, cdate=TEXT), ["created_at"]),
        (models.List(id=1, cdate=TEXT), ["created_at"]),
        (models.Deal(id=1, cdate=TEXT, mdate=TEXT), ["created_at", "updated_at"]),
        (models.DealStage(id=1, cdate=TEXT), ["created_at"]),
        (models.DealGroup(id=1, cdate=TEXT), ["created_at"]),
        (
            models.Account(id=1, created_timestamp=TEXT, updated_timestamp=TEXT),
            ["created_at", "updated_at"],
        ),
        (models.Note(id=1, cdate=TEXT, mdate=TEXT), ["created_at", "updated_at"]),
        (models.Automation(id=1, cdate=TEXT, mdate=TEXT), ["created_at", "updated_at"]),
        (
            models.ContactAutomation(id=1, adddate=TEXT, remdate=TEXT),
            ["entered_at", "left_at"],
        ),
        (models.Campaign(id=1, cdate=TEXT, sdate=TEXT), ["created_at", "sent_at"]),
    ],
)
def test_instants_are_aware(made: Any, names: list[str]) -> None:
    """What comes with an offset is read with it."""
    assert [WHEN] * len(names) == [getattr(made, name) for name in names]


@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            "soon",
            "2026-13-01",
            "1",
            "28/05/2026",
            "1716864000",
            "-0001-11-30T00:00:00-06:00",
        ),
        *("2026-05-28 03:05:54", "2026-05-28T03:05:54", "2026-05-28", "20260528"),
    ],
)
def test_what_is_no_instant_is_none(text: str | None) -> None:
    """No contact fails for it, and what has no offset is nobody's time: it is never naive."""
    assert models.Contact(id=1, cdate=text).created_at is None

"""Webhooks as they are registered: secrets that never show, events with their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async import (
    AlreadyExistsError,
    ConfigurationError,
    NotFoundError,
    Secret,
    ValidationError,
)
from systeme_async.testing import Sandbox

from .contract import WEBHOOK, prepared
from .pair import calls, client

if TYPE_CHECKING:
    from systeme_async.drafts import EventChoice

pytestmark = pytest.mark.anyio

URL: Final = "https://example.com/new"
SECRET: Final = "a-secret-of-some-length"


@pytest.mark.parametrize("secret", [SECRET, Secret(SECRET)])
async def test_a_webhook_is_registered(secret: str | Secret) -> None:
    """It comes back with its id and its events, and without its secret."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        webhook = await systeme.webhooks.create("New", URL, secret, ["CONTACT_CREATED"])
        assert await systeme.webhooks.get(webhook.id) == webhook
        assert await systeme.webhooks.list().collect() == [webhook]
    assert (webhook.name, webhook.url, webhook.active) == ("New", URL, True)
    assert ["CONTACT_CREATED"] == [one.event for one in webhook.subscriptions]
    assert SECRET not in repr(webhook)
    assert SECRET == sandbox.account.webhooks[webhook.id].secret


async def test_each_event_travels_with_its_version() -> None:
    """A name stands for the version that the server takes by itself; a pair names one."""
    events: list[EventChoice] = [
        "CONTACT_CREATED", "CONTACT_OPT_IN", "CONTACT_TAG_ADDED", "CONTACT_TAG_REMOVED",
        "SALE_NEW", ("SALE_CANCELED", 2),
    ]  # fmt: skip
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.webhooks.create("New", URL, SECRET, iter(events))
    body = sandbox.requests[0].body
    assert isinstance(body, dict)
    sent = [(one["event"], one["schemaVersion"]) for one in body["subscriptions"]]
    assert [
        ("CONTACT_CREATED", 1), ("CONTACT_OPT_IN", 1), ("CONTACT_TAG_ADDED", 1),
        ("CONTACT_TAG_REMOVED", 1), ("SALE_NEW", 2), ("SALE_CANCELED", 2),
    ] == sent  # fmt: skip


IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "an unknown event": {"events": ["CONTACT_BORN"]},
    "events as one text": {"events": "SALE_NEW"},
    "no event": {"events": []},
    "a version that is none": {"events": [("SALE_NEW", 0)]},
    "no secret": {"secret": ""},
    "no name": {"name": ""},
    "an address in the clear": {"url": "http://example.com/hook"},
    "an address that is none": {"url": "example.com/hook"},
    "an address with a blank": {"url": "https://example.com/a b"},
    "an address of another kind": {"url": "ftp://example.com"},
    "an address that is broken": {"url": "https://[::1"},
}


@pytest.mark.parametrize("change", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
async def test_what_cannot_work_costs_nothing(change: dict[str, Any]) -> None:
    """It is refused before a request, and no message shows the secret."""
    values = {"name": "New", "url": URL, "secret": SECRET, "events": ["SALE_NEW"], **change}
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError) as caught:
            await systeme.webhooks.create(**values)
    assert SECRET not in str(caught.value)
    assert calls(sandbox) == []


async def test_a_secret_of_the_wrong_type_does_not_show() -> None:
    """Bytes are refused without being repeated."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError) as caught:
            await systeme.webhooks.create("New", URL, SECRET.encode(), ["SALE_NEW"])  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)
    assert calls(sandbox) == []


async def test_changes() -> None:
    """What is given is sent and nothing else; the events are replaced as a whole."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        changed = await systeme.webhooks.update(
            WEBHOOK, name="Renamed", events=["CONTACT_CREATED"], active=False
        )
        assert (changed.name, changed.active) == ("Renamed", False)
        assert ["CONTACT_CREATED"] == [one.event for one in changed.subscriptions]
        await systeme.webhooks.update(WEBHOOK, secret="another")
        assert sandbox.account.webhooks[WEBHOOK].secret == "another"
        with pytest.raises(ConfigurationError, match="secret is empty"):
            await systeme.webhooks.update(WEBHOOK, secret="")
        await systeme.webhooks.delete(WEBHOOK)
        with pytest.raises(NotFoundError):
            await systeme.webhooks.get(WEBHOOK)


async def test_names_and_addresses_are_unique() -> None:
    """The second webhook of one name or one address is an AlreadyExistsError."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.webhooks.create("New", URL, SECRET, ["SALE_NEW"])
        for name, url in (("New", f"{URL}er"), ("Newer", URL)):
            with pytest.raises(AlreadyExistsError):
                await systeme.webhooks.create(name, url, SECRET, ["SALE_NEW"])


async def test_there_are_ten_at_most() -> None:
    """The eleventh is refused by the server, in its words."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for number in range(10):
            await systeme.webhooks.create(f"{number}", f"{URL}/{number}", SECRET, ["SALE_NEW"])
        with pytest.raises(ValidationError):
            await systeme.webhooks.create("11", f"{URL}/11", SECRET, ["SALE_NEW"])


async def test_an_id_stays_in_its_segment() -> None:
    """An id with a slash asks for a webhook of that name, not for another path."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(NotFoundError):
            await systeme.webhooks.delete("../contacts/1001")
        with pytest.raises(ConfigurationError):
            await systeme.webhooks.get("..")
    assert calls(sandbox) == ["DELETE /api/webhooks/..%2Fcontacts%2F1001"]

"""Communities and memberships of the account, which come some time after they are asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.errors import ConfigurationError
from systeme_async.testing import Account, Sandbox
from systeme_async.testing.call import DAWN

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    Ask = Callable[..., Any]
    Connect = Callable[[Sandbox], aiohttp.ClientSession]


def after(seconds: float) -> dict[str, Any]:
    """Return the time of a call."""
    return {"at": DAWN + timedelta(seconds=seconds)}


def account_of(**options: Any) -> Account:
    """Open an account with Jane and Bob and two communities."""
    account = Account(**options)
    account.add_contact("jane@example.com")
    account.add_contact("bob@example.com")
    account.add_community("Club", domain_name="me.systeme.io")
    account.add_community("Choir")
    return account


def test_communities_are_listed(ask: Ask) -> None:
    """A listing has every property of a community, and finds parts of names."""
    account = account_of()
    assert ask(account, "LIST_COMMUNITIES").ids == [40_002, 40_001]
    assert ask(account, "LIST_COMMUNITIES", query={"query": "cLu"}).value["items"] == [
        {
            "id": 40_001,
            "name": "Club",
            "path": "community-40001",
            "domainName": "me.systeme.io",
        }
    ]


def test_a_membership_comes_later(ask: Ask) -> None:
    """Joining answers 202 without a body; the membership is there after the delay."""
    account = account_of()
    reply = ask(account, "CREATE_MEMBERSHIP", {"contactId": 1001}, community=40_001, **after(10))
    assert (reply.status, reply.value) == (202, None)
    assert account.effects == [("added contact", "1001 to community 40001")]
    assert ask(account, "LIST_MEMBERSHIPS", **after(11.9)).ids == []
    assert ask(account, "DELETE_MEMBERSHIP", membership=45_001, **after(11.9)).status == 404
    assert ask(account, "LIST_MEMBERSHIPS", **after(12)).value["items"] == [
        {
            "id": 45_001,
            "community": {
                "id": 40_001,
                "name": "Club",
                "path": "community-40001",
                "domainName": "me.systeme.io",
            },
            "contact": {"id": 1001},
        }
    ]
    assert len(account.effects) == 1


def test_without_a_delay_a_membership_is_there_at_once(ask: Ask) -> None:
    """Nobody has to ask for it first."""
    account = account_of(membership_delay=0)
    ask(account, "CREATE_MEMBERSHIP", {"contactId": 1001}, community=40_001)
    assert [one.contact for one in account.memberships.values()] == [1001]


def test_memberships_come_in_the_order_of_their_times(ask: Ask) -> None:
    """The delay may be changed under way; who waits less is a member earlier."""
    account = account_of(membership_delay=60)
    ask(account, "CREATE_MEMBERSHIP", {"contactId": 1001}, community=40_001, **after(0))
    account.membership_delay = 1
    ask(account, "CREATE_MEMBERSHIP", {"contactId": 1002}, community=40_001, **after(1))
    page = ask(account, "LIST_MEMBERSHIPS", query={"order": "asc"}, **after(60))
    assert [item["contact"]["id"] for item in page.value["items"]] == [1002, 1001]


@pytest.mark.parametrize(
    ("community", "body", "status", "detail"),
    [
        (9, {"contactId": 1001}, 404, "Not Found"),
        (40_001, {}, 422, "contactId: This value should not be blank."),
        (40_001, {"contactId": 7}, 422, "contactId: Contact with ID 7 not found."),
    ],
)
def test_a_wrong_membership_is_refused(
    ask: Ask, community: int, body: dict[str, object], status: int, detail: str
) -> None:
    """An unknown community is a 404, an unknown contact or none a 422."""
    account = account_of()
    reply = ask(account, "CREATE_MEMBERSHIP", body, community=community)
    assert (reply.status, reply.detail) == (status, detail)
    assert account.effects == []


def test_a_contact_joins_once(ask: Ask) -> None:
    """A second time is refused while the first is under way, and as long as it lasts."""
    account = account_of()
    jane = {"contactId": 1001}
    words = "contactId: This contact is already a member of this community."
    assert ask(account, "CREATE_MEMBERSHIP", jane, community=40_001).status == 202
    for seconds in (0, 100):
        again = ask(account, "CREATE_MEMBERSHIP", jane, community=40_001, **after(seconds))
        assert (again.status, again.detail) == (422, words)
    assert ask(account, "CREATE_MEMBERSHIP", jane, community=40_002).status == 202
    assert ask(account, "DELETE_MEMBERSHIP", membership=45_001, **after(100)).status == 204
    assert ask(account, "CREATE_MEMBERSHIP", jane, community=40_001, **after(100)).status == 202


def test_memberships_are_filtered(ask: Ask) -> None:
    """By community, by contact and by both; somebody unknown has none."""
    account = account_of(membership_delay=0)
    for contact, community in [(1001, 40_001), (1001, 40_002), (1002, 40_001)]:
        ask(account, "CREATE_MEMBERSHIP", {"contactId": contact}, community=community)
    for query, ids in [
        ({}, [45_003, 45_002, 45_001]),
        ({"community": 40_001}, [45_003, 45_001]),
        ({"contact": 1001}, [45_002, 45_001]),
        ({"contact": 1002, "community": 40_001}, [45_003]),
        ({"contact": 7}, []),
        ({"startingAfter": 45_002}, [45_001]),
    ]:
        assert ask(account, "LIST_MEMBERSHIPS", query=query).ids == ids
    assert ask(account, "LIST_MEMBERSHIPS", query={"community": "x"}).status == 422


def test_a_deleted_contact_leaves_its_communities(ask: Ask) -> None:
    """Memberships go with the contact, those under way too."""
    account = account_of()
    for community in (40_001, 40_002):
        ask(account, "CREATE_MEMBERSHIP", {"contactId": 1001}, community=community)
        ask(account, "LIST_MEMBERSHIPS", **after(2 if community == 40_001 else 1))
    ask(account, "CREATE_MEMBERSHIP", {"contactId": 1002}, community=40_001)
    ask(account, "DELETE_CONTACT", contact=1001)
    page = ask(account, "LIST_MEMBERSHIPS", **after(100))
    assert [item["contact"]["id"] for item in page.value["items"]] == [1002]


@pytest.mark.parametrize("delay", [-1, float("nan"), float("inf")])
def test_an_impossible_delay_is_refused(delay: float) -> None:
    """It is said when the account is opened, not when somebody joins."""
    with pytest.raises(ConfigurationError, match="membership_delay"):
        Account(membership_delay=delay)


@pytest.mark.anyio
async def test_joining_is_answered_without_a_body(connect: Connect) -> None:
    """On the wire a 202 is empty, and polling finds the membership."""
    account = account_of(membership_delay=0)
    path = "/api/community/communities/40001/memberships"
    async with Sandbox(account=account) as sandbox, connect(sandbox) as http:
        async with http.post(path, json={"contactId": 1001}) as answer:
            assert (answer.status, await answer.read()) == (202, b"")
            assert "Content-Type" not in answer.headers
        async with http.get("/api/community/memberships", params={"contact": "1001"}) as answer:
            assert [item["id"] for item in (await answer.json())["items"]] == [45_001]
    assert [one.effect for one in sandbox.requests] == [
        "added contact 1001 to community 40001",
        "",
    ]

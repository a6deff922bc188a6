"""Automations, campaigns, users and registered webhooks of ActiveCampaign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Line

pytestmark = pytest.mark.anyio

REFUSED = (403, {"message": "Could not create SubscriberSeries"})
HOOK = {
    "name": "Mine",
    "url": "https://example.com/hook",
    "events": ["subscribe", "contact_tag_added"],
    "sources": ["public", "admin"],
}


def entry(contact: object, automation: object) -> dict[str, Any]:
    """Wrap a contactAutomation as it is sent."""
    return {"contactAutomation": {"contact": contact, "automation": automation}}


async def test_automations_are_listed(line: Line) -> None:
    """Whether one is active is a text; what one does is told nowhere."""
    line.account.add_automation("Welcome")
    line.account.add_automation("Goodbye", active=False)
    _, page = await line.get("automations")
    assert [(one["name"], one["status"]) for one in page["automations"]] == [
        ("Welcome", "1"),
        ("Goodbye", "0"),
    ]
    assert page["meta"] == {"starts": [], "filtered": False, "smsLogs": [], "total": "2"}
    assert (await line.get("automations/602"))[1]["automation"]["name"] == "Goodbye"
    assert (await line.get("automations/7"))[0] == 404


async def test_a_contact_enters_an_automation_once(line: Line) -> None:
    """A second time is refused in its own words, unless the automation allows it."""
    line.account.add_contact("jane@example.com")
    line.account.add_automation("Welcome")
    line.account.add_automation("Often", many_times=True)
    status, answer = await line.post("contactAutomations", entry("1001", "601"))
    run = answer["contactAutomation"]
    assert (status, run["contact"], run["automation"], run["seriesid"]) == (201, 1001, "601", 601)
    assert await line.post("contactAutomations", entry(1001, 601)) == REFUSED
    statuses = [(await line.post("contactAutomations", entry(1001, 602)))[0] for _ in range(2)]
    assert statuses == [201, 201]
    _, page = await line.get("contactAutomations", {"filters[seriesid]": "601"})
    assert [(one["contact"], one["status"]) for one in page["contactAutomations"]] == [
        ("1001", "1")
    ]
    assert line.account.automations[602].entered == 2


@pytest.mark.parametrize(("contact", "automation"), [(7, 601), (1001, 7), (1001, 602)])
async def test_not_everybody_enters_everything(line: Line, contact: int, automation: int) -> None:
    """An unknown contact or automation, or one that is off, is a 403."""
    line.account.add_contact("jane@example.com")
    line.account.add_automation("Welcome")
    line.account.add_automation("Off", active=False)
    assert await line.post("contactAutomations", entry(contact, automation)) == REFUSED


async def test_a_contact_is_taken_out(line: Line) -> None:
    """An unknown id is a 403 under an inner name."""
    line.account.add_contact("jane@example.com")
    line.account.add_automation("Welcome")
    await line.post("contactAutomations", entry(1001, 601))
    assert await line.send("DELETE", "contactAutomations/8000001") == (200, {})
    said = {"message": "No Result found for SubscriberSeries with id 8000001"}
    assert await line.send("DELETE", "contactAutomations/8000001") == (403, said)
    assert (await line.post("contactAutomations", entry(1001, 601)))[0] == 201


async def test_tags_and_lists_start_automations(line: Line) -> None:
    """Requests do, and what follows can be looked for."""
    news = line.account.add_list("News").id
    line.account.add_contact("jane@example.com")
    line.account.add_automation("Greeting", on_tag="VIP")
    line.account.add_automation("Welcome", on_list=news)
    await line.post("contactTags", {"contactTag": {"contact": 1001, "tag": 11}})
    body = {"contactList": {"contact": 1001, "list": news, "status": 1}}
    await line.post("contactLists", body)
    assert [run.automation for run in line.account.runs.values()] == [601, 602]
    _, page = await line.get("contacts", {"seriesid": "602"})
    assert [one["id"] for one in page["contacts"]] == ["1001"]


async def test_campaigns_are_looked_at(line: Line) -> None:
    """Their counters are texts."""
    line.account.add_campaign("Later")
    sent = line.account.add_campaign("Sent", sent_at=datetime(2026, 1, 5, tzinfo=UTC))
    sent.opens, sent.automation = 7, 601
    _, page = await line.get("campaigns", {"orders[sdate]": "DESC"})
    assert [one["name"] for one in page["campaigns"]] == ["Sent", "Later"]
    shown = page["campaigns"][0]
    assert (shown["opens"], shown["status"], shown["hardbounces"]) == ("7", "5", "0")
    assert shown["sdate"] == "2026-01-04T19:00:00-05:00"
    _, page = await line.get("campaigns", {"filters[seriesid]": "601"})
    assert [one["name"] for one in page["campaigns"]] == ["Sent"]
    assert (await line.get("campaigns/701"))[1]["campaign"]["sdate"] is None
    assert (await line.get("campaigns/7"))[0] == 404


async def test_the_key_is_the_first_users(line: Line) -> None:
    """He is there from the beginning, and stays who one is."""
    line.account.add_user("jane")
    assert (await line.get("users/me"))[1]["user"]["username"] == "admin"
    assert (await line.get("users/2"))[1]["user"]["email"] == "jane@example.com"
    _, page = await line.get("users")
    assert [one["id"] for one in page["users"]] == ["1", "2"]
    assert (await line.get("users/7"))[0] == 404
    assert (await line.get("users/email/JANE@example.com"))[1]["user"]["id"] == "2"
    assert (await line.get("users/email/joe@example.com"))[0] == 404


# Webhooks


async def test_a_webhook_is_registered(line: Line) -> None:
    """For all lists unless it says for which; read again, the list is a text."""
    status, answer = await line.post("webhooks", {"webhook": HOOK})
    assert (status, answer["webhook"]["id"], answer["webhook"]["listid"]) == (201, "801", 0)
    _, shown = await line.get("webhooks/801")
    assert shown["webhook"]["listid"] == "0"
    assert {name: shown["webhook"][name] for name in HOOK} == HOOK


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "field_missing"),
        ({"url": None}, "field_missing"),
        ({"events": []}, "field_missing"),
        ({"sources": None}, "field_missing"),
        ({"events": ["contact_created"]}, "field_invalid"),
        ({"sources": ["everybody"]}, "field_invalid"),
        ({"url": "http://example.com/hook"}, "field_invalid"),
        ({"url": "https://example.com:8443/hook"}, "field_invalid"),
        ({"url": "https://example.com:x/hook"}, "field_invalid"),
        ({"url": "hook"}, "field_invalid"),
    ],
)
async def test_a_webhook_must_be_whole(line: Line, changes: dict[str, Any], code: str) -> None:
    """There is no event for a new contact, and no address but https on its own port."""
    status, answer = await line.post("webhooks", {"webhook": {**HOOK, **changes}})
    assert (status, answer["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize(
    "url", ["https://example.com:443/hook", "http://127.0.0.1:8080/hook", "http://localhost/hook"]
)
async def test_on_this_machine_any_address_will_do(line: Line, url: str) -> None:
    """Tests receive there."""
    assert (await line.post("webhooks", {"webhook": {**HOOK, "url": url}}))[0] == 201


async def test_a_webhook_is_changed_found_and_deleted(line: Line) -> None:
    """What was not sent stays."""
    await line.post("webhooks", {"webhook": HOOK})
    await line.post("webhooks", {"webhook": {**HOOK, "name": "Other", "listid": 101}})
    body = {"webhook": {"events": ["open"], "listid": "0"}}
    status, answer = await line.send("PUT", "webhooks/801", body)
    assert (status, answer["webhook"]["events"], answer["webhook"]["name"]) == (
        *(200, ["open"]),
        "Mine",
    )
    found = list[list[str]]()
    for query in ({"filters[listid]": "101"}, {"filters[name]": "min"}, {"filters[url]": "exam"}):
        _, page = await line.get("webhooks", query)
        found.append([one["id"] for one in page["webhooks"]])
    assert found == [["802"], ["801"], ["801", "802"]]
    assert await line.send("DELETE", "webhooks/801") == (200, {})
    assert (await line.get("webhooks/801"))[0] == 404


async def test_events_have_names(line: Line) -> None:
    """Those of both places of the documentation."""
    _, answer = await line.get("webhook/events")
    assert len(answer["webhookEvents"]) == 30
    assert {"subscribe", "contact_tag_added", "account_add"} <= set(answer["webhookEvents"])

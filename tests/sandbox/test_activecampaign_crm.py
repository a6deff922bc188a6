"""Deals, pipelines, companies and notes of ActiveCampaign."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Line

pytestmark = pytest.mark.anyio

DEAL = {"title": "Big", "value": 10000, "currency": "usd", "contact": 1001, "group": 501}


def prepared(line: Line) -> None:
    """Put a person and a pipeline of two stages there."""
    line.account.add_contact("jane@example.com", first_name="Jane")
    line.account.add_pipeline("Sales", stages=["Offer"])


async def create(line: Line, **changes: Any) -> tuple[int, Any]:
    """Create a deal; what is changed to None is not sent."""
    sent = {name: value for name, value in {**DEAL, **changes}.items() if value is not None}
    return await line.post("deals", {"deal": sent})


# Pipelines and stages


async def test_deals_move_within_their_pipeline(line: Line) -> None:
    """All of a stage go to another one; one of another pipeline is refused."""
    prepared(line)
    line.account.add_pipeline("Other")
    deals = [line.account.add_deal(title, contact=1001, value=5) for title in ("A", "B")]
    path = "dealStages/551/deals"
    for stage, code in ((553, "field_invalid"), (9, "related_missing")):
        status, answer = await line.send("PUT", path, {"deal": {"stage": stage}})
        assert (status, answer["errors"][0]["code"]) == (422, code)
    status, answer = await line.send("PUT", path, {"deal": {"stage": "552"}})
    assert (status, [one["stage"] for one in answer["deals"]]) == (200, ["552", "552"])
    assert [552, 552] == [deal.stage for deal in deals]
    assert (await line.send("PUT", "dealStages/9/deals", {"deal": {"stage": 552}}))[0] == 404


async def test_a_pipeline_comes_with_a_stage(line: Line) -> None:
    """It is called "To Contact"."""
    body = {"dealGroup": {"title": "Sales", "currency": "eur"}}
    status, answer = await line.post("dealGroups", body)
    assert (status, answer["dealGroup"]["stages"]) == (201, ["551"])
    assert [one["title"] for one in answer["dealStages"]] == ["To Contact"]
    assert (answer["dealGroup"]["currency"], answer["dealGroup"]["autoassign"]) == ("eur", 1)
    _, shown = await line.get("dealGroups/501")
    assert shown["dealGroup"]["autoassign"] == "1"


async def test_a_stage_stands_where_it_is_told(line: Line) -> None:
    """Order and width are numbers where they were written."""
    line.account.add_pipeline("Sales")
    body = {"dealStage": {"title": "Offer", "group": "501", "order": 5, "width": 200}}
    status, answer = await line.post("dealStages", body)
    assert (status, answer["dealStage"]["order"], answer["dealStage"]["width"]) == (201, 5, 200)
    _, shown = await line.get("dealStages/552")
    assert (shown["dealStage"]["order"], shown["dealStage"]["width"]) == ("5", "200")
    _, group = await line.get("dealGroups/501")
    assert group["dealGroup"]["stages"] == ["551", "552"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("dealGroups", {"dealGroup": {}}, "field_missing"),
        ("dealStages", {"dealStage": {"group": 501}}, "field_missing"),
        ("dealStages", {"dealStage": {"title": "Offer"}}, "related_missing"),
        ("dealStages", {"dealStage": {"title": "Offer", "group": 7}}, "related_missing"),
    ],
)
async def test_pipelines_and_stages_need_a_title(
    line: Line, path: str, body: dict[str, Any], code: str
) -> None:
    """A stage needs a pipeline besides."""
    status, answer = await line.post(path, body)
    assert (status, answer["errors"][0]["code"]) == (422, code)


async def test_pipelines_and_stages_are_found(line: Line) -> None:
    """By pipeline and by title; how many there are is a number."""
    line.account.add_pipeline("Sales", stages=["Offer"])
    line.account.add_pipeline("Support")
    _, page = await line.get("dealStages", {"filters[d_groupid]": "501", "orders[title]": "ASC"})
    assert [one["title"] for one in page["dealStages"]] == ["Offer", "To Contact"]
    assert page["meta"]["total"] == 2
    _, page = await line.get("dealGroups", {"filters[title]": "upp"})
    assert ([one["title"] for one in page["dealGroups"]], page["meta"]["total"]) == (["Support"], 1)


async def test_pipelines_and_stages_are_changed_and_deleted(line: Line) -> None:
    """A deleted pipeline takes its stages and deals along, a deleted stage its deals."""
    prepared(line)
    line.account.add_deal("Big", contact=1001, stage=552)
    line.account.add_deal("Small", contact=1001)
    status, answer = await line.send("PUT", "dealGroups/501", {"dealGroup": {"autoassign": "0"}})
    assert (status, answer["dealGroup"]["autoassign"]) == (200, 0)
    status, answer = await line.send("PUT", "dealStages/552", {"dealStage": {"color": "FF0000"}})
    assert (status, answer["dealStage"]["color"]) == (200, "FF0000")
    assert await line.send("DELETE", "dealStages/552") == (200, {})
    assert [deal.title for deal in line.account.deals.values()] == ["Small"]
    assert await line.send("DELETE", "dealGroups/501") == (200, {})
    assert (dict(line.account.deal_stages), dict(line.account.deals)) == ({}, {})


# Deals


async def test_a_deal_is_created_with_numbers(line: Line) -> None:
    """The first stage of its pipeline is filled in; read again, its numbers are texts."""
    prepared(line)
    status, answer = await create(line)
    created = answer["deal"]
    assert answer.keys() == {"contacts", "dealGroups", "dealStages", "deal"}
    assert (status, created["value"], created["status"]) == (201, 10000, 0)
    assert (created["stage"], created["winProbability"], created["fields"]) == ("551", None, [])
    assert created["customFieldSaveStatus"] is None
    assert [one["id"] for one in answer["contacts"]] == ["1001"]
    _, shown = await line.get("deals/20001")
    assert (shown["deal"]["value"], shown["deal"]["status"]) == ("10000", "0")
    assert (shown["deal"]["group"], shown["deal"]["contact"]) == ("501", "1001")


async def test_a_stage_brings_its_pipeline(line: Line) -> None:
    """Either of them is enough."""
    prepared(line)
    status, answer = await create(line, group=None, stage="552", contact=None, account=30001)
    assert (status, answer["errors"][0]["code"]) == (422, "related_missing")
    line.account.add_company("Acme")
    status, answer = await create(line, group=None, stage="552", contact=None, account=30001)
    assert (status, answer["deal"]["group"], answer["contacts"]) == (201, "501", [])


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"title": None}, "field_missing", "title"),
        ({"value": None}, "field_missing", "value"),
        ({"currency": None}, "field_missing", "currency"),
        ({"contact": None}, "field_missing", "contact"),
        ({"group": None}, "field_missing", "stage"),
        ({"value": -1}, "field_invalid", "value"),
        ({"value": "12.50"}, "field_invalid", "value"),
        ({"currency": "euro"}, "field_invalid", "currency"),
        ({"status": 3}, "field_invalid", "status"),
        ({"contact": 7}, "related_missing", "contact"),
        ({"owner": 7}, "related_missing", "owner"),
        ({"group": 7}, "related_missing", "group"),
        ({"stage": 7}, "related_missing", "stage"),
    ],
)
async def test_a_deal_must_be_whole(
    line: Line, changes: dict[str, Any], code: str, place: str
) -> None:
    """What is missing or wrong is named, and there is no deal."""
    prepared(line)
    status, answer = await create(line, **changes)
    [error] = answer["errors"]
    assert (status, error["code"]) == (422, code)
    assert error["source"] == {"pointer": f"/data/attributes/{place}"}
    assert line.account.deals == {}


async def test_a_pipeline_may_demand_an_owner(line: Line) -> None:
    """One that assigns nobody by itself does."""
    prepared(line)
    line.account.deal_groups[501].auto_assign = False
    status, answer = await create(line)
    assert (status, answer["errors"][0]["code"]) == (422, "field_missing")
    assert (await create(line, owner=1))[0] == 201


async def test_a_deal_is_changed_and_deleted(line: Line) -> None:
    """What was not sent stays; the pipeline goes with the stage."""
    prepared(line)
    deal = line.account.add_deal("Big", contact=1001, value=5)
    status, answer = await line.send("PUT", "deals/20001", {"deal": {"status": 1, "stage": 552}})
    assert (status, answer["deal"]["status"], answer["deal"]["value"]) == (200, 1, 5)
    assert (deal.stage, deal.title, deal.contact) == (552, "Big", 1001)
    await line.send("PATCH", "deals/20001", {"deal": {"description": "Soon"}})
    assert (await line.get("deals/20001"))[1]["deal"]["description"] == "Soon"
    status, answer = await line.send("PUT", "deals/20001", {"deal": {"title": ""}})
    assert (status, answer["errors"][0]["code"]) == (422, "field_missing")
    assert await line.send("DELETE", "deals/20001") == (200, {})
    assert (await line.get("deals/20001"))[0] == 404


async def test_what_deals_are_worth_is_an_object_or_an_empty_list(line: Line) -> None:
    """PHP writes nothing as a list; how many there are is a number."""
    _, page = await line.get("deals")
    assert page == {"deals": [], "meta": {"currencies": [], "total": 0}}
    for value in (500, 700):
        line.account.add_deal("Deal", value=value)
    _, page = await line.get("deals", {"limit": "1"})
    worth = {"total": "2", "value": "1200", "currency": "USD", "isDisabled": False}
    assert page["meta"] == {"currencies": {"USD": worth}, "total": 2}


async def test_a_deal_that_may_not_be_seen_shrinks(line: Line) -> None:
    """Of a pipeline without rights a title and a status are left."""
    line.account.add_deal("Secret", value=5)
    line.account.hidden_pipelines.add(501)
    shown = {"title": "Secret", "status": "0", "id": "20001", "isDisabled": True}
    assert (await line.get("deals/20001"))[1] == {"deal": shown}
    assert (await line.get("deals"))[1]["deals"] == [shown]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"filters[search]": "jane"}, ["Big"]),
        ({"filters[search]": "acme"}, ["Small"]),
        ({"filters[search]": "jane", "filters[search_field]": "title"}, []),
        ({"filters[search]": "SMA", "filters[search_field]": "all"}, ["Small"]),
        ({"search": "nothing"}, ["Big", "Small"]),
        ({"filters[title]": "i"}, ["Big"]),
        ({"filters[stage]": "552"}, ["Small"]),
        ({"filters[status]": "1"}, ["Small"]),
        ({"filters[group]": "501", "filters[owner]": "1"}, ["Big", "Small"]),
        ({"filters[minimum_value]": "100"}, ["Small"]),
        ({"filters[maximum_value]": "99"}, ["Big"]),
        ({"filters[maximum_value]": "little"}, []),
        ({"filters[tag]": "11"}, ["Big"]),
        ({"filters[created_after]": "2030-01-01T00:00:00Z"}, []),
        ({"filters[updated_before]": "2030-01-01T00:00:00Z"}, ["Big", "Small"]),
        ({"orders[value]": "DESC"}, ["Small", "Big"]),
    ],
)
async def test_deals_are_found(line: Line, query: dict[str, str], titles: list[str]) -> None:
    """Each filter finds its own; a bare search is none."""
    line.account.add_contact("jane@example.com", first_name="Jane", tags=["VIP"])
    company = line.account.add_company("Acme").id
    line.account.add_pipeline("Sales", stages=["Offer"])
    line.account.add_deal("Big", contact=1001, value=5)
    line.account.add_deal("Small", company=company, value=500, stage=552).status = 1
    _, page = await line.get("deals", query)
    assert [one["title"] for one in page["deals"]] == titles


# Companies


async def test_a_company_is_created_in_camel_case(line: Line) -> None:
    """Its owner is a number where it was written; a listing counts contacts and deals."""
    body = {"account": {"name": "Acme", "accountUrl": "https://acme.example"}}
    status, answer = await line.post("accounts", body)
    assert (status, answer["account"]["owner"]) == (201, 1)
    line.account.add_contact("jane@example.com")
    await line.post("accountContacts", {"accountContact": {"account": 30001, "contact": "1001"}})
    line.account.add_deal("Big", company=30001)
    _, page = await line.get("accounts")
    [shown] = page["accounts"]
    assert (shown["contactCount"], shown["dealCount"], shown["owner"]) == ("1", "1", "1")
    assert (shown["accountUrl"], page["meta"]["total"]) == ("https://acme.example", "1")
    assert {"createdTimestamp", "updatedTimestamp"} <= shown.keys()


@pytest.mark.parametrize(("name", "code"), [("ACME", "duplicate"), ("", "field_missing")])
async def test_a_company_needs_a_name_of_its_own(line: Line, name: str, code: str) -> None:
    """Neither creation nor change can take another one's."""
    line.account.add_company("Acme")
    status, answer = await line.post("accounts", {"account": {"name": name}})
    assert (status, answer["errors"][0]["code"]) == (422, code)
    line.account.add_company("Other")
    status, _ = await line.send("PUT", "accounts/30002", {"account": {"name": "acme"}})
    assert status == 422
    assert (await line.send("PUT", "accounts/30001", {"account": {"name": "acme"}}))[0] == 200


async def test_companies_are_searched_by_a_part(line: Line) -> None:
    """In any case."""
    for name in ("Acme", "Emca"):
        line.account.add_company(name)
    _, page = await line.get("accounts", {"search": "CM", "orders[name]": "DESC"})
    assert [one["name"] for one in page["accounts"]] == ["Acme"]
    assert (await line.get("accounts/30002"))[1]["account"]["name"] == "Emca"
    said = {"message": "No Result found for CustomerAccount with id 7"}
    assert await line.get("accounts/7") == (404, said)


async def test_companies_are_counted_unless_that_is_not_wanted(line: Line) -> None:
    """It is left out then, which is faster."""
    line.account.add_company("Acme")
    for wanted, counted in (("true", True), ("false", False), ("", True)):
        _, page = await line.get("accounts", {"count_deals": wanted})
        assert counted is ("dealCount" in page["accounts"][0])


async def test_a_contact_belongs_to_one_company(line: Line) -> None:
    """A second one is refused until the contact has left the first."""
    line.account.add_contact("jane@example.com")
    for name in ("Acme", "Other"):
        line.account.add_company(name)
    body = {"accountContact": {"account": 30001, "contact": 1001, "jobTitle": "Boss"}}
    status, answer = await line.post("accountContacts", body)
    link = answer["accountContact"]
    assert (status, link["account"], link["contact"], link["jobTitle"]) == (
        *(201, 30001, 1001),
        "Boss",
    )
    again = {"accountContact": {"account": 30002, "contact": 1001}}
    status, answer = await line.post("accountContacts", again)
    assert (status, answer["errors"][0]["code"]) == (422, "duplicate")
    _, page = await line.get("contacts")
    assert page["contacts"][0]["orgname"] == "Acme"
    assert await line.send("DELETE", f"accountContacts/{link['id']}") == (200, {})
    assert (await line.post("accountContacts", again))[0] == 201


async def test_who_belongs_where_is_listed(line: Line) -> None:
    """By company or by contact; an unknown id is a 404 under an inner name."""
    line.account.add_contact("jane@example.com")
    line.account.add_contact("joe@example.com")
    line.account.add_company("Acme", contacts=[1001])
    line.account.add_company("Other", contacts=[1002])
    _, page = await line.get("accountContacts", {"filters[account]": "30002"})
    assert [(one["account"], one["contact"]) for one in page["accountContacts"]] == [
        ("30002", "1002")
    ]
    status, answer = await line.send("DELETE", "accountContacts/7")
    assert (status, answer["message"].split()[4]) == (404, "CustomerAccountSubscriber")


async def test_a_deleted_company_leaves_people_and_deals(line: Line) -> None:
    """They belong to none then."""
    line.account.add_contact("jane@example.com")
    line.account.add_company("Acme", contacts=[1001])
    deal = line.account.add_deal("Big", company=30001)
    assert await line.send("DELETE", "accounts/30001") == (200, {})
    assert (line.account.contacts[1001].company, deal.company) == (None, None)
    assert (await line.get("contacts"))[1]["contacts"][0]["orgname"] == ""


# Notes


async def test_a_note_is_about_something(line: Line) -> None:
    """Ids are numbers where it was written, texts where it is read."""
    line.account.add_contact("jane@example.com")
    body = {"note": {"note": "Hello", "relid": "1001", "reltype": "Subscriber"}}
    status, answer = await line.post("notes", body)
    assert (status, answer["note"]["owner"]) == (201, {"type": "contact", "id": 1001})
    assert ([one["id"] for one in answer["contacts"]], answer["note"]["userid"]) == (["1001"], 1)
    _, page = await line.get("notes")
    [shown] = page["notes"]
    assert (shown["owner"], shown["relid"]) == ({"type": "contact", "id": "1001"}, "1001")
    assert page["meta"]["total"] == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"note": ""}, 422, "field_missing"),
        ({"relid": 7}, 404, "related_missing"),
        ({"reltype": "Deal"}, 404, "related_missing"),
        ({"reltype": "CustomerAccount"}, 404, "related_missing"),
        ({"reltype": "Contact"}, 404, "related_missing"),
        ({"reltype": ""}, 404, "related_missing"),
    ],
)
async def test_a_note_is_about_what_is_there(
    line: Line, changes: dict[str, Any], status: int, code: str
) -> None:
    """It needs a text besides."""
    line.account.add_contact("jane@example.com")
    sent = {"note": "Hello", "relid": 1001, "reltype": "Subscriber", **changes}
    found, answer = await line.post("notes", {"note": sent})
    assert (found, answer["errors"][0]["code"]) == (status, code)


async def test_a_note_is_changed_and_deleted(line: Line) -> None:
    """An unknown one is a 403 to whoever writes, a 404 to whoever reads."""
    line.account.add_contact("jane@example.com")
    note = line.account.add_note("Hello", 1001)
    await asyncio.sleep(1)
    status, answer = await line.send("PUT", f"notes/{note.id}", {"note": {"note": "Bye"}})
    assert (status, answer["note"]["note"]) == (200, "Bye")
    assert answer["note"]["mdate"] > answer["note"]["cdate"]
    assert await line.send("DELETE", f"notes/{note.id}") == (200, {})
    said = {"message": f"No Result found for Note with id {note.id}"}
    path = f"notes/{note.id}"
    found = [await line.send(method, path, {}) for method in ("GET", "PUT", "DELETE")]
    assert found == [(404, said), (403, said), (403, said)]

"""Tags and lists of ActiveCampaign: what a second time means, and which id takes off what."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Line

pytestmark = pytest.mark.anyio

NEWS = {
    "name": "News",
    "stringid": "news",
    "sender_url": "https://example.com",
    "sender_reminder": "You signed up.",
}


def link(**ids: Any) -> dict[str, Any]:
    """Wrap a contactTag as it is sent."""
    return {"contactTag": ids}


def subscription(status: object, **more: object) -> dict[str, Any]:
    """Wrap a contactList as it is sent, of the first contact and the first list."""
    return {"contactList": {"list": 101, "contact": 1001, "status": status, **more}}


async def test_a_tag_that_exists_is_answered(line: Line) -> None:
    """A new name is a 201, the same one a 200 with what is there, another case a new tag."""
    body = {"tag": {"tag": "VIP", "tagType": "contact", "description": "Best"}}
    first, second = await line.post("tags", body), await line.post("tags", body)
    assert (first[0], second[0]) == (201, 200)
    assert first[1] == second[1]
    shown = first[1]["tag"]
    assert shown.keys() == {"tag", "description", "tagType", "cdate", "links", "id"}
    assert (shown["id"], shown["tag"], shown["description"]) == ("11", "VIP", "Best")
    assert (await line.post("tags", {"tag": {"tag": "vip"}}))[0] == 201


async def test_a_tag_needs_a_name(line: Line) -> None:
    """Without one it is a 422 that says what is missing."""
    status, answer = await line.post("tags", {"tag": {"description": "x"}})
    assert (status, answer["errors"][0]["code"]) == (422, "field_missing")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["beta", "Alpha", "Gamma"]),
        ({"search": "AM"}, ["Gamma"]),
        ({"search": "a"}, ["beta", "Alpha", "Gamma"]),
        ({"orders[search]": "asc"}, ["Alpha", "beta", "Gamma"]),
        ({"filters[search][eq]": "alpha"}, ["Alpha"]),
        ({"filters[search][neq]": "alpha"}, ["beta", "Gamma"]),
        ({"filters[search][starts_with]": "b"}, ["beta"]),
        ({"filters[search][not_contains]": "m"}, ["beta", "Alpha"]),
        ({"filters[search][like]": "m"}, ["beta", "Alpha", "Gamma"]),
        ({"filters[search]": "amm"}, ["Gamma"]),
        ({"limit": "1", "offset": "1"}, ["Alpha"]),
    ],
)
async def test_tags_are_searched_by_a_part(
    line: Line, query: dict[str, str], names: list[str]
) -> None:
    """The search is for a part of the name in any case; an unknown operator filters nothing."""
    for name in ("beta", "Alpha", "Gamma"):
        line.account.add_tag(name)
    _, page = await line.get("tags", query)
    assert [one["tag"] for one in page["tags"]] == names


async def test_a_listed_tag_counts_who_has_it(line: Line) -> None:
    """Count and total are texts."""
    line.account.add_contact("jane@example.com", tags=["VIP"])
    _, page = await line.get("tags")
    [shown] = page["tags"]
    assert (shown["subscriber_count"], shown["deleted"], page["meta"]["total"]) == ("1", "0", "1")
    assert (await line.get("tags/11"))[1]["tag"]["subscriber_count"] == "1"


async def test_a_tag_is_renamed_and_deleted(line: Line) -> None:
    """A taken name is refused; whoever has a deleted tag loses it."""
    line.account.add_contact("jane@example.com", tags=["VIP"])
    line.account.add_tag("Old")
    status, answer = await line.send("PUT", "tags/11", {"tag": {"tag": "Old"}})
    assert (status, answer["errors"][0]["code"]) == (422, "duplicate")
    body = {"tag": {"tag": "Gold", "description": "Best"}}
    status, answer = await line.send("PUT", "tags/11", body)
    assert (status, answer["tag"]["tag"]) == (200, "Gold")
    assert line.account.tags_of(1001) == ["Gold"]
    assert await line.send("DELETE", "tags/11") == (200, {})
    assert (line.account.tags_of(1001), dict(line.account.contact_tags)) == ([], {})
    gone = (404, {"message": "No Result found for Tag with id 11"})
    assert await line.send("DELETE", "tags/11") == gone


async def test_a_tag_is_put_on_once(line: Line) -> None:
    """The second time is a 200 with the same id; the first one counts as a change."""
    line.account.add_contact("jane@example.com")
    line.account.add_tag("VIP")
    await asyncio.sleep(5)
    first = await line.post("contactTags", link(contact=1001, tag="11"))
    second = await line.post("contactTags", link(contact="1001", tag=11))
    assert (first[0], second[0]) == (201, 200)
    shown = first[1]["contactTag"]
    assert (shown["id"], shown["contact"], shown["tag"]) == ("2000001", "1001", "11")
    assert second[1]["contactTag"] == shown
    _, page = await line.get("contacts")
    assert page["contacts"][0]["udate"] == shown["cdate"] > page["contacts"][0]["cdate"]
    assert [change.kind for change in line.account.effects] == ["added tag"]


@pytest.mark.parametrize(
    ("ids", "status", "title", "code"),
    [
        ({"contact": 1001, "tag": "VIP"}, 422, "No tag id provided", None),
        ({"contact": 1001}, 422, "No tag id provided", None),
        (
            {"contact": 7, "tag": 11},
            404,
            "The related subscriber does not exist.",
            "related_missing",
        ),
        ({"contact": 1001, "tag": 7}, 404, "The related tag does not exist.", "related_missing"),
    ],
)
async def test_a_tag_must_be_there(
    line: Line, ids: dict[str, Any], status: int, title: str, code: str | None
) -> None:
    """A name in place of its id is a 422, what is not there a 404 with a list of errors."""
    line.account.add_contact("jane@example.com")
    line.account.add_tag("VIP")
    found, answer = await line.post("contactTags", link(**ids))
    [error] = answer["errors"]
    assert (found, error["title"], error.get("code")) == (status, title, code)


async def test_a_tag_is_taken_off_by_the_id_of_its_being_on(line: Line) -> None:
    """The tag's own id takes nothing off."""
    line.account.add_contact("jane@example.com", tags=["VIP"])
    unknown = (404, {"message": "No Result found for SubscriberTag with id 11"})
    assert await line.send("DELETE", "contactTags/11") == unknown
    assert await line.send("DELETE", "contactTags/2000001") == (200, {})
    assert line.account.tags_of(1001) == []


async def test_a_list_is_created_with_numbers_and_read_with_texts(line: Line) -> None:
    """The answer to its creation and that to a GET differ in their types."""
    status, answer = await line.post("lists", {"list": {**NEWS, "send_last_broadcast": 0}})
    created = answer["list"]
    names = ("userid", "user", "send_last_broadcast")
    assert (status, [created[name] for name in names]) == (201, [1, 1, 0])
    line.account.add_contact("jane@example.com", lists={101: 1})
    line.account.add_contact("joe@example.com", lists={101: 2})
    _, answer = await line.get("lists/101")
    shown = answer["list"]
    assert [shown[name] for name in names] == ["1", "1", "0"]
    assert (shown["active_subscribers"], shown["non_deleted_subscribers"]) == ("1", "2")
    assert (shown["id"], shown["channel"]) == ("101", "email")


@pytest.mark.parametrize("name", NEWS)
async def test_a_list_needs_four_properties(line: Line, name: str) -> None:
    """Each of them is missed by name."""
    body = {key: value for key, value in NEWS.items() if key != name}
    status, answer = await line.post("lists", {"list": body})
    [error] = answer["errors"]
    assert (status, error["code"]) == (422, "field_missing")
    assert error["source"] == {"pointer": f"/data/attributes/{name}"}


async def test_lists_are_patched_and_never_put(line: Line) -> None:
    """PATCH was seen to work, PUT is known to nobody."""
    line.account.add_list("News")
    status, answer = await line.send("PATCH", "lists/101", {"list": {"name": "Letters"}})
    assert (status, answer["list"]["name"]) == (200, "Letters")
    assert (await line.send("PUT", "lists/101", {"list": {"name": "No"}}))[0] == 405
    assert line.account.lists[101].name == "Letters"


async def test_lists_are_found_by_name(line: Line) -> None:
    """By a part of it, or by all of it."""
    for name in ("News", "Old news", "Offers"):
        line.account.add_list(name)
    found = list[list[str]]()
    for query in ({"filters[name]": "news"}, {"filters[name][eq]": "news"}):
        _, page = await line.get("lists", {**query, "orders[name]": "DESC"})
        found.append([one["name"] for one in page["lists"]])
    assert found == [["Old news", "News"], ["News"]]


async def test_an_unknown_list_is_a_403_to_who_deletes_it(line: Line) -> None:
    """To everybody else it is a 404."""
    said = {"message": "No Result found for _List with id 7"}
    assert await line.send("DELETE", "lists/7") == (403, said)
    assert await line.get("lists/7") == (404, said)


async def test_a_deleted_list_has_nobody(line: Line) -> None:
    """Those who were on it are not any more."""
    line.account.add_list("News")
    line.account.add_contact("jane@example.com", lists={101: 1})
    assert await line.send("DELETE", "lists/101") == (200, {})
    assert (line.account.lists_of(1001), dict(line.account.contact_lists)) == ({}, {})


async def test_a_subscription_is_one_row_for_ever(line: Line) -> None:
    """Whatever it is set to, it stays; the status is a number where it was written."""
    line.account.add_list("News")
    line.account.add_contact("jane@example.com")
    rows = list[tuple[Any, ...]]()
    for status in (1, "2", 0, 3, 1):
        code, answer = await line.post("contactLists", subscription(status, sourceid=4))
        row = answer["contactList"]
        rows.append((code, row["id"], row["status"]))
    assert rows == [(200, "4000001", status) for status in (1, 2, 0, 3, 1)]
    assert row["sourceid"] == "4"
    assert (row["sdate"] is None, row["udate"]) == (False, None)
    _, shown = await line.get("contacts/1001/contactLists")
    assert [one["status"] for one in shown["contactLists"]] == ["1"]


@pytest.mark.parametrize("status", [4, 99, -1])
async def test_a_status_beyond_three_is_refused(line: Line, status: int) -> None:
    """There are four."""
    line.account.add_list("News")
    line.account.add_contact("jane@example.com")
    code, answer = await line.post("contactLists", subscription(status))
    assert (code, answer["errors"][0]["code"]) == (422, "field_invalid")
    assert line.account.lists_of(1001) == {}


@pytest.mark.parametrize("name", ["contact", "list", "status"])
async def test_a_subscription_needs_all_three(line: Line, name: str) -> None:
    """What is missing is told in the manner of newer parts."""
    body = subscription(1)
    del body["contactList"][name]
    source = {"pointer": f"/data/attributes/{name}"}
    said = {"status": 422, "title": "Missing attribute", "source": source}
    assert await line.post("contactLists", body) == (422, {"errors": [said]})


@pytest.mark.parametrize(("name", "kind"), [("contact", "subscriber"), ("list", "list")])
async def test_a_subscription_needs_both_sides(line: Line, name: str, kind: str) -> None:
    """An unknown contact or list is a 404 with a list of errors."""
    line.account.add_list("News")
    line.account.add_contact("jane@example.com")
    body = subscription(1)
    body["contactList"][name] = 7
    code, answer = await line.post("contactLists", body)
    assert (code, answer["errors"][0]["title"]) == (404, f"The related {kind} does not exist.")
    assert answer["errors"][0]["code"] == "related_missing"

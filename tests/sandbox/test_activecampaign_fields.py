"""Custom fields of ActiveCampaign, their options and relations, and values one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Line

pytestmark = pytest.mark.anyio

NO_OPTIONS = "Bulk operation failed. Request must contain an array of fieldOption objects."


def value(**properties: Any) -> dict[str, Any]:
    """Wrap a value as it is sent."""
    return {"fieldValue": properties}


async def make(line: Line, title: str, kind: str = "text") -> tuple[int, Any]:
    """Create a field."""
    return await line.post("fields", {"field": {"title": title, "type": kind}})


async def test_a_field_gets_a_name_of_its_own(line: Line) -> None:
    """The perstag is the title in capitals, and another one where that is taken."""
    perstags = list[str]()
    for title in ("Favorite color", "Favorite-Color!", "été", "?"):
        status, answer = await make(line, title)
        perstags.append(answer["field"]["perstag"])
        assert status == 201
    assert perstags == ["FAVORITE_COLOR", "FAVORITE_COLOR_1", "T", "FIELD"]
    assert (answer["field"]["isrequired"], answer["field"]["visible"]) == (0, 1)


async def test_a_title_is_given_once(line: Line) -> None:
    """A second field of that name is refused with the code for that, a renamed one too."""
    await make(line, "Color")
    status, answer = await make(line, "color")
    assert (status, answer["errors"][0]["code"]) == (422, "duplicate")
    await make(line, "Shoe")
    assert (await line.send("PUT", "fields/202", {"field": {"title": "Color"}}))[0] == 422
    assert (await line.send("PUT", "fields/201", {"field": {"title": "COLOR"}}))[0] == 200


async def test_a_field_needs_a_title_and_a_type(line: Line) -> None:
    """Both are missed in plain sentences."""
    said = ["Field name is required", "Field type must be of type string"]
    assert await line.post("fields", {"field": {"type": "color"}}) == (422, {"errors": said})


async def test_a_field_is_described(line: Line) -> None:
    """What was not sent of it stays; type and perstag do in any case."""
    await make(line, "Color")
    sent = {"descript": "Favorite", "isrequired": 1, "visible": 0, "type": "date", "perstag": "X"}
    status, answer = await line.send("PUT", "fields/201", {"field": sent})
    assert (status, answer["field"]["isrequired"], answer["field"]["visible"]) == (200, 1, 0)
    await line.send("PUT", "fields/201", {"field": {"title": "Colour"}})
    _, shown = await line.get("fields/201")
    names = ("title", "descript", "isrequired", "visible", "type", "perstag")
    assert [shown["field"][name] for name in names] == [
        *("Colour", "Favorite", "1", "0"),
        *("text", "COLOR"),
    ]


async def test_a_new_field_is_seen_nowhere(line: Line) -> None:
    """Until it has a relation; 0 relates it to all lists."""
    await make(line, "Color")
    _, before = await line.get("fields/201")
    status, answer = await line.post("fieldRels", {"fieldRel": {"field": "201", "relid": 0}})
    _, after = await line.get("fields/201")
    assert (status, answer["fieldRel"]["field"], answer["fieldRel"]["relid"]) == (201, 201, 0)
    assert (before["field"]["relations"], before["fieldRels"]) == ([], [])
    assert after["field"]["relations"] == ["401"]
    assert [(one["field"], one["relid"]) for one in after["fieldRels"]] == [("201", "0")]


@pytest.mark.parametrize("body", [{"field": 7, "relid": 0}, {"field": 201, "relid": 7}])
async def test_a_relation_needs_both_sides(line: Line, body: dict[str, int]) -> None:
    """An unknown field or list is not there to be related."""
    line.account.add_field("Color")
    status, answer = await line.post("fieldRels", {"fieldRel": body})
    assert (status, answer["errors"][0]["code"]) == (404, "related_missing")


async def test_options_are_added_many_at_once(line: Line) -> None:
    """They stand beside the fields in each answer."""
    await make(line, "Color", "dropdown")
    options = [
        {"orderid": number, "value": name, "label": name, "isdefault": False, "field": "201"}
        for number, name in enumerate(("red", "blue"), 1)
    ]
    status, answer = await line.post("fieldOption/bulk", {"fieldOptions": options})
    assert (status, [one["id"] for one in answer["fieldOptions"]]) == (201, ["301", "302"])
    _, page = await line.get("fields")
    assert page["fields"][0]["options"] == ["301", "302"]
    assert [(one["orderid"], one["value"]) for one in page["fieldOptions"]] == [
        ("1", "red"),
        ("2", "blue"),
    ]
    assert page["meta"] == {"selected": None, "total": "1"}


async def test_options_must_be_a_list(line: Line) -> None:
    """Anything else is refused in one sentence, for once not in a list."""
    body = {"fieldOptions": {"value": "red"}}
    assert await line.post("fieldOption/bulk", body) == (400, {"errors": NO_OPTIONS})
    status, _ = await line.post("fieldOption/bulk", {"fieldOptions": [{"field": 7, "value": "x"}]})
    assert status == 404


async def test_fields_are_listed_a_hundred_at_a_time(line: Line) -> None:
    """Without a limit there are more of them than of anything else."""
    for number in range(30):
        line.account.add_field(f"Field {number}")
    _, page = await line.get("fields")
    assert len(page["fields"]) == 30
    _, page = await line.get("fields", {"filters[perstag]": "FIELD_7"})
    assert [one["title"] for one in page["fields"]] == ["Field 7"]


async def test_a_field_is_deleted_with_everybodys_values(line: Line) -> None:
    """Options and relations go with it."""
    field = line.account.add_field("Color", type="radio", options=["red"]).id
    line.account.add_contact("jane@example.com", fields={field: "red"})
    assert await line.send("DELETE", "fields/201") == (200, {})
    account = line.account
    held = (account.fields, account.options, account.relations, account.values)
    assert [len(one) for one in held] == [0] * 4
    gone = (404, {"message": "No Result found for Field with id 201"})
    assert await line.get("fields/201") == gone


async def test_a_value_is_one_row_for_ever(line: Line) -> None:
    """Setting it again changes the row; an empty text clears it."""
    line.account.add_field("Color")
    line.account.add_contact("jane@example.com")
    rows = list[tuple[Any, ...]]()
    for text in ("red", "blue", ""):
        status, answer = await line.post(
            "fieldValues", value(contact=1001, field="201", value=text)
        )
        shown = answer["fieldValue"]
        rows.append((status, shown["id"], shown["value"]))
    assert rows == [(200, "6000001", text) for text in ("red", "blue", "")]
    assert [one["id"] for one in answer["contacts"]] == ["1001"]
    assert line.account.values_of(1001) == {201: ""}


@pytest.mark.parametrize("field", ["COLOR", 7, None])
async def test_a_field_is_known_by_its_id_alone(line: Line, field: object) -> None:
    """A perstag is no id."""
    line.account.add_field("Color")
    line.account.add_contact("jane@example.com")
    status, answer = await line.post("fieldValues", value(contact=1001, field=field, value="x"))
    assert (status, answer["errors"][0]["title"]) == (422, "Field id not valid")


async def test_a_value_needs_a_contact(line: Line) -> None:
    """One that is not there has no values."""
    line.account.add_field("Color")
    status, answer = await line.post("fieldValues", value(contact=7, field=201, value="x"))
    assert (status, answer["errors"][0]["code"]) == (404, "related_missing")


@pytest.mark.parametrize(
    ("text", "status"), [("2026-02-28", 200), ("", 200), ("28/02/2026", 422), ("2026-02-30", 422)]
)
async def test_a_date_is_written_as_iso(line: Line, text: str, status: int) -> None:
    """Another form is told to be no date."""
    line.account.add_field("Birthday", type="date")
    line.account.add_contact("jane@example.com")
    body = value(contact=1001, field=201, value=text)
    assert (await line.post("fieldValues", body))[0] == status


@pytest.mark.parametrize("name", ["contact", "field", "value"])
async def test_a_value_is_changed_with_all_three(line: Line, name: str) -> None:
    """The value alone is not enough to change it."""
    line.account.add_field("Color")
    line.account.add_contact("jane@example.com", fields={201: "red"})
    body = value(contact=1001, field=201, value="blue")
    assert (await line.send("PUT", "fieldValues/6000001", body))[0] == 200
    del body["fieldValue"][name]
    status, answer = await line.send("PUT", "fieldValues/6000001", body)
    assert (status, answer["errors"][0]["title"]) == (422, "Missing attribute")
    assert line.account.values_of(1001) == {201: "blue"}


async def test_a_value_stays_where_it_is(line: Line) -> None:
    """It cannot be moved to another field."""
    line.account.add_field("Color")
    line.account.add_field("Shoe")
    line.account.add_contact("jane@example.com", fields={201: "red"})
    body = value(contact=1001, field=202, value="blue")
    assert (await line.send("PUT", "fieldValues/6000001", body))[0] == 422


async def test_an_unknown_value_is_a_403_to_who_reads_it(line: Line) -> None:
    """To whoever writes it, it is a 404."""
    said = {"message": "No Result found for FieldValue with id 7"}
    assert await line.get("fieldValues/7") == (403, said)
    assert await line.send("DELETE", "fieldValues/7") == (404, said)


async def test_values_are_found_by_field_and_text(line: Line) -> None:
    """That is the only way to whoever has a value."""
    for number, text in enumerate(("red", "blue", "Red")):
        if number == 0:
            line.account.add_field("Color")
        line.account.add_contact(f"{number}@example.com", fields={201: text})
    query = {"filters[fieldid]": "201", "filters[val]": "red"}
    _, page = await line.get("fieldValues", query)
    assert [one["contact"] for one in page["fieldValues"]] == ["1001", "1003"]
    _, answer = await line.get("fieldValues/6000002")
    assert answer["fieldValue"]["value"] == "blue"


async def test_a_value_is_forgotten(line: Line) -> None:
    """The contact has none then, and may get another one."""
    line.account.add_field("Color")
    line.account.add_contact("jane@example.com", fields={201: "red"})
    assert await line.send("DELETE", "fieldValues/6000001") == (200, {})
    assert line.account.values_of(1001) == {}
    _, answer = await line.post("fieldValues", value(contact=1001, field=201, value="blue"))
    assert answer["fieldValue"]["id"] == "6000002"

"""Contacts of ActiveCampaign: made, synced, changed, side-loaded, and the types that flip."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.testing import ActiveCampaignAccount
from systeme_async.testing.call import Call, Refusal

if TYPE_CHECKING:
    from conftest import Line

pytestmark = pytest.mark.anyio

NOT_FOUND = (404, {"message": "No Result found for Subscriber with id 7"})
DUPLICATE = {
    "title": "Email address already exists in the system",
    "detail": "",
    "code": "duplicate",
    "source": {"pointer": "/data/attributes/email"},
}
INCLUDE = {"include": "fieldValues,contactTags,contactLists"}
CHILDREN = ("fieldValues", "contactTags", "contactLists")


def contact(**properties: Any) -> dict[str, Any]:
    """Wrap a contact as it is sent."""
    return {"contact": properties}


def prepared(account: ActiveCampaignAccount) -> None:
    """Put Jane there, with a value, a tag and a list, and Joe, with nothing."""
    field, letter = account.add_field("Color"), account.add_list("News")
    account.add_contact(
        "jane@example.com", fields={field.id: "||red||blue||"}, tags=["VIP"], lists={letter.id: 1}
    )
    account.add_contact("joe@example.com")


async def test_a_contact_is_created(line: Line) -> None:
    """It is answered with a handful of properties, empty where listings have zeros."""
    status, answer = await line.post(
        "contacts", contact(email="jane@example.com", firstName="Jane", lastName="Doe")
    )
    assert status == 201
    shown = answer["contact"]
    assert shown.keys() == {
        *("email", "firstName", "lastName", "phone", "cdate", "udate"),
        *("orgid", "orgname", "organization", "links", "id"),
    }
    assert (shown["id"], shown["firstName"], shown["orgid"]) == ("1001", "Jane", "")
    assert answer["fieldValues"] == []
    held = line.account.contacts[1001]
    assert (held.email, held.first_name, held.last_name) == ("jane@example.com", "Jane", "Doe")


async def test_an_address_is_taken_in_any_case(line: Line) -> None:
    """A second contact with it is refused with the code for that."""
    line.account.add_contact("jane@example.com")
    answer = await line.post("contacts", contact(email="JANE@example.com"))
    assert answer == (422, {"errors": [DUPLICATE]})


@pytest.mark.parametrize("email", [None, "", "jane", "jane @example.com", 5])
async def test_an_address_must_be_one(line: Line, email: object) -> None:
    """Hardly anything is refused as an address, but this is."""
    status, answer = await line.post("contacts", contact(email=email))
    assert status == 422
    assert answer == {
        "errors": [
            {
                "title": "Contact Email Address is not valid.",
                "detail": "",
                "error": "must_be_valid_email_address",
                "code": "email_invalid",
                "source": {"pointer": "/data/attributes/email"},
            }
        ]
    }


async def test_a_contact_may_have_a_phone_alone(line: Line) -> None:
    """Where that is asked for, no address is needed."""
    body = contact(phone="+33612345678", allowNullEmail=True)
    assert (await line.post("contacts", body))[0] == 201
    assert (await line.post("contacts", body))[0] == 201
    assert [one.email for one in line.account.contacts.values()] == [None, None]


async def test_a_sync_creates_or_changes(line: Line) -> None:
    """The first is a 201, the next a 200 that keeps what was not sent."""
    field = line.account.add_field("Color").id
    value = {"field": str(field), "value": "red"}
    first = await line.post(
        "contact/sync", contact(email="jane@example.com", firstName="Jane", fieldValues=[value])
    )
    assert (first[0], [one["value"] for one in first[1]["fieldValues"]]) == (201, ["red"])
    await asyncio.sleep(2)
    second = await line.post("contact/sync", contact(email="Jane@Example.com", lastName="Doe"))
    assert (second[0], second[1]["fieldValues"]) == (200, [])
    [held] = line.account.contacts.values()
    assert (held.first_name, held.last_name) == ("Jane", "Doe")
    assert line.account.values_of(held.id) == {field: "red"}
    assert (held.updated_at - held.created_at).total_seconds() == 2
    effects = [change.kind for change in line.account.effects]
    assert effects == ["created contact", "updated contact"]


async def test_a_sync_needs_an_address(line: Line) -> None:
    """Without one it is a 400, with a wrong one a 422."""
    detail = "Contact email must be provided for sync"
    said = {"status": 400, "title": "Bad Request", "detail": detail}
    assert await line.post("contact/sync", contact(firstName="J")) == (400, {"errors": [said]})
    assert (await line.post("contact/sync", contact(email="jane")))[0] == 422


async def test_values_of_unknown_fields_are_ignored(line: Line) -> None:
    """Neither a wrong id nor a perstag is complained about."""
    field = line.account.add_field("Color").id
    values = [{"field": one, "value": "x"} for one in (field, "999", "COLOR")]
    status, answer = await line.post(
        "contact/sync", contact(email="jane@example.com", fieldValues=values)
    )
    assert (status, [one["field"] for one in answer["fieldValues"]]) == (201, [str(field)])
    assert line.account.values_of(1001) == {field: "x"}


async def test_a_value_must_fit_its_field(line: Line) -> None:
    """What is no date for a field of dates refuses the whole contact."""
    field = line.account.add_field("Birthday", type="date").id
    body = contact(email="jane@example.com", fieldValues=[{"field": field, "value": "abc"}])
    detail = "The custom field value `abc` could not be saved to the custom field of type `date`."
    assert await line.post("contacts", body) == (422, {"errors": [{"detail": detail}]})
    assert line.account.contacts == {}


async def test_an_update_changes_what_was_sent(line: Line) -> None:
    """The rest stays; numbers come back where listings have texts."""
    line.account.add_contact("jane@example.com", first_name="Jane", phone="1")
    body = contact(email="doe@example.com", phone=None)
    status, answer = await line.send("PUT", "contacts/1001", body)
    assert (status, answer["contact"]["orgid"], answer["contact"]["deleted"]) == (200, 0, 0)
    held = line.account.contact_by_email("doe@example.com")
    assert held is not None
    assert (held.first_name, held.phone) == ("Jane", "")
    assert line.account.contact_by_email("jane@example.com") is None


@pytest.mark.parametrize("email", ["joe@example.com", "nobody", ""])
async def test_an_update_cannot_take_any_address(line: Line, email: str) -> None:
    """Another contact's address and what is none are refused, and nothing changes."""
    line.account.add_contact("jane@example.com", first_name="Jane")
    line.account.add_contact("joe@example.com")
    answer = await line.send("PUT", "contacts/1001", contact(email=email, firstName="J"))
    assert answer[0] == 422
    assert line.account.contacts[1001].first_name == "Jane"


async def test_a_deleted_contact_is_gone_with_all_that_is_its_own(line: Line) -> None:
    """The answer is an empty object, and the address is free again."""
    prepared(line.account)
    line.account.add_note("Hello", 1001)
    line.account.add_deal("Big", contact=1001)
    line.account.add_company("Acme", contacts=[1001])
    assert await line.send("DELETE", "contacts/1001") == (200, {})
    account = line.account
    held = (account.values, account.contact_tags, account.contact_lists, account.company_contacts)
    assert [len(one) for one in (*held, account.notes, account.deals)] == [0] * 6
    assert (await line.post("contacts", contact(email="jane@example.com")))[0] == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "contacts/7"),
        ("PUT", "contacts/7"),
        ("DELETE", "contacts/7"),
        ("GET", "contacts/7/contactTags"),
        ("GET", "contacts/7/contactLists"),
        ("GET", "contacts/7/fieldValues"),
    ],
)
async def test_an_unknown_contact_is_a_404(line: Line, method: str, path: str) -> None:
    """It is told under the name that contacts have within the server."""
    assert await line.send(method, path, {}) == NOT_FOUND


async def test_a_contact_by_itself_has_all_but_its_tags(line: Line) -> None:
    """Values and lists stand beside it; null and zero have changed places since the listing."""
    prepared(line.account)
    _, listed = await line.get("contacts")
    _, fetched = await line.get("contacts/1001")
    assert fetched.keys() == {
        *("contact", "contactAutomations", "contactLists", "deals"),
        *("fieldValues", "geoIps", "accountContacts"),
    }
    assert [one["value"] for one in fetched["fieldValues"]] == ["||red||blue||"]
    assert [(one["list"], one["status"]) for one in fetched["contactLists"]] == [("101", "1")]
    names = ("ua", "created_by", "best_send_hour", "sms_consent", "sms_consent_updated_at")
    shown = [[one[name] for name in names] for one in (listed["contacts"][0], fetched["contact"])]
    assert shown == [[None] * 5, ["", "0", "0", "0", "0000-00-00 00:00:00"]]
    assert "contactTags" not in fetched["contact"]
    assert fetched["contact"]["fieldValues"] == ["6000001"]


async def test_a_listed_contact_has_texts_for_numbers(line: Line) -> None:
    """Ids and flags are texts, times are the account's own, with and without an offset."""
    line.account.add_contact("jane@example.com")
    _, page = await line.get("contacts")
    [shown] = page["contacts"]
    assert len(shown) >= 46
    assert (shown["id"], shown["deleted"], shown["bounced_hard"]) == ("1001", "0", "0")
    assert (shown["orgid"], shown["organization"], shown["email_domain"]) == (
        *("0", None),
        "example.com",
    )
    assert shown["cdate"] == "2025-12-31T19:00:00-05:00"
    assert shown["created_utc_timestamp"] == "2025-12-31 19:00:00"
    assert page["meta"]["total"] == "1"


async def test_another_account_has_another_time() -> None:
    """The offset of its zone is an option."""
    account = ActiveCampaignAccount(utc_offset=5.5)
    account.add_contact("jane@example.com")
    answers = account.answers("LIST_CONTACTS")
    assert answers is not None
    value: Any = answers(Call()).value
    assert value["contacts"][0]["cdate"] == "2026-01-01T05:30:00+05:30"


async def test_a_contact_by_itself_has_its_deals_company_and_automations(line: Line) -> None:
    """They stand beside it as well."""
    account = line.account
    account.add_contact("jane@example.com")
    account.add_deal("Big", contact=1001)
    account.add_company("Acme", contacts=[1001])
    account.add_automation("Welcome")
    body = {"contactAutomation": {"contact": 1001, "automation": 601}}
    await line.post("contactAutomations", body)
    _, shown = await line.get("contacts/1001")
    assert [one["title"] for one in shown["deals"]] == ["Big"]
    assert [one["account"] for one in shown["accountContacts"]] == ["30001"]
    assert [one["automation"] for one in shown["contactAutomations"]] == ["601"]
    assert shown["contact"]["contactAutomations"] == ["8000001"]


@pytest.mark.parametrize("kind", CHILDREN)
async def test_what_hangs_on_a_contact_can_be_asked_for(line: Line, kind: str) -> None:
    """Each kind has a listing of its own below the contact."""
    prepared(line.account)
    status, answer = await line.get(f"contacts/1001/{kind}")
    assert (status, [one["contact"] for one in answer[kind]]) == (200, ["1001"])
    assert await line.get(f"contacts/1002/{kind}") == (200, {kind: []})


async def test_listings_bring_what_hangs_on_contacts(line: Line) -> None:
    """With `include` there are arrays beside the contacts, and their ids in each contact."""
    prepared(line.account)
    _, page = await line.get("contacts", INCLUDE)
    assert [one["contactTags"] for one in page["contacts"]] == [["2000001"], []]
    assert {kind: [one["id"] for one in page[kind]] for kind in CHILDREN} == {
        "fieldValues": ["6000001"],
        "contactTags": ["2000001"],
        "contactLists": ["4000001"],
    }
    assert page["contactLists"][0]["status"] == "1"


async def test_nobody_has_anything_and_it_is_told(line: Line) -> None:
    """The arrays are there though they are empty, also beside no contact at all."""
    for number in range(2):
        _, page = await line.get("contacts", INCLUDE)
        assert [page[kind] for kind in CHILDREN] == [[], [], []]
        line.account.add_contact(f"{number}@example.com")


async def test_only_what_is_asked_for_is_brought(line: Line) -> None:
    """Tags can come with their names, and other kinds stay away."""
    prepared(line.account)
    _, page = await line.get("contacts", {"include": "contactTags.tag"})
    assert page["tags"] == [{"id": "11", "tag": "VIP"}]
    assert "fieldValues" not in page
    assert "fieldValues" not in page["contacts"][0]


async def test_side_loading_can_be_switched_off(line: Line) -> None:
    """Then the parameter is ignored, as it may be on a server that never promised it."""
    prepared(line.account)
    line.account.side_loading = False
    _, page = await line.get("contacts", INCLUDE)
    assert page.keys() == {"scoreValues", "contacts", "meta"}
    assert not set(CHILDREN) & page["contacts"][0].keys()


async def test_a_right_that_is_missing_is_a_list_of_errors(line: Line) -> None:
    """A 403 that means something else than a wrong key has another shape."""
    line.account.forbidden.add("lists")
    detail = "You do not have permission to view lists."
    said = {"status": 403, "title": "Forbidden", "detail": detail}
    assert await line.get("lists") == (403, {"errors": [said]})
    assert (await line.get("contacts"))[0] == 200


async def test_a_phone_number_is_no_address_yet(line: Line) -> None:
    """Who has none can be given one later."""
    line.account.add_contact(None, phone="+33")
    _, page = await line.get("contacts")
    assert page["contacts"][0]["email"] == ""
    body = contact(email="jane@example.com")
    assert (await line.send("PUT", "contacts/1001", body))[0] == 200
    assert line.account.contact_by_email("jane@example.com") is line.account.contacts[1001]
    assert await line.send("DELETE", "contacts/1001") == (200, {})


@pytest.mark.parametrize(
    "more", [{}, {"fields": {7: "x"}}, {"lists": {7: 1}}], ids=["address", "field", "list"]
)
def test_a_test_cannot_put_there_what_cannot_be(more: dict[str, Any]) -> None:
    """A second contact with an address, or what belongs to nothing, is refused."""
    account = ActiveCampaignAccount()
    account.add_contact("jane@example.com")
    with pytest.raises(Refusal):
        account.add_contact("joe@example.com" if more else "Jane@example.com", **more)
    assert len(account.contacts) == 1


def test_what_a_test_puts_there_is_no_effect() -> None:
    """Neither the log of effects nor any webhook knows of it."""
    account = ActiveCampaignAccount()
    account.add_automation("Welcome", on_tag="VIP")
    prepared(account)
    assert (account.effects, account.happenings, account.runs) == ([], [], {})
    assert account.tags_of(1001) == ["VIP"]
    assert account.lists_of(1001) == {101: 1}

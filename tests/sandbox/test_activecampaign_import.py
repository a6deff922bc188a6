"""The bulk import of ActiveCampaign: its limits, its own quota, its stages, and what it leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Line

pytestmark = pytest.mark.anyio

UPLOAD, STATUS = "import/bulk_import", "import/info"


def people(count: int) -> list[dict[str, Any]]:
    """Return contacts as they are imported."""
    return [{"email": f"{number}@example.com"} for number in range(count)]


async def upload(line: Line, *contacts: dict[str, Any], **more: Any) -> tuple[int, Any]:
    """Send a batch."""
    return await line.post(UPLOAD, {"contacts": contacts, **more})


async def status_of(line: Line, batch: str) -> Any:
    """Return what is told of a batch."""
    status, answer = await line.get(STATUS, {"batchId": batch})
    assert status == 200
    return answer


async def ended(line: Line, *contacts: dict[str, Any], **more: Any) -> Any:
    """Send a batch, wait until it is carried out, and return what is told of it then."""
    status, answer = await upload(line, *contacts, **more)
    assert status == 200
    await asyncio.sleep(7)
    return await status_of(line, answer["batchId"])


async def test_a_batch_is_taken_and_carried_out_later(line: Line) -> None:
    """It is unknown for a second, waits, is active, and is done after six."""
    status, answer = await upload(line, *people(2))
    assert (status, answer["success"], answer["queued_contacts"]) == (200, 1, 2)
    assert answer["message"] == "Contact import queued"
    seen = list[Any]()
    for _ in range(8):
        seen.append((await status_of(line, answer["batchId"]))["status"])
        await asyncio.sleep(0.9)
    assert seen == [False, False, "waiting", *["active"] * 4, "completed"]
    told = await status_of(line, answer["batchId"])
    assert (told["success"], told["failure"]) == (["1001", "1002"], [])
    assert [one.email for one in line.account.contacts.values()] == [
        "0@example.com",
        "1@example.com",
    ]


async def test_nobody_is_there_before_it_is_done(line: Line) -> None:
    """Then they are, as of that moment, for whoever asks anything."""
    await upload(line, *people(2))
    counts = list[str]()
    for _ in range(3):
        counts.append((await line.get("contacts"))[1]["meta"]["total"])
        await asyncio.sleep(4)
    assert counts == ["0", "0", "2"]
    assert line.account.effects == [("queued import", next(iter(line.account.imports)))]
    [batch] = line.account.imports.values()
    created = line.account.contacts[1001].created_at
    assert 5 <= (created - batch.queued_at).total_seconds() <= 6


async def test_a_batch_that_nobody_sent_is_as_one_just_sent(line: Line) -> None:
    """An unknown id is no error."""
    told = {"status": False, "success": [], "failure": []}
    assert await status_of(line, "nothing") == told


async def test_success_is_spelled_in_two_ways(line: Line) -> None:
    """Both were seen, so both come in turn."""
    keys = [(await upload(line, *people(2)))[1].keys() for _ in range(2)]
    assert ["success" in one for one in keys] == [True, False]
    assert ["Success" in one for one in keys] == [False, True]


async def test_everything_of_a_contact_is_imported(line: Line) -> None:
    """Under names with underscores, tags by name, fields by id, lists by id."""
    account = line.account
    color, news, old = account.add_field("Color"), account.add_list("News"), account.add_list("Old")
    account.add_contact("jane@example.com", lists={old.id: 1}, phone="1")
    await ended(
        line,
        {
            "email": "Jane@Example.com",
            "first_name": "Jane",
            "last_name": "Doe",
            "customer_acct_name": "Acme",
            "tags": ["VIP", "New"],
            "fields": [{"id": color.id, "value": "red"}, {"id": 999, "value": "x"}],
            "subscribe": [{"listid": news.id}, {"listid": 999}],
            "unsubscribe": [{"listid": old.id}],
        },
    )
    [held] = account.contacts.values()
    assert (held.first_name, held.last_name, held.phone) == ("Jane", "Doe", "1")
    assert account.tags_of(held.id) == ["VIP", "New"]
    assert account.values_of(held.id) == {color.id: "red"}
    assert account.lists_of(held.id) == {old.id: 2, news.id: 1}
    assert account.organization_of(held) == "Acme"


async def test_an_import_moves_people_between_companies(line: Line) -> None:
    """A contact belongs to the one that was told last."""
    for name in ("Acme", "Other", "acme"):
        await ended(line, {"email": "jane@example.com", "customer_acct_name": name})
    [held] = line.account.contacts.values()
    assert line.account.organization_of(held) == "Acme"
    assert (len(line.account.companies), len(line.account.company_contacts)) == (2, 1)


async def test_names_in_camel_case_are_dropped(line: Line) -> None:
    """Without a word."""
    await ended(line, {"email": "jane@example.com", "firstName": "Jane", "fieldValues": []})
    assert line.account.contacts[1001].first_name == ""


async def test_who_has_unsubscribed_stays_so(line: Line) -> None:
    """An import subscribes nobody again, though a contactList does."""
    news = line.account.add_list("News").id
    line.account.add_contact("jane@example.com", lists={news: 2})
    line.account.add_contact("joe@example.com", lists={news: 0})
    subscribe = [{"listid": news}]
    await ended(
        line,
        {"email": "jane@example.com", "subscribe": subscribe},
        {"email": "joe@example.com", "subscribe": subscribe},
    )
    assert [line.account.lists_of(one) for one in (1001, 1002)] == [{news: 2}, {news: 1}]


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ({"first_name": "Jane"}, "Field 'email' not found"),
        ({"email": "nobody"}, "Field 'email' is not a valid email address: nobody"),
        (
            {"email": "a@x.com", "fields": [{"id": "COLOR"}]},
            "Field 'id' in 'fields' must be an integer",
        ),
        (
            {"email": "a@x.com", "subscribe": [{"list": 1}]},
            "Field 'listid' in 'subscribe' must be an integer",
        ),
        ("jane@example.com", "Contact must be an object"),
    ],
)
async def test_one_contact_refuses_all(line: Line, contact: Any, reason: str) -> None:
    """It is named by its place, from 1 on, and nobody is imported."""
    status, answer = await upload(line, *people(3), contact)
    assert (status, answer["success"]) == (400, 0)
    assert answer["failureReasons"] == [{"contact": 4, "failureReason": reason}]
    await asyncio.sleep(10)
    await line.get("contacts")
    assert line.account.contacts == {}


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (250, 200), (251, 400)])
async def test_a_batch_holds_so_many(line: Line, count: int, status: int) -> None:
    """None is too few, more than 250 are too many."""
    assert (await upload(line, *people(count)))[0] == status


@pytest.mark.parametrize(("size", "status"), [(399_999, 200), (400_000, 400)])
async def test_a_batch_holds_so_much(line: Line, size: int, status: int) -> None:
    """The bytes of its body are counted."""
    body = b'{"contacts":[{"email":"a@x.com"}]}'
    async with line.http.post(f"/api/3/{UPLOAD}", data=body.ljust(size)) as answer:
        assert answer.status == status


@pytest.mark.parametrize(("count", "most"), [(2, 100), (1, 20)])
async def test_imports_have_a_quota_of_their_own(line: Line, count: int, most: int) -> None:
    """Beyond it there is a 400 in sentences; it slides, and single contacts have another one."""
    statuses = [(await upload(line, *people(count)))[0] for _ in range(most)]
    status, answer = await upload(line, *people(count))
    assert (set(statuses), status) == ({200}, 400)
    assert (answer["success"], answer["message"]) == (0, "Rate limit exceeded.")
    [reason] = answer["failureReasons"]
    assert reason.startswith(f"Up to {most} imports may be requested per minute.")
    assert (await upload(line, *people(3 - count)))[0] == 200
    await asyncio.sleep(60)
    assert (await upload(line, *people(count)))[0] == 200


async def test_some_are_skipped_and_some_fail(line: Line) -> None:
    """The excluded and the bounced are told of nowhere, what fails by its address."""
    line.account.excluded.add("no@example.com")
    line.account.refused_imports.add("bad@example.com")
    line.account.add_contact("bounced@example.com").bounced_hard = 1
    names = ("No", "bad", "bounced", "jane")
    told = await ended(line, *({"email": f"{name}@example.com"} for name in names))
    assert told == {"status": "completed", "success": ["1002"], "failure": ["bad@example.com"]}


@pytest.mark.parametrize("ending", ["failed", "interrupted"])
async def test_a_batch_may_end_badly(line: Line, ending: str) -> None:
    """Then nobody is imported."""
    _, answer = await upload(line, *people(2))
    line.account.imports[answer["batchId"]].ending = ending
    await asyncio.sleep(7)
    assert (await status_of(line, answer["batchId"]))["status"] == ending
    assert line.account.contacts == {}


@pytest.mark.parametrize(
    ("top", "inside", "runs"), [(False, False, 2), (True, False, 0), (False, True, 0)]
)
async def test_automations_run_unless_they_are_excluded(
    line: Line, *, top: bool, inside: bool, runs: int
) -> None:
    """Wherever that is said: the documentation has it in several places."""
    news = line.account.add_list("News").id
    line.account.add_automation("Welcome", on_list=news)
    line.account.add_automation("Greeting", on_tag="VIP")
    line.account.add_automation("Off", on_tag="VIP", active=False)
    contact = {"email": "a@x.com", "tags": ["VIP"], "subscribe": [{"listid": news}]}
    await ended(
        line,
        {**contact, **({"exclude_automations": True} if inside else {})},
        **({"exclude_automations": True} if top else {}),
    )
    assert len(line.account.runs) == runs


async def test_webhooks_are_told_nothing(line: Line) -> None:
    """Imports make no noise."""
    line.account.add_webhook(
        "http://127.0.0.1:9/hook", ["subscribe", "contact_tag_added", "update"]
    )
    news = line.account.add_list("News").id
    await ended(line, {"email": "a@x.com", "tags": ["VIP"], "subscribe": [{"listid": news}]})
    assert line.account.tags_of(1001) == ["VIP"]
    await line.sandbox.deliveries_done()
    assert line.sandbox.deliveries == []

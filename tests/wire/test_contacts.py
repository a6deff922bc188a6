"""Contacts over the wire: what a call costs, what it sends, and what others do meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import (
    AlreadyExistsError,
    ConfigurationError,
    DeadlineExceededError,
    NotFoundError,
    OutcomeUnknownError,
    PlanLimitError,
    ValidationError,
)
from systeme_async.testing import Account, Faults, Sandbox

from .pair import calls, client, now
from .raw import NO_TAGS, RawServer, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio

CREATE = "POST /api/contacts"
FIND = "GET /api/contacts"
ASSIGN = "/api/contacts/{contact}/tags"


# Reading


async def test_get_shows_fields_and_tags() -> None:
    """A contact comes back with typed values, its fields by slug and its tags."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact(
            "jane@example.com", {"first_name": "Jane", "city": None}, tags=["VIP"]
        )
        contact = await systeme.contacts.get(held.id)
    assert (contact.id, contact.email, contact.locale) == (held.id, "jane@example.com", "en")
    assert contact.registered_at == held.registered_at
    assert {"first_name": "Jane", "city": None} == dict(contact.fields)
    assert (contact.first_name, contact.surname) == ("Jane", None)
    assert [(tag.id, tag.name, tag.created_at) for tag in contact.tags] == [(1, "VIP", None)]


async def test_get_of_an_unknown_id() -> None:
    """What is not there is a NotFoundError that names the call."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(NotFoundError) as caught:
            await systeme.contacts.get(4711)
    error = caught.value
    assert (error.status, error.request) == (404, "GET /api/contacts/4711")
    assert (error.attempts, error.source, error.detail) == (1, "systeme", "Not Found")


async def test_filters_travel() -> None:
    """Every filter goes out under the API's own name and form, those left out do not."""
    berlin = timezone(timedelta(hours=2))
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        await systeme.contacts.list(
            email="jane+news@example.com",
            tags=[3, 5],
            registered_after=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
            registered_before=datetime(2026, 2, 3, tzinfo=berlin),
            unsubscribed=False,
            bounced=True,
            needs_confirmation=False,
            order="asc",
            limit=10,
            starting_after=7,
        ).collect()
    assert sandbox.requests[0].query == {
        "email": "jane+news@example.com",
        "tags": "3,5",
        "registeredAfter": "2026-01-02T03:04:05+00:00",
        "registeredBefore": "2026-02-03T00:00:00+02:00",
        "unsubscribed": "false",
        "bounced": "true",
        "needsConfirmation": "false",
        "order": "asc",
        "limit": "10",
        "startingAfter": "7",
    }


async def test_filters_filter() -> None:
    """The listing holds those contacts alone that match every filter."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        both = sandbox.account.add_contact("both@example.com", tags=["a", "b"])
        sandbox.account.add_contact("one@example.com", tags=["a"])
        both.unsubscribed = True
        found = await systeme.contacts.list(tags=[1, 2], unsubscribed=True).collect()
        none = await systeme.contacts.list(tags=[1, 2], unsubscribed=False).collect()
    assert [both.id] == [contact.id for contact in found]
    assert none == []


async def test_a_naive_datetime_is_refused() -> None:
    """Nobody can know which hour a datetime without a time zone means."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError, match="registeredAfter"):
            await systeme.contacts.list(registered_after=datetime(2026, 1, 1)).first()  # noqa: DTZ001
    assert sandbox.received == 0


@pytest.mark.parametrize("asked", ["jane@example.com", "JANE@Example.COM"])
async def test_find_takes_any_case(asked: str) -> None:
    """An address is found however it is written, for one request."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("Jane@example.com")
        found = await systeme.contacts.find(asked)
    assert found is not None
    assert found.id == held.id
    assert calls(sandbox) == [FIND]


async def test_find_returns_none() -> None:
    """Nobody with the address is None, no error."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        assert await systeme.contacts.find("jane@example.com") is None


async def test_find_believes_no_filter() -> None:
    """Where a server ignores the filter, somebody else's contact is not taken for the one."""
    page = {"items": [{"id": 1, "email": "joe@example.com"}, {"id": 2}], "hasMore": True}
    async with RawServer(answer(200, page)) as server, client(server) as systeme:
        assert await systeme.contacts.find("jo@example.com") is None
    assert len(server.deliveries) == 1


# Writing


async def test_create_sends_what_is_given() -> None:
    """Named fields, other fields, clearing ones and the locale travel; nothing else does."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        contact = await systeme.contacts.create(
            "jane@example.com",
            first_name="Jane",
            surname=None,
            phone_number="+33 1",
            country="FR",
            locale="fr",
            fields={"city": "Lyon", "first_name": "Janet"},
        )
    assert sandbox.requests[0].body == {
        "email": "jane@example.com",
        "locale": "fr",
        "fields": [
            {"slug": "first_name", "value": "Janet"},
            {"slug": "surname", "value": None},
            {"slug": "phone_number", "value": "+33 1"},
            {"slug": "country", "value": "FR"},
            {"slug": "city", "value": "Lyon"},
        ],
    }
    assert (contact.fields["city"], contact.country, contact.tags) == ("Lyon", "FR", [])


async def test_create_where_the_address_is_taken() -> None:
    """The second contact of one address is an AlreadyExistsError with the server's words."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("jane@example.com")
        with pytest.raises(AlreadyExistsError) as caught:
            await systeme.contacts.create("Jane@example.com")
    [violation] = caught.value.violations
    assert (violation.property_path, violation.message) == ("email", "This value is already used.")
    assert caught.value.detail == "email: This value is already used."


async def test_create_beyond_the_plan() -> None:
    """An account that is full says so as PlanLimitError, whatever status it picks."""
    for status in (402, 403, 422):
        account = Account(max_contacts=0, plan_limit_status=status)
        async with Sandbox(account=account) as sandbox, client(sandbox) as systeme:
            with pytest.raises(PlanLimitError) as caught:
                await systeme.contacts.create("jane@example.com")
        assert caught.value.status == status


async def test_update_changes_what_is_given() -> None:
    """A PATCH holds the given slugs alone, and leaves the others as they are."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com", {"city": "Lyon", "state": "X"})
        contact = await systeme.contacts.update(held.id, fields={"city": None}, locale="fr")
    assert sandbox.requests[0].body == {
        "locale": "fr",
        "fields": [{"slug": "city", "value": None}],
    }
    assert {"city": None, "state": "X"} == dict(contact.fields)


async def test_an_unknown_slug_is_the_servers_to_refuse() -> None:
    """Fields are the account's own, so that only the server knows them all."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ValidationError, match="hat_size") as caught:
            await systeme.contacts.create("jane@example.com", fields={"hat_size": "7"})
    assert type(caught.value) is ValidationError
    assert caught.value.violations[0].property_path == "fields[0].slug"


async def test_delete_of_an_unknown_contact() -> None:
    """A first attempt that finds nothing is an error, not a success."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(NotFoundError):
            await systeme.contacts.delete(1)


Refused = tuple[str, "Callable[[Systeme], Awaitable[object]]"]
REFUSED: list[Refused] = [
    ("no address", lambda s: s.contacts.create("jane")),
    ("no top domain", lambda s: s.contacts.create("jane@localhost")),
    ("two addresses", lambda s: s.contacts.create("a@example.com, b@example.com")),
    ("empty address", lambda s: s.contacts.create("")),
    ("long address", lambda s: s.contacts.create(f"{'x' * 250}@example.com")),
    ("upsert", lambda s: s.contacts.upsert("jane")),
    ("country", lambda s: s.contacts.create("jane@example.com", country="France")),
    ("long value", lambda s: s.contacts.update(1, fields={"city": "x" * 256})),
    ("slug", lambda s: s.contacts.update(1, fields={"home town": "x"})),
    ("empty slug", lambda s: s.contacts.update(1, fields={"": "x"})),
    ("tag id", lambda s: s.contacts.assign_tag(1, 0)),
    ("tag", lambda s: s.tags.create("x" * 65)),
    ("empty tag", lambda s: s.tags.create("")),
    ("tag to ensure", lambda s: s.tags.rename(1, "x" * 65)),
    ("field slug", lambda s: s.contact_fields.create("Hat size", "hat-size")),
    ("field label", lambda s: s.contact_fields.create("", "hat_size")),
    ("long label", lambda s: s.contact_fields.rename("hat_size", "x" * 256)),
]


@pytest.mark.parametrize("call", [call for _, call in REFUSED], ids=[name for name, _ in REFUSED])
async def test_what_cannot_work_costs_no_request(
    call: Callable[[Systeme], Awaitable[object]],
) -> None:
    """A value beyond the API's limits is refused here."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError) as caught:
            await call(systeme)
    assert sandbox.received == 0
    assert "x" * 100 not in str(caught.value)


@pytest.mark.parametrize("call", [call for _, call in REFUSED], ids=[name for name, _ in REFUSED])
async def test_validation_can_be_left_to_the_server(
    call: Callable[[Systeme], Awaitable[object]],
) -> None:
    """With `validate=False` the same values travel."""
    async with Sandbox() as sandbox, client(sandbox, validate=False) as systeme:
        sandbox.account.add_contact("first@example.com")
        with pytest.raises((ValidationError, NotFoundError)):
            await call(systeme)
    assert sandbox.received >= 1


@pytest.mark.parametrize("value", [7, 1.5, True, b"x", ["a"]])
async def test_a_value_of_another_type_is_refused(value: Any) -> None:
    """A field's value that is no text costs no request and raises nothing of others' making."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await systeme.contacts.create("jane@example.com", fields={"city": value})
    assert sandbox.received == 0


@pytest.mark.parametrize("bad", [0, -1, True, "", ".", "..", None, 1.0])
async def test_an_id_that_is_none_is_refused(bad: Any) -> None:
    """No id may climb out of its segment of the path."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await systeme.contacts.get(bad)
    assert sandbox.received == 0


# Upsert


async def test_upsert_of_somebody_new() -> None:
    """A new contact costs one request."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        contact = await systeme.contacts.upsert("jane@example.com", first_name="Jane")
    assert calls(sandbox) == [CREATE]
    assert contact.first_name == "Jane"


@pytest.mark.parametrize("value", ["Lyon", "lyon", ""])
async def test_upsert_of_somebody_unchanged(value: str) -> None:
    """A contact that has it all costs two requests and no write."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("jane@example.com", {"city": value})
        contact = await systeme.contacts.upsert(
            "JANE@example.com", locale="en", fields={"city": value, "state": None}
        )
    assert calls(sandbox) == [CREATE, FIND]
    assert contact.email == "jane@example.com"
    assert sandbox.account.effects == []


async def test_upsert_sends_the_difference() -> None:
    """A changed contact costs three requests; the PATCH holds what differs and nothing else."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com", {"city": "Lyon", "state": "X"})
        contact = await systeme.contacts.upsert(
            "jane@example.com", first_name="Jane", fields={"city": "Lyon", "state": None}
        )
    assert calls(sandbox) == [CREATE, FIND, f"PATCH /api/contacts/{held.id}"]
    assert sandbox.requests[2].body == {
        "fields": [{"slug": "first_name", "value": "Jane"}, {"slug": "state", "value": None}]
    }
    assert {"first_name": "Jane", "city": "Lyon", "state": None} == dict(contact.fields)


async def test_upsert_of_a_locale() -> None:
    """The locale alone is a difference too, and travels alone."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_contact("jane@example.com", {"city": "Lyon"})
        await systeme.contacts.upsert("jane@example.com", locale="fr", fields={"city": "Lyon"})
    assert sandbox.requests[2].body == {"locale": "fr"}


@pytest.mark.parametrize("latency", [0.0, 0.3])
async def test_upserts_at_once(latency: float) -> None:
    """Many writers of one address end in one contact that has what each of them wrote."""
    slugs = ["first_name", "surname", "city", "state", "postcode"]
    faults = Faults(latency=latency)
    async with Sandbox(faults=faults) as sandbox, client(sandbox) as systeme:
        contacts = await asyncio.gather(
            *(systeme.contacts.upsert("jane@example.com", fields={slug: slug}) for slug in slugs)
        )
    [held] = sandbox.account.contacts.values()
    assert {held.id} == {contact.id for contact in contacts}
    assert {slug: slug for slug in slugs} == held.fields


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("lost", [CREATE, FIND]),
        ("failed_after", [CREATE, FIND]),
        ("truncated", [CREATE, FIND]),
        ("hang", [CREATE, FIND]),
        ("failed", [CREATE, FIND, CREATE]),
        ("reset", [CREATE, FIND, CREATE]),
    ],
)
async def test_upsert_settles_a_lost_answer(fault: Any, expected: list[str]) -> None:
    """Whatever became of the first delivery, one contact is there in the end."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST")
        contact = await systeme.contacts.upsert("jane@example.com", first_name="Jane")
    assert calls(sandbox) == expected
    assert list(sandbox.account.contacts) == [contact.id]
    assert contact.first_name == "Jane"


async def test_upsert_after_a_lost_refusal() -> None:
    """Where the lost answer was a refusal, the contact that was there before is changed."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com", {"city": "Lyon"})
        sandbox.inject("lost", method="POST")
        await systeme.contacts.upsert("jane@example.com", fields={"city": "Nice"})
    assert {"city": "Nice"} == held.fields
    assert [str(change) for change in sandbox.account.effects] == [f"updated contact {held.id}"]


async def test_upsert_that_stays_in_doubt() -> None:
    """Where not even looking works, the doubt is what comes out."""
    async with Sandbox() as sandbox, client(sandbox, max_attempts=2) as systeme:
        sandbox.inject("lost", method="POST")
        sandbox.inject("failed", method="GET", times=2)
        with pytest.raises(OutcomeUnknownError) as caught:
            await systeme.contacts.upsert("jane@example.com")
    assert caught.value.request == CREATE
    assert len(sandbox.account.contacts) == 1


async def test_upsert_of_an_address_that_is_being_deleted() -> None:
    """An address that is taken and belongs to nobody is an AlreadyExistsError."""
    taken = {"violations": [{"propertyPath": "email", "message": "This value is already used."}]}
    script = (answer(422, taken), answer(200, NO_TAGS))
    async with RawServer(*script) as server, client(server) as systeme:
        with pytest.raises(AlreadyExistsError):
            await systeme.contacts.upsert("jane@example.com", first_name="Jane")
    assert ["POST", "GET"] == [delivery.method for delivery in server.deliveries]


async def test_the_deadline_is_for_the_whole_upsert() -> None:
    """A call of three requests has one deadline, not three."""
    async with (
        Sandbox(faults=Faults(latency=4)) as sandbox,
        client(sandbox, deadline=10) as systeme,
    ):
        sandbox.account.add_contact("jane@example.com")
        with pytest.raises((DeadlineExceededError, OutcomeUnknownError)):
            await systeme.contacts.upsert("jane@example.com", first_name="Jane")
        assert now() <= 10.1


# Tags of a contact


async def test_assigning_twice_is_done() -> None:
    """A tag that the contact has already is no error: one look at the contact tells."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com", tags=["VIP"])
        await systeme.contacts.assign_tag(held.id, 1)
    path = f"/api/contacts/{held.id}"
    assert calls(sandbox) == [f"POST {path}/tags", f"GET {path}"]
    assert held.tags == [1]


async def test_assigning_an_unknown_tag() -> None:
    """The other meaning of the same 422 is a ValidationError with the server's words."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com")
        with pytest.raises(ValidationError, match="Tag with ID 9 not found"):
            await systeme.contacts.assign_tag(held.id, 9)


async def test_assigning_to_nobody() -> None:
    """A contact that is not there is a NotFoundError."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_tag("VIP")
        with pytest.raises(NotFoundError):
            await systeme.contacts.assign_tag(7, 1)
    assert sandbox.received == 1


@pytest.mark.parametrize("fault", ["lost", "failed_after", "truncated", "hang"])
async def test_a_lost_assignment_is_settled_by_reading(fault: Any) -> None:
    """The write is delivered once; the contact shows that it was carried out."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com")
        sandbox.account.add_tag("VIP")
        sandbox.inject(fault, path=ASSIGN)
        await systeme.contacts.assign_tag(held.id, 1)
    assert ["POST", "GET"] == [request.method for request in sandbox.requests]
    assert held.tags == [1]


async def test_an_assignment_that_failed_is_told() -> None:
    """Where the contact lacks the tag afterwards, the caller decides about a second try."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com")
        sandbox.account.add_tag("VIP")
        sandbox.inject("failed", path=ASSIGN)
        with pytest.raises(OutcomeUnknownError):
            await systeme.contacts.assign_tag(held.id, 1)
    assert ["POST", "GET"] == [request.method for request in sandbox.requests]


@pytest.mark.parametrize("fault", ["failed", "lost", "reset", "unauthorized"])
async def test_a_doubt_that_cannot_be_settled_stays_a_doubt(fault: Any) -> None:
    """A failing look at the contact must not hide that the tag may be on it by now."""
    async with Sandbox() as sandbox, client(sandbox, max_attempts=2) as systeme:
        held = sandbox.account.add_contact("jane@example.com")
        sandbox.account.add_tag("VIP")
        sandbox.inject("lost", path=ASSIGN)
        sandbox.inject(fault, method="GET", times=2)
        with pytest.raises(OutcomeUnknownError) as caught:
            await systeme.contacts.assign_tag(held.id, 1)
    assert caught.value.request == f"POST /api/contacts/{held.id}/tags"


async def test_removing_a_tag() -> None:
    """A tag is taken off, and taking it off again finds nothing."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com", tags=["VIP", "Other"])
        await systeme.contacts.remove_tag(held.id, 1)
        assert held.tags == [2]
        with pytest.raises(NotFoundError):
            await systeme.contacts.remove_tag(held.id, 1)


async def test_a_lost_removal_is_repeated() -> None:
    """The repeat finds nothing to take off, and that is the success of the first."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        held = sandbox.account.add_contact("jane@example.com", tags=["VIP"])
        sandbox.inject("lost", method="DELETE")
        await systeme.contacts.remove_tag(held.id, 1)
    assert [None, 404] == [request.status for request in sandbox.requests]
    assert held.tags == []

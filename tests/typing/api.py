"""How the library is used, for type checkers alone: never executed, never collected.

Every public method is called once, and `assert_type` says what comes back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, assert_type

import msgspec

from systeme_async import (
    AlreadyExistsError,
    APIError,
    BudgetSnapshot,
    ConfigurationError,
    Contact,
    ContactField,
    DeadlineExceededError,
    DecodeError,
    FieldValue,
    Lane,
    NotSentError,
    OutcomeUnknownError,
    Pager,
    PlanLimitError,
    Quota,
    RateLimitedError,
    Systeme,
    SystemeError,
    Tag,
    TransportError,
    ValidationError,
    Violation,
    __version__,
)
from systeme_async.bulk import Bulk, ImportJob, Outcome, Report, Status
from systeme_async.resources.contact_fields import ContactFields
from systeme_async.resources.contacts import Contacts
from systeme_async.resources.tags import Tags
from systeme_async.testing import (
    Account,
    Change,
    Faults,
    HeldContact,
    HeldTag,
    ReceivedRequest,
    Sandbox,
    VirtualClockLoop,
)


class Label(msgspec.Struct):
    id: int


async def clients() -> None:
    version: str = __version__
    del version
    systeme = Systeme(
        api_key="…",
        base_url="https://api.systeme.io",
        quota=Quota(60, per=60.0, share=0.8),
        budget="memory",
        timeout=30,
        deadline=None,
        max_attempts=5,
        concurrency=20,
        validate=True,
    )
    Systeme(quota="free")
    Systeme(quota=None, max_wait=0, deadline=2.5)
    async with systeme as opened:
        assert_type(opened, Systeme)
    assert_type(await systeme.aclose(), None)
    assert_type(
        systeme.with_options(lane=Lane.BULK, timeout=3, deadline=None, max_attempts=1), Systeme
    )
    assert_type(systeme.with_options(), Systeme)
    assert_type(systeme.contacts, Contacts)
    assert_type(systeme.tags, Tags)
    assert_type(systeme.contact_fields, ContactFields)
    assert_type(systeme.bulk, Bulk)


async def budget(systeme: Systeme) -> None:
    snapshot = systeme.budget.snapshot()
    assert_type(snapshot, BudgetSnapshot)
    assert_type(await systeme.budget.refresh(), BudgetSnapshot)
    assert_type(snapshot.limit, int | None)
    assert_type(snapshot.remaining, int | None)
    assert_type(snapshot.refill_at, datetime | None)
    assert_type(snapshot.paused_until, datetime | None)
    assert_type(snapshot.in_flight, int)
    assert_type(snapshot.waiting, int)
    assert_type(snapshot.throttled, int)
    assert_type(snapshot.requests, int)
    assert_type(snapshot.ignored, int)


async def request(systeme: Systeme, when: datetime) -> None:
    assert_type(await systeme.request("GET", "/api/funnels"), Any)
    assert_type(
        await systeme.request(
            "GET", "/api/funnels", params={"limit": 10, "ids": [1, 2], "since": when, "on": True}
        ),
        Any,
    )
    assert_type(await systeme.request("POST", "/api/funnels", json={"name": "x"}, into=None), Any)
    assert_type(await systeme.request("GET", "/api/tags/1", into=Tag), Tag)
    assert_type(await systeme.request("GET", "/api/tags/1", into=Label), Label)
    assert_type(
        await systeme.request("GET", "/api/tags/1", into=dict[str, object]), dict[str, object]
    )


async def pagers(pager: Pager[Tag]) -> None:
    async for tag in pager:
        assert_type(tag, Tag)
    assert_type(pager.pages(), AsyncIterator[list[Tag]])
    async for page in pager.pages():
        assert_type(page, list[Tag])
    assert_type(await pager.first(), Tag | None)
    assert_type(await pager.collect(), list[Tag])
    assert_type(await anext(pager), Tag)
    assert_type([tag.name async for tag in pager], list[str])


async def contacts(systeme: Systeme, when: datetime) -> None:
    assert_type(systeme.contacts.list(), Pager[Contact])
    assert_type(
        systeme.contacts.list(
            email="jane@example.com",
            tags={1, 2},
            registered_after=when,
            registered_before=when,
            unsubscribed=False,
            bounced=False,
            needs_confirmation=True,
            order="asc",
            limit=100,
            starting_after=7,
        ),
        Pager[Contact],
    )
    assert_type(await systeme.contacts.get(1), Contact)
    assert_type(await systeme.contacts.find("jane@example.com"), Contact | None)
    assert_type(await systeme.contacts.create("jane@example.com"), Contact)
    assert_type(
        await systeme.contacts.create(
            "jane@example.com",
            first_name="Jane",
            surname=None,
            phone_number="+33",
            country="FR",
            locale="fr",
            fields={"city": "Lyon", "state": None},
        ),
        Contact,
    )
    assert_type(await systeme.contacts.update(1, first_name=None, locale="en"), Contact)
    assert_type(await systeme.contacts.update(1, fields={"city": "Lyon"}), Contact)
    assert_type(await systeme.contacts.upsert("jane@example.com", surname="Doe"), Contact)
    assert_type(await systeme.contacts.delete(1), None)
    assert_type(await systeme.contacts.assign_tag(1, 2), None)
    assert_type(await systeme.contacts.remove_tag(1, 2), None)


async def tags(systeme: Systeme) -> None:
    assert_type(systeme.tags.list(), Pager[Tag])
    assert_type(
        systeme.tags.list(query="VIP", order="desc", limit=10, starting_after=None), Pager[Tag]
    )
    assert_type(await systeme.tags.get(1), Tag)
    assert_type(await systeme.tags.find("VIP"), Tag | None)
    assert_type(await systeme.tags.create("VIP"), Tag)
    assert_type(await systeme.tags.ensure("VIP"), Tag)
    assert_type(await systeme.tags.rename(1, "VIP"), Tag)
    assert_type(await systeme.tags.delete(1), None)


async def contact_fields(systeme: Systeme) -> None:
    assert_type(systeme.contact_fields.list(), Pager[ContactField])
    assert_type(await systeme.contact_fields.find("city"), ContactField | None)
    assert_type(await systeme.contact_fields.create("Hat size", "hat_size"), ContactField)
    assert_type(await systeme.contact_fields.ensure("Hat size", "hat_size"), ContactField)
    assert_type(await systeme.contact_fields.rename("hat_size", "Size"), ContactField)
    assert_type(await systeme.contact_fields.delete("hat_size"), None)


def models(contact: Contact, tag: Tag, field: ContactField, value: FieldValue) -> None:
    assert_type(contact.id, int)
    assert_type(contact.email, str | None)
    assert_type(contact.registered_at, datetime | None)
    assert_type(contact.locale, str | None)
    assert_type(contact.source_url, str | None)
    assert_type(contact.unsubscribed, bool | None)
    assert_type(contact.bounced, bool | None)
    assert_type(contact.needs_confirmation, bool | None)
    assert_type(contact.fields, Mapping[str, str | None])
    assert_type(contact.fields["city"], str | None)
    assert_type(contact.field_values, list[FieldValue])
    assert_type(contact.first_name, str | None)
    assert_type(contact.surname, str | None)
    assert_type(contact.phone_number, str | None)
    assert_type(contact.country, str | None)
    assert_type(contact.tags, list[Tag])
    assert_type(tag.id, int)
    assert_type(tag.name, str)
    assert_type(tag.created_at, datetime | None)
    assert_type(field.slug, str)
    assert_type(field.field_name, str)
    assert_type(value.slug, str)
    assert_type(value.value, str | None)
    assert_type(value.field_name, str)


async def errors(systeme: Systeme) -> None:
    try:
        await systeme.tags.get(1)
    except DeadlineExceededError as error:
        assert_type(error.retry_at, datetime | None)
    except (NotSentError, OutcomeUnknownError) as error:
        assert_type(error.attempts, int)
    except TransportError as error:
        assert_type(error.attempts, int)
    except RateLimitedError as error:
        assert_type(error.retry_at, datetime | None)
    except AlreadyExistsError as error:
        assert_type(error.violations, tuple[Violation, ...])
    except ValidationError as error:
        for violation in error.violations:
            assert_type(violation.property_path, str)
            assert_type(violation.message, str)
            assert_type(violation.code, str | None)
    except SystemeError as error:
        assert_type(error.request, str | None)


async def other_errors(systeme: Systeme) -> None:
    try:
        await systeme.tags.get(1)
    except PlanLimitError as error:
        assert_type(error.detail, str)
    except APIError as error:
        assert_type(error.status, int)
        assert_type(error.headers, Mapping[str, str])
        assert_type(error.source, Literal["systeme", "maton", "activecampaign"])
        assert_type(error.attempts, int)
    except DecodeError as error:
        assert_type(error.status, int)
    except ConfigurationError as error:
        as_value_error: ValueError = error
        del as_value_error
    except SystemeError as error:
        assert_type(error.request, str | None)


async def bulk(systeme: Systeme, pager: Pager[Contact]) -> None:
    assert_type(systeme.bulk.import_contacts("people.csv"), ImportJob)
    assert_type(systeme.bulk.import_contacts(Path("people.csv")), ImportJob)
    assert_type(systeme.bulk.import_contacts([{"email": "jane@example.com"}]), ImportJob)
    assert_type(systeme.bulk.import_contacts(pager), ImportJob)
    assert_type(systeme.bulk.import_contacts(row for row in ({"email": "x"},)), ImportJob)
    job = systeme.bulk.import_contacts(
        [], tags=["VIP"], on_existing="skip", columns={"Mail": "email", "Notes": None}
    )
    assert_type(await job.run(), Report)
    assert_type(job.report, Report)
    assert_type(job.stop(), None)
    assert_type(job.count, int | None)
    assert_type(job.columns, Mapping[str, str | None])
    async with job as begun:
        assert_type(begun, ImportJob)
        async for outcome in job:
            assert_type(outcome, Outcome)
            assert_type(outcome.row, int)
            assert_type(outcome.status, Status)
            assert_type(outcome.contact_id, int | None)
            assert_type(outcome.error, SystemeError | None)
            assert_type(outcome.email, str | None)


def report(sums: Report) -> None:
    assert_type(sums.created, int)
    assert_type(sums.updated, int)
    assert_type(sums.unchanged, int)
    assert_type(sums.rejected, int)
    assert_type(sums.unknown, int)
    assert_type(sums.requests, int)
    assert_type(sums.throttled, int)
    assert_type(sums.elapsed, float)
    assert_type(sums.rows, int)
    assert_type(sums.first_errors, list[Outcome])


async def sandboxes() -> None:
    async with Sandbox(quota=Quota(60), faults=Faults(lost=0.02), seed=1) as sandbox:
        assert_type(sandbox, Sandbox)
        assert_type(sandbox.url, str)
        assert_type(sandbox.api_key, str)
        assert_type(sandbox.requests, list[ReceivedRequest])
        assert_type(sandbox.received, int)
        assert_type(sandbox.throttled, int)
        assert_type(sandbox.in_flight, int)
        assert_type(sandbox.peak_in_flight, int)
        assert_type(sandbox.account, Account)
        assert_type(sandbox.account.contacts, Mapping[int, HeldContact])
        assert_type(sandbox.account.tags, Mapping[int, HeldTag])
        assert_type(sandbox.account.effects, list[Change])
        assert_type(sandbox.account.add_contact("jane@example.com", tags=["VIP"]), HeldContact)
        assert_type(sandbox.account.add_tag("VIP"), HeldTag)
        assert_type(sandbox.account.contact_by_email("jane@example.com"), HeldContact | None)
        assert_type(sandbox.inject("lost", method="POST", times=2, after=1), None)
    assert_type(await sandbox.start(), None)
    assert_type(await sandbox.aclose(), None)
    assert_type(VirtualClockLoop().time(), float)


async def what_is_refused(systeme: Systeme) -> None:
    """Each line here is an error to a type checker; a line that is none is reported."""
    Systeme("key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Systeme(colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    systeme.with_options(quota=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await systeme.contacts.get("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await systeme.contacts.create("a", locale="ja")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await systeme.contacts.create("a", city="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await systeme.contacts.update(1, email="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await systeme.contacts.create("a", fields={"n": 7})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    systeme.contacts.list(order="up")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    systeme.bulk.import_contacts([], on_existing="merge")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    contact = await systeme.contacts.get(1)
    contact.email = "b"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]

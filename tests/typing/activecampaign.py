"""How ActiveCampaign is used, for type checkers alone: never executed, never collected."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, assert_never, assert_type

from systeme_async import ActiveCampaign, BudgetSnapshot, Lane, Pager, Quota, Secret
from systeme_async.activecampaign import (
    Account,
    AccountContact,
    Automation,
    Campaign,
    Contact,
    ContactAutomation,
    ContactList,
    ContactTag,
    Deal,
    DealGroup,
    DealStage,
    Field,
    FieldOption,
    FieldRelation,
    FieldValue,
    ImportBatch,
    ImportContact,
    ImportReport,
    LeftOut,
    List,
    Note,
    Tag,
    User,
    WebhookRegistration,
)
from systeme_async.activecampaign.deliveries import (
    AccountEvent,
    ContactTagAdded,
    ContactTagRemoved,
    ContactUpdated,
    DealEvent,
    DeliveredContact,
    DeliveredEvent,
    DeliveryToken,
    Event,
    MailEvent,
    Subscribed,
    UnknownEvent,
    Unsubscribed,
    parse,
)


async def clients() -> None:
    activecampaign = ActiveCampaign(
        url="https://acme.api-us1.com",
        api_key="…",
        quota=Quota(5, per=1.0, share=0.5),
        budget="memory",
        timeout=30,
        deadline=None,
        max_attempts=5,
        concurrency=20,
        validate=True,
    )
    ActiveCampaign()
    via = ActiveCampaign.via_maton(api_key="…", connection="…", base_url=None, timeout=3)
    assert_type(via, ActiveCampaign)
    async with activecampaign as opened:
        assert_type(opened, ActiveCampaign)
    assert_type(activecampaign.with_options(lane=Lane.BULK), ActiveCampaign)
    assert_type(activecampaign.budget.snapshot(), BudgetSnapshot)
    assert_type(await activecampaign.request("GET", "/api/3/forms"), Any)
    assert_type(await activecampaign.aclose(), None)


async def contacts(ac: ActiveCampaign, when: datetime) -> None:
    assert_type(ac.contacts.list(), Pager[Contact])
    assert_type(
        ac.contacts.list(
            email="jane@example.com",
            email_like="jane",
            search="x",
            phone="+33",
            ids={1, 2},
            list_id=1,
            tag_id=2,
            segment_id=3,
            automation_id=4,
            form_id=5,
            status="active",
            created_after=when,
            created_before=when,
            updated_after=when,
            updated_before=when,
            details=True,
            limit=100,
            after=7,
        ),
        Pager[Contact],
    )
    assert_type(await ac.contacts.get(1), Contact)
    assert_type(await ac.contacts.find("jane@example.com"), Contact | None)
    assert_type(await ac.contacts.create("jane@example.com", first_name="Jane"), Contact)
    assert_type(
        await ac.contacts.sync(
            "jane@example.com",
            last_name=None,
            phone="+33",
            fields={1: "Blue", 2: 3, 3: ["a"], 4: date(2026, 1, 1), 5: None},
        ),
        Contact,
    )
    assert_type(await ac.contacts.update(1, fields={1: ["a", "b"]}), Contact)
    assert_type(await ac.contacts.delete(1), None)
    assert_type(await ac.contacts.tags(1), Sequence[ContactTag])
    assert_type(await ac.contacts.lists(1), Sequence[ContactList])
    assert_type(await ac.contacts.field_values(1), Sequence[FieldValue])
    assert_type(await ac.contacts.add_tag(1, "VIP"), ContactTag)
    assert_type(await ac.contacts.add_tag(1, 2), ContactTag)
    assert_type(await ac.contacts.remove_tag(1, "VIP"), bool)
    assert_type(await ac.contacts.subscribe(1, 2), ContactList)
    assert_type(await ac.contacts.unsubscribe(1, 2), ContactList)


async def tags(ac: ActiveCampaign) -> None:
    assert_type(ac.tags.list(search="x", limit=10), Pager[Tag])
    assert_type(await ac.tags.get(1), Tag)
    assert_type(await ac.tags.find("VIP"), Tag | None)
    assert_type(await ac.tags.create("VIP", description="x", kind="contact"), Tag)
    assert_type(await ac.tags.ensure("VIP"), Tag)
    assert_type(await ac.tags.update(1, name="x", description="y"), Tag)
    assert_type(await ac.tags.delete(1), None)


async def fields(ac: ActiveCampaign) -> None:
    assert_type(ac.fields.list(limit=10), Pager[Field])
    assert_type(await ac.fields.get(1), Field)
    assert_type(await ac.fields.find("Color"), Field | None)
    assert_type(await ac.fields.create("Color"), Field)
    assert_type(
        await ac.fields.create(
            "Color", type="radio", description="x", options=("a", "b"), visible=False
        ),
        Field,
    )
    assert_type(await ac.fields.show(1), FieldRelation)
    assert_type(await ac.fields.show(1, list_id=2), FieldRelation)
    assert_type(await ac.fields.add_options(1, ["c"], first=3), Sequence[FieldOption])
    assert_type(await ac.fields.update(1, title="x", description="y", visible=True), Field)
    assert_type(await ac.fields.delete(1), None)
    assert_type(ac.field_values.list(field_id=1, value="Blue"), Pager[FieldValue])
    assert_type(await ac.field_values.get(1), FieldValue)
    assert_type(await ac.field_values.set(1, 2, ["a", "b"]), FieldValue)
    assert_type(await ac.field_values.update(1, 2, 3, None), FieldValue)
    assert_type(await ac.field_values.delete(1), None)


async def lists(ac: ActiveCampaign) -> None:
    assert_type(ac.lists.list(name="x"), Pager[List])
    assert_type(await ac.lists.get(1), List)
    assert_type(await ac.lists.find("News"), List | None)
    assert_type(
        await ac.lists.create("News", sender_url="x", sender_reminder="y", stringid="news"), List
    )
    assert_type(await ac.lists.update(1, name="x", sender_url="y", sender_reminder="z"), List)
    assert_type(await ac.lists.delete(1), None)


async def deals(ac: ActiveCampaign, when: datetime) -> None:
    assert_type(
        ac.deals.list(
            search="x",
            search_field="title",
            title="y",
            stage=1,
            group=2,
            status="open",
            owner=3,
            tag=4,
            minimum_value=0,
            maximum_value=100,
            created_after=when,
            created_before=when,
            updated_after=when,
            updated_before=when,
        ),
        Pager[Deal],
    )
    assert_type(await ac.deals.get(1), Deal)
    assert_type(
        await ac.deals.create(
            "x",
            value=100,
            currency="eur",
            contact=1,
            account=None,
            group=None,
            stage=2,
            owner=3,
            status="won",
            percent=50,
            description="y",
        ),
        Deal,
    )
    assert_type(await ac.deals.update(1, status="lost", value=0), Deal)
    assert_type(await ac.deals.delete(1), None)
    assert_type(ac.deal_stages.list(group=1, title="x"), Pager[DealStage])
    assert_type(await ac.deal_stages.get(1), DealStage)
    assert_type(await ac.deal_stages.create("x", group=1, order=2, color="32B0FC"), DealStage)
    assert_type(await ac.deal_stages.update(1, title="x"), DealStage)
    assert_type(await ac.deal_stages.delete(1), None)
    assert_type(ac.deal_groups.list(title="x"), Pager[DealGroup])
    assert_type(await ac.deal_groups.get(1), DealGroup)
    assert_type(await ac.deal_groups.create("x", currency="eur"), DealGroup)
    assert_type(await ac.deal_groups.update(1, title="x"), DealGroup)
    assert_type(await ac.deal_groups.delete(1), None)


async def marketing(ac: ActiveCampaign) -> None:
    assert_type(ac.automations.list(), Pager[Automation])
    assert_type(await ac.automations.get(1), Automation)
    assert_type(await ac.automations.start(1, 2), ContactAutomation)
    assert_type(await ac.automations.end(1), None)
    assert_type(ac.automations.contacts(), Pager[ContactAutomation])
    assert_type(ac.campaigns.list(automation_id=1), Pager[Campaign])
    assert_type(await ac.campaigns.get(1), Campaign)
    assert_type(ac.users.list(), Pager[User])
    assert_type(await ac.users.get(1), User)
    assert_type(await ac.users.me(), User)


async def companies(ac: ActiveCampaign) -> None:
    assert_type(ac.accounts.list(search="x"), Pager[Account])
    assert_type(await ac.accounts.get(1), Account)
    assert_type(await ac.accounts.create("Acme", account_url="x", owner=1), Account)
    assert_type(await ac.accounts.update(1, name="x"), Account)
    assert_type(await ac.accounts.delete(1), None)
    assert_type(await ac.accounts.add_contact(1, 2, job_title="x"), AccountContact)
    assert_type(await ac.accounts.remove_contact(1), None)
    assert_type(ac.accounts.contacts(account_id=1, contact_id=2), Pager[AccountContact])
    assert_type(ac.notes.list(), Pager[Note])
    assert_type(await ac.notes.get(1), Note)
    assert_type(await ac.notes.create("x", relid=1, reltype="Deal"), Note)
    assert_type(await ac.notes.update(1, "y"), Note)
    assert_type(await ac.notes.delete(1), None)


async def webhooks(ac: ActiveCampaign) -> None:
    assert_type(ac.webhooks.list(name="x", url="y", list_id=1), Pager[WebhookRegistration])
    assert_type(await ac.webhooks.get(1), WebhookRegistration)
    assert_type(
        await ac.webhooks.create("x", "https://example.com", ["subscribe"]), WebhookRegistration
    )
    assert_type(
        await ac.webhooks.create(
            "x", "https://example.com", {"open"}, sources=["public", "admin"], list_id=1
        ),
        WebhookRegistration,
    )
    assert_type(await ac.webhooks.update(1, events=["open"], sources=("api",)), WebhookRegistration)
    assert_type(await ac.webhooks.delete(1), None)
    assert_type(await ac.webhooks.events(), Sequence[str])


async def imports(
    ac: ActiveCampaign,
    typed: list[ImportContact],
    plain: list[dict[str, str]],
    rows: AsyncIterator[Mapping[str, object]],
) -> None:
    report = await ac.bulk_imports.run(typed)
    assert_type(report, ImportReport)
    assert_type(await ac.bulk_imports.run(plain, exclude_automations=True), ImportReport)
    assert_type(await ac.bulk_imports.run(rows, on_left_out=print), ImportReport)
    assert_type(report.rows, int)
    assert_type(report.imported, int)
    assert_type(report.rejected, list[LeftOut])
    assert_type(report.failed, list[LeftOut])
    assert_type(report.in_doubt, list[LeftOut])
    assert_type(report.batches, list[ImportBatch])
    assert_type(report.unfinished, list[ImportBatch])
    assert_type(report.skipped, int)
    assert_type(report.requests, int)
    assert_type(report.rejected[0].kind, Literal["rejected", "failed", "in doubt"])
    assert_type(report.rejected[0].row, int | None)
    assert_type(report.rejected[0].email, str | None)


def models(contact: Contact, field: Field, deal: Deal, hook: WebhookRegistration) -> None:
    assert_type(contact.email, str | None)
    assert_type(contact.created_at, datetime | None)
    assert_type(contact.field_values, list[FieldValue])
    assert_type(contact.field_values[0].values, list[str])
    assert_type(contact.tags, list[ContactTag])
    assert_type(contact.lists, list[ContactList])
    assert_type(field.options, list[FieldOption])
    assert_type(field.multiple, bool)
    assert_type(deal.value, int | None)
    assert_type(hook.events, list[str])
    assert_type(hook.list_id, int | None)


def deliveries(body: bytes) -> None:
    token = DeliveryToken("…")
    DeliveryToken(["new", Secret("old")])
    assert_type(token.url("https://example.com"), str)
    assert_type(token.check("?token=…"), None)
    assert_type(token.unwrap(body, None), Event)
    assert_type(parse("type=x"), Event)
    event = parse(body)
    assert_type(event.type, str)
    assert_type(event.happened_at, datetime | None)
    assert_type(event.list_ids, tuple[int, ...])
    assert_type(event.by_api, bool)
    assert_type(event.key, str)
    assert_type(event.body, dict[str, Any])
    shared: DeliveredEvent = event
    del shared
    match event:
        case ContactTagAdded() | ContactTagRemoved():
            assert_type(event.tag, str)
            assert_type(event.contact, DeliveredContact)
        case Subscribed() | ContactUpdated():
            assert_type(event.contact.tags, list[str])
            assert_type(event.contact.fields, dict[str, str])
            assert_type(event.contact.fields_by_id, dict[int, str])
            assert_type(event.contact.fields_by_perstag, dict[str, str])
            assert_type(event.contact.values(1), list[str])
            assert_type(event.contact.values("COLOR"), list[str])
        case Unsubscribed():
            assert_type(event.reason, str | None)
        case DealEvent():
            assert_type(event.deal_id, int)
            assert_type(event.contact, DeliveredContact | None)
        case MailEvent():
            assert_type(event.campaign_id, int | None)
            assert_type(event.url, str | None)
        case AccountEvent():
            assert_type(event.account_id, int)
        case UnknownEvent():
            assert_type(event.contact, DeliveredContact | None)
        case _:
            assert_never(event)

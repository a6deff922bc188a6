"""What each method sends, what it is answered, and what comes back of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

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
    List,
    Note,
    Tag,
    User,
    WebhookRegistration,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import ActiveCampaign

HOOK: Final = "https://example.com/hook?token=t"
SOURCES: Final = ["public", "admin", "api", "system"]
PLACE: Final = {"limit": "100", "offset": "0"}
BY_ID: Final = {**PLACE, "orders__id": "ASC"}


@dataclass(frozen=True)
class Row:
    """What one method does on the wire."""

    call: Callable[[ActiveCampaign], Awaitable[Any]]
    method: str
    path: str
    answer: Any
    expected: Any
    query: dict[str, str] = field(default_factory=dict[str, str])
    body: Any = None


def listing(
    call: Callable[[ActiveCampaign], Awaitable[Any]],
    path: str,
    kind: type[Any],
    **query: str,
) -> Row:
    """Describe the listing of what stands under its path's last word."""
    key = path.rpartition("/")[2]
    named = {name.replace("__", "[") + "]" * ("__" in name): text for name, text in query.items()}
    return Row(
        call, "GET", path, {key: [{"id": "5", "field": 1, "tag": "1", "list": 1}]}, kind, named
    )


def deletion(call: Callable[[ActiveCampaign], Awaitable[Any]], path: str) -> Row:
    """Describe a deletion."""
    return Row(call, "DELETE", path, {}, None)


def single(key: str, **more: Any) -> dict[str, Any]:
    """Answer with one thing."""
    return {key: {"id": "5", **more}}


ROWS: Final[dict[str, Row]] = {
    # Contacts
    "contacts.list": Row(
        lambda ac: ac.contacts.list(
            email="a@b.c", ids=[1, 2], list_id=3, status="bounced", limit=10
        ).collect(),
        "GET",
        "contacts",
        {"contacts": [{"id": "5"}]},
        [Contact(id=5)],
        {
            "email": "a@b.c",
            "ids[]": "2",
            "listid": "3",
            "status": "3",
            "limit": "10",
            "orders[id]": "ASC",
            "id_greater": "0",
        },
    ),
    "contacts.get": Row(
        lambda ac: ac.contacts.get(5), "GET", "contacts/5", single("contact"), Contact(id=5)
    ),
    "contacts.create": Row(
        lambda ac: ac.contacts.create("a@b.c", first_name="A"),
        "POST",
        "contacts",
        single("contact", email="a@b.c"),
        Contact(id=5, email="a@b.c"),
        body={"contact": {"email": "a@b.c", "firstName": "A"}},
    ),
    "contacts.update": Row(
        lambda ac: ac.contacts.update(5, phone=None),
        "PUT",
        "contacts/5",
        single("contact"),
        Contact(id=5),
        body={"contact": {"phone": ""}},
    ),
    "contacts.sync": Row(
        lambda ac: ac.contacts.sync("a@b.c", fields={1: ["x", "y"]}),
        "POST",
        "contact/sync",
        single("contact"),
        Contact(id=5),
        body={"contact": {"email": "a@b.c", "fieldValues": [{"field": 1, "value": "||x||y||"}]}},
    ),
    "contacts.delete": deletion(lambda ac: ac.contacts.delete(5), "contacts/5"),
    "contacts.tags": Row(
        lambda ac: ac.contacts.tags(5),
        "GET",
        "contacts/5/contactTags",
        {"contactTags": [{"id": "1", "tag": "2", "contact": "5"}]},
        [ContactTag(id=1, tag=2, contact=5)],
        PLACE,
    ),
    "contacts.lists": Row(
        lambda ac: ac.contacts.lists(5),
        "GET",
        "contacts/5/contactLists",
        {"contactLists": [{"id": "1", "list": "2", "status": "2"}]},
        [ContactList(id=1, list=2, status=2)],
        PLACE,
    ),
    "contacts.field_values": Row(
        lambda ac: ac.contacts.field_values(5),
        "GET",
        "contacts/5/fieldValues",
        {"fieldValues": [{"id": "1", "field": "2", "value": ""}]},
        [FieldValue(id=1, field=2)],
        PLACE,
    ),
    "contacts.automations": Row(
        lambda ac: ac.contacts.automations(5),
        "GET",
        "contacts/5/contactAutomations",
        {"contactAutomations": [{"id": "1", "automation": "2", "completed": "1"}]},
        [ContactAutomation(id=1, automation=2, completed=True)],
        PLACE,
    ),
    "contacts.notes": Row(
        lambda ac: ac.contacts.notes(5),
        "GET",
        "contacts/5/notes",
        {"notes": [{"id": "1", "note": "x"}], "meta": {"total": 1}},
        [Note(id=1, note="x")],
        PLACE,
    ),
    "contacts.add_tag": Row(
        lambda ac: ac.contacts.add_tag(5, 2),
        "POST",
        "contactTags",
        {"contactTag": {"id": "1", "tag": "2", "contact": "5"}},
        ContactTag(id=1, tag=2, contact=5),
        body={"contactTag": {"contact": 5, "tag": 2}},
    ),
    "contacts.subscribe": Row(
        lambda ac: ac.contacts.subscribe(5, 3),
        "POST",
        "contactLists",
        {"contacts": [], "contactList": {"id": "1", "list": "3", "contact": "5", "status": 1}},
        ContactList(id=1, list=3, contact=5, status=1),
        body={"contactList": {"list": 3, "contact": 5, "status": 1, "sourceid": 4}},
    ),
    # Tags
    "tags.list": listing(
        lambda ac: ac.tags.list(search="v").collect(),
        "tags",
        Tag,
        search="v",
        orders__search="asc",
        **PLACE,
    ),
    "tags.get": Row(
        lambda ac: ac.tags.get(5), "GET", "tags/5", single("tag", tag="V"), Tag(id=5, name="V")
    ),
    "tags.create": Row(
        lambda ac: ac.tags.create("V"),
        "POST",
        "tags",
        single("tag", tag="V"),
        Tag(id=5, name="V"),
        body={"tag": {"tag": "V", "tagType": "contact", "description": ""}},
    ),
    "tags.update": Row(
        lambda ac: ac.tags.update(5, name="W"),
        "PUT",
        "tags/5",
        single("tag", tag="W"),
        Tag(id=5, name="W"),
        body={"tag": {"tag": "W"}},
    ),
    "tags.delete": deletion(lambda ac: ac.tags.delete(5), "tags/5"),
    # Fields
    "fields.list": listing(lambda ac: ac.fields.list().collect(), "fields", Field, **BY_ID),
    "fields.get": Row(lambda ac: ac.fields.get(5), "GET", "fields/5", single("field"), Field(id=5)),
    "fields.create": Row(
        lambda ac: ac.fields.create("Color", description="d", visible=False),
        "POST",
        "fields",
        single("field", title="Color"),
        Field(id=5, title="Color"),
        body={"field": {"title": "Color", "type": "text", "descript": "d", "visible": 0}},
    ),
    "fields.show": Row(
        lambda ac: ac.fields.show(5),
        "POST",
        "fieldRels",
        {"fieldRel": {"id": "1", "field": "5", "relid": 0}},
        FieldRelation(id=1, field=5, list=0),
        body={"fieldRel": {"field": 5, "relid": 0}},
    ),
    "fields.add_options": Row(
        lambda ac: ac.fields.add_options(5, ["a"], first=3),
        "POST",
        "fieldOption/bulk",
        {"fieldOptions": [{"id": "1", "field": "5", "orderid": 3, "value": "a", "label": "a"}]},
        [FieldOption(id=1, field=5, value="a", label="a", order=3)],
        body={
            "fieldOptions": [
                {"field": 5, "orderid": 3, "value": "a", "label": "a", "isdefault": False}
            ]
        },
    ),
    "fields.update": Row(
        lambda ac: ac.fields.update(5, title="T", visible=True),
        "PUT",
        "fields/5",
        single("field", title="T"),
        Field(id=5, title="T"),
        body={"field": {"title": "T", "visible": 1}},
    ),
    "fields.delete": deletion(lambda ac: ac.fields.delete(5), "fields/5"),
    # Values
    "field_values.list": listing(
        lambda ac: ac.field_values.list(field_id=3, value=["a", "b"]).collect(),
        "fieldValues",
        FieldValue,
        filters__fieldid="3",
        filters__val="||a||b||",
        **BY_ID,
    ),
    "field_values.get": Row(
        lambda ac: ac.field_values.get(5),
        "GET",
        "fieldValues/5",
        single("fieldValue", field="3"),
        FieldValue(id=5, field=3),
    ),
    "field_values.set": Row(
        lambda ac: ac.field_values.set(1, 3, None),
        "POST",
        "fieldValues",
        single("fieldValue", field="3"),
        FieldValue(id=5, field=3),
        body={"fieldValue": {"contact": 1, "field": 3, "value": ""}},
    ),
    "field_values.update": Row(
        lambda ac: ac.field_values.update(5, 1, 3, 7),
        "PUT",
        "fieldValues/5",
        single("fieldValue", field="3"),
        FieldValue(id=5, field=3),
        body={"fieldValue": {"contact": 1, "field": 3, "value": "7"}},
    ),
    "field_values.delete": deletion(lambda ac: ac.field_values.delete(5), "fieldValues/5"),
    # Lists
    "lists.list": listing(
        lambda ac: ac.lists.list(name="N").collect(),
        "lists",
        List,
        filters__name="N",
        orders__name="ASC",
        **PLACE,
    ),
    "lists.get": Row(
        lambda ac: ac.lists.get(5), "GET", "lists/5", single("list", name="N"), List(id=5, name="N")
    ),
    "lists.create": Row(
        lambda ac: ac.lists.create("My News", sender_url="u", sender_reminder="r"),
        "POST",
        "lists",
        single("list", name="My News", send_last_broadcast=0),
        List(id=5, name="My News"),
        body={
            "list": {
                "name": "My News",
                "stringid": "my-news",
                "sender_url": "u",
                "sender_reminder": "r",
                "send_last_broadcast": 0,
            }
        },
    ),
    "lists.update": Row(
        lambda ac: ac.lists.update(5, name="O"),
        "PATCH",
        "lists/5",
        single("list", name="O"),
        List(id=5, name="O"),
        body={"list": {"name": "O"}},
    ),
    "lists.delete": deletion(lambda ac: ac.lists.delete(5), "lists/5"),
    # Deals
    "deals.list": listing(
        lambda ac: ac.deals.list(search="x", search_field="title", stage=1, status="won").collect(),
        "deals",
        Deal,
        filters__search="x",
        filters__search_field="title",
        filters__stage="1",
        filters__status="1",
        orders__cdate="ASC",
        **PLACE,
    ),
    "deals.get": Row(lambda ac: ac.deals.get(5), "GET", "deals/5", single("deal"), Deal(id=5)),
    "deals.create": Row(
        lambda ac: ac.deals.create("D", value=100, currency="USD", contact=1, stage=2, owner=3),
        "POST",
        "deals",
        {**single("deal", title="D", value=100, status=0), "contacts": [], "dealStages": []},
        Deal(id=5, title="D", value=100, status=0),
        body={
            "deal": {
                "title": "D",
                "value": 100,
                "currency": "usd",
                "contact": 1,
                "stage": 2,
                "owner": 3,
            }
        },
    ),
    "deals.update": Row(
        lambda ac: ac.deals.update(5, status="lost", value=0),
        "PUT",
        "deals/5",
        single("deal"),
        Deal(id=5),
        body={"deal": {"value": 0, "status": 2}},
    ),
    "deals.delete": deletion(lambda ac: ac.deals.delete(5), "deals/5"),
    "deal_stages.list": listing(
        lambda ac: ac.deal_stages.list(group=1).collect(),
        "dealStages",
        DealStage,
        filters__d_groupid="1",
        orders__title="ASC",
        **PLACE,
    ),
    "deal_stages.get": Row(
        lambda ac: ac.deal_stages.get(5),
        "GET",
        "dealStages/5",
        single("dealStage"),
        DealStage(id=5),
    ),
    "deal_stages.create": Row(
        lambda ac: ac.deal_stages.create("S", group=1, order=2),
        "POST",
        "dealStages",
        single("dealStage", order=2),
        DealStage(id=5, order=2),
        body={"dealStage": {"title": "S", "group": 1, "order": 2}},
    ),
    "deal_stages.update": Row(
        lambda ac: ac.deal_stages.update(5, color="32B0FC"),
        "PUT",
        "dealStages/5",
        single("dealStage"),
        DealStage(id=5),
        body={"dealStage": {"color": "32B0FC"}},
    ),
    "deal_stages.move_deals": Row(
        lambda ac: ac.deal_stages.move_deals(5, 6),
        "PUT",
        "dealStages/5/deals",
        {"deals": []},
        None,
        body={"deal": {"stage": 6}},
    ),
    "deal_stages.delete": deletion(lambda ac: ac.deal_stages.delete(5), "dealStages/5"),
    "deal_groups.list": listing(
        lambda ac: ac.deal_groups.list().collect(),
        "dealGroups",
        DealGroup,
        orders__title="ASC",
        **PLACE,
    ),
    "deal_groups.get": Row(
        lambda ac: ac.deal_groups.get(5),
        "GET",
        "dealGroups/5",
        single("dealGroup", stages=["19"]),
        DealGroup(id=5, stages=[19]),
    ),
    "deal_groups.create": Row(
        lambda ac: ac.deal_groups.create("P", currency="eur"),
        "POST",
        "dealGroups",
        single("dealGroup"),
        DealGroup(id=5),
        body={"dealGroup": {"title": "P", "currency": "eur"}},
    ),
    "deal_groups.update": Row(
        lambda ac: ac.deal_groups.update(5, title="Q"),
        "PUT",
        "dealGroups/5",
        single("dealGroup"),
        DealGroup(id=5),
        body={"dealGroup": {"title": "Q"}},
    ),
    "deal_groups.delete": deletion(lambda ac: ac.deal_groups.delete(5), "dealGroups/5"),
    # Automations, campaigns, users
    "automations.list": listing(
        lambda ac: ac.automations.list().collect(), "automations", Automation, **BY_ID
    ),
    "automations.get": Row(
        lambda ac: ac.automations.get(5),
        "GET",
        "automations/5",
        single("automation"),
        Automation(id=5),
    ),
    "automations.start": Row(
        lambda ac: ac.automations.start(1, 2),
        "POST",
        "contactAutomations",
        single("contactAutomation", contact="1"),
        ContactAutomation(id=5, contact=1),
        body={"contactAutomation": {"contact": 1, "automation": 2}},
    ),
    "automations.end": deletion(lambda ac: ac.automations.end(5), "contactAutomations/5"),
    "automations.contacts": listing(
        lambda ac: ac.automations.contacts().collect(),
        "contactAutomations",
        ContactAutomation,
        **BY_ID,
    ),
    "campaigns.list": listing(
        lambda ac: ac.campaigns.list(automation_id=3).collect(),
        "campaigns",
        Campaign,
        filters__seriesid="3",
        orders__sdate="ASC",
        **PLACE,
    ),
    "campaigns.get": Row(
        lambda ac: ac.campaigns.get(5),
        "GET",
        "campaigns/5",
        single("campaign", send_amt="3"),
        Campaign(id=5, send_amount=3),
    ),
    "users.list": listing(lambda ac: ac.users.list().collect(), "users", User, **BY_ID),
    "users.get": Row(lambda ac: ac.users.get(5), "GET", "users/5", single("user"), User(id=5)),
    "users.find": Row(
        lambda ac: ac.users.find("a+b@c.de"),
        "GET",
        "users/email/a%2Bb%40c.de",
        single("user", email="a+b@c.de"),
        User(id=5, email="a+b@c.de"),
    ),
    "users.me": Row(lambda ac: ac.users.me(), "GET", "users/me", single("user"), User(id=5)),
    # Companies and notes
    "accounts.list": listing(
        lambda ac: ac.accounts.list(search="A").collect(), "accounts", Account, search="A", **BY_ID
    ),
    "accounts.get": Row(
        lambda ac: ac.accounts.get(5), "GET", "accounts/5", single("account"), Account(id=5)
    ),
    "accounts.create": Row(
        lambda ac: ac.accounts.create("Acme", owner=1),
        "POST",
        "accounts",
        single("account", contactCount=0),
        Account(id=5, contact_count=0),
        body={"account": {"name": "Acme", "owner": 1}},
    ),
    "accounts.update": Row(
        lambda ac: ac.accounts.update(5, account_url="u"),
        "PUT",
        "accounts/5",
        single("account"),
        Account(id=5),
        body={"account": {"accountUrl": "u"}},
    ),
    "accounts.delete": deletion(lambda ac: ac.accounts.delete(5), "accounts/5"),
    "accounts.add_contact": Row(
        lambda ac: ac.accounts.add_contact(1, 2, job_title="CEO"),
        "POST",
        "accountContacts",
        single("accountContact", jobTitle="CEO"),
        AccountContact(id=5, job_title="CEO"),
        body={"accountContact": {"account": 1, "contact": 2, "jobTitle": "CEO"}},
    ),
    "accounts.remove_contact": deletion(
        lambda ac: ac.accounts.remove_contact(5), "accountContacts/5"
    ),
    "accounts.contacts": listing(
        lambda ac: ac.accounts.contacts(account_id=1).collect(),
        "accountContacts",
        AccountContact,
        filters__account="1",
        **BY_ID,
    ),
    "notes.list": listing(lambda ac: ac.notes.list().collect(), "notes", Note, **BY_ID),
    "notes.get": Row(
        lambda ac: ac.notes.get(5), "GET", "notes/5", single("note", note="x"), Note(id=5, note="x")
    ),
    "notes.create": Row(
        lambda ac: ac.notes.create("x", relid=2),
        "POST",
        "notes",
        {"contacts": [], **single("note", relid=2)},
        Note(id=5, relid=2),
        body={"note": {"note": "x", "relid": 2, "reltype": "Subscriber"}},
    ),
    "notes.update": Row(
        lambda ac: ac.notes.update(5, "y"),
        "PUT",
        "notes/5",
        single("note"),
        Note(id=5),
        body={"note": {"note": "y"}},
    ),
    "notes.delete": deletion(lambda ac: ac.notes.delete(5), "notes/5"),
    # Webhooks
    "webhooks.list": listing(
        lambda ac: ac.webhooks.list(name="w").collect(),
        "webhooks",
        WebhookRegistration,
        filters__name="w",
        **BY_ID,
    ),
    "webhooks.get": Row(
        lambda ac: ac.webhooks.get(5),
        "GET",
        "webhooks/5",
        single("webhook", events=["open"], listid="0"),
        WebhookRegistration(id=5, events=["open"], list_id=0),
    ),
    "webhooks.create": Row(
        lambda ac: ac.webhooks.create("w", HOOK, ["subscribe"]),
        "POST",
        "webhooks",
        single("webhook", name="w"),
        WebhookRegistration(id=5, name="w"),
        body={
            "webhook": {
                "name": "w",
                "url": HOOK,
                "events": ["subscribe"],
                "sources": SOURCES,
                "listid": 0,
            }
        },
    ),
    "webhooks.update": Row(
        lambda ac: ac.webhooks.update(5, sources=("admin",), events={"open"}),
        "PUT",
        "webhooks/5",
        single("webhook"),
        WebhookRegistration(id=5),
        body={"webhook": {"sources": ["admin"], "events": ["open"]}},
    ),
    "webhooks.delete": deletion(lambda ac: ac.webhooks.delete(5), "webhooks/5"),
    "webhooks.events": Row(
        lambda ac: ac.webhooks.events(),
        "GET",
        "webhook/events",
        {"webhookEvents": ["open", "click"]},
        ["open", "click"],
    ),
}

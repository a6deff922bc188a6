"""What each operation of ActiveCampaign must look like on the wire, and the account it needs."""

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
from systeme_async.testing import ActiveCampaignAccount

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import ActiveCampaign

    Call = Callable[[ActiveCampaign, dict[str, int]], Awaitable[Any]]

PAGE: Final = {"limit": "100", "offset": "0"}
URL: Final = "https://example.com/hook"


@dataclass(frozen=True)
class Row:
    """What one method does on the wire, on the account that `prepared` opens.

    Names in braces stand for ids of the account; the last request is the one that is meant.
    """

    call: Call
    method: str
    path: str
    status: int = 200
    body: Callable[[dict[str, int]], object] | None = None
    query: dict[str, str] = field(default_factory=dict[str, str])
    answer: type[Any] | None = None
    """The type that comes back; for a listing, of its items."""
    requests: int = 1
    """How many requests the method takes; the last one is looked at."""


def prepared() -> tuple[ActiveCampaignAccount, dict[str, int]]:
    """Open an account in which every row finds what it needs; return it and the ids."""
    account = ActiveCampaignAccount()
    color = account.add_field("Color", type="dropdown", options=["red"])
    news, other = account.add_list("News"), account.add_list("Other")
    vip, free = account.add_tag("VIP"), account.add_tag("Free")
    jane = account.add_contact(
        "jane@example.com", fields={color.id: "red"}, tags=["VIP"], lists={news.id: 1}
    )
    pipeline = account.add_pipeline("Sales", stages=["Won"])
    deal = account.add_deal("Big one", contact=jane.id, value=500)
    company = account.add_company("Acme", contacts=[jane.id])
    ids = {
        "jane": jane.id,
        "joe": account.add_contact("joe@example.com").id,
        "color": color.id,
        "news": news.id,
        "other": other.id,
        "vip": vip.id,
        "free": free.id,
        "pipeline": pipeline.id,
        "stage": next(iter(account.deal_stages)),
        "won": [*account.deal_stages][-1],
        "deal": deal.id,
        "company": company.id,
        "note": account.add_note("Called", jane.id).id,
        "automation": account.add_automation("Welcome").id,
        "campaign": account.add_campaign("Spring").id,
        "user": next(iter(account.users)),
        "hook": account.add_webhook("https://example.com/old", ["subscribe"]).id,
        "value": next(iter(account.values)),
        "link": next(iter(account.contact_tags)),
        "employed": next(iter(account.company_contacts)),
    }
    return account, ids


def listing(call: Call, path: str, answer: type[Any], **query: str) -> Row:
    """Describe a listing by place, in the order of the ids unless another one is documented."""
    order = {} if any(name.startswith("orders") for name in query) else {"orders[id]": "ASC"}
    return Row(call, "GET", f"/api/3/{path}", query={**PAGE, **order, **query}, answer=answer)


ROWS: Final[dict[str, Row]] = {
    "LIST_CONTACTS": Row(
        lambda a, _: a.contacts.list(details=True, status="any").collect(),
        "GET",
        "/api/3/contacts",
        query={
            "limit": "100",
            "orders[id]": "ASC",
            "id_greater": "0",
            "status": "-1",
            "include": "fieldValues,contactTags,contactLists",
        },
        answer=Contact,
    ),
    "GET_CONTACT": Row(
        lambda a, i: a.contacts.get(i["jane"]), "GET", "/api/3/contacts/{jane}", answer=Contact
    ),
    "CREATE_CONTACT": Row(
        lambda a, i: a.contacts.create(
            "jim@example.com", first_name="Jim", fields={i["color"]: "red"}
        ),
        "POST",
        "/api/3/contacts",
        201,
        body=lambda i: {
            "contact": {
                "email": "jim@example.com",
                "firstName": "Jim",
                "fieldValues": [{"field": i["color"], "value": "red"}],
            }
        },
        answer=Contact,
    ),
    "UPDATE_CONTACT": Row(
        lambda a, i: a.contacts.update(i["jane"], last_name="Doe", phone=None),
        "PUT",
        "/api/3/contacts/{jane}",
        body=lambda _: {"contact": {"lastName": "Doe", "phone": ""}},
        answer=Contact,
    ),
    "SYNC_CONTACT": Row(
        lambda a, _: a.contacts.sync("jane@example.com", first_name="Jane"),
        "POST",
        "/api/3/contact/sync",
        body=lambda _: {"contact": {"email": "jane@example.com", "firstName": "Jane"}},
        answer=Contact,
    ),
    "DELETE_CONTACT": Row(
        lambda a, i: a.contacts.delete(i["jane"]), "DELETE", "/api/3/contacts/{jane}"
    ),
    "LIST_TAGS_OF_CONTACT": Row(
        lambda a, i: a.contacts.tags(i["jane"]),
        "GET",
        "/api/3/contacts/{jane}/contactTags",
        query=PAGE,
        answer=ContactTag,
    ),
    "LIST_LISTS_OF_CONTACT": Row(
        lambda a, i: a.contacts.lists(i["jane"]),
        "GET",
        "/api/3/contacts/{jane}/contactLists",
        query=PAGE,
        answer=ContactList,
    ),
    "LIST_VALUES_OF_CONTACT": Row(
        lambda a, i: a.contacts.field_values(i["jane"]),
        "GET",
        "/api/3/contacts/{jane}/fieldValues",
        query=PAGE,
        answer=FieldValue,
    ),
    "LIST_AUTOMATIONS_OF_CONTACT": Row(
        lambda a, i: a.contacts.automations(i["jane"]),
        "GET",
        "/api/3/contacts/{jane}/contactAutomations",
        query=PAGE,
        answer=ContactAutomation,
    ),
    "LIST_NOTES_OF_CONTACT": Row(
        lambda a, i: a.contacts.notes(i["jane"]),
        "GET",
        "/api/3/contacts/{jane}/notes",
        query=PAGE,
        answer=Note,
    ),
    "ADD_TAG": Row(
        lambda a, i: a.contacts.add_tag(i["jane"], i["free"]),
        "POST",
        "/api/3/contactTags",
        201,
        body=lambda i: {"contactTag": {"contact": i["jane"], "tag": i["free"]}},
        answer=ContactTag,
    ),
    "REMOVE_TAG": Row(
        lambda a, i: a.contacts.remove_tag(i["jane"], i["vip"]),
        "DELETE",
        "/api/3/contactTags/{link}",
        answer=bool,
        requests=2,
    ),
    "SET_SUBSCRIPTION": Row(
        lambda a, i: a.contacts.subscribe(i["joe"], i["news"]),
        "POST",
        "/api/3/contactLists",
        body=lambda i: {
            "contactList": {
                "list": i["news"],
                "contact": i["joe"],
                "status": 1,
                "sourceid": 4,
            }
        },
        answer=ContactList,
    ),
    "LIST_TAGS": listing(
        lambda a, _: a.tags.list(search="V").collect(),
        "tags",
        Tag,
        search="V",
        **{"orders[search]": "asc"},
    ),
    "GET_TAG": Row(lambda a, i: a.tags.get(i["vip"]), "GET", "/api/3/tags/{vip}", answer=Tag),
    "CREATE_TAG": Row(
        lambda a, _: a.tags.create("New", description="x"),
        "POST",
        "/api/3/tags",
        201,
        body=lambda _: {"tag": {"tag": "New", "tagType": "contact", "description": "x"}},
        answer=Tag,
    ),
    "UPDATE_TAG": Row(
        lambda a, i: a.tags.update(i["vip"], name="Gold"),
        "PUT",
        "/api/3/tags/{vip}",
        body=lambda _: {"tag": {"tag": "Gold"}},
        answer=Tag,
    ),
    "DELETE_TAG": Row(lambda a, i: a.tags.delete(i["vip"]), "DELETE", "/api/3/tags/{vip}"),
    "LIST_FIELDS": listing(lambda a, _: a.fields.list().collect(), "fields", Field),
    "GET_FIELD": Row(
        lambda a, i: a.fields.get(i["color"]), "GET", "/api/3/fields/{color}", answer=Field
    ),
    "CREATE_FIELD": Row(
        lambda a, _: a.fields.create("Size", type="number", visible=False),
        "POST",
        "/api/3/fields",
        201,
        body=lambda _: {"field": {"title": "Size", "type": "number", "visible": 0}},
        answer=Field,
    ),
    "UPDATE_FIELD": Row(
        lambda a, i: a.fields.update(i["color"], title="Colour"),
        "PUT",
        "/api/3/fields/{color}",
        body=lambda _: {"field": {"title": "Colour"}},
        answer=Field,
    ),
    "DELETE_FIELD": Row(
        lambda a, i: a.fields.delete(i["color"]), "DELETE", "/api/3/fields/{color}"
    ),
    "CREATE_FIELD_OPTIONS": Row(
        lambda a, i: a.fields.add_options(i["color"], ["blue"], first=2),
        "POST",
        "/api/3/fieldOption/bulk",
        201,
        body=lambda i: {
            "fieldOptions": [
                {
                    "field": i["color"],
                    "orderid": 2,
                    "value": "blue",
                    "label": "blue",
                    "isdefault": False,
                }
            ]
        },
        answer=FieldOption,
    ),
    "CREATE_FIELD_RELATION": Row(
        lambda a, i: a.fields.show(i["color"], list_id=i["news"]),
        "POST",
        "/api/3/fieldRels",
        201,
        body=lambda i: {"fieldRel": {"field": i["color"], "relid": i["news"]}},
        answer=FieldRelation,
    ),
    "LIST_FIELD_VALUES": listing(
        lambda a, _: a.field_values.list(value="red").collect(),
        "fieldValues",
        FieldValue,
        **{"filters[val]": "red"},
    ),
    "GET_FIELD_VALUE": Row(
        lambda a, i: a.field_values.get(i["value"]),
        "GET",
        "/api/3/fieldValues/{value}",
        answer=FieldValue,
    ),
    "SET_FIELD_VALUE": Row(
        lambda a, i: a.field_values.set(i["joe"], i["color"], ["red", "blue"]),
        "POST",
        "/api/3/fieldValues",
        body=lambda i: {
            "fieldValue": {"contact": i["joe"], "field": i["color"], "value": "||red||blue||"}
        },
        answer=FieldValue,
    ),
    "UPDATE_FIELD_VALUE": Row(
        lambda a, i: a.field_values.update(i["value"], i["jane"], i["color"], None),
        "PUT",
        "/api/3/fieldValues/{value}",
        body=lambda i: {"fieldValue": {"contact": i["jane"], "field": i["color"], "value": ""}},
        answer=FieldValue,
    ),
    "DELETE_FIELD_VALUE": Row(
        lambda a, i: a.field_values.delete(i["value"]), "DELETE", "/api/3/fieldValues/{value}"
    ),
    "LIST_LISTS": listing(
        lambda a, _: a.lists.list(name="News").collect(),
        "lists",
        List,
        **{"filters[name]": "News", "orders[name]": "ASC"},
    ),
    "GET_LIST": Row(lambda a, i: a.lists.get(i["news"]), "GET", "/api/3/lists/{news}", answer=List),
    "CREATE_LIST": Row(
        lambda a, _: a.lists.create(
            "Été 2026", sender_url="https://example.com", sender_reminder="You asked"
        ),
        "POST",
        "/api/3/lists",
        201,
        body=lambda _: {
            "list": {
                "name": "Été 2026",
                "stringid": "ete-2026",
                "sender_url": "https://example.com",
                "sender_reminder": "You asked",
                "send_last_broadcast": 0,
            }
        },
        answer=List,
    ),
    "UPDATE_LIST": Row(
        lambda a, i: a.lists.update(i["news"], name="Letters"),
        "PATCH",
        "/api/3/lists/{news}",
        body=lambda _: {"list": {"name": "Letters"}},
        answer=List,
    ),
    "DELETE_LIST": Row(lambda a, i: a.lists.delete(i["news"]), "DELETE", "/api/3/lists/{news}"),
    "LIST_DEALS": listing(
        lambda a, i: a.deals.list(stage=i["stage"], status="open").collect(),
        "deals",
        Deal,
        **{"filters[stage]": "{stage}", "filters[status]": "0", "orders[cdate]": "ASC"},
    ),
    "GET_DEAL": Row(lambda a, i: a.deals.get(i["deal"]), "GET", "/api/3/deals/{deal}", answer=Deal),
    "CREATE_DEAL": Row(
        lambda a, i: a.deals.create(
            "Small", value=100, currency="eur", contact=i["jane"], stage=i["stage"]
        ),
        "POST",
        "/api/3/deals",
        201,
        body=lambda i: {
            "deal": {
                "title": "Small",
                "value": 100,
                "currency": "eur",
                "contact": i["jane"],
                "stage": i["stage"],
            }
        },
        answer=Deal,
    ),
    "UPDATE_DEAL": Row(
        lambda a, i: a.deals.update(i["deal"], value=7, status="won"),
        "PUT",
        "/api/3/deals/{deal}",
        body=lambda _: {"deal": {"value": 7, "status": 1}},
        answer=Deal,
    ),
    "DELETE_DEAL": Row(lambda a, i: a.deals.delete(i["deal"]), "DELETE", "/api/3/deals/{deal}"),
    "LIST_DEAL_STAGES": listing(
        lambda a, i: a.deal_stages.list(group=i["pipeline"]).collect(),
        "dealStages",
        DealStage,
        **{"filters[d_groupid]": "{pipeline}", "orders[title]": "ASC"},
    ),
    "GET_DEAL_STAGE": Row(
        lambda a, i: a.deal_stages.get(i["stage"]),
        "GET",
        "/api/3/dealStages/{stage}",
        answer=DealStage,
    ),
    "CREATE_DEAL_STAGE": Row(
        lambda a, i: a.deal_stages.create("Offer", group=i["pipeline"]),
        "POST",
        "/api/3/dealStages",
        201,
        body=lambda i: {"dealStage": {"title": "Offer", "group": i["pipeline"]}},
        answer=DealStage,
    ),
    "UPDATE_DEAL_STAGE": Row(
        lambda a, i: a.deal_stages.update(i["stage"], order=3),
        "PUT",
        "/api/3/dealStages/{stage}",
        body=lambda _: {"dealStage": {"order": 3}},
        answer=DealStage,
    ),
    "MOVE_DEALS": Row(
        lambda a, i: a.deal_stages.move_deals(i["stage"], i["won"]),
        "PUT",
        "/api/3/dealStages/{stage}/deals",
        body=lambda i: {"deal": {"stage": i["won"]}},
    ),
    "DELETE_DEAL_STAGE": Row(
        lambda a, i: a.deal_stages.delete(i["stage"]), "DELETE", "/api/3/dealStages/{stage}"
    ),
    "LIST_DEAL_GROUPS": listing(
        lambda a, _: a.deal_groups.list().collect(),
        "dealGroups",
        DealGroup,
        **{"orders[title]": "ASC"},
    ),
    "GET_DEAL_GROUP": Row(
        lambda a, i: a.deal_groups.get(i["pipeline"]),
        "GET",
        "/api/3/dealGroups/{pipeline}",
        answer=DealGroup,
    ),
    "CREATE_DEAL_GROUP": Row(
        lambda a, _: a.deal_groups.create("More", currency="eur"),
        "POST",
        "/api/3/dealGroups",
        201,
        body=lambda _: {"dealGroup": {"title": "More", "currency": "eur"}},
        answer=DealGroup,
    ),
    "UPDATE_DEAL_GROUP": Row(
        lambda a, i: a.deal_groups.update(i["pipeline"], title="Less"),
        "PUT",
        "/api/3/dealGroups/{pipeline}",
        body=lambda _: {"dealGroup": {"title": "Less"}},
        answer=DealGroup,
    ),
    "DELETE_DEAL_GROUP": Row(
        lambda a, i: a.deal_groups.delete(i["pipeline"]), "DELETE", "/api/3/dealGroups/{pipeline}"
    ),
    "LIST_AUTOMATIONS": listing(
        lambda a, _: a.automations.list().collect(), "automations", Automation
    ),
    "GET_AUTOMATION": Row(
        lambda a, i: a.automations.get(i["automation"]),
        "GET",
        "/api/3/automations/{automation}",
        answer=Automation,
    ),
    "LIST_CONTACT_AUTOMATIONS": listing(
        lambda a, _: a.automations.contacts().collect(), "contactAutomations", ContactAutomation
    ),
    "START_AUTOMATION": Row(
        lambda a, i: a.automations.start(i["jane"], i["automation"]),
        "POST",
        "/api/3/contactAutomations",
        201,
        body=lambda i: {"contactAutomation": {"contact": i["jane"], "automation": i["automation"]}},
        answer=ContactAutomation,
    ),
    "LIST_CAMPAIGNS": listing(
        lambda a, _: a.campaigns.list().collect(),
        "campaigns",
        Campaign,
        **{"orders[sdate]": "ASC"},
    ),
    "GET_CAMPAIGN": Row(
        lambda a, i: a.campaigns.get(i["campaign"]),
        "GET",
        "/api/3/campaigns/{campaign}",
        answer=Campaign,
    ),
    "LIST_USERS": listing(lambda a, _: a.users.list().collect(), "users", User),
    "GET_USER": Row(lambda a, i: a.users.get(i["user"]), "GET", "/api/3/users/{user}", answer=User),
    "GET_USER_BY_EMAIL": Row(
        lambda a, _: a.users.find("admin@example.com"),
        "GET",
        "/api/3/users/email/admin%40example.com",
        answer=User,
    ),
    "GET_ME": Row(lambda a, _: a.users.me(), "GET", "/api/3/users/me", answer=User),
    "LIST_ACCOUNTS": listing(
        lambda a, _: a.accounts.list(search="Ac").collect(), "accounts", Account, search="Ac"
    ),
    "GET_ACCOUNT": Row(
        lambda a, i: a.accounts.get(i["company"]),
        "GET",
        "/api/3/accounts/{company}",
        answer=Account,
    ),
    "CREATE_ACCOUNT": Row(
        lambda a, _: a.accounts.create("Globex"),
        "POST",
        "/api/3/accounts",
        201,
        body=lambda _: {"account": {"name": "Globex"}},
        answer=Account,
    ),
    "UPDATE_ACCOUNT": Row(
        lambda a, i: a.accounts.update(i["company"], name="Initech"),
        "PUT",
        "/api/3/accounts/{company}",
        body=lambda _: {"account": {"name": "Initech"}},
        answer=Account,
    ),
    "DELETE_ACCOUNT": Row(
        lambda a, i: a.accounts.delete(i["company"]), "DELETE", "/api/3/accounts/{company}"
    ),
    "LIST_ACCOUNT_CONTACTS": listing(
        lambda a, i: a.accounts.contacts(account_id=i["company"]).collect(),
        "accountContacts",
        AccountContact,
        **{"filters[account]": "{company}"},
    ),
    "CREATE_ACCOUNT_CONTACT": Row(
        lambda a, i: a.accounts.add_contact(i["company"], i["joe"], job_title="Chef"),
        "POST",
        "/api/3/accountContacts",
        201,
        body=lambda i: {
            "accountContact": {"account": i["company"], "contact": i["joe"], "jobTitle": "Chef"}
        },
        answer=AccountContact,
    ),
    "DELETE_ACCOUNT_CONTACT": Row(
        lambda a, i: a.accounts.remove_contact(i["employed"]),
        "DELETE",
        "/api/3/accountContacts/{employed}",
    ),
    "LIST_NOTES": listing(lambda a, _: a.notes.list().collect(), "notes", Note),
    "GET_NOTE": Row(lambda a, i: a.notes.get(i["note"]), "GET", "/api/3/notes/{note}", answer=Note),
    "CREATE_NOTE": Row(
        lambda a, i: a.notes.create("Hello", relid=i["jane"]),
        "POST",
        "/api/3/notes",
        201,
        body=lambda i: {"note": {"note": "Hello", "relid": i["jane"], "reltype": "Subscriber"}},
        answer=Note,
    ),
    "UPDATE_NOTE": Row(
        lambda a, i: a.notes.update(i["note"], "Bye"),
        "PUT",
        "/api/3/notes/{note}",
        body=lambda _: {"note": {"note": "Bye"}},
        answer=Note,
    ),
    "DELETE_NOTE": Row(lambda a, i: a.notes.delete(i["note"]), "DELETE", "/api/3/notes/{note}"),
    "LIST_WEBHOOKS": listing(
        lambda a, _: a.webhooks.list().collect(), "webhooks", WebhookRegistration
    ),
    "GET_WEBHOOK": Row(
        lambda a, i: a.webhooks.get(i["hook"]),
        "GET",
        "/api/3/webhooks/{hook}",
        answer=WebhookRegistration,
    ),
    "CREATE_WEBHOOK": Row(
        lambda a, _: a.webhooks.create("New", URL, ["subscribe"], sources=["public"]),
        "POST",
        "/api/3/webhooks",
        201,
        body=lambda _: {
            "webhook": {
                "name": "New",
                "url": URL,
                "events": ["subscribe"],
                "sources": ["public"],
                "listid": 0,
            }
        },
        answer=WebhookRegistration,
    ),
    "UPDATE_WEBHOOK": Row(
        lambda a, i: a.webhooks.update(i["hook"], events=["update"]),
        "PUT",
        "/api/3/webhooks/{hook}",
        body=lambda _: {"webhook": {"events": ["update"]}},
        answer=WebhookRegistration,
    ),
    "DELETE_WEBHOOK": Row(
        lambda a, i: a.webhooks.delete(i["hook"]), "DELETE", "/api/3/webhooks/{hook}"
    ),
    "LIST_WEBHOOK_EVENTS": Row(
        lambda a, _: a.webhooks.events(), "GET", "/api/3/webhook/events", answer=str
    ),
}

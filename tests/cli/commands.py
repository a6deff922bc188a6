"""Every command of the groups: its words, the requests it sends, and what it then prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from systeme_async.testing.call import Call

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox

COURSE: Final = 20_001
MODULE: Final = 25_001
ENROLLMENT: Final = 30_001
COMMUNITY: Final = 40_001
MEMBERSHIP: Final = 45_001
SUBSCRIPTION: Final = 50_001
FUNNEL: Final = 60_001
STEP: Final = 65_001
CAMPAIGN: Final = 70_001
NEWSLETTER: Final = 80_001
WEBHOOK: Final = "019c418b-0110-7910-9b3d-000000000001"
HOOK_URL: Final = "https://example.com/hook"


@dataclass(frozen=True)
class Row:
    """One command line on the account of `prepare`."""

    words: tuple[str, ...]
    sends: str
    """Method and path of its request, or of several, separated by commas."""
    prints: str = ""
    """A line of standard output, with as many blanks as it has; of a listing, its first row."""
    tells: dict[str, Any] = field(default_factory=dict[str, Any])
    """Part of the object that --json prints, or the first of them."""
    message: str = ""
    """What is said on standard error."""
    body: object = None
    """Of the last request."""
    query: dict[str, str] = field(default_factory=dict[str, str])
    """Of the first request."""


def row(words: str, sends: str, prints: str = "", **rest: Any) -> Row:
    """Write a row whose words hold no blanks but those between them."""
    return Row(tuple(words.split()), sends, prints, **rest)


ROWS: Final = (
    row(
        "contacts list --email jane@example.com --tag 1 --tag 2 --unsubscribed --no-bounced "
        "--no-needs-confirmation --registered-after 2026-01-02 "
        "--registered-before 2026-01-02T03:04:05Z --order asc --limit 10 --starting-after 1000",
        "GET /api/contacts",
        query={
            "email": "jane@example.com",
            "tags": "1,2",
            "unsubscribed": "true",
            "bounced": "false",
            "needsConfirmation": "false",
            "registeredBefore": "2026-01-02T03:04:05+00:00",
            "order": "asc",
            "limit": "10",
            "startingAfter": "1000",
        },
        message="nothing to list",
    ),
    row(
        "contacts list --order asc",
        "GET /api/contacts",
        "1001  jane@example.com  -           -        2026-01-01T00:00:00+00:00  VIP & Co (1)",
        tells={"id": 1001, "tags": [{"id": 1, "name": "VIP & Co", "created_at": None}]},
    ),
    row(
        "contacts get 1001",
        "GET /api/contacts/1001",
        "fields.city: Lyon",
        tells={
            "email": "jane@example.com",
            "fields": {"city": "Lyon"},
            "registered_at": "2026-01-01T00:00:00+00:00",
        },
    ),
    row(
        "contacts find JANE@example.com",
        "GET /api/contacts",
        "email: jane@example.com",
        tells={"id": 1001},
    ),
    row(
        "contacts create jim@example.com --first-name Jim --surname Doe --phone-number +3312345 "
        "--country FR --locale fr --field city=A=B",
        "POST /api/contacts",
        "fields.first_name: Jim",
        tells={"email": "jim@example.com", "locale": "fr"},
        body={
            "email": "jim@example.com",
            "locale": "fr",
            "fields": [
                {"slug": "first_name", "value": "Jim"},
                {"slug": "surname", "value": "Doe"},
                {"slug": "phone_number", "value": "+3312345"},
                {"slug": "country", "value": "FR"},
                {"slug": "city", "value": "A=B"},
            ],
        },
    ),
    row(
        "contacts update 1001 --clear city --first-name Jane",
        "PATCH /api/contacts/1001",
        "fields.first_name: Jane",
        tells={"id": 1001},
        body={"fields": [{"slug": "first_name", "value": "Jane"}, {"slug": "city", "value": None}]},
    ),
    row(
        "contacts upsert jane@example.com --field city=Paris",
        "POST /api/contacts, GET /api/contacts, PATCH /api/contacts/1001",
        "fields.city: Paris",
        tells={"id": 1001},
        body={"fields": [{"slug": "city", "value": "Paris"}]},
    ),
    row("contacts delete 1001", "DELETE /api/contacts/1001", message="deleted contact 1001"),
    row(
        "contacts assign-tag 1001 2",
        "POST /api/contacts/1001/tags",
        message="contact 1001 has tag 2",
        body={"tagId": 2},
    ),
    row(
        "contacts remove-tag 1001 1",
        "DELETE /api/contacts/1001/tags/1",
        message="removed tag 1 from contact 1001",
    ),
    row(
        "tags list --query vip --order desc",
        "GET /api/tags",
        "1   VIP & Co  2026-01-01T00:00:00+00:00",
        tells={"id": 1, "name": "VIP & Co"},
        query={"query": "vip", "order": "desc", "limit": "100"},
    ),
    row("tags get 1", "GET /api/tags/1", "name: VIP & Co", tells={"id": 1}),
    row("tags find other", "GET /api/tags", "name: Other", tells={"id": 2}),
    row("tags create New", "POST /api/tags", "name: New", tells={"id": 3}, body={"name": "New"}),
    row("tags ensure Other", "GET /api/tags", "id: 2", tells={"id": 2}),
    row("tags rename 1 Gold", "PUT /api/tags/1", "name: Gold", tells={"name": "Gold"}),
    row("tags delete 1", "DELETE /api/tags/1", message="deleted tag 1"),
    row(
        "fields list",
        "GET /api/contact_fields",
        tells={"slug": "first_name"},
    ),
    row(
        "fields create Hat hat",
        "POST /api/contact_fields",
        "field_name: Hat",
        tells={"slug": "hat", "field_name": "Hat"},
        body={"fieldName": "Hat", "slug": "hat"},
    ),
    row("fields ensure Any shoe_size", "GET /api/contact_fields", "field_name: Shoe size"),
    row(
        "fields rename shoe_size Size",
        "PATCH /api/contact_fields/shoe_size",
        "field_name: Size",
        body={"fieldName": "Size"},
    ),
    row(
        "fields delete shoe_size",
        "DELETE /api/contact_fields/shoe_size",
        message="deleted field shoe_size",
    ),
    row(
        "courses list --query Cook --active",
        "GET /api/school/courses",
        tells={"id": COURSE, "name": "Cooking", "active": True},
        query={"query": "Cook", "active": "true", "limit": "100"},
    ),
    row(
        f"courses modules {COURSE}",
        "GET /api/school/course-modules",
        f"{MODULE}  Soup",
        tells={"id": MODULE + 1, "name": "Cake"},
        query={"courseId": str(COURSE), "limit": "100"},
    ),
    row(
        f"enrollments list --course {COURSE} --contact 1001",
        "GET /api/school/enrollments",
        tells={"id": ENROLLMENT, "access_type": "full_access"},
        query={"course": str(COURSE), "contact": "1001", "limit": "100"},
    ),
    row(
        f"enrollments create {COURSE} 1002 --access-type partial_access --module {MODULE}",
        f"POST /api/school/courses/{COURSE}/enrollments",
        "access_type: partial_access",
        tells={"access_type": "partial_access"},
        body={"contactId": 1002, "accessType": "partial_access", "modules": [MODULE]},
    ),
    row(
        f"enrollments delete {ENROLLMENT}",
        f"DELETE /api/school/enrollments/{ENROLLMENT}",
        message=f"deleted enrollment {ENROLLMENT}",
    ),
    row(
        "communities list --query club",
        "GET /api/community/communities",
        tells={"id": COMMUNITY, "name": "The Club"},
        query={"query": "club", "limit": "100"},
    ),
    row(
        f"memberships list --community {COMMUNITY} --contact 1001",
        "GET /api/community/memberships",
        tells={"id": MEMBERSHIP},
        query={"community": str(COMMUNITY), "contact": "1001", "limit": "100"},
    ),
    row(
        f"memberships create {COMMUNITY} 1002",
        f"POST /api/community/communities/{COMMUNITY}/memberships",
        message=f"contact 1002 will be let into community {COMMUNITY} before long",
        body={"contactId": 1002},
    ),
    row(
        f"memberships delete {MEMBERSHIP}",
        f"DELETE /api/community/memberships/{MEMBERSHIP}",
        message=f"deleted membership {MEMBERSHIP}",
    ),
    row(
        "subscriptions list 1001 --starting-after 60000",
        "GET /api/payment/subscriptions",
        f"{SUBSCRIPTION}  active  2026-01-01T00:00:00+00:00  Monthly          1900"
        "               eur",
        tells={"id": SUBSCRIPTION, "status": "active"},
        query={"contact": "1001", "limit": "100", "startingAfter": "60000"},
    ),
    row(
        f"subscriptions cancel {SUBSCRIPTION}",
        f"POST /api/payment/subscriptions/{SUBSCRIPTION}/cancel",
        message=f"subscription {SUBSCRIPTION} ends with the period that is paid for",
        body={"cancel": "WhenBillingPeriodEnds"},
    ),
    row(
        f"subscriptions cancel {SUBSCRIPTION} --when Now",
        f"POST /api/payment/subscriptions/{SUBSCRIPTION}/cancel",
        message=f"subscription {SUBSCRIPTION} has ended",
        body={"cancel": "Now"},
    ),
    row("webhooks list", "GET /api/webhooks", tells={"id": WEBHOOK, "name": "Mine"}),
    row(f"webhooks get {WEBHOOK}", f"GET /api/webhooks/{WEBHOOK}", f"url: {HOOK_URL}"),
    row(
        "webhooks create New https://example.com/new --event CONTACT_CREATED --event SALE_NEW:2 "
        "--no-active",
        "POST /api/webhooks",
        "active: no",
        tells={"name": "New", "active": False},
        body={
            "name": "New",
            "url": "https://example.com/new",
            "secret": "***",
            "subscriptions": [
                {"event": "CONTACT_CREATED", "schemaVersion": 1},
                {"event": "SALE_NEW", "schemaVersion": 2},
            ],
            "active": False,
        },
    ),
    row(
        f"webhooks update {WEBHOOK} --name Other --event SALE_NEW --no-active",
        f"PATCH /api/webhooks/{WEBHOOK}",
        "name: Other",
        tells={"name": "Other", "active": False},
        body={
            "name": "Other",
            "subscriptions": [{"event": "SALE_NEW", "schemaVersion": 2}],
            "active": False,
        },
    ),
    row(
        f"webhooks update {WEBHOOK} --secret-env",
        f"PATCH /api/webhooks/{WEBHOOK}",
        "name: Mine",
        body={"secret": "***"},
    ),
    row(
        f"webhooks delete {WEBHOOK}",
        f"DELETE /api/webhooks/{WEBHOOK}",
        message=f"deleted webhook {WEBHOOK}",
    ),
    row(
        "funnels list --query sale",
        "GET /api/funnels",
        f"{FUNNEL}  Sale  yes",
        tells={"id": FUNNEL, "is_active": True},
        query={"query": "sale", "limit": "100"},
    ),
    row(f"funnels get {FUNNEL}", f"GET /api/funnels/{FUNNEL}", "name: Sale"),
    row("funnels create Launch", "POST /api/funnels", "name: Launch", body={"name": "Launch"}),
    row(
        f"funnels steps {FUNNEL} --limit 20",
        f"GET /api/funnels/{FUNNEL}/steps",
        tells={"id": STEP, "name": "Offer"},
        query={"limit": "20"},
    ),
    row(f"funnels step {STEP}", f"GET /api/funnel-steps/{STEP}", "name: Offer"),
    row(
        "campaigns list --query welcome",
        "GET /api/mailing/campaigns",
        tells={"id": CAMPAIGN, "name": "Welcome"},
        query={"query": "welcome", "limit": "100"},
    ),
    row(f"campaigns get {CAMPAIGN}", f"GET /api/mailing/campaigns/{CAMPAIGN}", "name: Welcome"),
    row(
        "campaigns create Spring --sender-email news@example.com --description May",
        "POST /api/mailing/campaigns",
        "name: Spring",
        body={"name": "Spring", "senderEmail": "news@example.com", "description": "May"},
    ),
    row(
        f"campaigns update {CAMPAIGN} --name Hello --clear description",
        f"PATCH /api/mailing/campaigns/{CAMPAIGN}",
        "name: Hello",
        body={"name": "Hello", "description": None},
    ),
    row(
        f"campaigns delete {CAMPAIGN}",
        f"DELETE /api/mailing/campaigns/{CAMPAIGN}",
        message=f"deleted campaign {CAMPAIGN}",
    ),
    row(
        f"campaigns steps {CAMPAIGN}",
        f"GET /api/mailing/campaigns/{CAMPAIGN}/steps",
        tells={"subject": "Day 1"},
    ),
    row(
        "newsletters list --query news",
        "GET /api/mailing/newsletters",
        f"{NEWSLETTER}  News             no",
        tells={"id": NEWSLETTER},
        query={"query": "news", "limit": "100"},
    ),
    row(
        f"newsletters get {NEWSLETTER}",
        f"GET /api/mailing/newsletters/{NEWSLETTER}",
        "content.subject: News",
    ),
    row(
        "newsletters create Hello --body-html <p>Hi</p> --preview-text Soon --editor-type classic "
        "--sender-email news@example.com --sender-name Jane",
        "POST /api/mailing/newsletters",
        "content.subject: Hello",
        body={
            "content": {
                "subject": "Hello",
                "bodyHtml": "<p>Hi</p>",
                "previewText": "Soon",
                "editorType": "classic",
                "senderEmail": "news@example.com",
                "senderName": "Jane",
            }
        },
    ),
    row(
        f"newsletters update {NEWSLETTER} --subject Bye --clear preview_text",
        f"PATCH /api/mailing/newsletters/{NEWSLETTER}",
        "content.subject: Bye",
        body={"content": {"subject": "Bye", "previewText": None}},
    ),
    row(
        f"newsletters send {NEWSLETTER} --yes",
        f"POST /api/mailing/newsletters/{NEWSLETTER}/send",
        message=f"newsletter {NEWSLETTER} is being sent",
    ),
    row(
        f"newsletters include-tags {NEWSLETTER} 1 2",
        f"PUT /api/mailing/newsletters/{NEWSLETTER}/included-tags",
        message=f"newsletter {NEWSLETTER} is for those with tag 1 or 2",
        body={"tagIds": [1, 2]},
    ),
    row(
        f"newsletters exclude-tags {NEWSLETTER} --none",
        f"PUT /api/mailing/newsletters/{NEWSLETTER}/excluded-tags",
        message=f"newsletter {NEWSLETTER} leaves out nobody",
        body={"tagIds": []},
    ),
)


def prepare(sandbox: Sandbox) -> None:
    """Put into an account what every row needs to find there."""
    account = sandbox.account
    account.add_contact("jane@example.com", {"city": "Lyon"}, tags=["VIP & Co"])
    account.add_contact("joe@example.com")
    account.add_tag("Other")
    account.add_field("shoe_size", "Shoe size")
    account.add_course("Cooking", ["Soup", "Cake"])
    account.add_community("The Club")
    access = {"contactId": 1001, "accessType": "full_access"}
    account.create_enrollment(Call({"course": str(COURSE)}, body=access))
    account.create_membership(Call({"community": str(COMMUNITY)}, body={"contactId": 1001}))
    account.add_subscription(1001)
    account.add_webhook(HOOK_URL, "its-own-secret", ["CONTACT_CREATED"], name="Mine")
    account.add_funnel("Sale", ["Offer"])
    account.add_campaign("Welcome", ["Day 1"])
    account.add_newsletter("News")

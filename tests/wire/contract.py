"""What each endpoint of the table must look like on the wire, and the account that it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from systeme_async import (
    Campaign,
    CampaignStep,
    Community,
    Contact,
    ContactField,
    Course,
    CourseModule,
    Enrollment,
    Funnel,
    FunnelStep,
    Membership,
    Newsletter,
    Secret,
    Subscription,
    Tag,
    WebhookRegistration,
)
from systeme_async.testing import Sandbox
from systeme_async.testing.call import Call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme
    from systeme_async.drafts import EventChoice
    from systeme_async.testing import Account

JSON: Final = "application/json"
MERGE: Final = "application/merge-patch+json"

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

EVENTS: Final[list[EventChoice]] = ["CONTACT_CREATED", ("SALE_NEW", 2)]
SUBSCRIPTIONS: Final = [
    {"event": "CONTACT_CREATED", "schemaVersion": 1},
    {"event": "SALE_NEW", "schemaVersion": 2},
]


@dataclass(frozen=True)
class Row:
    """What one method does on the wire, on the account that `prepared` opens."""

    call: Callable[[Systeme], Awaitable[Any]]
    method: str
    path: str
    status: int = 200
    query: dict[str, str] = field(default_factory=dict[str, str])
    content_type: str = ""
    body: object = None
    answer: type[Any] | None = None
    """The type that comes back; for a listing, of its items."""


# On the prepared account: jane is contact 1001 and has tag 1 (VIP & Co); tag 2 (Other) is free.
# She takes the course, is in the community and pays; joe is contact 1002 and does not.
ROWS: Final[dict[str, Row]] = {
    "LIST_CONTACTS": Row(
        lambda s: s.contacts.list().collect(),
        "GET",
        "/api/contacts",
        query={"limit": "100"},
        answer=Contact,
    ),
    "CREATE_CONTACT": Row(
        lambda s: s.contacts.create("jim@example.com", first_name="Jim", locale="fr"),
        "POST",
        "/api/contacts",
        201,
        content_type=JSON,
        body={
            "email": "jim@example.com",
            "locale": "fr",
            "fields": [{"slug": "first_name", "value": "Jim"}],
        },
        answer=Contact,
    ),
    "GET_CONTACT": Row(lambda s: s.contacts.get(1001), "GET", "/api/contacts/1001", answer=Contact),
    "UPDATE_CONTACT": Row(
        lambda s: s.contacts.update(1001, fields={"city": None}),
        "PATCH",
        "/api/contacts/1001",
        content_type=MERGE,
        body={"fields": [{"slug": "city", "value": None}]},
        answer=Contact,
    ),
    "DELETE_CONTACT": Row(lambda s: s.contacts.delete(1001), "DELETE", "/api/contacts/1001", 204),
    "ASSIGN_TAG": Row(
        lambda s: s.contacts.assign_tag(1001, 2),
        "POST",
        "/api/contacts/1001/tags",
        204,
        content_type=JSON,
        body={"tagId": 2},
    ),
    "REMOVE_TAG": Row(
        lambda s: s.contacts.remove_tag(1001, 1), "DELETE", "/api/contacts/1001/tags/1", 204
    ),
    "LIST_TAGS": Row(
        lambda s: s.tags.list(query="vip &", order="asc", limit=10).collect(),
        "GET",
        "/api/tags",
        query={"query": "vip &", "order": "asc", "limit": "10"},
        answer=Tag,
    ),
    "CREATE_TAG": Row(
        lambda s: s.tags.create("Webinar é"),
        "POST",
        "/api/tags",
        201,
        content_type=JSON,
        body={"name": "Webinar é"},
        answer=Tag,
    ),
    "GET_TAG": Row(lambda s: s.tags.get(1), "GET", "/api/tags/1", answer=Tag),
    "RENAME_TAG": Row(
        lambda s: s.tags.rename(1, "Gold"),
        "PUT",
        "/api/tags/1",
        content_type=JSON,
        body={"name": "Gold"},
        answer=Tag,
    ),
    "DELETE_TAG": Row(lambda s: s.tags.delete(1), "DELETE", "/api/tags/1", 204),
    "LIST_CONTACT_FIELDS": Row(
        lambda s: s.contact_fields.list().collect(),
        "GET",
        "/api/contact_fields",
        answer=ContactField,
    ),
    "CREATE_CONTACT_FIELD": Row(
        lambda s: s.contact_fields.create("Hat size", "hat_size"),
        "POST",
        "/api/contact_fields",
        201,
        content_type=JSON,
        body={"fieldName": "Hat size", "slug": "hat_size"},
        answer=ContactField,
    ),
    "RENAME_CONTACT_FIELD": Row(
        lambda s: s.contact_fields.rename("shoe_size", "Size"),
        "PATCH",
        "/api/contact_fields/shoe_size",
        content_type=MERGE,
        body={"fieldName": "Size"},
        answer=ContactField,
    ),
    "DELETE_CONTACT_FIELD": Row(
        lambda s: s.contact_fields.delete("shoe_size"),
        "DELETE",
        "/api/contact_fields/shoe_size",
        204,
    ),
    "LIST_COURSES": Row(
        lambda s: s.courses.list(query="Cook", active=True).collect(),
        "GET",
        "/api/school/courses",
        query={"query": "Cook", "active": "true", "limit": "100"},
        answer=Course,
    ),
    "LIST_COURSE_MODULES": Row(
        lambda s: s.courses.modules(COURSE).collect(),
        "GET",
        "/api/school/course-modules",
        query={"courseId": str(COURSE), "limit": "100"},
        answer=CourseModule,
    ),
    "LIST_ENROLLMENTS": Row(
        lambda s: s.enrollments.list(course=COURSE, contact=1001, limit=10).collect(),
        "GET",
        "/api/school/enrollments",
        query={"course": str(COURSE), "contact": "1001", "limit": "10"},
        answer=Enrollment,
    ),
    "CREATE_ENROLLMENT": Row(
        lambda s: s.enrollments.create(
            COURSE, 1002, access_type="partial_access", modules=[MODULE]
        ),
        "POST",
        f"/api/school/courses/{COURSE}/enrollments",
        201,
        content_type=JSON,
        body={"contactId": 1002, "accessType": "partial_access", "modules": [MODULE]},
        answer=Enrollment,
    ),
    "DELETE_ENROLLMENT": Row(
        lambda s: s.enrollments.delete(ENROLLMENT),
        "DELETE",
        f"/api/school/enrollments/{ENROLLMENT}",
        204,
    ),
    "LIST_COMMUNITIES": Row(
        lambda s: s.communities.list(query="club").collect(),
        "GET",
        "/api/community/communities",
        query={"query": "club", "limit": "100"},
        answer=Community,
    ),
    "LIST_MEMBERSHIPS": Row(
        lambda s: s.memberships.list(community=COMMUNITY, contact=1001).collect(),
        "GET",
        "/api/community/memberships",
        query={"community": str(COMMUNITY), "contact": "1001", "limit": "100"},
        answer=Membership,
    ),
    "CREATE_MEMBERSHIP": Row(
        lambda s: s.memberships.create(COMMUNITY, 1002),
        "POST",
        f"/api/community/communities/{COMMUNITY}/memberships",
        202,
        content_type=JSON,
        body={"contactId": 1002},
    ),
    "DELETE_MEMBERSHIP": Row(
        lambda s: s.memberships.delete(MEMBERSHIP),
        "DELETE",
        f"/api/community/memberships/{MEMBERSHIP}",
        204,
    ),
    "LIST_SUBSCRIPTIONS": Row(
        lambda s: s.subscriptions.list(1001).collect(),
        "GET",
        "/api/payment/subscriptions",
        query={"contact": "1001", "limit": "100"},
        answer=Subscription,
    ),
    "CANCEL_SUBSCRIPTION": Row(
        lambda s: s.subscriptions.cancel(SUBSCRIPTION),
        "POST",
        f"/api/payment/subscriptions/{SUBSCRIPTION}/cancel",
        204,
        content_type=JSON,
        body={"cancel": "WhenBillingPeriodEnds"},
    ),
    "LIST_WEBHOOKS": Row(
        lambda s: s.webhooks.list().collect(), "GET", "/api/webhooks", answer=WebhookRegistration
    ),
    "CREATE_WEBHOOK": Row(
        lambda s: s.webhooks.create("New", "https://example.com/new", "s3cret", EVENTS),
        "POST",
        "/api/webhooks",
        201,
        content_type=JSON,
        body={
            "name": "New",
            "url": "https://example.com/new",
            "secret": "***",
            "subscriptions": SUBSCRIPTIONS,
            "active": True,
        },
        answer=WebhookRegistration,
    ),
    "GET_WEBHOOK": Row(
        lambda s: s.webhooks.get(WEBHOOK),
        "GET",
        f"/api/webhooks/{WEBHOOK}",
        answer=WebhookRegistration,
    ),
    "UPDATE_WEBHOOK": Row(
        lambda s: s.webhooks.update(WEBHOOK, secret=Secret("another"), active=False),
        "PATCH",
        f"/api/webhooks/{WEBHOOK}",
        content_type=MERGE,
        body={"secret": "***", "active": False},
        answer=WebhookRegistration,
    ),
    "DELETE_WEBHOOK": Row(
        lambda s: s.webhooks.delete(WEBHOOK), "DELETE", f"/api/webhooks/{WEBHOOK}", 204
    ),
    "LIST_FUNNELS": Row(
        lambda s: s.funnels.list(query="sale").collect(),
        "GET",
        "/api/funnels",
        query={"query": "sale", "limit": "100"},
        answer=Funnel,
    ),
    "CREATE_FUNNEL": Row(
        lambda s: s.funnels.create("Launch"),
        "POST",
        "/api/funnels",
        201,
        content_type=JSON,
        body={"name": "Launch"},
        answer=Funnel,
    ),
    "GET_FUNNEL": Row(
        lambda s: s.funnels.get(FUNNEL), "GET", f"/api/funnels/{FUNNEL}", answer=Funnel
    ),
    "LIST_FUNNEL_STEPS": Row(
        lambda s: s.funnels.steps(FUNNEL).collect(),
        "GET",
        f"/api/funnels/{FUNNEL}/steps",
        query={"limit": "100"},
        answer=FunnelStep,
    ),
    "GET_FUNNEL_STEP": Row(
        lambda s: s.funnels.get_step(STEP), "GET", f"/api/funnel-steps/{STEP}", answer=FunnelStep
    ),
    "LIST_CAMPAIGNS": Row(
        lambda s: s.campaigns.list(query="welcome").collect(),
        "GET",
        "/api/mailing/campaigns",
        query={"query": "welcome", "limit": "100"},
        answer=Campaign,
    ),
    "CREATE_CAMPAIGN": Row(
        lambda s: s.campaigns.create("Spring", sender_email="news@example.com"),
        "POST",
        "/api/mailing/campaigns",
        201,
        content_type=JSON,
        body={"name": "Spring", "senderEmail": "news@example.com"},
        answer=Campaign,
    ),
    "GET_CAMPAIGN": Row(
        lambda s: s.campaigns.get(CAMPAIGN),
        "GET",
        f"/api/mailing/campaigns/{CAMPAIGN}",
        answer=Campaign,
    ),
    "UPDATE_CAMPAIGN": Row(
        lambda s: s.campaigns.update(CAMPAIGN, description=None),
        "PATCH",
        f"/api/mailing/campaigns/{CAMPAIGN}",
        content_type=MERGE,
        body={"description": None},
        answer=Campaign,
    ),
    "DELETE_CAMPAIGN": Row(
        lambda s: s.campaigns.delete(CAMPAIGN), "DELETE", f"/api/mailing/campaigns/{CAMPAIGN}", 204
    ),
    "LIST_CAMPAIGN_STEPS": Row(
        lambda s: s.campaigns.steps(CAMPAIGN).collect(),
        "GET",
        f"/api/mailing/campaigns/{CAMPAIGN}/steps",
        query={"limit": "100"},
        answer=CampaignStep,
    ),
    "LIST_NEWSLETTERS": Row(
        lambda s: s.newsletters.list().collect(),
        "GET",
        "/api/mailing/newsletters",
        query={"limit": "100"},
        answer=Newsletter,
    ),
    "CREATE_NEWSLETTER": Row(
        lambda s: s.newsletters.create("Hello", body_html="<p>Hi</p>", editor_type="classic"),
        "POST",
        "/api/mailing/newsletters",
        201,
        content_type=JSON,
        body={"content": {"subject": "Hello", "bodyHtml": "<p>Hi</p>", "editorType": "classic"}},
        answer=Newsletter,
    ),
    "GET_NEWSLETTER": Row(
        lambda s: s.newsletters.get(NEWSLETTER),
        "GET",
        f"/api/mailing/newsletters/{NEWSLETTER}",
        answer=Newsletter,
    ),
    "UPDATE_NEWSLETTER": Row(
        lambda s: s.newsletters.update(NEWSLETTER, preview_text="Soon"),
        "PATCH",
        f"/api/mailing/newsletters/{NEWSLETTER}",
        content_type=MERGE,
        body={"content": {"previewText": "Soon"}},
        answer=Newsletter,
    ),
    "SEND_NEWSLETTER": Row(
        lambda s: s.newsletters.send(NEWSLETTER),
        "POST",
        f"/api/mailing/newsletters/{NEWSLETTER}/send",
        204,
        content_type=JSON,
    ),
    "INCLUDE_TAGS": Row(
        lambda s: s.newsletters.include_tags(NEWSLETTER, [1, 2]),
        "PUT",
        f"/api/mailing/newsletters/{NEWSLETTER}/included-tags",
        204,
        content_type=JSON,
        body={"tagIds": [1, 2]},
    ),
    "EXCLUDE_TAGS": Row(
        lambda s: s.newsletters.exclude_tags(NEWSLETTER, None),
        "PUT",
        f"/api/mailing/newsletters/{NEWSLETTER}/excluded-tags",
        204,
        content_type=JSON,
        body={"tagIds": []},
    ),
}


def prepare(account: Account) -> None:
    """Put into an account what every row needs to find there."""
    account.add_contact("jane@example.com", {"city": "Lyon"}, tags=["VIP & Co"])
    account.add_contact("joe@example.com")
    account.add_tag("Other")
    account.add_field("shoe_size", "Shoe size")
    account.add_course("Cooking", ["Soup", "Cake"])
    account.add_community("The Club")
    account.add_subscription(1001)
    account.add_webhook("https://example.com/hook", "s3cret", ["SALE_NEW"])
    account.add_funnel("Sales", ["Order form"])
    account.add_campaign("Welcome", ["First mail"])
    account.add_newsletter("News")
    access = {"contactId": 1001, "accessType": "full_access"}
    account.create_enrollment(Call({"course": str(COURSE)}, body=access))
    account.create_membership(Call({"community": str(COMMUNITY)}, body={"contactId": 1001}))
    account.effects.clear()
    account.happenings.clear()


def prepared() -> Sandbox:
    """Make a sandbox whose account every row finds what it needs in."""
    sandbox = Sandbox()
    prepare(sandbox.account)
    return sandbox

"""Every endpoint, one line each: the list of what the API can do.

Six read it: the send loop (what a repeat would do), the sandbox (its routes), the contract
tests, the command line, the documentation's endpoint page, and you.
"""

from __future__ import annotations

from types import NoneType
from typing import Final

from ._core.endpoint import MERGE, Effect, Endpoint
from .models import (
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
    Page,
    Subscription,
    Tag,
    WebhookRegistration,
)

_NO_PAYMENTS: Final = "check the id, and whether payments are set up in this account"

# Contacts
LIST_CONTACTS: Final = Endpoint("GET", "/api/contacts", Page[Contact])
CREATE_CONTACT: Final = Endpoint("POST", "/api/contacts", Contact, Effect.CREATES)
GET_CONTACT: Final = Endpoint("GET", "/api/contacts/{contact}", Contact)
UPDATE_CONTACT: Final = Endpoint(
    "PATCH", "/api/contacts/{contact}", Contact, Effect.CONVERGES, MERGE
)
DELETE_CONTACT: Final = Endpoint("DELETE", "/api/contacts/{contact}", NoneType, Effect.CONVERGES)
# CREATES: had a rule taken the tag off meanwhile, a second delivery would run the automation again.
ASSIGN_TAG: Final = Endpoint("POST", "/api/contacts/{contact}/tags", NoneType, Effect.CREATES)
REMOVE_TAG: Final = Endpoint(
    "DELETE", "/api/contacts/{contact}/tags/{tag}", NoneType, Effect.CONVERGES
)

# Tags
LIST_TAGS: Final = Endpoint("GET", "/api/tags", Page[Tag])
CREATE_TAG: Final = Endpoint("POST", "/api/tags", Tag, Effect.CREATES)
GET_TAG: Final = Endpoint("GET", "/api/tags/{tag}", Tag)
RENAME_TAG: Final = Endpoint("PUT", "/api/tags/{tag}", Tag, Effect.CONVERGES)
DELETE_TAG: Final = Endpoint("DELETE", "/api/tags/{tag}", NoneType, Effect.CONVERGES)

# Contact fields
LIST_CONTACT_FIELDS: Final = Endpoint("GET", "/api/contact_fields", Page[ContactField])
CREATE_CONTACT_FIELD: Final = Endpoint("POST", "/api/contact_fields", ContactField, Effect.CREATES)
RENAME_CONTACT_FIELD: Final = Endpoint(
    "PATCH", "/api/contact_fields/{slug}", ContactField, Effect.CONVERGES, MERGE
)
DELETE_CONTACT_FIELD: Final = Endpoint(
    "DELETE", "/api/contact_fields/{slug}", NoneType, Effect.CONVERGES
)

# School
LIST_COURSES: Final = Endpoint("GET", "/api/school/courses", Page[Course])
LIST_COURSE_MODULES: Final = Endpoint("GET", "/api/school/course-modules", Page[CourseModule])
LIST_ENROLLMENTS: Final = Endpoint("GET", "/api/school/enrollments", Page[Enrollment])
CREATE_ENROLLMENT: Final = Endpoint(
    "POST", "/api/school/courses/{course}/enrollments", Enrollment, Effect.CREATES
)
DELETE_ENROLLMENT: Final = Endpoint(
    "DELETE", "/api/school/enrollments/{enrollment}", NoneType, Effect.CONVERGES
)

# Communities
LIST_COMMUNITIES: Final = Endpoint("GET", "/api/community/communities", Page[Community])
LIST_MEMBERSHIPS: Final = Endpoint("GET", "/api/community/memberships", Page[Membership])
# Answered 202, without a body: the membership comes later.
CREATE_MEMBERSHIP: Final = Endpoint(
    "POST", "/api/community/communities/{community}/memberships", NoneType, Effect.CREATES
)
DELETE_MEMBERSHIP: Final = Endpoint(
    "DELETE", "/api/community/memberships/{membership}", NoneType, Effect.CONVERGES
)

# Payments
LIST_SUBSCRIPTIONS: Final = Endpoint(
    "GET", "/api/payment/subscriptions", Page[Subscription], not_found=_NO_PAYMENTS
)
CANCEL_SUBSCRIPTION: Final = Endpoint(
    "POST",
    "/api/payment/subscriptions/{subscription}/cancel",
    NoneType,
    Effect.CONVERGES,
    not_found=_NO_PAYMENTS,
)

# Webhooks
LIST_WEBHOOKS: Final = Endpoint("GET", "/api/webhooks", Page[WebhookRegistration])
CREATE_WEBHOOK: Final = Endpoint("POST", "/api/webhooks", WebhookRegistration, Effect.CREATES)
GET_WEBHOOK: Final = Endpoint("GET", "/api/webhooks/{webhook}", WebhookRegistration)
UPDATE_WEBHOOK: Final = Endpoint(
    "PATCH", "/api/webhooks/{webhook}", WebhookRegistration, Effect.CONVERGES, MERGE
)
DELETE_WEBHOOK: Final = Endpoint("DELETE", "/api/webhooks/{webhook}", NoneType, Effect.CONVERGES)

# Funnels
LIST_FUNNELS: Final = Endpoint("GET", "/api/funnels", Page[Funnel])
CREATE_FUNNEL: Final = Endpoint("POST", "/api/funnels", Funnel, Effect.CREATES)
GET_FUNNEL: Final = Endpoint("GET", "/api/funnels/{funnel}", Funnel)
LIST_FUNNEL_STEPS: Final = Endpoint("GET", "/api/funnels/{funnel}/steps", Page[FunnelStep])
GET_FUNNEL_STEP: Final = Endpoint("GET", "/api/funnel-steps/{step}", FunnelStep)

# Campaigns
LIST_CAMPAIGNS: Final = Endpoint("GET", "/api/mailing/campaigns", Page[Campaign])
CREATE_CAMPAIGN: Final = Endpoint("POST", "/api/mailing/campaigns", Campaign, Effect.CREATES)
GET_CAMPAIGN: Final = Endpoint("GET", "/api/mailing/campaigns/{campaign}", Campaign)
UPDATE_CAMPAIGN: Final = Endpoint(
    "PATCH", "/api/mailing/campaigns/{campaign}", Campaign, Effect.CONVERGES, MERGE
)
DELETE_CAMPAIGN: Final = Endpoint(
    "DELETE", "/api/mailing/campaigns/{campaign}", NoneType, Effect.CONVERGES
)
LIST_CAMPAIGN_STEPS: Final = Endpoint(
    "GET", "/api/mailing/campaigns/{campaign}/steps", Page[CampaignStep]
)

# Newsletters
LIST_NEWSLETTERS: Final = Endpoint("GET", "/api/mailing/newsletters", Page[Newsletter])
CREATE_NEWSLETTER: Final = Endpoint("POST", "/api/mailing/newsletters", Newsletter, Effect.CREATES)
GET_NEWSLETTER: Final = Endpoint("GET", "/api/mailing/newsletters/{newsletter}", Newsletter)
UPDATE_NEWSLETTER: Final = Endpoint(
    "PATCH", "/api/mailing/newsletters/{newsletter}", Newsletter, Effect.CONVERGES, MERGE
)
SEND_NEWSLETTER: Final = Endpoint(
    "POST", "/api/mailing/newsletters/{newsletter}/send", NoneType, Effect.CREATES
)
# A set of tags, whatever the method: the reference can be read as POST, working code sends PUT.
INCLUDE_TAGS: Final = Endpoint(
    "PUT", "/api/mailing/newsletters/{newsletter}/included-tags", NoneType, Effect.CONVERGES
)
EXCLUDE_TAGS: Final = Endpoint(
    "PUT", "/api/mailing/newsletters/{newsletter}/excluded-tags", NoneType, Effect.CONVERGES
)

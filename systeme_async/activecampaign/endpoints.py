"""Every endpoint of ActiveCampaign that we reach, one line each.

What a second delivery would do is known better here than from the method: several POSTs bring the
same state again, and a name that exists is answered with what exists.
"""

from __future__ import annotations

from types import NoneType
from typing import Final

from .._core.endpoint import Effect
from . import models as m
from .models.contacts import ContactAnswer, ContactPage
from .models.fields import FieldAnswer, FieldPage
from .models.model import many
from .operation import Operation, changed, created, deleted, listed, read

CONVERGES: Final = Effect.CONVERGES
CREATES: Final = Effect.CREATES

_CONTACT: Final = "/api/3/contacts/{contact}"

# Contacts
LIST_CONTACTS: Final = Operation("GET", "/api/3/contacts", ContactPage)
GET_CONTACT: Final = Operation("GET", _CONTACT, ContactAnswer)
CREATE_CONTACT: Final = Operation("POST", "/api/3/contacts", ContactAnswer, CREATES, key="contact")
UPDATE_CONTACT: Final = Operation("PUT", _CONTACT, ContactAnswer, CONVERGES, key="contact")
SYNC_CONTACT: Final = Operation(
    "POST", "/api/3/contact/sync", ContactAnswer, CONVERGES, key="contact"
)
DELETE_CONTACT: Final = deleted(_CONTACT)
LIST_TAGS_OF_CONTACT: Final = listed(f"{_CONTACT}/contactTags", m.ContactTag, "contactTags")
LIST_LISTS_OF_CONTACT: Final = listed(f"{_CONTACT}/contactLists", m.ContactList, "contactLists")
LIST_VALUES_OF_CONTACT: Final = listed(f"{_CONTACT}/fieldValues", m.FieldValue, "fieldValues")
LIST_AUTOMATIONS_OF_CONTACT: Final = listed(
    f"{_CONTACT}/contactAutomations", m.ContactAutomation, "contactAutomations"
)
LIST_NOTES_OF_CONTACT: Final = listed(f"{_CONTACT}/notes", m.Note, "notes")
ADD_TAG: Final = created("/api/3/contactTags", m.ContactTag, "contactTag", CONVERGES)
REMOVE_TAG: Final = deleted("/api/3/contactTags/{contact_tag}")
SET_SUBSCRIPTION: Final = created("/api/3/contactLists", m.ContactList, "contactList", CONVERGES)

# Bulk import
IMPORT_CONTACTS: Final = Operation("POST", "/api/3/import/bulk_import", m.ImportReceipt, CREATES)
GET_IMPORT: Final = Operation("GET", "/api/3/import/info", m.ImportStatus)

# Tags
LIST_TAGS: Final = listed("/api/3/tags", m.Tag, "tags")
GET_TAG: Final = read("/api/3/tags/{tag}", m.Tag, "tag")
# A name that exists is answered with the tag that has it.
CREATE_TAG: Final = created("/api/3/tags", m.Tag, "tag", CONVERGES)
UPDATE_TAG: Final = changed("/api/3/tags/{tag}", m.Tag, "tag")
DELETE_TAG: Final = deleted("/api/3/tags/{tag}")

# Custom fields
LIST_FIELDS: Final = Operation("GET", "/api/3/fields", FieldPage)
GET_FIELD: Final = Operation("GET", "/api/3/fields/{field}", FieldAnswer)
CREATE_FIELD: Final = Operation("POST", "/api/3/fields", FieldAnswer, CREATES, key="field")
UPDATE_FIELD: Final = Operation("PUT", "/api/3/fields/{field}", FieldAnswer, CONVERGES, key="field")
DELETE_FIELD: Final = deleted("/api/3/fields/{field}")
CREATE_FIELD_OPTIONS: Final = Operation(
    "POST",
    "/api/3/fieldOption/bulk",
    many(m.FieldOption, "fieldOptions"),
    CREATES,
    key="fieldOptions",
)
CREATE_FIELD_RELATION: Final = created("/api/3/fieldRels", m.FieldRelation, "fieldRel")
LIST_FIELD_VALUES: Final = listed("/api/3/fieldValues", m.FieldValue, "fieldValues")
GET_FIELD_VALUE: Final = read("/api/3/fieldValues/{value}", m.FieldValue, "fieldValue")
SET_FIELD_VALUE: Final = created("/api/3/fieldValues", m.FieldValue, "fieldValue", CONVERGES)
UPDATE_FIELD_VALUE: Final = changed("/api/3/fieldValues/{value}", m.FieldValue, "fieldValue")
DELETE_FIELD_VALUE: Final = deleted("/api/3/fieldValues/{value}")

# Lists
LIST_LISTS: Final = listed("/api/3/lists", m.List, "lists")
GET_LIST: Final = read("/api/3/lists/{list}", m.List, "list")
CREATE_LIST: Final = created("/api/3/lists", m.List, "list")
# PATCH was seen to work; the documentation knows no way to change a list.
UPDATE_LIST: Final = changed("/api/3/lists/{list}", m.List, "list", "PATCH")
DELETE_LIST: Final = deleted("/api/3/lists/{list}")

# Deals
LIST_DEALS: Final = listed("/api/3/deals", m.Deal, "deals")
GET_DEAL: Final = read("/api/3/deals/{deal}", m.Deal, "deal")
CREATE_DEAL: Final = created("/api/3/deals", m.Deal, "deal")
UPDATE_DEAL: Final = changed("/api/3/deals/{deal}", m.Deal, "deal")
DELETE_DEAL: Final = deleted("/api/3/deals/{deal}")
LIST_DEAL_STAGES: Final = listed("/api/3/dealStages", m.DealStage, "dealStages")
GET_DEAL_STAGE: Final = read("/api/3/dealStages/{stage}", m.DealStage, "dealStage")
CREATE_DEAL_STAGE: Final = created("/api/3/dealStages", m.DealStage, "dealStage")
UPDATE_DEAL_STAGE: Final = changed("/api/3/dealStages/{stage}", m.DealStage, "dealStage")
# What comes back is not documented.
MOVE_DEALS: Final = Operation(
    "PUT", "/api/3/dealStages/{stage}/deals", NoneType, Effect.CONVERGES, key="deal"
)
DELETE_DEAL_STAGE: Final = deleted("/api/3/dealStages/{stage}")
LIST_DEAL_GROUPS: Final = listed("/api/3/dealGroups", m.DealGroup, "dealGroups")
GET_DEAL_GROUP: Final = read("/api/3/dealGroups/{group}", m.DealGroup, "dealGroup")
CREATE_DEAL_GROUP: Final = created("/api/3/dealGroups", m.DealGroup, "dealGroup")
UPDATE_DEAL_GROUP: Final = changed("/api/3/dealGroups/{group}", m.DealGroup, "dealGroup")
DELETE_DEAL_GROUP: Final = deleted("/api/3/dealGroups/{group}")

# Automations, campaigns, users
LIST_AUTOMATIONS: Final = listed("/api/3/automations", m.Automation, "automations")
GET_AUTOMATION: Final = read("/api/3/automations/{automation}", m.Automation, "automation")
LIST_CONTACT_AUTOMATIONS: Final = listed(
    "/api/3/contactAutomations", m.ContactAutomation, "contactAutomations"
)
START_AUTOMATION: Final = created(
    "/api/3/contactAutomations", m.ContactAutomation, "contactAutomation"
)
END_AUTOMATION: Final = deleted("/api/3/contactAutomations/{contact_automation}")
LIST_CAMPAIGNS: Final = listed("/api/3/campaigns", m.Campaign, "campaigns")
GET_CAMPAIGN: Final = read("/api/3/campaigns/{campaign}", m.Campaign, "campaign")
LIST_USERS: Final = listed("/api/3/users", m.User, "users")
GET_USER: Final = read("/api/3/users/{user}", m.User, "user")
GET_USER_BY_EMAIL: Final = read("/api/3/users/email/{email}", m.User, "user")
GET_ME: Final = read("/api/3/users/me", m.User, "user")

# Companies, which the API calls accounts
LIST_ACCOUNTS: Final = listed("/api/3/accounts", m.Account, "accounts")
GET_ACCOUNT: Final = read("/api/3/accounts/{account}", m.Account, "account")
CREATE_ACCOUNT: Final = created("/api/3/accounts", m.Account, "account")
UPDATE_ACCOUNT: Final = changed("/api/3/accounts/{account}", m.Account, "account")
DELETE_ACCOUNT: Final = deleted("/api/3/accounts/{account}")
LIST_ACCOUNT_CONTACTS: Final = listed("/api/3/accountContacts", m.AccountContact, "accountContacts")
CREATE_ACCOUNT_CONTACT: Final = created(
    "/api/3/accountContacts", m.AccountContact, "accountContact"
)
DELETE_ACCOUNT_CONTACT: Final = deleted("/api/3/accountContacts/{account_contact}")

# Notes
LIST_NOTES: Final = listed("/api/3/notes", m.Note, "notes")
GET_NOTE: Final = read("/api/3/notes/{note}", m.Note, "note")
CREATE_NOTE: Final = created("/api/3/notes", m.Note, "note")
UPDATE_NOTE: Final = changed("/api/3/notes/{note}", m.Note, "note")
DELETE_NOTE: Final = deleted("/api/3/notes/{note}")

# Webhooks
LIST_WEBHOOKS: Final = listed("/api/3/webhooks", m.WebhookRegistration, "webhooks")
GET_WEBHOOK: Final = read("/api/3/webhooks/{webhook}", m.WebhookRegistration, "webhook")
CREATE_WEBHOOK: Final = created("/api/3/webhooks", m.WebhookRegistration, "webhook")
UPDATE_WEBHOOK: Final = changed("/api/3/webhooks/{webhook}", m.WebhookRegistration, "webhook")
DELETE_WEBHOOK: Final = deleted("/api/3/webhooks/{webhook}")
LIST_WEBHOOK_EVENTS: Final = Operation("GET", "/api/3/webhook/events", many(str, "webhookEvents"))

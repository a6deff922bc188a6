"""Every endpoint, one line each: the list of what the API can do.

Six read it: the send loop (what a repeat would do), the sandbox (its routes), the contract
tests, the command line, the documentation's endpoint page, and you.
"""

from __future__ import annotations

from types import NoneType
from typing import Final

from ._core.endpoint import MERGE, Effect, Endpoint
from .models import Contact, ContactField, Page, Tag

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

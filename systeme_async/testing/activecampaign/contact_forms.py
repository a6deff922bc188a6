"""How contacts and what hangs on them travel; null and zero change places between forms. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from .holdings import NEVER
from .keeping import Keeping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .crm_records import HeldCompanyContact
    from .records import HeldContact, HeldContactList, HeldContactTag, HeldRun, HeldValue

_LISTED: Final[Mapping[str, object]] = {
    "orgid": "0",
    "organization": None,
    "segmentio_id": "",
    "bounced_date": None,
    "ip": "0",
    "ua": None,
    "socialdata_lastcheck": None,
    "email_local": "",
    "sentcnt": "0",
    "rating_tstamp": None,
    "gravatar": "0",
    "deleted": "0",
    "anonymized": "0",
    "deleted_at": None,
    "adate": None,
    "edate": None,
    "mpp_tracking": "0",
    "last_click_date": None,
    "last_open_date": None,
    "last_mpp_open_date": None,
    "best_send_hour": None,
    "sms_consent": None,
    "sms_consent_updated_at": None,
    "whatsapp_id": None,
    "whatsapp_username": None,
}
_FETCHED: Final[Mapping[str, object]] = {
    "ua": "",
    "created_by": "0",
    "updated_by": "0",
    "bounced_date": "0000-00-00",
    "socialdata_lastcheck": NEVER,
    "best_send_hour": "0",
    "sms_consent": "0",
    "sms_consent_updated_at": NEVER,
}
"""What is something else where a contact is fetched by itself."""
_UPDATED: Final[Mapping[str, object]] = {"orgid": 0, "gravatar": 0, "deleted": 0, "anonymized": 0}
"""What is a number where a contact was changed."""


class ContactForms(Keeping):
    """Writes contacts, their tags, lists and values."""

    def _listed(self, contact: HeldContact) -> dict[str, object]:
        """Return a contact as listings have it."""
        email = contact.email or ""
        return {
            **_LISTED,
            **self._core(contact),
            **self._stamps(contact.created_at, contact.updated_at),
            "created_utc_timestamp": self._local(contact.created_at),
            "updated_utc_timestamp": self._local(contact.updated_at),
            "bounced_hard": str(contact.bounced_hard),
            "bounced_soft": str(contact.bounced_soft),
            "hash": hashlib.sha256(str(contact.id).encode()).hexdigest()[:32],
            "email_domain": email.rpartition("@")[2],
            "scoreValues": [],
            "accountContacts": [],
        }

    def _fetched(self, contact: HeldContact) -> dict[str, object]:
        """Return a contact as it is by itself."""
        return {**self._listed(contact), **_FETCHED, **self._child_ids(contact, fetched=True)}

    def _updated(self, contact: HeldContact) -> dict[str, object]:
        """Return a contact as it is answered to who has changed it."""
        counters = {"bounced_hard": contact.bounced_hard, "bounced_soft": contact.bounced_soft}
        return {**self._fetched(contact), **_UPDATED, **counters}

    def _created(self, contact: HeldContact) -> dict[str, object]:
        """Return a contact as it is answered to who has made it: little of it."""
        return {**self._core(contact), "orgid": "", "organization": ""}

    def _core(self, contact: HeldContact) -> dict[str, object]:
        path = f"contacts/{contact.id}"
        names = ("contactTags", "contactLists", "fieldValues", "contactAutomations", "notes")
        return {
            "email": contact.email or "",
            "phone": contact.phone,
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "cdate": self._stamp(contact.created_at),
            "udate": self._stamp(contact.updated_at),
            "orgname": self.organization_of(contact),
            "links": {name: link(f"{path}/{name}") for name in names},
            "id": str(contact.id),
        }

    def _child_ids(self, contact: HeldContact, *, fetched: bool = False) -> dict[str, object]:
        """Return the ids of what hangs on a contact; fetched by itself it has none of its tags."""
        found: dict[str, object] = {
            "fieldValues": texts(contact.values.values()),
            "contactLists": texts(contact.lists.values()),
        }
        if fetched:
            return {**found, "contactAutomations": texts(contact.runs.values()), "geoIps": []}
        return {**found, "contactTags": texts(contact.tags.values())}

    def _contact_tag_out(self, one: HeldContactTag) -> dict[str, object]:
        return {
            "contact": str(one.contact),
            "tag": str(one.tag),
            "cdate": self._stamp(one.created_at),
            **self._stamps(one.created_at),
            "links": {
                "tag": link(f"contactTags/{one.id}/tag"),
                "contact": link(f"contactTags/{one.id}/contact"),
            },
            "id": str(one.id),
        }

    def _contact_list_out(
        self, one: HeldContactList, *, written: bool = False
    ) -> dict[str, object]:
        """Return a subscription; its status is a number where it was just written."""
        return {
            "contact": str(one.contact),
            "list": str(one.list_id),
            "form": None,
            "seriesid": "0",
            "sdate": self._stamp(one.subscribed_at),
            "udate": self._stamp(one.unsubscribed_at),
            "status": one.status if written else str(one.status),
            "responder": "1",
            "sync": "0",
            "unsubreason": "" if written else None,
            "campaign": None,
            "message": None,
            "first_name": "",
            "last_name": "",
            "sourceid": str(one.source),
            "ip4Sub": "0",
            "ip4_last": "0",
            "ip4Unsub": "0",
            "channel": "email",
            "unsubscribeAutomation": None,
            "automation": None,
            **self._stamps(one.created_at, one.updated_at),
            "links": [],
            "id": str(one.id),
        }

    def _value_out(self, one: HeldValue) -> dict[str, object]:
        return {
            "contact": str(one.contact),
            "field": str(one.field),
            "value": one.value,
            "cdate": self._stamp(one.created_at),
            "udate": self._stamp(one.updated_at),
            "created_by": "0",
            "updated_by": "0",
            "links": {"owner": link(f"fieldValues/{one.id}/owner")},
            "owner": str(one.contact),
            "id": str(one.id),
        }

    def _run_out(self, run: HeldRun) -> dict[str, object]:
        return {
            "contact": str(run.contact),
            "seriesid": str(run.automation),
            "automation": str(run.automation),
            "startid": "0",
            "status": "2" if run.completed else "1",
            "adddate": self._stamp(run.entered_at),
            "remdate": None,
            "timespan": None,
            "lastdate": self._stamp(run.entered_at),
            "completed": int(run.completed),
            "completedElements": "0",
            "totalElements": "1",
            "completeValue": 100 if run.completed else 0,
            "links": [],
            "id": str(run.id),
        }

    def _employed_out(self, held: HeldCompanyContact) -> dict[str, object]:
        return {
            "account": str(held.company),
            "contact": str(held.contact),
            "jobTitle": held.job_title or None,
            "createdTimestamp": self._stamp(held.created_at),
            "updatedTimestamp": self._stamp(held.created_at),
            "links": [],
            "id": str(held.id),
        }


def link(path: str) -> str:
    """Return where the server says that something is."""
    return f"https://sandbox.api-us1.com/api/3/{path}"


def texts(ids: Iterable[int]) -> list[str]:
    """Write ids as they mostly travel."""
    return [str(one) for one in ids]

"""What an account of ActiveCampaign holds, how it behaves, and how it tells the time. Pure."""

from __future__ import annotations

from datetime import timedelta, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from ..books import Books
from ..happenings import Happening
from ..shelf import Shelf
from .records import HeldUser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .crm_records import (
        HeldCompany,
        HeldCompanyContact,
        HeldDeal,
        HeldDealGroup,
        HeldDealStage,
        HeldNote,
    )
    from .records import (
        HeldAutomation,
        HeldBatch,
        HeldCampaign,
        HeldContact,
        HeldContactList,
        HeldContactTag,
        HeldField,
        HeldList,
        HeldOption,
        HeldRelation,
        HeldRun,
        HeldTag,
        HeldValue,
        HeldWebhook,
    )

NEVER: Final = "0000-00-00 00:00:00"
"""One of the three ways in which a date travels that there is none of."""

# Each kind starts apart, so that the id of one in place of another's is noticed. The first user
# is 1, as in every account: it owns what nobody else does.
FIRST_IDS: Final[Mapping[str, int]] = {
    "_users": 1,
    "_tags": 11,
    "_lists": 101,
    "_contacts": 1_001,
    "_contact_tags": 2_000_001,
    "_contact_lists": 4_000_001,
    "_values": 6_000_001,
    "_runs": 8_000_001,
    "_fields": 201,
    "_options": 301,
    "_relations": 401,
    "_deal_groups": 501,
    "_deal_stages": 551,
    "_deals": 20_001,
    "_companies": 30_001,
    "_company_contacts": 35_001,
    "_notes": 40_001,
    "_automations": 601,
    "_campaigns": 701,
    "_webhooks": 801,
}


class Holdings(Books):
    """The state that all endpoints of an account share.

    Attributes:
        side_loading: whether listings of contacts heed `include`, as they do undocumented.
        paged_details: whether what hangs on one contact comes in pages, which is not documented.
        forbidden: resources that the key's user has no right to, such as `lists`.
        hidden_pipelines: ids of those whose deals show a title and a status alone.
        import_seconds: how long a batch takes until its contacts are there.
        excluded: addresses that imports skip without a word.
        refused_imports: addresses that imports tell as failures.
        perstag_keys: whether webhooks are told values by perstag instead of by id.
    """

    def __init__(
        self,
        *,
        utc_offset: float = -5.0,
        side_loading: bool = True,
        paged_details: bool = False,
        import_seconds: float = 6.0,
    ) -> None:
        """Open an empty account with one user, whose the key is.

        Args:
            utc_offset: hours that the account's own time is ahead of UTC.
            side_loading: whether listings of contacts heed `include`.
            paged_details: whether what hangs on one contact comes in pages.
            import_seconds: how long a batch takes until its contacts are there.
        """
        super().__init__()
        self.utc_offset = utc_offset
        self.side_loading = side_loading
        self.paged_details = paged_details
        self.import_seconds = import_seconds
        self.forbidden: set[str] = set()
        self.hidden_pipelines: set[int] = set()
        self.excluded: set[str] = set()
        self.refused_imports: set[str] = set()
        self.perstag_keys = False
        self.imports: dict[str, HeldBatch] = {}
        """The batches by id."""
        self._imports_at: dict[bool, list[datetime]] = {True: [], False: []}
        self._imported = 0
        self._contact_ids: dict[str, int] = {}
        self._tag_ids: dict[str, int] = {}
        self._open_shelves()
        self._users.put(
            lambda number: HeldUser(id=number, username="admin", email="admin@example.com")
        )

    def _open_shelves(self) -> None:
        first = FIRST_IDS
        self._users: Shelf[HeldUser] = Shelf(first["_users"])
        self._tags: Shelf[HeldTag] = Shelf(first["_tags"])
        self._lists: Shelf[HeldList] = Shelf(first["_lists"])
        self._contacts: Shelf[HeldContact] = Shelf(first["_contacts"])
        self._contact_tags: Shelf[HeldContactTag] = Shelf(first["_contact_tags"])
        self._contact_lists: Shelf[HeldContactList] = Shelf(first["_contact_lists"])
        self._values: Shelf[HeldValue] = Shelf(first["_values"])
        self._runs: Shelf[HeldRun] = Shelf(first["_runs"])
        self._fields: Shelf[HeldField] = Shelf(first["_fields"])
        self._options: Shelf[HeldOption] = Shelf(first["_options"])
        self._relations: Shelf[HeldRelation] = Shelf(first["_relations"])
        self._deal_groups: Shelf[HeldDealGroup] = Shelf(first["_deal_groups"])
        self._deal_stages: Shelf[HeldDealStage] = Shelf(first["_deal_stages"])
        self._deals: Shelf[HeldDeal] = Shelf(first["_deals"])
        self._companies: Shelf[HeldCompany] = Shelf(first["_companies"])
        self._company_contacts: Shelf[HeldCompanyContact] = Shelf(first["_company_contacts"])
        self._notes: Shelf[HeldNote] = Shelf(first["_notes"])
        self._automations: Shelf[HeldAutomation] = Shelf(first["_automations"])
        self._campaigns: Shelf[HeldCampaign] = Shelf(first["_campaigns"])
        self._webhooks: Shelf[HeldWebhook] = Shelf(first["_webhooks"])

    @property
    def zone(self) -> timezone:
        """The account's own time."""
        return zone(self.utc_offset)

    def marks(self) -> tuple[int, ...]:
        """Return what is another after each change; what is imported is no effect of a call."""
        return len(self.effects), self._imported

    def _stamp(self, at: datetime | None) -> str | None:
        """Write a time in the account's zone."""
        return None if at is None else stamp(at, self.utc_offset)

    def _local(self, at: datetime) -> str:
        """Write a time as newer properties have it: the account's own, and naive."""
        return stamp(at, self.utc_offset)[:19].replace("T", " ")

    def _stamps(self, created: datetime, updated: datetime | None = None) -> dict[str, object]:
        """Return what stands beside the dates of many records."""
        return {
            "created_timestamp": self._local(created),
            "updated_timestamp": self._local(updated or created),
            "created_by": None,
            "updated_by": None,
        }

    def _happened(
        self,
        event: str,
        at: datetime,
        *,
        contact: HeldContact | None = None,
        source: str = "api",
        list_id: int = 0,
        **more: object,
    ) -> None:
        """Note what webhooks are told; `more` is what this event has besides."""
        body: dict[str, object] = {
            "type": event,
            "date_time": self._stamp(at),
            "initiated_from": source,
            "initiated_by": source,
            "list": list_id,
        }
        if contact is not None:
            body["contact"] = self._told(contact)
        self.happenings.append(Happening(event, {**body, **more}))

    def _told(self, contact: HeldContact) -> dict[str, object]:
        """Return a contact as webhooks are told of it: its tags in one text, ambiguously."""
        fields: dict[str, object] = {}
        for field, number in contact.values.items():
            key = self._fields.get(field).perstag.lower() if self.perstag_keys else str(field)
            fields[key] = self._values.get(number).value
        return {
            "id": contact.id,
            "email": contact.email or "",
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "phone": contact.phone,
            "ip": "127.0.0.1",
            "tags": ", ".join(self._tags.get(tag).name for tag in contact.tags),
            "fields": fields,
        }


@cache
def zone(hours: float) -> timezone:
    """Return a time zone that is so far ahead of UTC."""
    return timezone(timedelta(hours=hours))


@lru_cache(maxsize=4096)
def stamp(at: datetime, hours: float) -> str:
    """Write a time in a zone; a page has the same few hundreds of times."""
    return at.astimezone(zone(hours)).isoformat(timespec="seconds")

"""What an account of ActiveCampaign keeps of each thing it holds. Pure.

Each record may be changed by a test at any time, as the site's own pages would change it. Ids are
numbers here; how each travels is the endpoints' affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True, kw_only=True)
class HeldContact:
    """A contact; what hangs on it is found by the ids in `tags`, `lists`, `values` and `runs`."""

    id: int
    email: str | None
    created_at: datetime
    updated_at: datetime
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    bounced_hard: int = 0
    bounced_soft: int = 0
    forms: set[int] = field(default_factory=set[int])
    """Ids of the forms that the contact has filled in."""
    tags: dict[int, int] = field(default_factory=dict[int, int])
    """The id of the contactTag by the tag's."""
    lists: dict[int, int] = field(default_factory=dict[int, int])
    """The id of the contactList by the list's."""
    values: dict[int, int] = field(default_factory=dict[int, int])
    """The id of the fieldValue by the field's."""
    runs: dict[int, int] = field(default_factory=dict[int, int])
    """The id of the latest contactAutomation by the automation's."""
    company: int | None = None
    """The id of the accountContact, of which there is one at most."""


@dataclass(slots=True, kw_only=True)
class HeldTag:
    """A tag; names are unique to the letter."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    kind: str = "contact"
    description: str = ""


@dataclass(slots=True, kw_only=True)
class HeldContactTag:
    """That a contact has a tag."""

    id: int
    contact: int
    tag: int
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class HeldList:
    """A list that contacts subscribe to."""

    id: int
    name: str
    stringid: str
    sender_url: str
    sender_reminder: str
    created_at: datetime
    updated_at: datetime
    send_last_broadcast: int = 1


@dataclass(slots=True, kw_only=True)
class HeldContactList:
    """What a contact is to a list: 0 unconfirmed, 1 subscribed, 2 unsubscribed, 3 bounced."""

    id: int
    contact: int
    list_id: int
    status: int
    created_at: datetime
    updated_at: datetime
    source: int = 0
    subscribed_at: datetime | None = None
    unsubscribed_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class HeldField:
    """A custom field of contacts."""

    id: int
    title: str
    type: str
    perstag: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    required: bool = False
    visible: bool = True


@dataclass(slots=True, kw_only=True)
class HeldOption:
    """One of the values from which people choose."""

    id: int
    field: int
    value: str
    label: str
    order: int
    default: bool = False


@dataclass(slots=True, kw_only=True)
class HeldRelation:
    """That a field is seen with the contacts of a list, or of all where it is 0."""

    id: int
    field: int
    list_id: int
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class HeldValue:
    """The value of a field for a contact; "" where it was cleared."""

    id: int
    contact: int
    field: int
    value: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class HeldAutomation:
    """An automation; a contact enters it by a request, or by a tag or a list."""

    id: int
    name: str
    created_at: datetime
    active: bool = True
    many_times: bool = False
    """Whether a contact may enter it again."""
    on_tag: int | None = None
    """The tag that lets a contact enter."""
    on_list: int | None = None
    """The list whose subscription lets a contact enter."""
    entered: int = 0
    exited: int = 0


@dataclass(slots=True, kw_only=True)
class HeldRun:
    """That a contact has entered an automation: a contactAutomation."""

    id: int
    contact: int
    automation: int
    entered_at: datetime
    completed: bool = False


@dataclass(slots=True, kw_only=True)
class HeldCampaign:
    """A campaign."""

    id: int
    name: str
    created_at: datetime
    type: str = "single"
    status: int = 1
    automation: int | None = None
    sent_at: datetime | None = None
    send_amount: int = 0
    opens: int = 0
    unique_opens: int = 0
    link_clicks: int = 0


@dataclass(slots=True, kw_only=True)
class HeldUser:
    """Somebody who works with the account; the first one's is the key."""

    id: int
    username: str
    email: str
    first_name: str = ""
    last_name: str = ""
    phone: str = ""


@dataclass(slots=True, kw_only=True)
class HeldWebhook:
    """Where deliveries go; 410 from there switches it off."""

    id: int
    name: str
    url: str
    events: list[str]
    sources: list[str]
    created_at: datetime
    list_id: int = 0
    """0 for all lists."""
    active: bool = True


@dataclass(slots=True, kw_only=True)
class HeldBatch:
    """Contacts that were sent to be imported, as they were sent."""

    id: str
    queued_at: datetime
    contacts: list[dict[str, object]] = field(repr=False)
    exclude_automations: bool = False
    ending: str = "completed"
    """What becomes of it: `failed` and `interrupted` import nobody."""
    done: bool = False
    success: list[int] = field(default_factory=list[int])
    """Ids of the contacts."""
    failure: list[str] = field(default_factory=list[str])
    """Addresses."""

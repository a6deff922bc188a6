"""A person as ActiveCampaign has it, kept on disk between reading and moving. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from ..activecampaign.models import Contact

ACTIVE: Final = 1
UNSUBSCRIBED: Final = 2
BOUNCED: Final = 3
"""What somebody is to a list; 0 is unconfirmed."""


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is moved of a contact, and what decides whether it is. Its repr tells nothing."""

    id: int
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    organization: str = ""
    bounced: bool = False
    """Whether mails to the address bounce for good."""
    gone: bool = False
    """Whether it was deleted or made anonymous."""
    values: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    """Of custom fields, by their ids."""
    tags: list[int] = msgspec.field(default_factory=list[int])
    """Ids."""
    lists: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """What the person is to each list, by its id."""

    def __repr__(self) -> str:
        return f"Person({self.id})"

    @property
    def active_lists(self) -> list[int]:
        """Ids of the lists to which the person is subscribed."""
        return [int(number) for number, status in self.lists.items() if status == ACTIVE]


def person_of(contact: Contact) -> Person:
    """Keep of a contact, which was listed with its details, what a migration needs."""
    return Person(
        contact.id,
        (contact.email or "").strip(),
        contact.first_name or "",
        contact.last_name or "",
        contact.phone or "",
        contact.organization_name or "",
        bounced=contact.bounced_hard > 0,
        gone=contact.deleted or contact.anonymized,
        values={str(one.field): one.value for one in contact.field_values if one.value},
        tags=[one.tag for one in contact.tags],
        lists={str(one.list): one.status for one in contact.lists},
    )


encode: Final = msgspec.json.Encoder().encode
decode: Final = msgspec.json.Decoder(Person).decode

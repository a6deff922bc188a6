"""Tagging contacts, and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import ConfigurationError, NotFoundError
from ...resources.contacts import Contacts
from ..operations import TagBook
from ..report import Status
from .act import Act, check_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...models import Contact
    from ...paging import Pager
    from ...resources._base import Caller


class Tag(Act):
    """Puts a tag on contacts."""

    kind = "tag"
    done = Status.UPDATED
    listed_is_done = True

    def __init__(self, tag: int | str) -> None:
        self._tag = tag
        self._tag_id = tag if isinstance(tag, int) else 0

    @property
    def options(self) -> dict[str, Any]:
        """What decides about what is written."""
        return {"tag": self._tag}

    def check(self) -> None:
        """Raise `ConfigurationError` for what is no tag."""
        if isinstance(self._tag, int):
            check_id("tag", self._tag)
        elif not self._tag.strip():
            msg = "tag is empty: give the tag's name or its id"
            raise ConfigurationError(msg)

    async def look_up(self, caller: Caller) -> str | None:
        """Look the tag up by its name."""
        if isinstance(self._tag, int) or self._tag_id:
            return None
        self._tag_id = await TagBook(caller).look_up(self._tag) or 0
        return None if self._tag_id else self._tag

    async def prepare(self, caller: Caller) -> None:
        """Look the tag up, or create it."""
        if isinstance(self._tag, str) and not self._tag_id:
            self._tag_id = await TagBook(caller).id_of(self._tag)

    def listing(self, caller: Caller) -> Callable[[int | None], Pager[Contact]] | None:
        """List those who have the tag."""
        contacts = Contacts(caller)
        if not self._tag_id:
            return None
        return lambda after: contacts.list(tags=[self._tag_id], starting_after=after)

    def contact_of(self, item: Contact) -> Contact | None:
        """Return who has it; a server that ignores the filter would show others."""
        return item if any(tag.id == self._tag_id for tag in item.tags) else None

    async def carry_out(self, caller: Caller, contact_id: int) -> None:
        """Put it on."""
        await Contacts(caller).assign_tag(contact_id, self._tag_id)

    async def is_done(self, caller: Caller, contact_id: int) -> bool:
        """Look whether one has it."""
        contact = await Contacts(caller).get(contact_id)
        return any(tag.id == self._tag_id for tag in contact.tags)


class Untag(Tag):
    """Takes a tag off contacts."""

    kind = "untag"
    listed_is_done = False

    async def prepare(self, caller: Caller) -> None:
        """Look the tag up; one that is not there is on nobody."""
        if await self.look_up(caller) is not None:
            msg = f"there is no tag {self._tag!r}: `tags.list()` shows those there are"
            raise ConfigurationError(msg)

    async def carry_out(self, caller: Caller, contact_id: int) -> None:
        """Take it off."""
        await Contacts(caller).remove_tag(contact_id, self._tag_id)

    async def is_done(self, caller: Caller, contact_id: int) -> bool:
        """Look whether one is without it."""
        return not await super().is_done(caller, contact_id)


class Delete(Act):
    """Deletes contacts, for good."""

    kind = "delete"
    done = Status.UPDATED
    listed_is_done = True

    @property
    def options(self) -> dict[str, Any]:
        """Nothing can be chosen."""
        return {}

    def check(self) -> None:
        """Nothing can be wrong."""

    async def prepare(self, caller: Caller) -> None:
        """Nothing is needed."""

    def listing(self, caller: Caller) -> None:
        """Nothing lists those who are gone."""

    def contact_of(self, item: Contact) -> Contact | None:
        """Return the contact itself."""
        return item

    async def carry_out(self, caller: Caller, contact_id: int) -> None:
        """Delete one."""
        await Contacts(caller).delete(contact_id)

    async def is_done(self, caller: Caller, contact_id: int) -> bool:
        """Look whether one is gone."""
        try:
            await Contacts(caller).get(contact_id)
        except NotFoundError:
            return True
        return False

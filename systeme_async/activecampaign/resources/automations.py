"""Automations, and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import endpoints as api
from ..drafts import ContactAutomationDraft
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import Automation, ContactAutomation


class Automations(Resource):
    """Find automations, put contacts into them; what they do can't be read."""

    def list(self, *, limit: int = LARGEST_PAGE) -> Pager[Automation]:
        """Stream the automations."""
        return self._by_place(api.LIST_AUTOMATIONS, {}, limit)

    async def get(self, automation_id: int) -> Automation:
        """Fetch one automation, or raise `NotFoundError`."""
        return await self._one(api.GET_AUTOMATION, automation=automation_id)

    async def start(self, contact_id: int, automation_id: int) -> ContactAutomation:
        """Let a contact enter an automation, or raise `ValidationError` if the server does not.

        It is never sent a second time: raises `OutcomeUnknownError` where no answer came.
        """
        draft = ContactAutomationDraft(contact=contact_id, automation=automation_id)
        return await self._one(api.START_AUTOMATION, draft)

    async def end(self, contact_automation_id: int) -> None:
        """Take a contact out of an automation, by the id that `start` and `contacts` give."""
        await self.send(api.END_AUTOMATION, contact_automation=contact_automation_id)

    def contacts(self, *, limit: int = LARGEST_PAGE) -> Pager[ContactAutomation]:
        """Stream who has entered which automation; `contacts.list` finds those of one."""
        return self._by_place(api.LIST_CONTACT_AUTOMATIONS, {}, limit)

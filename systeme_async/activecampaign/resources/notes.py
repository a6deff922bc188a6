"""Notes about contacts, deals and other things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import endpoints as api
from ..drafts import NoteDraft
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..drafts import NoteTarget
    from ..models import Note


class Notes(Resource):
    """Find notes, write and change them."""

    def list(self, *, limit: int = LARGEST_PAGE) -> Pager[Note]:
        """Stream the notes, whatever they are about."""
        return self._by_place(api.LIST_NOTES, {}, limit)

    async def get(self, note_id: int) -> Note:
        """Fetch one note, or raise `NotFoundError`."""
        return await self._one(api.GET_NOTE, note=note_id)

    async def create(self, note: str, *, relid: int, reltype: NoteTarget = "Subscriber") -> Note:
        """Write a note about a contact, or about what `reltype` says.

        Raises `OutcomeUnknownError` where no answer came: it is never sent a second time.

        Args:
            note: what it says.
            relid: the id of what it is about.
            reltype: what that is; "Subscriber" is a contact.
        """
        draft = NoteDraft(note=note, relid=relid, reltype=reltype)
        return await self._one(api.CREATE_NOTE, draft)

    async def update(self, note_id: int, note: str) -> Note:
        """Let a note say something else."""
        return await self._one(api.UPDATE_NOTE, NoteDraft(note=note), note=note_id)

    async def delete(self, note_id: int) -> None:
        """Delete a note."""
        await self.send(api.DELETE_NOTE, note=note_id)

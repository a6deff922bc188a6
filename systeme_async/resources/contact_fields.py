"""Contact fields: what an account knows of people beyond their address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import endpoints as api
from ..drafts import ContactFieldDraft, ContactFieldRename
from ._base import Resource

if TYPE_CHECKING:
    from ..models import ContactField
    from ..paging import Pager


class ContactFields(Resource):
    """List the fields, add some, give them other labels."""

    def list(self) -> Pager[ContactField]:
        """Stream all fields; the API sends them in one page."""
        return self._pager(api.LIST_CONTACT_FIELDS, {}, cursor_of=None)

    async def find(self, slug: str) -> ContactField | None:
        """Return the field with this slug, or None."""
        async for field in self.list():
            if field.slug == slug:
                return field
        return None

    async def create(self, name: str, slug: str) -> ContactField:
        """Create a field labelled `name`, or raise `AlreadyExistsError` if the slug is taken."""
        return await self._send(
            api.CREATE_CONTACT_FIELD, ContactFieldDraft(field_name=name, slug=slug)
        )

    async def ensure(self, name: str, slug: str) -> ContactField:
        """Return the field with this slug, created with this label if there is none.

        An existing field keeps its label; safe to repeat.
        """
        self._caller.check(ContactFieldDraft(field_name=name, slug=slug))
        one = self._as_one()
        return await self._ensure(lambda: one.find(slug), lambda: one.create(name, slug))

    async def rename(self, slug: str, name: str) -> ContactField:
        """Give a field another label; its slug can't be changed."""
        return await self._send(
            api.RENAME_CONTACT_FIELD, ContactFieldRename(field_name=name), slug=slug
        )

    async def delete(self, slug: str) -> None:
        """Delete a field with all its values."""
        await self._send(api.DELETE_CONTACT_FIELD, slug=slug)

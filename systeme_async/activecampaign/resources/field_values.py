"""Field values: what contacts have in custom fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import endpoints as api
from ..drafts import FieldValueDraft, value_text
from ..filters import flag_of, id_of, text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..drafts import Value
    from ..models import FieldValue


class FieldValues(Resource):
    """Find and set single values; `contacts.update` sets several of one contact at once."""

    def list(
        self,
        *,
        field_id: int | None = None,
        value: Value = None,
        limit: int = LARGEST_PAGE,
    ) -> Pager[FieldValue]:
        """Stream the values of a field, or of all; with `value`, who has that.

        Args:
            field_id: of the field.
            value: exactly this one; of several, all of them in their order.
            limit: items a page, 1 to 100.
        """
        wanted = None if value is None else text_of("value", value_text(value))
        query = {"filters[fieldid]": id_of("field_id", field_id), "filters[val]": wanted}
        return self._by_place(api.LIST_FIELD_VALUES, query, limit)

    async def get(self, value_id: int) -> FieldValue:
        """Fetch one value, or raise `NotFoundError`."""
        return await self._one(api.GET_FIELD_VALUE, value=value_id)

    async def set(
        self, contact_id: int, field_id: int, value: Value, *, use_defaults: bool = False
    ) -> FieldValue:
        """Give a contact a value, whether it had one or not; None empties it. Repeatable.

        Args:
            contact_id: the contact.
            field_id: the field.
            value: what it is given.
            use_defaults: whether required fields that are empty get what they are by default.
        """
        draft = FieldValueDraft(contact=contact_id, field=field_id, value=value_text(value))
        beside = {"useDefaults": True} if flag_of("use_defaults", use_defaults) else None
        return (await self._call(api.SET_FIELD_VALUE, draft, None, {}, beside)).it

    async def update(
        self, value_id: int, contact_id: int, field_id: int, value: Value
    ) -> FieldValue:
        """Change a value by its id; the API wants contact and field all the same."""
        draft = FieldValueDraft(contact=contact_id, field=field_id, value=value_text(value))
        return await self._one(api.UPDATE_FIELD_VALUE, draft, value=value_id)

    async def delete(self, value_id: int) -> None:
        """Delete a value; the contact has none in this field then."""
        await self.send(api.DELETE_FIELD_VALUE, value=value_id)

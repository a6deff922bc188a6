"""Custom fields of contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ...errors import ConfigurationError, SystemeError
from .. import endpoints as api
from ..drafts import CustomFieldDraft, FieldOptionDraft, FieldRelationDraft, texts
from ..drafts.fields import CHOICES
from ..filters import flag_of, needed_text
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...paging import Pager
    from ..drafts import FieldType
    from ..models import Field, FieldOption, FieldRelation
    from ..models.model import Many
    from ..operation import Operation


class Fields(Resource):
    """Find, create, change and delete custom fields; `field_values` is what they hold."""

    def list(self, *, limit: int = LARGEST_PAGE) -> Pager[Field]:
        """Stream the fields, each with its options."""
        # A page of fields has what a page has, and options beside them.
        operation = cast("Operation[Many[Field]]", api.LIST_FIELDS)
        return self._by_place(operation, {}, limit)

    async def get(self, field_id: int) -> Field:
        """Fetch one field with its options, or raise `NotFoundError`."""
        return (await self.send(api.GET_FIELD, field=field_id)).it

    async def find(self, name: str) -> Field | None:
        """Return the field with this title or this name in mails (perstag), in any case, or None.

        A perstag goes before a title, since no two fields share one.
        """
        title = needed_text("name", name).casefold()
        wanted, fields = title.strip("%"), await self.as_one().list().collect()
        by_perstag = (one for one in fields if (one.perstag or "%").casefold() == wanted)
        by_title = (one for one in fields if one.title.casefold() == title)
        return next(by_perstag, None) or next(by_title, None)

    async def create(
        self,
        title: str,
        *,
        type: FieldType = "text",  # noqa: A002 - the API's own word
        description: str | UnsetType = UNSET,
        options: Iterable[str] = (),
        visible: bool = True,
        is_required: bool | UnsetType = UNSET,
    ) -> Field:
        """Create a field, or raise `AlreadyExistsError` if the title is taken.

        One request, one more to make it visible, one more for all its options. Where a later
        one fails, the error has a note of the field that is there by then.

        Args:
            title: what people see; its name in mails is made from it.
            type: what it holds.
            description: what it is for.
            options: what people choose from, with the types that let them.
            visible: whether it is seen with all contacts; otherwise nobody sees it before
                `show` is called.
            is_required: whether forms insist on it.
        """
        chosen = texts("options", options)
        if chosen and type not in tuple(CHOICES):
            msg = f"type={type!r} has no options; those that do are {', '.join(sorted(CHOICES))}"
            raise ConfigurationError(msg)
        self._check_options(chosen)
        draft = CustomFieldDraft(
            title=title,
            type=type,
            description=description,
            visible=_number("visible", visible),
            is_required=_number("is_required", is_required),
        )
        one = self.as_one()
        field = (await one.send(api.CREATE_FIELD, draft)).it
        try:
            if visible:
                field = replace(field, relations=[await one.show(field.id)])
            if chosen:
                field = replace(field, options=[*await one.add_options(field.id, chosen)])
        except SystemeError as error:
            error.add_note(
                f"the field {title!r} was created with the id {field.id}; what is missing of it "
                f"is done by fields.show({field.id}) and fields.add_options({field.id}, …)"
            )
            raise
        return field

    async def show(self, field_id: int, *, list_id: int = 0) -> FieldRelation:
        """Let a field be seen with the contacts of a list, or of all lists; otherwise it is not."""
        draft = FieldRelationDraft(field=field_id, list=list_id)
        return await self._one(api.CREATE_FIELD_RELATION, draft)

    async def add_options(
        self, field_id: int, options: Iterable[str], *, first: int = 1
    ) -> Sequence[FieldOption]:
        """Give people more to choose from; one request.

        Args:
            field_id: the field.
            options: what they choose from, in their order.
            first: the place of the first of them among all options.
        """
        chosen = texts("options", options)
        if not chosen:
            msg = "options is empty: give at least one"
            raise ConfigurationError(msg)
        drafts = self._check_options(chosen, field_id, first)
        return (await self.send(api.CREATE_FIELD_OPTIONS, drafts)).items

    def _check_options(
        self, options: Sequence[str], field_id: int = 1, first: int = 1
    ) -> Sequence[FieldOptionDraft]:
        drafts = [
            FieldOptionDraft(field=field_id, order=order, value=option, label=option)
            for order, option in enumerate(options, first)
        ]
        for draft in drafts:
            self._caller.check(draft)
        return drafts

    async def update(
        self,
        field_id: int,
        *,
        title: str | UnsetType = UNSET,
        description: str | UnsetType = UNSET,
        visible: bool | UnsetType = UNSET,
        is_required: bool | UnsetType = UNSET,
    ) -> Field:
        """Change what is given and nothing else; the type can't be changed."""
        draft = CustomFieldDraft(
            title=title,
            description=description,
            visible=_number("visible", visible),
            is_required=_number("is_required", is_required),
        )
        return (await self.send(api.UPDATE_FIELD, draft, field=field_id)).it

    async def delete(self, field_id: int) -> None:
        """Delete a field with all its values."""
        await self.send(api.DELETE_FIELD, field=field_id)


def _number(name: str, given: bool | UnsetType) -> int | UnsetType:  # noqa: FBT001 - a value
    """Return a yes or no as it travels."""
    return given if isinstance(given, UnsetType) else int(flag_of(name, given))

"""Deals: what is to be sold, to whom, and how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from ..drafts import DealDraft, NewDealDraft, currency_code, status_number
from ..filters import choice_of, count_of, id_of, instants, text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from datetime import datetime

    from ..._core.codec import QueryValue
    from ...paging import Pager
    from ..drafts import DealStatus
    from ..models import Deal

SearchField = Literal["all", "title", "contact", "org"]
SEARCH_FIELDS: Final = get_args(SearchField)


class Deals(Resource):
    """Find deals, create and change them; `deal_groups` are the pipelines they stand in."""

    def list(
        self,
        *,
        search: str | None = None,
        search_field: SearchField | None = None,
        title: str | None = None,
        stage: int | None = None,
        group: int | None = None,
        status: DealStatus | None = None,
        owner: int | None = None,
        tag: int | None = None,
        minimum_value: int | None = None,
        maximum_value: int | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        updated_after: datetime | None = None,
        updated_before: datetime | None = None,
        limit: int = LARGEST_PAGE,
    ) -> Pager[Deal]:
        """Stream the deals that match every filter given, the oldest first.

        Args:
            search: part of a text.
            search_field: where it is looked for; everywhere unless given.
            title: part of the title.
            stage: of this id.
            group: the id of the pipeline.
            status: how it ended, or that it is open.
            owner: the id of the user.
            tag: the id of a tag that the contact has.
            minimum_value: in cents.
            maximum_value: in cents.
            created_after: aware datetime.
            created_before: aware datetime.
            updated_after: aware datetime.
            updated_before: aware datetime.
            limit: items a page, 1 to 100.
        """
        number = status_number(UNSET if status is None else status)
        filters: dict[str, QueryValue] = {
            "search": text_of("search", search),
            "search_field": choice_of("search_field", search_field, SEARCH_FIELDS),
            "title": text_of("title", title),
            "stage": id_of("stage", stage),
            "group": id_of("group", group),
            "status": None if isinstance(number, UnsetType) else number,
            "owner": id_of("owner", owner),
            "tag": id_of("tag", tag),
            "minimum_value": count_of("minimum_value", minimum_value),
            "maximum_value": count_of("maximum_value", maximum_value),
        }
        query = {f"filters[{name}]": value for name, value in filters.items()} | instants(
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
        )
        return self._by_place(api.LIST_DEALS, {**query, "orders[cdate]": "ASC"}, limit)

    async def get(self, deal_id: int) -> Deal:
        """Fetch one deal, or raise `NotFoundError`."""
        return await self._one(api.GET_DEAL, deal=deal_id)

    async def create(
        self,
        title: str,
        *,
        value: int,
        currency: str,
        contact: int | None = None,
        account: int | None = None,
        group: int | None = None,
        stage: int | None = None,
        owner: int | None = None,
        status: DealStatus | None = None,
        percent: int | None = None,
        description: str | None = None,
    ) -> Deal:
        """Create a deal of a contact or an account; what is None is not sent.

        Raises `OutcomeUnknownError` where no answer came: it is never sent a second time.

        Args:
            title: what it is called.
            value: in cents.
            currency: three letters, such as eur.
            contact: the id of the contact; it or `account` is needed.
            account: the id of the company.
            group: the id of the pipeline, in whose first stage it begins; it or `stage` is needed.
            stage: the id of the stage.
            owner: the id of the user; needed where the pipeline assigns none by itself.
            status: open unless given.
            percent: how likely it is to be won.
            description: more about it.
        """
        draft = NewDealDraft(
            title=title,
            value=value,
            currency=currency_code(currency),
            contact=UNSET if contact is None else contact,
            account=UNSET if account is None else account,
            group=UNSET if group is None else group,
            stage=UNSET if stage is None else stage,
            owner=UNSET if owner is None else owner,
            status=status_number(UNSET if status is None else status),
            percent=UNSET if percent is None else percent,
            description=UNSET if description is None else description,
        )
        return await self._one(api.CREATE_DEAL, draft)

    async def update(
        self,
        deal_id: int,
        *,
        title: str | UnsetType = UNSET,
        value: int | UnsetType = UNSET,
        currency: str | UnsetType = UNSET,
        contact: int | UnsetType = UNSET,
        account: int | UnsetType = UNSET,
        group: int | UnsetType = UNSET,
        stage: int | UnsetType = UNSET,
        owner: int | UnsetType = UNSET,
        status: DealStatus | UnsetType = UNSET,
        percent: int | UnsetType = UNSET,
        description: str | UnsetType = UNSET,
    ) -> Deal:
        """Change what is given and nothing else."""
        draft = DealDraft(
            title=title,
            value=value,
            currency=currency_code(currency),
            contact=contact,
            account=account,
            group=group,
            stage=stage,
            owner=owner,
            status=status_number(status),
            percent=percent,
            description=description,
        )
        return await self._one(api.UPDATE_DEAL, draft, deal=deal_id)

    async def delete(self, deal_id: int) -> None:
        """Delete a deal."""
        await self.send(api.DELETE_DEAL, deal=deal_id)

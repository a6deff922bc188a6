"""Deal stages: how far the deals of a pipeline have come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from ...resources._base import check_id
from .. import endpoints as api
from ..drafts import DealDraft, DealStageDraft
from ..filters import id_of, text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import DealStage


class DealStages(Resource):
    """Find, create, change and delete the stages of pipelines."""

    def list(
        self, *, group: int | None = None, title: str | None = None, limit: int = LARGEST_PAGE
    ) -> Pager[DealStage]:
        """Stream the stages of a pipeline, or of all, in the order of their titles."""
        query = {
            "filters[d_groupid]": id_of("group", group),
            "filters[title]": text_of("title", title),
            "orders[title]": "ASC",
        }
        return self._by_place(api.LIST_DEAL_STAGES, query, limit)

    async def get(self, stage_id: int) -> DealStage:
        """Fetch one stage, or raise `NotFoundError`."""
        return await self._one(api.GET_DEAL_STAGE, stage=stage_id)

    async def create(
        self,
        title: str,
        *,
        group: int,
        order: int | UnsetType = UNSET,
        color: str | UnsetType = UNSET,
    ) -> DealStage:
        """Create a stage of a pipeline; `order` is its place, `color` six hexadecimal digits."""
        draft = DealStageDraft(title=title, group=group, order=order, color=color)
        return await self._one(api.CREATE_DEAL_STAGE, draft)

    async def update(
        self,
        stage_id: int,
        *,
        title: str | UnsetType = UNSET,
        group: int | UnsetType = UNSET,
        order: int | UnsetType = UNSET,
        color: str | UnsetType = UNSET,
    ) -> DealStage:
        """Change what is given and nothing else."""
        draft = DealStageDraft(title=title, group=group, order=order, color=color)
        return await self._one(api.UPDATE_DEAL_STAGE, draft, stage=stage_id)

    async def move_deals(self, stage_id: int, to: int) -> None:
        """Move all deals of a stage to another one, or raise `ValidationError`.

        Args:
            stage_id: the stage that they leave.
            to: the stage that they enter, in the same pipeline.
        """
        check_id("to", to)
        await self.send(api.MOVE_DEALS, DealDraft(stage=to), stage=stage_id)

    async def delete(self, stage_id: int) -> None:
        """Delete a stage."""
        await self.send(api.DELETE_DEAL_STAGE, stage=stage_id)

"""Pipelines, which the API calls dealGroups, and their stages. Pure; one method an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Answer
from .crm_records import HeldDealGroup, HeldDealStage
from .deal_forms import DealForms
from .filters import Filter, filtered
from .finding import found, related
from .listing import listing
from .reading import Given
from .refusals import invalid, missing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..call import Call

FIRST_STAGE: Final = "To Contact"
OTHER_PIPELINE: Final = "The stage is in another pipeline"
GROUPS: Final[Mapping[str, Filter[HeldDealGroup]]] = {
    "title": Filter(lambda one: one.title, "contains")
}
STAGES: Final[Mapping[str, Filter[HeldDealStage]]] = {
    "title": Filter(lambda one: one.title, "contains"),
    "d_groupid": Filter(lambda one: one.group),
}


class PipelineEndpoints(DealForms):
    """Pipelines, each with at least one stage, and the stages."""

    def list_deal_groups(self, call: Call) -> Answer:
        """Answer one page of the pipelines."""
        matching = filtered(self.deal_groups.values(), call.query, GROUPS, self.zone)
        return listing(call, "dealGroups", matching, self._group_out, orders={"title": _title})

    def get_deal_group(self, call: Call) -> Answer:
        """Answer one pipeline."""
        return Answer(200, {"dealGroup": self._group_out(self._group_at(call))})

    def create_deal_group(self, call: Call) -> Answer:
        """Create a pipeline, and its first stage with it."""
        given = Given.of(call, "dealGroup")
        if not given.text("title"):
            title = "Pipeline title is required"
            raise missing(title, "title")
        group = self._keep_group(given.text("title"), call.second)
        self._describe_group(group, given)
        self._changed("created pipeline", group.id)
        self._happened("deal_pipeline_add", call.second, pipeline={"id": group.id})
        stages = [self._stage_out(one) for one in self._stages_of(group.id)]
        return Answer(201, {"dealStages": stages, "dealGroup": self._group_written(group)})

    def update_deal_group(self, call: Call) -> Answer:
        """Change what was sent."""
        group = self._group_at(call)
        given = Given.of(call, "dealGroup")
        group.title = given.text("title") or group.title
        self._describe_group(group, given)
        self._changed("updated pipeline", group.id)
        return Answer(200, {"dealGroup": self._group_written(group)})

    def delete_deal_group(self, call: Call) -> Answer:
        """Delete a pipeline, with its stages and its deals."""
        group = self._group_at(call)
        self._deals.drop_if(lambda one: one.group == group.id)
        self._deal_stages.drop_if(lambda one: one.group == group.id)
        self._deal_groups.drop(group.id)
        self._changed("deleted pipeline", group.id)
        return Answer(200, {})

    def list_deal_stages(self, call: Call) -> Answer:
        """Answer one page of the stages."""
        matching = filtered(self.deal_stages.values(), call.query, STAGES, self.zone)
        return listing(call, "dealStages", matching, self._stage_out, orders={"title": _title})

    def get_deal_stage(self, call: Call) -> Answer:
        """Answer one stage."""
        return Answer(200, {"dealStage": self._stage_out(self._stage_at(call))})

    def create_deal_stage(self, call: Call) -> Answer:
        """Create a stage at the end of a pipeline, or where it is told."""
        given = Given.of(call, "dealStage")
        if not given.text("title"):
            title = "Stage title is required"
            raise missing(title, "title")
        group = related(self.deal_groups, given.number("group"), "pipeline", "group", 422)
        stage = self._keep_stage(group.id, given.text("title"), call.second)
        self._describe_stage(stage, given)
        self._changed("created stage", stage.id)
        self._happened("deal_stage_add", call.second, stage={"id": stage.id})
        return Answer(201, {"dealStage": self._stage_written(stage)})

    def update_deal_stage(self, call: Call) -> Answer:
        """Change what was sent."""
        stage = self._stage_at(call)
        given = Given.of(call, "dealStage")
        stage.title = given.text("title") or stage.title
        self._describe_stage(stage, given)
        self._changed("updated stage", stage.id)
        return Answer(200, {"dealStage": self._stage_written(stage)})

    def move_deals(self, call: Call) -> Answer:
        """Move all deals of a stage to another one of the same pipeline."""
        stage = self._stage_at(call)
        given = Given.of(call, "deal")
        target = related(self.deal_stages, given.number("stage"), "dealStage", "stage", 422)
        if target.group != stage.group:
            raise invalid(OTHER_PIPELINE, "stage")
        moved = [one for one in self.deals.values() if one.stage == stage.id]
        for deal in moved:
            deal.stage, deal.updated_at = target.id, call.second
        self._changed("moved deals", f"from stage {stage.id} to stage {target.id}")
        return Answer(200, {"deals": [self._deal_out(one) for one in moved]})

    def delete_deal_stage(self, call: Call) -> Answer:
        """Delete a stage, with its deals."""
        stage = self._stage_at(call)
        self._deals.drop_if(lambda one: one.stage == stage.id)
        self._deal_stages.drop(stage.id)
        self._changed("deleted stage", stage.id)
        return Answer(200, {})

    def _group_at(self, call: Call) -> HeldDealGroup:
        return found(self.deal_groups, call.id("group"), "DealGroup")

    def _stage_at(self, call: Call) -> HeldDealStage:
        return found(self.deal_stages, call.id("stage"), "DealStage")

    def _keep_group(self, title: str, at: datetime) -> HeldDealGroup:
        group = self._deal_groups.put(
            lambda number: HeldDealGroup(id=number, title=title, currency="usd", created_at=at)
        )
        self._keep_stage(group.id, FIRST_STAGE, at)
        return group

    def _keep_stage(self, group: int, title: str, at: datetime) -> HeldDealStage:
        order = len(self._stages_of(group)) + 1
        return self._deal_stages.put(
            lambda number: HeldDealStage(
                id=number, group=group, title=title, order=order, created_at=at
            )
        )

    def _describe_group(self, group: HeldDealGroup, given: Given) -> None:
        group.currency = given.text("currency").lower() or group.currency
        if "autoassign" in given:
            group.auto_assign = given.flag("autoassign")

    def _describe_stage(self, stage: HeldDealStage, given: Given) -> None:
        stage.order = given.number("order") or stage.order
        stage.width = given.number("width") or stage.width
        stage.color = given.text("color") or stage.color


def _title(record: HeldDealGroup | HeldDealStage) -> str:
    return record.title.lower()

"""How deals, pipelines and stages travel: texts where read, numbers where written. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contact_forms import ContactForms, texts
from .holdings import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .crm_records import HeldDeal, HeldDealGroup, HeldDealStage


class DealForms(ContactForms):
    """Writes deals, pipelines and stages."""

    def _deal_out(self, deal: HeldDeal) -> dict[str, object]:
        """Return a deal; of a pipeline that the key's user may not see, next to nothing of it."""
        if deal.group in self.hidden_pipelines:
            return {
                "title": deal.title,
                "status": str(deal.status),
                "id": str(deal.id),
                "isDisabled": True,
            }
        return {
            "title": deal.title,
            "value": str(deal.value),
            "currency": deal.currency,
            "status": str(deal.status),
            "contact": None if deal.contact is None else str(deal.contact),
            "account": None if deal.company is None else str(deal.company),
            "organization": None,
            "group": str(deal.group),
            "stage": str(deal.stage),
            "owner": str(deal.owner),
            "percent": str(deal.percent),
            "description": deal.description,
            "nextdate": None,
            "nexttaskid": "0",
            "winProbability": None,
            "winProbabilityMdate": NEVER,
            "activitycount": "0",
            "hash": f"{deal.id:08x}",
            "cdate": self._stamp(deal.created_at),
            "mdate": self._stamp(deal.updated_at),
            "edate": None,
            "isDisabled": False,
            "links": [],
            "id": str(deal.id),
        }

    def _deal_written(self, deal: HeldDeal) -> dict[str, object]:
        """Return a deal as it is answered to who has written it."""
        numbers = {"value": deal.value, "status": deal.status, "percent": deal.percent}
        return {
            **self._deal_out(deal),
            **numbers,
            "winProbability": None,
            "fields": [],
            "customFieldSaveStatus": None,
        }

    def _stage_out(self, stage: HeldDealStage) -> dict[str, object]:
        return {
            "title": stage.title,
            "group": str(stage.group),
            "order": str(stage.order),
            "width": str(stage.width),
            "color": stage.color,
            "dealOrder": "next-action DESC",
            "cardRegion1": "title",
            "reminderStatus": "0",
            "cdate": self._stamp(stage.created_at),
            "udate": None,
            "links": [],
            "id": str(stage.id),
        }

    def _stage_written(self, stage: HeldDealStage) -> dict[str, object]:
        """Return a stage as it is answered to who has written it."""
        return {**self._stage_out(stage), "order": stage.order, "width": stage.width}

    def _group_out(self, group: HeldDealGroup) -> dict[str, object]:
        return {
            "title": group.title,
            "currency": group.currency,
            "autoassign": str(int(group.auto_assign)),
            "allusers": "1",
            "allgroups": "1",
            "users": [],
            "stages": texts(one.id for one in self._stages_of(group.id)),
            "cdate": self._stamp(group.created_at),
            "udate": None,
            "links": [],
            "id": str(group.id),
        }

    def _group_written(self, group: HeldDealGroup) -> dict[str, object]:
        """Return a pipeline as it is answered to who has written it."""
        return {**self._group_out(group), "autoassign": int(group.auto_assign), "allusers": 1}

    def _stages_of(self, group: int) -> list[HeldDealStage]:
        """Return the stages of a pipeline, in their order."""
        stages = [one for one in self.deal_stages.values() if one.group == group]
        return sorted(stages, key=lambda one: (one.order, one.id))

    def _currencies(self, deals: Iterable[HeldDeal]) -> object:
        """Return what deals are worth by currency; PHP writes an object that is empty as a list."""
        sums: dict[str, list[int]] = {}
        for deal in deals:
            sums.setdefault(deal.currency.upper(), []).append(deal.value)
        if not sums:
            return []
        return {
            currency: {
                "total": str(len(values)),
                "value": str(sum(values)),
                "currency": currency,
                "isDisabled": False,
            }
            for currency, values in sums.items()
        }

"""The deals of the account. Pure; each endpoint is a method of its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..call import Answer, whole
from .crm_records import HeldDeal
from .deal_forms import DealForms
from .filters import Filter, filtered
from .finding import found, related
from .listing import listing
from .reading import Given
from .refusals import invalid, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ..call import Call
    from .crm_records import HeldDealStage

FILTERS: Final[Mapping[str, Filter[HeldDeal]]] = {
    "title": Filter(lambda deal: deal.title, "contains"),
    "stage": Filter(lambda deal: deal.stage),
    "group": Filter(lambda deal: deal.group),
    "status": Filter(lambda deal: deal.status),
    "owner": Filter(lambda deal: deal.owner),
    "minimum_value": Filter(lambda deal: deal.value, "gte"),
    "maximum_value": Filter(lambda deal: deal.value, "lte"),
    "created_after": Filter(lambda deal: deal.created_at, "after"),
    "created_before": Filter(lambda deal: deal.created_at, "before"),
    "updated_after": Filter(lambda deal: deal.updated_at, "after"),
    "updated_before": Filter(lambda deal: deal.updated_at, "before"),
}
ORDERS: Final[Mapping[str, Callable[[HeldDeal], object]]] = {
    "title": lambda deal: deal.title.lower(),
    "value": lambda deal: deal.value,
    "cdate": lambda deal: deal.created_at,
}
STATUSES: Final = range(3)
"""Open, won, lost."""

_CURRENCY: Final = re.compile("[A-Za-z]{3}")


class DealEndpoints(DealForms):
    """Deals: money that may come, by pipeline and stage."""

    def list_deals(self, call: Call) -> Answer:
        """Answer one page of the deals, and what all that match are worth."""
        searched = filter(self._search(call.query), self.deals.values())
        matching = filtered(searched, call.query, FILTERS, self.zone)
        meta = {"currencies": self._currencies(matching)}
        return listing(call, "deals", matching, self._deal_out, orders=ORDERS, meta=meta)

    def get_deal(self, call: Call) -> Answer:
        """Answer one deal."""
        return Answer(200, {"deal": self._deal_out(self._deal_at(call))})

    def create_deal(self, call: Call) -> Answer:
        """Create a deal for a contact or a company, in a stage or the first of a pipeline."""
        given = Given.of(call, "deal")
        self._check(given)
        contact, company = given.number("contact"), given.number("account")
        if contact is None and company is None:
            title = "Deal contact or account is required"
            raise missing(title, "contact")
        stage = self._stage_for(given)
        if not (self._deal_groups.get(stage.group).auto_assign or given.number("owner")):
            title = "Deal owner is required"
            raise missing(title, "owner")
        deal = self._keep_deal(given, stage, call.second)
        self._changed("created deal", deal.id)
        person = self.contacts.get(contact or 0)
        self._happened("deal_add", call.second, contact=person, deal=self._deal_told(deal))
        beside = {
            "contacts": [] if person is None else [self._listed(person)],
            "dealGroups": [self._group_out(self._deal_groups.get(deal.group))],
            "dealStages": [self._stage_out(stage)],
        }
        return Answer(201, {**beside, "deal": self._deal_written(deal)})

    def update_deal(self, call: Call) -> Answer:
        """Change what was sent, and nothing else."""
        deal = self._deal_at(call)
        given = Given.of(call, "deal")
        self._check(given, sent=True)
        if "stage" in given or "group" in given:
            stage = self._stage_for(given)
            deal.stage, deal.group = stage.id, stage.group
        deal.updated_at = call.second
        self._describe_deal(deal, given)
        self._changed("updated deal", deal.id)
        self._happened("deal_update", call.second, deal=self._deal_told(deal))
        return Answer(200, {"deal": self._deal_written(deal)})

    def delete_deal(self, call: Call) -> Answer:
        """Delete a deal."""
        deal = self._deal_at(call)
        self._deals.drop(deal.id)
        self._notes.drop_if(lambda one: (one.reltype, one.relid) == ("Deal", deal.id))
        self._changed("deleted deal", deal.id)
        return Answer(200, {})

    def _search(self, query: Mapping[str, str]) -> Callable[[HeldDeal], bool]:
        """Return what looks into a deal's title, its contact and its company, or into one."""
        text = query.get("filters[search]", "").lower()
        place = query.get("filters[search_field]")
        tag = whole(query.get("filters[tag]", ""))

        def matches(deal: HeldDeal) -> bool:
            contact = self.contacts.get(deal.contact or 0)
            company = self.companies.get(deal.company or 0)
            held = {
                "title": deal.title,
                "contact": "" if contact is None else f"{contact.first_name} {contact.last_name}",
                "org": "" if company is None else company.name,
            }
            found = [held[place]] if place in held else held.values()
            tagged = contact is not None and tag in contact.tags
            return (not tag or tagged) and any(text in one.lower() for one in found)

        return matches

    def _check(self, given: Given, *, sent: bool = False) -> None:
        """Demand what every deal must have; where one is changed, of what was sent alone."""
        for name in ("title", "value", "currency"):
            if not given.text(name) and not (sent and name not in given):
                title = f"Deal {name} is required"
                raise missing(title, name)
        if "value" in given and not _is_amount(given.number("value")):
            title = "Deal value must be a whole number of cents, 0 or more"
            raise invalid(title, "value")
        if "currency" in given and not _CURRENCY.fullmatch(given.text("currency")):
            title = "Deal currency is not valid"
            raise invalid(title, "currency")
        if (given.number("status") or 0) not in STATUSES:
            title = "Deal status is not valid"
            raise invalid(title, "status")
        if given.number("contact") is not None:
            related(self.contacts, given.number("contact"), "contact", "contact", 422)
        if given.number("account") is not None:
            related(self.companies, given.number("account"), "account", "account", 422)
        if given.number("owner") is not None:
            related(self.users, given.number("owner"), "user", "owner", 422)

    def _stage_for(self, given: Given) -> HeldDealStage:
        """Return the stage that was named, or the first of the pipeline that was."""
        number, group = given.number("stage"), given.number("group")
        if number is None and group is None:
            title = "Deal stage or group is required"
            raise missing(title, "stage")
        if number is not None:
            return related(self.deal_stages, number, "stage", "stage", 422)
        pipeline = related(self.deal_groups, group, "pipeline", "group", 422)
        return self._stages_of(pipeline.id)[0]

    def _keep_deal(self, given: Given, stage: HeldDealStage, at: datetime) -> HeldDeal:
        deal = self._deals.put(
            lambda number: HeldDeal(
                id=number,
                title=given.text("title"),
                value=0,
                currency="usd",
                group=stage.group,
                stage=stage.id,
                owner=1,
                created_at=at,
                updated_at=at,
            )
        )
        self._describe_deal(deal, given)
        return deal

    def _describe_deal(self, deal: HeldDeal, given: Given) -> None:
        deal.title = given.text("title") or deal.title
        deal.currency = given.text("currency").lower() or deal.currency
        deal.contact = given.number("contact") or deal.contact
        deal.company = given.number("account") or deal.company
        deal.owner = given.number("owner") or deal.owner
        for name in ("value", "status", "percent"):
            number = given.number(name)
            setattr(deal, name, getattr(deal, name) if number is None else number)
        if "description" in given:
            deal.description = given.text("description")

    def _deal_at(self, call: Call) -> HeldDeal:
        return found(self.deals, call.id("deal"), "Deal")

    def _deal_told(self, deal: HeldDeal) -> dict[str, object]:
        return {"id": deal.id, "title": deal.title, "value": deal.value, "status": deal.status}


def _is_amount(number: int | None) -> bool:
    return number is not None and number >= 0

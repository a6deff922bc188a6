"""Automations, and who has entered them. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Answer, Refusal
from .contact_forms import ContactForms
from .filters import Filter, filtered
from .finding import found
from .listing import listing
from .reading import Given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..call import Call
    from .records import HeldAutomation, HeldRun

REFUSED: Final = "Could not create SubscriberSeries"
AUTOMATIONS: Final[Mapping[str, Filter[HeldAutomation]]] = {
    "name": Filter(lambda one: one.name, "contains"),
    "status": Filter(lambda one: int(one.active)),
}
RUNS: Final[Mapping[str, Filter[HeldRun]]] = {
    "contact": Filter(lambda one: one.contact),
    "seriesid": Filter(lambda one: one.automation),
}


class AutomationEndpoints(ContactForms):
    """Automations, of which no request tells what they do."""

    def list_automations(self, call: Call) -> Answer:
        """Answer one page of the automations."""
        matching = filtered(self.automations.values(), call.query, AUTOMATIONS, self.zone)
        beside: dict[str, object] = {"starts": [], "filtered": False, "smsLogs": []}
        return listing(call, "automations", matching, self._automation_out, meta=beside)

    def get_automation(self, call: Call) -> Answer:
        """Answer one automation."""
        automation = found(self.automations, call.id("automation"), "Series")
        return Answer(200, {"automation": self._automation_out(automation)})

    def list_contact_automations(self, call: Call) -> Answer:
        """Answer one page of who has entered which automation."""
        matching = filtered(self.runs.values(), call.query, RUNS, self.zone)
        return listing(call, "contactAutomations", matching, self._run_out)

    def start_automation(self, call: Call) -> Answer:
        """Let a contact enter an automation; what keeps it from that is a 403."""
        given = Given.of(call, "contactAutomation")
        contact = self.contacts.get(given.number("contact") or 0)
        automation = self.automations.get(given.number("automation") or 0)
        if contact is None or automation is None:
            raise Refusal(403, REFUSED)
        run = self._enter(contact, automation, call.second)
        if run is None:
            raise Refusal(403, REFUSED)
        self._changed("started automation", f"{automation.id} for contact {contact.id}")
        numbers = {"contact": contact.id, "seriesid": automation.id, "status": 1}
        written = {**self._run_out(run), **numbers}
        return Answer(201, {"contacts": [self._listed(contact)], "contactAutomation": written})

    def end_automation(self, call: Call) -> Answer:
        """Take a contact out of an automation; an unknown id is a 403."""
        run = found(self.runs, call.id("contact_automation"), "SubscriberSeries", 403)
        self._runs.drop(run.id)
        contact = self._contacts.get(run.contact)
        if contact.runs.get(run.automation) == run.id:
            del contact.runs[run.automation]
        self._automations.get(run.automation).exited += 1
        self._changed("ended automation", f"{run.automation} for contact {run.contact}")
        return Answer(200, {})

    def _automation_out(self, automation: HeldAutomation) -> dict[str, object]:
        return {
            "name": automation.name,
            "cdate": self._stamp(automation.created_at),
            "mdate": self._stamp(automation.created_at),
            "userid": "1",
            "status": str(int(automation.active)),
            "entered": str(automation.entered),
            "exited": str(automation.exited),
            "hidden": "0",
            "multientry": str(int(automation.many_times)),
            "description": "",
            "exit_on_unsubscribe": "1",
            "screenshot": None,
            "links": [],
            "id": str(automation.id),
        }

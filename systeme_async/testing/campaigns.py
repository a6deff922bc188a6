"""The campaigns of the account. Pure; each method answers one endpoint of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rules
from .call import Answer, refuse
from .filters import named
from .holdings import Holdings
from .records import HeldCampaign, HeldCampaignStep
from .shelf import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .call import Call, Complaint, Properties


class CampaignEndpoints(Holdings):
    """Campaigns and their e-mails."""

    def add_campaign(self, name: str, steps: Iterable[str] = ()) -> HeldCampaign:
        """Put a campaign there without a request; `steps` are the subjects of its e-mails."""
        campaign = self._campaigns.put(lambda number: HeldCampaign(id=number, name=name))
        campaign.steps = [self._keep_campaign_step(campaign.id, subject) for subject in steps]
        return campaign

    def list_campaigns(self, call: Call) -> Answer:
        """Answer one page of the campaigns whose name holds `query`, in any case."""
        cursor = Cursor.read(call.query)
        return Answer(200, self._campaigns.page(cursor, named(call.query), campaign_out))

    def create_campaign(self, call: Call) -> Answer:
        """Create a campaign without e-mails."""
        sent = call.properties
        refuse([*_name_complaints(sent), *self._sender_complaints(sent)])
        campaign = self.add_campaign(sent.text("name") or "")
        _write(campaign, sent)
        self._changed("created campaign", campaign.id)
        return Answer(201, campaign_out(campaign))

    def get_campaign(self, call: Call) -> Answer:
        """Answer one campaign."""
        return Answer(200, campaign_out(self._campaigns.get(call.id("campaign"))))

    def update_campaign(self, call: Call) -> Answer:
        """Change what was sent and nothing else; null clears all but the name."""
        campaign = self._campaigns.get(call.id("campaign"))
        sent = call.properties
        name_complaints = _name_complaints(sent) if "name" in sent else ()
        refuse([*name_complaints, *self._sender_complaints(sent)])
        _write(campaign, sent)
        self._changed("updated campaign", campaign.id)
        return Answer(200, campaign_out(campaign))

    def delete_campaign(self, call: Call) -> Answer:
        """Delete a campaign and its e-mails."""
        campaign = self._campaigns.drop(call.id("campaign"))
        self._changed("deleted campaign", campaign.id)
        return Answer(204)

    def list_campaign_steps(self, call: Call) -> Answer:
        """Answer one page of the e-mails of a campaign."""
        campaign = self._campaigns.get(call.id("campaign")).id
        cursor = Cursor.read(call.query)
        page = self._campaign_steps.page(cursor, lambda step: step.campaign == campaign, step_out)
        return Answer(200, page)

    def _keep_campaign_step(self, campaign: int, subject: str) -> HeldCampaignStep:
        return self._campaign_steps.put(
            lambda number: HeldCampaignStep(
                id=number, campaign=campaign, name=subject, subject=subject
            )
        )

    def _sender_complaints(self, sent: Properties) -> Iterator[Complaint]:
        sender, description = sent.text("senderEmail"), sent.text("description")
        if sender is not None:
            yield from rules.email("senderEmail", sender, self.dead_domains)
        yield from rules.length("description", description or "", rules.DESCRIPTION_LENGTH)


def _name_complaints(sent: Properties) -> Iterator[Complaint]:
    return rules.text("name", sent.text("name"), rules.TEXT_LENGTH)


def _write(campaign: HeldCampaign, sent: Properties) -> None:
    campaign.name = sent.text("name") or campaign.name
    if "senderEmail" in sent:
        campaign.sender_email = sent.text("senderEmail")
    if "description" in sent:
        campaign.description = sent.text("description")


def campaign_out(campaign: HeldCampaign) -> dict[str, object]:
    """Return a campaign as it travels."""
    return {
        "id": campaign.id,
        "name": campaign.name,
        "senderEmail": campaign.sender_email,
        "description": campaign.description,
    }


def step_out(step: HeldCampaignStep) -> dict[str, object]:
    """Return an e-mail of a campaign as it travels."""
    return {"id": step.id, "name": step.name, "subject": step.subject}
